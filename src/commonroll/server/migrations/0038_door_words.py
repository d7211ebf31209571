import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0037_field_flags"),
    ]

    operations = [
        migrations.AddField(
            model_name="fieldevent",
            name="kept_at",
            field=models.DateTimeField(
                blank=True, help_text="its answer stands in the vault since", null=True
            ),
        ),
        migrations.AddField(
            model_name="fieldevent",
            name="puts",
            field=models.PositiveSmallIntegerField(default=0, help_text="how often its answer was put there"),
        ),
        migrations.CreateModel(
            name="FieldDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "was",
                    models.CharField(
                        choices=[
                            ("ok", "counts"),
                            ("held", "waits for a lead"),
                            ("rejected", "does not count"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "became",
                    models.CharField(
                        choices=[
                            ("ok", "counts"),
                            ("held", "waits for a lead"),
                            ("rejected", "does not count"),
                        ],
                        max_length=8,
                    ),
                ),
                ("was_reason", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(max_length=200)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="server.fieldevent",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undone",
                        to="server.fielddecision",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="DoorWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "word",
                    models.CharField(
                        choices=[
                            ("moved", "moved away"),
                            ("deceased", "died"),
                            ("do_not_walk", "do not walk"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "event",
                    models.UUIDField(
                        help_text="the record it came with; none where the owner says so", null=True
                    ),
                ),
                ("confirms", models.BooleanField(default=False, help_text="the owner's own word")),
                ("by", models.CharField(help_text="the canvasser, or the lead", max_length=200)),
                ("said_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                ("taken_back_by", models.CharField(blank=True, max_length=200)),
                ("taken_back_why", models.CharField(blank=True, max_length=200)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="door_words",
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
                "indexes": [models.Index(fields=["owner", "number"], name="door_words_of_voter")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "number", "word"), name="one_door_word_per_event"
                    )
                ],
            },
        ),
    ]
