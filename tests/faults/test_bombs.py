"""Files and forms made to exhaust the server: refused with a sentence, for little time and little memory."""

from __future__ import annotations

import io
import socket
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bihuan.site.bench.server import cpu_seconds
from tests.faults.client import TOKEN, Answer, Client
from tests.faults.product import Product

#: CPU seconds of the server, and bytes of memory that it may take beyond what it had.
TIME, MEMORY = 2.0, 256 * 2**20
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
ROW = b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def book(sheet: bytes) -> bytes:
    """A workbook with this as its sheet."""
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="{}/{}" Target="{}"/></Relationships>'
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations.format(OFFICE, "officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relations.format(OFFICE, "worksheet", "worksheets/sheet1.xml"),
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def lying(bomb: bytes, size: int) -> bytes:
    """The same workbook, which says that its parts are small."""
    made = bytearray(bomb)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.find(mark)
        while at >= 0:
            if struct.unpack_from("<I", made, at + place)[0] > size:
                struct.pack_into("<I", made, at + place, size)
            at = made.find(mark, at + 4)
    return bytes(made)


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "lol">{entities}]>'.encode()
    return head + SHEET % (b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
                           b'<row r="2"><c r="A2" t="inlineStr"><is><t>&l9;</t></is></c></row>')  # fmt: skip


