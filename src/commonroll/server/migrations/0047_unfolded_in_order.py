from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0046_witnesses"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="journal",
            name="unfolded",
        ),
        migrations.AddIndex(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("index__isnull", True)), fields=["log", "id"], name="unfolded"
            ),
        ),
        migrations.AddIndex(
            model_name="journal",
            index=models.Index(
                condition=models.Q(("index__isnull", True)), fields=["at"], name="oldest_unfolded"
            ),
        ),
    ]
