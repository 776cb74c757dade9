"""What the firm's marketing hands out: three documents, one of them in its third version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.market.commands import add_version
from bihuan.market.document import MarketingDocument

if TYPE_CHECKING:
    from bihuan.demo.seed import Seeder


@dataclass(frozen=True)
class Version:
    """The file's name, what is new in it, and its text."""

    name: str
    note: str
    text: str


@dataclass(frozen=True)
class Document:
    """`days` are those from today on which it is valid; `campaign` and `product` are keys, "" for none."""

    name: str
    kind: str
    campaign: str
    product: str
    days: int | None
    owner: str
    versions: tuple[Version, ...]


_HEAD = "型号,功率 kW,排气量 m³/min,排气压力 bar,噪声 dB(A)\n"
DOCUMENTS = (
    Document(
        "永磁变频螺杆机选型表", "datasheet", "", "HC55VP", None, "dingyinuo",
        (
            Version("永磁变频选型表-2024.csv", "", _HEAD + "HC37VP,37,6.8,8,67\nHC55VP,55,10.2,8,69\n"),
            Version("永磁变频选型表-2025.csv", "新增 75 kW", _HEAD + "HC37VP,37,6.8,8,67\nHC55VP,55,10.2,8,69\nHC75VP,75,14.1,8,71\n"),
            Version(
                "永磁变频选型表-2026.csv", "新增 110 kW；55 kW 排气量按新机头更正",
                _HEAD + "HC37VP,37,6.8,8,67\nHC55VP,55,10.6,8,68\nHC75VP,75,14.1,8,71\nHC110VP,110,21.5,8,73\n",
            ),
        ),
    ),
    Document(
        "老机换新补贴价目表", "price_list", "SWAP", "", 50, "xiayu",
        (
            Version("换新补贴价目表.csv", "", "旧机功率 kW,补贴 元\n37,8000\n55,12000\n75,18000\n"),
            Version("换新补贴价目表-修订.csv", "75 kW 以上补贴提高", "旧机功率 kW,补贴 元\n37,8000\n55,12000\n75,22000\n110,30000\n"),
        ),
    ),
    Document(
        "纺织行业节能改造案例", "case_study", "ENERGY", "HC75VP", -20, "dingyinuo",
        (Version("纺织节能案例.txt", "", "改造前：4 台定频 75 kW，比功率 7.9。\n改造后：3 台永磁变频，比功率 6.6，年省电 41 万度。\n"),),
    ),
)  # fmt: skip


def load_documents(seeder: Seeder) -> None:
    """The documents with all their versions, the oldest first."""
    for row in DOCUMENTS:
        until = None if row.days is None else seeder.world.today + timedelta(row.days)
        made = do(
            create, by=seeder.by, on=MarketingDocument, name=row.name, kind=seeder.choice("document_kind", row.kind),
            campaign=seeder.campaigns.get(row.campaign), product=seeder.products.get(row.product), valid_until=until,
            owner=seeder.users[row.owner],
        )  # fmt: skip
        for each in row.versions:
            file = ContentFile(each.text.encode("utf-8-sig"), each.name)
            made = do(add_version, made, by=seeder.by, file=file, note=each.note)
    seeder.progress(f"{MarketingDocument._meta.verbose_name_plural}: {len(DOCUMENTS)}")
