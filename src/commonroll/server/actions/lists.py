"""Saved lists: made of a question or of other lists, filled anew, rebuilt as they were."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.actions.list_history import SEE, Step, note
from commonroll.server.actions.list_reading import asked
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import ListFolder, ListStep, Member, SavedList, SavedUniverse
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views.members import OPERATIONS, Members, combined, part, sampled
from commonroll.views.question import Gap, Pinned, Question
from commonroll.views.universe import parse

MOST_PARTS = 100


@dataclass(frozen=True)
class Filled:
    """Members on disk, and what a list keeps of how they came: versions of rolls, columns read, by owner."""

    members: Members
    versions: Mapping[str, int]
    read: Mapping[str, list[str]]
    gaps: tuple[Gap, ...] = ()
    passing: bool = False
    """Whether the file is for one operation alone."""


# Looking


def list_of(*, member: Member, pk: int, by: Actor) -> SavedList:
    """A list of the member one acts for; nobody else's exists."""
    by.require("count", member)
    found = SavedList.objects.filter(member=member, pk=pk, deleted_at=None).first()
    if found is None:
        raise Unknown("there is no such list", next_step=SEE)
    return found


# Making


def make(
    *,
    home: Home,
    member: Member,
    name: str,
    purpose: str,
    where: str,
    folder: ListFolder | None = None,
    by: Actor,
) -> SavedList:
    """Keep the persons whom a WHERE finds now as a list."""
    by.require("view", member)
    name = _name(member, name)
    parse(where) if where.strip() else None
    filled = _enlisted(home, member, _chosen(member, purpose, where), by)
    return _kept(member, name, purpose, {"kind": "where", "where": where}, filled, folder, by)


def _chosen(member: Member, purpose: str, where: str) -> Question:
    return questions.question(viewer=member, purpose=purpose, mode="view", where=where, columns=["member"])


def _enlisted(home: Home, member: Member, question: Question, by: Actor) -> Filled:
    """Those whom the question finds and the member may see, with receipts to their owners first."""
    receipts = DatabaseReceipts(home=home, viewer=member, by=by)
    return _filled(flow.enlist(question, DatabasePermits(home), receipts, to=_place(home)))


def _filled(listing: flow.Listing) -> Filled:
    there = listing.members.by_owner
    used = {owner: one for owner, one in listing.used.items() if there.get(owner)}
    return Filled(
        listing.members,
        {owner: one.snapshot for owner, one in used.items()},
        {owner: list(one.columns) for owner, one in used.items()},
        listing.gaps,
    )


def _place(home: Home) -> Path:
    home.lists.mkdir(exist_ok=True, mode=0o700)
    return home.lists / f"{uuid.uuid4().hex}.parquet"


def _name(member: Member, name: str, but: int | None = None) -> str:
    name = name.strip()[:120]
    if not name:
        raise Refusal("a list needs a name", next_step="write a name beside it, then save")
    others = SavedList.objects.filter(member=member, name=name, deleted_at=None)
    if (others if but is None else others.exclude(pk=but)).exists():
        raise _taken()
    return name


def _taken() -> Refusal:
    return Refusal(
        "there is a list of this name already", next_step="choose another name, or fill that one anew"
    )


@transaction.atomic
def _kept(
    member: Member,
    name: str,
    purpose: str,
    definition: dict[str, Any],
    filled: Filled,
    folder: ListFolder | None,
    by: Actor,
) -> SavedList:
    listed = SavedList(member=member, folder=folder, name=name, purpose=purpose, by=by.label)
    try:
        with transaction.atomic():
            _fill(listed, definition, filled)
    except IntegrityError as error:
        filled.members.path.unlink(missing_ok=True)
        raise _taken() from error
    note(listed, Step.MADE, by)
    return listed


def _fill(listed: SavedList, definition: dict[str, Any], filled: Filled) -> None:
    members = filled.members
    listed.definition, listed.file, listed.digest = definition, members.path.name, members.digest
    listed.rows, listed.rows_by_owner = members.rows, dict(members.by_owner)
    listed.versions, listed.read = dict(filled.versions), dict(filled.read)
    listed.shown, listed.shown_at = members.rows, timezone.now()
    listed.made_at = listed.shown_at
    listed.save()


