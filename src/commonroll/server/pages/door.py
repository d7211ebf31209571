"""The public form: what the federation and its owners ask of newcomers, how they apply, what became of it.

Nobody signs in here. The code of a newcomer travels in forms and in the part of a link that browsers keep to
themselves (after #), so that no address and no log of a web server holds it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commonroll.agreements import membership
from commonroll.agreements.admission import Criteria as Said
from commonroll.agreements.templates import TEMPLATES
from commonroll.errors import Refusal
from commonroll.notes import digest_text
from commonroll.server import wall
from commonroll.server.accounts import TOO_MANY_REQUESTS, came_from
from commonroll.server.actions import entering
from commonroll.server.actions import newcomers as actions
from commonroll.server.actions.askings import asked, decider, every, read_standard
from commonroll.server.actions.federation import federation
from commonroll.server.actions.keys import TooMany
from commonroll.server.actor import Unknown
from commonroll.server.models import Asking, Newcomer
from commonroll.server.pages.admissions import STEP_WORDS, TONES
from commonroll.server.pages.invitation import BACKEND

LARGEST_PAPER = 20 * 2**20
"""Bytes; a paper is hashed and thrown away."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything that stands open: membership, and each owner's criteria."""
    standard = actions.standard()
    context = {
        "federation": federation(),
        "standard": standard,
        "membership": read_standard(standard) if standard else None,
        "open": actions.open_criteria(),
    }
    return render(request, "newcomers/door.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: HttpRequest, criteria: int) -> HttpResponse:
    """An owner's criteria, and the form to apply by them for a race."""
    found = next((one for one in actions.open_criteria() if one.criteria.pk == criteria), None)
    if found is None:
        raise Unknown("there are no such criteria", next_step="see what stands open")
    context = {
        "whose": found.criteria.owner.name, "version": found.criteria, "said": found.said,
        "races": found.races, "template": TEMPLATES[found.said.template], "of_owner": True,
    }  # fmt: skip
    return _form(request, context, criteria=found.criteria)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest) -> HttpResponse:
    """The federation's criteria for members, and the form to apply by them."""
    standard = actions.standard()
    if standard is None:
        raise Unknown(
            "the federation has published no criteria for members", next_step="ask those who run it"
        )
    context = {"whose": federation().name, "version": standard, "said": read_standard(standard)}
    return _form(request, context)


def _form(request: HttpRequest, context: dict[str, Any], **to: Any) -> HttpResponse:
    """The form, filled in again with what was refused, or the code where all of it was said."""
    said, status = context["said"], 200
    typed = [request.POST.get(f"answer-{n}", "") for n in range(1, len(said.questions) + 1)]
    context |= {"kinds": Newcomer.Kind.choices, "asked": list(zip(said.questions, typed, strict=True))}
    if request.method == "POST":
        try:
            made, code = _sent(request, said, typed, **to)
        except Refusal as refusal:
            status = TOO_MANY_REQUESTS if isinstance(refusal, TooMany) else 400
            context |= {"refusal": refusal, "typed": request.POST, "status": status}
        else:
            return render(request, "newcomers/sent.html", {"asking": made, "code": code, **context})
    return render(request, "newcomers/form.html", context, status=status)


def _sent(
    request: HttpRequest, said: Said | membership.Membership, answers: list[str], **to: Any
) -> tuple[Asking, str]:
    given = {name: request.FILES.get(f"paper-{name}") for name in said.papers}
    form = actions.Said(
        kind=request.POST.get("kind", ""), name=request.POST.get("name", ""),
        contact=request.POST.get("contact", ""), code=request.POST.get("code", ""), answers=answers,
        papers={name: _hash(paper) for name, paper in given.items() if isinstance(paper, UploadedFile)},
    )  # fmt: skip
    race = request.POST.get("race", "") if to else ""
    return actions.ask(said=form, place=came_from(request), race=race, **to)


def _hash(paper: UploadedFile[bytes]) -> str:
    if (paper.size or 0) > LARGEST_PAPER:
        raise Refusal("a paper is larger than 20 MB", next_step="send a smaller scan of it")
    digest = hashlib.sha256()
    for chunk in paper.chunks():
        digest.update(chunk)
    return digest_text(digest.digest())


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """What became of a newcomer's applications, and the form to appeal; for whoever has the code."""
    if request.method != "POST":
        return render(request, "newcomers/code.html")
    code, place = request.POST.get("code", ""), came_from(request)
    try:
        if "asking" in request.POST:
            actions.appeal(
                code=code, asking=request.POST["asking"], reason=request.POST.get("reason", ""), place=place
            )
        newcomer, found = actions.status(code=code, place=place)
    except Refusal as refusal:
        known = TOO_MANY_REQUESTS if isinstance(refusal, TooMany) else 400
        context = {"refusal": refusal, "status": known}
        return render(request, "newcomers/code.html", context, status=known)
    context = {"newcomer": newcomer, "code": code.strip(), "askings": [_shown(one) for one in found]}
    return render(request, "newcomers/status.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """A newcomer that was let in becomes a member, and is signed in as its first owner."""
    if request.method != "POST":
        return redirect("door_status")
    form, code = request.POST, request.POST.get("code", "")
    entry = entering.Entry(
        form.get("key", ""), form.get("email", ""), form.get("password", ""), form.get("passphrase", "")
    )
    try:
        member, user = entering.enter(home=settings.HOME, code=code, entry=entry, place=came_from(request))
    except Refusal as refusal:
        known = TOO_MANY_REQUESTS if isinstance(refusal, TooMany) else 400
        context = {"refusal": refusal, "status": known, "typed": {"key": entry.key, "email": entry.email}}
        return _status_page(request, code, context)
    login(request, user, backend=BACKEND)
    request.session["member"] = member.key
    messages.success(request, f"You are the member {member.name}. Your passphrase signs; keep it safe.")
    return redirect("federation")


@wall.node()
def _status_page(request: HttpRequest, code: str, context: dict[str, Any]) -> HttpResponse:
    """The page of a code with what was refused; without a known code, the form that asks for it."""
    status, template = context["status"], "newcomers/code.html"
    try:
        newcomer = actions.by_code(code)
    except Refusal:
        return render(request, template, context, status=status)
    found = every().filter(newcomer=newcomer).prefetch_related("steps")
    shown = {"newcomer": newcomer, "code": code.strip(), "askings": [_shown(one) for one in found]}
    return render(request, "newcomers/status.html", shown | context, status=status)


@wall.node()
def _shown(one: Asking) -> dict[str, Any]:
    steps = list(one.steps.all())
    declined = [step.at for step in steps if step.step == "declined"]
    days = timedelta(days=asked(one).appeal_days)
    return {
        "asking": one,
        "whose": decider(one).name,
        "tone": TONES[one.state],
        "steps": [(step, STEP_WORDS[step.step]) for step in steps],
        "may_appeal": actions.may_appeal(one),
        "appeal_until": declined[-1] + days if declined and one.state == "declined" else None,
        "member": one.newcomer.member,
        "may_enter": one.criteria is None and TONES[one.state] == "good" and one.newcomer.member is None,
        "said_by": next((step for step in reversed(steps) if step.step == one.state), None),
        "agreement": one.application.agreement if one.application else None,
    }
