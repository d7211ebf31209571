"""Scripts: the list, the editor with its preview, versions and what was answered by them."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.field import script as documents
from commonroll.field.script_check import MOST_LANGUAGES
from commonroll.server.actions import script_results, scripts, vocabulary
from commonroll.server.models import Script, ScriptVersion, SurveyQuestion
from commonroll.server.pages import script_form as form
from commonroll.server.pages.script_walk import walk
from commonroll.server.pages.shell import ActingRequest, member_page, number

MOST_FILE, MOST_OFFERED = 1 << 20, 200


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """Every script with its version in use, how long it is and where it is walked with."""
    me = request.acting.member
    found = [(one, _length(one.newest), scripts.used(one)) for one in scripts.listed(me)]  # type: ignore[attr-defined]
    return render(
        request,
        "scripts/list.html",
        {
            "scripts": [
                {
                    "script": one,
                    "newest": one.newest,  # type: ignore[attr-defined]
                    "length": length,
                    "open": sum(each["open"] for each in used),
                    "turfs": sum(each["turfs"] for each in used),
                    "faults": len(scripts.faults(one)),
                    "waits": next((v for v in one.versions.all() if v.voting and not v.approved_at), None),
                }
                for one, length, used in found
            ],
            "put_away": scripts.listed(me, put_away=True),
            "standards": vocabulary.newest(),
            "may_write": request.acting.may("answers"),
        },
    )


def _length(version: ScriptVersion | None) -> tuple[int, int] | None:
    return documents.length(documents.parse(version.document)) if version else None


@require_POST
@member_page("answers")
def make(request: ActingRequest) -> HttpResponse:
    """A new script: empty, or from a file that another one was kept in."""
    draft = None
    if upload := request.FILES.get("file"):
        if (upload.size or 0) > MOST_FILE:
            raise Refusal("The file is larger than 1 MB.", where="file", next_step="Choose a script's file.")
        try:
            draft = json.loads(upload.read().decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Refusal(
                "The file is no JSON.", where="file", next_step="Choose a script's file."
            ) from error
        faults = scripts.faults_of(draft)
        if faults:
            raise Refusal(
                f"{faults[0].what.capitalize()}.", where=faults[0].where, next_step="Mend the file."
            )
    made = scripts.make(
        member=request.acting.member, name=request.POST.get("name", ""), draft=draft, by=request.acting.actor
    )
    return redirect("script", made.pk)


@member_page()
def one(request: ActingRequest, script: int) -> HttpResponse:
    """The editor: one question or the words around them is open, the others are read; beside it the phone."""
    found = _script(request, script)
    return render(request, "scripts/editor.html", _editor(request, found))


def _editor(request: ActingRequest, found: Script) -> dict[str, Any]:
    draft, faults = found.draft, scripts.faults(found)
    may = request.acting.may("answers")
    opened = request.GET.get("open", "") if may else ""
    cards = [
        {
            "id": each["id"],
            "n": n,
            "question": each,
            "said": form.first(draft, each["text"]),
            "texts": form.texts(draft, each["text"]),
            "lines": form.lines(draft, each, spare=form.SPARE if each["id"] == opened else 0),
            "leads": form.titled(draft, each["next"]),
            "faults": form.beside(faults, each["id"]),
            "open": each["id"] == opened,
            "others": [(o["id"], form.titled(draft, o["id"])) for o in draft["questions"] if o is not each],
        }
        for n, each in enumerate(draft["questions"], 1)
    ]
    told = {fault.where for card in cards for fault in faults if fault.where.startswith("question ")}
    return {
        "script": found,
        "draft": draft,
        "cards": cards,
        "open": opened,
        "faults": [fault for fault in faults if fault.where not in told],
        "wrong": len(faults),
        "gaps": _gaps(draft) if not faults else [],
        "walk": walk(draft, request.GET.get("w", ""), faults),
        "intro": form.texts(draft, draft["intro"]),
        "closing": form.texts(draft, draft["closing"]),
        "languages": [(code, form.called(code)) for code in draft["languages"]],
        "more_languages": [
            pair for pair in form.LANGUAGES.items() if pair[0] not in draft["languages"]
        ] if len(draft["languages"]) < MOST_LANGUAGES else [],
        "shown": [(key, said, key in draft["shows"]) for key, said in form.SHOWN.items()],
        "shown_words": "; ".join(said for key, said in form.SHOWN.items() if key in draft["shows"]),
        "starts": [(each["id"], form.titled(draft, each["id"])) for each in draft["questions"]],
        "versions": _versions(found),
        "changed": _changed(found),
        "standards": [s for s in vocabulary.newest() if s.code not in _put(request, draft)],
        "own": _own(request, draft),
        "may_write": may,
    }  # fmt: skip


def _versions(found: Script) -> list[ScriptVersion]:
    """The newest first, each with `turfs`: how many went out with it."""
    turfs = {row["version"]: row["turfs"] for row in scripts.used(found)}
    rows = list(found.versions.all())
    for row in rows:
        row.turfs = turfs.get(row.number, 0)  # type: ignore[attr-defined]
    return rows


def _gaps(draft: dict[str, Any]) -> list[str]:
    found = documents.gaps(documents.parse({**draft, "version": 1}))
    return [f"{form.placed(draft, gap.where)} ({form.called(gap.language)})" for gap in found]


def _own(request: ActingRequest, draft: dict[str, Any]) -> list[tuple[str, str]]:
    """Questions of the member that the draft does not put."""
    codes = {one["code"] for one in draft["questions"]}
    rows = SurveyQuestion.objects.filter(member=request.acting.member, status="Active").order_by("name")
    return [(row.code, row.name) for row in rows.exclude(code__in=codes)[:MOST_OFFERED]]


def _changed(found: Script) -> bool:
    """Whether the draft says something else than the last version."""
    last = next(iter(found.versions.all()), None)
    return last is None or {**found.draft, "version": last.number} != last.document


def _put(request: ActingRequest, draft: dict[str, Any]) -> set[str]:
    """Standard questions that the draft puts already."""
    codes = {one["code"] for one in draft["questions"]}
    found = set()
    for row in vocabulary.newest():
        meant = vocabulary.pairs_of(vocabulary.mapping(member=request.acting.member, code=row.code))
        if codes & {question for question, _, _ in meant}:
            found.add(row.code)
    return found


@require_POST
@member_page("answers")
def save(request: ActingRequest, script: int) -> HttpResponse:
    """Keep one form of the editor: the words around the questions, or one question."""
    found, given = _script(request, script), request.POST
    part = given.get("part", "words")
    draft = form.words(found.draft, given) if part == "words" else form.question(found.draft, part, given)
    saved = scripts.save(script=found, draft=draft, edits=number(given.get("edits")), by=request.acting.actor)
    stays = "drop" in given or given.get("do") == "more"
    if stays or any(fault.where.startswith(f"question {part}") for fault in scripts.faults(saved)):
        return redirect(f"{reverse('script', args=[script])}?open={part}#{part}")
    messages.success(
        request, "Saved. The version in use is what it was." if saved.versions.exists() else "Saved."
    )
    # a link to another question was followed while something was not saved yet
    then = given.get("then", "")
    if then == "words" or any(then == each["id"] for each in saved.draft["questions"]):
        return redirect(f"{reverse('script', args=[script])}?open={then}#{then}")
    return redirect(f"{reverse('script', args=[script])}#{part}")


@require_POST
@member_page("answers")
def do(request: ActingRequest, script: int) -> HttpResponse:
    """What the editor's other buttons do."""
    found, given, by = _script(request, script), request.POST, request.acting.actor
    act, at = given.get("do", ""), ""
    if act == "undo":
        scripts.undo(script=found, by=by)
    elif act == "redo":
        scripts.redo(script=found, by=by)
    elif act == "add":
        at = _add(request, found)
    elif act == "delete":
        draft = form.without(found.draft, given.get("question", ""))
        scripts.save(script=found, draft=draft, edits=number(given.get("edits")), by=by)
    elif act == "publish":
        made = scripts.publish(script=found, by=by)
        waits = "" if made.usable else " It says how to vote: somebody else reads and approves it first."
        messages.success(request, f"Version {made.number} is ready for turfs.{waits}")
    elif act == "copy":
        return redirect("script", scripts.copy(script=found, name=given.get("name", ""), by=by).pk)
    elif act in ("put-away", "back"):
        scripts.put_away(script=found, away=act == "put-away", by=by)
        return redirect("scripts")
    else:
        raise Refusal("The page has no such button.", where="do", next_step="Open the script anew.")
    return redirect(reverse("script", args=[script]) + (f"?open={at}#{at}" if at else ""))


