import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0003_pieces"),
    ]

    operations = [
        migrations.AddField(
            model_name="load",
            name="mends",
            field=models.ForeignKey(
                blank=True,
                help_text="the load whose refused lines these are, mended",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mended",
                to="server.load",
            ),
        ),
    ]
