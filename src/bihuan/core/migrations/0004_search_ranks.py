from django.db import migrations, models

from bihuan.core.search import schema


def empty(apps, schema_editor):
    """What was kept is kept otherwise now; `indexing.fill` makes it anew once all tables stand."""
    apps.get_model("core", "SearchEntry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0003_custom_values")]
    operations = [
        migrations.RunPython(empty, migrations.RunPython.noop),
        migrations.RunPython(schema.drop, schema.create),
        migrations.RunPython(schema.create, schema.drop),
        migrations.RemoveField("searchentry", "detail"),
        migrations.AddField("searchentry", "texts", models.TextField(default="")),
        migrations.AddField("searchentry", "owner_id", models.BigIntegerField(null=True)),
        migrations.AddField("searchentry", "changed_at", models.DateTimeField(default="1970-01-01T00:00:00Z"), preserve_default=False),
    ]
