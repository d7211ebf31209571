"""Whom a walker meets at the doors of one turf, in the order of the walk, under keys that mean nothing
elsewhere: for the phone's bundle and for the printed list alike."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.field.files import DOORS
from commonroll.field.walks import Walk, floor_of, order_of
from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import HandOut, Member, Turf, TurfHousehold, TurfPerson
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.server.salts import salt
from commonroll.server.visits import Visits, visits
from commonroll.views.question import Listed, NothingGranted
from commonroll.views.turf_rows import columns

PEOPLE = "people.parquet"
SHOWN = frozenset({"age", "last"})
"""What a walk without a script shows beside names."""


@dataclass(frozen=True)
class Household:
    """A door as a walker has it; `stop` is its stop's place in the walk."""

    key: str
    door: int
    stop: int
    line: str
    unit: str | None
    floor: int | None
    people: tuple[Mapping[str, Any], ...]
    last: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Doorsteps:
    """The households of a turf as they are walked. `keys`: of all its households that were ever given;
    `left_out`: persons of the cut who are met no more, `moved` those of them who live elsewhere now;
    `receipts`: rows of the journal, by owner; `told`: why owners are missing."""

    walk: Walk
    households: tuple[Household, ...]
    notes: Mapping[int, tuple[Mapping[str, str], ...]]
    keys: frozenset[str]
    left_out: int
    moved: int
    receipts: tuple[int, ...]
    told: tuple[str, ...]

    @property
    def people(self) -> int:
        return sum(len(one.people) for one in self.households)


def doorsteps(home: Home, hand_out: HandOut, by: Actor) -> Doorsteps:
    """Ask for the persons of a turf now; receipts are in their owners' logs, under a checkpoint, first.

    Raises Refusal where the cut's doors are gone, or an owner's terms cannot be read; a turf that nobody
    grants any more has no households.
    """
    turf, shows = hand_out.turf, shown(hand_out)
    folder = home.turf / turf.cut.folder
    if not turf.cut.folder or not (folder / DOORS).exists():
        raise Refusal("The doors of this turf are not here any more.", where=turf.cut.gone)
    walk = order_of(folder, turf.number)
    listed = _listed(folder, turf, walk)
    receipts = DatabaseReceipts(home=home, viewer=hand_out.member, by=by)
    wanted, optional = columns(shows)
    asked = replace(
        questions.question(
            viewer=hand_out.member, purpose=turf.cut.purpose, mode="contact", where=turf.cut.where,
            columns=wanted,
        ),
        optional=optional, listed=_kept_to(turf, listed),
    )  # fmt: skip
    count = pq.read_metadata(listed).num_rows
    rolls = _Rolls(home, listed)
    try:
        # the cut's other owners are nobody's question here
        permits = DatabasePermits(home, only=sorted(asked.listed.owners if asked.listed else ()))
        found = flow.meet(
            asked, permits, receipts, doors=folder / DOORS, people=folder / PEOPLE, standing=rolls.standing
        )
    except NothingGranted as nothing:
        none = tuple(gap.sentence for gap in nothing.gaps)
        return Doorsteps(walk, (), {}, _keys(turf), count, 0, (), none)
    met = rolls.numbered(found.met.rows)
    keys = _known(turf, walk, met)
    seen = visits(home, turf, walk) if "last" in shows else Visits({}, {})
    households = tuple(_households(walk, met, keys, seen, shows))
    return Doorsteps(
        walk=walk,
        households=households,
        notes=seen.notes,
        keys=_keys(turf),
        left_out=count - met.num_rows,
        moved=found.met.moved,
        receipts=tuple(receipts.rows),
        told=tuple(gap.sentence for gap in found.gaps),
    )


def shown(hand_out: HandOut) -> frozenset[str]:
    """What the hand-out's script shows of a person and a door."""
    return frozenset(hand_out.script.get("shows", ())) if hand_out.script else SHOWN


# Who was cut into the turf


def _listed(folder: Path, turf: Turf, walk: Walk) -> Path:
    """The turf's persons as a list that a question keeps to; made once, since a turf's doors stay."""
    path = folder / f"turf-{turf.pk}.parquet"
    if path.exists():
        return path
    people = pq.read_table(folder / PEOPLE)
    people = people.filter(pc.is_in(people["door"], value_set=pa.array(walk.doors, people["door"].type)))
    people = people.sort_by([("owner", "ascending"), ("state_voter_id", "ascending")])
    places = pa.array(np.arange(people.num_rows), pa.int64())
    aside = folder / f".turf-{turf.pk}.{secrets.token_hex(4)}.part"
    pq.write_table(people.select(["owner", "state_voter_id"]).append_column("place", places), aside)
    aside.replace(path)
    return path


def _kept_to(turf: Turf, path: Path) -> Listed:
    # the cut's WHERE is asked again, so nobody is seen by what may not be read any more
    owners = sorted(pc.unique(pq.read_table(path, columns=["owner"])["owner"]).to_pylist())
    return Listed(str(path), turf.name, tuple((owner, ()) for owner in owners))


