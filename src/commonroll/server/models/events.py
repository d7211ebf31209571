"""Events of a member, the places where they are, and which of its own people come."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.contacts import Contact
from commonroll.server.models.federation import Member


class Location(models.Model):
    """A place where a member's events are; `key` is what two of the same place have in common."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="locations")
    name = models.CharField(max_length=50)
    address = models.JSONField(default=dict)
    key = models.CharField(max_length=300)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["member", "key"], name="locations_by_key")]


class Event(models.Model):
    """Something that a member holds. `kind` is its type (`van.event_types`); `roles`: goals of its roles."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="events")
    name = models.CharField(max_length=500)
    short_name = models.CharField(max_length=12, blank=True)
    description = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.PositiveSmallIntegerField()
    creators_only = models.BooleanField(default=False, help_text="changed by the key that made it alone")
    public = models.BooleanField(default=False)
    district = models.CharField(max_length=100, blank=True)
    roles = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    codes = models.JSONField(default=list, help_text="ids of codes")
    locations = models.JSONField(default=list, help_text="ids of locations")
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("starts_at")), name="an_event_ends_after_it_begins"
            )
        ]


class EventShift(models.Model):
    """A part of an event's time."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="shifts")
    name = models.CharField(max_length=100)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class Signup(models.Model):
    """One of a member's own people, for one role and shift of an event."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="signups")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="signups")
    person = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="signups")
    shift = models.ForeignKey(EventShift, on_delete=models.PROTECT, null=True, related_name="signups")
    role = models.PositiveSmallIntegerField()
    status = models.PositiveSmallIntegerField()
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="signups")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["event", "person"], name="signups_by_person")]
