from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("server", "0058_came_home"),
    ]

    operations = [
        # sums of another shape: they are added up anew
        migrations.RunSQL("DELETE FROM server_tally", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="tally", name="counties"),
        migrations.AddField(
            model_name="tally", name="county", field=models.CharField(blank=True, max_length=5)
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(fields=["log", "county", "chunk"], name="server_tall_log_7c657c_idx"),
        ),
    ]
