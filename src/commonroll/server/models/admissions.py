"""Who gets in: criteria that an owner published, applications under them, and what was said of each."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from commonroll.server.models.agreements import Agreement
from commonroll.server.models.federation import Member


class Criteria(models.Model):
    """One version of an owner's criteria: the document and the owner's signature. Never changed."""

    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="criteria")
    version = models.PositiveIntegerField()
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    note = models.TextField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "version"], name="a_version_of_criteria_is_published_once"
            )
        ]


class Application(models.Model):
    """A candidate's or group's application for a race; `due` is the day by which a word is owed."""

    class State(models.TextChoices):
        WAITING = "waiting", "waits for a decision"
        ACCEPTED = "accepted", "accepted"
        DECLINED = "declined", "declined"
        APPEALED = "appealed", "appealed"
        UPHELD = "upheld", "declined, also on appeal"
        OVERTURNED = "overturned", "accepted on appeal"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    criteria = models.ForeignKey(Criteria, on_delete=models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="applications")
    race = models.CharField(max_length=40)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True, blank=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["applicant", "race", "criteria"],
                condition=~Q(state__in=["declined", "upheld"]),
                name="one_application_at_a_time",
            )
        ]

    @property
    def urn(self) -> str:
        return f"urn:uuid:{self.id}"


class ApplicationStep(models.Model):
    """What happened to an application: who said it for which member, and the reason."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=10)
    member = models.ForeignKey(Member, on_delete=models.PROTECT)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
