"""Work with progress: loads of files, extracts; and universes that people keep."""

from __future__ import annotations

import uuid

from django.db import models

from commonroll.server.models.federation import Member
from commonroll.server.models.lists import ListFolder


class Progress(models.Model):
    """Where a piece of work stands: what is being done, how far, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        HELD = "held", "waits for a decision"
        REFUSED = "refused", "refused"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    stage = models.CharField(max_length=120, blank=True)
    fraction = models.FloatField(default=0)
    message = models.TextField(blank=True)
    by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-created_at"]


class Load(Progress):
    """One delivery of official files, its verdict and report."""

    class Accept(models.TextChoices):
        GATE = "gate", "as the gate decides"
        QUARANTINE = "quarantine", "accept what is good, keep the rest aside"
        OVERRULE = "overrule", "accept against the gate's refusal, for a stated reason"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="loads")
    files = models.JSONField(default=list)
    folder = models.CharField(max_length=400, blank=True)
    accept = models.CharField(max_length=10, choices=Accept, default=Accept.GATE)
    reason = models.TextField(blank=True, help_text="why an owner overruled the gate")
    piece = models.BooleanField(
        default=False, help_text="a part of the state's delivery: other counties and elections stay"
    )
    mends = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="mended",
        help_text="the load whose refused lines these are, mended",
    )  # fmt: skip
    verdict = models.CharField(max_length=10, blank=True)
    report = models.JSONField(default=dict)
    snapshot = models.PositiveIntegerField(null=True, blank=True)


class Extract(Progress):
    """Rows that leave: the question, the file, and its receipts."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        PARQUET = "parquet", "Parquet"

    class Kind(models.TextChoices):
        ROWS = "rows", "rows"
        MAIL = "mail", "mail file"
        AUDIENCE = "audience", "audience file"

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ROWS)
    cause = models.CharField(max_length=16, blank=True, help_text="what a file for mail or ads is for")
    code = models.CharField(max_length=3, blank=True, help_text="the first characters of its return codes")
    made = models.JSONField(default=dict, blank=True, help_text="what a file for mail or ads came to")
    viewer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="extracts")
    purpose = models.CharField(max_length=16)
    where = models.TextField(blank=True)
    listed = models.JSONField(
        default=dict, blank=True, help_text="the saved list whose persons it has: id, name, file, read"
    )
    columns = models.JSONField(default=list)
    format = models.CharField(max_length=8, choices=Format, default=Format.CSV)
    file = models.CharField(max_length=400, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    rows_by_owner = models.JSONField(default=dict)
    gaps = models.JSONField(default=list)
    receipts = models.JSONField(default=list)
    words = models.JSONField(
        default=dict,
        help_text="owners whose word the rows wait for: agreement, who gave it (empty: nobody yet)",
    )

    class Meta(Progress.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["viewer", "code"], condition=~models.Q(code=""), name="one_mail_file_per_code"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="rows", cause="") | ~models.Q(kind="rows") & ~models.Q(cause=""),
                name="mail_and_ads_have_a_cause",
            ),
        ]


class SavedUniverse(models.Model):
    """A WHERE that a member keeps under a name."""

    kind = "universe"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="universes")
    folder = models.ForeignKey(
        ListFolder, null=True, blank=True, on_delete=models.SET_NULL, related_name="universes"
    )
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=16)
    where = models.TextField()
    counted = models.BigIntegerField(null=True, blank=True, help_text="how many they were when last asked")
    counted_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200)
    saved_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"], condition=models.Q(deleted_at=None), name="one_universe_per_name"
            )
        ]
