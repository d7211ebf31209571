import uuid

import django.db.models.deletion
from django.db import migrations, models

STATES = [
    ("waiting", "waiting"),
    ("running", "running"),
    ("done", "done"),
    ("held", "waits for a decision"),
    ("refused", "refused"),
    ("failed", "failed"),
]


class Migration(migrations.Migration):
    dependencies = [("server", "0008_lives_of_agreements")]

    operations = [
        migrations.AddField(
            "member",
            "left_at",
            models.DateTimeField(blank=True, help_text="nobody acts for it here from then on", null=True),
        ),
        migrations.AddField(
            "member",
            "origin",
            models.CharField(
                blank=True,
                help_text="host under which its log began, if it is not the federation's",
                max_length=200,
            ),
        ),
        migrations.CreateModel(
            "Leaving",
            [
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=8)),
                ("stage", models.CharField(blank=True, max_length=120)),
                ("fraction", models.FloatField(default=0)),
                ("message", models.TextField(blank=True)),
                ("by", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recipients",
                    models.JSONField(default=list, help_text="age recipients; none: a passphrase"),
                ),
                (
                    "reader",
                    models.BinaryField(
                        help_text="the member's key to sealed details, encrypted as the package is"
                    ),
                ),
                ("endings", models.JSONField(default=list)),
                ("at_once", models.BooleanField(default=False)),
                ("final", models.BooleanField(default=False)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("file", models.CharField(blank=True, max_length=400)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("bytes", models.BigIntegerField(blank=True, null=True)),
                ("counts", models.JSONField(default=dict)),
                ("kept", models.JSONField(default=list)),
                (
                    "vault",
                    models.CharField(
                        blank=True, help_text="the vault's files when it was packed", max_length=64
                    ),
                ),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leavings",
                        to="server.member",
                    ),
                ),
            ],
            options={"ordering": ["-created_at"], "abstract": False},
        ),
    ]
