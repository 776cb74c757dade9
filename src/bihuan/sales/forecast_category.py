"""Forecast categories: how sure a deal is, by the probability of its stage unless somebody says otherwise."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from bihuan.core.stage import step

#: What a deal may say of itself; the first leaves it to the stage.
FORECAST = {
    "stage": _("By its stage"),
    "commit": _("Commit"),
    "best": _("Best case"),
    "pipeline": _("In the pipeline"),
    "omitted": _("Omitted"),
}
#: The categories of open deals, the surest first.
CATEGORIES = ("commit", "best", "pipeline", "omitted")
#: From which probability of its stage on, in per cent, a deal counts as what.
THRESHOLDS = (("commit", 75), ("best", 50), ("pipeline", 10))


def category_of(forecast: str, stage_id: int) -> str:
    """The category of a deal in a stage: its own word, else that of the stage's probability."""
    if forecast != "stage":
        return forecast
    here = step(stage_id)
    probability = here.probability if here else 0
    return next((name for name, least in THRESHOLDS if probability >= least), "omitted")
