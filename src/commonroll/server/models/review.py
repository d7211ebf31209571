"""Work on who is one person: linkings with progress, and the pairs that somebody has before them."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member
from commonroll.server.models.work import Progress


class Linking(Progress):
    """One linking of a member's roll with itself; what it found stands in the vault."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="linkings")
    anew = models.BooleanField(default=False, help_text="compare everything, not only what changed")
    counts = models.JSONField(default=dict)


class ReviewBatch(models.Model):
    """Pairs that one person was shown under one leaf of the log: keyed digests, never ids.

    Whoever opens a pair of a batch again needs no further leaf; what others have before them comes later.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="review_batches")
    by = models.CharField(max_length=200)
    pairs = models.JSONField(default=list)
    named = models.BooleanField(default=False, help_text="asked for by a voter's id, not by the queue")
    rows = models.PositiveIntegerField()
    leaf_id = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["member", "-at"], name="newest_batches")]
