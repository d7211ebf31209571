"""Candidates and groups that are no members yet: what the federation asks of them, and what they ask."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from commonroll.server.models.admissions import Application, Criteria
from commonroll.server.models.federation import Member
from commonroll.server.models.people import User


class Standard(models.Model):
    """One version of the federation's criteria for members; its leaf stands in the federation's log."""

    version = models.PositiveIntegerField(unique=True)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]


class Officer(models.Model):
    """A person who says, for the federation, which newcomers become members; named by its machine alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="offices")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(until__isnull=True), name="one_office_a_person_at_a_time"
            )
        ]

    @property
    def urn(self) -> str:
        return f"urn:uuid:{self.id}"


class Newcomer(models.Model):
    """A candidate or group without an account. Its code was shown once; the hash alone is kept."""

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign", "candidate or campaign"
        GROUP = "group", "group"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    contact = models.CharField(max_length=200, help_text="how a person is reached; in no log")
    code_hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    member = models.OneToOneField(Member, on_delete=models.PROTECT, null=True, blank=True)

    @property
    def urn(self) -> str:
        return f"urn:commonroll:newcomer:{self.id}"


class Asking(models.Model):
    """A newcomer's application: by an owner's criteria for a race, or by the federation's for members."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    newcomer = models.ForeignKey(Newcomer, on_delete=models.PROTECT, related_name="askings")
    criteria = models.ForeignKey(
        Criteria, on_delete=models.PROTECT, null=True, blank=True, related_name="askings"
    )
    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, null=True, blank=True)
    race = models.CharField(max_length=40)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=Application.State, default=Application.State.WAITING)
    due = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True, blank=True)
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, null=True, blank=True,
        help_text="what it became when the newcomer was a member",
    )  # fmt: skip

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(criteria__isnull=True, standard__isnull=False)
                | Q(criteria__isnull=False, standard__isnull=True),
                name="an_asking_goes_to_an_owner_or_the_federation",
            ),
            # two, for a null equals no null
            models.UniqueConstraint(
                fields=["newcomer", "race", "criteria"],
                condition=~Q(state__in=["declined", "upheld"]),
                name="one_asking_of_an_owner_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["newcomer"],
                condition=Q(criteria__isnull=True) & ~Q(state__in=["declined", "upheld"]),
                name="one_asking_for_membership_at_a_time",
            ),
        ]

    @property
    def urn(self) -> str:
        return f"urn:uuid:{self.id}"

    @property
    def owner(self) -> Member | None:
        """The owner who decides; None for the federation."""
        return self.criteria.owner if self.criteria else None


class AskingStep(models.Model):
    """What happened to an asking; with `salt` its leaf's commitment can be opened by whoever reads it."""

    asking = models.ForeignKey(Asking, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=10)
    who = models.CharField(max_length=120, help_text="the part that acted, by its name")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    salt = models.BinaryField()
    leaf_id = models.CharField(max_length=60)

    class Meta:
        ordering = ["pk"]


class Knock(models.Model):
    """How often one network place sent something to the public form in one hour; kept for two days."""

    place = models.CharField(max_length=64, help_text="keyed hash of the address")
    hour = models.DateTimeField()
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "hour"], name="one_knock_row_an_hour")]
