"""Members that leave: how far their package is, what ended by it, what they may still take or remove."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member
from commonroll.server.models.work import Progress


class Leaving(Progress):
    """One package of a member that leaves. No secret is in it: recipients are public, events are signed.

    `endings`: events that end agreements, signed when the member said so, entered when its data is packed.
    `final`: nothing holds the member any more once they are entered; else `until` is the day of the last.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="leavings")
    recipients = models.JSONField(default=list, help_text="age recipients; none: a passphrase")
    reader = models.BinaryField(help_text="the member's key to sealed details, encrypted as the package is")
    endings = models.JSONField(default=list)
    at_once = models.BooleanField(default=False)
    final = models.BooleanField(default=False)
    until = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=400, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.BigIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    kept = models.JSONField(default=list)
    vault = models.CharField(max_length=64, blank=True, help_text="the vault's files when it was packed")
    taken_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
