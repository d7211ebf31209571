"""Lists and folders: what a member keeps, one list with its persons page by page, what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server import jobs
from commonroll.server.actions import list_folders, list_history, list_reading, lists
from commonroll.server.models import Extract, ListFolder, Member, SavedList, SavedUniverse
from commonroll.server.pages.chips import chips
from commonroll.server.pages.extracts import NOT_SHOWN, USUAL, column_choices
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.views.members import OPERATIONS
from commonroll.views.universe import parse

PUT_AWAY = 20
"""Deleted lists and universes that the page shows, the newest."""

SPOKEN = {"union": "or", "intersection": "and also", "difference": "without"}


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    kept = SavedList.objects.filter(member=me, deleted_at=None).select_related("folder")
    universes = SavedUniverse.objects.filter(member=me, deleted_at=None).select_related("folder")
    folders = folders_of(me)
    context = {
        "lists": kept,
        "universes": universes,
        "groups": _grouped([*kept, *universes], folders),
        "folders": folders,
        "gone": _gone(request),
        "put_away": _put_away(me),
        "operations": [(name, SPOKEN[name]) for name in OPERATIONS],
        "may_make": request.acting.may("view"),
    }
    return render(request, "pages/lists.html", context)


def folders_of(member: Member) -> list[ListFolder]:
    return list(ListFolder.objects.filter(member=member, deleted_at=None))


def _grouped(
    kept: Sequence[SavedList | SavedUniverse], folders: Sequence[ListFolder]
) -> list[tuple[ListFolder | None, list[SavedList | SavedUniverse]]]:
    """Each folder with what lies in it by name, then what lies in none."""
    known = {folder.pk for folder in folders}
    found: dict[int | None, list[SavedList | SavedUniverse]] = {}
    for each in sorted(kept, key=lambda one: one.name.casefold()):
        found.setdefault(each.folder_id if each.folder_id in known else None, []).append(each)
    loose = [(None, found[None])] if None in found else []
    return [*((folder, found.get(folder.pk, [])) for folder in folders), *loose]


def _put_away(me: Member) -> list[SavedList | SavedUniverse]:
    gone: list[SavedList | SavedUniverse] = []
    for model in (SavedList, SavedUniverse):
        newest = model.objects.filter(member=me).exclude(deleted_at=None).order_by("-deleted_at")
        gone += newest[:PUT_AWAY]
    never = timezone.now()
    return sorted(gone, key=lambda one: one.deleted_at or never, reverse=True)[:PUT_AWAY]


def _gone(request: ActingRequest) -> SavedList | SavedUniverse | ListFolder | None:
    """What was just put away, for its undoing."""
    kind, _, pk = request.GET.get("gone", "").partition("-")
    models: Mapping[str, Any] = {"list": SavedList, "universe": SavedUniverse, "folder": ListFolder}
    if kind not in models:
        return None
    found = models[kind].objects.filter(member=request.acting.member, pk=number(pk) or 0)
    gone: SavedList | SavedUniverse | ListFolder | None = found.exclude(deleted_at=None).first()
    return gone


def _one(request: ActingRequest, saved: int) -> SavedList:
    return lists.list_of(member=request.acting.member, pk=saved, by=request.acting.actor)


def _folder(request: ActingRequest) -> ListFolder | None:
    pk = number(request.POST.get("folder"))
    member, by = request.acting.member, request.acting.actor
    return list_folders.folder_of(member=member, pk=pk, by=by) if pk else None


# One list


@member_page("count")
def one(request: ActingRequest, saved: int) -> HttpResponse:
    found = _one(request, saved)
    if request.GET.get("part") == "standing":
        _check_purpose(request, found)
        return render(request, "parts/list_standing.html", {"listed": found, **_standing(request, found)})
    at = min(max(number(request.GET.get("page")) or 1, 1), list_reading.pages(found))
    same = request.acting.purpose == found.purpose
    columns = request.GET.getlist("columns")
    classes = column_choices(request, "view", columns) if same else []
    if same and not columns:
        columns = _usual(classes)
        classes = column_choices(request, "view", columns)
    context: dict[str, Any] = {
        "listed": found,
        "same_purpose": same,
        "may_view": request.acting.may("view"),
        "may_export": request.acting.may("export"),
        "classes": classes,
        "formats": Extract.Format.choices,
        "folders": folders_of(request.acting.member),
        "history": list_history.history(found),
        "of": found.definition.get("of", []),
        **_defined(found),
        **_pager(request, found, at),
    }
    if same:
        long = list_reading.is_long(settings.HOME, found)
        context |= {"counting": True} if long else _standing(request, found)
        if request.acting.may("view") and found.rows:
            context |= _first_look(request, found, columns, at)
    return render(request, "pages/list.html", context)


def _usual(classes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the usual columns those that most owners give, so that nobody is missing at the first look."""
    given = {c["name"]: c["owners"] for each in classes for c in each["columns"] if c["name"] in USUAL}
    most = max(given.values(), default=0)
    return [name for name in USUAL if given.get(name) == most] or ["member"]


