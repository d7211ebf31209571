"""Who gets in: published criteria with a form to apply, and the page of an application for each part."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.agreements.templates import TEMPLATES
from commonroll.errors import Refusal
from commonroll.notes import digest_text
from commonroll.server.actions import admissions as actions
from commonroll.server.actions import askings, newcomers
from commonroll.server.actor import Unknown
from commonroll.server.models import Application, Criteria
from commonroll.server.pages.shell import ActingRequest, member_page

TONES: Mapping[str, str] = {
    "waiting": "warn", "accepted": "good", "declined": "bad", "appealed": "warn", "upheld": "bad",
    "overturned": "good",
}  # fmt: skip
STEP_WORDS: Mapping[str, str] = {
    "applied": "applied", "accepted": "accepted", "declined": "declined", "overdue": "no word in time",
    "appealed": "appealed", "admitted": "became a member", "upheld": "the no stands",
    "overturned": "accepted on appeal", "reopened": "took the word back: it waits again",
}  # fmt: skip


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """Criteria that anybody published, and what of applications concerns the member acted for."""
    me, by = request.acting.member, request.acting.actor
    standard = newcomers.standard()
    context = {
        "published": [(one, actions.read(one)) for one in actions.published(by=by)],
        "to_decide": [(one, TONES[one.state]) for one in actions.of_owner(of=me, by=by)],
        "own": [(one, TONES[one.state]) for one in actions.of_applicant(of=me, by=by)],
        "to_hear": actions.to_hear(of=me, by=by),
        "newcomers": [(one, TONES[one.state]) for one in askings.of_owner(of=me, by=by)],
        "newcomers_to_hear": [(one, askings.decider(one).name) for one in askings.to_hear(of=me, by=by)],
        "standard": standard,
        "membership": askings.read_standard(standard) if standard else None,
        "may_publish": bool(me.state) and request.acting.may("sign"),
        "templates": [(key, template.title) for key, template in TEMPLATES.items()],
    }
    return render(request, "admissions/admissions.html", context)


@sensitive_post_parameters()
@require_POST
@member_page("sign")
def publish(request: ActingRequest) -> HttpResponse:
    """The next version of the member's criteria, from a form, signed."""
    made = actions.publish(
        home=settings.HOME,
        owner=request.acting.member,
        chosen=_chosen(request.POST),
        passphrase=request.POST.get("passphrase", ""),
        by=request.acting.actor,
    )
    messages.success(request, f"Version {made.version} of your criteria is published and in your log.")
    return redirect("admission", made.pk)


def _chosen(form: Mapping[str, str]) -> dict[str, Any]:
    """A form's fields as the document of criteria has them."""
    return {
        "title": form.get("title", "").strip(),
        "template": form.get("template", ""),
        "races": dict(_race(line) for line in _lines(form.get("races", ""))),
        "questions": _lines(form.get("questions", "")),
        "papers": _lines(form.get("papers", "")),
        "priceCents": _cents(form.get("price", "")),
        "payDays": form.get("pay_days", "").strip(),
        "start": _midnight(form.get("start", "")),
        "until": _midnight(form.get("until", "")),
        "decideDays": form.get("decide_days", "").strip(),
        "appealDays": form.get("appeal_days", "").strip(),
    }


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _race(line: str) -> tuple[str, dict[str, list[str]]]:
    """`house-12: state_house_district=12,13` as a race and its limits of rows."""
    race, _, limits = line.partition(":")
    pairs = [part.partition("=") for part in limits.split() if part]
    return race.strip(), {name: sorted(set(values.split(","))) for name, _, values in pairs}


def _cents(dollars: str) -> str:
    whole, _, cents = dollars.strip().replace(",", "").partition(".")
    if not whole.isdecimal() or not (cents == "" or (cents.isdecimal() and len(cents) == 2)):
        raise Refusal("this is no price", next_step="write dollars such as 500 or 500.00; 0 for none")
    return str(int(whole) * 100 + int(cents or 0))


def _midnight(day: str) -> str:
    try:
        found = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal("a term has a first and a last day", next_step="choose both days") from error
    return f"{found:%Y-%m-%dT%H:%M:%SZ}"


