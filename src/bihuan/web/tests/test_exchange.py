"""The import wizard and the export of a list, as somebody uses them in a browser without scripts."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.cast import new, record

from bihuan.core import job, registry
from bihuan.core.access import Actor
from bihuan.core.configuration import forget
from bihuan.core.job import Job
from bihuan.web.import_draft import Draft
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

account = registry.desk("account").model
opportunity = registry.desk("opportunity").model


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def english(firm: None) -> None:
    """Everybody reads English here, so that the tests can."""
    registry.desk("user").model._base_manager.update(language="en")
    forget()


def upload(client: Client, slug: str, content: str | bytes, name: str = "file.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"/{slug}/import", {"file": SimpleUploadedFile(name, data)})


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send if the page were sent as it stands."""
    sent: dict[str, Any] = {}
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    for kind, name, value in re.findall(
        r'<input type="(radio|checkbox)"[^>]* name="(\w+)" value="([^"]*)" checked', page
    ):
        sent[name] = value if kind == "radio" else [*sent.get(name, []), value]
    return sent


def go_on(client: Client, url: str, **changes: Any) -> Any:
    """Send the form at an address, changed in some places."""
    return client.post(url, form_of(client.get(url).content.decode()) | changes)


def let_import_everything(role: str) -> None:
    roles = registry.desk("role").model._base_manager
    roles.filter(key=role).update(grants=roles.get(key="administrator").grants)
    forget()


def rows_of(response: Any) -> list[list[str]]:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


ACCOUNTS = "客户名称,Firm size,级别,Telephone\n东方重工,1200,A,0512-66000001\n西部机床,many,B,\n南海船舶,80,Z,\n"


