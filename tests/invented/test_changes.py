"""The second delivery differs from the first in about two rows of a hundred, and tells the same past."""

from __future__ import annotations

from pathlib import Path

import pytest
import reading


def by_id(folder: Path, state: str) -> dict[tuple[str, ...], reading.Row]:
    if state == "NC":
        return {(row["ncid"], row["county_id"]): row for row in reading.nc(folder)}
    if state == "OH":
        return {(row["SOS_VOTERID"],): row for row in reading.oh(folder)}
    if state == "FL":
        return {(row["id"],): row for row in reading.fl(folder)}
    return {(row["StateVoterID"],): row for row in reading.wa(folder)}


@pytest.mark.parametrize("state", ["NC", "OH", "FL", "WA"])
def test_about_two_in_a_hundred_rows_changed(first: Path, second: Path, state: str) -> None:
    before, after = by_id(first, state), by_id(second, state)
    added, dropped = after.keys() - before.keys(), before.keys() - after.keys()
    changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
    total = len(added) + len(dropped) + len(changed)
    assert 0.01 < total / len(before) < 0.03
    assert added and changed
    assert not dropped if state == "NC" else dropped


def test_each_kind_of_change_occurs_in_north_carolina(first: Path, second: Path) -> None:
    before, after = by_id(first, "NC"), by_id(second, "NC")
    kinds = {"res_street_address": 0, "party_cd": 0, "last_name": 0, "voter_status_desc": 0}
    for key in before.keys() & after.keys():
        for column in kinds:
            kinds[column] += before[key][column] != after[key][column]
    assert all(kinds.values())
    moved = {ncid for ncid, _ in after.keys() - before.keys()} & {ncid for ncid, _ in before}
    assert moved
    for ncid in moved:
        rows = [row for key, row in after.items() if key[0] == ncid]
        assert "MOVED FROM COUNTY" in {row["voter_status_reason_desc"] for row in rows}


def test_the_past_stays_as_it_was(first: Path, second: Path) -> None:
    before = {row["SOS_VOTERID"]: list(row.values())[46:] for row in reading.oh(first)}
    after = {row["SOS_VOTERID"]: list(row.values())[46:] for row in reading.oh(second)}
    known = before.keys() & after.keys()
    assert len(known) > 3_900
    assert {voter: before[voter] for voter in known} == {voter: after[voter] for voter in known}


def test_north_carolina_tells_the_same_votes(first: Path, second: Path) -> None:
    def votes(folder: Path) -> set[tuple[str, str, str, str]]:
        rows = reading.quoted(folder / "NC" / "ncvhis_Statewide.txt", "\t")
        return {(r["ncid"], r["election_lbl"], r["voting_method"], r["voted_party_cd"]) for r in rows}

    assert votes(first) == votes(second)


def test_new_registrations_are_dated_after_the_first_delivery(first: Path, second: Path) -> None:
    before = {row["StateVoterID"] for row in reading.wa(first)}
    fresh = [row["Registrationdate"] for row in reading.wa(second) if row["StateVoterID"] not in before]
    assert fresh and all("2026-11-22" <= day <= "2026-12-19" or day.startswith("2218") for day in fresh)
