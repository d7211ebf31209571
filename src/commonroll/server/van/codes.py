"""Codes (tags, source codes) and what they stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from commonroll.errors import Refusal
from commonroll.server.actions import codes
from commonroll.server.models import Code, Member
from commonroll.server.van.asked import Asked, all_paged, created, nothing, one
from commonroll.server.van.canvass import whom
from commonroll.server.van.errors import Declined, invalid, not_found
from commonroll.server.van.given import Given
from commonroll.server.van.routes import serves
from commonroll.server.van.vocabularies import CODE_TYPES, CODED

MOST_NAME = 200
MOST_AT_ONCE = 200
PEOPLE = "Contacts"
PARTS = ("parentCodeId", "name", "description", "codeType", "supportedEntities")
"""What a code's JSON Patch may touch."""


def of(member: Member) -> dict[int, Code]:
    """All codes of a member, by id: what stands above one of them is among them."""
    return Code.objects.filter(member=member).in_bulk()


def told(code: Code, known: Mapping[int, Code], *, entities: bool = False) -> dict[str, Any]:
    """A code as the API has it, of the member's `known` ones; `entities`: what it may be put on, null where
    it is not asked for."""
    path, above = [code.name], code.parent_id
    while above is not None:
        path, above = [known[above].name, *path], known[above].parent_id
    return {
        "codeId": code.pk,
        "parentCodeId": code.parent_id,
        "name": code.name,
        "description": code.description or None,
        "codePath": " > ".join(path),
        "createdByName": code.by,
        "codeType": code.type,
        "dateCreated": _instant(code.at),
        "dateModified": _instant(code.changed_at),
        "supportedEntities": code.entities if entities else None,
    }


def _instant(at: Any) -> str:
    return str(at.isoformat(timespec="seconds")).replace("+00:00", "Z")


def _code(asked: Asked, pk: int) -> Code | None:
    return Code.objects.filter(member=asked.key.member, pk=pk).first()


def _needed(asked: Asked) -> Code:
    found = _code(asked, asked.id())
    if found is None:
        raise not_found("There is no such code.")
    return found


@serves("GET", "codes")
def all_codes(asked: Asked) -> HttpResponse:
    """The member's codes: by the beginning of the name, what they are for, their parent, their type."""
    query = asked.query
    expanded = asked.expand(("supportedEntities",))
    found = Code.objects.filter(member=asked.key.member)
    if name := query.text("name", most=MOST_NAME):
        found = found.filter(name__istartswith=name)
    if parent := query.integer("parentCodeId", least=1):
        found = found.filter(parent=parent)
    if kind := query.word("codeType", CODE_TYPES):
        found = found.filter(type=kind)
    order = query.text("$orderby", most=40).lower().split()
    if order and (order[0] != "datemodified" or order[1:] not in ([], ["asc"], ["desc"])):
        raise invalid("Codes have no such order.", "$orderby", hint="dateModified asc, dateModified desc")
    if order:
        found = found.order_by("-changed_at" if "desc" in order else "changed_at", "pk")
    wanted = set(query.words("supportedEntities", CODED))
    known = of(asked.key.member)
    kept = [one for one in found if not wanted or wanted & {each["name"] for each in one.entities}]
    return all_paged(asked, [told(one, known, entities=bool(expanded)) for one in kept])


@serves("GET", "codes/{id}")
def one_code(asked: Asked) -> HttpResponse:
    asked.expand(("supportedEntities",))
    return one(told(_needed(asked), of(asked.key.member), entities=True))


@serves("POST", "codes", act="answers")
def make(asked: Asked) -> HttpResponse:
    made = codes.make(of=asked.key.member, by=asked.by, **_fields(asked, asked.body))
    return created(asked, made.pk, f"codes/{made.pk}")


@serves("PUT", "codes/{id}", act="answers")
def replace(asked: Asked) -> HttpResponse:
    """All of a code anew: what is not sent is empty from then on."""
    codes.change(code=_needed(asked), by=asked.by, **_fields(asked, asked.body))
    return nothing()


@serves("PATCH", "codes/{id}", act="answers", array=True)
def patch(asked: Asked) -> HttpResponse:
    """Parts of a code by a JSON Patch: `add`, `replace` and `remove` of `/name` and the like."""
    found = _needed(asked)
    body: dict[str, Any] = {
        "name": found.name, "parentCodeId": found.parent_id, "description": found.description,
        "codeType": found.type, "supportedEntities": found.entities,
    }  # fmt: skip
    steps = asked.body.objects("body")
    if not steps:
        raise invalid("The body is no JSON Patch.", "body", hint='[{"op": "replace", "path": "/name", ...}]')
    for step in steps:
        op = step.word("op", ("add", "replace", "remove"))
        paths = {f"/{name}".lower(): name for name in PARTS}
        path = step.text_needed("path", most=100).lower()
        if not op or path not in paths:
            raise invalid(
                "A step of the patch has no such op or path.", step.at("path" if op else "op"),
                hint=", ".join(f"/{name}" for name in PARTS),
            )  # fmt: skip
        body[paths[path]] = None if op == "remove" else step.value("value")
    codes.change(code=found, by=asked.by, **_fields(asked, Given(body)))
    return nothing()


