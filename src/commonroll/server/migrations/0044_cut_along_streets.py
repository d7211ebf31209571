from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0043_attempts"),
    ]

    operations = [
        migrations.AddField(
            model_name="turfcut",
            name="streets",
            field=models.JSONField(
                default=dict,
                help_text="whose map it was cut along, and how many buildings stand at its streets",
            ),
        ),
    ]
