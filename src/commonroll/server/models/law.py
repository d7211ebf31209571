"""Rules of a state's law that an owner has set aside, as it signed that."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from commonroll.server.models.federation import Member


class LawOverride(models.Model):
    """One signed override, and its signed end if its owner took it back.

    `concerns` is the URN of an agreement or of the owner's dataset. The columns repeat the document for
    queries; what counts is read from the document.
    """

    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="overrides")
    pack = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    concerns = models.CharField(max_length=80)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60, unique=True)
    note = models.TextField()
    by = models.CharField(max_length=200)
    issued = models.DateTimeField()
    until = models.DateTimeField()
    ending = models.BinaryField(null=True, blank=True)
    ending_note = models.TextField(blank=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("issued")), name="an_override_has_days"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending__isnull=True)
                | Q(ended_at__isnull=False, ending__isnull=False),
                name="an_override_is_ended_in_writing",
            ),
        ]