def of_file(
    *,
    home: Home,
    member: Member,
    name: str,
    purpose: str,
    listing: flow.Listing,
    job: int,
    folder: int | None,
    over: int | None,
    by: Actor,
) -> SavedList:
    """Keep the persons whom a program's file names, in a new list or in place of those of another."""
    by.require("view", member)
    name = _name(member, name, over)
    to = _place(home)
    shutil.copyfile(listing.members.path, to)
    filled = _filled(replace(listing, members=replace(listing.members, path=to)))
    definition = {"kind": "file", "job": job}
    into = ListFolder.objects.filter(member=member, pk=folder, deleted_at=None).first() if folder else None
    if over is None:
        return _kept(member, name, purpose, definition, filled, into, by)
    listed = list_of(member=member, pk=over, by=by)
    with transaction.atomic():
        listed.name, listed.folder = name, into or listed.folder
        _fill(listed, definition, filled)
        note(listed, Step.FILLED, by)
    return listed


def refill(*, home: Home, listed: SavedList, by: Actor) -> SavedList:
    """Choose the persons anew by the list's own definition; those of before stay in its history."""
    by.require("view", listed.member)
    if listed.definition["kind"] != "where":
        raise Refusal("this list was made of others", next_step="fill those anew, then make it again")
    question = _chosen(listed.member, listed.purpose, listed.definition["where"])
    filled = _enlisted(home, listed.member, question, by)
    with transaction.atomic():
        _fill(listed, listed.definition, filled)
        note(listed, Step.FILLED, by)
    return listed


# Lists of lists


def combine(
    *, home: Home, operation: str, one: SavedList, other: SavedList, name: str, by: Actor
) -> SavedList:
    """A list of the persons of either, of both, or of the first alone, of those who may be seen today."""
    by.require("view", one.member)
    if operation not in OPERATIONS:
        raise Refusal("there is no such operation", next_step=f"operations: {', '.join(OPERATIONS)}")
    if (one.member, one.purpose) != (other.member, other.purpose):
        raise Refusal(
            f"{one.name} is for {one.purpose} and {other.name} for {other.purpose}",
            next_step="combine lists of one purpose",
        )
    name = _name(one.member, name)
    definition = {"kind": operation, "of": [_pinned(one), _pinned(other)]}
    first, second = (_seen(home, each, by) for each in (one, other))
    try:
        members = combined(ibis_engine(), operation, first.members.path, second.members.path, _place(home))
    finally:
        _drop(first, second)
    filled = _of(members, first, second)
    return _kept(one.member, name, one.purpose, definition, filled, one.folder, by)


def sample(*, home: Home, of: SavedList, size: int, seed: str, name: str, by: Actor) -> SavedList:
    """`size` persons of a list drawn at random, of those who may be seen today."""
    if size < 1:
        raise Refusal("a sample has at least one person", next_step="say how many")
    definition = {"kind": "sample", "of": [_pinned(of)], "size": size, "seed": seed}

    def draw(seen: Path, to: Path) -> Members:
        return sampled(ibis_engine(), seen, size, seed, to)

    return _derived(home, of, {_name(of.member, name): (definition, draw)}, by)[0]


def split(*, home: Home, of: SavedList, names: list[str], seed: str, by: Actor) -> list[SavedList]:
    """Named parts of a list drawn at random, as large as each other, that have nobody in common."""
    if not 2 <= len(names) <= MOST_PARTS or len({name.strip() for name in names}) < len(names):
        raise Refusal(
            f"a list is split in 2 to {MOST_PARTS} parts, each with a name of its own",
            next_step="name each part",
        )
    parts: dict[str, Any] = {}
    for number, name in enumerate(names):
        definition = {"kind": "part", "of": [_pinned(of)], "part": number, "parts": len(names), "seed": seed}

        def draw(seen: Path, to: Path, number: int = number) -> Members:
            return part(ibis_engine(), seen, len(names), number, seed, to)

        parts[_name(of.member, name)] = (definition, draw)
    return _derived(home, of, parts, by)


Draw = Callable[[Path, Path], Members]


def _derived(
    home: Home, of: SavedList, parts: Mapping[str, tuple[dict[str, Any], Draw]], by: Actor
) -> list[SavedList]:
    by.require("view", of.member)
    seen = _seen(home, of, by)
    try:
        drawn = {name: draw(seen.members.path, _place(home)) for name, (_, draw) in parts.items()}
    finally:
        _drop(seen)
    with transaction.atomic():
        return [
            _kept(of.member, name, of.purpose, parts[name][0], _of(members, seen), of.folder, by)
            for name, members in drawn.items()
        ]


