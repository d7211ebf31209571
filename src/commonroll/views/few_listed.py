"""A page of a saved list: its own persons' rows alone, read by their places, granted as for any question.

Nobody scans an owner's roll for the 200 persons whose ids a page of the list has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from commonroll.agreements.denial import Denial
from commonroll.roll.lookup.index import Index
from commonroll.views.access import admit
from commonroll.views.few import Few, plan_few
from commonroll.views.question import IDS, Listed, Names, Owned, Question, check
from commonroll.views.relation import KEY
from commonroll.views.view import Plan


@dataclass(frozen=True)
class ListedPage:
    """What a page reads of each of its owners. `plan` is all of it for those who write receipts; it is never
    executed itself."""

    plan: Plan
    _few: Mapping[str, Few]
    _indexes: Mapping[str, Index]

    def rows(self) -> pa.Table:
        """member, agreement, ids, the columns asked for: owner by owner, ordered as a scan orders them."""
        listed = self.plan.question.listed
        assert listed is not None
        there = _persons(listed)
        return pa.concat_tables(
            _rows(few, *self._indexes[owner].of_voters(there[owner], few.columns))
            for owner, few in self._few.items()
        )


def plan_page(
    con: Backend,
    question: Question,
    owned: Sequence[Owned],
    indexes: Mapping[str, Index],
    *,
    denied: Mapping[str, Sequence[Denial]],
    names: Names,
    now: datetime,
    pseudonyms: Mapping[str, bytes],
    person_key: bytes | None,
) -> ListedPage:
    """As `view.plan`, for a question about a page of a list and without a WHERE; `indexes` of each owner of
    the page that is in `owned`."""
    assert question.listed is not None and question.where is None
    there = {one.owner: one for one in owned if one.owner in question.listed.owners}
    denied = {owner: said for owner, said in denied.items() if owner in question.listed.owners}
    owners, gaps = admit(check(question, now), list(there.values()), denied, names, now)
    few = {
        owner: plan_few(
            con, _of_one(question, owner), there[owner], denied={}, names=names, now=now,
            pseudonyms=pseudonyms, person_key=person_key,
        )
        for owner in (access.tables.member for access in owners)
    }  # fmt: skip
    plans = [one.plan for one in few.values()]
    whole = replace(
        plans[0], question=question, gaps=gaps, owners=tuple(few),
        used={owner: used for plan in plans for owner, used in plan.used.items()},
        states=tuple(plan.states[0] for plan in plans),
    )  # fmt: skip
    return ListedPage(whole, few, indexes)


def _of_one(question: Question, owner: str) -> Question:
    """One owner's part, the same for every page of every list that was chosen by the same columns."""
    assert question.listed is not None
    handed = Listed("", "", ((owner, question.listed.of(owner)),))
    return replace(question, listed=handed, limit=None)


def _persons(listed: Listed) -> Mapping[str, list[str]]:
    """The ids of the page's persons, by owner."""
    assert listed.places is not None
    first, last = listed.places
    begins, found = 0, []
    with pq.ParquetFile(listed.path) as file:
        for group in range(file.num_row_groups):
            ends = begins + file.metadata.row_group(group).num_rows
            if begins <= last and first < ends:
                rows = file.read_row_group(group, columns=["owner", "state_voter_id"])
                at = max(first - begins, 0)
                found.append(rows.slice(at, last + 1 - begins - at))
            begins = ends
    page = pa.concat_tables(found)
    return {
        owner: page.filter(pc.equal(page["owner"], owner))["state_voter_id"].to_pylist()
        for owner in listed.owners
    }


def _rows(few: Few, voters: pa.Table, places: Sequence[int]) -> pa.Table:
    rows = few.rows(voters, places).drop_columns([KEY])
    order = [name for name in IDS if name in rows.column_names] or rows.column_names[2:]
    return rows.sort_by([(name, "ascending") for name in order]) if order else rows
