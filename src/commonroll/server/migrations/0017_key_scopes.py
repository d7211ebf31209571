from django.db import migrations, models

import commonroll.server.models.keys


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0016_onward_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="scopes",
            field=models.JSONField(
                default=commonroll.server.models.keys.lists_alone,
                help_text="what it does: names of actor.SCOPES",
            ),
        ),
    ]
