"""What the sides of an agreement stated of payments."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.agreements import Agreement
from commonroll.server.models.federation import Member


class Payment(models.Model):
    """One payment as one side signed it: a payer that it paid, the owner that it received; never changed."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="payments")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="payments")
    document = models.BinaryField()
    document_hash = models.CharField(max_length=60, unique=True)
    note = models.TextField()
    by = models.CharField(max_length=200)
    issued = models.DateTimeField()

    class Meta:
        ordering = ["issued", "pk"]
