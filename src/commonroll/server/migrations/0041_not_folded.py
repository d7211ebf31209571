from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0040_contact_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="fieldevent",
            index=models.Index(
                condition=models.Q(("folded_at", None)), fields=["turf"], name="field_events_not_folded"
            ),
        ),
    ]
