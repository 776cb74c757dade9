from django.db import migrations, models

import bihuan.core.columns


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
        migrations.AlterField(
            model_name="formquestion",
            name="field",
            field=bihuan.core.columns.StateField(
                default="name",
                help_text="What else you want to know is an own field of leads: the settings of fields add one of any kind.",
                max_length=40,
                verbose_name="Asks for",
            ),
        ),
        migrations.AddField(
            model_name="formquestion",
            name="help",
            field=models.CharField(
                blank=True, help_text="Stands below the answer.", max_length=200, verbose_name="Help (简体)"
            ),
        ),
        migrations.AddField(
            model_name="formquestion",
            name="help_hant",
            field=models.CharField(blank=True, max_length=200, verbose_name="Help (繁體)"),
        ),
        migrations.AddField(
            model_name="formquestion",
            name="help_en",
            field=models.CharField(blank=True, max_length=200, verbose_name="Help (English)"),
        ),
        migrations.AlterField(
            model_name="formquestion",
            name="order",
            field=models.PositiveIntegerField(default=0, help_text="The smallest comes first.", verbose_name="Order"),
        ),
        migrations.AddField(
            model_name="formsubmission",
            name="answers",
            field=models.JSONField(blank=True, default=dict, verbose_name="Answers to own questions"),
        ),
    ]
