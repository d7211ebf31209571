"""What a member wants to know of its own people beside names and addresses: fields of its own making."""

from __future__ import annotations

from django.db import models

from commonroll.server.models.federation import Member


class CustomFieldGroup(models.Model):
    """Fields that belong together; `number` is its id for the member's programs, as with people."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="custom_groups")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="one_custom_group_per_number"),
            models.UniqueConstraint(fields=["member", "name"], name="one_custom_group_per_name"),
        ]


class CustomField(models.Model):
    """A field. `group`: the number of its group. `longest`: characters of a text.

    `choices`: {"id", "name"} in order, of the two types that choose; one that was taken away stays with
    "gone", so that no id is ever given twice.
    """

    class Type(models.TextChoices):
        FLAG = "B", "yes or no"
        ONE = "S", "one of some values"
        TEXT = "T", "text"
        DAY = "D", "day"
        NUMBER = "N", "number"
        MANY = "M", "any of some values"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="custom_fields")
    number = models.PositiveIntegerField()
    group = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=1, choices=Type)
    longest = models.PositiveIntegerField(null=True)
    choices = models.JSONField(default=list)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["group", "number"]
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="one_custom_field_per_number"),
            models.UniqueConstraint(
                fields=["member", "group", "name"], condition=models.Q(removed_at=None),
                name="one_custom_field_per_name",
            ),
        ]  # fmt: skip

    @property
    def chooses(self) -> bool:
        return self.type in (self.Type.ONE, self.Type.MANY)

    @property
    def open_choices(self) -> list[dict[str, object]]:
        """Values that may be chosen: id and name."""
        return [{"id": one["id"], "name": one["name"]} for one in self.choices if not one.get("gone")]


class CustomValue(models.Model):
    """What was said once of one of the member's own people (`number`) in a field (its number).

    The newest row of a person and field counts; an empty `value` says that there is none. `file`: the digest
    of the bulk import that said it, whose undoing takes its rows away.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    field = models.PositiveIntegerField()
    value = models.TextField(blank=True)
    file = models.CharField(max_length=64, blank=True)
    by = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["member", "number"], name="custom_values_of_a_person"),
            models.Index(fields=["member", "field"], name="custom_values_of_a_field"),
            models.Index(fields=["member", "file"], name="custom_values_of_a_file"),
        ]