def test_a_file_becomes_accounts_and_its_wrong_rows_come_back_to_be_corrected(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", ACCOUNTS)["Location"]
    page = client.get(columns).content.decode()
    assert "东方重工" in page and "西部机床" in page
    assert form_of(page)["c0"] == "name" and form_of(page)["c1"] == ""
    checked = go_on(client, columns, c1="employees", c3="phone")["Location"]
    told = client.get(checked).content.decode()
    assert "many" in told
    assert not account._base_manager.filter(name="东方重工").exists()

    done = client.post(checked)["Location"]
    assert set(account._base_manager.filter(name__in=("东方重工", "南海船舶")).values_list("name", flat=True)) == {
        "东方重工",
        "南海船舶",
    }
    assert account._base_manager.get(name="东方重工").phone
    result = client.get(done).content.decode()
    assert "Row 2" in result and f"{done}/file" in result

    refused = client.get(f"{done}/file")
    assert "attachment" in refused["Content-Disposition"]
    head, row = rows_of(refused)
    assert row[:2] == ["西部机床", "many"] and len(head) == 5

    row[1] = "300"
    text = io.StringIO()
    csv.writer(text).writerows([head, row])
    again = upload(client, "account", text.getvalue())["Location"]
    assert form_of(client.get(again).content.decode())["c1"] == "employees", (
        "what was said about this head is remembered"
    )
    client.post(go_on(client, again)["Location"])
    assert account._base_manager.get(name="西部机床").employees == 300
    assert account._base_manager.filter(name="东方重工").count() == 1


def test_an_almost_right_name_and_a_doubtful_date_are_asked_once(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    content = "name,product,expected_close\nOne,GA 75,03/04/2027\nTwo,GA 75,05/04/2027\n"
    columns = upload(client, "opportunity", content)["Location"]
    questions = go_on(client, columns)["Location"]
    assert questions.endswith("/questions")
    page = client.get(questions).content.decode()
    assert page.count("GA 75") and "2027-03-04" in page and "2027-04-03" in page

    unanswered = go_on(client, questions)
    assert unanswered.status_code == 422
    dates = re.search(r'type="radio"[^>]* name="(q\d+)" value="dmy"', page)
    assert dates
    checked = go_on(client, questions, **{dates[1]: "dmy"})["Location"]
    client.post(checked)
    found = {row.name: row for row in opportunity._base_manager.filter(name__in=("One", "Two"))}
    assert str(found["One"].expected_close) == "2027-04-03" and found["Two"].product.sku == "GA-75"

    again = upload(client, "opportunity", content.replace("One", "Three").replace("Two", "Four"))["Location"]
    assert go_on(client, again)["Location"].endswith("/check")


def test_an_unknown_choice_can_be_said_to_mean_another(browse: Browse, zhou: Actor, stages: dict[str, int]) -> None:
    client = browse(zhou)
    questions = go_on(client, upload(client, "opportunity", "name,stage\nOne,Pitching\n")["Location"])["Location"]
    client.post(go_on(client, questions, q0=str(stages["方案"]))["Location"])
    assert opportunity._base_manager.get(name="One").stage_id == stages["方案"]


def test_new_choices_are_made_mapped_or_refused(browse: Browse, zhou: Actor) -> None:
    """One column, three ways: the first text means a choice that is there, the others are refused, and then made."""
    client, text = browse(zhou), "name,industry\n一,航空\n二,航天\n三,钟表\n"
    there = registry.desk("choice").model._base_manager.get(set="industry", name="甲").pk
    checked = go_on(client, upload(client, "account", text)["Location"])["Location"]
    asked = checked.replace("/check", "/questions")
    assert f'href="{asked}"' in client.get(checked).content.decode()
    assert "3 values are new" in client.get(asked).content.decode()
    refused = go_on(client, asked, q0="refuse", q1=str(there))["Location"]
    assert rows_reasons(client.get(refused).content.decode()) == ["2", "3"]
    check = go_on(client, asked, q0="create", q1=str(there))["Location"]
    client.post(check)
    found = dict(account._base_manager.filter(name__in="一二三").values_list("name", "industry__name"))
    assert found == {"一": "甲", "二": "航天", "三": "钟表"}


def rows_reasons(page: str) -> list[str]:
    """The numbers of the rows that a page says would be refused."""
    return re.findall(r'<td class="muted">(\d+)</td><td class="reason">', page)


def test_an_answer_must_be_one_of_those_offered(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    questions = go_on(client, upload(client, "opportunity", "name,stage\nOne,Pitching\n")["Location"])["Location"]
    assert go_on(client, questions, q0="999999").status_code == 422


def test_going_back_finds_what_was_chosen(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", ACCOUNTS)["Location"]
    go_on(client, columns, c1="employees", c2="", mode="create")
    sent = form_of(client.get(columns).content.decode())
    assert (sent["c1"], sent["c2"], sent["mode"]) == ("employees", "", "create")


def test_one_field_is_filled_by_one_column(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", ACCOUNTS)["Location"]
    answer = go_on(client, columns, c1="name")
    assert answer.status_code == 422
    assert 'id="c1-note"' in answer.content.decode()


def test_new_records_need_what_is_required(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", ACCOUNTS)["Location"]
    answer = go_on(client, columns, c0="", mode="create")
    assert answer.status_code == 422
    assert "New records need a column for" in answer.content.decode()


def test_rows_bring_known_records_up_to_date(browse: Browse, zhou: Actor, hengli: Any) -> None:
    client = browse(zhou)
    columns = upload(client, "account", f"name,employees\n{hengli.name},77\n新的,5\n")["Location"]
    client.post(go_on(client, columns, mode="update")["Location"])
    hengli.refresh_from_db()
    assert hengli.employees == 77
    assert not account._base_manager.filter(name="新的").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
        ("book.xlsx", b"name,level\nA,B\n"),
        ("empty.csv", b""),
        ("quote.csv", b'name,level\n"never closed,A\n' + b"x" * 2_000_000),
    ],
)
def test_a_file_that_is_no_table_is_refused_where_it_was_chosen(
    browse: Browse, zhou: Actor, media: Path, name: str, content: bytes
) -> None:
    answer = upload(browse(zhou), "account", content, name)
    assert answer.status_code == 422
    assert 'id="import-file-note"' in answer.content.decode()
    assert not list(media.glob("exchange/*")), "nothing is kept of it"


def test_no_file_and_too_large_a_file_are_refused(browse: Browse, zhou: Actor, settings: Any) -> None:
    client = browse(zhou)
    assert "Choose a file first." in client.post("/account/import").content.decode()
    settings.IMPORT_LIMIT = 10
    assert upload(client, "account", ACCOUNTS).status_code == 422


def test_a_file_none_of_whose_columns_is_known_can_be_mapped_by_hand(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", "qqq,www\n无名公司,x\n")["Location"]
    assert go_on(client, columns).status_code == 422
    client.post(go_on(client, columns, c0="name", mode="create")["Location"])
    assert account._base_manager.filter(name="无名公司").exists()


def test_only_whoever_may_import_does(browse: Browse, zhou: Actor, lin: Actor, qian: Actor) -> None:
    columns = upload(browse(zhou), "account", ACCOUNTS)["Location"]
    assert (browse(lin).get("/account/import").status_code, browse(qian).get("/account/import").status_code) == (
        403,
        404,
    )
    assert browse(lin).get(columns).status_code == 403
    assert upload(browse(lin), "account", ACCOUNTS).status_code == 403


def test_nobody_enters_anothers_import(browse: Browse, zhou: Actor, wang: Actor) -> None:
    columns = upload(browse(zhou), "account", ACCOUNTS)["Location"]
    checked = go_on(browse(zhou), columns, c1="employees")["Location"]
    done = browse(zhou).post(checked)["Location"]
    let_import_everything("manager")
    other = browse(wang)
    assert other.get("/account/import").status_code == 200
    fresh = upload(browse(zhou), "account", ACCOUNTS)["Location"]
    assert [other.get(url).status_code for url in (fresh, f"{fresh}/check", done, f"{done}/file")] == [404] * 4
    assert browse(zhou).get(fresh.replace("/account/", "/contact/")).status_code == 404


def test_an_import_is_begun_once(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", ACCOUNTS)["Location"]
    checked = go_on(client, columns, mode="create", c1="")["Location"]
    first, second = client.post(checked), client.post(checked)
    assert first["Location"] == second["Location"]
    assert client.get(columns)["Location"] == first["Location"]
    assert account._base_manager.filter(name="东方重工").count() == 1


def test_of_two_that_begin_at_the_same_moment_one_does(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", ACCOUNTS)["Location"]
    go_on(client, columns, mode="create", c1="")
    first, second = (Draft.find(registry.desk("account"), zhou, columns.rsplit("/", 1)[1]) for _each in range(2))
    first.start(zhou)
    second.start(zhou)
    assert account._base_manager.filter(name="东方重工").count() == 1


def test_a_large_file_is_done_by_the_worker(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", "name\n" + "".join(f"公司 {n}\n" for n in range(300)))["Location"]
    done = client.post(go_on(client, columns)["Location"])["Location"]
    assert account._base_manager.filter(name__startswith="公司 ").count() == 0
    assert job.run_next()
    assert account._base_manager.filter(name__startswith="公司 ").count() == 300
    assert "<b>300</b>" in client.get(done).content.decode()


def test_a_long_file_is_tried_out_in_the_background(
    browse: Browse, zhou: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bihuan.web.import_draft.CHECKED", 2)
    client = browse(zhou)
    check = go_on(client, upload(client, "account", ACCOUNTS)["Location"], c1="employees")["Location"]
    waiting = client.get(check)["Location"]
    assert waiting.startswith("/jobs/") and client.post(check)["Location"] == waiting, "nothing is imported untried"
    assert job.run_next()
    assert f'href="{check}"' in client.get(waiting).content.decode()
    assert "All 3 rows were tried out" in client.get(check).content.decode()
    client.post(check)
    assert account._base_manager.filter(name="东方重工").exists()


def test_a_cancelled_import_writes_nothing(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    columns = upload(client, "account", "name\n" + "".join(f"公司 {n}\n" for n in range(300)))["Location"]
    done = client.post(go_on(client, columns)["Location"])["Location"]
    client.post(f"{done}/cancel")
    assert not job.run_next()
    assert Job.objects.get(pk=int(done.rsplit("/", 1)[1])).state == "cancelled"
    assert account._base_manager.filter(name__startswith="公司 ").count() == 0


def zipped(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_the_files_of_an_archive_are_imported_one_after_the_other(browse: Browse, zhou: Actor) -> None:
    """Whatever their order: first the accounts, then the deals that link to them."""
    client = browse(zhou)
    deals = "商机名称,Account,amount\n一号,新客户,10\n"
    files = {
        "数据/deals.csv": deals,
        "__MACOSX/._x": "x",
        "数据/accounts.csv": "客户名称,城市\n新客户,苏州\n",
        "notes.csv": "a,b\n1,2\n",
    }
    page = upload(client, "account", zipped(files), "all.zip")["Location"]
    assert form_of(client.get(page).content.decode()) == {"f0": "opportunity", "f1": "account", "f2": ""}
    step = go_on(client, page)["Location"]
    assert step.startswith("/account/")
    done = client.post(go_on(client, step)["Location"])["Location"]
    shown = client.get(done).content.decode()
    following = re.search(r'href="(/opportunity/import/[^"]+)"', shown)
    assert following and "deals.csv" in shown
    client.post(go_on(client, following[1])["Location"])
    assert record("opportunity", name="一号").account.city == "苏州"


def test_an_archive_is_refused_with_a_sentence_and_left_out_files_are_asked_for(
    browse: Browse, zhou: Actor, media: Path, settings: Any
) -> None:
    settings.IMPORT_LIMIT = 2**20
    client = browse(zhou)
    hostile = {
        "a document inside": zipped({"a.csv": "%PDF-1.7 " * 9}), "nothing inside": zipped({}),
        "too many": zipped({f"{n}.csv": "a" for n in range(60)}),
        "a bomb": zipped({"a.csv": "name\n" + "0123456789\n" * 100_000}), "torn": zipped({"a.csv": "name\nx\n"})[:-30],
    }  # fmt: skip
    for title, content in hostile.items():
        answer = upload(client, "account", content, "all.zip")
        assert answer.status_code == 422 and 'role="alert"' in answer.content.decode(), title
    assert not list((media / "exchange").iterdir()), "nothing of them is kept"
    page = upload(client, "account", zipped({"a.csv": "name\n甲\n"}), "all.zip")["Location"]
    assert client.post(page, {"f0": ""}).status_code == 422
    assert client.post(page, {"f0": "no such thing"}).status_code == 422


def test_nobody_enters_anothers_archive(browse: Browse, zhou: Actor, wang: Actor) -> None:
    page = upload(browse(zhou), "account", zipped({"a.csv": "name\n甲\n"}), "all.zip")["Location"]
    let_import_everything("manager")
    assert browse(wang).get(page).status_code == 404


def test_a_whole_import_is_taken_back_from_its_page(browse: Browse, zhou: Actor, wang: Actor) -> None:
    client = browse(zhou)
    step = go_on(client, upload(client, "account", "客户名称\n甲厂\n乙厂\n")["Location"])["Location"]
    done = client.post(step)["Location"]
    assert f"{done}/undo" in client.get(done).content.decode()
    assert browse(wang).post(f"{done}/undo").status_code == 404
    undone = client.post(f"{done}/undo")["Location"]
    assert job.run_next()
    shown = client.get(undone).content.decode()
    assert (
        "<b>2</b>" in shown
        and not registry.desk("account").model._base_manager.filter(name="甲厂", archived_at=None).exists()
    )
    assert f'href="{undone}"' in client.get(done).content.decode()
    assert client.post(f"{done}/undo").status_code == 422


def test_the_empty_file_is_understood_column_by_column(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    response = client.get("/account/import/template")
    assert "attachment" in response["Content-Disposition"]
    (head,) = rows_of(response)
    columns = upload(client, "account", ",".join(head) + "\n" + ",".join("x" for _name in head) + "\n")["Location"]
    sent = form_of(client.get(columns).content.decode())
    assert all(sent[f"c{place}"] for place in range(len(head)))


# ---------------------------------------------------------------------- export


def test_a_list_is_exported_as_it_stands(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    address = "/account/export?q=&short_name.is=恒砺&columns=name,short_name"
    assert "1 row" in client.get(address).content.decode()
    head, row = rows_of(client.post(address, {"format": "csv"}))
    assert (len(head), row) == (2, ["苏州恒砺精密机械有限公司", "恒砺"])


def test_a_workbook_is_exported(browse: Browse, zhou: Actor) -> None:
    response = browse(zhou).post("/account/export?q=&columns=name", {"format": "xlsx"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content))).get_sheet_by_index(0)
    assert ["联合化工有限公司"] in sheet.to_python()


def test_ticked_rows_alone_are_exported(browse: Browse, zhou: Actor, hengli: Any, lianhe: Any) -> None:
    client = browse(zhou)
    address = client.post("/account/bulk/export", {"id": [hengli.pk]})["Location"]
    assert [row[0] for row in rows_of(client.post(address, {"format": "csv"}))[1:]] == [hengli.name]
    whole = client.post(
        "/account/bulk/export", {"id": [hengli.pk], "all": "1", "list": "q=&short_name.in=x&short_name.has=联"}
    )["Location"]
    assert "id" not in whole


def test_only_whoever_may_export_does(browse: Browse, lin: Actor, sun: Actor, qian: Actor) -> None:
    for who, status in ((lin, 403), (sun, 403), (qian, 404)):
        client = browse(who)
        assert (
            client.get("/account/export").status_code,
            client.post("/account/export", {"format": "csv"}).status_code,
        ) == (status, status)


def test_a_format_that_is_none_is_refused(browse: Browse, zhou: Actor) -> None:
    assert browse(zhou).post("/account/export", {"format": "pdf"}).status_code == 422


def test_a_long_list_is_exported_in_the_background(
    browse: Browse, zhou: Actor, lin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bihuan.web.views.exchange.MOST_AT_ONCE", 1)
    client = browse(zhou)
    done = client.post("/account/export?q=&columns=name", {"format": "csv"})["Location"]
    assert job.run_next()
    assert ["联合化工有限公司"] in rows_of(client.get(f"{done}/file"))
    assert browse(lin).get(f"{done}/file").status_code == 404


# ---------------------------------------------------------------------- questions of a long file


def test_linked_records_that_nobody_knows_are_refused_or_made(browse: Browse, zhou: Actor) -> None:
    client, text = browse(zhou), "name,account\nOne,新星公司\nTwo,恒砺\n"
    asked = go_on(client, upload(client, "opportunity", text)["Location"])["Location"]
    assert asked.endswith("/questions")
    assert form_of(client.get(asked).content.decode())["q0"] == "refuse", "nothing is made that nobody asked for"
    refused = client.get(go_on(client, asked)["Location"]).content.decode()
    assert rows_reasons(refused) == ["1"] and "Import 1 row<" in refused, "the button says how many go in"
    check = go_on(client, asked, q0="create")["Location"]
    assert "新星公司" in client.get(check).content.decode()
    client.post(check)
    assert opportunity._base_manager.get(name="One").account.name == "新星公司"


def test_every_unknown_value_can_be_given_a_meaning(browse: Browse, zhou: Actor, stages: dict[str, int]) -> None:
    """Ninety texts fill three pages; what was answered on one stays when another is shown, or when they are searched."""
    client = browse(zhou)
    text = "name,stage\n" + "".join(f"deal {n},Step {n:02}\n" for n in range(90))
    asked = go_on(client, upload(client, "opportunity", text)["Location"])["Location"]
    page = client.get(asked).content.decode()
    assert "Page 1 of 3" in page and "Step 39" in page and "Step 40" not in page
    second = go_on(client, asked, q0=str(stages["方案"]), page="2")["Location"]
    assert "Step 40" in client.get(second).content.decode()
    found = go_on(client, second, page="1", find="step 89")["Location"]
    page = client.get(found).content.decode()
    assert "Step 89" in page and "Step 00" not in page
    check = go_on(client, found, q89=str(stages["谈判"]))["Location"]
    assert "Import 2 rows<" in client.get(check).content.decode()
    client.post(check)
    done = dict(opportunity._base_manager.filter(name__startswith="deal ").values_list("name", "stage_id"))
    assert done == {"deal 0": stages["方案"], "deal 89": stages["谈判"]}


def test_no_question_that_must_be_answered_is_left_out(browse: Browse, zhou: Actor) -> None:
    """Almost right names fill more than one page: going on leads to the next, and to the dry run only after the last."""
    client = browse(zhou)
    for n in range(50):
        new("product", name=f"Pump {n:02}")
    text = "name,product\n" + "".join(f"deal {n},PUMP{n:02}\n" for n in range(50))
    asked = go_on(client, upload(client, "opportunity", text)["Location"])["Location"]
    onward = go_on(client, asked)["Location"]
    assert onward.endswith("/questions?page=2")
    assert go_on(client, onward)["Location"].endswith("/check")
