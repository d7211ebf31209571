"""What was asked to stop, by whom it was heard, and what a lead took back: events, none is changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from commonroll.server.models.federation import Member


class Stop(models.Model):
    """One request that binds all members, or the undoing of one.

    `seq` counts the federation's requests without a hole, in the order in which they were committed. `token`
    is a keyed hash (`insight.stops`): no number, e-mail, address or voter's id stands here. `act` holds
    together what came at once, an import or one word; `heard_by` is empty for the public form.
    """

    class Source(models.TextChoices):
        IMPORT = "import", "a list"
        TEXT = "text", "a bare STOP by text message"
        DOOR = "door", "an answer at the door or by phone"
        API = "api", "a program"
        FORM = "form", "the voter's own form"
        LEAD = "lead", "entered by hand"

    class Ground(models.TextChoices):
        ASKED = "asked", "asked to stop"
        PROTECTED = "protected", "on a list of protected persons"

    seq = models.PositiveBigIntegerField(primary_key=True)
    act = models.UUIDField()
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone"
    )
    reason = models.CharField(max_length=200, blank=True)
    ground = models.CharField(max_length=9, choices=Ground, default=Ground.ASKED)
    kind = models.CharField(max_length=7)
    token = models.CharField(max_length=64)
    channel = models.CharField(max_length=5)
    source = models.CharField(max_length=6, choices=Source)
    heard_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="stops"
    )
    by = models.CharField(max_length=200)
    asked_on = models.DateField()
    at = models.DateTimeField()
    file = models.CharField(max_length=200, blank=True)
    file_hash = models.CharField(max_length=64, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    event_id = models.CharField(
        max_length=64, blank=True, help_text="of the vaults' opt-out that it came with"
    )

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["kind", "token"], name="stops_by_token"),
            models.Index(fields=["act"], name="stops_by_act"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(undoes__isnull=True, reason="") | Q(undoes__isnull=False) & ~Q(reason=""),
                name="who_undoes_a_stop_says_why",
            )
        ]
