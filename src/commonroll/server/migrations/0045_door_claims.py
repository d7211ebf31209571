import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0044_cut_along_streets"),
    ]

    operations = [
        migrations.CreateModel(
            name="DoorClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("person_added", "person added"), ("correction", "correction")],
                        max_length=16,
                    ),
                ),
                ("value", models.JSONField(help_text="as the record has it")),
                ("event", models.UUIDField(unique=True)),
                ("by", models.CharField(max_length=200)),
                ("said_at", models.DateTimeField()),
                (
                    "released_at",
                    models.DateTimeField(blank=True, help_text="since when the owner may see it", null=True),
                ),
                ("gone_at", models.DateTimeField(blank=True, help_text="taken back at the door", null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for the owner"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("made", models.CharField(blank=True, help_text="the fact, or the import", max_length=36)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="door_claims",
                        to="server.member",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="server.member"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["owner", "state"], name="door_claims_waiting")],
            },
        ),
    ]
