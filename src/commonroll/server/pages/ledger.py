"""Give and get: what each side lent, saw and returned, from the receipts; and answers brought back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import answers as answer_actions
from commonroll.server.actions import dues, onward, pressure
from commonroll.server.actions import ledger as actions
from commonroll.server.models import AnswerBatch, Member
from commonroll.server.pages.sharing import BACK_WORDS
from commonroll.server.pages.shell import ActingRequest, kept, member_page

BATCHES = 20


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    lines = actions.lines(home=settings.HOME, of=me, by=request.acting.actor)
    names = dict(Member.objects.values_list("key", "name"))
    gave = [{**line, "other": line["recipient"]} for line in lines if line["owner"] == me.key]
    got = [{**line, "other": line["owner"]} for line in lines if line["recipient"] == me.key]
    context = {
        "gave": gave,
        "got": got,
        "names": names,
        "back_words": BACK_WORDS,
        "totals": {"gave": sums(gave), "got": sums(got)},
        "batches": AnswerBatch.objects.filter(member=me, kind=AnswerBatch.Kind.ANSWERS)[:BATCHES],
        "pressure": pressure.check(home=settings.HOME, owner=me, by=request.acting.actor),
        "dues": dues.dues(of=me, by=request.acting.actor),
        "licensed": dues.licensed(of=me, by=request.acting.actor),
        "may_sign": request.acting.may("sign"),
        "account": onward.account(of=me, by=request.acting.actor),
        "may_bring": request.acting.may("answers"),
    }
    return render(request, "pages/ledger.html", context)


@member_page()
def account(request: ActingRequest) -> HttpResponse:
    """The statement of account as a file."""
    me = request.acting.member
    text = onward.statement_of_account(onward.account(of=me, by=request.acting.actor))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="account-{me.key}.csv"'
    return answer


def sums(lines: list[dict[str, Any]]) -> dict[str, int]:
    return {key: sum(line[key] for line in lines) for key in ("rows_lent", "answers_returned", "overdue")}


@require_POST
@member_page("answers")
def bring(request: ActingRequest) -> HttpResponse:
    """A CSV of answers, by the ids that an extract carried."""
    given = request.FILES.get("answers")
    if given is None:
        raise Refusal("no file came with the form", next_step="choose a CSV of answers")
    with kept(given) as file:
        batch = answer_actions.load(
            home=settings.HOME, gathered_by=request.acting.member, file=file, by=request.acting.actor
        )
    returned = sum(batch.returned.values())
    messages.success(request, f"{batch.loaded:,} answers loaded; {returned:,} went back to their owners.")
    return redirect("ledger")
