"""Pieces of a delivery on different days: counties and elections that a piece does not hold stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from deliveries import column, ids, line, taken, vault_of, written
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.gate.gate import Overruled
from commonroll.roll.layout.layout import layout
from commonroll.roll.vault.raw import line_as_delivered, sweep
from commonroll.roll.vault.vault import Snapshot, Vault

SMALL = Overruled("us", "a roll of three voters changes by a third with each")
COUNTIES = ("1", "2", "3")
HISTORY = layout("nc/2021-06.history").order


def piece(path: Path, rows: list[tuple[int, str]], **cells: str) -> Path:
    """A file of voters, each a number and a county."""
    return written(path, [line(number, county_id=county, **cells) for number, county in rows])


def history(path: Path, rows: list[tuple[int, str]]) -> Path:
    """A file of elections, each a voter's number and a day."""
    told = {"county_id": "1", "voting_method": "IN-PERSON", "voted_party_cd": "DEM", "voted_county_id": "1"}
    lines = [list(HISTORY)]
    for number, day in rows:
        cells = {**told, "ncid": f"AA{number:06}", "election_lbl": day, "election_desc": f"{day} GENERAL"}
        lines.append([cells.get(name, "") for name in HISTORY])
    path.write_text("".join("\t".join(f'"{cell}"' for cell in row) + "\n" for row in lines), "latin-1")
    return path


def counties(vault: Vault, snapshot: Snapshot | None) -> list[object]:
    return column(vault, snapshot, "voters", "county_fips")


def test_counties_that_a_piece_does_not_hold_stay(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    taken(vault, piece(tmp_path / "all.txt", [(1, "1"), (2, "2"), (3, "3")]))
    made = taken(vault, piece(tmp_path / "two.txt", [(2, "2"), (4, "2")]), piece=True, overrule=SMALL)
    assert ids(vault, made.snapshot) == ["AA000001", "AA000002", "AA000003", "AA000004"]


def test_without_a_word_a_delivery_is_the_whole_roll(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    taken(vault, piece(tmp_path / "all.txt", [(1, "1"), (2, "2")]))
    made = taken(vault, piece(tmp_path / "two.txt", [(2, "2")]), layout="nc/2022-02.registration")
    assert made.snapshot is None or ids(vault, made.snapshot) == ["AA000002"]


def test_voters_gone_from_their_county_go_and_those_who_moved_are_there_once(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    taken(vault, piece(tmp_path / "all.txt", [(1, "1"), (2, "2"), (3, "3")]))
    made = taken(vault, piece(tmp_path / "two.txt", [(4, "2"), (3, "2")]), piece=True, overrule=SMALL)
    assert ids(vault, made.snapshot) == ["AA000001", "AA000003", "AA000004"]
    assert counties(vault, made.snapshot).count("37003") == 2


def test_districts_stay_with_their_voters(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    first = taken(vault, piece(tmp_path / "all.txt", [(1, "1"), (2, "2")]))
    before = column(vault, first.snapshot, "districts", "state_voter_id")
    made = taken(vault, piece(tmp_path / "two.txt", [(3, "2")]), piece=True, overrule=SMALL)
    after = column(vault, made.snapshot, "districts", "state_voter_id")
    assert after.count("AA000001") == before.count("AA000001") > 0
    assert after.count("AA000003") == before.count("AA000002")
    assert "AA000002" not in after


def test_elections_come_one_after_the_other(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    taken(vault, piece(tmp_path / "all.txt", [(1, "1"), (2, "2")]))
    taken(vault, history(tmp_path / "ncvhis1.txt", [(1, "11/05/2024"), (2, "11/05/2024")]))
    made = taken(
        vault,
        history(tmp_path / "ncvhis2.txt", [(1, "11/08/2022"), (1, "11/05/2024")]),
        piece=True,
        overrule=SMALL,
    )
    assert column(vault, made.snapshot, "history", "state_voter_id") == ["AA000001", "AA000001", "AA000002"]


def test_a_first_piece_is_a_roll(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    made = taken(vault, piece(tmp_path / "one.txt", [(1, "1")]), piece=True, overrule=SMALL)
    assert ids(vault, made.snapshot) == ["AA000001"]


def test_lines_of_every_piece_are_found_whatever_their_files_are_called(tmp_path: Path) -> None:
    vault = vault_of(tmp_path)
    path = tmp_path / "voters.txt"
    for number, county in enumerate(COUNTIES, 1):
        made = taken(
            vault, piece(path, [(number, county)], last_name=f"TERN{number}"), piece=True, overrule=SMALL
        )
        sweep(vault)
    assert made.snapshot is not None
    files = column(vault, made.snapshot, "voters", "source_file")
    assert len(set(files)) == 3
    told = [line_as_delivered(vault, made.snapshot, str(file), 2) for file in files]
    assert all(f"TERN{number}" in "".join(told) for number in (1, 2, 3))
    with pytest.raises(Refusal, match="does not keep"):
        line_as_delivered(vault, made.snapshot, "voters.txt", 3)


voters = st.dictionaries(st.integers(1, 6), st.sampled_from(COUNTIES), min_size=1)


@settings(max_examples=4, deadline=None)
@given(before=voters, after=voters)
def test_a_piece_replaces_its_counties_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, before: dict[int, str], after: dict[int, str]
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    vault = vault_of(folder)
    taken(vault, piece(folder / "a.txt", list(before.items())))
    made = taken(vault, piece(folder / "b.txt", list(after.items())), piece=True, overrule=SMALL)
    rest = {number: county for number, county in before.items() if county not in after.values()}
    assert ids(vault, made.snapshot) == sorted(f"AA{number:06}" for number in {**rest, **after})
