"""Seals over the audit. What it should never have told, or told otherwise than it came to pass, is mended before the first."""

from django.db import migrations, models


def mend(apps, schema_editor):
    entries = apps.get_model("core", "AuditEntry").objects
    for slug, name in (("user", "password"), ("apitoken", "digest")):
        for entry in entries.filter(object=slug, changes__has_key=name).iterator():
            entry.changes[name] = [side and "•••" for side in entry.changes[name]]
            entry.save(update_fields=["changes"])
    files = dict(apps.get_model("core", "Attachment").objects.values_list("pk", "file"))
    for entry in entries.filter(object="attachment", command="attach").iterator():
        if entry.record_id in files:
            entry.changes["file"] = [None, files[entry.record_id]]
            entry.save(update_fields=["changes"])


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0009_draft"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField(unique=True)),
                ("count", models.PositiveIntegerField()),
                ("previous", models.CharField(max_length=64, unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("marks", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(mend, migrations.RunPython.noop, elidable=True),
    ]
