"""Pipelines and stages: steps that belong to the firm, each carrying one closed kind that belongs to code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.choice import Option, aliases_field, key_field, key_of, pigment_field, split_aliases
from bihuan.core.columns import ObjectField, StateField
from bihuan.core.configuration import remembered
from bihuan.core.record import Named, Record

if TYPE_CHECKING:
    from bihuan.core.access import Actor

KINDS = {"open": _("In progress"), "won": _("Won"), "lost": _("Lost")}
#: What is asked of a record that goes back to an earlier stage, or is opened again.
ROLLBACKS = {"free": _("Freely"), "reason": _("With a reason"), "never": _("Never")}
#: What happens when a record has stood in a stage for longer than is usual.
AT_LIMIT = {"mark": _("Marked as stuck"), "warn": _("Marked, and its owner is told")}


class Pipeline(Named, Record):
    """A process that records of one object run through."""

    object = ObjectField(_("Object"), max_length=40)
    key = key_field()
    order = models.PositiveIntegerField(_("Order"), default=0)
    rollback = StateField(ROLLBACKS, verbose_name=_("Going back"), help_text=_("To an earlier stage, or open again."))

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        constraints = [models.UniqueConstraint(fields=["object", "key"], name="one_pipeline_key")]

    def fill(self, by: Actor) -> None:
        taken = {each.key for each in _pipelines().values() if each.object == self.object}
        self.key = self.key or key_of(self.name_en or self.name, taken)

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
    at_limit = StateField(AT_LIMIT, verbose_name=_("After the usual days"))
    required = models.CharField(
        _("Needed to enter"),
        max_length=400,
        blank=True,
        help_text=_("Fields that must be filled before a record may come here."),
    )
    relatives = models.CharField(
        _("Needs one of"),
        max_length=400,
        blank=True,
        help_text=_("Objects of which at least one must hang on a record before it may come here."),
    )
    movers = models.ManyToManyField(
        "people.Role",
        blank=True,
        verbose_name=_("Brought here by"),
        related_name="+",
        help_text=_("Roles that may bring a record here; empty: whoever may edit it."),
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
    aliases = aliases_field()

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        indexes = [models.Index(fields=["pipeline", "order"], name="stage_order")]
        constraints = [models.UniqueConstraint(fields=["pipeline", "key"], name="one_stage_key")]

    def fill(self, by: Actor) -> None:
        taken = {each.key for each in _by_id().values() if each.pipeline == self.pipeline_id}
        self.key = self.key or key_of(self.name_en or self.name, taken)

    def problems(self):  # type: ignore[no-untyped-def]
        if self.probability > 100:
            yield "probability", _("A probability lies between 0 and 100.")
        desk = registry.desk(_pipelines()[self.pipeline_id].object)
        for name in split_aliases(self.required):
            if name not in desk.own_fields or desk.own_fields[name].compute is not None:
                yield "required", _("There is no field “%(name)s”.") % {"name": name}
        known = {other.slug for other, _link in registry.related_by(desk)}
        for name in split_aliases(self.relatives):
            if name not in known:
                yield "relatives", _("No “%(name)s” hangs on a record here.") % {"name": name}


@dataclass(frozen=True, slots=True)
class Step(Option):
    """A stage from memory."""

    pipeline: int = 0
    object: str = ""
    order: int = 0
    kind: str = "open"
    probability: int = 0
    days_limit: int | None = None
    at_limit: str = "mark"
    required: tuple[str, ...] = ()
    relatives: tuple[str, ...] = ()
    movers: tuple[int, ...] = ()
    leads_to: tuple[int, ...] = ()

    def goes_back_to(self, goal: Step) -> bool:
        """Whether a record that goes there goes back: to an earlier stage, or from a closed one."""
        return self.kind != "open" or (goal.kind == "open" and goal.order < self.order)


def barrier(start: Step | None, goal: Step, actor: Actor) -> str:
    """Why the actor may bring no record from a stage (None: a new one) to another, as a sentence; empty where it may.

    What the record itself lacks is another matter: that can be given along the way.
    """
    told = {"stage": goal.label}
    if goal.movers and not actor.holds(goal.movers):
        return _now("Your role may not bring a record to “%(stage)s”.") % told
    if start is None:
        return ""
    if goal.pipeline != start.pipeline or (start.leads_to and goal.id not in start.leads_to):
        return _now("A record may not go to “%(stage)s” from here.") % told
    if start.goes_back_to(goal) and rollback(start.pipeline) == "never":
        return _now("Here no record goes back to “%(stage)s”.") % told
    return ""


def asks_why(start: Step | None, goal: Step) -> bool:
    """Whether whoever brings a record from one stage to another must say why."""
    return start is not None and start.goes_back_to(goal) and rollback(start.pipeline) == "reason"


@remembered
def _by_id() -> dict[int, Step]:
    onward = _linked(Stage.leads_to.through, "from_stage_id", "to_stage_id")
    movers = _linked(Stage.movers.through, "stage_id", "role_id")
    rows = Stage.objects.select_related("pipeline").order_by("pipeline__order", "pipeline_id", "order", "id")
    return {row.id: _step(row, onward.get(row.id, ()), movers.get(row.id, ())) for row in rows}


def _linked(through: type[models.Model], near: str, far: str) -> dict[int, tuple[int, ...]]:
    linked: dict[int, tuple[int, ...]] = {}
    for key, other in through._base_manager.order_by("pk").values_list(near, far):
        linked[key] = (*linked.get(key, ()), other)
    return linked


def _step(row: Stage, leads_to: tuple[int, ...], movers: tuple[int, ...]) -> Step:
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
        order=row.order,
        kind=row.kind,
        probability=row.probability,
        days_limit=row.days_limit,
        at_limit=row.at_limit,
        required=split_aliases(row.required),
        relatives=split_aliases(row.relatives),
        movers=movers,
        leads_to=leads_to,
    )


def step(stage_id: int) -> Step | None:
    """A stage from memory."""
    return _by_id().get(stage_id)


@remembered
def of_kind(object: str, *kinds: str) -> list[int]:
    """The ids of an object's stages of some kinds; records may stand in those too that are no longer active."""
    return [item.id for item in _by_id().values() if item.object == object and item.kind in kinds]


