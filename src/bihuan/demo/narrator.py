"""Fills the blanks of a story: how one addresses the contact, figures, a machine, a competitor."""

from collections.abc import Sequence
from random import Random

from bihuan.demo import stories
from bihuan.demo.catalogue import PRODUCTS
from bihuan.demo.records import Account, Contact, Opportunity

MACHINES = {
    item.sku: item.names
    for item in PRODUCTS
    if item.category in ("compressor", "treatment", "gas") and item.kind == "goods"
}
MOTOR_SIZES = (37, 55, 75, 90, 110, 132, 160)
COMPOUND_SURNAMES = ("欧阳", "歐陽", "司马", "诸葛")
#: end of a title → how its bearer is addressed after the surname
ADDRESSED_AS = {
    "总经理": "总", "總經理": "總", "工程师": "工", "业主": "老板", "合伙人": "老板",
    "总监": "总监", "经理": "经理", "經理": "經理",
    "部长": "部长", "厂长": "厂长", "廠長": "廠長", "主管": "主管", "主任": "主任", "班长": "班长", "課長": "課長",
}  # fmt: skip


def address(contact: Contact) -> str:
    """陈国梁, 设备总监 is 陈总监; who writes English is called by the whole name."""
    if contact.language == "en":
        return contact.name
    surname = contact.name[: 2 if contact.name.startswith(COMPOUND_SURNAMES) else 1]
    return surname + next(
        (said for ending, said in ADDRESSED_AS.items() if contact.title.endswith(ending)), contact.name[len(surname) :]
    )


def tell(story: str, random: Random, account: Account, contact: Contact, deal: Opportunity | None = None) -> str:
    """The story with its blanks filled, from the deal where it knows, else at random."""
    size = random.choice(MOTOR_SIZES)
    sold = next((line.product for line in deal.lines if line.product in MACHINES), None) if deal else None
    return story.format(
        who=address(contact),
        short=account.short_name,
        deal=deal.name if deal else account.short_name,
        product=name_of(sold or random.choice(tuple(MACHINES)), contact),
        rival=(deal and deal.competitor) or random.choice(stories.RIVALS),
        kw=size,
        flow=random.randrange(8, 62, 2),
        pressure=random.choice(("0.7", "0.75", "0.8", "0.85")),
        pct=random.randint(6, 34),
        days=random.choice((3, 5, 7, 10, 14, 20)),
        hours=random.randrange(1200, 8200, 100),
        serial=f"HC{size}VP-{random.randint(19, 24)}{random.randint(1, 12):02}-{random.randint(1, 900):05}",
    )


def name_of(sku: str, contact: Contact) -> str:
    names = MACHINES[sku]
    return {"zh-hans": names.zh_hans, "zh-hant": names.zh_hant, "en": names.en}[contact.language]


def in_language(
    contact: Contact, simplified: Sequence[str], traditional: Sequence[str], english: Sequence[str]
) -> Sequence[str]:
    """The texts in the contact's language."""
    return {"zh-hans": simplified, "zh-hant": traditional, "en": english}[contact.language]