def _add(request: ActingRequest, found: Script) -> str:
    """A further question, of one's own or the federation's; a standard one gets its mapping with it."""
    given, by, begun = request.POST, request.acting.actor, None
    kind, _, code = given.get("question", "").partition(":")
    language = found.draft["languages"][0]
    if kind == "standard":
        row = vocabulary.question(code)
        asked = vocabulary.ours(member=found.member, row=row, by=by)
        begun = form.begun(*asked, language, several=row.kind == "issue")
    elif kind == "own":
        begun = form.begun(*vocabulary.own_question(member=found.member, code=code), language)
    draft, id_ = form.added(found.draft, given.get("after", ""), begun)
    scripts.save(script=found, draft=draft, edits=number(given.get("edits")), by=by)
    return id_


@member_page()
def version(request: ActingRequest, script: int, n: int) -> HttpResponse:
    """A version as it is walked with, and what was answered by it."""
    found = _script(request, script)
    row = scripts.version_of(script=found, number=n)
    return render(
        request,
        "scripts/version.html",
        {
            "script": found,
            "version": row,
            "draft": row.document,
            "walk": walk(row.document, request.GET.get("w", ""), ()),
            "cuts": scripts.walked_at(row),
            "answered": script_results.of_version(row),
            "used": next((one for one in scripts.used(found) if one["version"] == n), None),
            "may_write": request.acting.may("answers"),
            "may_approve": request.acting.may("sign") and row.by != request.acting.actor.label,
        },
    )