def picture(side: int) -> bytes:
    """A PNG of so many pixels a side, all black: small as a file, gigabytes once it is drawn."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    pack, row = zlib.compressobj(9), bytes(1 + side // 8)
    drawn = b"".join(pack.compress(row) for _row in range(side)) + pack.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", drawn) + chunk(b"IEND", b"")


def files() -> Iterator[tuple[str, str, bytes]]:
    """What it is, the name it comes by, its content."""
    spaces = book(SHEET % (ROW + b" " * 200_000_000))
    yield "a workbook packed a thousand times", "a.xlsx", spaces
    yield "one that lies about its size", "a.xlsx", lying(spaces, 1000)
    yield "a workbook in a workbook", "a.xlsx", book(spaces)
    yield "entities of entities", "a.xlsx", book(laughs())
    yield (
        "two cells far apart",
        "a.xlsx",
        book(SHEET % (ROW + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    )
    yield "a million columns", "a.csv", b"name," * 1_000_000 + b"\nx\n"
    yield "a thousand columns", "a.csv", b"name," * 1000 + b"\nx\n"
    yield "one line of 90 MB", "a.csv", b"name\n" + b"x" * 90_000_000
    yield "one line of 90 MB and no head", "a.csv", b"x" * 90_000_000
    yield "a quotation mark never closed", "a.csv", b'name\n"' + b"x,\n" * 10_000_000
    yield "a value of 50 MB", "a.csv", b"name\n" + b'"' + b"x\n" * 25_000_000 + b'"\n'
    yield "nothing but NUL", "a.csv", bytes(20_000_000)
    yield "an archive", "a.csv", spaces


@contextmanager
def cheap(product: Product, what: str, faults: list[str], time: float = TIME) -> Iterator[None]:
    """Whatever is done here costs the server little."""
    (web,) = product.web()
    spent, had = cpu_seconds(web), _memory(web, "VmRSS")
    Path(f"/proc/{web}/clear_refs").write_text("5")  # begins the peak anew
    yield
    spent, took = cpu_seconds(web) - spent, _memory(web, "VmHWM") - had
    print(f"{what}: {spent:.2f} s, {took / 2**20:.0f} MB")
    if product.web() != [web] or spent > time or took > MEMORY:
        faults.append(
            f"{what}: {spent:.1f} s, {took / 2**20:.0f} MB, {'the same' if product.web() == [web] else 'another'} process"
        )


def _memory(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def test_files_made_to_exhaust_are_refused(product: Product) -> None:
    client, faults, count = Client(product, timeout=120), list[str](), 0
    good = client.post("/account/import", {}, {"file": [("a.xlsx", book(SHEET % (ROW + ROW.replace(b"1", b"2"))))]})
    assert good.status == 303, "what is no bomb is taken"
    for what, name, content in files():
        with cheap(product, f"{what} ({len(content):,} bytes)", faults):
            answer = client.post("/account/import", {}, {"file": [(name, content)]})
        count += 1
        if answer.status != 422 or 'role="alert"' not in answer.text:
            faults.append(f"{what}: {answer.status}")
    assert not faults, "\n".join(faults)
    assert count == 13
    assert len(list((product.data / "media" / "exchange").glob("*/source"))) == 1, "refused files are kept"


def test_more_than_a_form_can_hold_is_refused(product: Product) -> None:
    client, faults = Client(product, timeout=120), list[str]()
    client.get("/account/new")
    kind = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": TOKEN}
    many = urlencode({f"f{n}": "1" for n in range(10_000)})
    asks: dict[str, Callable[[], Answer]] = {
        "a field of 50 MB": lambda: client.post("/account/new", {"name": "x" * 50_000_000}),
        "a field of 50 MB beside a file": lambda: client.post(
            "/account/import", {"x": "x" * 50_000_000}, {"file": [("a.csv", b"name\nx")]}
        ),
        "10,000 fields": lambda: client.ask("POST", "/account/new", many.encode(), kind),
        "10,000 fields beside a file": lambda: client.post(
            "/account/import", {f"f{n}": "1" for n in range(10_000)}, {"file": [("a.csv", b"name\nx")]}
        ),
        "1,000 files": lambda: client.post("/account/1/timeline", {}, {"file": [(f"{n}", b"x") for n in range(1000)]}),
        "an address with 5,000 parameters": lambda: client.get("/account?" + urlencode([("a", n) for n in range(5_000)])),
    }  # fmt: skip
    for what, ask in asks.items():
        with cheap(product, what, faults):
            answer = ask()
        client.close()
        if answer.status != 413 or "一次提交的内容太多" not in answer.text:
            faults.append(f"{what}: {answer.status} {answer.text[:200]}")
    assert not faults, "\n".join(faults)


def test_a_gigabyte_is_refused_by_its_length(product: Product) -> None:
    """The answer is there before the gigabyte is."""
    client, faults = Client(product), list[str]()
    client.get("/account/new")
    with (
        cheap(product, "a gigabyte", faults, time=0.5),
        socket.create_connection(("127.0.0.1", product.port), 30) as wire,
    ):
        head = {
            "Host": "localhost", "Cookie": client.cookie, "X-CSRFToken": TOKEN, "Content-Type": "multipart/form-data; boundary=b",
            "Content-Length": 2**30,
        }  # fmt: skip
        wire.sendall(
            b"POST /account/import HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in head.items()).encode() + b"\r\n"
        )
        answer = b""
        while b"</html>" not in answer and (block := wire.recv(65536)):
            answer += block
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"100 MB" in answer
    assert not faults, "\n".join(faults)


def test_a_picture_of_a_billion_pixels_is_never_drawn(product: Product) -> None:
    client, faults, content = Client(product), list[str](), picture(30_000)
    client.get("/account/1")
    with cheap(product, f"a picture ({len(content):,} bytes)", faults):
        answer = client.post("/account/1/timeline", {"text": ""}, {"file": [("a.png", content)]})
        assert answer.status == 303
        page = client.get("/account/1")
    assert "a.png" in page.text
    assert not faults, "\n".join(faults)


def test_others_go_on_meanwhile(product: Product) -> None:
    """While somebody sends bombs, everybody else is answered."""
    from concurrent.futures import ThreadPoolExecutor

    bomber, other = Client(product, timeout=120), Client(product, "lin")
    content = b"name\n" + b"x" * 60_000_000
    with ThreadPoolExecutor(1) as pool:
        bombs = pool.submit(
            lambda: [bomber.post("/account/import", {}, {"file": [("a.csv", content)]}).status for _time in range(3)]
        )
        answers = 0
        while not bombs.done():
            assert other.get("/account?q=恒砺").status == 200
            answers += 1
            time.sleep(0.01)
    assert bombs.result() == [422] * 3
    assert answers >= 10
