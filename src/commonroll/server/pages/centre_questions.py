"""The federation's questions before its officers: which there are, and a form that names one or its next
version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import vocabulary
from commonroll.server.actions.federation import federation
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import StandardQuestion, User
from commonroll.server.pages.centre import centre_page
from commonroll.server.pages.shell import ActingRequest


@centre_page
def page(request: ActingRequest) -> HttpResponse:
    """Every question; with `question` in the address the form has it, for its next version."""
    chosen = request.GET.get("question", "")
    sent = _form(vocabulary.question(chosen)) if chosen else {"kind": "support"}
    return render(request, "newcomers/questions.html", _context(sent))


def _context(sent: dict[str, Any], refusal: Refusal | None = None) -> dict[str, Any]:
    return {
        "federation": federation(),
        "rows": vocabulary.newest(retired=True),
        "kinds": StandardQuestion.Kind.choices,
        "sent": sent,
        "refusal": refusal,
    }


def _form(row: StandardQuestion) -> dict[str, Any]:
    lines = "\n".join(f"{one['answer']} = {one['name']}" for one in row.answers)
    return {
        "code": row.code, "title": row.name, "kind": row.kind, "version": row.version, "retired": row.retired,
        "answers": "" if row.kind == "support" else lines,
    }  # fmt: skip


@require_POST
@centre_page
def name(request: ActingRequest) -> HttpResponse:
    """Name a question, or its next version; the federation's log has it, every member reads it there."""
    given = request.POST
    assert isinstance(request.user, User)
    lines = [line for line in given.get("answers", "").splitlines() if line.strip()]
    answers = [[part.strip() for part in line.partition("=")[::2]] for line in lines]
    try:
        made = vocabulary.name(
            code=given.get("code", "").strip(), title=given.get("title", ""), kind=given.get("kind", ""),
            answers=answers, retired=given.get("retired") == "yes", by=Actor.of(request.user),
        )  # fmt: skip
    except Refusal as refusal:
        if isinstance(refusal, Unknown) or "X-Stays" in request.headers:
            raise
        context = _context(given.dict(), refusal)
        return render(request, "newcomers/questions.html", context, status=400)
    messages.success(request, f"{made.name} has version {made.version}, with {len(made.answers)} answers.")
    return redirect("centre_questions")
