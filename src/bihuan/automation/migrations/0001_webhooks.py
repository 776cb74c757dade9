import bihuan.core.columns
import bihuan.core.stored
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0005_once'),
        ('people', '0003_custom_values'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('custom', bihuan.core.stored.CustomColumn(blank=True, default=dict, editable=False)),
                ('name', models.CharField(max_length=120, verbose_name='Receiver')),
                ('address', models.CharField(help_text='Where messages are posted to.', max_length=500, verbose_name='Address')),
                ('events', models.TextField(default='*', help_text='What the receiver is told of, parted by commas.', verbose_name='Events')),
                ('active', models.BooleanField(default=True, verbose_name='Active')),
                ('keys', models.JSONField(default=list, editable=False)),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
            },
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('type', models.CharField(max_length=100)),
                ('state', bihuan.core.columns.StateField(default='waiting', max_length=24)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('happening', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.happening')),
                ('webhook', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='automation.webhook')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['webhook', 'due_at', 'id'], name='message_due'), models.Index(fields=['webhook', 'state', '-id'], name='message_state'), models.Index(fields=['webhook', '-id'], name='message_webhook'), models.Index(fields=['done_at'], name='message_done')],
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('milliseconds', models.PositiveIntegerField()),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('failure', models.CharField(blank=True, max_length=20)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('answer', models.TextField(blank=True)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='automation.webhookmessage')),
            ],
        ),
    ]
