"""Loading the configuration a firm starts with. Run once; what a firm has configured since is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction

from bihuan.blueprint.defaults import CHOICE_SETS, PIPELINES, Names
from bihuan.blueprint.roles import ROLES
from bihuan.core.access import SYSTEM
from bihuan.core.choice import Choice
from bihuan.core.run import Call, do, run
from bihuan.core.stage import Pipeline, Stage
from bihuan.core.verbs import create
from bihuan.people.commands import set_grants
from bihuan.people.role import Role


@transaction.atomic
def load() -> None:
    """Make the choices, pipelines and roles of each kind of which the firm has none."""
    if not Choice._base_manager.exists():
        _make(Choice, _choices())
    if not Pipeline._base_manager.exists():
        _make_pipelines()
    for key, (hans, hant, en, grants) in ROLES.items():
        if not Role._base_manager.filter(key=key).exists():
            do(
                set_grants,
                do(create, by=SYSTEM, on=Role, key=key, name=hans, name_hant=hant, name_en=en),
                by=SYSTEM,
                grants=grants,
            )


def _make(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> Sequence[Any]:
    return run(create, [Call(row) for row in rows], by=SYSTEM, on=model).records


def _named(names: Names) -> dict[str, str]:
    return {"name": names.zh_hans, "name_hant": names.zh_hant, "name_en": names.en}


def _choices() -> Iterable[dict[str, Any]]:
    for each in CHOICE_SETS:
        for order, choice in enumerate(each.choices):
            yield {
                **_named(choice.names),
                "set": each.key,
                "key": choice.key,
                "order": order,
                "pigment": choice.pigment,
                "aliases": ", ".join(choice.aliases),
            }


def _make_pipelines() -> None:
    made = _make(
        Pipeline,
        (
            {**_named(each.names), "key": each.key, "object": "opportunity", "order": order}
            for order, each in enumerate(PIPELINES)
        ),
    )
    rows = (
        {
            **_named(stage.names),
            "key": stage.key,
            "pipeline": pipeline.pk,
            "order": order,
            "kind": stage.kind,
            "probability": stage.probability,
            "days_limit": stage.days_limit,
            "pigment": stage.pigment,
            "aliases": ", ".join(stage.aliases),
            "required": "account" if stage.kind == "won" else "",
        }
        for pipeline, each in zip(made, PIPELINES, strict=True)
        for order, stage in enumerate(each.stages)
    )
    _make(Stage, rows)
