"""Keys by which a member's programs come to the HTTP interfaces, their uses, and the batches they brought."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from commonroll.server.models.federation import Member
from commonroll.server.models.imports import ListImport


def lists_alone() -> list[str]:
    return ["lists"]


class ApiKey(models.Model):
    """A key of one member for one purpose. Its secret is kept as a hash alone and was shown once."""

    id = models.CharField(primary_key=True, max_length=12, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="api_keys")
    purpose = models.CharField(max_length=16)
    scopes = models.JSONField(default=lists_alone, help_text="what it does: names of actor.SCOPES")
    note = models.CharField(max_length=120, blank=True, help_text="which program holds it")
    secret_hash = models.CharField(max_length=64)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="api_key_ends_after_it_began"
            ),
        ]

    def opens(self, now: datetime) -> bool:
        """Whether it is in force: neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def label(self) -> str:
        """Who acts, where somebody acts by this key."""
        return f"{KEY_LABEL}{self.pk}"


KEY_LABEL = "key:"
"""Before a key's id in the label of who acts; no e-mail begins so and has no @."""


class KeyUse(models.Model):
    """How often in one minute a key, or what was said to be one, asked for an act, and what was answered.

    `key_id` and `member` are empty where no such key exists. No foreign keys: what was logged stays.
    """

    key_id = models.CharField(max_length=12, blank=True)
    member = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=64, blank=True)
    act = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField()
    at = models.DateTimeField(help_text="the minute's beginning")
    times = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key_id", "address", "at", "act", "status"], name="one_key_use_per_minute"
            ),
        ]
        indexes = [models.Index(fields=["address", "status", "at"], name="key_uses_by_address")]


class MatchBatch(models.Model):
    """A list that came by a key. `token` tells a batch that is sent again from a new one."""

    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="batches")
    listed = models.OneToOneField(ListImport, on_delete=models.CASCADE, related_name="batch")
    token = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "token"], name="one_batch_per_token")]
