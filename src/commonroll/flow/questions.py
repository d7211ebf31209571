"""A question becomes a plan, receipts, then an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from commonroll.flow.permits import Permits, Permitted, Receipts
from commonroll.roll.engine import ibis_engine
from commonroll.roll.lookup.index import Index
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views import call_rows, doors, turf_rows
from commonroll.views.counts import Answer, count
from commonroll.views.export import ExportFile, Format, rows, write
from commonroll.views.few import plan_few
from commonroll.views.few_listed import plan_page
from commonroll.views.hints import Hint
from commonroll.views.lent import Record
from commonroll.views.members import Members, write_members
from commonroll.views.question import NothingGranted, OverQuota
from commonroll.views.view import Gap, Plan, Question, UsedOwner, plan


def permit(question: Question, permits: Permits, *, members: bool = False, keyed: bool = False) -> Plan:
    """The plan of a question under the agreements in force now; no row is read. `members`: for a list,
    `keyed`: for a file that is made of its rows."""
    now = datetime.now(UTC)
    return _planned(question, permits.permitted(question, now), now, members=members, keyed=keyed)


def _planned(
    question: Question, said: Permitted, now: datetime, *, members: bool = False, keyed: bool = False
) -> Plan:
    return plan(
        ibis_engine(),
        replace(question, codes=said.codes, told=said.told, handed=said.handed),
        said.owned,
        denied=said.denied,
        names=said.names,
        now=now,
        mine=said.mine,
        pseudonyms=said.pseudonyms,
        person_key=said.person_key,
        members=members,
        keyed=keyed,
    )


def answer(question: Question, permits: Permits, receipts: Receipts) -> Answer:
    """A count: permit, receipt, then the numbers."""
    with _noting(question, receipts):
        planned = permit(question, permits)
    with permits.reading(planned):
        receipts.authorize(planned)
        return count(planned)


@contextmanager
def _noting(question: Question, receipts: Receipts) -> Iterator[None]:
    """Where nobody grants the question, that it was asked is kept before it is refused."""
    try:
        yield
    except NothingGranted as nothing:
        receipts.denied(question, nothing.gaps)
        raise


@dataclass(frozen=True)
class Shown:
    """Rows for a screen (member, agreement, ids, the columns asked for), and who is missing and why."""

    rows: pa.Table
    gaps: tuple[Gap, ...]


def show(question: Question, permits: Permits, receipts: Receipts) -> Shown:
    """Rows for a screen: permit, receipt, checkpoint, then the rows."""
    with _noting(question, receipts):
        planned = permit(question, permits)
    with permits.reading(planned):
        receipts.cover(receipts.authorize(planned))
        return Shown(rows(planned), planned.gaps)


def show_page(question: Question, permits: Permits, receipts: Receipts, index: Look) -> Shown:
    """As `show`, for a page of a saved list: its rows are read by their places where there is an index of
    every roll that the page has persons of (`index`: None where it is not made)."""
    assert question.listed is not None
    now = datetime.now(UTC)
    said = permits.permitted(question, now)
    # no index of a roll knows the decoys of a copy
    found = {
        one.owner: None if one.marked.decoys else index(one.tables)
        for one in said.owned
        if one.owner in question.listed.owners
    }
    indexes = {owner: one for owner, one in found.items() if one is not None}
    if len(indexes) < len(found):
        return show(question, permits, receipts)
    with _noting(question, receipts):
        planned = plan_page(
            ibis_engine(), question, said.owned, indexes, denied=said.denied, names=said.names, now=now,
            pseudonyms=said.pseudonyms, person_key=said.person_key,
        )  # fmt: skip
    with permits.reading(planned.plan):
        receipts.cover(receipts.authorize(planned.plan))
        return Shown(planned.rows(), planned.plan.gaps)


Look = Callable[[OwnerTables], Index | None]


@dataclass(frozen=True)
class Listing:
    """A list that is kept here: its members, the plan's uses of each owner, who is missing and why."""

    members: Members
    used: Mapping[str, UsedOwner]
    gaps: tuple[Gap, ...]


def enlist(question: Question, permits: Permits, receipts: Receipts, *, to: Path) -> Listing:
    """Persons whom the viewer may see, kept as a list on this machine: permit, receipt, checkpoint, file."""
    with _noting(question, receipts):
        planned = permit(question, permits, members=True)
    with permits.reading(planned):
        receipts.cover(receipts.authorize(planned))
        return Listing(write_members(planned, to), planned.used, planned.gaps)


@dataclass(frozen=True)
class Walk:
    """Doors that are kept here: what they come to, the plan's uses of each owner, who is missing and why."""

    found: doors.Found
    used: Mapping[str, UsedOwner]
    gaps: tuple[Gap, ...]


