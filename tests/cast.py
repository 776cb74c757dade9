"""The small firm that every test knows by name.

    瀚澄 ─┬─ 华东 ─── 一部      王 manages 华东; 林 and 陈 sell in 一部; 钱 sits there without a role
          └─ 华南              赵 sells in 华南; 周 administers and 孙 only reads, both in the firm itself

林 owns the account 恒砺, the contact 张三 and the deal 空压站; 陈 owns 联合; 赵 owns 兴华, 李四 and the deal 风机.
A fixture named after a person is that person as an actor; one named after a record is the record as it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, models

from bihuan.core import configuration, registry, stage
from bihuan.core.access import SYSTEM
from bihuan.core.columns import ChoiceField
from bihuan.core.configuration import forget
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.people.role import Reach
from bihuan.people.staff import actor

SELL = {"view": Reach.UNIT, "create": Reach.ALL, "edit": Reach.OWN, "archive": Reach.OWN, "assign": Reach.OWN}
LEAD = {"view": Reach.UNIT, "create": Reach.ALL, "edit": Reach.UNIT, "archive": Reach.UNIT, "assign": Reach.UNIT}

#: Login: name, unit, role.
STAFF = {
    "zhou": ("周敏", "瀚澄", "administrator"),
    "wang": ("王军", "华东", "manager"),
    "lin": ("林晓", "一部", "seller"),
    "chen": ("陈默", "一部", "seller"),
    "zhao": ("赵强", "华南", "seller"),
    "sun": ("孙莉", "瀚澄", "reader"),
    "qian": ("钱进", "一部", None),
}
ROLES = {
    "administrator": {"*": {"*": Reach.ALL}},
    "manager": {"*": LEAD},
    "seller": {"*": SELL},
    "reader": {"*": {"view": Reach.ALL}},
}
#: Label, meaning, what must be filled to enter.
STAGES = (
    ("初步接触", "open", ""),
    ("方案", "open", ""),
    ("谈判", "open", ""),
    ("赢单", "won", "account,amount"),
    ("输单", "lost", "loss_reason"),
)
NAMES = {"account_level": ("A", "B", "C"), "channel": ("电话", "微信", "拜访"), "loss_reason": ("价格", "交期", "搁置")}


def build() -> None:
    """Make the firm; its numbers of records are small because every test pays for them."""
    units = {"": None}
    for name, above, kind in (
        ("瀚澄", "", "firm"),
        ("华东", "瀚澄", "branch"),
        ("一部", "华东", "team"),
        ("华南", "瀚澄", "branch"),
    ):
        units[name] = new("unit", name=name, kind=kind, parent=units[above]).pk
    roles = {key: new("role", name=key, key=key).pk for key in ROLES}
    for key, grants in ROLES.items():
        registry.desk("role").model._base_manager.filter(pk=roles[key]).update(grants=grants)
    people = {
        login: new("user", name=name, username=login, unit=units[unit], roles=[roles[role]] if role else []).pk
        for login, (name, unit, role) in STAFF.items()
    }
    new("workcalendar", name="无人用的日历")
    for list_name in choice_sets():
        for order, name in enumerate(NAMES.get(list_name, ("甲", "乙", "丙"))):
            new("choice", set=list_name, name=name, order=order)
    for desk in registry.desks():
        if desk.stage_field:
            build_pipeline(desk.slug)
    build_business(people)


def choice_sets() -> Iterable[str]:
    """Every list that a column of any object takes its values from."""
    columns = (column for desk in registry.desks() for column in desk.model._meta.fields)
    return sorted({column.set for column in columns if isinstance(column, ChoiceField)})


def build_pipeline(slug: str) -> None:
    pipeline = new("pipeline", name=f"{slug} 流程", object=slug).pk
    for order, (name, kind, needed) in enumerate(STAGES):
        required = needed if slug == "opportunity" else ""
        called = name if slug == "opportunity" else f"{slug} {name}"  # so that a name alone means the stage of a deal
        new("stage", pipeline=pipeline, name=called, kind=kind, required=required, order=order, probability=order * 20)


def build_business(people: dict[str, int]) -> None:
    hengli = new("account", name="苏州恒砺精密机械有限公司", short_name="恒砺", level="A", owner=people["lin"])
    new("account", name="联合化工有限公司", short_name="联合", level="B", owner=people["chen"])
    xinghua = new("account", name="广州兴华纺织有限公司", short_name="兴华", level="B", owner=people["zhao"])
    zhangsan = new("contact", name="张三", mobile="139 5126 0418", owner=people["lin"])
    lisi = new("contact", name="李四", owner=people["zhao"])
    new("accountcontact", account=hengli.pk, contact=zhangsan.pk, title="设备部长", primary=True)
    new("accountcontact", account=xinghua.pk, contact=lisi.pk)
    new("product", name="螺杆压缩机", sku="GA-75", list_price="386000")
    new("opportunity", name="空压站", account=hengli.pk, amount="118万", owner=people["lin"])
    new("opportunity", name="风机", account=xinghua.pk, amount="20万", owner=people["zhao"])


def new(slug: str, **inputs: Any) -> models.Model:
    """A record made by the product itself."""
    return do(create, by=SYSTEM, on=registry.desk(slug).model, **inputs)


def next_monday() -> datetime:
    """Ten in the morning of a working day to stand still at: ahead of now, or what the cast had under way would not be due."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return (now + timedelta(days=7 - now.weekday())).replace(hour=10, minute=0, second=0, microsecond=0)


def record(slug: str, **key: Any) -> models.Model:
    """A record as it is stored, past all rights."""
    return registry.desk(slug).model._base_manager.get(**key)


@pytest.fixture(scope="session")
def built(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database holds the firm from the first test that plays in it; each test's own changes are rolled back.

    A test that gets its people by `getfixturevalue` must name `firm` among its arguments too: asked for only within the
    test, the firm would be rolled back with it, and built again for every test that follows.
    """
    assert not connection.in_atomic_block, "name `firm` among the arguments of this test"
    with django_db_blocker.unblock():
        build()


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterable[None]:
    """A test's configuration is rolled back in the database, so the process must not remember it either."""
    _forget_all()
    yield
    _forget_all()


def _forget_all() -> None:
    forget()
    configuration._epoch = None


@pytest.fixture
def firm(built: None, db: None) -> None:
    """The firm is there, also after a test with real transactions has emptied the database."""
    if not registry.desk("unit").model._base_manager.exists():
        build()


def _person(login: str) -> Callable[..., Any]:
    @pytest.fixture(name=login)
    def person(firm: None) -> Any:
        return actor(record("user", username=login).pk)

    return person


def _record(fixture: str, slug: str, **key: Any) -> Callable[..., Any]:
    @pytest.fixture(name=fixture)
    def found(firm: None) -> models.Model:
        return record(slug, **key)

    return found


zhou, wang, lin, chen, zhao, sun, qian = map(_person, STAFF)
hengli = _record("hengli", "account", short_name="恒砺")
lianhe = _record("lianhe", "account", short_name="联合")
xinghua = _record("xinghua", "account", short_name="兴华")
zhangsan = _record("zhangsan", "contact", name="张三")
lisi = _record("lisi", "contact", name="李四")
kongya = _record("kongya", "opportunity", name="空压站")
fengji = _record("fengji", "opportunity", name="风机")


@pytest.fixture
def stages(firm: None) -> dict[str, int]:
    """The ids of the stages of deals by their labels."""
    return {step.names[0]: step.id for step in stage.steps("opportunity")}
