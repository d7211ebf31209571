from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0047_unfolded_in_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="lent",
            name="receipt",
            field=models.BinaryField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lent",
            name="receipt_hash",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="lent",
            name="receipt_note",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="lent",
            name="received_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
