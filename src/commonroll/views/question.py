"""What is asked, of whom, and what stands against it: the shapes of a governed question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import CARRIERS, CAUSES, MODES, PURPOSES, Mode
from commonroll.errors import Refusal
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.codes import Coded
from commonroll.views.derived import VISIBLE, Visible
from commonroll.views.fact_words import FactField, field_of, shown, visible
from commonroll.views.marked import UNMARKED, Marked
from commonroll.views.place import did_you_mean
from commonroll.views.score_words import ScoreField
from commonroll.views.universe import Universe

MOST_BY = 3
"""Columns that a count may be split by."""

COUNTED_BY = ("registration", "district", "demographic", "vote_history", "ballot")
"""Classes that a count may be split by: names and ways to reach a person would make it a list."""

GapReason = Literal[
    "not granted", "law forbids", "not published by the state", "noisy counts not yet available",
    "no statement on protected voters", "no roll loaded", "suspended", "nobody known to be 18",
    "contact budget",
]  # fmt: skip


@dataclass(frozen=True)
class Owned:
    """One owner's tables and the viewer's grant on them.

    `grant` is None where the viewer is the owner; for others, None is no agreement. `election_day` is the
    owner's next election: who is under 18 on it is in no view. `suspended` says why nothing is given;
    `marked`: what makes the viewer's copy its own.
    """

    tables: OwnerTables
    grant: Grant | None
    election_day: date
    suspended: str = ""
    marked: Marked = UNMARKED

    @property
    def owner(self) -> str:
        return self.tables.member


@dataclass(frozen=True)
class Gap:
    """An owner that is not in the answer, why, and a sentence that says so."""

    owner: str
    reason: GapReason
    columns: tuple[str, ...]
    agreement: int | None
    sentence: str


@dataclass(frozen=True)
class Listed:
    """Persons of a saved list that a question keeps to: the file (`views.listed`), and whose they are.

    `read` has for each owner the columns by which its persons were chosen: a grant that lets less be read
    lets nobody of that choice be seen. `places` (both included) is a page of the file. Without a `path`, the
    rows that are handed in are known to be of the list (`views.few`).
    """

    path: str
    name: str
    read: tuple[tuple[str, tuple[str, ...]], ...]
    places: tuple[int, int] | None = None

    @property
    def owners(self) -> frozenset[str]:
        return frozenset(owner for owner, _ in self.read)

    def page(self, first: int, last: int, by_owner: Mapping[str, int]) -> Listed:
        """The places from `first` to `last` alone, and their owners: places go by owner, as `by_owner` counts
        them."""
        begins, there = 0, set()
        for owner, rows in sorted(by_owner.items()):
            if begins <= last and first < begins + rows:
                there.add(owner)
            begins += rows
        read = tuple((owner, columns) for owner, columns in self.read if owner in there)
        return replace(self, read=read, places=(first, last))

    def of(self, owner: str) -> tuple[str, ...]:
        """The columns by which this owner's persons were chosen."""
        return dict(self.read).get(owner, ())


@dataclass(frozen=True)
class Handed:
    """A list that came home to an owner: its code there, and the columns by which its persons were chosen.

    As with a saved list (`Listed`), a grant that lets less be read lets nobody of that choice be seen.
    """

    owner: str
    code: str
    read: tuple[str, ...]


@dataclass(frozen=True)
class Pinned:
    """A day in the past and the versions of the rolls, by owner, at which a question is asked again.

    What may be seen is decided by today's agreements, law and opt-outs.
    """

    day: date
    snapshots: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Question:
    """One question: who asks, for what purpose, in what mode, about whom.

    `by` (counts) and `columns` (lists and exports) are bare names of a view's columns, `voters.` before them
    is understood. `limit` is the number of rows for a screen, None for all. `listed`: of these persons alone.
    `optional` are columns that are empty where an owner does not give them, which stays in the answer.
    `cause`: what a mail or audience file is for (CAUSES), beside its own purpose.
    `codes`: what answers are in the federation's words, `told`: gatherers whose answers the viewer may read
    in their owner's vault, `handed`: of lists that came home those that the viewer may know of; whoever
    permits the question says all three.
    """

    viewer: str
    purpose: str
    mode: Mode
    where: Universe | None = None
    by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    limit: int | None = None
    listed: Listed | None = None
    pinned: Pinned | None = None
    optional: frozenset[str] = frozenset()
    cause: str = ""
    codes: tuple[Coded, ...] = ()
    told: frozenset[str] = frozenset()
    handed: tuple[Handed, ...] = ()


@dataclass(frozen=True)
class UsedOwner:
    """What the answer reads of one owner: for the receipt. Agreement and terms are None for the viewer's own.

    `columns` are qualified, sorted: those looked at, counted by or shown. `marks`: commitments to the
    keys that the copy is marked under. `counties`: those (FIPS) to which terms and question keep it, empty
    where they keep it to none (`counties.limited_to`).
    """

    owner: str
    agreement: str | None
    number: int | None
    terms_hash: str | None
    snapshot: int
    columns: tuple[str, ...]
    rows_per_export: int | None = None
    rows_per_day: int | None = None
    marks: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()


