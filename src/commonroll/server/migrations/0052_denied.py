from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0051_export_receipts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Denied",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(max_length=31)),
                ("viewer", models.CharField(max_length=31)),
                ("agreement", models.CharField(max_length=60)),
                ("purpose", models.CharField(max_length=16)),
                ("mode", models.CharField(max_length=8)),
                ("reason", models.CharField(max_length=16)),
                ("columns", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["at"], name="server_deni_at_54d9dc_idx")],
            },
        ),
    ]
