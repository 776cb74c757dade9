from django.db import migrations
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce


def work_out(apps, schema_editor):
    """The days of the last deal and the last won one, for the accounts that there are."""
    Account, Opportunity = apps.get_model("parties", "Account"), apps.get_model("sales", "Opportunity")
    deals = Opportunity._base_manager.filter(account=OuterRef("pk"), archived_at=None).order_by().values("account")
    won = deals.filter(stage__kind="won").annotate(last=Max("closed_on")).values("last")
    any_deal = deals.annotate(last=Max(Coalesce("closed_on", "opened_on"))).values("last")
    Account._base_manager.update(last_deal_on=Subquery(any_deal), last_won_on=Subquery(won))


class Migration(migrations.Migration):

    dependencies = [
        ("parties", "0003_public_pools"),
        ("sales", "0003_leads"),
    ]

    operations = [migrations.RunPython(work_out, migrations.RunPython.noop)]
