"""What a bulk import can bring: its resources and mapping types, from one table that describes and reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.server.actions import custom_fields
from commonroll.server.models import ActivistCode, CustomField, Member
from commonroll.server.van.person import SUPPRESSIONS
from commonroll.server.van.vocabularies import CONTACT_TYPES, RESULT_CODES

CONTACTS, CODED = "Contacts", "ContactsActivistCodes"
RESOURCES = (CONTACTS, CODED)
STATUSES = {"I": "Opt in", "O": "Opt out", "U": "Unknown"}
YES_NO = {"Y": "Yes", "N": "No"}
SEXES = {"M": "Male", "F": "Female", "U": "Unknown"}

Values = Callable[[Member], Mapping[str, str]]


def _codes(member: Member) -> Mapping[str, str]:
    return {str(code.pk): code.name for code in ActivistCode.objects.filter(member=member).order_by("pk")}


def _fixed(values: Mapping[Any, str]) -> Values:
    return lambda member: {str(id): name for id, name in values.items()}


def _groups(member: Member) -> Mapping[str, str]:
    return {str(number): group.name for number, group in custom_fields.groups_of(member).items()}


def _choices(field: CustomField) -> Values:
    return _fixed({one["id"]: str(one["name"]) for one in field.open_choices})


_CONTACT_TYPES = _fixed({id: one.name for id, one in CONTACT_TYPES.items()})
_RESULTS = _fixed({id: one.name for id, one in RESULT_CODES.items()})
_SUPPRESSED = _fixed(dict(SUPPRESSIONS.values()))


@dataclass(frozen=True)
class Field:
    """One field of a mapping type; `values` where only some are taken, by id. `needs`: another field.
    `own`: one that the member made, whose cells are read by its own type."""

    name: str
    description: str
    required: bool = False
    values: Values | None = None
    needs: str = ""
    own: CustomField | None = None

    def told(self) -> dict[str, Any]:
        parents = [{"parentFieldName": self.needs, "limitedToParentValues": None}] if self.needs else None
        return {
            "name": self.name,
            "description": self.description,
            "hasPredefinedValues": self.values is not None,
            "isRequired": self.required,
            "canBeMappedToColumn": True,
            "canBeMappedByName": True,
            "parents": parents,
        }


@dataclass(frozen=True)
class MappingType:
    """A way to read rows. `in_voters`: whether it is there in MyVoters too, where people are read only.
    `custom`: whether the member's custom fields are among its fields; then columns that a mapping does not
    name are read by their names beside those that it does, as Parsons needs it."""

    name: str
    display: str
    resource: str
    fields: tuple[Field, ...]
    in_voters: bool = True
    custom: bool = False

    def told(self, member: Member) -> dict[str, Any]:
        return {
            "name": self.name,
            "displayName": self.display,
            "allowMultipleMode": "Single",
            "resourceTypes": [self.resource],
            "uploadType": None,
            "fields": [field.told() for field in self.fields_of(member)],
        }

    def fields_of(self, member: Member) -> tuple[Field, ...]:
        """Its fields for a member."""
        known = custom_fields.fields_of(member) if self.custom else ()
        return (*self.fields, *(_own_field(one) for one in known))

    def field(self, name: str, member: Member) -> Field | None:
        return next((one for one in self.fields_of(member) if one.name.lower() == name.lower()), None)


def _own_field(field: CustomField) -> Field:
    """A custom field as a column: `CF` and its id."""
    described = f"{field.name} ({field.get_type_display()})"
    values = _choices(field) if field.chooses else None
    return Field(f"CF{field.number}", described, values=values, needs="CustomFieldGroupID", own=field)


_VAN_ID = Field("VanID", "the VAN id of a person whom you may see", required=True)
_DATE = Field("DateCanvassed", "when, ISO 8601; today where it is left out")
_BY = Field("CanvassedBy", "who asked; taken, and not kept", needs="DateCanvassed")
_CONTACT = Field("ContactTypeID", "how the person was reached", values=_CONTACT_TYPES)

TYPES: Mapping[str, MappingType] = {
    one.name.lower(): one
    for one in (
        MappingType("ActivistCode", "Activist codes", CODED, (
            _VAN_ID, Field("ActivistCodeID", "a code of yours", required=True, values=_codes), _DATE, _BY,
            _CONTACT,
        )),
        MappingType("CanvassResults", "Results of contacts", CONTACTS, (
            _VAN_ID, _CONTACT, Field("ResultID", "how it ended", required=True, values=_RESULTS), _DATE, _BY,
            Field("Phone", "the number that was called; taken, and not kept"),
            Field("CountryCode", "of that number"), Field("PhoneTypeID", "of that number"),
            Field("PhoneOptInStatusID", "O: wants no texts", values=_fixed(STATUSES)),
            Field("AddressID", "of the address that was canvassed; taken, and not kept"),
        )),
        MappingType("Suppressions", "Opt-outs, which bind every member", CONTACTS, (
            _VAN_ID, Field("SuppressionID", "on which way", required=True, values=_SUPPRESSED),
        )),
        MappingType("CreateOrUpdateContact", "People of your own", CONTACTS, (
            Field("VanID", "of who is changed; without it who is meant is found"),
            Field("VoterVanID", "the VAN id in MyVoters of the voter that the person is"),
            Field("ExternalID", "an id of your own"),
            Field("FirstName", "first name"), Field("MiddleName", "middle name"),
            Field("LastName", "last name"),
            Field("DOB", "date of birth, ISO 8601"), Field("Sex", "M, F, U", values=_fixed(SEXES)),
            Field("AddressLine1", "street"), Field("AddressLine2", "unit"), Field("AddressLine3", "more"),
            Field("City", "city"), Field("StateOrProvince", "state"), Field("ZipOrPostal", "ZIP"),
            Field("CountryCode", "country, two letters"),
            Field("DisplayAsEntered", "taken; addresses stand as they came", values=_fixed(YES_NO)),
            Field("CellPhone", "mobile number"), Field("CellPhoneCountryCode", "of it"),
            Field("Phone", "home number"), Field("PhoneCountryCode", "of it"),
            Field("Email", "e-mail"), Field("OtherEmail", "another e-mail"),
        ), in_voters=False),
        MappingType("ApplyContactCustomFields", "Custom fields of people of your own", CONTACTS, (
            Field("VanID", "the VAN id of a person of yours", required=True),
            Field("CustomFieldGroupID", "the group of the fields", required=True, values=_groups),
        ), in_voters=False, custom=True),
    )
}  # fmt: skip
"""Mapping types by name in lower case."""


def value_of(field: Field, known: Mapping[str, str], said: str) -> str | None:
    """The id that a value means: an id, or a name that one id alone has; None where it is none."""
    if said in known:
        return said
    upper = said.upper()
    if upper in known:
        return upper
    named = [id for id, name in known.items() if name.casefold() == said.casefold()]
    return named[0] if len(named) == 1 else None
