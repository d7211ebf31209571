"""What is out of an owner's rows, what was recalled of it, and the statements by which it was deleted.

Extracts are named by their ids and not pointed to: these rows go with the agreement when a party leaves.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from commonroll.server.models.agreements import Agreement


class Lent(models.Model):
    """Rows of one owner in one extract; whose they are stands in the owner's vault (`views.lent`).

    `begun`: before the rows were read. `channels`: by which the columns reach a person. `looked`: the
    suppression table's version up to which leavers were looked for. `recall`: by which the whole is recalled.
    `receipt`: what the recipient signed of the file, once it has (`agreements.received`).
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="lent")
    extract = models.UUIDField()
    file = models.CharField(max_length=60, help_text="sha256:<base64> of the file")
    rows = models.BigIntegerField()
    purpose = models.CharField(max_length=16)
    columns = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    begun = models.DateTimeField()
    at = models.DateTimeField()
    looked = models.CharField(max_length=40, blank=True)
    recall = models.UUIDField(null=True, blank=True)
    touched = models.BooleanField(default=False, help_text="a recall names it or some of its rows")
    receipt = models.BinaryField(null=True, blank=True)
    receipt_hash = models.CharField(max_length=60, blank=True)
    receipt_note = models.TextField(blank=True)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["extract", "agreement"], name="an_extract_is_lent_once")
        ]

    @property
    def urn(self) -> str:
        return f"urn:uuid:{self.extract}"


class Recall(models.Model):
    """One duty to delete: the document, signed by the owner's node, and the statement that meets it."""

    class About(models.TextChoices):
        AGREEMENT = "agreement", "everything under the agreement"
        PEOPLE = "people", "some people"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="recalls")
    about = models.CharField(max_length=9, choices=About)
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60)
    note = models.TextField()
    opened_at = models.DateTimeField()
    due = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    statement = models.BinaryField(null=True, blank=True)
    statement_hash = models.CharField(max_length=60, blank=True)
    statement_note = models.TextField(blank=True)
    by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(met_at__isnull=True, statement__isnull=True)
                | Q(met_at__isnull=False, statement__isnull=False),
                name="met_by_a_statement",
            )
        ]

    @property
    def urn(self) -> str:
        return f"urn:uuid:{self.id}"