class NothingGranted(Refusal):
    """No owner is left that grants the question; `gaps` says why for each."""

    def __init__(self, what: str, gaps: tuple[Gap, ...], *, where: str = "", next_step: str = "") -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.gaps = gaps


class OverQuota(Refusal):
    """More rows than the agreement of `owner` has room for."""

    def __init__(self, what: str, owner: str, *, next_step: str, where: str = "") -> None:
        super().__init__(what, where=where, next_step=next_step)
        self.owner = owner


@dataclass(frozen=True)
class Checked:
    """A question whose names are known: fields with their meaning, in order."""

    question: Question
    day: date
    by: tuple[Visible, ...] = ()
    shown: tuple[Visible, ...] = ()
    where_fields: tuple[Visible, ...] = ()

    @property
    def carries_ids(self) -> bool:
        """Whether rows carry an id by which answers come back: those that leave or are worked."""
        return self.question.mode in ("contact", "export")


def check(question: Question, now: datetime) -> Checked:
    """The question with its names resolved; raises Refusal for what no agreement could permit."""
    if question.purpose not in PURPOSES:
        raise Refusal(
            "Every question names its purpose.",
            where=f"purpose {question.purpose[:40]}" if question.purpose else "purpose",
            next_step=f"Name one of {', '.join(PURPOSES)}.",
        )
    if question.mode not in MODES:
        raise Refusal("There is no such mode.", where="mode", next_step=f"Use one of {', '.join(MODES)}.")
    if question.purpose == "hygiene" and question.mode != "count":
        raise Refusal(
            "List hygiene yields counts and suppressions, never rows.",
            where=f"purpose hygiene, mode {question.mode}",
            next_step="Count instead.",
        )
    _check_cause(question)
    by = tuple(_visible(name, "by") for name in question.by)
    columns = (part for name in question.columns for part in shown(_visible(name, "columns")))
    _check_shape(question, by)
    fields = sorted(question.where.fields) if question.where else []
    where_fields = tuple(field_of(name) for name in fields)
    if question.mode != "count":
        _check_cleaning((*where_fields, *(_visible(name, "columns") for name in question.columns)))
    day = question.pinned.day if question.pinned else now.date()
    return Checked(question, day, by, tuple(dict.fromkeys(columns)), where_fields)


def _check_cause(question: Question) -> None:
    """Rows for mail and ads leave as the files made for them, and say what they are for."""
    carrier = CARRIERS.get(question.purpose)
    if carrier and question.mode not in ("count", "export"):
        raise Refusal(
            f"Persons for {PURPOSES[question.purpose]} are counted, and leave as a file: no list shows them.",
            where=f"purpose {question.purpose}, mode {question.mode}",
            next_step="List them under the purpose that the file is for.",
        )
    if carrier and question.mode == "export" and question.cause not in CAUSES:
        raise Refusal(
            f"Rows for {PURPOSES[question.purpose]} leave as {carrier}s alone, each for a cause.",
            where=f"purpose {question.purpose}",
            next_step=f"Make the {carrier} under one of {', '.join(CAUSES)}.",
        )
    if question.cause and not carrier:
        raise ValueError("only files for mail and ads have a cause")


def _check_shape(question: Question, by: tuple[Visible, ...]) -> None:
    if question.mode == "count" and question.columns:
        raise Refusal("A count shows no columns.", where="columns", next_step="Split the count by them.")
    if question.mode != "count" and not question.columns:
        raise Refusal("A list shows at least one column.", where="columns", next_step="Name its columns.")
    if question.mode != "count" and question.by:
        raise Refusal("A list is not split.", where="by", next_step="Name the columns to show.")
    if len(by) > MOST_BY:
        raise Refusal(
            f"A count is split by at most {MOST_BY} columns, not {len(by)}.",
            where="by",
            next_step="Leave some out.",
        )
    for names, where in ((question.by, "by"), (question.columns, "columns")):
        if len(set(names)) < len(names):
            raise Refusal("A column is named twice.", where=where, next_step="Name each once.")
    for column in by:
        if column.cls not in COUNTED_BY:
            raise Refusal(
                f"A count split by {column.name} would be a list of persons.",
                where="by",
                next_step=f"Split by columns of these classes: {', '.join(COUNTED_BY)}.",
            )


def _check_cleaning(fields: Iterable[Visible]) -> None:
    for field in fields:
        if isinstance(field, FactField | ScoreField) and field.cleans:
            raise Refusal(
                "Who moved, died, stands twice or was not at home is counted; no list is selected by it.",
                where=field.name,
                next_step="Count instead, or leave it out.",
            )


def _visible(name: str, where: str) -> Visible:
    bare = name.removeprefix("voters.")
    found = visible(bare)
    if found is None:
        near = did_you_mean(bare, VISIBLE)
        raise Refusal(
            f"There is no column {bare[:40]} in a view.",
            where=where,
            next_step=near or "See the list of columns.",
        )
    return found


def as_lines(gaps: tuple[Gap, ...]) -> str:
    """The gaps as sentences, one a line."""
    return "\n".join(gap.sentence for gap in gaps)


IDS = ("state_voter_id", "voter_ref")
"""Columns by which answers come back: the state's id, or the agreement's pseudonym."""

Names = Mapping[str, str]
"""Member key to the name that people read."""
