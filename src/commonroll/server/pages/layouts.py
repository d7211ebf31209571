"""Layouts: those a member's files are read by, and one of its own, made by choosing what each column is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.roll.drafting import choices as layout_choices
from commonroll.roll.drafting.choices import Choices
from commonroll.roll.drafting.draft import TODO
from commonroll.roll.drafting.fit import Fit
from commonroll.roll.layout.fields import CODED
from commonroll.roll.layout.shape import Protected
from commonroll.roll.schema import STATUSES
from commonroll.server import jobs
from commonroll.server.actions import layouts as actions
from commonroll.server.actions.loads import load_of, vault
from commonroll.server.models import Load
from commonroll.server.pages.shell import ActingRequest, member_page

PROTECTED: tuple[tuple[Protected, str], ...] = (
    ("unstated", "it does not say"),
    ("withheld", "it leaves them out"),
    ("flagged", "it marks them: one of the columns is `confidential`"),
)


@member_page("load")
def page(request: ActingRequest) -> HttpResponse:
    """The layouts of the member's state, its own first, and deliveries that wait for one."""
    me, by = request.acting.member, request.acting.actor
    context = {
        "waiting": actions.waiting(of=me, by=by),
        "own": actions.own(home=settings.HOME, of=me, by=by),
        "removable": actions.removable(home=settings.HOME, of=me),
        "known": [one for one in vault(settings.HOME, me).layouts() if one.state == me.state and not one.own],
        "accept": Load.Accept.GATE,
    }
    return render(request, "layouts/layouts.html", context)


@member_page("load")
def fit(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """One delivery that no layout fits: its columns, with guesses and samples, to choose from."""
    found, known = _of(request, load)
    return render(request, "layouts/fit.html", {"load": found, **_offered(known)})


@require_POST
@member_page("load")
def check(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """What the choices do to the first thousand rows; what is still to choose where they are not complete."""
    found, known = _of(request, load)
    chosen = choices(request.POST)
    context: dict[str, Any] = {"load": found}
    try:
        document = layout_choices.fitted(known, chosen, vault(settings.HOME, found.member).layouts())
        context["codes"] = _codes(known, document, chosen)
        if not layout_choices.open_codes(known, document):
            context["checked"] = actions.checked(
                home=settings.HOME, load=found, known=known, document=document, by=request.acting.actor
            )
            context["unlisted"] = _unlisted(document, context["checked"])
    except Refusal as refusal:
        context["refusal"] = refusal
    return render(request, "layouts/checked.html", context)


@require_POST
@member_page("load")
def save(request: ActingRequest, load: uuid.UUID) -> HttpResponse:
    """Keep the layout as the member's own and load the delivery again."""
    found, known = _of(request, load)
    held = vault(settings.HOME, found.member)
    document = layout_choices.fitted(known, choices(request.POST), held.layouts())
    again = actions.save(
        home=settings.HOME, load=found, known=known, document=document, by=request.acting.actor
    )
    jobs.run_load.enqueue(str(again.pk))
    messages.success(request, f"{known.key} is a layout of your own now; the delivery is loaded again.")
    return redirect("load", again.pk)


@require_POST
@member_page("load")
def remove(request: ActingRequest) -> HttpResponse:
    """Take one of the member's own layouts away."""
    key = request.POST.get("key", "")
    actions.remove(home=settings.HOME, of=request.acting.member, key=key, by=request.acting.actor)
    messages.success(request, f"{key} is not used any more. What was loaded with it stays.")
    return redirect("layouts")


def _of(request: ActingRequest, load: uuid.UUID) -> tuple[Load, Fit]:
    by = request.acting.actor
    found = load_of(member=request.acting.member, pk=str(load), by=by)
    return found, actions.fit_of(home=settings.HOME, load=found, by=by, on=timezone.now().date())


def _offered(known: Fit) -> dict[str, Any]:
    status = known.document["columns"].get("status") == {"constant": TODO}
    return {
        "fit": known,
        "protected": PROTECTED if known.needs_protection else (),
        "statuses": STATUSES if status else (),
    }


def choices(form: QueryDict) -> Choices:
    """The choices of the form: `column:NAME`, `reason:NAME`, `code:FIELD:CODE`."""
    codes: dict[str, dict[str, str]] = {}
    for key in form:
        name, _, rest = key.partition(":")
        if name == layout_choices.CODE and (value := form.get(key, "")):
            field, _, code = rest.partition(":")
            codes.setdefault(field, {})[code] = "" if value == "-" else value
    return Choices(
        columns=_named(form, "column"),
        reasons=_named(form, "reason"),
        codes=codes,
        protected=form.get("protected", ""),
        status=form.get("status", ""),
    )


def _named(form: QueryDict, what: str) -> Mapping[str, str]:
    prefix = f"{what}:"
    return {key.removeprefix(prefix): form.get(key, "") for key in form if key.startswith(prefix)}


def _codes(known: Fit, document: Mapping[str, Any], chosen: Choices) -> list[dict[str, Any]]:
    """Each code that somebody must say, or has said, the meaning of."""
    left = layout_choices.open_codes(known, document)
    asked = {(name, code) for name, codes in left.items() for code in codes}
    said = {(name, code): value for name, codes in chosen.codes.items() for code, value in codes.items()}
    return [_code(name, code, said.get((name, code), "")) for name, code in sorted(asked | set(said))]


def _code(name: str, code: str, value: str) -> dict[str, Any]:
    return {"field": name, "code": code, "value": value, "words": layout_choices.words_of(name)}


def _unlisted(document: Mapping[str, Any], checked: list[Any]) -> list[dict[str, Any]]:
    """Codes that stand in the rows and in no list of the layout, by the field of their column."""
    fields = {source: name for name, source in document["columns"].items() if isinstance(source, str)}
    return [
        _code(fields[column], code, "")
        for one in checked
        for column, codes in one.unknown_codes.items()
        if fields.get(column) in CODED
        for code in codes
    ]
