"""Vocabularies that clients hard-code: how somebody was reached, by what, and with which result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from commonroll.server.actions import questions
from commonroll.server.van.asked import Asked, all_paged, one
from commonroll.server.van.errors import not_found
from commonroll.server.van.person import DISTRICTS, district_field
from commonroll.server.van.routes import serves


@dataclass(frozen=True)
class ContactType:
    """A way of contact; `channel` is the answers' word for it, `phone` whether a number is needed."""

    id: int
    name: str
    channel: str
    phone: bool = False


CONTACT_TYPES = {
    one.id: one
    for one in (
        ContactType(1, "Phone", "phone", phone=True),
        ContactType(2, "Walk", "door"),
        ContactType(19, "Auto Dial", "phone"),
        ContactType(37, "SMS Text", "text", phone=True),
        ContactType(82, "None", "other"),
    )
}

INPUT_TYPES = {2: "Manual", 4: "Bulk", 10: "VPB", 11: "API", 14: "Mobile", 23: "Website"}
INPUT_API = 11


@dataclass(frozen=True)
class ResultCode:
    """How a contact ended; `answer` is the word that is kept of it."""

    id: int
    name: str
    short: str
    answer: str


CANVASSED = 14
RESULT_CODES = {
    one.id: one
    for one in (
        ResultCode(1, "Not Home", "NH", "not_home"),
        ResultCode(CANVASSED, "Canvassed", "CA", "canvassed"),
        ResultCode(18, "Busy", "BY", "busy"),
        ResultCode(19, "Left Message", "LM", "left_message"),
        ResultCode(20, "Wrong Number", "WN", "wrong_number"),
        ResultCode(25, "Disconnected", "DC", "disconnected"),
        ResultCode(130, "Do Not Text", "DT", "do_not_text"),
        ResultCode(205, "Contacted", "CO", "contacted"),
    )
}

CELL_STATUSES = {1: "Verified Cell", 2: "Likely Cell", 3: "Likely Not a Cell", 4: "Not a Cell"}
CODE_TYPES = ("Tag", "SourceCode")
CODED = ("ActivistCodes", "Contacts", "Events", "Locations", "Organizations", "SurveyQuestions")
NOTE_CATEGORIES = {1: "General", 2: "Follow up", 3: "Accessibility", 4: "Language"}
NOTED = ("Event", "Location", "Person", "Organization")


@serves("GET", "canvassResponses/contactTypes")
def contact_types(asked: Asked) -> HttpResponse:
    asked.query.integer("inputTypeId")
    return one([_contact_type(asked, kind) for kind in CONTACT_TYPES.values()])


def _contact_type(asked: Asked, kind: ContactType) -> dict[str, Any]:
    told = {"contactTypeId": kind.id, "name": kind.name, "channelTypeName": kind.channel.capitalize()}
    return told | {"requiresPhone": kind.phone} if asked.extensions else told


@serves("GET", "canvassResponses/inputTypes")
def input_types(asked: Asked) -> HttpResponse:
    return one([{"inputTypeId": id, "name": name} for id, name in INPUT_TYPES.items()])


@serves("GET", "canvassResponses/resultCodes")
def result_codes(asked: Asked) -> HttpResponse:
    asked.query.integer("inputTypeId")
    asked.query.integer("contactTypeId")
    return one(
        [
            {"resultCodeId": code.id, "name": code.name, "mediumName": code.name, "shortName": code.short}
            for code in RESULT_CODES.values()
        ]
    )


@serves("GET", "phones/isCellStatuses")
def cell_statuses(asked: Asked) -> HttpResponse:
    return all_paged(asked, [{"statusId": id, "statusName": name} for id, name in CELL_STATUSES.items()])


@serves("GET", "codeTypes")
def code_types(asked: Asked) -> HttpResponse:
    return one(list(CODE_TYPES))


@serves("GET", "codes/supportedEntities")
def coded(asked: Asked) -> HttpResponse:
    return one(list(CODED))


@serves("GET", "notes/categoryTypes")
def noted(asked: Asked) -> HttpResponse:
    return one(list(NOTED))


def category(id: int) -> dict[str, Any]:
    """A category of notes."""
    return {"noteCategoryId": id, "name": NOTE_CATEGORIES[id], "assignableTypes": ["Person"]}


@serves("GET", "notes/categories")
def categories(asked: Asked) -> HttpResponse:
    return one([category(id) for id in NOTE_CATEGORIES])


@serves("GET", "notes/categories/{id}")
def one_category(asked: Asked) -> HttpResponse:
    if asked.id() not in NOTE_CATEGORIES:
        raise not_found()
    return one(category(asked.id()))


@serves("GET", "districtFields")
def district_fields(asked: Asked) -> HttpResponse:
    """Kinds of districts, without their values; none of them is a member's own."""
    custom = asked.query.flag("custom")
    asked.query.flag("organizeAt")
    return one({"districts": [] if custom else [district_field(id) for id in DISTRICTS]})


@serves("GET", "districtFields/{id}", act="count")
def one_district_field(asked: Asked) -> HttpResponse:
    """A kind of district with its values: those that a count for the key's purpose has, receipts first."""
    if asked.id() not in DISTRICTS:
        raise not_found("There is no such district field.")
    _, column = DISTRICTS[asked.id()]
    counted = questions.count(
        home=settings.HOME, viewer=asked.key.member, purpose=asked.key.purpose, by_columns=(column,),
        by=asked.by,
    )  # fmt: skip
    found = sorted({str(cell) for (cell,), _ in counted.grouped() if cell})
    values = [{"id": value, "name": value, "parentId": None} for value in found]
    return one(district_field(asked.id()) | {"districtFieldValues": values})
