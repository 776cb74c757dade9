from django.db import migrations

from bihuan.core import tally
from bihuan.core.desk import Tallied


def count(apps, schema_editor):
    """Count the deals that are not closed too."""
    into, model = apps.get_model("core", "Tally"), apps.get_model("sales", "opportunity")
    tally.fill(into, "opportunity", model, Tallied("closed_on", by="stage", total="amount"))


class Migration(migrations.Migration):

    dependencies = [("sales", "0013_won_summed")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
