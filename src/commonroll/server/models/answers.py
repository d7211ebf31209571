"""Batches of answers that a recipient brought in, and what of them went back to owners."""

from __future__ import annotations

import uuid

from django.db import models

from commonroll.server.models.federation import Member


class AnswerBatch(models.Model):
    """One file of answers: counts only; the answers themselves lie in the vaults."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="answer_batches")
    file = models.CharField(max_length=200)
    file_hash = models.CharField(max_length=64)
    loaded = models.PositiveIntegerField()
    refused = models.JSONField(default=list)
    returned = models.JSONField(default=dict)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
