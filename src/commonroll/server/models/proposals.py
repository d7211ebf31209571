"""Proposals: one text to many owners, what each says to it, and who was told."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.agreements import Agreement
from commonroll.server.models.federation import Member


class Proposal(models.Model):
    """Terms for one recipient that are put to many owners at once, until a deadline.

    `rule` is the charter's vote rule on the day it was made; it does not change under those who vote.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        RATIFIED = "ratified", "ratified"
        FAILED = "failed", "not ratified by the deadline"
        WITHDRAWN = "withdrawn", "taken back"

    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="proposals_made")
    association = models.CharField(max_length=200, blank=True)
    recipient = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="proposals_for")
    rule = models.CharField(max_length=10)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    deadline = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]


class Addressee(models.Model):
    """One owner that a proposal is put to: the text for it, its answer, the agreement that came of it."""

    class Answer(models.TextChoices):
        NONE = "", "not answered"
        ADOPTED = "adopted", "adopted"
        COUNTERED = "countered", "answered with other terms"
        DECLINED = "declined", "declined"

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="addressees")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="proposals_received")
    document = models.BinaryField()
    answer = models.CharField(max_length=9, choices=Answer, blank=True, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["owner__name"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "owner"], name="one_text_per_owner_and_proposal")
        ]

    @property
    def recipient(self) -> Member:
        """Who would get, as of an agreement."""
        return self.proposal.recipient


class Told(models.Model):
    """A person of an owner had the proposal before the eyes: nobody can say that the owner was not told."""

    addressee = models.ForeignKey(Addressee, on_delete=models.PROTECT, related_name="told")
    person = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["addressee", "person"], name="told_once")]


class Comment(models.Model):
    """What a party to a proposal says of it to all others; kept here alone, never in a log."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="comments")
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    person = models.CharField(max_length=200)
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
