from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0055_alarms"),
    ]

    operations = [
        migrations.AddField(
            model_name="journal",
            name="counties",
            field=models.JSONField(
                default=list, help_text="FIPS codes to which the use was kept; none: any that the terms give"
            ),
        ),
        migrations.AddField(
            model_name="livecount",
            name="counties",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("log", models.CharField(max_length=31)),
                ("chunk", models.IntegerField()),
                ("line", models.IntegerField()),
                ("day", models.DateField()),
                ("type", models.CharField(max_length=24)),
                ("recipient", models.CharField(blank=True, max_length=31)),
                ("agreement", models.CharField(blank=True, max_length=60)),
                ("purpose", models.CharField(blank=True, max_length=16)),
                ("columns", models.JSONField(default=list)),
                ("counties", models.JSONField(default=list)),
                ("many", models.IntegerField()),
                ("taken", models.BigIntegerField(default=0)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["log", "chunk", "line"],
                "constraints": [
                    models.UniqueConstraint(fields=("log", "chunk", "line"), name="added_up_once")
                ],
            },
        ),
    ]
