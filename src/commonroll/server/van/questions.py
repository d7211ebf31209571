"""Survey questions and activist codes: a member's own, made by its programs or on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse

from commonroll.server.actions import canvassing
from commonroll.server.models import ActivistCode, SurveyQuestion
from commonroll.server.models.canvassing import State
from commonroll.server.van.asked import Asked, all_paged, created, nothing, one
from commonroll.server.van.errors import not_found
from commonroll.server.van.routes import serves

STATUSES: Sequence[str] = State.values


@serves("GET", "surveyQuestions")
def questions(asked: Asked) -> HttpResponse:
    """The member's questions: by status, the beginning of the name, type, words of the question, cycle."""
    found = SurveyQuestion.objects.filter(member=asked.key.member).prefetch_related("answers")
    query, words = asked.query, asked.query.text("question")
    if statuses := query.words("statuses", STATUSES):
        found = found.filter(status__in=statuses)
    if name := query.text("name"):
        found = found.filter(name__istartswith=name)
    if kind := query.text("type"):
        found = found.filter(type__iexact=kind)
    if words:
        found = found.filter(script__icontains=words)
    if cycle := query.integer("cycle", most=9999):
        found = found.filter(cycle=cycle)
    return all_paged(asked, [question(each) for each in found])


@serves("POST", "surveyQuestions", act="answers")
def ask(asked: Asked) -> HttpResponse:
    """A new question with its answers; its id."""
    body = asked.body
    made = canvassing.ask(
        of=asked.key.member, name=body.text_needed("name", most=120),
        options=[each.text_needed("name", most=120) for each in body.objects("responses")],
        script=body.text("scriptQuestion", most=1000), type=body.text("type", most=40) or "Candidate",
        cycle=body.integer("cycle", most=9999), medium=body.text("mediumName", most=40),
        short=body.text("shortName", most=10), by=asked.by,
    )  # fmt: skip
    return created(asked, made.pk, f"surveyQuestions/{made.pk}")


@serves("GET", "surveyQuestions/{id}")
def one_question(asked: Asked) -> HttpResponse:
    return one(question(_question(asked)))


@serves("PUT", "surveyQuestions/{id}", act="answers")
def change(asked: Asked) -> HttpResponse:
    """Another name, script or status; what was answered keeps its meaning, so answers stay."""
    found, body = _question(asked), asked.body
    found.name = body.text("name", most=120) or found.name
    found.script = body.text("scriptQuestion", most=1000) or found.script
    found.status = body.word("status", STATUSES, found.status)
    found.save(update_fields=["name", "script", "status"])
    return nothing()


def _question(asked: Asked) -> SurveyQuestion:
    found = SurveyQuestion.objects.filter(member=asked.key.member, pk=asked.id()).first()
    if found is None:
        raise not_found("There is no such survey question.")
    return found


def question(of: SurveyQuestion) -> dict[str, Any]:
    """A question as the API has it, with the answers that are offered."""
    return {
        "surveyQuestionId": of.pk,
        "type": of.type,
        "cycle": of.cycle,
        "name": of.name,
        "mediumName": of.medium_name or of.name[:40],
        "shortName": of.short_name or of.name[:10],
        "scriptQuestion": of.script or None,
        "status": of.status,
        "responses": [
            {
                "surveyResponseId": answer.pk,
                "name": answer.name,
                "mediumName": answer.medium_name or answer.name[:40],
                "shortName": answer.short_name or answer.name[:10],
            }
            for answer in of.answers.all()
            if not answer.retired
        ],
    }


@serves("GET", "activistCodes")
def codes(asked: Asked) -> HttpResponse:
    """The member's activist codes: by status, the beginning of the name, type."""
    found = ActivistCode.objects.filter(member=asked.key.member)
    query = asked.query
    if statuses := query.words("statuses", STATUSES):
        found = found.filter(status__in=statuses)
    if name := query.text("name"):
        found = found.filter(name__istartswith=name)
    if kind := query.text("type"):
        found = found.filter(type__iexact=kind)
    return all_paged(asked, [code(each) for each in found])


@serves("GET", "activistCodes/{id}")
def one_code(asked: Asked) -> HttpResponse:
    found = ActivistCode.objects.filter(member=asked.key.member, pk=asked.id()).first()
    if found is None:
        raise not_found("There is no such activist code.")
    return one(code(found))


def code(of: ActivistCode) -> dict[str, Any]:
    """An activist code as the API has it."""
    return {
        "activistCodeId": of.pk,
        "type": of.type,
        "name": of.name,
        "mediumName": of.medium_name or of.name[:40],
        "shortName": of.short_name or of.name[:10],
        "description": of.description or None,
        "scriptQuestion": of.script or None,
        "status": of.status,
    }
