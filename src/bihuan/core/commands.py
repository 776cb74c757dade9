"""What can be done with the kernel's own configuration, beside editing it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry, verbs
from bihuan.core.access import Actor
from bihuan.core.command import command
from bihuan.core.duplicates import commands as duplicates  # noqa: F401  (declares them)
from bihuan.core.errors import Refused
from bihuan.core.event import Event
from bihuan.core.merge import commands as merging  # noqa: F401  (declares them)
from bihuan.core.privacy import commands as privacy  # noqa: F401  (declares them)
from bihuan.core.run import Call, run
from bihuan.core.stage import Stage, step


@command(Stage, label=_("Archive"), icon="archive", needs="archive", labels={"goal": _("Its records go to")})
def archive(stage: Stage, *, by: Actor, goal: Stage | None = None) -> Iterable[Event]:
    """Take a stage out of use; the records that stand there go to another stage first, as if each had been moved."""
    desk = registry.desk(stage.pipeline.object)
    standing = desk.model._base_manager.filter(archived_at=None, **{desk.stage_field: stage.pk})
    keys = list(standing.values_list("pk", flat=True))
    there = step(goal) if goal else None  # a link arrives as its id
    if keys and (there is None or there.id == stage.pk):
        raise Refused(_now("Records stand in this stage; say where they go."), "goal")
    if keys and there is not None:
        try:
            run(verbs.move, [Call({"stage": there.id}, key) for key in keys], by=by, on=desk.model)
        except Refused as refusal:
            told = {"stage": there.label, "reason": refusal.sentence}
            raise Refused(_now("Not every record can go to “%(stage)s”: %(reason)s") % told, "goal") from None
    return verbs.archive.verb(stage, by=by) or ()
