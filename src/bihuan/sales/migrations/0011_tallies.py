from django.db import migrations

from bihuan.core import tally
from bihuan.core.desk import Tallied


def count(apps, schema_editor):
    """Count the deals, accounts and touches that there are."""
    into = apps.get_model("core", "Tally")
    for app, slug, tallied in (
        ("sales", "opportunity", Tallied("closed_on", by="stage", total="amount")),
        ("parties", "account", Tallied("created_at")),
        ("touch", "touchpoint", Tallied("at", by="channel")),
    ):
        tally.fill(into, slug, apps.get_model(app, slug), tallied)


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0015_tallies"),
        ("parties", "0008_required_columns"),
        ("sales", "0010_required_columns"),
        ("touch", "0009_touches_by_owner_and_channel"),
    ]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
