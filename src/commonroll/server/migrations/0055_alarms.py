import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0054_webhook_salts"),
    ]

    operations = [
        migrations.CreateModel(
            name="AlarmSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rules",
                    models.JSONField(
                        default=dict, help_text="as `alarm_rules.Settings`; empty means the defaults"
                    ),
                ),
                ("mail", models.CharField(blank=True, max_length=254)),
                (
                    "looked",
                    models.BigIntegerField(
                        default=-1, help_text="index of the last entry that was looked at"
                    ),
                ),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarm_setting",
                        to="server.member",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("recipient", models.CharField(max_length=31)),
                ("once", models.CharField(max_length=100)),
                ("saw", models.JSONField(default=dict, help_text="figures, as `alarm_rules.Unusual`")),
                ("index", models.BigIntegerField(help_text="of the last entry that it is about")),
                ("at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("mail_failures", models.PositiveSmallIntegerField(default=0)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, max_length=200)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="alarms", to="server.member"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("member", "once"), name="an_alarm_is_said_once")
                ],
            },
        ),
    ]
