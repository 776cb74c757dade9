"""People who write without a pause, and what must be true of the database whatever has happened to the server meanwhile.

Each writer notes what it has been told is done, outside the product. A call whose answer does not come is sent again as a
browser or a person would, with the same key: it must then have happened once.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.client import Answer, Client, until_answered
from tests.faults.product import Product

#: Names of a small import, which is done while one waits, and of a large one, which the worker does.
SMALL, LARGE = 12, 260


@dataclass
class Told:
    """What the writers were told is done: names by what they name, and answers that were no good."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: dict[str, list[str]] = field(default_factory=dict)
    bulk: list[tuple[str, list[int]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def note(self, what: str, name: str) -> None:
        with self.lock:
            self.done.setdefault(what, []).append(name)

    def so_far(self) -> Told:
        """What has been told until now."""
        with self.lock:
            return Told(done={what: list(names) for what, names in self.done.items()}, bulk=list(self.bulk))

    def wait(self, count: int, seconds: float = 60) -> None:
        """Until so much has been told."""
        deadline = time.monotonic() + seconds
        while self.count < count:
            assert time.monotonic() < deadline, f"only {self.count} writes in {seconds} s: {self.faults[:3]}"
            time.sleep(0.05)

    @property
    def count(self) -> int:
        return sum(map(len, self.done.values())) + len(self.bulk)


class Writers:
    """`count` writers, each with a random order of its own; used as a context, at whose end all have finished their last call."""

    def __init__(self, product: Product, count: int, seed: int, acts: tuple[str, ...] = ()) -> None:
        self.product, self.told, self.going = product, Told(), True
        self.accounts = [key for (key,) in product.rows("SELECT id FROM parties_account ORDER BY id")]
        self.channel = product.rows("SELECT id FROM core_choice WHERE \"set\" = 'channel' ORDER BY id")[0][0]
        self.acts = acts or ("create", "touch", "bulk", "files", "create", "touch", "import", "large")
        self.threads = [
            threading.Thread(target=self._write, args=(n, random.Random(f"{seed}-{n}"))) for n in range(count)
        ]

    def __enter__(self) -> Told:
        for each in self.threads:
            each.start()
        return self.told

    def __exit__(self, *_raised: Any) -> None:
        self.going = False
        for each in self.threads:
            each.join()

    def _write(self, n: int, chance: random.Random) -> None:
        client, number = Client(self.product), 0
        acts: dict[str, Callable[[Client, str, random.Random], None]] = {
            name: getattr(self, name) for name in ("create", "touch", "bulk", "files", "import_", "large")
        } | {"import": self.import_}
        try:
            while self.going:
                number += 1
                name = f"w{n}x{number}z"
                acts[chance.choice(self.acts)](client, name, chance)
        except Exception as error:
            self.told.faults.append(f"writer {n}: {type(error).__name__}: {error}")
        finally:
            client.close()

    def _ask(self, what: str, ask: Callable[[], Answer], *good: int) -> Answer | None:
        answer = until_answered(ask)
        if answer.status in good:
            return answer
        self.told.faults.append(f"{what}: {answer.status} {_words(answer)}")
        return None

    # ------------------------------------------------------------------ what they do

    def create(self, client: Client, name: str, chance: random.Random) -> None:
        data = {"once": f"{name:_<64}", "name": name, "level": ""}
        if self._ask("create", lambda: client.post("/account/new", data, part=True), 200):
            self.told.note("account", name)

    def touch(self, client: Client, name: str, chance: random.Random) -> None:
        """A touch and its next step: two records, or none."""
        data = {"once": name, "channel": self.channel, "text": name, "next_step": name, "next_at": "2026-12-01T09:00"}
        address = f"/account/{chance.choice(self.accounts)}/do/log_touch"
        if self._ask("touch", lambda: client.post(address, data), 303):
            self.told.note("touch", name)

    def bulk(self, client: Client, name: str, chance: random.Random) -> None:
        """The same address on several records."""
        keys = sorted(chance.sample(self.accounts, 3))
        data = {"once": name, "go": "1", "bulk-field": "address", "address": name, "ids": ",".join(map(str, keys))}
        if self._ask("bulk", lambda: client.post("/account/bulk/update", data), 303):
            with self.told.lock:
                self.told.bulk.append((name, keys))

    def files(self, client: Client, name: str, chance: random.Random) -> None:
        """Two files and a note: three records and their files, or none."""
        files = {"file": [(f"{name}-{n}", name.encode() * 100) for n in (1, 2)]}
        address = f"/account/{chance.choice(self.accounts)}/timeline"
        data = {"once": name, "channel": "note", "text": name}
        if self._ask("files", lambda: client.post(address, data, files), 303):
            self.told.note("files", name)

    def import_(self, client: Client, name: str, chance: random.Random, rows: int = SMALL) -> None:
        """An import, step by step."""
        content = "name\n" + "".join(f"{name}-{n}\n" for n in range(rows))
        first = self._ask(
            "upload", lambda: client.post("/account/import", {}, {"file": [("a.csv", content.encode())]}), 303
        )
        columns = first and first.headers["Location"]
        second = columns and self._ask("columns", lambda: client.post(columns, {"c0": "name", "mode": "create"}), 303)
        check = second and second.headers["Location"]
        if check and self._ask("import", lambda: client.post(check, {}), 303):
            for n in range(rows):
                self.told.note("account", f"{name}-{n}")

    def large(self, client: Client, name: str, chance: random.Random) -> None:
        if chance.random() < 0.2:
            self.import_(client, name, chance, LARGE)


def _words(answer: Answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))[-300:]


# ---------------------------------------------------------------------- what must be true


def lasting(data: Path) -> list[Path]:
    """The files of a data directory that are no part of the database."""
    return sorted(path for path in data.rglob("*") if path.is_file() and not path.name.startswith("db.sqlite3"))


def rest(product: Product, seconds: float = 60) -> list[str]:
    """Wait until the worker has done all that is owed; returns what it has not done. What fell silent with a killed process
    counts as silent at once, as it would a minute later."""
    deadline = time.monotonic() + seconds
    age = "UPDATE core_job SET seen_at = created_at WHERE state = 'running' RETURNING id"
    if product.database_url:
        age = age.replace("created_at", "created_at - interval '1 day'")
    else:
        age = age.replace("created_at", "'2000-01-01 00:00:00'")
    product.rows(age)
    while time.monotonic() < deadline:
        jobs = product.rows(
            "SELECT work, state, SUBSTR(error, LENGTH(error) - 300) FROM core_job WHERE state <> 'done'"
        )
        owed = product.rows("SELECT COUNT(*) FROM core_delivery WHERE done_at IS NULL")[0][0]
        if not jobs and not owed:
            return []
        time.sleep(0.1)
    return [f"{len(jobs)} jobs are not done: {jobs[:3]}; {owed} events are not delivered"]


def wrong(product: Product, told: Told) -> list[str]:
    """Everything that is lost, double, half done or astray."""
    return [*told.faults[:20], *_lost(product, told), *_half_done(product), *_astray(product)]


def _lost(product: Product, told: Told) -> list[str]:
    stored = {
        "account": "SELECT name FROM parties_account",
        "touch": "SELECT text FROM touch_touchpoint",
        "files": "SELECT text FROM core_note",
    }
    found = []
    for what, statement in stored.items():
        there = Counter(name for (name,) in product.rows(statement))
        found += [f"{what} {name} is lost" for name in told.done.get(what, ()) if name not in there]
        found += [
            f"{what} {name} is there {n} times" for name, n in there.items() if n > 1 and re.match(r"w\d+x", name)
        ]
    changed: dict[str, list[int]] = {}
    for key, changes in product.rows("SELECT record_id, changes FROM core_auditentry WHERE command = 'update'"):
        match = re.search(r"w\d+x\d+z", str(changes).split("address", 1)[-1].split(",", 1)[-1])
        changed.setdefault(match[0] if match else "", []).append(key)
    return found + [
        f"bulk {name}: {changed.get(name)} instead of {keys}"
        for name, keys in told.bulk
        if sorted(changed.get(name, ())) != keys
    ]


def _half_done(product: Product) -> list[str]:
    """Records that belong together, each found without the other."""
    found = []
    touches, tasks = (
        {text for (text,) in product.rows(statement) if re.match(r"w\d+x", text)}
        for statement in ("SELECT text FROM touch_touchpoint", "SELECT title FROM touch_task")
    )
    found += [f"touch and next step {name} are apart" for name in touches ^ tasks]
    notes = {text for (text,) in product.rows("SELECT text FROM core_note") if re.match(r"w\d+x", text)}
    files = product.rows("SELECT name, file FROM core_attachment")
    found += [f"note and files {name} are apart" for name in notes ^ {name.rpartition("-")[0] for name, _file in files}]
    for name, file in files:
        kept = product.data / "media" / file
        if not kept.exists() or kept.read_bytes() != name.rpartition("-")[0].encode() * 100:
            found.append(f"the file {name} is not what was sent")
    without = {
        "an audit entry": "SELECT 1 FROM core_auditentry e WHERE e.object = 'account' AND e.record_id = a.id AND e.command = 'create'",
        "an event": "SELECT 1 FROM core_happening e WHERE e.object = 'account' AND e.record_id = a.id AND e.name = 'Created'",
        "a search entry": "SELECT 1 FROM core_search_entry e WHERE e.object = 'account' AND e.record_id = a.id",
    }
    for what, there in without.items():
        missing = product.rows(f"SELECT name FROM parties_account a WHERE NOT EXISTS ({there})")  # noqa: S608
        found += [f"{len(missing)} accounts without {what}: {missing[:3]}"] if missing else []
    return found


def _astray(product: Product) -> list[str]:
    """What the database itself, the numbers and the kept figures say."""
    found = []
    count, different = product.rows("SELECT COUNT(*), COUNT(DISTINCT number) FROM parties_account")[0]
    last = product.rows("SELECT SUM(last) FROM core_counter WHERE object = 'account'")[0][0]
    if not count == different == last:
        found.append(f"{count} accounts have {different} numbers, and the last is {last}")
    if not product.database_url:
        found += [line for (line,) in product.rows("PRAGMA integrity_check") if line != "ok"]
        found += [f"{table} refers to what is not there" for table, *_ in product.rows("PRAGMA foreign_key_check")]
    checked = product.command("check")
    return found + ([checked.stdout + checked.stderr] if checked.returncode else [])
