"""Lists of a member's own people, as its programs bring them."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.contacts import Contact
from commonroll.server.models.federation import Member
from commonroll.server.models.lists import PURPOSE_LENGTH, ListFolder


class ContactList(models.Model):
    """People of a member's own chosen for one purpose; who is erased or merged away is on it no more."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contact_lists")
    folder = models.ForeignKey(ListFolder, null=True, on_delete=models.SET_NULL, related_name="contact_lists")
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=PURPOSE_LENGTH)
    by = models.CharField(max_length=200)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["member", "name"], name="one_contact_list_per_name")]


class ContactListed(models.Model):
    """One person on a list."""

    listed = models.ForeignKey(ContactList, on_delete=models.CASCADE, related_name="entries")
    person = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="on_lists")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["listed", "person"], name="contact_listed_once")]
