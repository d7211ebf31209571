import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0032_officers"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("urn", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("walker", models.CharField(help_text="whom the turf is given to", max_length=120)),
                ("paper", models.BooleanField(default=False)),
                ("script", models.JSONField(default=dict, help_text="the script as it was then")),
                ("code_hash", models.CharField(blank=True, max_length=64)),
                ("code_until", models.DateTimeField(blank=True, null=True)),
                ("by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                (
                    "ends_at",
                    models.DateTimeField(help_text="the turf leaves the device then, without a network"),
                ),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("device", models.UUIDField(blank=True, null=True, unique=True)),
                ("token_hash", models.CharField(blank=True, db_index=True, max_length=64)),
                ("revision", models.PositiveIntegerField(default=0, help_text="how many bundles were given")),
                ("bundled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "seen_at",
                    models.DateTimeField(blank=True, help_text="the device's last contact", null=True),
                ),
                ("skew_ms", models.BigIntegerField(default=0, help_text="what its clock was ahead then")),
                ("returned_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_why", models.CharField(blank=True, max_length=200)),
                (
                    "wiped_at",
                    models.DateTimeField(blank=True, help_text="the device said that it is empty", null=True),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hand_outs",
                        to="server.member",
                    ),
                ),
                (
                    "turf",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hand_outs",
                        to="server.turf",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="TurfHousehold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("door", models.PositiveIntegerField(help_text="its number in the cut's doors.parquet")),
                ("stop", models.PositiveIntegerField(help_text="doors of one building are one stop")),
                (
                    "turf",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="households",
                        to="server.turf",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TurfPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="server.turfhousehold",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="server.member"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FieldEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.UUIDField(unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("household", models.CharField(blank=True, max_length=40)),
                ("person", models.CharField(blank=True, max_length=40)),
                ("document", models.JSONField(help_text="the event as field.events reads it")),
                ("received_at", models.DateTimeField()),
                ("effective_at", models.DateTimeField(help_text="fold.Received.effective")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ok", "counts"),
                            ("held", "waits for a lead"),
                            ("rejected", "does not count"),
                        ],
                        default="ok",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "lead",
                    models.CharField(
                        blank=True, help_text="a lead's reason; phones have none", max_length=200
                    ),
                ),
                ("by", models.CharField(max_length=200)),
                (
                    "folded_at",
                    models.DateTimeField(blank=True, help_text="when it went into the vaults", null=True),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="field_events",
                        to="server.member",
                    ),
                ),
                (
                    "turf",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="server.turf"
                    ),
                ),
                (
                    "hand_out",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="server.handout",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["turf", "id"], name="field_events_of_turf"),
                    models.Index(fields=["member", "folded_at"], name="field_events_to_fold"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="turfhousehold",
            constraint=models.UniqueConstraint(fields=("turf", "key"), name="one_household_per_key"),
        ),
        migrations.AddConstraint(
            model_name="turfhousehold",
            constraint=models.UniqueConstraint(fields=("turf", "door"), name="one_household_per_door"),
        ),
        migrations.AddConstraint(
            model_name="turfperson",
            constraint=models.UniqueConstraint(fields=("household", "key"), name="one_turf_person_per_key"),
        ),
        migrations.AddConstraint(
            model_name="turfperson",
            constraint=models.UniqueConstraint(
                fields=("household", "owner", "number"), name="one_turf_person"
            ),
        ),
    ]