def steps(object: str, pipeline: int | None = None) -> tuple[Step, ...]:
    """The active stages of an object (of one pipeline), in order."""
    return tuple(
        item
        for item in _by_id().values()
        if item.active and item.object == object and pipeline in (None, item.pipeline)
    )


def late(object: str, stage: str, since: str, now: datetime) -> models.Q:
    """The records of an object that have stood in an open stage for longer than its usual days; `stage` and `since` are paths.

    One range for all stages, from which those of the more patient ones are taken: a database reads that from one index, and ranges
    that are tied by OR one by one.
    """
    limits = {
        each.id: now - timedelta(days=each.days_limit)
        for each in steps(object)
        if each.kind == "open" and each.days_limit
    }
    if not limits:
        return models.Q(**{f"{stage}__in": ()})
    until = models.Case(
        *(models.When(**{stage: key}, then=models.Value(limit)) for key, limit in limits.items()),
        output_field=models.DateTimeField(),
    )
    found = models.Q(**{f"{stage}__in": list(limits), f"{since}__lt": max(limits.values())})
    return found & models.Q(**{f"{since}__lt": until})


@remembered
def beyond(goal: int) -> frozenset[int]:
    """The stages of which a record that stands in one has come as far as `goal`: it, later ones in progress, and those that win.

    What skipped a stage has come as far all the same. Stages out of use count: records have stood in them.
    """
    here = _by_id()[goal]
    if here.kind != "open":
        return frozenset({goal})
    others = (each for each in _by_id().values() if each.pipeline == here.pipeline and each.kind != "lost")
    return frozenset(each.id for each in others if each.kind == "won" or each.order >= here.order)


@remembered
def _pipelines() -> dict[int, Pipeline]:
    """Every pipeline, archived or not, by its id."""
    return {row.pk: row for row in Pipeline.objects.order_by("order", "id")}


def rollback(pipeline: int) -> str:
    """What a pipeline asks of a record that goes back: one of ROLLBACKS."""
    return _pipelines()[pipeline].rollback


@remembered
def pipelines(object: str) -> tuple[Option, ...]:
    """The active pipelines of an object, in order."""
    rows = (row for row in _pipelines().values() if row.object == object and row.archived_at is None)
    return tuple(Option(row.pk, (row.name, row.name_hant, row.name_en), "ink", object, row.key) for row in rows)


def keyed_pipeline(object: str, key: str) -> Option | None:
    """The active pipeline of an object that carries this key."""
    return next((each for each in pipelines(object) if each.key == key), None)
