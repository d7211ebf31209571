"""Groups of members that the federation has named, so that one text can be offered to each of them."""

from __future__ import annotations

from django.db import models

LONGEST_KEY = 24


class MemberGroup(models.Model):
    """One version of a group: its members by key, sorted. A version never changes; a new one follows it."""

    key = models.CharField(max_length=LONGEST_KEY)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    members = models.JSONField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="one_version_of_a_group"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="groups_begin_at_version_one"),
        ]

    @property
    def name(self) -> str:
        """How agreements name this very version (`cr:group`)."""
        return f"{self.key}-v{self.version}"
