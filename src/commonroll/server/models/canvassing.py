"""What members ask and note of voters by programs: questions, codes, contacts with their answers, notes.

Whom a row is about stands there as the owner and the number that the voter has in the owner's vault
(`roll.lookup`): no name and no id of a state lies outside of the vaults. A row about one of the member's own
people has it in `person`; its owner is the member then, its number the contact's.
"""

from __future__ import annotations

from django.db import models

from commonroll.server.models.contacts import Contact
from commonroll.server.models.federation import Member
from commonroll.server.models.file_jobs import FileJob


class NumberBlock(models.Model):
    """A block of the numbers that all owners' voters share: the owner's block at `place` is block `block`."""

    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="number_blocks")
    place = models.PositiveIntegerField()
    block = models.PositiveIntegerField(unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "place"], name="one_block_at_a_place")]


class State(models.TextChoices):
    """Whether a question or a code is asked today."""

    ACTIVE = "Active", "Active"
    INACTIVE = "Inactive", "Inactive"
    ARCHIVED = "Archived", "Archived"


class SurveyQuestion(models.Model):
    """A question of a member; `code` is the one by which answers have it (`responses.question`)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="survey_questions")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    medium_name = models.CharField(max_length=40, blank=True)
    short_name = models.CharField(max_length=10, blank=True)
    script = models.CharField(max_length=1000, blank=True)
    type = models.CharField(max_length=40, default="Candidate")
    cycle = models.PositiveSmallIntegerField(null=True)
    status = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "code"], name="one_question_per_code")]


class SurveyAnswer(models.Model):
    """One of a question's answers; `answer` is the word that is kept of it (`responses.answer`)."""

    question = models.ForeignKey(SurveyQuestion, on_delete=models.CASCADE, related_name="answers")
    answer = models.CharField(max_length=200)
    name = models.CharField(max_length=120)
    medium_name = models.CharField(max_length=40, blank=True)
    short_name = models.CharField(max_length=10, blank=True)
    retired = models.BooleanField(default=False, help_text="not offered any more; given answers keep it")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["question", "answer"], name="one_answer_per_word")]


class ActivistCode(models.Model):
    """A mark that a member puts on people: `code` is the question by which answers have it."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="activist_codes")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    medium_name = models.CharField(max_length=40, blank=True)
    short_name = models.CharField(max_length=10, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    script = models.CharField(max_length=1000, blank=True)
    type = models.CharField(max_length=40, default="Volunteer")
    status = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "code"], name="one_activist_code_per_code")]


class CanvassResponse(models.Model):
    """A contact with a voter, whoever brought it: programs, calls, doors; its result, or what was answered.

    `responses`: objects with `type` and ids as the API has them. `removed_at`: taken back. In the vault it is
    an attempt (`actions.attempted`), which is told anew whenever the row changed (`waits`, `version`).
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="canvass_responses")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="responses")
    contact_type = models.PositiveSmallIntegerField(null=True)
    input_type = models.PositiveSmallIntegerField()
    result_code = models.PositiveSmallIntegerField()
    canvassed_at = models.DateTimeField()
    responses = models.JSONField(default=list)
    contact = models.BooleanField(default=True, help_text="counts as a contact in the history")
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)
    job = models.ForeignKey(FileJob, null=True, on_delete=models.PROTECT, related_name="contacts")
    visit = models.CharField(max_length=36, blank=True, help_text="the first record of a visit, or of a call")
    result = models.CharField(max_length=16, blank=True, help_text="how it ended, where the code says less")
    version = models.PositiveIntegerField(default=1)
    waits = models.BooleanField(default=True, help_text="the vault is to be told")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["member", "owner", "number"], name="responses_by_voter"),
            models.Index(fields=["member"], condition=models.Q(waits=True), name="contacts_to_tell"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "owner", "number"],
                condition=~models.Q(visit=""),
                name="a_visit_is_one_contact",
            )
        ]


class Marked(models.Model):
    """An activist code that stands on a voter; `since` and by whom. Taken off, the row is gone: the answers
    say when."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="marked")
    code = models.ForeignKey(ActivistCode, on_delete=models.PROTECT, related_name="marked")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="marked")
    canvassed_at = models.DateTimeField()
    since = models.DateTimeField(auto_now_add=True)
    by = models.CharField(max_length=200)
    job = models.ForeignKey(FileJob, null=True, on_delete=models.PROTECT, related_name="marks")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "owner", "number"],
                condition=models.Q(person=None),
                name="a_code_stands_once_on_a_voter",
            ),
            models.UniqueConstraint(
                fields=["code", "person"],
                condition=models.Q(person__isnull=False),
                name="a_code_stands_once_on_a_contact",
            ),
        ]


class ContactNote(models.Model):
    """A note of a member about a voter, for the member alone."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contact_notes")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="notes")
    text = models.TextField()
    restricted = models.BooleanField(default=False)
    category = models.PositiveSmallIntegerField(null=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["member", "owner", "number"], name="notes_by_voter")]
