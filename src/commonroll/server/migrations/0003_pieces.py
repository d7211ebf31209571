from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0002_overruled_loads"),
    ]

    operations = [
        migrations.AddField(
            model_name="load",
            name="piece",
            field=models.BooleanField(
                default=False, help_text="a part of the state's delivery: other counties and elections stay"
            ),
        ),
    ]