def walk(
    question: Question,
    permits: Permits,
    receipts: Receipts,
    *,
    to: Path,
    within: str = "",
    by_hand: Path | None = None,
) -> Walk:
    """Doors of persons whom the viewer may call on, kept in the folder `to`, with the side of a border
    (`within`) where one is asked for, and where the viewer put buildings `by_hand`: as `enlist`."""
    with _noting(question, receipts):
        planned = permit(question, permits, keyed=True)
    with permits.reading(planned):
        receipts.cover(receipts.authorize(planned))
        found = doors.write(
            planned, to, lambda: permits.still(planned, datetime.now(UTC)), within=within, by_hand=by_hand
        )
        return Walk(found, planned.used, planned.gaps)


@dataclass(frozen=True)
class Doorstep:
    """Whom a walker meets at a turf's doors, the plan's uses of each owner, who is missing and why."""

    met: turf_rows.Met
    used: Mapping[str, UsedOwner]
    gaps: tuple[Gap, ...]


Standing = Callable[[str], tuple[pa.Table, Sequence[int]]]
"""Of an owner's voters in question those on its roll today: rows of `voters`, and where they stand."""


def meet(
    question: Question, permits: Permits, receipts: Receipts, *, doors: Path, people: Path, standing: Standing
) -> Doorstep:
    """The persons of a cut's files whom the viewer may call on now: permit, receipt, checkpoint, rows.

    They are few and known by their places, so no roll is scanned for them.
    """
    now = datetime.now(UTC)
    said = permits.permitted(question, now)
    with _noting(question, receipts):
        planned = _planned(question, said, now, keyed=True)
    alone = replace(planned.question, listed=None)
    with permits.reading(planned):
        receipts.cover(receipts.authorize(planned))
        found: dict[str, pa.Table] = {}
        for owned in said.owned:
            if owned.owner in planned.used:
                few = plan_few(
                    ibis_engine(), alone, owned, denied=said.denied, names=said.names, now=now,
                    pseudonyms=said.pseudonyms, person_key=said.person_key,
                )  # fmt: skip
                found[owned.owner] = few.rows(*standing(owned.owner))
        permits.still(planned, datetime.now(UTC))
        return Doorstep(turf_rows.read(question, found, doors, people), planned.used, planned.gaps)


@dataclass(frozen=True)
class Called:
    """Rows of persons to call (`call_rows.read`), the plan's uses of each owner, who is missing and why."""

    rows: pa.Table
    used: Mapping[str, UsedOwner]
    gaps: tuple[Gap, ...]


def call(question: Question, permits: Permits, receipts: Receipts) -> Called:
    """Persons whom the viewer may call by phone now: permit, receipt, checkpoint, rows."""
    with _noting(question, receipts):
        planned = permit(question, permits, keyed=True)
    with permits.reading(planned):
        receipts.cover(receipts.authorize(planned))
        rows = call_rows.read(planned, lambda: permits.still(planned, datetime.now(UTC)))
        return Called(rows, planned.used, planned.gaps)


@dataclass(frozen=True)
class Released:
    """A file that left, and who is missing from it and why."""

    file: ExportFile
    gaps: tuple[Gap, ...]


Made = Callable[[Plan, Path, Format, Callable[[], None], Record | None], ExportFile]
"""Writes a file that is made of a plan's rows; as `views.export.write`."""

Hints = Callable[[Plan], Mapping[str, Hint]]
"""Of the owners of a plan that have one, how their rows are written."""


def release(
    question: Question,
    permits: Permits,
    receipts: Receipts,
    *,
    to: Path,
    fmt: Format,
    record: Record | None = None,
    made: Made | None = None,
    hints: Hints = lambda _: {},
) -> Released:
    """Rows that leave: written aside, logged with their hash, covered by a checkpoint, then put in place.

    `record`: what each owner keeps of which rows they are; it is in place before the rows leave. `made`
    writes a file of another shape than the rows themselves; `hints`: how each owner's rows are written.
    """
    with _noting(question, receipts):
        planned = permit(question, permits, keyed=made is not None)
    aside = to.with_name(f".{to.name}.part")
    try:
        with permits.reading(planned):
            put = made or partial(write, hints=hints(planned))
            try:
                file = put(planned, aside, fmt, lambda: permits.still(planned, datetime.now(UTC)), record)
            except OverQuota as over:
                receipts.used_up(planned, over.owner)
                raise
        permits.still(planned, datetime.now(UTC))
        if record is not None:
            record.keep()
        receipts.cover(receipts.authorize(planned, file=file))
        aside.replace(to)
    except BaseException:
        if record is not None:
            record.discard()
        raise
    finally:
        aside.unlink(missing_ok=True)
    return Released(file, planned.gaps)
