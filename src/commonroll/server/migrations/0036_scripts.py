import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0035_told_of_bundles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Script",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("draft", models.JSONField()),
                ("earlier", models.JSONField(default=list, help_text="drafts that undoing goes back to")),
                ("later", models.JSONField(default=list, help_text="drafts that were undone")),
                (
                    "edits",
                    models.PositiveIntegerField(
                        default=0, help_text="counts changes: two editors see each other"
                    ),
                ),
                ("by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("put_away_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scripts",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ScriptVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("document", models.JSONField()),
                ("voting", models.BooleanField(default=False)),
                ("by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("approved_by", models.CharField(blank=True, max_length=200)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("taken_back_by", models.CharField(blank=True, max_length=200)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "script",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="server.script",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="StandardQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("support", "support in a race, 1 to 5"),
                            ("issue", "what matters to somebody"),
                            ("disposition", "what somebody would do, or be for us"),
                        ],
                        max_length=12,
                    ),
                ),
                ("answers", models.JSONField()),
                (
                    "retired",
                    models.BooleanField(default=False, help_text="not asked any more; answers still add up"),
                ),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["code", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "version"), name="one_version_of_a_standard_question"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)),
                        name="standard_questions_begin_at_version_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VocabularyMap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("standard", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("pairs", models.JSONField()),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mappings",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["standard", "-version"],
            },
        ),
        migrations.AddConstraint(
            model_name="script",
            constraint=models.UniqueConstraint(
                condition=models.Q(("put_away_at", None)),
                fields=("member", "name"),
                name="one_script_per_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.UniqueConstraint(
                fields=("script", "number"), name="one_script_version_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at", None), ("approved_by", "")),
                    models.Q(
                        models.Q(("approved_at", None), _negated=True),
                        models.Q(("approved_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="script_version_is_approved_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="vocabularymap",
            constraint=models.UniqueConstraint(
                fields=("member", "standard", "version"), name="one_version_of_a_mapping"
            ),
        ),
        migrations.AddConstraint(
            model_name="vocabularymap",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)), name="mappings_begin_at_version_one"
            ),
        ),
    ]
