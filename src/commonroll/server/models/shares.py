"""Delta Sharing: profiles by which a recipient's programs read, versions of what they read, cut files."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from commonroll.server.models.agreements import Agreement
from commonroll.server.models.federation import Member


class ShareProfile(models.Model):
    """A token of one recipient for one agreement. It is kept as a hash alone and was shown once."""

    stays = True

    id = models.CharField(primary_key=True, max_length=12, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="profiles")
    note = models.CharField(max_length=120, blank=True, help_text="which program holds it")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="profile_ends_after_it_began"
            ),
        ]

    def opens(self, now: datetime) -> bool:
        """Whether it is in force: neither revoked nor expired. The agreement is asked for elsewhere."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def member(self) -> Member:
        """For whom it reads."""
        return self.agreement.recipient

    @property
    def label(self) -> str:
        """Who asks, where a program asks by this profile; no e-mail begins so."""
        return f"share:{self.pk}"


class ShareVersion(models.Model):
    """What one agreement gave for one purpose at some time: its place among the versions, and what made it.

    `content` is a hash of all that the rows follow from. No row is kept for a version that nobody asked for.
    """

    stays = True

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    purpose = models.CharField(max_length=16)
    number = models.PositiveIntegerField(help_text="from 1")
    content = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "purpose", "number"], name="one_version_per_number")
        ]


class Cut(models.Model):
    """Files cut for a version: all its rows, or what changed after the version `since`.

    `sha256` is that of the files one after another. `lent_at`: when a link to it was first handed out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ShareVersion, on_delete=models.CASCADE, related_name="cuts")
    since = models.IntegerField(default=-1, help_text="what changed after it; -1: every row; 0: all is new")
    purpose = models.CharField(max_length=16)
    columns = models.JSONField(default=list)
    fields = models.JSONField(default=list, help_text="name and type of each column of the files")
    rows = models.BigIntegerField()
    deletes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    begun = models.DateTimeField()
    used_at = models.DateTimeField()
    lent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["begun"]
        constraints = [models.UniqueConstraint(fields=["version", "since"], name="one_cut_per_version")]


class CutPart(models.Model):
    """One file of a cut; its name in links is a hash of what it holds, the same each time it is cut."""

    name = models.CharField(primary_key=True, max_length=32)
    cut = models.ForeignKey(Cut, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(help_text="from 0")
    rows = models.BigIntegerField()
    size = models.BigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64, default="", help_text="empty of those cut before it was kept")

    class Meta:
        ordering = ["number"]

    @property
    def file(self) -> str:
        """Its name below the home's extracts."""
        return f"{self.cut_id}.{self.number}.parquet"
