"""customFields: what a member made to note of its own people, and the values on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse

from commonroll.server.actions import contacts, custom_fields, custom_values
from commonroll.server.models import Contact, CustomField, CustomFieldGroup, Member
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, nothing, one
from commonroll.server.van.contact_words import by_word
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.given import Given
from commonroll.server.van.routes import serves
from commonroll.views.export import harmless

GROUP_TYPE = "Contacts"
"""The type of every group: nothing is noted of contributions."""

VALUES = "customFieldValues"
UNKNOWN = "There is no such custom field."


# What there is


@serves("GET", "customFields", act="count")
def every(asked: Asked) -> HttpResponse:
    """Fields of the key's member, in both modes; they have values in MyCampaign."""
    wanted = asked.query.word("customFieldsGroupType", (GROUP_TYPE, "Contributions"), GROUP_TYPE)
    known = custom_fields.fields_of(asked.key.member) if wanted == GROUP_TYPE else []
    groups = custom_fields.groups_of(asked.key.member)
    return one([told(field, groups) for field in known])


@serves("GET", "customFields/{id}", act="count")
def single(asked: Asked) -> HttpResponse:
    field = custom_fields.by_number(asked.key.member).get(asked.id())
    if field is None:
        raise not_found(UNKNOWN, hint="see customFields")
    return one(told(field, custom_fields.groups_of(asked.key.member)))


@serves("DELETE", "people/{p}/customFields/{id}", act="answers", mode=MY_CAMPAIGN)
def empty(asked: Asked) -> HttpResponse:
    """Take a value off a person: a blank in a body overwrites nothing."""
    person = by_word(asked.key.member, asked.words["p"])
    if asked.id() not in custom_fields.by_number(asked.key.member):
        raise not_found(UNKNOWN, hint="see customFields")
    contacts.empty_field(contact=person, field=asked.id(), by=asked.by)
    return nothing()


def told(field: CustomField, groups: Mapping[int, CustomFieldGroup]) -> dict[str, Any]:
    """A CustomField. No field hangs on another, and no value on another's."""
    values = [one | {"parentValueId": None} for one in field.open_choices] if field.chooses else None
    return {
        "customFieldId": field.number, "customFieldParentId": None, "customFieldName": field.name,
        "customFieldGroupId": field.group, "customFieldGroupName": groups[field.group].name,
        "customFieldGroupType": GROUP_TYPE, "customFieldTypeId": field.type, "isEditable": True,
        "isExportable": True, "maxTextboxCharacters": field.longest, "availableValues": values,
    }  # fmt: skip


# On people


def of_contacts(of: Member, found: Sequence[Contact]) -> dict[int, list[dict[str, Any]]]:
    """What people have in the fields that are there, by contact."""
    known, groups = custom_fields.by_number(of), custom_fields.groups_of(of)
    values = custom_values.of_people(of, [one.number for one in found])
    return {
        one.pk: [
            _assigned(field, groups[field.group], values[one.number][field.number])
            for field in known.values() if field.number in values[one.number]
        ]
        for one in found
    }  # fmt: skip


def _assigned(field: CustomField, group: CustomFieldGroup, value: str) -> dict[str, Any]:
    return {
        "customFieldId": field.number, "customFieldGroupId": field.group, "customFieldName": field.name,
        "customFieldGroupName": group.name, "customFieldGroupType": GROUP_TYPE,
        "customFieldTypeId": field.type, "assignedValue": value,
    }  # fmt: skip


def said(of: Member, body: Given) -> dict[int, str]:
    """The values that a body gives, by field; a blank gives none. Raises 400 with the property."""
    given = body.objects(VALUES)
    known = custom_fields.by_number(of) if given else {}
    found: dict[int, str] = {}
    for each in given:
        field = _meant(known, each)
        value = each.value("assignedValue")
        if value is None or value == "":
            continue
        kept = custom_values.read(field, value)
        if kept is None:
            raise invalid(
                f"'assignedValue' is none that this field (type {field.type}) takes.",
                each.at("assignedValue"), hint=custom_values.hint(field),
            )  # fmt: skip
        found[field.number] = kept
    return found


def _meant(known: Mapping[int, CustomField], each: Given) -> CustomField:
    field = known.get(each.needed("customFieldId"))
    if field is None:
        raise invalid(UNKNOWN, each.at("customFieldId"), hint="see customFields")
    group = each.integer("customFieldGroupId")
    if group not in (None, field.group):
        raise invalid("The field is in another group.", each.at("customFieldGroupId"), hint=str(field.group))
    return field


# In files


def asked_for(of: Member, ids: Iterable[tuple[str, int]]) -> list[int]:
    """Fields that a file shall have, each with the place in the body that asks; in order, each once.

    Raises 400 for one that is not there.
    """
    wanted = list(ids)
    known = custom_fields.by_number(of) if wanted else {}
    for place, number in wanted:
        if number not in known:
            raise invalid(UNKNOWN, place, hint="see customFields")
    return list(dict.fromkeys(number for _, number in wanted))


def head(number: int) -> str:
    """What the column of a field is called in a file."""
    return f"CF_{number}"


def cells(of: Member, numbers: Sequence[int], wanted: Sequence[int]) -> dict[int, list[str]]:
    """What people have in these fields, for a file that a spreadsheet opens; empty where there is nothing."""
    if not wanted:
        return {number: [] for number in numbers}
    known, values = custom_fields.by_number(of), custom_values.of_people(of, numbers)
    shown = [one for one in wanted if one in known]
    return {
        number: [harmless(held.get(one, "")) if one in shown else "" for one in wanted]
        for number, held in values.items()
    }
