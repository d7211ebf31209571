"""The matrix: owner by recipient by purpose, as far as the member acted for is a party to it.

That two other members have an agreement is theirs to say; the matrix knows no more than the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.errors import Refusal
from commonroll.server.actor import Unknown
from commonroll.server.explanations import why_between
from commonroll.server.models import Member
from commonroll.server.overriding import Overrides
from commonroll.server.pages import dealings
from commonroll.server.pages.dealings import Cell, Stood, of_member
from commonroll.server.pages.granted import classes_of, columns_by_class
from commonroll.server.pages.held import held
from commonroll.server.pages.shell import ActingRequest, member_page

IN_USE = ("force", "soon")
HELD = ("suspended", "rests")


@dataclass(frozen=True)
class Line:
    """One other member, with a cell for each purpose shown."""

    other: Member
    cells: list[Cell]

    @property
    def none(self) -> list[Cell]:
        """Where nothing stands, in one line for screens too small to show each."""
        return [c for c in self.cells if c.state == "none"]


@dataclass(frozen=True)
class Side:
    """What the member gives, or what it gets."""

    key: str
    lines: list[Line]

    @property
    def in_force(self) -> int:
        return sum(c.state in IN_USE for line in self.lines for c in line.cells)

    @property
    def others(self) -> int:
        """Members with whom anything is in force."""
        return sum(any(c.state in IN_USE for c in line.cells) for line in self.lines)


def sides(me: Member, purposes: list[str], stood: list[Stood]) -> list[Side]:
    """A table for each way that rows can go; members that left only where an agreement names them."""
    here = list(Member.objects.filter(left_at=None).exclude(pk=me.pk))
    given = {s.agreement.recipient_id: s.agreement.recipient for s in stood if s.agreement.owner_id == me.pk}
    got = {s.agreement.owner_id: s.agreement.owner for s in stood if s.agreement.recipient_id == me.pk}
    found, law = [], Overrides.all()
    if me.state or given:
        others = given | ({m.pk: m for m in here} if me.state else {})
        found.append(Side("give", [_line((me, o), purposes, stood, o, law) for o in _sorted(others)]))
    others = got | {m.pk: m for m in here if m.state}
    if others:
        found.append(Side("get", [_line((o, me), purposes, stood, o, law) for o in _sorted(others)]))
    return found


def _sorted(members: dict[int, Member]) -> list[Member]:
    return sorted(members.values(), key=lambda m: m.name)


def _line(
    parties: tuple[Member, Member], purposes: list[str], stood: list[Stood], other: Member, law: Overrides
) -> Line:
    refused = dealings.refused(*parties, law, timezone.now())
    return Line(other, [dealings.cell(*parties, purpose, stood, refused) for purpose in purposes])


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me, now = request.acting.member, timezone.now()
    stood = of_member(me, now)
    chosen = request.GET.get("only", "")
    purposes = [chosen] if chosen in PURPOSES else list(PURPOSES)
    opened = opened_cell(request, stood, now)
    if opened and getattr(request, "htmx", False):
        return render(request, "parts/matrix_cell.html", opened)
    context = {
        "sides": sides(me, purposes, stood),
        "purposes": purposes,
        "purpose_names": PURPOSES,
        "only": chosen if chosen in PURPOSES else "",
        "may_draft": request.acting.may("draft"),
        "key": [(state, words, dealings.MEANT[state]) for state, words in dealings.WORDS.items()],
        **(opened or {}),
    }
    return render(request, "agreements/matrix.html", context)


def opened_cell(request: ActingRequest, stood: list[Stood], now: datetime) -> dict[str, Any] | None:
    """What the address opens: a cell, what it gives, and the answer to a `why`; None where it names none."""
    if "owner" not in request.GET:
        return None
    owner, recipient, purpose = _named(request)
    refused = dealings.refused(owner, recipient, Overrides.of(owner), now)
    found = dealings.cell(owner, recipient, purpose, stood, refused)
    first, me = found.first, request.acting.member
    grant = dealings.meant(first) if first else None
    context: dict[str, Any] = {
        "cell": found,
        "meant": dealings.MEANT[found.state],
        "held": held(first.agreement, me, now) if first and found.state in HELD else None,
        "grant": grant,
        "classes": classes_of(grant) if grant else (),
        "columns": columns_by_class(owner.state),
        "uses": MODES,
        "only": request.GET.get("only", ""),
        "may_draft": request.acting.may("draft") and not (owner.left_at or recipient.left_at),
        "asked": {"column": request.GET.get("column", ""), "use": request.GET.get("use", "view")},
    }
    if context["asked"]["column"]:
        context["why"] = why_between(
            owner=owner, viewer=recipient, purpose=purpose, column=context["asked"]["column"],
            mode=context["asked"]["use"], now=now, asks=me,
        )  # fmt: skip
    return context


def _named(request: ActingRequest) -> tuple[Member, Member, str]:
    """Owner, recipient and purpose of the address, one of the two the member acted for."""
    me, asked = request.acting.member, request.GET
    parties = [Member.objects.filter(key=asked.get(name, "")).first() for name in ("owner", "recipient")]
    owner, recipient = parties
    if owner is None or recipient is None or owner == recipient or me not in parties:
        raise Unknown("there is no such agreement", next_step="see the list, or act for its party")
    if asked.get("purpose") not in PURPOSES:
        raise Refusal("no purpose was chosen", next_step="choose a cell of the matrix")
    return owner, recipient, asked["purpose"]
