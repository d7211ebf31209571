from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0053_hashes_of_cuts"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhook",
            name="salt",
            field=models.CharField(
                blank=True, editable=False, help_text="another: another secret", max_length=32
            ),
        ),
    ]
