from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0052_denied"),
    ]

    operations = [
        migrations.AddField(
            model_name="cutpart",
            name="sha256",
            field=models.CharField(
                default="", help_text="empty of those cut before it was kept", max_length=64
            ),
        ),
    ]
