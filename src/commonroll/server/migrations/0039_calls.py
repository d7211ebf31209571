import uuid

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0038_door_words"),
    ]

    operations = [
        migrations.AlterModelManagers(
            name="turf",
            managers=[
                ("current", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CallList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("urn", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("purpose", models.CharField(max_length=16)),
                ("where", models.TextField(blank=True)),
                ("script", models.JSONField(default=dict, help_text="the script as it was then")),
                ("gaps", models.JSONField(default=list)),
                ("by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("put_away_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="call_lists",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CallPerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=12)),
                ("number", models.PositiveIntegerField()),
                ("place", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "to be called"),
                            ("out", "with a caller"),
                            ("done", "called"),
                            ("gone", "not to be called any more"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("caller", models.CharField(blank=True, max_length=200)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "call_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="server.calllist",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="server.member"
                    ),
                ),
            ],
            options={
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="CallRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("ending", models.CharField(max_length=16)),
                ("answers", models.JSONField(default=list, help_text="objects with question and answer")),
                ("channel", models.CharField(default="phone", max_length=8)),
                ("caller", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="records",
                        to="server.calllist",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="records",
                        to="server.callperson",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddIndex(
            model_name="callperson",
            index=models.Index(fields=["call_list", "state", "place"], name="who_is_called_next"),
        ),
        migrations.AddConstraint(
            model_name="callperson",
            constraint=models.UniqueConstraint(
                fields=("call_list", "owner", "number"), name="called_once_in_a_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="callperson",
            constraint=models.UniqueConstraint(fields=("call_list", "key"), name="one_call_person_per_key"),
        ),
        migrations.AddIndex(
            model_name="callrecord",
            index=models.Index(fields=["call_list", "kept_at"], name="calls_to_keep"),
        ),
    ]
