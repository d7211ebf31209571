"""Files that members' programs send and fetch over the VAN-compatible API, scores, and calls about them.

The rows of such a file are files below the home and in the vaults; here stands what was asked and counted.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from commonroll.server.models.federation import Member
from commonroll.server.models.lists import PURPOSE_LENGTH


class FileJob(models.Model):
    """One file's work: `asked` is the request as it was checked, `report` what it came to in counts, `errors`
    are objects of row, code, text (the first of them). `files` lie below the home's uploads."""

    class Kind(models.TextChoices):
        LOAD = "load", "a load of scores or of a list"
        BULK = "bulk", "a bulk import"
        CHANGES = "changes", "an export of what changed"
        LIST = "list", "a file of a list of own people"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        ERRORS = "errors", "done, but for rows with errors"
        FAILED = "failed", "failed"
        UNDONE = "undone", "undone"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="file_jobs")
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    kind = models.CharField(max_length=8, choices=Kind)
    asked = models.JSONField(default=dict)
    base = models.CharField(max_length=300, help_text="address of the API as the program knew it")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    message = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="of the file and what was to be done")
    report = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    truncated = models.BooleanField(default=False, help_text="there were more errors than are kept")
    files = models.JSONField(default=list, help_text="names of files to fetch")
    key = models.CharField(max_length=12, help_text="the key that asked: calls are signed for it")
    by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "digest"],
                condition=Q(state__in=("running", "done", "errors")) & ~Q(digest=""),
                name="one_file_is_imported_once",
            )
        ]


class Score(models.Model):
    """A model's guesses about voters, by name; `code` is the attribute that they are facts of, guessed."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="scores")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=20, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    least = models.FloatField(default=0)
    most = models.FloatField(default=100)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "code"], name="one_score_per_code"),
            models.CheckConstraint(condition=Q(most__gt=models.F("least")), name="a_score_has_a_range"),
        ]


class ScoreUpdate(models.Model):
    """One load of a score. The last completed one counts; `file` has every voter's value as of it."""

    class State(models.TextChoices):
        PENDING = "PendingApproval", "waits for a word"
        APPROVED = "Approved", "approved"
        DISAPPROVED = "Disapproved", "disapproved"
        CANCELED = "Canceled", "canceled"
        COMPLETED = "Completed", "counts, or did until the next"

    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="updates")
    job = models.ForeignKey(FileJob, on_delete=models.PROTECT, related_name="score_updates")
    loaded = models.CharField(max_length=60, help_text="what the file had, below the home's scores")
    file = models.CharField(max_length=60, blank=True, help_text="all values as of it, below the same")
    statistics = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    said_by = models.CharField(max_length=200, blank=True, help_text="who approved, or by what")
    processed_at = models.DateTimeField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]


class JobCall(models.Model):
    """What is told to the address that a job named, and what was answered; tried again after a failure."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        ARRIVED = "arrived", "arrived"
        GIVEN_UP = "given up", "given up"
        NOBODY = "nobody", "the name is nobody's"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="job_calls")
    about = models.CharField(max_length=60, help_text="the job's path below the API's")
    url = models.CharField(max_length=500)
    body = models.TextField()
    key = models.CharField(max_length=12)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    said = models.CharField(max_length=120, blank=True, help_text="a status, or why there is none")
    next_at = models.DateTimeField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
