import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0036_scripts"),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldFlag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=300)),
                ("rule", models.CharField(max_length=16)),
                ("canvasser", models.CharField(max_length=120)),
                ("of", models.CharField(help_text="a day, or the number of a cut", max_length=20)),
                ("sentence", models.CharField(max_length=600)),
                ("may_be", models.CharField(max_length=300)),
                ("numbers", models.JSONField(default=dict)),
                (
                    "hand_outs",
                    models.JSONField(default=list, help_text="ids of those whose walker answers it"),
                ),
                ("found_at", models.DateTimeField()),
                (
                    "gone_at",
                    models.DateTimeField(blank=True, help_text="no longer so, after later events", null=True),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="field_flags",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["canvasser", "pk"],
            },
        ),
        migrations.CreateModel(
            name="FlagWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by_walker", models.BooleanField()),
                ("by", models.CharField(max_length=200)),
                ("text", models.CharField(max_length=1000)),
                ("about", models.CharField(max_length=600)),
                ("at", models.DateTimeField()),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="words",
                        to="server.fieldflag",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="fieldflag",
            constraint=models.UniqueConstraint(fields=("member", "key"), name="one_field_flag_per_key"),
        ),
    ]
