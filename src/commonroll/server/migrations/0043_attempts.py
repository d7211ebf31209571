from typing import Any

from django.db import migrations, models


def fold_again(apps: Any, schema_editor: Any) -> None:
    """What was knocked before attempts were kept in vaults is folded once more: it adds them, and nothing else."""
    knocks = apps.get_model("server", "FieldEvent").objects.filter(kind="attempt", status="ok")
    knocks.update(folded_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0042_custom_fields"),
    ]

    operations = [
        migrations.AddField(
            model_name="canvassresponse",
            name="result",
            field=models.CharField(
                blank=True, help_text="how it ended, where the code says less", max_length=16
            ),
        ),
        migrations.AddField(
            model_name="canvassresponse",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="canvassresponse",
            name="visit",
            field=models.CharField(
                blank=True, help_text="the first record of a visit, or of a call", max_length=36
            ),
        ),
        migrations.AddField(
            model_name="canvassresponse",
            name="waits",
            field=models.BooleanField(default=True, help_text="the vault is to be told"),
        ),
        migrations.AddIndex(
            model_name="canvassresponse",
            index=models.Index(
                condition=models.Q(("waits", True)), fields=["member"], name="contacts_to_tell"
            ),
        ),
        migrations.AddConstraint(
            model_name="canvassresponse",
            constraint=models.UniqueConstraint(
                condition=models.Q(("visit", ""), _negated=True),
                fields=("visit", "owner", "number"),
                name="a_visit_is_one_contact",
            ),
        ),
        migrations.RunPython(fold_again, migrations.RunPython.noop),
    ]