@require_POST
@member_page("answers")
def version_do(request: ActingRequest, script: int, n: int) -> HttpResponse:
    """Take a version back, give it again, approve it, or begin a draft with it."""
    found, by, act = _script(request, script), request.acting.actor, request.POST.get("do", "")
    row = scripts.version_of(script=found, number=n)
    if act == "take-back":
        scripts.take_back(version=row, by=by)
        messages.success(request, f"Version {n} is taken back. Who walks with it goes on.")
    elif act == "again":
        scripts.give_again(version=row, by=by)
    elif act == "approve":
        scripts.approve(version=row, by=by)
        messages.success(request, f"You approved version {n}.")
    elif act == "begin":
        scripts.save(script=found, draft={**row.document, "name": found.name, "version": 1}, by=by)
        return redirect("script", script)
    else:
        raise Refusal("The page has no such button.", where="do", next_step="Open the version anew.")
    return redirect("script_version", script, n)


@member_page()
def file(request: ActingRequest, script: int, n: int) -> HttpResponse:
    """A version as a file, to be kept or begun with elsewhere."""
    row = scripts.version_of(script=_script(request, script), number=n)
    text = json.dumps(row.document, ensure_ascii=False, indent=2)
    answer = HttpResponse(f"{text}\n", content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="script-{script}-version-{n}.json"'
    return answer


def _script(request: ActingRequest, script: int) -> Script:
    return scripts.script_of(member=request.acting.member, number=script, by=request.acting.actor)
