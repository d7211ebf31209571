"""Cuts and their turfs: what is known of them here; doors and keys of persons are files below the home."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from commonroll.server.models.federation import Member
from commonroll.server.models.lists import PURPOSE_LENGTH


class TurfCut(models.Model):
    """Doors of persons whom a member may call on, cut into turfs once; what stands in it is asked anew when
    a turf is handed out."""

    class By(models.TextChoices):
        DOORS = "doors", "doors"
        MINUTES = "minutes", "minutes"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="turf_cuts")
    urn = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    where = models.TextField(blank=True)
    size_by = models.CharField(max_length=8, choices=By)
    size = models.PositiveIntegerField()
    at_door = models.FloatField()
    within = models.CharField(max_length=20, blank=True, help_text="a border that no turf crosses")
    streets = models.JSONField(
        default=dict, help_text="whose map it was cut along, and how many buildings stand at its streets"
    )
    seed = models.PositiveIntegerField()
    doors = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    unplaced = models.JSONField(default=dict, help_text="reason: persons whose door nobody can walk to")
    versions = models.JSONField(default=dict, help_text="owner: the version of its roll the doors are of")
    agreements = models.JSONField(default=list, help_text="the agreements it was read under")
    gaps = models.JSONField(default=list)
    folder = models.CharField(max_length=40, blank=True, help_text="below the home's turf; empty once gone")
    gone = models.CharField(max_length=200, blank=True, help_text="why its doors went")
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"], condition=Q(put_away_at=None), name="one_turf_cut_per_name"
            )
        ]


class CurrentTurfs(models.Manager["Turf"]):
    """Turfs as they are now, without those whose doors others have taken over."""

    def get_queryset(self) -> models.QuerySet[Turf]:
        return super().get_queryset().filter(replaced_at=None)


class Turf(models.Model):
    """The doors that one person walks in one go; `number` counts a cut's turfs from 1.

    A turf that was handed out does not change: another `revision` of its number takes its place. What was
    recorded at the doors of the old one stays with it.
    """

    cut = models.ForeignKey(TurfCut, on_delete=models.CASCADE, related_name="turfs")
    number = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    replaced_at = models.DateTimeField(null=True, blank=True)
    locked = models.BooleanField(default=False, help_text="nothing changes it until it is opened again")
    name = models.CharField(max_length=200, help_text="the streets with most of its doors")
    doors = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    units = models.PositiveIntegerField(default=0, help_text="of its doors those in a building of several")
    metres = models.PositiveIntegerField(null=True, blank=True, help_text="that its round is walked")
    minutes = models.FloatField(null=True, blank=True, help_text="that its round takes with its doors")
    car = models.BooleanField(default=False)
    latitude = models.FloatField()
    longitude = models.FloatField()

    # the first is that of `cut.turfs`
    current = CurrentTurfs()
    objects: models.Manager[Turf] = models.Manager()

    class Meta:
        ordering = ["cut", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["cut", "number"], condition=Q(replaced_at=None), name="one_turf_per_number"
            )
        ]
