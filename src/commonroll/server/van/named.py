"""Whom the rows of a file name, of those that the key's member may see.

Ids are looked up outside of the grants; whoever is found is then asked of the governed view as a list is,
with receipts to the owners. A row whose person may not be seen is as one that names nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll import flow
from commonroll.flow.questions import Listing
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.models import ApiKey
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.server.van import ids
from commonroll.server.van.person import STATE_ID
from commonroll.server.van.reading import OfOwner, Reading
from commonroll.server.van.source import LINE
from commonroll.views.question import Listed, NothingGranted

VAN_ID = "VANID"
ID_TYPES = (VAN_ID, STATE_ID)
"""Types of ids by which a file names persons."""

PEOPLE = pa.schema([
    (LINE, pa.int64()), ("owner", pa.string()), ("number", pa.int64()), ("state_voter_id", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class Named:
    """PEOPLE, by line: rows whose person may be seen. `listing`: those persons as a list; None: nobody."""

    people: pa.Table
    listing: Listing | None


def named(key: ApiKey, lines: pa.Array, said: pa.Array, kind: str, work: Path) -> Named:
    """The persons whom ids (text) of a type of ID_TYPES mean, by line."""
    reading = Reading(key)
    found = _by_van_id(reading, lines, said) if kind == VAN_ID else _by_state_id(reading, lines, said)
    if not found.num_rows:
        return Named(found, None)
    listing = visible(reading, found, work)
    if listing is None:
        return Named(PEOPLE.empty_table(), None)
    seen = pq.read_table(listing.members.path, columns=["owner", "state_voter_id"])
    return Named(found.join(seen, ["owner", "state_voter_id"], join_type="left semi").sort_by(LINE), listing)


def visible(reading: Reading, people: pa.Table, work: Path) -> Listing | None:
    """Those of `people` (owner, state_voter_id) whom the member may see, as a list; receipts come first."""
    persons = people.select(["owner", "state_voter_id"]).group_by(["owner", "state_voter_id"]).aggregate([])
    persons = persons.sort_by([("owner", "ascending"), ("state_voter_id", "ascending")])
    placed = persons.append_column("place", pa.array(np.arange(persons.num_rows), pa.int64()))
    wanted, to = work / "wanted.parquet", work / "seen.parquet"
    pq.write_table(placed.select(["owner", "state_voter_id", "place"]), wanted)
    owners = sorted(pc.unique(persons["owner"]).to_pylist())
    question = questions.question(
        viewer=reading.viewer, purpose=reading.key.purpose, mode="view", columns=["member"]
    )
    listed = Listed(str(wanted), "a file", tuple((owner, ()) for owner in owners))
    receipts = DatabaseReceipts(home=reading.home, viewer=reading.viewer, by=Actor.of_key(reading.key))
    try:
        return flow.enlist(
            replace(question, listed=listed), DatabasePermits(reading.home, only=owners), receipts, to=to
        )
    except NothingGranted:
        return None


# Ids


def _by_van_id(reading: Reading, lines: pa.Array, said: pa.Array) -> pa.Table:
    text = pc.utf8_trim_whitespace(said)
    right = pc.match_substring_regex(text, "^0{0,8}[1-9][0-9]{0,9}$")
    lines, numbers = lines.filter(right), text.filter(right).cast(pa.int64()).to_numpy()
    inside = numbers < ids.LIMIT
    of_lines, asked = lines.to_numpy()[inside], numbers[inside]
    readable = {owner.key for owner in reading.owners}
    parts = [PEOPLE.empty_table()]
    for owner, (at, theirs) in ids.whose_all(reading.home, reading.viewer, asked).items():
        of = reading.of(owner)
        if owner.key not in readable or not of.has_roll:
            continue
        places = of.index.places_of(theirs)
        there = places >= 0
        voters = state_ids(of).take(pa.array(places[there]))
        parts.append(_people(of_lines[at[there]], owner.key, theirs[there], voters))
    return pa.concat_tables(parts).combine_chunks()


def _by_state_id(reading: Reading, lines: pa.Array, said: pa.Array) -> pa.Table:
    """An id that two owners have is nobody's."""
    text = pc.utf8_trim_whitespace(said)
    parts = [PEOPLE.empty_table()]
    for owner in reading.owners:
        of = reading.of(owner)
        if not of.has_roll or not of.grants("state_voter_id"):
            continue
        places = pc.index_in(text, value_set=state_ids(of))
        there = pc.is_valid(places)
        numbers = of.index.numbers(places.filter(there).to_numpy())
        parts.append(_people(lines.filter(there).to_numpy(), owner.key, numbers, text.filter(there)))
    found = pa.concat_tables(parts).combine_chunks()
    once = found.group_by(LINE).aggregate([("owner", "count")])
    once = once.filter(pc.equal(once["owner_count"], 1)).select([LINE])
    return found.join(once, LINE, join_type="left semi")


def _people(lines: np.ndarray, owner: str, numbers: np.ndarray, voters: pa.Array) -> pa.Table:
    first, numbered = pa.array(lines, pa.int64()), pa.array(numbers, pa.int64())
    return pa.table([first, pa.repeat(owner, len(lines)), numbered, voters], schema=PEOPLE)


def state_ids(of: OfOwner) -> pa.Array:
    """The state's id of every voter of an owner's roll, by place; decoys of the copy after them."""
    tables = [pq.read_table(path, columns=["state_voter_id"]) for path in of.index.files]
    return pa.concat_tables(tables)["state_voter_id"].combine_chunks().cast(pa.string())
