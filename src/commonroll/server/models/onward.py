"""What members to whom rows are licensed on have stated."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.agreements import Agreement
from commonroll.server.models.federation import Member


class OnwardStatement(models.Model):
    """One onward licence under an agreement, as the member that takes it signed it; the document decides."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="onward_statements")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="onward_statements")
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60, unique=True)
    note = models.TextField()
    by = models.CharField(max_length=200)
    issued = models.DateTimeField()

    class Meta:
        ordering = ["issued", "pk"]
