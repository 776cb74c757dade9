"""Who waits for an answer as the demo opens: counted in working time from now, so that some are late and some are not."""

from __future__ import annotations

from datetime import datetime, timedelta

from bihuan.demo.records import Touchpoint, World
from bihuan.people.working_time import USUAL, working_minutes

#: working minutes ago, channel, outcome, account, contact, who is to answer, text
ROWS = (
    (131, "mail", "", "schaefer", "Matthias Brandt", "zhoumin", "Re: dew point and oil content, please send the proof for ISO 8573-1."),
    (72, "wechat", "problem", "yongtai", "郑海燕", "luziang", "上次那台 55 千瓦的电耗还是偏高，能先派人来看看吗"),
    (42, "web", "", "haiyan", "", "luziang", "滤芯套装 F-75 要 4 套，月底前能到吗"),
    (24, "mail", "", "jingche", "谭立", "luziang", "合同扫描件发你了，麻烦确认开票信息"),
    (23, "phone", "no_answer", "hengli", "陈国梁", "zhoumin", "未接来电 2 次，待回拨。"),
    (8, "mail", "", "hengli", "许卫东", "zhoumin", "附件是采购部的比价表，第三项请再核一下单价"),
)  # fmt: skip


def touchpoints(world: World, now: datetime) -> tuple[Touchpoint, ...]:
    """The inbound touches that nobody has answered yet, in the order of time."""
    names = {contact.key: contact.name for contact in world.contacts}
    people = {(role.account, names[role.contact]): role.contact for role in world.account_roles}
    return tuple(
        Touchpoint(
            key=f"awaited-{number}",
            channel=channel,
            direction="in",
            at=so_long_ago(now, minutes),
            minutes=None,
            contacts=(people[account, name],) if name else (),
            account=account,
            opportunity=None,
            by=by,
            colleagues=(),
            text=text,
            outcome=outcome,
        )
        for number, (minutes, channel, outcome, account, name, by, text) in enumerate(ROWS)
    )


def so_long_ago(now: datetime, minutes: int) -> datetime:
    """The latest moment since which so many minutes have been worked."""
    near, far = now, now - timedelta(days=30)
    while near - far > timedelta(seconds=1):
        middle = far + (near - far) / 2
        near, far = (near, middle) if working_minutes(middle, now, USUAL) >= minutes else (middle, far)
    return far
