"""Which events are about a voter who is taken out: answers, facts, phones, contacts.

Requests to be left alone stay: they are why nobody knocks. What another owner's voter with the same id said
stays as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.roll.schema import (
    ATTEMPTS,
    BALLOT_EVENTS,
    CONTACTS,
    FACTS,
    FOUND_OUT,
    LISTINGS,
    REACHABLES,
    RESPONSES,
)
from commonroll.roll.vault.vault import Vault

PERSONAL = (
    ATTEMPTS.name, RESPONSES.name, FOUND_OUT.name, FACTS.name, REACHABLES.name, BALLOT_EVENTS.name,
    LISTINGS.name, CONTACTS.name,
)  # fmt: skip
"""Tables of events about persons; contacts last, since they say whose the others' rows are."""


class EventsAbout:
    """Events about some of the vault's own voters, about contacts who are they, about their households.

    `lines`: import -> lines of its list that are or may be theirs; what came of them goes as well.
    """

    def __init__(self, vault: Vault, ids: pa.Array, lines: Mapping[str, pa.Array]) -> None:
        self._member = vault.member
        self._came = {name: of.cast(pa.int64()) for name, of in lines.items()}
        self._gone = {"state_voter_id": ids}
        contacts = _of_ids(vault.event_files(CONTACTS.name), ids, "contact_id", vault.member)
        self._gone["contact_id"] = pa.concat_arrays([contacts, *self._contacts(vault)])
        places = sorted(str(path) for path in vault.path.glob("places/*.parquet"))
        self._gone["household_id"] = _of_ids(places, ids, "household_id", None)

    def stays(self, rows: pa.Table) -> pa.ChunkedArray:
        """For each row of a table of PERSONAL whether it is about nobody of them."""
        named = [
            pc.fill_null(pc.is_in(rows[column], value_set=gone), False)
            for column, gone in self._gone.items()
            if column in rows.column_names
        ]
        if {"import_id", "source_line"}.issubset(rows.column_names):
            named += list(self._of_lines(rows))
        return pc.invert(pc.and_(pc.equal(rows["owner"], self._member), reduce(pc.or_, named)))

    def _of_lines(self, rows: pa.Table) -> Iterator[pa.ChunkedArray]:
        for import_id, lines in self._came.items():
            same = pc.and_(
                pc.equal(rows["import_id"], import_id), pc.is_in(rows["source_line"], value_set=lines)
            )
            yield pc.fill_null(same, False)

    def _contacts(self, vault: Vault) -> Iterator[pa.Array]:
        """Contacts that were made of those lines."""
        for table in (FACTS.name, REACHABLES.name, CONTACTS.name) if self._came else ():
            for file in vault.event_files(table):
                rows = pq.read_table(file, columns=["owner", "contact_id", "import_id", "source_line"])
                of_lines = reduce(pc.or_, self._of_lines(rows))
                mine = pc.and_(of_lines, pc.equal(rows["owner"], self._member))
                yield pc.drop_null(rows.filter(mine)["contact_id"].combine_chunks())


def _of_ids(files: Sequence[str], ids: pa.Array, column: str, owner: str | None) -> pa.Array:
    """Values of `column` in rows of these voters."""
    found: set[str] = set()
    for file in files:
        names = ["state_voter_id", column, *(["owner"] if owner else [])]
        if not set(names).issubset(pq.read_schema(file).names):
            continue
        rows = pq.read_table(file, columns=names)
        mine = pc.is_in(rows["state_voter_id"], value_set=ids)
        if owner:
            mine = pc.and_(mine, pc.equal(rows["owner"], owner))
        found.update(value for value in rows.filter(mine)[column].to_pylist() if value is not None)
    return pa.array(sorted(found), pa.string())
