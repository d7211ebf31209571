import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0057_dispute_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="CameHome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("source", models.CharField(max_length=36)),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=120)),
                ("version", models.CharField(max_length=64)),
                (
                    "before",
                    models.CharField(
                        blank=True, help_text="the version that it stands in place of", max_length=64
                    ),
                ),
                ("rows", models.PositiveIntegerField(help_text="persons; of a script its questions")),
                (
                    "read",
                    models.JSONField(
                        default=list, help_text="of a list the columns by which its persons were chosen"
                    ),
                ),
                ("of_day", models.DateField(help_text="day of which it is")),
                (
                    "agreement",
                    models.PositiveIntegerField(help_text="number of the agreement it came under", null=True),
                ),
                (
                    "came_at",
                    models.DateTimeField(blank=True, help_text="empty while it is on its way", null=True),
                ),
                ("gone_at", models.DateTimeField(blank=True, null=True)),
                ("kept_out_at", models.DateTimeField(blank=True, null=True)),
                ("kept_out_by", models.CharField(blank=True, max_length=200)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="went_home",
                        to="server.member",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="came_home",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["owner", "member", "kind", "name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "member", "kind", "source"), name="one_thing_comes_home_once"
                    )
                ],
            },
        ),
    ]