@serves("DELETE", "codes/{id}", act="answers")
def remove(asked: Asked) -> HttpResponse:
    codes.remove(code=_needed(asked), by=asked.by)
    return nothing()


def _fields(asked: Asked, body: Given) -> dict[str, Any]:
    parent = body.integer("parentCodeId", least=1)
    above = _code(asked, parent) if parent else None
    if parent and above is None:
        raise invalid("There is no such code.", body.at("parentCodeId"))
    return {
        "name": body.text_needed("name", most=MOST_NAME),
        "description": body.text("description", most=200),
        "type": body.word("codeType", CODE_TYPES, CODE_TYPES[0]),
        "parent": above,
        "entities": [_entity(each) for each in body.objects("supportedEntities")],
    }


def _entity(each: Given) -> dict[str, Any]:
    name = each.word("name", CODED)
    if not name:
        raise invalid("'name' is required.", each.at("name"), hint=", ".join(CODED))
    return {
        "name": name,
        "isSearchable": each.flag("isSearchable"),
        "isApplicable": each.flag("isApplicable"),
    }


# Many at once


@serves("POST", "codes/batch", act="answers")
def make_many(asked: Asked) -> HttpResponse:
    def each(given: Given) -> int:
        return codes.make(of=asked.key.member, by=asked.by, **_fields(asked, given)).pk

    return _many(asked.body.objects("codes"), each)


@serves("PUT", "codes", act="answers")
def replace_many(asked: Asked) -> HttpResponse:
    def each(given: Given) -> int:
        found = _code(asked, given.needed("codeId"))
        if found is None:
            raise not_found("There is no such code.")
        return codes.change(code=found, by=asked.by, **_fields(asked, given)).pk

    return _many(asked.body.objects("codes"), each)


@serves("DELETE", "codes", act="answers")
def remove_many(asked: Asked) -> HttpResponse:
    def each(given: Given) -> int:
        pk = given.needed("codeId")
        found = _code(asked, pk)
        if found is None:
            raise not_found("There is no such code.")
        codes.remove(code=found, by=asked.by)
        return pk

    ids = asked.body.integers("codeIds")
    return _many([Given({"codeId": pk}, f"codeIds[{at}]") for at, pk in enumerate(ids)], each)


def _many(given: list[Given], each: Callable[[Given], int]) -> HttpResponse:
    """What became of each, in order: its id, and what was wrong with it, or that nothing was."""
    if not 0 < len(given) <= MOST_AT_ONCE:
        raise invalid(f"Send 1 to {MOST_AT_ONCE} codes.", "codes")
    answers = []
    for one_given in given:
        pk, message = one_given.integer("codeId") or 0, "OK"
        try:
            with transaction.atomic():
                pk = each(one_given)
        except Refusal as refusal:
            message = refusal.text if isinstance(refusal, Declined) else refusal.what
        answers.append({"codeId": pk, "message": message})
    return one(answers)


# On people


@serves("GET", "people/{p}/codes", act="answers")
def standing(asked: Asked) -> HttpResponse:
    found = codes.standing(asked.key.member, whom(asked, asked.words["p"]))
    known = of(asked.key.member)
    return all_paged(asked, [told(each, known) for each in found])


@serves("POST", "people/{p}/codes", act="answers")
def put(asked: Asked) -> HttpResponse:
    """Put a code on a person; 400 for one that is not for people."""
    found = _code(asked, asked.body.needed("codeId"))
    if found is None:
        raise invalid("There is no such code.", "codeId")
    applicable = [each["name"] for each in found.entities if each["isApplicable"]]
    if found.entities and PEOPLE not in applicable:
        raise invalid("This code is not put on people.", "codeId", hint=f"supportedEntities: {PEOPLE}")
    codes.put(of=asked.key.member, code=found, whom=whom(asked, asked.words["p"]), by=asked.by)
    return nothing()


@serves("DELETE", "people/{p}/codes/{id}", act="answers")
def take_off(asked: Asked) -> HttpResponse:
    stood = codes.take_off(
        of=asked.key.member, code=asked.id(), whom=whom(asked, asked.words["p"]), by=asked.by
    )
    if not stood:
        raise not_found("This code does not stand on this person.")
    return nothing()
