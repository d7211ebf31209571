"""The charter's rule on disputes: who, together, opens what a recipient searched for."""

from __future__ import annotations

from django.db import models


class DisputeRule(models.Model):
    """A rule and the time in which it was in force; entries are sealed under the one of their time."""

    hash = models.CharField(max_length=60)
    threshold = models.PositiveSmallIntegerField()
    arbiters = models.JSONField(default=list, help_text="name and age recipient of each, in order")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