# Keys


class _Rolls:
    """The turf's persons on their owners' rolls today; it opens nothing, the question reads them again."""

    def __init__(self, home: Home, listed: Path) -> None:
        self.home, self.people = home, pq.read_table(listed, columns=["owner", "state_voter_id"])
        self.numbers: dict[tuple[str, str], int] = {}
        """By owner and the owner's own id what the voter has in its vault (`roll.lookup`)."""

    def standing(self, owner: str) -> tuple[pa.Table, Sequence[int]]:
        """As `flow.questions.Standing`."""
        index = _index(self.home, owner)
        theirs = self.people.filter(pc.equal(self.people["owner"], owner))["state_voter_id"].to_pylist()
        pairs = [(at, one) for one in theirs for at in index.places("id", {"state_voter_id": one})]
        rows = index.rows([at for at, _ in pairs])
        # a print is no proof
        right = pc.equal(rows["state_voter_id"], pa.array([one for _, one in pairs], pa.string()))
        places = pa.array([at for at, _ in pairs], pa.int64()).filter(right.combine_chunks()).to_pylist()
        rows = rows.filter(right)
        for voter, number in zip(rows["state_voter_id"].to_pylist(), index.numbers(places), strict=True):
            self.numbers[owner, voter] = int(number)
        return rows, places

    def numbered(self, rows: pa.Table) -> pa.Table:
        """With `number`."""
        owners, voters = rows["owner"].to_pylist(), rows["voter_key"].to_pylist()
        numbers = [self.numbers[pair] for pair in zip(owners, voters, strict=True)]
        return rows.append_column("number", pa.array(numbers, pa.int64()))


def _index(home: Home, key: str) -> Index:
    vault = Vault(home.vaults, key)
    snapshot = vault.current()
    assert snapshot is not None
    owner = Member.objects.get(key=key)
    return index_of(vault.path, key, vault.files(snapshot, "voters"), salt(home, owner))


@dataclass(frozen=True)
class _Keys:
    households: Mapping[int, str]
    people: Mapping[tuple[int, str, int], str]


def _keys(turf: Turf) -> frozenset[str]:
    return frozenset(TurfHousehold.objects.filter(turf=turf).values_list("key", flat=True))


def _known(turf: Turf, walk: Walk, met: pa.Table) -> _Keys:
    """Keys of the doors and persons who are met, made where there are none yet."""
    stop_of = {door: at for at, stop in enumerate(walk.stops) for door in stop.doors}
    doors, owners, numbers = (met[name].to_pylist() for name in ("door", "owner", "number"))
    wanted = list(zip(doors, owners, numbers, strict=True))
    with transaction.atomic():
        households = {one.door: one for one in TurfHousehold.objects.filter(turf=turf)}
        fresh = [
            TurfHousehold(turf=turf, key=_key("h"), door=door, stop=stop_of[door])
            for door in dict.fromkeys(doors)
            if door not in households
        ]
        if fresh:
            TurfHousehold.objects.bulk_create(fresh, ignore_conflicts=True)
            households = {one.door: one for one in TurfHousehold.objects.filter(turf=turf)}
        known = _people(turf)
        members = {one.key: one for one in Member.objects.filter(key__in=set(owners))}
        missing = [
            TurfPerson(household=households[d], key=_key("p"), owner=members[owner], number=number)
            for d, owner, number in wanted
            if (d, owner, number) not in known
        ]
        if missing:
            TurfPerson.objects.bulk_create(missing, ignore_conflicts=True)
            known = _people(turf)
    return _Keys({door: one.key for door, one in households.items()}, known)


def _people(turf: Turf) -> dict[tuple[int, str, int], str]:
    rows = TurfPerson.objects.filter(household__turf=turf)
    found = rows.values_list("household__door", "owner__key", "number", "key")
    return {(door, owner, number): key for door, owner, number, key in found}


def _key(kind: str) -> str:
    return f"{kind}{secrets.token_hex(5)}"


# What a walker has


def _households(
    walk: Walk, met: pa.Table, keys: _Keys, seen: Visits, shows: frozenset[str]
) -> Iterable[Household]:
    by_door: dict[int, list[dict[str, Any]]] = {}
    for row in met.to_pylist():
        by_door.setdefault(row["door"], []).append(row)
    for stop in walk.order:
        for door in walk.stops[stop].doors:
            rows = by_door.get(door)
            if not rows:
                continue
            unit = rows[0]["unit"]
            yield Household(
                key=keys.households[door],
                door=door,
                stop=stop,
                line=rows[0]["line"],
                unit=unit,
                floor=floor_of(unit),
                people=tuple(_person(keys, door, row, shows) for row in rows),
                last=seen.last.get(door, ()),
            )


def _person(keys: _Keys, door: int, row: Mapping[str, Any], shows: frozenset[str]) -> Mapping[str, Any]:
    found = {"id": keys.people[door, row["owner"], row["number"]], "name": row["name"], "age": row["age"]}
    return found | ({"language": row["language"]} if "language" in shows else {})
