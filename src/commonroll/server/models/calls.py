"""Lists of people to call, who has whom on the line, and how calls ended.

A person is the owner and the number there (`roll.lookup`), as in `walks`: no name and no phone stands here.
"""

from __future__ import annotations

import uuid

from django.db import models

from commonroll.server.models.federation import Member
from commonroll.server.models.lists import PURPOSE_LENGTH


class CallList(models.Model):
    """People whom a member calls with one script; who they are is asked anew before each call."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="call_lists")
    urn = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    where = models.TextField(blank=True)
    script = models.JSONField(default=dict, help_text="the script as it was then")
    gaps = models.JSONField(default=list)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]


class CallPerson(models.Model):
    """Somebody of a list. `key` stands on a printed sheet. Out: `caller` has the person until `until`."""

    class State(models.TextChoices):
        WAITING = "waiting", "to be called"
        OUT = "out", "with a caller"
        DONE = "done", "called"
        GONE = "gone", "not to be called any more"

    call_list = models.ForeignKey(CallList, on_delete=models.CASCADE, related_name="people")
    key = models.CharField(max_length=12)
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    caller = models.CharField(max_length=200, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["call_list", "owner", "number"], name="called_once_in_a_list"),
            models.UniqueConstraint(fields=["call_list", "key"], name="one_call_person_per_key"),
        ]
        indexes = [models.Index(fields=["call_list", "state", "place"], name="who_is_called_next")]


class CallRecord(models.Model):
    """How a call ended and what was answered; `event` is the same for the same line of a file brought twice.

    Not in any vault until `kept_at`: so long the caller may take it back.
    """

    call_list = models.ForeignKey(CallList, on_delete=models.CASCADE, related_name="records")
    person = models.ForeignKey(CallPerson, on_delete=models.CASCADE, related_name="records")
    event = models.UUIDField(unique=True, default=uuid.uuid4)
    ending = models.CharField(max_length=16)
    answers = models.JSONField(default=list, help_text="objects with question and answer")
    channel = models.CharField(max_length=8, default="phone")
    caller = models.CharField(max_length=200)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["call_list", "kept_at"], name="calls_to_keep")]
