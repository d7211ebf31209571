from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("server", "0009_leaving")]

    operations = [
        migrations.AddField(
            model_name="extract",
            name="words",
            field=models.JSONField(
                default=dict,
                help_text="owners whose word the rows wait for: agreement, who gave it (empty: nobody yet)",
            ),
        ),
    ]