def _criteria(request: ActingRequest, criteria: int) -> Criteria:
    found = next((one for one in actions.published(by=request.acting.actor) if one.pk == criteria), None)
    if found is None:
        raise Unknown("there are no such criteria", next_step="see the list")
    return found


@member_page()
def one(request: ActingRequest, criteria: int) -> HttpResponse:
    """A version of an owner's criteria, and the form to apply by it."""
    found = _criteria(request, criteria)
    me = request.acting.member
    context = {
        "criteria": found,
        "said": actions.read(found),
        "template": TEMPLATES[actions.read(found).template],
        "may_apply": me.kind in actions.APPLY and me != found.owner and request.acting.may("draft"),
    }
    return render(request, "admissions/criteria.html", context)


@require_POST
@member_page("draft")
def apply(request: ActingRequest, criteria: int) -> HttpResponse:
    """An application; of its papers the hashes alone are kept."""
    found = _criteria(request, criteria)
    said = actions.read(found)
    papers = {}
    for name in said.papers:
        given = request.FILES.get(f"paper-{name}")
        if given is not None:
            digest = hashlib.sha256()
            for chunk in given.chunks():
                digest.update(chunk)
            papers[name] = digest_text(digest.digest())
    made = actions.apply(
        owner=found.owner,
        applicant=request.acting.member,
        race=request.POST.get("race", ""),
        answers=[request.POST.get(f"answer-{n}", "") for n in range(1, len(said.questions) + 1)],
        papers=papers,
        version=found.version,
        by=request.acting.actor,
    )
    messages.success(request, f"{found.owner.name} has your application and owes you a word.")
    return redirect("application", made.pk)


def _find(request: ActingRequest, application: uuid.UUID) -> Application:
    return actions.one(pk=str(application), of=request.acting.member, by=request.acting.actor)


@member_page()
def application(request: ActingRequest, application: uuid.UUID) -> HttpResponse:
    """What was said, what became of it, and what the member acted for can do."""
    found = _find(request, application)
    me, by = request.acting.member, request.acting.actor
    said = actions.document_of(found)
    questions = actions.read(found.criteria).questions
    waiting, appealed = found.state == "waiting", found.state == "appealed"
    drafts = request.acting.may("draft")
    context = {
        "application": found,
        "tone": TONES[found.state],
        "answers": list(zip(questions, said["answers"], strict=True)),
        "papers": said["papers"].items(),
        "steps": [(s, STEP_WORDS[s.step]) for s in found.steps.select_related("member")],
        "may_decide": waiting and drafts and me == found.criteria.owner,
        "may_appeal": drafts
        and me == found.applicant
        and (found.state == "declined" or (waiting and found.due <= timezone.now())),
        "owes_signature": actions.owes_signature(found),
        "may_hear": appealed and actions.may_hear(application=found, member=me, by=by),
        "party": me in (found.criteria.owner, found.applicant),
    }
    return render(request, "admissions/application.html", context)


@require_POST
@member_page("draft")
def decide(request: ActingRequest, application: uuid.UUID) -> HttpResponse:
    found = _find(request, application)
    done = actions.decide(application=found, **word(request))
    messages.success(request, f"{done.applicant.name} is told: {done.get_state_display()}.")
    return redirect("application", found.pk)


@require_POST
@member_page("draft")
def appeal(request: ActingRequest, application: uuid.UUID) -> HttpResponse:
    found = _find(request, application)
    actions.appeal(application=found, reason=request.POST.get("reason", ""), by=request.acting.actor)
    messages.success(request, "Others than the owner decide now; the federation's log says so.")
    return redirect("application", found.pk)


@require_POST
@member_page("draft")
def hear(request: ActingRequest, application: uuid.UUID) -> HttpResponse:
    found = _find(request, application)
    done = actions.hear(application=found, member=request.acting.member, **word(request))
    messages.success(request, f"Owner and applicant are told: {done.get_state_display()}.")
    return redirect("application", found.pk)


def word(request: ActingRequest) -> dict[str, Any]:
    """A yes or no with its reason, as a form says it."""
    said = request.POST.get("word")
    if said not in ("yes", "no"):
        raise Refusal("the word is missing", next_step="choose yes or no, and say why")
    return {
        "accept": said == "yes",
        "reason": request.POST.get("reason", ""),
        "by": request.acting.actor,
    }
