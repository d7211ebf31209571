"""Signed agreements as documents, their signatures and events. What they mean is compiled, not stored."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from commonroll.server.models.federation import Member


class Agreement(models.Model):
    """One text between an owner and a recipient: the canonical bytes that both sign, and where it stands."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OFFERED = "offered", "signed by one side"
        FINAL = "final", "signed by both"
        ENDED = "ended", "ended"
        WITHDRAWN = "withdrawn", "withdrawn before both signed"

    number = models.PositiveIntegerField(unique=True)
    urn = models.CharField(max_length=60, unique=True)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="agreements_given")
    recipient = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="agreements_received")
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    note = models.TextField(blank=True)
    start = models.DateTimeField()
    until = models.DateTimeField()
    drafted_by = models.CharField(max_length=200)
    drafted_at = models.DateTimeField(auto_now_add=True)
    finalized_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=~Q(owner=F("recipient")), name="two_different_parties"),
            models.CheckConstraint(condition=Q(until__gt=F("start")), name="dates_in_order"),
        ]

    def __str__(self) -> str:
        return f"agreement {self.number}"


class Signature(models.Model):
    """One party's signature line over the agreement's note."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    vkey = models.CharField(max_length=300)
    line = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "member"], name="one_signature_per_party")
        ]


class AgreementEvent(models.Model):
    """What ended a signed agreement: the canonical event, its note, and when it takes effect."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="events")
    event = models.CharField(max_length=12)
    cause = models.CharField(max_length=20)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    note = models.TextField()
    by = models.CharField(max_length=200)
    issued = models.DateTimeField()
    effective = models.DateTimeField()

    class Meta:
        ordering = ["effective"]


class Statement(models.Model):
    """An owner's signed word that voters of unknown protection may be shown (`unstated`, `withheld`)."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="statement")
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    note = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
