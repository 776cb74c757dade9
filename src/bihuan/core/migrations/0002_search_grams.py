from django.db import migrations

from bihuan.core.search import schema


class Migration(migrations.Migration):
    dependencies = [('core', '0001_initial')]
    operations = [migrations.RunPython(schema.create, schema.drop)]
