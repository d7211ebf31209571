"""Canvass responses, the marks and notes of people: what programs write about a voter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.actions import canvassing
from commonroll.server.actions.canvassing import Contact, Said, Whom
from commonroll.server.models import ActivistCode, CanvassResponse, ContactNote, Marked, SurveyAnswer
from commonroll.server.van import contact_words, notes, people
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, nothing, one, paged
from commonroll.server.van.errors import Declined, invalid, not_found
from commonroll.server.van.given import Given, Page
from commonroll.server.van.reading import Reading
from commonroll.server.van.routes import serves
from commonroll.server.van.vocabularies import CANVASSED, CONTACT_TYPES, INPUT_API, INPUT_TYPES, RESULT_CODES

TYPES = ("ActivistCode", "SurveyResponse", "VolunteerActivity")
MOST_TEXT = 10_000


def whom(asked: Asked, word: str) -> Whom:
    """The voter of a path, who must be one that the key's member may see; nothing of it leaves. In MyCampaign
    one of the member's own people."""
    if asked.mode == MY_CAMPAIGN:
        found = contact_words.by_word(asked.key.member, word)
        return Whom(asked.key.member, found.number, "", found)
    reading = Reading(asked.key)
    if ":" in word and not word.lower().startswith("vanid:"):
        voter = people.by_word(reading, word)
        of, place = reading.of(voter.owner), voter.place
    else:
        of, place = people.place_of(reading, word.rpartition(":")[2])
        if not of.voters([place], columns=(), leaves=False):
            raise not_found(people.NOBODY)
    state_voter_id = of.index.rows([place])["state_voter_id"][0].as_py()
    return Whom(of.owner, int(of.index.numbers([place])[0]), state_voter_id)


@serves("POST", "people/{p}/canvassResponses", act="answers")
def respond(asked: Asked) -> HttpResponse:
    """Keep a contact: its result, or what was answered. No body, unless a reference is asked for."""
    body = asked.body
    context = body.object("canvassContext") or Given({}, "canvassContext")
    result, said = body.integer("resultCodeId"), body.objects("responses")
    if (result is None) == (not said):
        raise invalid("Send exactly one of 'resultCodeId' and 'responses'.", "resultCodeId", "responses")
    if result is not None and result not in RESULT_CODES:
        raise invalid("There is no such result code.", "resultCodeId", hint=_ids(RESULT_CODES))
    contact = contact_of(context, said)
    found = [_said(asked, one) for one in said]
    kept = canvassing.record(
        home=settings.HOME, gathered_by=asked.key.member, whom=(about := whom(asked, asked.words["p"])),
        contact=contact, result_code=CANVASSED if result is None else result, said=found, by=asked.by,
    )  # fmt: skip
    phone = context.object("phone")
    if phone is not None and phone.word("smsOptInStatus", ("I", "O", "U")) == "O":
        canvassing.stop(home=settings.HOME, heard_by=asked.key.member, whom=about, by=asked.by)
    referred = body.flag("includeReferenceIdInResponse") or context.flag("includeReferenceIdInResponse")
    return one({"canvassResponseId": kept.pk}) if referred else nothing()


