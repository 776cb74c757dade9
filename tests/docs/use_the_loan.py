"""Uses the object that docs/add-an-object.md declares, as people would; prints each part that was seen to work.

Run by test_add_an_object.py inside a copy of the product that has the object.
"""

import django

django.setup()

from django.test import Client

from bihuan.blueprint.load import load
from bihuan.core.access import SYSTEM
from bihuan.core.run import do
from bihuan.core.search import search
from bihuan.core.stage import Pipeline, Stage
from bihuan.core.verbs import create
from bihuan.loans.loan import Loan
from bihuan.parties.account import Account
from bihuan.people.commands import set_password
from bihuan.people.role import Role
from bihuan.people.unit import Unit
from bihuan.people.user import User

PASSWORD = "a-long-enough-1"


def user(login: str, role: str, unit: Unit) -> User:
    held = Role._base_manager.get(key=role)
    made = do(create, by=SYSTEM, on=User, name=login, username=login, unit=unit.pk, roles=[held.pk], language="en")
    return do(set_password, made, by=SYSTEM, password=PASSWORD)


def signed_in(login: str) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    assert client.post("/sign-in", {"username": login, "password": PASSWORD}).status_code == 303
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.content[:2000])
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


load()
firm = do(create, by=SYSTEM, on=Unit, name="Firm", kind="firm")
other = do(create, by=SYSTEM, on=Unit, name="Other branch", parent=firm.pk)
user("boss", "administrator", firm)
user("outsider", "sales_rep", other)
process = do(create, by=SYSTEM, on=Pipeline, object="loan", name="Loans")
out = do(create, by=SYSTEM, on=Stage, pipeline=process.pk, name="Out", kind="open", order=1)
back = do(create, by=SYSTEM, on=Stage, pipeline=process.pk, name="Back", kind="won", order=2)
account = do(create, by=SYSTEM, on=Account, name="Trial Ltd")

boss = signed_in("boss")
assert "Trial Ltd" in page(boss, f"/loan/new?account={account.pk}")
filled = {
    "name": "Dryer on trial",
    "account": account.pk,
    "deposit": "1200",
    "due_back": "2030-01-31",
    "currency": "CNY",
}
answer = boss.post("/loan/new", filled)
assert answer.status_code in (204, 302, 303), (answer.status_code, answer.content[:3000])
loan = Loan._base_manager.get()
assert loan.stage_id == out.pk and loan.number
assert "Dryer on trial" in page(boss, "/loan")
print("list")
assert loan.number in page(boss, f"/loan/{loan.pk}")
assert "Dryer on trial" in page(boss, f"/account/{account.pk}")
print("page")
refused = boss.post("/loan/new", {"name": "", "account": account.pk, "deposit": "-5", "currency": "CNY"})
assert refused.status_code == 422 and "-5" in refused.content.decode()
print("form")
assert "Dryer on trial" in page(boss, "/loan/board")
assert boss.post(f"/loan/{loan.pk}/do/move", {"stage": back.pk}).status_code in (200, 204, 303)
loan.refresh_from_db()
assert loan.stage_id == back.pk
print("board")
assert boss.post(f"/loan/{loan.pk}/do/extend_loan", {"until": "2030-02-28"}).status_code in (200, 204, 303)
loan.refresh_from_db()
assert loan.due_back.isoformat() == "2030-02-28"
print("command")

hits = search("dryer", {"loan": None})
assert [hit.record_id for hit in hits] == [loan.pk]
print("search")
stranger = signed_in("outsider")
assert "Dryer on trial" not in page(stranger, "/loan")
page(stranger, f"/loan/{loan.pk}", status=404)
assert stranger.post(f"/loan/{loan.pk}/do/extend_loan", {"until": "2031-01-01"}).status_code == 404
print("rights")
