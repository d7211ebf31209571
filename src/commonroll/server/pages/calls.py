"""Calls: lists of people to call, one at a time, printed sheets, and results that other tools bring."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field import script as scripts
from commonroll.field.calls import ENDINGS, STOP, TALKED
from commonroll.server.actions import call_files, call_line, call_numbers, call_records, calls, result_words
from commonroll.server.actions import scripts as script_actions
from commonroll.server.models import CallList, CallPerson, SavedUniverse, ScriptVersion
from commonroll.server.pages.chips import chips
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.views.question import NothingGranted
from commonroll.views.universe import parse

TOKEN = re.compile(r"[0-9a-f]{32}")


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, acting = request.acting.member, request.acting
    where = request.GET.get("where", "").strip()
    context: dict[str, Any] = {
        "lists": calls.lists(me, by=acting.actor),
        "put_away": CallList.objects.filter(member=me).exclude(put_away_at=None)[:20],
        "where": where,
        "universes": SavedUniverse.objects.filter(member=me, purpose=acting.purpose, deleted_at=None),
        "scripts": script_actions.usable(me),
        "may_make": acting.may("view"),
        "may_call": acting.may("answers"),
        "most": calls.MOST_PEOPLE,
    }
    try:
        context["chips"] = chips(parse(where)) if where else []
    except Refusal as refusal:
        context["refusal"] = refusal
    return render(request, "calls/lists.html", context)


@require_POST
@member_page("view")
def make(request: ActingRequest) -> HttpResponse:
    given, acting = request.POST, request.acting
    version = ScriptVersion.objects.filter(
        script__member=acting.member, pk=number(given.get("script")) or 0
    ).first()
    made = calls.make(
        home=settings.HOME, member=acting.member, name=given.get("name", ""), purpose=acting.purpose,
        where=given.get("where", "").strip(), script=script_actions.document(version) if version else None,
        by=acting.actor,
    )  # fmt: skip
    messages.success(request, f"{made.people.count():,} people can be called.")
    return redirect("call_list", made.pk)


@member_page()
def one(request: ActingRequest, pk: int) -> HttpResponse:
    of = _of(request, pk)
    by_caller, by_day = call_numbers.tables(of)
    state = CallPerson.State
    many = {name: of.people.filter(state=name).count() for name in state.values}
    context = {
        "list": of,
        "many": many,
        "people": sum(many.values()),
        "chips": chips(parse(of.where)) if of.where else [],
        "tables": [("caller", by_caller), ("day", by_day)],
        "waiting": of.records.filter(kept_at=None).count(),
        "may_make": request.acting.may("view"),
        "may_call": request.acting.may("answers"),
        "most_on_a_sheet": call_line.MOST_ON_A_SHEET,
    }
    return render(request, "calls/list.html", context)


@require_POST
@member_page("view")
def put_away(request: ActingRequest, pk: int) -> HttpResponse:
    calls.put_away(of=_of(request, pk), by=request.acting.actor)
    return redirect("calls")


@require_POST
@member_page("answers")
def call(request: ActingRequest, pk: int) -> HttpResponse:
    """Whom the caller has now, with the script; the next who waits where nobody."""
    return _line(request, _of(request, pk))


def _line(request: ActingRequest, of: CallList, refusal: Refusal | None = None) -> HttpResponse:
    context: dict[str, Any] = {"list": of, "refusal": refusal}
    try:
        line = call_line.next_one(home=settings.HOME, of=of, by=request.acting.actor)
    except NothingGranted as nothing:
        line, context["gaps"] = None, nothing.gaps
    context |= {"line": line, "endings": [(name, one) for name, one in ENDINGS.items() if name != TALKED]}
    context |= {"stop": STOP, "left": of.people.filter(state=CallPerson.State.WAITING).count()}
    last = of.records.filter(caller=request.acting.actor.label).order_by("-pk").first()
    context["may_undo"] = last is not None and last.kept_at is None and last.ending != STOP
    context["last"] = ENDINGS[last.ending].words if last is not None else ""
    if of.script:
        script = scripts.parse(of.script)
        language = request.POST.get("language", "")
        language = language if language in script.languages else script.languages[0]
        context |= {"script": of.script, "language": language, "said": _said(script, language)}
    answer = render(request, "calls/call.html", context, status=400 if refusal else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _said(script: scripts.Script, language: str) -> dict[str, Any]:
    """The script's words in one language."""
    return {
        "intro": script.said(script.intro, language),
        "closing": script.said(script.closing, language),
        "questions": [
            (
                one,
                script.said(one.text, language),
                [(a.answer, script.said(a.text, language)) for a in one.answers],
            )
            for one in script.questions
        ],
    }


