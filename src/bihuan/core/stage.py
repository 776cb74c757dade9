"""Pipelines and stages: steps that belong to the firm, each carrying one closed kind that belongs to code."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.choice import Option, key_field, pigment_field, split_aliases
from bihuan.core.columns import ObjectField, StateField
from bihuan.core.configuration import remembered
from bihuan.core.record import Named, Record

KINDS = {"open": _("In progress"), "won": _("Won"), "lost": _("Lost")}


class Pipeline(Named, Record):
    """A process that records of one object run through."""

    object = ObjectField(_("Object"), max_length=40)
    key = key_field()
    order = models.PositiveIntegerField(_("Order"), default=0)

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")

    def problems(self):  # type: ignore[no-untyped-def]
        if self.object not in {desk.slug for desk in registry.desks()}:
            yield "object", _("There is no object “%(name)s”.") % {"name": self.object}


class Stage(Named, Record):
    """A named step of a pipeline."""

    pipeline = models.ForeignKey(Pipeline, models.PROTECT, verbose_name=_("Pipeline"), related_name="stages")
    order = models.PositiveIntegerField(_("Order"), default=0)
    key = key_field()
    kind = StateField(
        KINDS,
        verbose_name=_("Meaning"),
        help_text=_("In progress counts in the funnel; won and lost close the record."),
    )
    probability = models.PositiveSmallIntegerField(_("Probability %"), default=0)
    days_limit = models.PositiveSmallIntegerField(
        _("Usual days"), null=True, blank=True, help_text=_("After this many days here a record counts as stuck.")
    )
    required = models.CharField(
        _("Needed to enter"),
        max_length=400,
        blank=True,
        help_text=_("Fields that must be filled before a record may come here."),
    )
    leads_to = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        verbose_name=_("Leads to"),
        related_name="+",
        help_text=_("Stages a record may go to from here; empty: any."),
    )
    pigment = pigment_field()
    aliases = models.CharField(
        _("Also known as"),
        max_length=400,
        blank=True,
        help_text=_("Other spellings an import understands, parted by commas."),
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        indexes = [models.Index(fields=["pipeline", "order"], name="stage_order")]

    def problems(self):  # type: ignore[no-untyped-def]
        if self.probability > 100:
            yield "probability", _("A probability lies between 0 and 100.")
        desk = registry.desk(_objects()[self.pipeline_id])
        for name in split_aliases(self.required):
            if name not in desk.own_fields or desk.own_fields[name].compute is not None:
                yield "required", _("There is no field “%(name)s”.") % {"name": name}


@dataclass(frozen=True, slots=True)
class Step(Option):
    """A stage from memory."""

    pipeline: int = 0
    object: str = ""
    kind: str = "open"
    probability: int = 0
    days_limit: int | None = None
    required: tuple[str, ...] = ()
    leads_to: tuple[int, ...] = ()

    def may_lead_to(self, other: Step) -> bool:
        return other.pipeline == self.pipeline and (not self.leads_to or other.id in self.leads_to)


@remembered
def _by_id() -> dict[int, Step]:
    onward: dict[int, list[int]] = {}
    for source, target in Stage.leads_to.through.objects.values_list("from_stage_id", "to_stage_id"):
        onward.setdefault(source, []).append(target)
    rows = Stage.objects.select_related("pipeline").order_by("pipeline__order", "pipeline_id", "order", "id")
    return {row.id: _step(row, tuple(onward.get(row.id, ()))) for row in rows}


def _step(row: Stage, leads_to: tuple[int, ...]) -> Step:
    return Step(
        id=row.id,
        key=row.key,
        names=(row.name, row.name_hant, row.name_en),
        pigment=row.pigment,
        set=str(row.pipeline_id),
        aliases=split_aliases(row.aliases),
        active=row.archived_at is None and row.pipeline.archived_at is None,
        pipeline=row.pipeline_id,
        object=row.pipeline.object,
        kind=row.kind,
        probability=row.probability,
        days_limit=row.days_limit,
        required=split_aliases(row.required),
        leads_to=leads_to,
    )


def step(stage_id: int) -> Step | None:
    """A stage from memory."""
    return _by_id().get(stage_id)


@remembered
def steps(object: str, pipeline: int | None = None) -> tuple[Step, ...]:
    """The active stages of an object (of one pipeline), in order."""
    return tuple(
        item
        for item in _by_id().values()
        if item.active and item.object == object and pipeline in (None, item.pipeline)
    )


@remembered
def _objects() -> dict[int, str]:
    """The object that each pipeline is for."""
    return dict(Pipeline.objects.values_list("pk", "object"))


@remembered
def pipelines(object: str) -> tuple[Option, ...]:
    """The active pipelines of an object, in order."""
    rows = Pipeline.objects.filter(object=object, archived_at=None).order_by("order", "id")
    return tuple(Option(row.id, (row.name, row.name_hant, row.name_en), "ink", object, row.key) for row in rows)
