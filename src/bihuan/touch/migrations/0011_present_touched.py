from django.db import migrations
from django.db.models import Max, OuterRef, Q, Subquery


def work_out(apps, schema_editor):
    """When those were touched who were present beside the contact of a touch."""
    Contact, Touchpoint = apps.get_model("parties", "Contact"), apps.get_model("touch", "Touchpoint")
    people = Touchpoint._base_manager.filter(automatic=False, archived_at=None)
    present = people.filter(others=OuterRef("pk")).order_by().values("others")
    last = Subquery(present.annotate(last=Max("at")).values("last"))
    earlier = Q(last_touch_at=None) | Q(last_touch_at__lt=last)
    Contact._base_manager.filter(earlier, pk__in=people.exclude(others=None).values("others")).update(last_touch_at=last)


class Migration(migrations.Migration):

    dependencies = [("parties", "0008_required_columns"), ("touch", "0010_waiting_about")]

    operations = [migrations.RunPython(work_out, migrations.RunPython.noop)]