def contact_of(context: Given, said: list[Given]) -> Contact:
    """How somebody was reached; raises 400 for ids that are not known, and where a number is missing."""
    kind, by = context.integer("contactTypeId"), context.integer("inputTypeId") or INPUT_API
    if kind is not None and kind not in CONTACT_TYPES:
        raise invalid("There is no such contact type.", context.at("contactTypeId"), hint=_ids(CONTACT_TYPES))
    if by not in INPUT_TYPES:
        raise invalid("There is no such input type.", context.at("inputTypeId"), hint=_ids(INPUT_TYPES))
    context.integer("campaignId")
    context.integer("contentId")
    phone = context.object("phone")
    number = phone.text("phoneNumber", most=40) if phone else ""
    called = kind is not None and CONTACT_TYPES[kind].phone
    if called and not number and context.integer("phoneId") is None:
        raise invalid("'phone.phoneNumber' is required.", "canvassContext", hint="or canvassContext.phoneId")
    at = context.instant("dateCanvassed") or timezone.now()
    if at > timezone.now() + canvassing.MERGED_WITHIN:
        raise invalid("The date lies ahead.", context.at("dateCanvassed"))
    if at.year < 2000:
        raise invalid("The date is before 2000.", context.at("dateCanvassed"))
    omit = context.flag("omitActivistCodeContactHistory") or (
        bool(said) and all(one.flag("omitActivistCodeContactHistory") for one in said)
    )
    marks = bool(said) and all(one.text("type", most=40).lower() == "activistcode" for one in said)
    return Contact(
        contact_type=kind, input_type=by, channel=CONTACT_TYPES[kind].channel if kind else "other", at=at,
        merge=not context.flag("skipMatching"), counts=not (omit and marks),
    )  # fmt: skip


def _said(asked: Asked, given: Given) -> Said:
    kind = given.word("type", TYPES)
    if kind == "ActivistCode":
        code = ActivistCode.objects.filter(member=asked.key.member, pk=given.needed("activistCodeId")).first()
        if code is None:
            raise invalid("There is no such activist code.", given.at("activistCodeId"))
        return Said(code=code, mark=given.word("action", ("Apply", "Remove"), "Apply") == "Apply")
    if kind == "SurveyResponse":
        wanted = given.needed("surveyQuestionId"), given.needed("surveyResponseId")
        answers = SurveyAnswer.objects.filter(question__member=asked.key.member, question=wanted[0])
        if not answers.exists():
            raise invalid("There is no such survey question.", given.at("surveyQuestionId"))
        answer = answers.select_related("question").filter(pk=wanted[1], retired=False).first()
        if answer is None:
            raise invalid("The question has no such response.", given.at("surveyResponseId"))
        return Said(question=answer.question, answer=answer)
    raise invalid(
        "Responses of this type are not kept here." if kind else "'type' is required.", given.at("type"),
        hint=", ".join(TYPES[:2]),
    )  # fmt: skip


def _ids(known: Any) -> str:
    return ", ".join(str(id) for id in known)


@serves("GET", "people/{vanId}/canvassResponses", act="answers")
def responses(asked: Asked) -> HttpResponse:
    """The member's own contacts with a voter, oldest first."""
    about = whom(asked, asked.words["vanId"])
    found = CanvassResponse.objects.filter(
        member=asked.key.member, **about.where, removed_at=None, contact=True
    )
    shown = asked.page()
    return paged(asked, shown, [_response(row) for row in _part(found, shown)], found.count())


def _response(row: CanvassResponse) -> dict[str, Any]:
    return {
        "canvassResponseId": row.pk,
        "dateCanvassed": _instant(row.canvassed_at),
        "contactTypeId": row.contact_type,
        "inputTypeId": row.input_type,
        "resultCodeId": row.result_code,
        "responses": row.responses,
        "canvassedBy": None,
    }


def _part(found: Any, shown: Page) -> Any:
    return found[shown.skip :] if shown.top is None else found[shown.skip : shown.skip + shown.top]


def _instant(at: Any) -> str:
    return str(at.isoformat(timespec="seconds")).replace("+00:00", "Z")


@serves("DELETE", "people/{vanId}/canvassResponses/{id}", act="answers")
def take_back(asked: Asked) -> HttpResponse:
    """Take a contact back: it counts no more, and codes that it put on are taken off.

    Answers to questions are not taken back: they lie in the vaults, and another answer follows them."""
    about = whom(asked, asked.words["vanId"])
    found = CanvassResponse.objects.filter(
        member=asked.key.member, **about.where, removed_at=None, pk=asked.id()
    ).first()
    if found is None:
        raise not_found("There is no such canvass response.")
    if found.visit:
        raise Declined(
            409, "This was recorded at a door or in a call.", hint="it is taken back where it was recorded"
        )
    if any(one["type"] == "SurveyResponse" for one in found.responses):
        raise Declined(
            409, "Answers to questions are not taken back.", hint="send the answer that holds instead"
        )
    canvassing.take_back(home=settings.HOME, response=found, whom=about, by=asked.by)
    return nothing()


