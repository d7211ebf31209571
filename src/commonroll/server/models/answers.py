"""Batches of answers that a recipient brought in, and what of them went back to owners."""

from __future__ import annotations

import uuid

from django.db import models

from commonroll.server.models.federation import Member


class AnswerBatch(models.Model):
    """One file of answers, or of mail that came back: counts only; the rows themselves lie in the vaults."""

    class Kind(models.TextChoices):
        ANSWERS = "answers", "answers"
        MAIL = "mail", "returned mail"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="answer_batches")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.ANSWERS)
    file = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    loaded = models.PositiveIntegerField()
    refused = models.JSONField(default=list)
    returned = models.JSONField(default=dict)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at"]
