"""Every line has the columns of the state's official layout."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
import reading
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.invented import generate
from thorough import dear

# File, separator, columns.
WIDTHS = [
    ("NC/ncvoter_Statewide.txt", '"\t"', 67),
    ("NC/ncvhis_Statewide.txt", '"\t"', 15),
    ("NC/absentee_20261103.csv", '","', 42),
    ("OH/SWVF_1_22.txt", '","', 46 + 55),
    ("OH/SWVF_23_44.txt", '","', 46 + 55),
    ("OH/SWVF_45_66.txt", '","', 46 + 55),
    ("OH/SWVF_67_88.txt", '","', 46 + 55),
    ("FL/DAD_20261121.txt", "\t", 38),
    ("FL/DAD_H_20261121.txt", "\t", 5),
    ("WA/20261121_VRDB_Extract.txt", "|", 33),
    ("WA/20261121_VotingHistory_2019-2022.txt", "|", 5),
    ("WA/20261121_VotingHistory_2023-2026.txt", "|", 5),
]


@pytest.mark.parametrize(("name", "separator", "width"), WIDTHS)
def test_every_line_has_the_columns_of_the_layout(first: Path, name: str, separator: str, width: int) -> None:
    lines = reading.text_lines(first / name)
    assert Counter(len(line.split(separator)) for line in lines) == {width: len(lines)}
    assert len(lines) > 1


@pytest.mark.parametrize(("name", "separator", "width"), [w for w in WIDTHS if '"' in w[1]])
def test_every_line_of_a_quoted_file_begins_and_ends_with_a_quote(
    first: Path, name: str, separator: str, width: int
) -> None:
    assert all(line[0] == line[-1] == '"' for line in reading.text_lines(first / name))


def test_florida_has_two_files_for_each_of_67_counties(first: Path) -> None:
    names = {path.name for path in (first / "FL").iterdir()}
    codes = {name[:3] for name in names}
    assert len(codes) == 67 and {"ALA", "DAD", "WAS"} <= codes
    assert names == {f"{code}{mark}_20261121.txt" for code in codes for mark in ("", "_H")}


def test_florida_files_hold_their_own_county_alone(first: Path) -> None:
    for path in (first / "FL").iterdir():
        assert {line[:3] for line in reading.text_lines(path) if line} <= {path.name[:3]}


def test_ohio_files_hold_their_own_counties_and_the_history_since_2000(first: Path) -> None:
    for low, high in ((1, 22), (23, 44), (45, 66), (67, 88)):
        path = first / "OH" / f"SWVF_{low}_{high}.txt"
        rows = list(reading.quoted(path, ","))
        assert {int(row["COUNTY_NUMBER"]) for row in rows} <= set(range(low, high + 1))
        elections = list(rows[0])[46:]
        assert (elections[0], elections[-1]) == ("PRIMARY-03/07/2000", "GENERAL-11/03/2026")


@pytest.mark.parametrize(
    ("states", "voters", "seed", "snapshot"),
    [
        ([], 10, 1, 1),
        (["XX"], 10, 1, 1),
        (["NC", "NC"], 10, 1, 1),
        (["NC"], 0, 1, 1),
        (["NC"], 10, -1, 1),
        (["NC"], 10, 1, 3),
    ],
)
def test_what_cannot_be_invented_is_refused(
    tmp_path: Path, states: list[str], voters: int, seed: int, snapshot: int
) -> None:
    with pytest.raises(Refusal) as refused:
        generate(states, voters, seed, tmp_path, snapshot=snapshot)
    assert refused.value.next_step
    assert not list(tmp_path.iterdir())


def test_two_deliveries_never_meet_in_one_folder(tmp_path: Path) -> None:
    generate(["WA"], 20, 1, tmp_path)
    generate(["WA"], 20, 1, tmp_path)
    with pytest.raises(Refusal, match="2026-11-21"):
        generate(["WA"], 20, 1, tmp_path, snapshot=2)


def test_the_truth_of_other_states_is_never_replaced(tmp_path: Path) -> None:
    generate(["WA"], 20, 1, tmp_path)
    with pytest.raises(Refusal, match="truth of WA"):
        generate(["OH"], 20, 1, tmp_path)
    with pytest.raises(Refusal, match="truth of WA"):
        generate(["OH", "WA"], 20, 1, tmp_path)
    assert not (tmp_path / "OH").exists()


@settings(max_examples=dear(12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    states=st.lists(st.sampled_from(("NC", "OH", "FL", "WA")), min_size=1, max_size=4, unique=True),
    voters=st.integers(1, 2_000),
    seed=st.integers(0, 2**63),
    snapshot=st.sampled_from((1, 2)),
)
def test_any_size_and_seed_writes_files_that_can_be_read(
    states: list[str], voters: int, seed: int, snapshot: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = generate(states, voters, seed, Path(folder), snapshot=snapshot)
        assert [files.state for files in written] == states
        read = {"NC": reading.nc, "OH": reading.oh, "FL": reading.fl, "WA": reading.wa}
        for files in written:
            assert len(read[files.state](Path(folder))) == files.rows
            assert files.rows == voters or snapshot == 2
            assert all(path.exists() for path in files.files)