@require_POST
@member_page("answers")
def record(request: ActingRequest, pk: int) -> HttpResponse:
    """How the call ended; then the next person."""
    of, given = _of(request, pk), request.POST
    answers = {key[2:]: given.getlist(key) for key in given if key.startswith("q-")}
    try:
        call_records.record(
            home=settings.HOME, of=of, key=given.get("person", ""), ending=given.get("ending", ""),
            given=answers, by=request.acting.actor,
        )  # fmt: skip
    except Refusal as refusal:
        return _line(request, of, refusal)
    if "pause" in given:
        return redirect("call_list", pk)
    return _line(request, of)


@require_POST
@member_page("answers")
def undo(request: ActingRequest, pk: int) -> HttpResponse:
    of = _of(request, pk)
    try:
        call_records.undo(of=of, by=request.acting.actor)
    except Refusal as refusal:
        return _line(request, of, refusal)
    return _line(request, of)


@require_POST
@member_page("answers")
def leave(request: ActingRequest, pk: int) -> HttpResponse:
    """The caller stops: whom the caller has waits again."""
    call_line.give_back(of=_of(request, pk), by=request.acting.actor)
    return redirect("call_list", pk)


@require_POST
@member_page("view")
def sheet(request: ActingRequest, pk: int) -> HttpResponse:
    """People to print, who are called by nobody else for three days."""
    of = _of(request, pk)
    people = call_line.sheet(
        home=settings.HOME, of=of, many=number(request.POST.get("many")) or 0, by=request.acting.actor
    )
    context: dict[str, Any] = {"list": of, "people": people, "endings": ENDINGS.values()}
    if of.script:
        script = scripts.parse(of.script)
        context["said"] = _said(script, script.languages[0])
    answer = render(request, "calls/sheet.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


# Results of other tools


@require_POST
@member_page("answers")
def file(request: ActingRequest, pk: int) -> HttpResponse:
    """A CSV comes: its columns are told apart, and nothing is taken yet; with a token it is taken."""
    of, given = _of(request, pk), request.POST
    token = given.get("token", "")
    if token:
        return _taken(request, of, _kept(of, token))
    came = request.FILES.get("file")
    if came is None or came.size is None or came.size > call_files.MOST_BYTES:
        raise Refusal("No file came, or a large one.", next_step="Choose a CSV of 8 MB at most.")
    data = came.read()
    found = call_files.read(data)
    kept = _kept(of, secrets.token_hex(16))
    kept.write_bytes(data)
    mapping = call_files.guess(of, found)
    context = {
        "list": of, "token": kept.stem.rpartition("-")[2], "lines": len(found.lines),
        "columns": [(column, mapping.get(column, "")) for column in found.columns],
        "meanings": call_files.meanings(of), "unknown": call_files.words_not_known(of, found, mapping),
        "endings": ENDINGS.items(),
    }  # fmt: skip
    return render(request, "calls/file.html", context)


def _taken(request: ActingRequest, of: CallList, kept: Path) -> HttpResponse:
    if not kept.exists():
        raise Refusal("This file is not here any more.", next_step="Bring it again.")
    found, given = call_files.read(kept.read_bytes()), request.POST
    mapping = {
        column: given.get(f"column-{at}", "")
        for at, column in enumerate(found.columns)
        if given.get(f"column-{at}")
    }
    words = zip(given.getlist("word"), given.getlist("means"), strict=False)
    result_words.mean(
        member=of.member, given={word: ending for word, ending in words if word and ending},
        by=request.acting.actor,
    )  # fmt: skip
    taken = call_files.take(
        home=settings.HOME, of=of, sheet=found, mapping=mapping, channel=given.get("channel", "phone"),
        by=request.acting.actor,
    )  # fmt: skip
    kept.unlink(missing_ok=True)
    endings = [(ENDINGS[name].words, many) for name, many in taken.by_ending.most_common()]
    context = {"list": of, "taken": taken, "endings_taken": endings, "most_said": call_files.MOST_SAID}
    return render(request, "calls/taken.html", context)


def _kept(of: CallList, token: str) -> Path:
    path = settings.HOME.tmp / f"call-file-{of.pk}-{token}.csv"
    if not TOKEN.fullmatch(token):
        raise Refusal("This file is not here any more.", next_step="Bring it again.")
    return path


def _of(request: ActingRequest, pk: int) -> CallList:
    return calls.list_of(member=request.acting.member, number=pk, by=request.acting.actor)
