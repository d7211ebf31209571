"""Signed agreements as documents, their signatures and events. What they mean is compiled, not stored."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from commonroll.agreements.events import KINDS, TERMINAL
from commonroll.agreements.negotiation import CLOSED, STATES
from commonroll.server.models.federation import Member


class Negotiation(models.Model):
    """What two members say to each other before an agreement binds: offers, answers, signatures.

    `urn` is the owner's id of it (providerPid), `consumer_pid` the recipient's.
    """

    urn = models.CharField(max_length=60, unique=True)
    consumer_pid = models.CharField(max_length=60, unique=True)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="negotiations_given")
    recipient = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="negotiations_received")
    state = models.CharField(max_length=10, blank=True, choices=[(s, s) for s in STATES])
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(owner=F("recipient")), name="a_negotiation_has_two_parties")
        ]

    @property
    def closed(self) -> bool:
        return self.state in CLOSED


class Agreement(models.Model):
    """One text between an owner and a recipient: the canonical bytes that both sign, and where it stands.

    `amends` is the agreement in force whose place it takes, by the event `amendment` that both sign with it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OFFERED = "offered", "before the other side"
        FINAL = "final", "signed by both"
        ENDED = "ended", "ended"
        WITHDRAWN = "withdrawn", "withdrawn before both signed"
        ANSWERED = "answered", "answered with other terms"

    number = models.PositiveIntegerField(unique=True)
    urn = models.CharField(max_length=60, unique=True)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="agreements_given")
    recipient = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="agreements_received")
    negotiation = models.ForeignKey(
        Negotiation, on_delete=models.PROTECT, null=True, blank=True, related_name="texts"
    )
    amends = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="amendments"
    )
    amendment = models.BinaryField(null=True, blank=True)
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


class NegotiationStep(models.Model):
    """One message of a negotiation: who sent it, of which text, and the state that it led to."""

    negotiation = models.ForeignKey(Negotiation, on_delete=models.PROTECT, related_name="steps")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="steps")
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    message = models.CharField(max_length=12)
    state = models.CharField(max_length=10)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class Signature(models.Model):
    """One party's signature line over the agreement's note, and over the amendment that goes with it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    vkey = models.CharField(max_length=300)
    line = models.TextField()
    amendment_line = models.TextField(blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "member"], name="one_signature_per_party")
        ]


class AgreementEvent(models.Model):
    """What happened to a signed agreement: the canonical event, its note, and when it takes effect."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="events")
    event = models.CharField(max_length=12, choices=[(kind, kind) for kind in KINDS])
    cause = models.CharField(max_length=20, blank=True)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    note = models.TextField()
    by = models.CharField(max_length=200)
    issued = models.DateTimeField()
    effective = models.DateTimeField()

    class Meta:
        ordering = ["effective", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "document_hash"], name="an_event_counts_once")
        ]


def ended(at: datetime) -> Exists:
    """For queries of agreements: whether an event has ended it by then."""
    return Exists(
        AgreementEvent.objects.filter(agreement=OuterRef("pk"), event__in=TERMINAL, effective__lte=at)
    )


class Statement(models.Model):
    """An owner's signed word that voters of unknown protection may be shown (`unstated`, `withheld`)."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="statement")
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    note = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
