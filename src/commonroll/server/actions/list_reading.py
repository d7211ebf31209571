"""What is read of a saved list: each read asks today's agreements, law and opt-outs about its persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.utils import timezone

from commonroll import flow
from commonroll.agreements.profile import Mode
from commonroll.flow import Shown
from commonroll.roll.vault.vault import Vault
from commonroll.server import looked
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.listed import described, kept_to
from commonroll.server.models import Extract, SavedList
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views.counts import Answer
from commonroll.views.question import Gap, NothingGranted, Question

PAGE = 200
"""Persons of a list on one page."""

LONG = 1_000_000
"""Voters of the rolls of a list, of which more are counted beside its page."""


@dataclass(frozen=True)
class Standing:
    """How many of a list may be seen today: of `rows` kept, `shown`; `left_out` of them by owners that give
    nothing for it now (`gaps` say why), `suppressed` by opt-outs, law, terms, or since they left the roll."""

    rows: int
    shown: int
    by_owner: Mapping[str, int]
    left_out: int
    gaps: tuple[Gap, ...]

    @property
    def suppressed(self) -> int:
        return self.rows - self.shown - self.left_out


def asked(home: Home, listed: SavedList, mode: Mode, **more: Any) -> Question:
    """A question about the persons of a list, under the list's own purpose."""
    found = questions.question(viewer=listed.member, purpose=listed.purpose, mode=mode, **more)
    return replace(found, listed=kept_to(home, described(listed)))


def count(
    *, home: Home, listed: SavedList, where: str = "", by_columns: Sequence[str] = (), by: Actor
) -> Answer:
    """The persons of a list who may be counted today, split by columns."""
    by.require("count", listed.member)
    question = asked(home, listed, "count", where=where, by_columns=by_columns)
    receipts = DatabaseReceipts(home=home, viewer=listed.member, by=by, live=True)
    return flow.answer(question, DatabasePermits(home), receipts)


def standing(*, home: Home, listed: SavedList, by: Actor) -> Standing:
    """How many of the list may be seen today; noted on the list for the page of all lists."""
    by.require("count", listed.member)
    by_owner: Mapping[str, int] = {}
    gaps: tuple[Gap, ...] = ()
    if listed.rows:
        try:
            answer = count(home=home, listed=listed, by=by)
            by_owner, gaps = answer.by_owner, answer.gaps
        except NothingGranted as nothing:
            gaps = nothing.gaps
    out = {gap.owner for gap in gaps}
    left_out = sum(n for owner, n in listed.rows_by_owner.items() if owner in out)
    shown = sum(by_owner.values())
    SavedList.objects.filter(pk=listed.pk).update(shown=shown, shown_at=timezone.now())
    return Standing(listed.rows, shown, by_owner, left_out, gaps)


def is_long(home: Home, listed: SavedList) -> bool:
    """Whether to count who of a list may be seen takes longer than its page should wait for."""
    heads = (Vault(home.vaults, owner).current() for owner in listed.rows_by_owner)
    return sum(head.rows.get("voters", 0) for head in heads if head) > LONG


def page(*, home: Home, listed: SavedList, columns: Sequence[str], number: int = 1, by: Actor) -> Shown:
    """The persons in places PAGE * (number - 1) and on who may be seen today: a page may have fewer than
    PAGE of them, and the same person stands on the same page each time."""
    by.require("view", listed.member)
    question = asked(home, listed, "view", columns=columns, limit=PAGE)
    assert question.listed is not None
    first = (number - 1) * PAGE
    placed = question.listed.page(first, first + PAGE - 1, listed.rows_by_owner)
    receipts = DatabaseReceipts(home=home, viewer=listed.member, by=by)
    question = replace(question, listed=placed)
    return flow.show_page(question, DatabasePermits(home), receipts, partial(looked.index, home))


def pages(listed: SavedList) -> int:
    """How many pages a list has, at least one."""
    return max(1, -(-listed.rows // PAGE))


def granted(*, home: Home, listed: SavedList, columns: Sequence[str], mode: Mode, by: Actor) -> list[str]:
    """Of these columns those that keep none of the list's owners from being read; no row is read."""
    by.require("export" if mode == "export" else "view", listed.member)
    rest = list(columns)
    while rest:
        question = asked(home, listed, mode, columns=rest)
        try:
            gaps = flow.permit(question, DatabasePermits(home)).gaps
        except NothingGranted as nothing:
            gaps = nothing.gaps
        missing = {name.partition(".")[2] for gap in gaps for name in gap.columns}.intersection(rest)
        if not missing:
            return rest
        rest = [name for name in rest if name not in missing]
    return ["member"]


def ask_extract(*, home: Home, listed: SavedList, columns: Sequence[str], format: str, by: Actor) -> Extract:
    """Note an extract of a list's persons, to be made by a job."""
    kept_to(home, described(listed))
    extract = questions.ask_extract(
        viewer=listed.member, purpose=listed.purpose, where="", columns=columns, format=format, by=by
    )
    extract.listed = described(listed)
    extract.save(update_fields=["listed"])
    return extract


def export(*, home: Home, listed: SavedList, columns: Sequence[str], format: str, by: Actor) -> Extract:
    """Make an extract of a list's persons in this process."""
    extract = ask_extract(home=home, listed=listed, columns=columns, format=format, by=by)
    questions.run_extract(home=home, extract=extract, by=by)
    return extract
