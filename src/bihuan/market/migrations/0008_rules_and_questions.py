from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("market", "0007_campaign_goals")]

    operations = [
        migrations.AlterField(
            model_name="segment",
            name="rule",
            field=models.CharField(
                blank=True,
                help_text="Filter a list and choose “Save as segment” in its menu: so the rule is written for you.",
                max_length=16000,
                verbose_name="Rule",
            ),
        ),
    ]
