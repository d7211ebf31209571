"""Scripts of a member: a draft that is written on, and versions that never change.

What a version says is a document as `field/script.py` reads it. A turf that is given away takes a copy of it
along (`HandOut.script`), so that a version which is in use stays what it was, whatever is written later.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from commonroll.server.models.federation import Member


class Script(models.Model):
    """`draft` is a document, finished or not; `earlier` and `later` what it was, the nearest last."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="scripts")
    name = models.CharField(max_length=120)
    draft = models.JSONField()
    earlier = models.JSONField(default=list, help_text="drafts that undoing goes back to")
    later = models.JSONField(default=list, help_text="drafts that were undone")
    edits = models.PositiveIntegerField(default=0, help_text="counts changes: two editors see each other")
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "name"], condition=Q(put_away_at=None), name="one_script_per_name"
            )
        ]


class ScriptVersion(models.Model):
    """A script as it may be walked with. `voting`: it says when, where or how to vote, which somebody else
    than its writer has to have read (design, what Commonroll refuses)."""

    script = models.ForeignKey(Script, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    voting = models.BooleanField(default=False)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    approved_by = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=200, blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["script", "number"], name="one_script_version_per_number"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="") | ~Q(approved_at=None) & ~Q(approved_by=""),
                name="script_version_is_approved_by_somebody",
            ),
        ]

    @property
    def usable(self) -> bool:
        """Whether a turf may be given away with it."""
        return self.taken_back_at is None and (not self.voting or self.approved_at is not None)
