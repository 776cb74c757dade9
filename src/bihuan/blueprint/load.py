"""Loading the configuration a firm starts with. Run once; what a firm has configured since is never touched."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

from bihuan.core.access import SYSTEM
from bihuan.core.blueprint import text
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.present import present
from bihuan.core.blueprint.start import Start, offers_starts
from bihuan.core.choice import Choice
from bihuan.core.stage import Pipeline

INDUSTRIES = Path(__file__).parent / "industries"
#: What a firm gets that has not chosen; it comes first.
USUAL = "equipment"


def industries() -> list[str]:
    """The industries there are files for, the usual one first."""
    return sorted((path.stem for path in INDUSTRIES.glob("*.yaml")), key=lambda key: (key != USUAL, key))


@cache
def industry(key: str) -> text.Document:
    """The configuration for an industry."""
    return text.read((INDUSTRIES / f"{key}.yaml").read_text(encoding="utf-8"))


@offers_starts
def offered() -> dict[str, Start]:
    documents = {key: industry(key) for key in industries()}
    return {
        key: Start(key, each.head["name"], each.head["about"], partial(load, key)) for key, each in documents.items()
    }


def load(key: str = USUAL) -> None:
    """Give a firm that has no choices and no pipelines those of an industry, and whatever else it says and the firm lacks."""
    if Choice._base_manager.exists() or Pipeline._base_manager.exists():
        return
    document = industry(key)
    apply({**document.rows, **present().rows}, document.sections, by=SYSTEM, lines=document.lines)
