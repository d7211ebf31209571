from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0033_walks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="turf",
            name="one_turf_per_number",
        ),
        migrations.AddField(
            model_name="turf",
            name="locked",
            field=models.BooleanField(default=False, help_text="nothing changes it until it is opened again"),
        ),
        migrations.AddField(
            model_name="turf",
            name="metres",
            field=models.PositiveIntegerField(blank=True, help_text="that its round is walked", null=True),
        ),
        migrations.AddField(
            model_name="turf",
            name="replaced_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="turf",
            name="revision",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="turf",
            name="units",
            field=models.PositiveIntegerField(
                default=0, help_text="of its doors those in a building of several"
            ),
        ),
        migrations.AddField(
            model_name="turfcut",
            name="within",
            field=models.CharField(blank=True, help_text="a border that no turf crosses", max_length=20),
        ),
        migrations.AlterField(
            model_name="turf",
            name="minutes",
            field=models.FloatField(blank=True, help_text="that its round takes with its doors", null=True),
        ),
        migrations.AddConstraint(
            model_name="turf",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at", None)),
                fields=("cut", "number"),
                name="one_turf_per_number",
            ),
        ),
    ]
