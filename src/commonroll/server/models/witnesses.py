"""Witnesses of the logs: whose they are, what each has signed, and the checkpoint that most have signed."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member


class Witness(models.Model):
    """A member's witness: the key that its signatures are checked by, and where it is asked."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="witnesses")
    vkey = models.CharField(max_length=300, unique=True)
    url = models.CharField(max_length=500, help_text="prefix of its addresses, without a slash at the end")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["member__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(ended_at__isnull=True), name="one_witness_in_use"
            )
        ]

    @property
    def name(self) -> str:
        """The name that its signatures carry."""
        return self.vkey.split("+", 1)[0]


class Watched(models.Model):
    """How far a witness has signed a log, and what it answered last.

    `evidence` is what the witness showed against the log: a checkpoint with the log's own signature.
    """

    class State(models.TextChoices):
        GOOD = "good", "signs"
        SILENT = "silent", "does not answer"
        UNKNOWN = "unknown", "does not watch this log"
        CLOCK = "clock", "its clock is wrong"
        REFUSED = "refused", "refused to sign"
        AHEAD = "ahead", "has seen another log than this one"

    witness = models.ForeignKey(Witness, on_delete=models.CASCADE, related_name="watched")
    log = models.CharField(max_length=31)
    size = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True, blank=True, help_text="the time in its last signature")
    asked_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.GOOD)
    said = models.CharField(max_length=300, blank=True)
    evidence = models.TextField(blank=True)

    class Meta:
        ordering = ["log", "witness"]
        constraints = [models.UniqueConstraint(fields=["witness", "log"], name="one_row_per_witness_and_log")]


class Cosigned(models.Model):
    """A log's last checkpoint with the signatures of its witnesses, and the last that enough had signed."""

    log = models.CharField(max_length=31, primary_key=True)
    size = models.BigIntegerField()
    note = models.TextField()
    enough_size = models.BigIntegerField(null=True, blank=True)
    enough_note = models.TextField(blank=True)
    enough_at = models.DateTimeField(null=True, blank=True)
