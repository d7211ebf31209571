"""A member's own people: volunteers, donors, whoever wrote in; they need not be on any roll."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member


class Contact(models.Model):
    """One of a member's own people. `number` is its id for the member's programs, and never another's.

    `known`: texts by the API's names. `emails`, `phones`, `addresses`, `identifiers`: lists of objects as the
    API has them. Erased (`erased_at`), the number alone is left; `merged_into` is whose number stands for it.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contacts")
    number = models.PositiveIntegerField()
    known = models.JSONField(default=dict)
    emails = models.JSONField(default=list)
    phones = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    identifiers = models.JSONField(default=list)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    erased_at = models.DateTimeField(null=True)
    merged_into = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["member", "number"], name="one_contact_per_number")]


class ContactKey(models.Model):
    """A word by which a contact is found: as keys compare it, without case, accents and signs."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=48)
    value = models.CharField(max_length=400)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["member", "kind", "value"], name="contacts_by_key"),
            models.Index(fields=["member", "number"], name="keys_of_a_contact"),
        ]


class ContactVoter(models.Model):
    """The voter that a contact is: the owner, and the number in the owner's vault (`roll.lookup`)."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="voter")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()


class Code(models.Model):
    """A tag or source code of a member; `entities`: what it may be put on, objects as the API has them."""

    class Type(models.TextChoices):
        TAG = "Tag", "Tag"
        SOURCE = "SourceCode", "SourceCode"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="codes")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=200)
    description = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=10, choices=Type, default=Type.TAG)
    entities = models.JSONField(default=list)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]


class Coded(models.Model):
    """A code that stands on a voter, or on one of the member's own people (`person`)."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="coded")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="coded")
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="coded")
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "owner", "number"], condition=models.Q(person=None), name="coded_once"
            ),
            models.UniqueConstraint(
                fields=["code", "person"], condition=models.Q(person__isnull=False), name="contact_coded_once"
            ),
        ]
