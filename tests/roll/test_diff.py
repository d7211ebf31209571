"""What the diff of two snapshots says, and that applying it to the old roll yields the new one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import publish, table, voter

from commonroll.errors import Refusal
from commonroll.roll.changes.diff import COMPARED, KINDS, apply, counts, diff, diff_rows
from commonroll.roll.vault.vault import Vault
from thorough import dear

Row = dict[str, Any]
NONE = dict.fromkeys(KINDS, 0)

#    what happened to voter 1                            what the diff counts
CASES = [
    ({}, NONE),
    ({"residence_line1": "9 OAK ST"}, NONE | {"moved": 1}),
    ({"residence_unit": "APT 2"}, NONE | {"moved": 1}),
    ({"county_fips": "37063", "county_name": "DURHAM"}, NONE | {"moved": 1, "moved_between": 1}),
    ({"party": "REP"}, NONE | {"changed_party": 1}),
    ({"party": None}, NONE | {"changed_party": 1}),
    ({"status": "removed"}, NONE | {"changed_status": 1}),
    ({"last_name": "OTHER"}, NONE | {"changed_name": 1}),
    ({"status": "inactive", "residence_zip5": "27601"}, NONE | {"changed_status": 1, "moved": 1}),
    ({"phone": "+19195550100"}, NONE),
    ({"source_line": 77, "source_file": "later.txt"}, NONE),
]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_a_change_counts_as_its_kind(vault: Vault, changes: Row, expected: Mapping[str, int]) -> None:
    old = publish(vault, [voter(1), voter(2)])
    new = publish(vault, [voter(1, **changes), voter(2)])
    assert diff(vault, old, new).total == expected


def test_added_and_dropped_count_in_the_county_they_came_to_or_were_in(vault: Vault) -> None:
    old = publish(vault, [voter(1), voter(2, county_fips="37063", county_name="DURHAM")])
    new = publish(vault, [voter(1, county_fips="37063", county_name="DURHAM"), voter(3)])
    report = diff(vault, old, new).as_dict()
    assert (report["from"], report["to"], report["added"], report["dropped"], report["moved"]) == (
        1,
        2,
        1,
        1,
        1,
    )
    turns: Row = {"party_turns": [], "status_turns": []}
    assert report["counties"] == [
        {"fips": "37063", "name": "DURHAM", **NONE, "dropped": 1, "moved": 1, "moved_between": 1, **turns},
        {"fips": "37183", "name": "WAKE", **NONE, "added": 1, **turns},
    ]


def test_party_and_status_are_told_from_what_to_what(vault: Vault) -> None:
    old = publish(vault, [voter(1), voter(2), voter(3, party=None), voter(4, party="NPA")])
    new = publish(
        vault,
        [
            voter(1, party="REP"),
            voter(2, party="REP", status="inactive", county_fips="37063", county_name="DURHAM"),
            voter(3),
            voter(4, party=None),
        ],
    )
    report = diff(vault, old, new).as_dict()
    assert report["party_turns"] == [
        {"from": "DEM", "to": "REP", "voters": 2},
        {"from": "", "to": "DEM", "voters": 1},
        {"from": "NPA", "to": "", "voters": 1},
    ]
    assert report["status_turns"] == [{"from": "active", "to": "inactive", "voters": 1}]
    durham, wake = report["counties"]
    assert durham["party_turns"] == [{"from": "DEM", "to": "REP", "voters": 1}]
    assert wake["status_turns"] == [] and wake["changed_party"] == 3


def test_who_was_missing_and_is_here_again_came_back(vault: Vault) -> None:
    publish(vault, [voter(1), voter(2), voter(3)])
    old = publish(vault, [voter(1)])
    new = publish(
        vault,
        [voter(1), voter(2, last_name="MARRIED"), voter(3, first_name="OTHER", birth_year=2000), voter(4)],
    )
    total = diff(vault, old, new).total
    assert total == NONE | {"added": 3, "came_back": 1}, "under 3 is another person than before"


def test_nobody_came_back_to_a_snapshot_that_is_kept_no_more(vault: Vault) -> None:
    publish(vault, [voter(1), voter(2)])
    publish(vault, [voter(1)])
    publish(vault, [voter(1), voter(2)])
    vault.vacuum(keep=2)
    assert diff(vault, vault.snapshot(2), vault.snapshot(3)).total == NONE | {"added": 1}


def test_a_voter_left_out_of_every_read_is_in_no_difference(vault: Vault) -> None:
    publish(vault, [voter(1), voter(2)])
    old, new = publish(vault, [voter(1)]), publish(vault, [voter(1, party="REP"), voter(2)])
    vault.suppress(["AA000001", "AA000002"])
    assert diff(vault, old, new).total == NONE


def test_between_equal_snapshots_nothing_changed(vault: Vault) -> None:
    old = publish(vault, [voter(1)])
    report = diff(vault, old, publish(vault, [voter(1)]))
    assert report.total == NONE and report.counties == {}


def test_a_snapshot_that_is_no_longer_kept_is_refused(vault: Vault) -> None:
    old, new = publish(vault, [voter(1)]), publish(vault, [voter(2)])
    vault.vacuum(keep=1)
    with pytest.raises(Refusal, match="no longer kept"):
        diff(vault, old, new)


SOME = st.fixed_dictionaries(
    {},
    optional={
        "party": st.sampled_from(["DEM", "REP", None]),
        "status": st.sampled_from(["active", "removed"]),
        "residence_line1": st.sampled_from(["1 A ST", "2 B ST", None]),
        "last_name": st.sampled_from(["X", "Y", None]),
        "phone": st.sampled_from(["+19195550100", None]),
        "county_fips": st.sampled_from(["37183", "37063"]),
        "birth_year": st.sampled_from([1950, None]),
    },
)
ROLLS = st.dictionaries(st.integers(0, 6), SOME, max_size=6).map(
    lambda roll: [voter(number, **changes) for number, changes in roll.items()]
)


def _rows(expression: Any) -> list[Row]:
    rows = [{c: row[c] for c in COMPARED} for row in expression.to_pyarrow().to_pylist()]
    return sorted(rows, key=lambda row: str(row["state_voter_id"]))


@settings(deadline=None, max_examples=dear(15))
@given(ROLLS, ROLLS)
def test_applying_a_diff_yields_the_new_roll(before: list[Row], after: list[Row]) -> None:
    old, new = ibis.memtable(table("voters", before)), ibis.memtable(table("voters", after))
    assert _rows(apply(old, diff_rows(old, new))) == _rows(new)


@settings(deadline=None, max_examples=dear(15))
@given(ROLLS, ROLLS)
def test_counts_balance(before: list[Row], after: list[Row]) -> None:
    old, new = ibis.memtable(table("voters", before)), ibis.memtable(table("voters", after))
    rows = counts(old, new).to_pyarrow().to_pylist()
    total = {kind: sum(row[kind] for row in rows) for kind in KINDS}
    assert len(before) + total["added"] - total["dropped"] == len(after)
    by_id = {row["state_voter_id"]: row for row in before}
    party = [
        r for r in after if r["state_voter_id"] in by_id and by_id[r["state_voter_id"]]["party"] != r["party"]
    ]
    assert total["changed_party"] == len(party)