def _pinned(listed: SavedList) -> dict[str, Any]:
    return {"list": listed.pk, "name": listed.name, "digest": listed.digest, "definition": listed.definition}


def _seen(home: Home, listed: SavedList, by: Actor) -> Filled:
    """The persons of a list who may be seen today, in a file of their own; opt-outs are never in it."""
    if not listed.rows:
        return Filled(Members(home.lists / listed.file, listed.digest, 0, {}), {}, {})
    question = asked(home, listed, "view", columns=["member"])
    return replace(_enlisted(home, listed.member, question, by), passing=True)


def _drop(*passing: Filled) -> None:
    for each in passing:
        if each.passing:
            each.members.path.unlink(missing_ok=True)


def _of(members: Members, *sources: Filled) -> Filled:
    """What a list made of others was chosen by: all that they were."""
    read: dict[str, list[str]] = {}
    versions: dict[str, int] = {}
    for source in sources:
        for owner, columns in source.read.items():
            if members.by_owner.get(owner):
                read[owner] = sorted({*read.get(owner, ()), *columns})
        for owner, version in source.versions.items():
            if members.by_owner.get(owner):
                versions[owner] = max(version, versions.get(owner, 0))
    return Filled(members, versions, read)


# Rebuilding


def rebuild(*, home: Home, step: ListStep, name: str, by: Actor) -> SavedList:
    """The list as it was at a step of its history, chosen anew from the versions of the rolls of then.

    Today's agreements, law and opt-outs say who of them may be in it.
    """
    by.require("view", step.member)
    if step.definition.get("kind") != "where" or step.listed is None:
        raise Refusal(
            "this step has no question to ask again", next_step="choose a step of a list made by one"
        )
    pinned = Pinned(step.at.date(), tuple(sorted(step.versions.items())))
    where, folder = step.definition["where"], step.listed.folder
    return _rebuilt(home, step.member, name, step.purpose, where, pinned, folder, by)


def rebuild_universe(*, home: Home, universe: SavedUniverse, on: date, name: str, by: Actor) -> SavedList:
    """Whom a saved universe found on a day: its definition and the rolls as they stood at that day's end."""
    by.require("view", universe.member)
    then = [step for step in universe.steps.all() if step.at.date() <= on and step.definition]
    if not then:
        raise Refusal(f"{universe.name} was not saved on that day", next_step="choose a later day")
    versions = []
    for owner in Member.objects.exclude(state="").filter(left_at=None):
        kept = [s.number for s in Vault(home.vaults, owner.key).snapshots() if s.made_at.date() <= on]
        if kept:
            versions.append((owner.key, max(kept)))
    if not versions:
        raise Refusal("no roll of that day is kept any more", next_step="choose a later day")
    where, purpose = then[-1].definition["where"], then[-1].purpose
    pinned = Pinned(on, tuple(sorted(versions)))
    return _rebuilt(home, universe.member, name, purpose, where, pinned, universe.folder, by)


def _rebuilt(
    home: Home, member: Member, name: str, purpose: str, where: str, pinned: Pinned,
    folder: ListFolder | None, by: Actor,
) -> SavedList:  # fmt: skip
    name = _name(member, name)
    question = replace(_chosen(member, purpose, where), pinned=pinned)
    filled = _enlisted(home, member, question, by)
    definition = {"kind": "rebuilt", "where": where, "on": pinned.day.isoformat()}
    return _kept(member, name, purpose, definition, filled, folder, by)


# Names


def rename(*, listed: SavedList, name: str, by: Actor) -> None:
    by.require("count", listed.member)
    listed.name = _name(listed.member, name, listed.pk)
    with transaction.atomic():
        listed.save(update_fields=["name"])
        note(listed, Step.RENAMED, by)


def as_dict(listed: SavedList) -> dict[str, Any]:
    """A list as one JSON document."""
    return {
        "id": listed.pk,
        "name": listed.name,
        "purpose": listed.purpose,
        "folder": listed.folder.name if listed.folder and listed.folder.deleted_at is None else None,
        "rows": listed.rows,
        "rows_by_owner": listed.rows_by_owner,
        "versions": listed.versions,
        "definition": listed.definition,
        "digest": listed.digest,
        "made_at": listed.made_at.isoformat(),
        "by": listed.by,
    }