@serves("GET", "people/{vanId}/activistCodes", act="answers")
def marked(asked: Asked) -> HttpResponse:
    """Activist codes that stand on a voter, by the key's member."""
    about = whom(asked, asked.words["vanId"])
    found = Marked.objects.filter(member=asked.key.member, **about.where)
    shown = asked.page()
    rows = [
        {
            "activistCodeId": row.code.pk,
            "activistCodeName": row.code.name,
            "dateCreated": _instant(row.since),
            "canvassedBy": None,
            "dateCanvassed": _instant(row.canvassed_at),
        }
        for row in _part(found.select_related("code"), shown)
    ]
    return paged(asked, shown, rows, found.count())


# Notes


@serves("GET", "people/{vanId}/notes", act="answers")
def all_notes(asked: Asked) -> HttpResponse:
    about = whom(asked, asked.words["vanId"])
    found = ContactNote.objects.filter(member=asked.key.member, **about.where)
    shown = asked.page(default=25, most=50)
    return paged(asked, shown, [notes.told(row) for row in _part(found, shown)], found.count())


@serves("POST", "people/{p}/notes", act="answers")
def write_note(asked: Asked) -> HttpResponse:
    """A note, and the contact that it is of where one is told."""
    body = asked.body
    text, restricted = body.text_needed("text", most=MOST_TEXT), body.flag("isViewRestricted")
    category, history = notes.category_of(body), body.object("contactHistory")
    contact = _history(history) if history else None
    about = whom(asked, asked.words["p"])
    canvassing.note(
        of=asked.key.member, whom=about, text=text, restricted=restricted, category=category, by=asked.by
    )
    if contact:
        canvassing.record(
            home=settings.HOME, gathered_by=asked.key.member, whom=about, contact=contact[0],
            result_code=contact[1], by=asked.by,
        )  # fmt: skip
    return nothing()


def _history(given: Given) -> tuple[Contact, int] | None:
    """Parsons writes these names with underscores."""

    def id_of(name: str, snake: str) -> int | None:
        return given.integer(name) if given.has(name) else given.integer(snake)

    kind, by = id_of("contactTypeId", "contact_type_id"), id_of("inputTypeId", "input_type_id")
    result = id_of("resultCodeId", "result_code_id")
    if result is None:
        return None
    if result not in RESULT_CODES:
        raise invalid("There is no such result code.", given.at("resultCodeId"), hint=_ids(RESULT_CODES))
    if kind is not None and kind not in CONTACT_TYPES:
        raise invalid("There is no such contact type.", given.at("contactTypeId"), hint=_ids(CONTACT_TYPES))
    channel = CONTACT_TYPES[kind].channel if kind else "other"
    at = given.instant("dateCanvassed") or timezone.now()
    return Contact(kind, by if by in INPUT_TYPES else INPUT_API, channel, at), result


@serves("PUT", "people/{vanId}/notes/{id}", act="answers")
def change_note(asked: Asked) -> HttpResponse:
    """Text, restriction and category of a note."""
    about = whom(asked, asked.words["vanId"])
    found = ContactNote.objects.filter(member=asked.key.member, **about.where, pk=asked.id()).first()
    if found is None:
        raise not_found("There is no such note.")
    body = asked.body
    found.text = body.text("text", most=MOST_TEXT) or found.text
    found.restricted = body.flag("isViewRestricted", found.restricted)
    found.category = notes.category_of(body) or found.category
    found.save(update_fields=["text", "restricted", "category"])
    return nothing()
