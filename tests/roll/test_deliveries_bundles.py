"""Deliveries of parts, workbooks and bundles: a header in part 1 alone, sheets, older sets, macOS litter."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from made_deliveries import VOTERS, delivery, evidence, layouts_read, roll, taken, vault_of, zipped
from made_workbooks import book, sheet

from commonroll.errors import Refusal
from commonroll.roll.canonical.repeats import REPEATED
from commonroll.roll.gate.gate import Overruled
from commonroll.roll.layout.layout import layout

GROWN = Overruled("us", "the counties come one after the other, so that the roll grows by half")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def split(content: bytes, parts: int) -> list[bytes]:
    lines = content.splitlines(keepends=True)
    ends = [len(lines) * number // parts for number in range(parts + 1)]
    return [b"".join(lines[start:end]) for start, end in pairwise(ends)]


@pytest.mark.parametrize("names", ["abc", "cba"], ids=["header first", "header last"])
def test_iowa_writes_its_header_into_the_first_of_three_parts(tmp_path: Path, names: str) -> None:
    iowa = delivery("IA", tmp_path / "out")
    whole = b"".join(files_of(iowa).values())
    parts = dict(zip((f"{name}.txt" for name in names), split(whole, 3), strict=True))
    divided, joined = vault_of("ia", tmp_path / "divided"), vault_of("ia", tmp_path / "joined")
    result = taken(divided, zipped(tmp_path / "ia.zip", parts))
    taken(joined, iowa)
    assert result.report.refused == 0
    headless = [said for name, said in evidence(result).items() if name != f"{names[0]}.txt"]
    assert all(f"columns as in {names[0]}.txt" in said for said in headless) and len(headless) == 2
    for table in ("voters", "history", "districts"):
        assert roll(divided, table) == roll(joined, table)


@pytest.mark.parametrize(("state", "line"), [("RI", 2), ("SD", 3)])
def test_the_header_stands_below_a_preamble(tmp_path: Path, state: str, line: int) -> None:
    result = taken(vault_of(state, tmp_path), delivery(state, tmp_path / "out"))
    assert result.verdict == "accept" and result.report.refused == 0
    assert any(f"header on line {line}" in said for said in evidence(result).values())
    assert result.snapshot is not None and result.snapshot.rows["voters"] == VOTERS


@pytest.mark.thorough
def test_new_hampshire_as_a_workbook_and_as_text_is_the_same_roll(tmp_path: Path) -> None:
    key = "nh/2025-04.registration"
    known = layout(key)
    field = {field: one.columns[0] for field, one in known.columns.items() if one.columns}
    told = [
        {
            field["state_voter_id"]: f"{number:09}",
            field["last_name"]: "O'TERN, SR",
            field["first_name"]: "ADA",
        }
        for number in range(1, 4)
    ]
    rows = [list(known.order), *([cells.get(name, "") for name in known.order] for cells in told)]
    book(tmp_path / "checklist.xlsx", Voters=sheet(rows))
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    (tmp_path / "checklist.csv").write_text(text, "latin-1")
    made = []
    for kind in ("xlsx", "csv"):
        vault = vault_of("nh", tmp_path / kind)
        result = taken(vault, tmp_path / f"checklist.{kind}", layout=key)
        assert result.report.refused == 0, result.report.sentences
        made.append(roll(vault))
    assert made[0] == made[1] and len(made[0]) == 3


def test_arizonas_rows_go_on_on_a_second_sheet(tmp_path: Path) -> None:
    """A sheet ends at 1,048,576 rows; the next has the header again or goes on without."""
    known = layout("az/2020-01.registration")
    field = {field: one.columns[0] for field, one in known.columns.items() if one.columns}
    row = {field["last_name"]: "TERN", field["status"]: next(iter(known.codes["status"])),
           field["county"]: next(iter(known.counties))}  # fmt: skip
    rows = [
        [{**row, field["state_voter_id"]: f"{number:09}"}.get(name, "") for name in known.order]
        for number in range(1, 7)
    ]
    header = list(known.order)
    sheets = {"A": sheet([header, *rows[:2]]), "B": sheet([header, *rows[2:4]]), "C": sheet(rows[4:])}
    vault = vault_of("az", tmp_path)
    result = taken(vault, book(tmp_path / "OTHER COUNTIES - ACTIVE.xlsx", **sheets))
    assert result.report.refused == 0, result.report.sentences
    assert len(roll(vault)) == 6 and len(layouts_read(result)) == 3


def test_an_older_set_beside_the_new_one_is_refused_and_said(tmp_path: Path) -> None:
    """Colorado's bundles repeat older sets; which one is newer no name tells surely, so none is guessed."""
    colorado = delivery("CO", tmp_path / "out")
    lists = {name: text for name, text in files_of(colorado).items() if "Registered" in name}
    older = {f"2017/{name.replace('Voters', 'Public_Voters')}": text for name, text in lists.items()}
    vault = vault_of("co", tmp_path)
    result = taken(vault, zipped(tmp_path / "co.zip", lists | older))
    assert (result.verdict, result.snapshot) == ("refuse", None)
    assert result.report.delivered.refused[REPEATED] == VOTERS
    assert any(f"{VOTERS} of {2 * VOTERS} lines repeat" in said for said in result.report.sentences)
    assert result.report.delivered.lines == result.report.accepted + result.report.refused
    alone = taken(vault, zipped(tmp_path / "new.zip", lists))
    assert alone.verdict == "accept" and len(roll(vault)) == VOTERS


