import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0039_calls"),
    ]

    operations = [
        migrations.AlterField(
            model_name="filejob",
            name="kind",
            field=models.CharField(
                choices=[
                    ("load", "a load of scores or of a list"),
                    ("bulk", "a bulk import"),
                    ("changes", "an export of what changed"),
                    ("list", "a file of a list of own people"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="ContactList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("purpose", models.CharField(max_length=16)),
                ("by", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "folder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="contact_lists",
                        to="server.listfolder",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_lists",
                        to="server.member",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ContactListed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "listed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="server.contactlist",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="on_lists",
                        to="server.contact",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="contactlist",
            constraint=models.UniqueConstraint(fields=("member", "name"), name="one_contact_list_per_name"),
        ),
        migrations.AddConstraint(
            model_name="contactlisted",
            constraint=models.UniqueConstraint(fields=("listed", "person"), name="contact_listed_once"),
        ),
    ]
