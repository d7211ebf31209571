"""The journal: one durable row per answer, written in the transaction that authorizes it, before the answer.

A sequencer folds rows into the owner's log within a second. No foreign keys to live data: the
journal must stay as it was written.
"""

from __future__ import annotations

from django.db import models

ROWS_LEFT = ("export.intent", "share.open")
"""Types of entries before which rows left: a file, or links to the files of a share."""

USES = ("count", "view", "contact", *ROWS_LEFT)
"""Types of entries that are uses of an owner's rows."""


class LogHead(models.Model):
    """The last time given out per log; locked while a row is written, so that order and time agree."""

    log = models.CharField(max_length=31, primary_key=True)
    last_at = models.DateTimeField()


class Journal(models.Model):
    """One leaf, in order, with the columns that pages filter by (all of them stand in the leaf as well)."""

    log = models.CharField(max_length=31)
    leaf = models.BinaryField()
    leaf_id = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    type = models.CharField(max_length=24)
    owner = models.CharField(max_length=31, blank=True)
    recipient = models.CharField(max_length=31, blank=True)
    agreement = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=16, blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    columns = models.JSONField(default=list)
    counties = models.JSONField(
        default=list, help_text="FIPS codes to which the use was kept; none: any that the terms give"
    )
    sealed_shared = models.BinaryField(null=True, blank=True)
    sealed_strategy = models.BinaryField(null=True, blank=True)
    sealed_dispute = models.BinaryField(
        null=True, blank=True, help_text="the same for arbiters, where there was a rule (`escrow`)"
    )
    index = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["log", "id"]),
            models.Index(fields=["recipient", "id"]),
            models.Index(fields=["log", "id"], name="unfolded", condition=models.Q(index__isnull=True)),
            # of the oldest that waits, for every answer: until PostgreSQL has swept up, what is folded stands
            # in these indexes too, and only a walk in order passes it by the second time
            models.Index(fields=["at"], name="oldest_unfolded", condition=models.Q(index__isnull=True)),
        ]
        constraints = [models.UniqueConstraint(fields=["log", "index"], name="one_leaf_per_index")]


class Tally(models.Model):
    """What a run of a log's entries comes to on a day, of one shape; it is added up once (`tallies`).

    `county`: ALL of the entries, those kept to no county (ANY), or those that may have read rows of one.
    """

    ALL, ANY = "", "*"

    log = models.CharField(max_length=31)
    chunk = models.IntegerField()
    line = models.IntegerField()
    day = models.DateField()
    type = models.CharField(max_length=24)
    recipient = models.CharField(max_length=31, blank=True)
    agreement = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=16, blank=True)
    columns = models.JSONField(default=list)
    county = models.CharField(max_length=5, blank=True)
    many = models.IntegerField()
    taken = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["log", "chunk", "line"]
        indexes = [models.Index(fields=["log", "county", "chunk"])]
        constraints = [models.UniqueConstraint(fields=["log", "chunk", "line"], name="added_up_once")]


class LiveCount(models.Model):
    """A count answered while somebody types; a minute of them becomes one leaf that commits to its rows."""

    owner = models.CharField(max_length=31)
    viewer = models.CharField(max_length=31)
    agreement = models.CharField(max_length=60, blank=True)
    terms = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=16)
    snapshot = models.PositiveIntegerField()
    columns = models.JSONField(default=list)
    counties = models.JSONField(default=list)
    question = models.CharField(max_length=60)
    at = models.DateTimeField()
    journal = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at"], name="uncoalesced", condition=models.Q(journal__isnull=True))]


class Denied(models.Model):
    """An owner that gave nothing though an agreement stands, until its minute is a leaf."""

    owner = models.CharField(max_length=31)
    viewer = models.CharField(max_length=31)
    agreement = models.CharField(max_length=60)
    purpose = models.CharField(max_length=16)
    mode = models.CharField(max_length=8)
    reason = models.CharField(max_length=16)
    columns = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["at"])]
