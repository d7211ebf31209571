"""Refused lines leave, are mended, and come back; every line of a delivery is accounted for."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from deliveries import column, header, ids, line, lines, refused, taken, vault_of, written
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.load import LoadResult
from commonroll.roll.redaction.refused_lines import write
from commonroll.roll.vault.raw import line_as_delivered
from commonroll.roll.vault.vault import Vault
from thorough import dear

BROKEN = line(40).replace("\t", " ", 3)
UNKNOWN = line(41, party_cd="???")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_of(tmp_path / "vaults")


def delivered(vault: Vault, folder: Path, rows: Sequence[str]) -> LoadResult:
    return taken(vault, written(folder / "ncvoter_Statewide.txt", rows))


def exported(vault: Vault, load: str, folder: Path, change: Callable[[str], str]) -> Path:
    """The refused lines of a load as a file, each text changed."""
    out = folder / "mend.csv"
    write(vault.refused_files(load), vault.suppressed(), out)
    with out.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *([*row[:3], change(row[3])] for row in rows)])
    return out


def mending(text: str) -> str:
    return {BROKEN: line(40), UNKNOWN: line(41)}.get(text, text)


def test_mended_lines_join_the_current_roll(vault: Vault, tmp_path: Path) -> None:
    first = delivered(vault, tmp_path, [*lines(30), BROKEN, UNKNOWN, line(5)])
    assert [why for _, why in refused(vault, first.load)] == [
        "too few fields", "unknown code in party_cd", "repeats an earlier line",
    ]  # fmt: skip
    result = taken(vault, exported(vault, first.load, tmp_path, mending), mend=first.load)
    assert result.snapshot is not None and result.snapshot.number == 2
    assert (result.report.delivered.lines, result.report.accepted, result.report.refused) == (2, 2, 0)
    assert ids(vault, result.snapshot) == [f"AA{n:06}" for n in (*range(1, 31), 40, 41)]
    districts = set(column(vault, result.snapshot, "districts", "state_voter_id"))
    assert {"AA000001", "AA000040", "AA000041"} <= districts
    assert result.report.churn is not None and (result.report.churn.gone, result.report.churn.new) == (0, 2)


def test_a_mended_line_is_found_again_as_it_was_mended(vault: Vault, tmp_path: Path) -> None:
    first = delivered(vault, tmp_path, [*lines(30), BROKEN])
    result = taken(vault, exported(vault, first.load, tmp_path, mending), mend=first.load)
    name = f"ncvoter_Statewide.txt ({result.load})"
    assert result.snapshot is not None
    assert line_as_delivered(vault, result.snapshot, name, 2) == line(40)
    assert line_as_delivered(vault, result.snapshot, "ncvoter_Statewide.txt", 3) == line(2)


def test_columns_in_an_order_of_their_own_are_read_as_before(vault: Vault, tmp_path: Path) -> None:
    def swapped(row: str) -> str:
        cells = row.split("\t")
        return "\t".join(reversed(cells))

    file = tmp_path / "ncvoter_Statewide.txt"
    rows = [swapped(row) for row in [header(), *lines(30), UNKNOWN]]
    file.write_text("".join(f"{row}\n" for row in rows), "latin-1")
    first = taken(vault, file)
    mend = exported(vault, first.load, tmp_path, lambda text: swapped(mending(swapped(text))))
    result = taken(vault, mend, mend=first.load)
    assert "AA000041" in ids(vault, result.snapshot)


def test_a_line_mended_in_vain_is_refused_again(vault: Vault, tmp_path: Path) -> None:
    first = delivered(vault, tmp_path, [*lines(30), BROKEN])
    mend = exported(vault, first.load, tmp_path, lambda text: f"{text} ")
    result = taken(vault, mend, mend=first.load)
    assert (result.report.delivered.lines, result.report.refused) == (1, 1)
    assert len(ids(vault, vault.current())) == 30


#    how the file came back                       what is said
IN_VAIN: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: None, "No line was changed"),
    (
        lambda path: path.write_text(path.read_text().replace('"32"', '"31"').replace(",32,", ",31,")),
        "none of that",
    ),
    (lambda path: path.write_text("a,b\n"), "not a file of refused lines"),
]


@pytest.mark.parametrize(("change", "says"), IN_VAIN)
def test_a_file_that_mends_nothing_is_refused(
    vault: Vault, tmp_path: Path, change: Callable[[Path], object], says: str
) -> None:
    first = delivered(vault, tmp_path, [*lines(30), BROKEN])
    mend = exported(vault, first.load, tmp_path, str)
    change(mend)
    with pytest.raises(Refusal, match=says):
        taken(vault, mend, mend=first.load)
    assert vault.current() == first.snapshot


def test_a_load_that_nobody_knows_or_keeps_is_refused(vault: Vault, tmp_path: Path) -> None:
    first = delivered(vault, tmp_path, [*lines(30), BROKEN])
    mend = exported(vault, first.load, tmp_path, mending)
    with pytest.raises(Refusal, match="no such load"):
        taken(vault, mend, mend="nothing")
    delivered(vault, tmp_path, lines(30))
    vault.vacuum(keep=1)
    with pytest.raises(Refusal, match="does not keep the lines"):
        taken(vault, mend, mend=first.load)


LINES = st.sampled_from(
    [
        line(1), line(2), line(3), line(1, status_cd="R"), line(2, party_cd="???"), line(3, ncid=""),
        line(4, county_id="999"), line(5).replace("\t", " ", 1), line(6) + "\textra",
        '"=1+1"\t', "\0\0", "x" * 80,
        line(7, last_name="<script>alert(1)</script>", res_street_address="=cmd|' /C calc'!A0"), header(),
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=dear(12))
@given(st.lists(LINES, min_size=1, max_size=12))
def test_refused_is_what_was_read_less_what_was_loaded(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("delivery")
    vault = vault_of(folder / "vaults")
    result = delivered(vault, folder, [line(90), *rows])
    said = result.report.as_dict()["lines"]
    loaded = result.report.figures.rows["voters"]
    assert said["in"] == 1 + len(rows)
    assert said["refused"] == said["in"] - said["left_out"] - loaded
    out = folder / "mend.csv"
    files = vault.refused_files(result.load)
    assert (write(files, vault.suppressed(), out) if files else 0) == said["refused"]