def _defined(listed: SavedList) -> dict[str, Any]:
    where = listed.definition.get("where", "")
    return {"where": where, "chips": chips(parse(where)) if where else []}


def _pager(request: ActingRequest, listed: SavedList, at: int) -> dict[str, Any]:
    query = request.GET.copy()
    query.pop("page", None)
    last = list_reading.pages(listed)
    first = (at - 1) * list_reading.PAGE + 1
    return {
        "page": at, "pages": last, "query": query.urlencode(), "before": at - 1,
        "after": at + 1 if at < last else 0,
        "first": first, "last": min(listed.rows, first + list_reading.PAGE - 1),
    }  # fmt: skip


def _standing(request: ActingRequest, listed: SavedList) -> dict[str, Any]:
    try:
        today = list_reading.standing(home=settings.HOME, listed=listed, by=request.acting.actor)
    except Refusal as refusal:
        return {"refusal": refusal}
    return {"today": today, "gaps": today.gaps}


def _first_look(request: ActingRequest, listed: SavedList, columns: list[str], at: int) -> dict[str, Any]:
    """The rows; where nobody chose columns yet, without those that keep everybody from being shown."""
    found = _shown(request, listed, columns, at)
    if "shown" in found or request.GET.getlist("columns"):
        return found
    missing = {name.partition(".")[2] for gap in found["gaps"] for name in gap.columns}
    rest = [name for name in columns if name not in missing]
    return _shown(request, listed, rest, at) if missing and rest else found


def _shown(request: ActingRequest, listed: SavedList, columns: Sequence[str], at: int) -> dict[str, Any]:
    try:
        shown = list_reading.page(
            home=settings.HOME, listed=listed, columns=columns, number=at, by=request.acting.actor
        )
    except Refusal as refusal:
        return {"refusal": refusal, "gaps": getattr(refusal, "gaps", ())}
    names = dict(Member.objects.values_list("key", "name"))
    heads = [name for name in shown.rows.column_names if name not in NOT_SHOWN]
    values = [row.values() for row in shown.rows.select(heads).to_pylist()]
    rows = [[names.get(owner, owner), *rest] for owner, *rest in values]
    missing = min(list_reading.PAGE, listed.rows - (at - 1) * list_reading.PAGE) - len(rows)
    return {"shown": {"columns": heads, "rows": rows, "missing": missing}, "gaps": shown.gaps}


# What is done


@require_POST
@member_page("export")
def export(request: ActingRequest, saved: int) -> HttpResponse:
    found = _one(request, saved)
    _check_purpose(request, found)
    extract = list_reading.ask_extract(
        home=settings.HOME,
        listed=found,
        columns=request.POST.getlist("columns"),
        format=request.POST.get("format", "csv"),
        by=request.acting.actor,
    )
    jobs.run_extract.enqueue(str(extract.pk))
    return redirect("extract", extract.pk)


def _check_purpose(request: ActingRequest, listed: SavedList) -> None:
    if request.acting.purpose != listed.purpose:
        raise Refusal(
            f"{listed.name} was made for another purpose than you work for now",
            next_step="change your purpose, or make a list for this one",
        )


@require_POST
@member_page("view")
def combine(request: ActingRequest) -> HttpResponse:
    one, other = (_one(request, number(request.POST.get(name)) or 0) for name in ("one", "other"))
    made = lists.combine(
        home=settings.HOME,
        operation=request.POST.get("operation", ""),
        one=one,
        other=other,
        name=request.POST.get("name", ""),
        by=request.acting.actor,
    )
    return _made(request, made)


