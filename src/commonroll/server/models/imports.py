"""Lists of people that come in: on which terms, how far, and what came of them."""

from __future__ import annotations

from django.db import models

from commonroll.roll.schema import IMPORT_KINDS
from commonroll.server.models.federation import Member
from commonroll.server.models.work import Progress


class ListImport(Progress):
    """One list on its way: looked at, tried, kept. What it brought stands in the member's vault alone."""

    class Step(models.TextChoices):
        LOOK = "look", "its columns are told"
        TRY = "try", "it is matched, and nothing is kept"
        KEEP = "keep", "it is matched and kept"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="list_imports")
    file = models.CharField(max_length=200)
    folder = models.CharField(max_length=400, blank=True)
    sheet = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in IMPORT_KINDS])
    source = models.CharField(max_length=200)
    licence = models.CharField(max_length=200)
    basis = models.CharField(max_length=200)
    dated_on = models.DateField()
    columns = models.JSONField(default=dict, help_text="roles of columns that somebody stated")
    leave_alone = models.JSONField(default=list, help_text="channels on which hygiene leaves people alone")
    again = models.BooleanField(default=False, help_text="the same list came in before, and is meant")
    step = models.CharField(max_length=4, choices=Step, default=Step.LOOK)
    report = models.JSONField(default=dict)
    brought = models.JSONField(default=dict)
