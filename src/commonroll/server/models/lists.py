"""Saved lists: what is known of them here; the persons in them are files below the home, never rows."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from commonroll.server.models.federation import Member

PURPOSE_LENGTH = 16


class ListFolder(models.Model):
    """A folder of a member's lists and universes. A deleted one keeps what lies in it for its undoing."""

    kind = "folder"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="list_folders")
    urn = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"], condition=Q(deleted_at=None), name="one_list_folder_per_name"
            )
        ]


class SavedList(models.Model):
    """Persons chosen once, for one purpose; each read asks today's agreements, law and opt-outs."""

    kind = "list"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="saved_lists")
    folder = models.ForeignKey(
        ListFolder, null=True, blank=True, on_delete=models.SET_NULL, related_name="lists"
    )
    urn = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    definition = models.JSONField(default=dict, help_text="how its persons were chosen")
    file = models.CharField(max_length=60, blank=True, help_text="its members, below the home's lists")
    digest = models.CharField(max_length=64)
    rows = models.BigIntegerField()
    rows_by_owner = models.JSONField(default=dict)
    versions = models.JSONField(default=dict, help_text="owner: the version of its roll it was chosen from")
    read = models.JSONField(default=dict, help_text="owner: the columns by which its persons were chosen")
    shown = models.BigIntegerField(null=True, blank=True, help_text="whom the last look was allowed to see")
    shown_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"], condition=Q(deleted_at=None), name="one_saved_list_per_name"
            )
        ]


class ListStep(models.Model):
    """One step in the history of a saved list or universe: who, when, and what it was from then on."""

    class Step(models.TextChoices):
        MADE = "made", "made"
        FILLED = "filled", "filled anew"
        CHANGED = "changed", "changed"
        RENAMED = "renamed", "renamed"
        MOVED = "moved", "moved"
        DELETED = "deleted", "deleted"
        RESTORED = "restored", "taken back"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="list_steps")
    listed = models.ForeignKey(
        SavedList, null=True, blank=True, on_delete=models.CASCADE, related_name="steps"
    )
    universe = models.ForeignKey(
        "SavedUniverse", null=True, blank=True, on_delete=models.CASCADE, related_name="steps"
    )
    step = models.CharField(max_length=8, choices=Step)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    definition = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    file = models.CharField(max_length=60, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(listed=None, universe__isnull=False) | Q(listed__isnull=False, universe=None),
                name="a_list_step_is_of_one_thing",
            )
        ]
