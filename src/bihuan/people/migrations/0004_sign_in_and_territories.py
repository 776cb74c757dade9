import bihuan.core.stored
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_custom_values'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=1000)),
            ],
        ),
        migrations.CreateModel(
            name='ExportEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=32, unique=True)),
                ('address', models.CharField(max_length=45)),
                ('at', models.DateTimeField()),
                ('object', models.CharField(max_length=40)),
                ('asked', models.TextField()),
                ('columns', models.TextField()),
                ('format', models.CharField(max_length=10)),
                ('rows', models.PositiveIntegerField()),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.user')),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='export_at'), models.Index(fields=['user', '-at'], name='export_user')],
            },
        ),
        migrations.CreateModel(
            name='ExternalIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=255)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.user')),
            ],
        ),
        migrations.CreateModel(
            name='IdentityProvider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('custom', bihuan.core.stored.CustomColumn(blank=True, default=dict, editable=False)),
                ('name', models.CharField(help_text='Stands on the button of the sign-in page.', max_length=80, verbose_name='Provider')),
                ('issuer', models.URLField(help_text='Its address, as in its openid-configuration.', max_length=300, verbose_name='Issuer')),
                ('client_id', models.CharField(max_length=200, verbose_name='Client ID')),
                ('domains', models.CharField(blank=True, help_text='Only addresses of these domains may sign in, parted by commas. Left empty: any that a user here has.', max_length=300, verbose_name='Mail domains')),
                ('asks_second_factor', models.BooleanField(default=False, help_text='Then none is asked for here.', verbose_name='Asks for a second factor itself')),
                ('makes_users', models.BooleanField(default=False, help_text='Who has no user here yet gets one. Needs mail domains.', verbose_name='Makes users')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('role', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.role', verbose_name='Role of new users')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit', verbose_name='Unit of new users')),
            ],
            options={
                'verbose_name': 'identity provider',
                'verbose_name_plural': 'identity providers',
            },
        ),
        migrations.CreateModel(
            name='OpenSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, unique=True)),
                ('address', models.CharField(max_length=45)),
                ('device', models.CharField(max_length=80)),
                ('began_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.user')),
            ],
        ),
        migrations.CreateModel(
            name='PasswordLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('bound', models.CharField(max_length=64)),
                ('until', models.DateTimeField()),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.user')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.user')),
            ],
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=400)),
                ('used', models.BigIntegerField(default=0)),
                ('recovery', models.JSONField(default=list)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.user')),
            ],
        ),
        migrations.CreateModel(
            name='SignInPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='Created')),
                ('changed_at', models.DateTimeField(editable=False, verbose_name='Changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='Archived')),
                ('custom', bihuan.core.stored.CustomColumn(blank=True, default=dict, editable=False)),
                ('name', models.CharField(max_length=80, verbose_name='Policy')),
                ('min_length', models.PositiveIntegerField(default=10, verbose_name='Password: fewest characters')),
                ('max_age_days', models.PositiveIntegerField(default=0, help_text='0: never.', verbose_name='Password: days until it must change')),
                ('second_factor', models.BooleanField(default=False, help_text='Who has none yet sets one up at the next page they open.', verbose_name='Second factor required')),
                ('remember_days', models.PositiveIntegerField(default=14, help_text='So long a device that gave the second factor is not asked again; 0: every time.', verbose_name='Remember a device for days')),
                ('idle_days', models.PositiveIntegerField(default=14, help_text='At least 1.', verbose_name='End a session unused for days')),
                ('keep_days', models.PositiveIntegerField(default=365, help_text='Of sign-ins and exports. 0: for ever. The longest of all policies counts.', verbose_name='Keep the logs for days')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('role', models.ForeignKey(blank=True, help_text='Left empty, the policy counts for everybody.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.role', verbose_name='Role')),
            ],
            options={
                'verbose_name': 'sign-in policy',
                'verbose_name_plural': 'sign-in policies',
            },
        ),
        migrations.CreateModel(
            name='Territory',
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
                ('rule', models.CharField(blank=True, help_text='Filter the list of accounts and copy what stands in its address behind the question mark.', max_length=400, verbose_name='Rule')),
                ('order', models.PositiveIntegerField(default=0, verbose_name='Order')),
                ('changed_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Changed by')),
                ('created_by', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.user', verbose_name='Created by')),
                ('members', models.ManyToManyField(blank=True, related_name='territories', to='people.user', verbose_name='Members')),
            ],
            options={
                'verbose_name': 'territory',
                'verbose_name_plural': 'territories',
            },
        ),
        migrations.AddField(
            model_name='signinattempt',
            name='device',
            field=models.CharField(default='', max_length=80),
        ),
        migrations.AddField(
            model_name='signinattempt',
            name='user',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.user'),
        ),
        migrations.AddField(
            model_name='signinattempt',
            name='way',
            field=models.CharField(default='password', max_length=20),
        ),
        migrations.AddField(
            model_name='unit',
            name='code',
            field=models.CharField(blank=True, help_text='As other systems of the firm know it.', max_length=40, verbose_name='Code'),
        ),
        migrations.AddField(
            model_name='user',
            name='must_change_password',
            field=models.BooleanField(default=False, verbose_name='New password at next sign-in'),
        ),
        migrations.AddField(
            model_name='user',
            name='password_set_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='Password set'),
        ),
        migrations.AddField(
            model_name='user',
            name='second_factor_since',
            field=models.DateTimeField(editable=False, null=True, verbose_name='Second factor since'),
        ),
        migrations.AddField(
            model_name='user',
            name='units',
            field=models.ManyToManyField(blank=True, help_text='Whoever works for several units has the rights of each; new records belong to the main unit.', related_name='further_members', to='people.unit', verbose_name='Further units'),
        ),
        migrations.AddIndex(
            model_name='signinattempt',
            index=models.Index(fields=['at'], name='attempt_at'),
        ),
        migrations.AddField(
            model_name='externalidentity',
            name='provider',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identityprovider'),
        ),
        migrations.AddField(
            model_name='clientsecret',
            name='provider',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.identityprovider'),
        ),
        migrations.AddConstraint(
            model_name='externalidentity',
            constraint=models.UniqueConstraint(fields=('provider', 'subject'), name='one_user_per_subject'),
        ),
    ]