@require_POST
@member_page("view")
def sample(request: ActingRequest, saved: int) -> HttpResponse:
    made = lists.sample(
        home=settings.HOME,
        of=_one(request, saved),
        size=number(request.POST.get("size")) or 0,
        seed=request.POST.get("seed", "")[:60],
        name=request.POST.get("name", ""),
        by=request.acting.actor,
    )
    return _made(request, made)


@require_POST
@member_page("view")
def split(request: ActingRequest, saved: int) -> HttpResponse:
    names = [line.strip() for line in request.POST.get("names", "").splitlines() if line.strip()]
    made = lists.split(
        home=settings.HOME,
        of=_one(request, saved),
        names=names,
        seed=request.POST.get("seed", "")[:60],
        by=request.acting.actor,
    )
    messages.success(request, f"{len(made)} parts are made, with {made[0].rows:,} persons in the first.")
    return redirect("lists")


@require_POST
@member_page("view")
def fill(request: ActingRequest, saved: int) -> HttpResponse:
    return _made(
        request, lists.refill(home=settings.HOME, listed=_one(request, saved), by=request.acting.actor)
    )


@require_POST
@member_page("view")
def rebuild(request: ActingRequest, saved: int) -> HttpResponse:
    step = list_history.step_of(_one(request, saved), number(request.POST.get("step")) or 0)
    name = request.POST.get("name", "") or f"{step.name} of {step.at:%Y-%m-%d %H:%M}"
    made = lists.rebuild(home=settings.HOME, step=step, name=name, by=request.acting.actor)
    if made.digest == step.digest:
        messages.success(request, "These are exactly the persons of then.")
    else:
        said = (
            f"{made.rows:,} of the {step.rows or 0:,} persons of then: today's opt-outs, law and agreements"
        )
        messages.warning(request, f"{said} leave the others out.")
    return redirect("list", made.pk)


def _made(request: ActingRequest, made: SavedList) -> HttpResponse:
    messages.success(request, f"“{made.name}” has {made.rows:,} persons.")
    return redirect("list", made.pk)


@require_POST
@member_page("count")
def change(request: ActingRequest, saved: int) -> HttpResponse:
    """Its name and its folder."""
    found, by = _one(request, saved), request.acting.actor
    if (name := request.POST.get("name", found.name)) != found.name:
        lists.rename(listed=found, name=name, by=by)
    if (folder := _folder(request)) != found.folder:
        list_history.move(of=found, folder=folder, by=by)
    return redirect("list", found.pk)


@require_POST
@member_page("count")
def delete(request: ActingRequest, saved: int) -> HttpResponse:
    found = _one(request, saved)
    list_history.delete(of=found, by=request.acting.actor)
    return redirect(f"{reverse('lists')}?gone=list-{found.pk}")


@require_POST
@member_page("count")
def back(request: ActingRequest) -> HttpResponse:
    """Take back what was put away: a list, a universe, a folder."""
    member, by = request.acting.member, request.acting.actor
    pk, kind = number(request.POST.get("pk")) or 0, request.POST.get("kind", "")
    if kind == "folder":
        messages.success(request, f"“{list_folders.restore(member=member, pk=pk, by=by).name}” is back.")
    else:
        found = list_history.restore(member=member, pk=pk, kind=kind, by=by)
        messages.success(request, f"“{found.name}” is back.")
    return redirect("lists")


@require_POST
@member_page("count")
def folder(request: ActingRequest) -> HttpResponse:
    made = list_folders.make(
        member=request.acting.member, name=request.POST.get("name", ""), by=request.acting.actor
    )
    messages.success(request, f"“{made.name}” is there. A list is put into it on the list's page.")
    return redirect("lists")


@require_POST
@member_page("count")
def folder_delete(request: ActingRequest, folder: int) -> HttpResponse:
    found = list_folders.folder_of(member=request.acting.member, pk=folder, by=request.acting.actor)
    list_folders.delete(folder=found, by=request.acting.actor)
    return redirect(f"{reverse('lists')}?gone=folder-{found.pk}")
