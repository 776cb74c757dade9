from django.db import migrations
from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def work_out(apps, schema_editor):
    """How many won deals of each campaign are in its own currency."""
    Campaign, Opportunity = apps.get_model("market", "Campaign"), apps.get_model("sales", "Opportunity")
    won = Opportunity._base_manager.filter(
        campaign=OuterRef("pk"), archived_at=None, stage__kind="won", campaign__currency=F("currency")
    )
    counted = won.order_by().values("campaign").annotate(number=Count("pk")).values("number")
    Campaign._base_manager.update(won_summed=Coalesce(Subquery(counted), 0))


class Migration(migrations.Migration):

    dependencies = [("market", "0006_won_summed"), ("sales", "0012_pages_of_the_day")]

    operations = [migrations.RunPython(work_out, migrations.RunPython.noop)]
