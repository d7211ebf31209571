"""Turfs in somebody's hands: who has which, on what device, and what was recorded at its doors.

No name, no address and no id of a state stands here: a person is the owner and the number that the voter has
in the owner's vault (`roll.lookup`), a household the number of a door of its cut's files. What a phone knows
of both are random keys that mean nothing elsewhere.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from commonroll.server.models.federation import Member
from commonroll.server.models.turf import Turf


class HandOut(models.Model):
    """A turf given to one named person, by a code that works once; a pair has two hand-outs of one turf.

    `token_hash` is the device's, made when the code was used: everything the device asks is bound to it.
    `paper`: a printed list, whose results a lead types in; it has no device.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="hand_outs")
    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="hand_outs")
    urn = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    walker = models.CharField(max_length=120, help_text="whom the turf is given to")
    paper = models.BooleanField(default=False)
    script = models.JSONField(default=dict, help_text="the script as it was then")
    code_hash = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="the turf leaves the device then, without a network")
    claimed_at = models.DateTimeField(null=True, blank=True)
    device = models.UUIDField(null=True, blank=True, unique=True)
    token_hash = models.CharField(max_length=64, blank=True, db_index=True)
    revision = models.PositiveIntegerField(default=0, help_text="how many bundles were given")
    bundled_at = models.DateTimeField(null=True, blank=True)
    told = models.JSONField(default=dict, help_text="counts of the last bundle, and why owners are missing")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="the device's last contact")
    skew_ms = models.BigIntegerField(default=0, help_text="what its clock was ahead then")
    returned_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=200, blank=True)
    wiped_at = models.DateTimeField(null=True, blank=True, help_text="the device said that it is empty")

    class Meta:
        ordering = ["-made_at", "-pk"]


class TurfHousehold(models.Model):
    """A door of a turf under the key that phones know it by; the same for all hand-outs of the turf."""

    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="households")
    key = models.CharField(max_length=40)
    door = models.PositiveIntegerField(help_text="its number in the cut's doors.parquet")
    stop = models.PositiveIntegerField(help_text="doors of one building are one stop")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["turf", "key"], name="one_household_per_key"),
            models.UniqueConstraint(fields=["turf", "door"], name="one_household_per_door"),
        ]


class TurfPerson(models.Model):
    """A voter of a household under the key that phones know it by."""

    household = models.ForeignKey(TurfHousehold, on_delete=models.CASCADE, related_name="people")
    key = models.CharField(max_length=40)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["household", "key"], name="one_turf_person_per_key"),
            models.UniqueConstraint(fields=["household", "owner", "number"], name="one_turf_person"),
        ]


class FieldEvent(models.Model):
    """What was recorded at a door, as it came; never changed. The row's own id is the server's order.

    `held` waits for a person: it came after its turf's time, or from a device that had been taken out.
    """

    class Status(models.TextChoices):
        OK = "ok", "counts"
        HELD = "held", "waits for a lead"
        REJECTED = "rejected", "does not count"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="field_events")
    turf = models.ForeignKey(Turf, on_delete=models.CASCADE, related_name="events")
    hand_out = models.ForeignKey(HandOut, on_delete=models.CASCADE, related_name="events")
    event = models.UUIDField(unique=True)
    kind = models.CharField(max_length=16)
    household = models.CharField(max_length=40, blank=True)
    person = models.CharField(max_length=40, blank=True)
    document = models.JSONField(help_text="the event as field.events reads it")
    received_at = models.DateTimeField()
    effective_at = models.DateTimeField(help_text="fold.Received.effective")
    status = models.CharField(max_length=8, choices=Status, default=Status.OK)
    reason = models.CharField(max_length=200, blank=True)
    lead = models.CharField(max_length=200, blank=True, help_text="a lead's reason; phones have none")
    by = models.CharField(max_length=200)
    folded_at = models.DateTimeField(null=True, blank=True, help_text="when it went into the vaults")
    kept_at = models.DateTimeField(null=True, blank=True, help_text="its answer stands in the vault since")
    puts = models.PositiveSmallIntegerField(default=0, help_text="how often its answer was put there")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["turf", "id"], name="field_events_of_turf"),
            models.Index(fields=["member", "folded_at"], name="field_events_to_fold"),
            # asked every few seconds: few of millions
            models.Index(fields=["turf"], condition=Q(folded_at=None), name="field_events_not_folded"),
        ]


class FieldFlag(models.Model):
    """Something that screening asks a canvasser about, as long as its question is the same (`key`).

    It is kept when it is so no more. No number and no right of anybody hangs on it.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="field_flags")
    key = models.CharField(max_length=300)
    rule = models.CharField(max_length=16)
    canvasser = models.CharField(max_length=120)
    of = models.CharField(max_length=20, help_text="a day, or the number of a cut")
    sentence = models.CharField(max_length=600)
    may_be = models.CharField(max_length=300)
    numbers = models.JSONField(default=dict)
    hand_outs = models.JSONField(default=list, help_text="ids of those whose walker answers it")
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True, help_text="no longer so, after later events")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["canvasser", "pk"]
        constraints = [models.UniqueConstraint(fields=["member", "key"], name="one_field_flag_per_key")]


class FlagWord(models.Model):
    """What the canvasser answered to a flag, or the lead's word on it; never changed. `about`: the flag's
    sentence as it was then."""

    flag = models.ForeignKey(FieldFlag, on_delete=models.CASCADE, related_name="words")
    by_walker = models.BooleanField()
    by = models.CharField(max_length=200)
    text = models.CharField(max_length=1000)
    about = models.CharField(max_length=600)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
