import bihuan.core.columns
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('core', '0001_initial'),
        ('parties', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Opportunity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('number', bihuan.core.columns.NumberField(blank=True, max_length=40, pattern='OP-{year}-{n:05}', unique=True, verbose_name='Number')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='Opportunity name')),
                ('stage_since', models.DateTimeField(editable=False, verbose_name='In stage since')),
                ('amount', bihuan.core.columns.AmountField(blank=True, currency='currency', null=True, verbose_name='Amount')),
                ('currency', bihuan.core.columns.CurrencyField(default='CNY', max_length=3, verbose_name='Currency')),
                ('opened_on', models.DateField(blank=True, null=True, verbose_name='Opened')),
                ('expected_close', models.DateField(blank=True, null=True, verbose_name='Expected close')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='Closed')),
                ('competitor', models.CharField(blank=True, max_length=120, verbose_name='Competitor')),
                ('next_step', models.CharField(blank=True, max_length=200, verbose_name='Next step')),
                ('next_step_at', models.DateTimeField(blank=True, null=True, verbose_name='Next step when')),
                ('remark', models.TextField(blank=True, verbose_name='Remark')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='parties.account', verbose_name='Account')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunities', to='parties.contact', verbose_name='Main contact')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('loss_reason', bihuan.core.columns.ChoiceField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='loss_reason', to='core.choice', verbose_name='Loss reason')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Owner')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='Main product')),
                ('source', bihuan.core.columns.ChoiceField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='source', to='core.choice', verbose_name='Source')),
                ('stage', bihuan.core.columns.StageField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.stage', verbose_name='Stage')),
                ('unit', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit', verbose_name='Unit')),
            ],
            options={
                'verbose_name': 'opportunity',
                'verbose_name_plural': 'opportunities',
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('archived_at', None)), fields=['-changed_at', '-id'], name='opportunity_changed'), models.Index(condition=models.Q(('archived_at', None)), fields=['owner', '-changed_at', '-id'], name='opportunity_owner'), models.Index(condition=models.Q(('archived_at', None)), fields=['unit', '-changed_at', '-id'], name='opportunity_unit'), models.Index(condition=models.Q(('archived_at', None)), fields=['stage', '-stage_since', '-id'], name='opportunity_stage'), models.Index(fields=['account', '-id'], name='opportunity_account'), models.Index(condition=models.Q(('archived_at', None)), fields=['stage', 'currency', 'amount'], name='opportunity_sums')],
            },
        ),
        migrations.CreateModel(
            name='OpportunityContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.contact', verbose_name='Contact')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='sales.opportunity', verbose_name='Opportunity')),
                ('role', bihuan.core.columns.ChoiceField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', set='decision_role', to='core.choice', verbose_name='Role')),
            ],
            options={
                'verbose_name': 'opportunity contact',
                'verbose_name_plural': 'opportunity contacts',
                'constraints': [models.UniqueConstraint(condition=models.Q(('archived_at', None)), fields=('opportunity', 'contact'), name='one_deal_role')],
            },
        ),
        migrations.CreateModel(
            name='OpportunityProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('quantity', bihuan.core.columns.QuantityField(blank=True, null=True, verbose_name='Quantity')),
                ('price', bihuan.core.columns.AmountField(blank=True, currency='currency', null=True, verbose_name='Price')),
                ('currency', bihuan.core.columns.CurrencyField(default='CNY', max_length=3, verbose_name='Currency')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='sales.opportunity', verbose_name='Opportunity')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='Product')),
            ],
            options={
                'verbose_name': 'opportunity product',
                'verbose_name_plural': 'opportunity products',
            },
        ),
    ]
