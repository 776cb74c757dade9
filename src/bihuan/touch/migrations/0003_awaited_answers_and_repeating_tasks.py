import bihuan.core.columns
import bihuan.core.stored
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0012_stored_files'),
        ('parties', '0002_custom_values'),
        ('people', '0007_work_calendars'),
        ('touch', '0002_custom_values'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('since', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.user')),
            ],
        ),
        migrations.CreateModel(
            name='ResponseRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('custom', bihuan.core.stored.CustomColumn(blank=True, default=dict, editable=False)),
                ('name', models.CharField(max_length=120, verbose_name='Name (简体)')),
                ('name_hant', models.CharField(blank=True, max_length=120, verbose_name='Name (繁體)')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='Name (English)')),
                ('key', models.CharField(blank=True, help_text='A short name that programs and blueprints use.', max_length=40, verbose_name='Key')),
                ('first_minutes', models.PositiveIntegerField(blank=True, help_text='Working minutes. Empty: nobody waits for an answer.', null=True, verbose_name='First answer')),
                ('further_minutes', models.PositiveIntegerField(blank=True, help_text='Working minutes. Empty: as the first.', null=True, verbose_name='Further answers')),
                ('escalate_minutes', models.PositiveIntegerField(blank=True, help_text='So many working minutes after the answer was due. Empty: never.', null=True, verbose_name='Tell the manager')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('channel', bihuan.core.columns.ChoiceField(blank=True, help_text='Empty: every channel.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='channel', to='core.choice', verbose_name='Channel')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('level', bihuan.core.columns.ChoiceField(blank=True, help_text='Empty: every account, or none.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='account_level', to='core.choice', verbose_name='Level')),
                ('outcome', bihuan.core.columns.ChoiceField(blank=True, help_text='Empty: whatever came of it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='outcome', to='core.choice', verbose_name='Outcome')),
            ],
            options={
                'verbose_name': 'response time',
                'verbose_name_plural': 'response times',
                'constraints': [models.UniqueConstraint(fields=('key',), name='one_response_key')],
            },
        ),
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('custom', bihuan.core.stored.CustomColumn(blank=True, default=dict, editable=False)),
                ('further', models.BooleanField(default=False, editable=False, verbose_name='Further answer')),
                ('since', models.DateTimeField(editable=False, verbose_name='Since')),
                ('due_at', models.DateTimeField(editable=False, verbose_name='Due')),
                ('escalate_at', models.DateTimeField(editable=False, null=True, verbose_name='Manager told')),
                ('state', bihuan.core.columns.StateField(default='waiting', editable=False, max_length=24, verbose_name='State')),
                ('answered_at', models.DateTimeField(editable=False, null=True, verbose_name='Answered')),
                ('minutes', models.PositiveIntegerField(editable=False, help_text='Working minutes until the answer.', null=True, verbose_name='Minutes taken')),
                ('late', models.BooleanField(editable=False, help_text='Whether the answer came after it was due.', null=True, verbose_name='Late')),
                ('remark', models.TextField(blank=True, verbose_name='Remark')),
                ('account', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.account', verbose_name='Account')),
                ('answered_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Answered by')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('channel', bihuan.core.columns.ChoiceField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='channel', to='core.choice', verbose_name='Channel')),
                ('contact', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.contact', verbose_name='Contact')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Owner')),
                ('touchpoint', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='touch.touchpoint', verbose_name='Last words')),
                ('unit', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit', verbose_name='Unit')),
            ],
            options={
                'verbose_name': 'awaited answer',
                'verbose_name_plural': 'awaited answers',
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('archived_at', None)), fields=['-changed_at', '-id'], name='waiting_changed'), models.Index(condition=models.Q(('archived_at', None)), fields=['owner', '-changed_at', '-id'], name='waiting_owner'), models.Index(condition=models.Q(('archived_at', None)), fields=['unit', '-changed_at', '-id'], name='waiting_unit'), models.Index(condition=models.Q(('archived_at', None), ('state', 'waiting')), fields=['owner', 'due_at'], name='waiting_mine'), models.Index(condition=models.Q(('archived_at', None), ('state', 'waiting')), fields=['due_at'], name='waiting_due'), models.Index(condition=models.Q(('archived_at', None), ('state', 'waiting')), fields=['escalate_at'], name='waiting_escalate')],
            },
        ),
        migrations.AddField(
            model_name='task',
            name='delegated_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Delegated by'),
        ),
        migrations.AddField(
            model_name='task',
            name='remind_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='Remind me'),
        ),
        migrations.AddField(
            model_name='task',
            name='repeat',
            field=bihuan.core.columns.StateField(default='never', max_length=24, verbose_name='Repeats'),
        ),
        migrations.AddField(
            model_name='task',
            name='repeat_until',
            field=models.DateField(blank=True, help_text='Empty: without end.', null=True, verbose_name='Repeats until'),
        ),
        migrations.AddField(
            model_name='touchpoint',
            name='automatic',
            field=models.BooleanField(default=False, editable=False, verbose_name='Sent by a machine'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('remind_at__isnull', False), ('state', 'open')), fields=['remind_at'], name='task_remind'),
        ),
    ]
