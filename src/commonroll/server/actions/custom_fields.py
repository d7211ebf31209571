"""A member's custom fields: made, changed, removed and put back (docs/adr/0095)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions import contacts, custom_values
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import CustomField, CustomFieldGroup, CustomValue, Member

MOST_FIELDS, MOST_CHOICES = 200, 500
LONGEST_NAME = 120


def fields_of(of: Member) -> list[CustomField]:
    """Fields that are there, by group and number."""
    return list(CustomField.objects.filter(member=of, removed_at=None))


def removed(of: Member) -> list[CustomField]:
    """Fields that can be put back, the last removed first."""
    return list(CustomField.objects.filter(member=of).exclude(removed_at=None).order_by("-removed_at"))


def by_number(of: Member) -> dict[int, CustomField]:
    return {one.number: one for one in fields_of(of)}


def groups_of(of: Member) -> dict[int, CustomFieldGroup]:
    """Groups by number."""
    return {one.number: one for one in CustomFieldGroup.objects.filter(member=of)}


def field_of(*, of: Member, number: int, by: Actor) -> CustomField:
    """A field, removed or not; raises Unknown."""
    by.require("read", of)
    found = CustomField.objects.filter(member=of, number=number).first()
    if found is None:
        raise Unknown("there is no such field", next_step="look at the list of fields")
    return found


# Writing


@transaction.atomic
def define(
    *, of: Member, group: str, name: str, type: str, choices: Sequence[str] = (), longest: int | None = None,
    by: Actor,
) -> CustomField:  # fmt: skip
    """A new field in a group, which is made where there is none of that name."""
    by.require("answers", of)
    contacts.locked(of)
    name, group = _name(name, "name"), _name(group, "group")
    if type not in CustomField.Type.values:
        known = ", ".join(f"{value} ({label})" for value, label in CustomField.Type.choices)
        raise Refusal("there is no such type of field", where="type", next_step=f"one of {known}")
    if CustomField.objects.filter(member=of, removed_at=None).count() >= MOST_FIELDS:
        raise Refusal(f"there are {MOST_FIELDS} fields already", next_step="remove one first")
    within = _group(of, group, by)
    _not_taken(of, within.number, name)
    last = CustomField.objects.filter(member=of).aggregate(last=Max("number"))["last"] or 0
    made = CustomField(member=of, number=last + 1, group=within.number, name=name, type=type, by=by.label)
    made.longest = _longest(type, longest)
    made.choices = [{"id": at, "name": one} for at, one in enumerate(_choices(made, choices), 1)]
    made.save()
    _said(made, "contacts.field_made")
    return made


@transaction.atomic
def change(*, field: CustomField, name: str, choices: Sequence[str] = (), by: Actor) -> CustomField:
    """Its name and its values, in order; one that is left out is gone, unless somebody has it."""
    by.require("answers", field.member)
    contacts.locked(field.member)
    field.name = _name(name, "name")
    _not_taken(field.member, field.group, field.name, but=field.pk)
    if field.chooses:
        field.choices = _chosen_anew(field, _choices(field, choices))
    field.save(update_fields=["name", "choices"])
    _said(field, "contacts.field_changed")
    return field


@transaction.atomic
def remove(*, field: CustomField, by: Actor) -> None:
    """Nobody sees the field or its values any more, until it is put back."""
    by.require("answers", field.member)
    contacts.locked(field.member)
    if field.removed_at is None:
        field.removed_at = timezone.now()
        field.save(update_fields=["removed_at"])
        _said(field, "contacts.field_removed")


@transaction.atomic
def restore(*, field: CustomField, by: Actor) -> None:
    """It is there again, with every value that it had."""
    by.require("answers", field.member)
    contacts.locked(field.member)
    if field.removed_at is not None:
        _not_taken(field.member, field.group, field.name)
        field.removed_at = None
        field.save(update_fields=["removed_at"])
        _said(field, "contacts.field_restored")


@transaction.atomic
def forget(*, field: CustomField, by: Actor) -> int:
    """Delete the values of a removed field; they do not come back, the field may. How many rows."""
    by.require("protect", field.member)
    contacts.locked(field.member)
    if field.removed_at is None:
        raise Refusal("this field is in use", next_step="remove it first; until then nothing is deleted")
    gone = CustomValue.objects.filter(member=field.member, field=field.number).delete()[0]
    _said(field, "contacts.field_forgotten")
    return int(gone)


# Parts


def _name(said: str, where: str) -> str:
    name = " ".join(said.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise Refusal(
            f"a {'field' if where == 'name' else where} has a name of at most {LONGEST_NAME} characters",
            where=where, next_step="give it one",
        )  # fmt: skip
    return name


def _group(of: Member, name: str, by: Actor) -> CustomFieldGroup:
    known = list(CustomFieldGroup.objects.filter(member=of))
    same = next((one for one in known if one.name.casefold() == name.casefold()), None)
    number = max((one.number for one in known), default=0) + 1
    return same or CustomFieldGroup.objects.create(member=of, number=number, name=name, by=by.label)


def _not_taken(of: Member, group: int, name: str, but: int | None = None) -> None:
    same = CustomField.objects.filter(member=of, group=group, name__iexact=name, removed_at=None)
    if (same if but is None else same.exclude(pk=but)).exists():
        raise Refusal("the group has a field of this name", where="name", next_step="choose another name")


def _longest(type: str, said: int | None) -> int | None:
    if type != CustomField.Type.TEXT:
        return None
    found = custom_values.LONGEST if said is None else said
    if not 1 <= found <= custom_values.LONGEST:
        raise Refusal(
            f"a text has 1 to {custom_values.LONGEST} characters", where="longest", next_step="say how many"
        )
    return found


def _choices(field: CustomField, said: Sequence[str]) -> list[str]:
    names = [" ".join(one.split()) for one in said if one.strip()]
    if not field.chooses:
        if names:
            raise Refusal("only fields that choose have values", where="choices", next_step="leave them out")
        return []
    different = len({one.casefold() for one in names})
    if not 1 <= len(names) <= MOST_CHOICES or different != len(names) or max(map(len, names)) > LONGEST_NAME:
        raise Refusal(
            f"such a field has 1 to {MOST_CHOICES} different values of at most {LONGEST_NAME} characters",
            where="choices", next_step="name each once",
        )  # fmt: skip
    return names


def _chosen_anew(field: CustomField, names: Sequence[str]) -> list[dict[str, object]]:
    """Values of the same name keep their ids; new ones get new ids; one that somebody has stays."""
    known = {str(one["name"]).casefold(): one for one in field.choices}
    next_id = max((int(one["id"]) for one in field.choices), default=0) + 1
    found: list[dict[str, object]] = []
    for name in names:
        held = known.pop(name.casefold(), None)
        found.append({"id": held["id"] if held else next_id, "name": name})
        next_id += held is None
    left = [one for one in known.values() if not one.get("gone")]
    counts = custom_values.used(field).choices if left else {}
    if standing := sum(1 for one in left if counts.get(str(one["id"]))):
        raise Refusal(
            f"{standing} of the values that are left out stand on people", where="choices",
            next_step="keep them, or give those people another value first",
        )  # fmt: skip
    return [*found, *({**one, "gone": True} for one in known.values())]


def _said(field: CustomField, action: str) -> None:
    journal.operator(field.member, action, {"field": str(field.number)})
