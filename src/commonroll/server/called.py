"""Who stands behind the people of a call list today: asked anew, with a receipt in their owners' logs."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll import flow
from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import CallList, CallPerson, Member
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.server.salts import salt
from commonroll.views.call_rows import columns
from commonroll.views.question import Listed, NothingGranted

SHOWN = frozenset({"age"})


@dataclass(frozen=True)
class Told:
    """What a caller has of somebody; `voter` is the owner's id and stays inside."""

    phone: str
    name: str
    age: str
    language: str
    voter: str


def people(
    home: Home, of: CallList, some: Sequence[CallPerson], by: Actor
) -> tuple[dict[int, Told], tuple[str, ...]]:
    """By the person's row: who may be called now, of `some`; and why owners are missing."""
    if not some:
        return {}, ()
    shows = frozenset(of.script.get("shows", ())) if of.script else SHOWN
    wanted, optional = columns(shows)
    asked = replace(
        questions.question(
            viewer=of.member, purpose=of.purpose, mode="contact", where=of.where, columns=wanted
        ),
        optional=optional,
    )
    row_of, listed = _voters(home, some)
    if not row_of:
        return {}, ()
    with _file(home, listed) as path:
        owners = sorted({owner for owner, _ in listed})
        asked = replace(asked, listed=Listed(str(path), of.name, tuple((owner, ()) for owner in owners)))
        try:
            found = flow.call(
                asked,
                DatabasePermits(home, only=owners),
                DatabaseReceipts(home=home, viewer=of.member, by=by),
            )
        except NothingGranted as nothing:
            return {}, tuple(gap.sentence for gap in nothing.gaps)
    told = {
        row_of[row["owner"], row["voter_key"]]: Told(
            row["phone"], row["name"] or "", row["age"] or "", row["language"] or "", row["voter_key"]
        )
        for row in found.rows.to_pylist()
        if (row["owner"], row["voter_key"]) in row_of
    }
    return told, tuple(gap.sentence for gap in found.gaps)


def voters(home: Home, some: Sequence[CallPerson]) -> dict[int, str]:
    """The owners' own ids of people, by their rows, which stay inside; without who is on no roll any more."""
    row_of, _ = _voters(home, some)
    return {row: voter for (_, voter), row in row_of.items()}


def index(home: Home, owner: Member) -> Index:
    """The owner's voters by number and id, as of its roll of today."""
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    assert snapshot is not None
    return index_of(vault.path, owner.key, vault.files(snapshot, "voters"), salt(home, owner))


def _voters(
    home: Home, some: Sequence[CallPerson]
) -> tuple[dict[tuple[str, str], int], list[tuple[str, str]]]:
    by_owner: dict[Member, list[CallPerson]] = defaultdict(list)
    for one in some:
        by_owner[one.owner].append(one)
    row_of: dict[tuple[str, str], int] = {}
    for owner, held in by_owner.items():
        known = index(home, owner)
        places = known.places_of(np.array([one.number for one in held], np.int64))
        there = [(one, int(place)) for one, place in zip(held, places, strict=True) if place >= 0]
        ids = known.rows([place for _, place in there], ["state_voter_id"])["state_voter_id"] if there else []
        for (one, _), voter in zip(there, ids, strict=True):
            row_of[owner.key, str(voter)] = one.pk
    return row_of, sorted(row_of)


@contextmanager
def _file(home: Home, listed: Sequence[tuple[str, str]]) -> Iterator[Path]:
    """Persons as a question keeps to them; gone with the question."""
    path = home.tmp / f"called-{secrets.token_hex(8)}.parquet"
    owners, ids = zip(*listed, strict=True)
    places = pa.array(range(len(listed)), pa.int64())
    try:
        pq.write_table(pa.table({"owner": list(owners), "state_voter_id": list(ids), "place": places}), path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def numbers(home: Home, rows: pa.Table) -> Mapping[tuple[str, str], int]:
    """Of rows with owner and voter_key the numbers (`roll.lookup`)."""
    found: dict[tuple[str, str], int] = {}
    by_owner: dict[str, list[str]] = defaultdict(list)
    for owner, voter in zip(rows["owner"].to_pylist(), rows["voter_key"].to_pylist(), strict=True):
        by_owner[owner].append(voter)
    members = {one.key: one for one in Member.objects.filter(key__in=by_owner)}
    for owner, ids in by_owner.items():
        known = index(home, members[owner])
        table, places = known.of_voters(ids, ["state_voter_id"])
        for voter, number in zip(table["state_voter_id"].to_pylist(), known.numbers(places), strict=True):
            found[owner, voter] = int(number)
    return found
