"""Addresses of other programs that are told what happens in a member's log."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member


class Webhook(models.Model):
    """An address, what it is told of, and how far in each log it has been told.

    Its secret is made of its id, its salt and a key of the site's own: it is kept nowhere.
    """

    class State(models.TextChoices):
        ON = "on", "on"
        STOPPED = "stopped", "stopped after too many failures"
        ENDED = "ended", "ended"

    id = models.CharField(primary_key=True, max_length=12, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="webhooks")
    salt = models.CharField(max_length=32, blank=True, editable=False, help_text="another: another secret")
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list, help_text="names of actions.webhooks.EVENTS")
    state = models.CharField(max_length=8, choices=State, default=State.ON)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    told = models.JSONField(default=dict, help_text="log -> index of its last entry told of, or passed over")
    sent = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0, help_text="in a row, of the entry that waits")
    last_at = models.DateTimeField(null=True, blank=True)
    last_said = models.CharField(max_length=120, blank=True, help_text="a status, or why there is none")
    next_at = models.DateTimeField(null=True, blank=True, help_text="not before; empty means at once")

    class Meta:
        ordering = ["-made_at"]
