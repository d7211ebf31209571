import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0045_door_claims"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cosigned",
            fields=[
                ("log", models.CharField(max_length=31, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("note", models.TextField()),
                ("enough_size", models.BigIntegerField(blank=True, null=True)),
                ("enough_note", models.TextField(blank=True)),
                ("enough_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="federation",
            name="quorum",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="how many witnesses must have signed a log's checkpoint; 0 asks for none"
            ),
        ),
        migrations.AddField(
            model_name="federation",
            name="quorum_at",
            field=models.DateTimeField(blank=True, help_text="since when so many must have", null=True),
        ),
        migrations.CreateModel(
            name="Witness",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("vkey", models.CharField(max_length=300, unique=True)),
                (
                    "url",
                    models.CharField(
                        help_text="prefix of its addresses, without a slash at the end", max_length=500
                    ),
                ),
                ("added_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="witnesses",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["member__name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Watched",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("log", models.CharField(max_length=31)),
                ("size", models.BigIntegerField(default=0)),
                (
                    "at",
                    models.DateTimeField(blank=True, help_text="the time in its last signature", null=True),
                ),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("good", "signs"),
                            ("silent", "does not answer"),
                            ("unknown", "does not watch this log"),
                            ("clock", "its clock is wrong"),
                            ("refused", "refused to sign"),
                            ("ahead", "has seen another log than this one"),
                        ],
                        default="good",
                        max_length=8,
                    ),
                ),
                ("said", models.CharField(blank=True, max_length=300)),
                ("evidence", models.TextField(blank=True)),
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watched",
                        to="server.witness",
                    ),
                ),
            ],
            options={
                "ordering": ["log", "witness"],
            },
        ),
        migrations.AddConstraint(
            model_name="witness",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("member",), name="one_witness_in_use"
            ),
        ),
        migrations.AddConstraint(
            model_name="watched",
            constraint=models.UniqueConstraint(fields=("witness", "log"), name="one_row_per_witness_and_log"),
        ),
    ]
