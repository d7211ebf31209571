"""The federation's vocabulary: its questions, what of a member's own each means, answers added up."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.field.calls import ENDINGS
from commonroll.identity.hygiene import SMALLEST
from commonroll.server.actions import added_up, result_words, vocabulary
from commonroll.server.actions.officers import is_officer
from commonroll.server.models import Member, StandardQuestion
from commonroll.server.models.vocabulary import RESULTS
from commonroll.server.pages.shell import ActingRequest, member_page, number

SEPARATOR = "\t"
"""Between a question's code and an answer's word in a form; neither has a tab in it."""


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """Every question of the federation, and how many of the member's answers it means."""
    me = request.acting.member
    rows = [(one, vocabulary.mapping(member=me, code=one.code)) for one in vocabulary.newest(retired=True)]
    own = result_words.own(me)
    context = {
        "rows": [(one, len(meant.pairs) if meant else 0, meant) for one, meant in rows],
        "endings": [
            (key, one.words, sorted(one.synonyms), [word for word, means in own.items() if means == key])
            for key, one in ENDINGS.items()
        ],
        "own": own.items(),
        "history": vocabulary.history(member=me, code=RESULTS),
        "may_write": request.acting.may("answers"),
        "is_officer": is_officer(request.acting.user),
    }
    return render(request, "scripts/vocabulary.html", context)


@require_POST
@member_page("answers")
def words(request: ActingRequest) -> HttpResponse:
    """Keep what the member's own words for an ending mean, or what they meant in a version."""
    me, by, given = request.acting.member, request.acting.actor, request.POST
    if version := number(given.get("version")):
        made = result_words.back_to(member=me, version=version, by=by)
    else:
        said = zip(given.getlist("word"), given.getlist("means"), strict=False)
        made = result_words.mean(member=me, given={word: means for word, means in said if word}, by=by)
    messages.success(
        request, f"Version {made.version} counts from now on." if made else "No word was said, and none kept."
    )
    return redirect(f"{reverse('vocabulary')}#words")


@member_page()
def one(request: ActingRequest, code: str) -> HttpResponse:
    """One question: its answers, and the form that says which of the member's own it means."""
    return render(request, "scripts/vocabulary_one.html", _shown(request, vocabulary.question(code)))


def _shown(request: ActingRequest, row: StandardQuestion) -> dict[str, Any]:
    me = request.acting.member
    history = vocabulary.history(member=me, code=row.code)
    meant = {(q, a): word for q, a, word in vocabulary.pairs_of(history[0] if history else None)}
    by_question: dict[str, dict[str, Any]] = {}
    for each in vocabulary.own(me):
        held = by_question.setdefault(
            each.question, {"name": each.question_name, "code": each.question, "answers": []}
        )
        word = meant.get((each.question, each.answer), "")
        held["answers"].append(
            (f"{each.question}{SEPARATOR}{each.answer}", each.answer_name, each.answer, word)
        )
        held["some"] = held.get("some") or bool(word)
    return {
        "row": row,
        "questions": sorted(by_question.values(), key=lambda held: not held.get("some")),
        "history": history,
        "may_write": request.acting.may("answers"),
        "may_count": request.acting.may("count"),
    }


@require_POST
@member_page("answers")
def mean(request: ActingRequest, code: str) -> HttpResponse:
    """Keep what the member's own answers are in the federation's words, or what they were in a version."""
    me, by = request.acting.member, request.acting.actor
    back = request.POST.get("version", "")
    if back:
        rows = vocabulary.history(member=me, code=code)
        given: list[Any] = next((row.pairs for row in rows if str(row.version) == back), [])
    else:
        given = [
            [*own.split(SEPARATOR, 1), word]
            for own, word in zip(request.POST.getlist("own"), request.POST.getlist("word"), strict=False)
            if word and SEPARATOR in own
        ]
    made = vocabulary.mean(member=me, code=code, given=given, by=by)
    messages.success(request, f"Version {made.version} counts from now on. No answer was changed.")
    return redirect("vocabulary_one", code)


@require_POST
@member_page("count")
def results(request: ActingRequest, code: str) -> HttpResponse:
    """Answers added up over all members whose answers may be seen; each owner's log has it first."""
    me, purpose = request.acting.member, request.acting.purpose
    where = request.POST.get("where", "").strip()
    found = added_up.added_up(
        home=settings.HOME, viewer=me, purpose=purpose, code=code, where=where, by=request.acting.actor
    )
    most = max((line.total for line in found.lines), default=0) or 1
    names = dict(Member.objects.filter(key__in=found.owners).values_list("key", "name"))
    context = _shown(request, found.question) | {
        "added": found,
        "where": where,
        "smallest": SMALLEST,
        "owners": [names.get(key, key) for key in found.owners],
        "lines": [
            {
                "line": line,
                "length": round(100 * line.total / most, 1),
                "share": round(100 * line.total / found.total) if found.total else 0,
                "cells": [line.by_owner[key] for key in found.owners],
            }
            for line in found.lines
        ],
    }
    return render(request, "scripts/vocabulary_one.html", context)
