"""The federation's questions, and which of its own each member has for them."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member

LONGEST_CODE = 40

RESULTS = "_results"
"""Where a question's code stands, of a member's words for how a call ended: no question has this code."""


class StandardQuestion(models.Model):
    """One version of a question of the federation. A version never changes; a new one follows it.

    `answers`: {"answer": word, "name": text}, in order. Words stay what they mean from version to version.
    """

    class Kind(models.TextChoices):
        SUPPORT = "support", "support in a race, 1 to 5"
        ISSUE = "issue", "what matters to somebody"
        DISPOSITION = "disposition", "what somebody would do, or be for us"

    code = models.CharField(max_length=LONGEST_CODE)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    answers = models.JSONField()
    retired = models.BooleanField(default=False, help_text="not asked any more; answers still add up")
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_version_of_a_standard_question"),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="standard_questions_begin_at_version_one"
            ),
        ]


class VocabularyMap(models.Model):
    """One version of what a member's own answers are in the federation's words; the newest one counts.

    `pairs`: [own question's code, own answer, the standard answer]; for RESULTS ["", own word, ending]. An
    empty version says that nothing of the member's is meant by it any more. Answers stay as they were given:
    only sums go by it.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="mappings")
    standard = models.CharField(max_length=LONGEST_CODE)
    version = models.PositiveIntegerField()
    pairs = models.JSONField()
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["standard", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "standard", "version"], name="one_version_of_a_mapping"
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="mappings_begin_at_version_one"),
        ]
