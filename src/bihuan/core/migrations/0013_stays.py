"""Stays of records in stages, with those that the audit tells of."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, islice, pairwise

import django.db.models.deletion
from django.db import migrations, models

BATCH = 2000


def tell(apps, schema_editor):
    Stay = apps.get_model("core", "Stay")
    found = told(apps)
    while batch := list(islice(found, BATCH)):
        Stay.objects.bulk_create(Stay(**each) for each in batch)


def told(apps) -> Iterator[dict]:
    """Every stay of every record, as its audit has it."""
    objects = apps.get_model("core", "Pipeline").objects.values_list("object", flat=True).distinct()
    stages = set(apps.get_model("core", "Stage").objects.values_list("pk", flat=True))
    entries = apps.get_model("core", "AuditEntry").objects.filter(object__in=list(objects), changes__has_key="stage")
    names = ("object", "record_id", "at", "actor_kind", "actor_name", "changes")
    rows = entries.order_by("object", "record_id", "id").values_list(*names).iterator(BATCH)
    for (slug, key), moves in groupby(rows, lambda row: row[:2]):
        came = []
        for *_record, at, kind, name, changes in moves:
            brought = changes.get("stage_since", (None, None))[1] if not came else None
            since = datetime.fromisoformat(brought) if brought else at  # what was brought along says itself since when
            if changes["stage"][1] in stages:
                who = "" if kind == "system" else name
                came.append({"object": slug, "record_id": key, "stage_id": changes["stage"][1], "since": since, "who": who})
        for here, after in pairwise([*came, None]):
            yield {**here, "stood": after and max(after["since"] - here["since"], timedelta(0))}


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0012_stored_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object", models.CharField(max_length=40)),
                ("record_id", models.BigIntegerField()),
                ("since", models.DateTimeField()),
                ("stood", models.DurationField(null=True)),
                ("who", models.CharField(max_length=120)),
                (
                    "stage",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.stage",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["object", "record_id", "stage"], name="stay_record")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("stood", None)), fields=("object", "record_id"), name="one_present_stay"
                    )
                ],
            },
        ),
        migrations.RunPython(tell, migrations.RunPython.noop, elidable=True),
    ]