def test_colorados_report_of_split_districts_is_not_read_as_voters(tmp_path: Path) -> None:
    files = files_of(delivery("CO", tmp_path / "out"))
    files["EX-001_Split_District_Report.txt"] = b"COUNTY,SPLIT,DISTRICT\nAdams,101,4\n"
    result = taken(vault_of("co", tmp_path), zipped(tmp_path / "co.zip", files))
    assert result.verdict == "accept"
    assert layouts_read(result)["EX-001_Split_District_Report.txt"] == "not read"


def test_what_macos_and_people_leave_in_a_zip_is_named_and_passed_over(tmp_path: Path) -> None:
    kansas = files_of(delivery("KS", tmp_path / "out"))
    litter = {
        "__MACOSX/._" + next(iter(kansas)): b"\0\x05\x16\x07", ".DS_Store": b"\0\0\0\1Bud1",
        "._voters.txt": b"\0",
        "ReadMe.txt": b"How to read this", "layout.pdf": b"%PDF", "roll.mdb": b"\0\1\0\0Standard Jet DB",
        "report.html": b"<table><tr><td>1</td></tr></table>", "Thumbs.db": b"\xd0\xcf\x11\xe0",
    }  # fmt: skip
    vault = vault_of("ks", tmp_path)
    result = taken(vault, zipped(tmp_path / "ks.zip", litter | kansas))
    read = layouts_read(result)
    assert result.verdict == "accept" and len(roll(vault)) == VOTERS
    assert {name for name, key in read.items() if key == "not read"} == set(litter)
    assert all(evidence(result)[name] for name in litter)


def test_a_file_that_nobody_knows_stops_the_delivery_and_is_named(tmp_path: Path) -> None:
    files = files_of(delivery("CO", tmp_path / "out"))
    files["minutes.csv"] = b"item,who\n1,chair\n"
    vault = vault_of("co", tmp_path)
    with pytest.raises(Refusal, match=r"minutes\.csv: no layout fits"):
        taken(vault, zipped(tmp_path / "co.zip", files))
    assert vault.current() is None


def test_pieces_come_on_different_days(tmp_path: Path) -> None:
    """Oklahoma's counties one after the other make the roll that they make together."""
    oklahoma = delivery("OK", tmp_path / "out")
    counties = sorted(oklahoma.glob("*_vr.csv"))
    apart, together = vault_of("ok", tmp_path / "apart"), vault_of("ok", tmp_path / "together")
    assert taken(together, *counties).verdict == "accept"
    for part in (counties[:2], counties[2:4], counties[4:]):
        result = taken(apart, *part, piece=True, overrule=GROWN)
        assert result.snapshot is not None, result.report.sentences
    assert roll(apart) == roll(together)
