from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0056_counties_of_uses"),
    ]

    operations = [
        migrations.CreateModel(
            name="DisputeRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hash", models.CharField(max_length=60)),
                ("threshold", models.PositiveSmallIntegerField()),
                (
                    "arbiters",
                    models.JSONField(default=list, help_text="name and age recipient of each, in order"),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="journal",
            name="sealed_dispute",
            field=models.BinaryField(
                blank=True, help_text="the same for arbiters, where there was a rule (`escrow`)", null=True
            ),
        ),
    ]
