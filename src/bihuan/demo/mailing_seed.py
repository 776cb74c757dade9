"""Mailings of the demo firm: two that are over, with what people did with them, one that waits for its start, and who wants none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create
from bihuan.demo.office_hours import OfficeHours
from bihuan.market.opt_out import OptOut
from bihuan.sales.mailing.commands import list_recipient
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.planning import planned
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.touch.mail.mailbox import Mailbox

if TYPE_CHECKING:
    from bihuan.demo.seed import Keys, Seeder

IMPRINT = "苏州工业园区星湖街 328 号 · 0512-6288 0000"


@dataclass(frozen=True)
class Told:
    """A mailing to the members of a campaign; `begun` is how many days ago it was sent, none: it waits.

    The shares are the hundredths of the recipients who open the mail, follow its link, unsubscribe, or whose address is no good.
    """

    name: str
    campaign: str
    subject: str
    text: str
    begun: int | None
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    bounced: int = 0


MAILINGS = (
    Told(
        "工博会回访：选型资料", "FAIR-A", "{{name}}，您在工博会要的选型资料",
        "{{name}}，您好！\n\n感谢您来到我们的展台。永磁变频系列的选型表和实测能耗在这里：\nhttps://www.hancheng.example/vsd\n\n"
        "需要现场测漏，直接回复本邮件即可。", 52, 46, 24, 3, 4,
    ),
    Told(
        "节能空压站：研讨会讲义", "ENERGY", "研讨会讲义与三个改造案例",
        "{{name}}，您好！\n\n研讨会的讲义与三个改造案例（电费各降 18%、24%、31%）：\nhttps://www.hancheng.example/energy\n\n"
        "想按贵厂的用气曲线算一遍，请点：\nhttps://www.hancheng.example/calculator", 6, 52, 31, 2, 3,
    ),
    Told(
        "工厂开放日邀请", "OPEN-DAY", "{{name}}，请来看看机器是怎么试车的",
        "{{name}}，您好！\n\n工厂开放日，看装配线、试车台和能耗实验室，午餐我们请。报名：\nhttps://www.hancheng.example/open-day", None,
    ),
)  # fmt: skip
#: Who asked for no mailings, and when, in days before today.
OPT_OUTS = (
    ("procurement@hualian-textile.example", "hand", "电话里说不要广告邮件", 140),
    ("zhaoqi@xinrui-pack.example", "hand", "展会上当面说的", 61),
    ("info@tianyi-mold.example", "link", "", 44),
)  # fmt: skip


def load_mailings(seeder: Seeder, campaigns: Keys) -> None:
    """The mailings, with a list of recipients as it would be worked out today."""
    hours = OfficeHours(seeder.world.today)
    box = do(
        create, by=seeder.by, on=Mailbox, address="news@hancheng.example", name="瀚澄压缩机", owner=seeder.users["dingyinuo"],
        channel=seeder.choice("channel", "mail"),
    )  # fmt: skip
    seeder.make(OptOut, "", OPT_OUTS, lambda row: dict(zip(("address", "source", "remark"), row, strict=False)) | {
        "created_at": hours.at(hours.day(-row[3]), "10:12")
    })  # fmt: skip
    for told in MAILINGS:
        _load(seeder, told, hours, {"campaign": campaigns[told.campaign], "mailbox": box.pk})


def _load(seeder: Seeder, told: Told, hours: OfficeHours, links: Mapping[str, int]) -> None:
    began = None if told.begun is None else hours.at(hours.weekday_before(hours.day(-told.begun)), "09:30")
    history = {"state": "done", "started_at": began, "ended_at": began + timedelta(minutes=4)} if began else {}
    made = do(
        create, by=seeder.by, on=Mailing, name=told.name, subject=told.subject, text=told.text, imprint=IMPRINT, to_members=True,
        counts_opens=True, owner=seeder.users["dingyinuo"], created_at=(began or hours.at(hours.day(-1), "16:20")) - timedelta(hours=3),
        **links, **history,
    )  # fmt: skip
    random, calls = Random(told.name), []
    for (link, key), line in planned(made, seeder.by).items():
        course = dict(_course(told, began, random)) if began and not line.reason else {}
        calls.append(Call({"mailing": made.pk, link: key, **line._asdict(), **course}))
    run(list_recipient, calls, by=seeder.by, on=MailingRecipient)


def _course(told: Told, began: datetime, random: Random) -> Iterable[tuple[str, Any]]:
    """What became of one mail: it was sent within minutes, and came back, or was read within days."""
    yield from (("state", "sent"), ("at", began + timedelta(seconds=random.randrange(240))))
    if random.randrange(100) < told.bounced:
        yield "bounced_at", began + timedelta(minutes=random.randrange(5, 60))
        return
    read = began + timedelta(
        minutes=random.choice((random.randrange(600), random.randrange(600), random.randrange(7200)))
    )
    chance = random.randrange(100)
    if chance < told.opened:
        yield from (("opened_at", read), ("opens", random.randrange(1, 4)))
    if chance < told.clicked:
        yield from (("clicked_at", read + timedelta(minutes=1)), ("clicks", random.randrange(1, 3)))
    if chance < told.unsubscribed:
        yield "unsubscribed_at", read + timedelta(minutes=2)
