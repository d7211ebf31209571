"""Who can see what of mine, who has it, what came back; for a recipient what it may see and owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from commonroll.agreements.english import Clause, clause_of, clauses
from commonroll.agreements.grant import Grant
from commonroll.agreements.row_words import rows as rows_in_words
from commonroll.agreements.words import day, spoken
from commonroll.errors import Refusal
from commonroll.server.actions import sharing as actions
from commonroll.server.actions.agreements import visible
from commonroll.server.actor import Unknown
from commonroll.server.models import Member
from commonroll.server.pages import dealings
from commonroll.server.pages.dealings import Stood
from commonroll.server.pages.drafting import rows_in_scope, rows_of
from commonroll.server.pages.granted import Granted, classes_of
from commonroll.server.pages.shell import ActingRequest, member_page

SIGNED = ("force", "soon", "suspended", "rests", "later")
BACK_WORDS: Mapping[str, str] = {
    "attempts": "attempts",
    "responses": "answers",
    "optouts": "opt-outs",
    "bounces": "bounced phones and e-mails",
    "addresses": "new addresses",
    "lists": "lists",
    "scores": "scores",
    "scripts": "scripts",
}

ONE_WORD: Mapping[str, str] = {
    "responses": "answer", "attempts": "attempt", "optouts": "opt-out", "bounces": "bounced phone or e-mail",
    "addresses": "new address",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One signed agreement as one side looks at it: what is seen, of whom, until when, by which clause."""

    stood: Stood
    grant: Grant
    other: Member
    classes: list[Granted]
    rows: str
    until: str
    clause: int | None
    duties: list[Clause]

    @property
    def masked(self) -> list[str]:
        return [words for one in self.classes for words in one.masked]

    @property
    def within_file(self) -> bool:
        return not self.grant.whole_file


def seen(stood: Stood, other: Member, names: Mapping[str, str]) -> Seen | None:
    """None where the text means nothing any more."""
    grant = dealings.meant(stood)
    if grant is None:
        return None
    duties = [clause for clause in clauses(grant, names) if clause.about in ("duty", "contact", "onward")]
    return Seen(
        stood, grant, other, classes_of(grant), rows_in_words(grant), day(stood.end),
        clause_of(grant, "columns"), duties,
    )  # fmt: skip


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, now, by = request.acting.member, timezone.now(), request.acting.actor
    names = dict(Member.objects.values_list("key", "name"))
    stood = dealings.of_member(me, now)
    signed = [s for s in stood if s.state in SIGNED]
    given = _sides([s for s in signed if s.agreement.owner_id == me.pk], "recipient", names)
    got = _sides([s for s in signed if s.agreement.recipient_id == me.pk], "owner", names)
    ever_given = [s for s in stood if s.agreement.owner_id == me.pk and s.agreement.finalized_at]
    context: dict[str, Any] = {
        "given": given,
        "got": got,
        "names": names,
        "whole": rows_of(me) if given else None,
        "members_given": len({one.other.pk for one in given if one.stood.state in ("force", "soon")}),
        "owed": actions.owed(home=settings.HOME, of=me, grants=_meaning(stood, me), now=now, by=by),
        "back_words": BACK_WORDS,
        "one_word": ONE_WORD,
        "gives": bool(me.state or ever_given),
    }
    if context["gives"]:
        meant = [(s.agreement.recipient.key, dealings.meant(s)) for s in ever_given]
        kept = [(key, grant) for key, grant in meant if grant is not None]
        context["out"] = actions.out(of=me, by=by)
        context["back"] = [
            _brought(one) for one in actions.back(home=settings.HOME, of=me, grants=kept, now=now, by=by)
        ]
        context["totals"] = _totals(context)
    return render(request, "agreements/sharing.html", context)


def _sides(stood: list[Stood], side: str, names: Mapping[str, str]) -> list[Seen]:
    found = (seen(one, getattr(one.agreement, side), names) for one in stood)
    order = dealings.ORDER.index
    return sorted(
        (one for one in found if one), key=lambda one: (one.other.name, order(one.stood.state), one.stood.end)
    )


def _meaning(stood: list[Stood], me: Member) -> list[tuple[Any, datetime, Grant]]:
    """What the member signed as a recipient, ended agreements too: their duties go on."""
    mine = [s for s in stood if s.agreement.recipient_id == me.pk and s.agreement.finalized_at]
    meant = [(s.agreement, s.end, dealings.meant(s)) for s in mine]
    return [(agreement, end, grant) for agreement, end, grant in meant if grant is not None]


def _brought(one: actions.Back) -> dict[str, Any]:
    """A line of what came back, with the terms in words."""
    kinds: dict[int, list[str]] = {}
    for kind, words in BACK_WORDS.items():
        if kind in one.within:
            kinds.setdefault(one.within[kind], []).append(words)
    return {
        "recipient": one.recipient,
        "answers": one.brought.answers if one.brought else 0,
        "optouts": one.brought.optouts if one.brought else 0,
        "bounces": one.brought.bounces if one.brought else 0,
        "addresses": one.brought.addresses if one.brought else 0,
        "newest": one.brought.newest if one.brought else None,
        "missing": sum(waits.missing for waits in one.waits.values()),
        "late": sum(waits.overdue for waits in one.waits.values()),
        "late_kinds": [
            f"{waits.overdue:,} {BACK_WORDS[kind]}" for kind, waits in one.waits.items() if waits.overdue
        ],
        "terms": [f"{spoken(words)} within {_days(days)}" for days, words in sorted(kinds.items())],
    }


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _totals(context: Mapping[str, Any]) -> dict[str, int]:
    return {
        "rows_out": sum(one.still_rows for one in context["out"]),
        "holders": sum(bool(one.still) for one in context["out"]),
        "answers": sum(line["answers"] for line in context["back"]),
        "optouts": sum(line["optouts"] for line in context["back"]),
        "bounces": sum(line["bounces"] for line in context["back"]),
        "addresses": sum(line["addresses"] for line in context["back"]),
        "late": sum(line["late"] for line in context["back"]),
    }


@member_page("count")
def reach(request: ActingRequest, number: int) -> HttpResponse:
    """How many of the owner's voters an agreement reaches, counted by the engine for the owner alone."""
    agreement = visible(number=number, by=request.acting.actor)
    if agreement.owner_id != request.acting.member.pk:
        raise Unknown("there is no such count", next_step="the owner of the voters sees how many they are")
    stood = next(dealings.stand([agreement], timezone.now()), None)
    grant = dealings.meant(stood) if stood else None
    if grant is None:
        raise Refusal("the agreement means nothing now", next_step="open it to see why")
    found = {"rows": rows_in_scope(request, agreement.owner, grant), "whole": rows_of(agreement.owner)}
    return render(request, "parts/reach.html", found)
