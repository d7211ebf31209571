"""The official files read as plainly as possible, without the code that wrote them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

Row = dict[str, str]

_FL = (
    "county id last suffix first middle exempt line1 line2 city state zip mail1 mail2 mail3 "
    "mail_city mail_state mail_zip mail_country sex race birth registered party precinct group "
    "split precinct_suffix status congress house senate commission school area phone extension "
    "email"
)
FL_COLUMNS = _FL.split()


def text_lines(path: Path) -> list[str]:
    return path.read_bytes().decode("latin-1").removesuffix("\n").split("\n")


def quoted(path: Path, delimiter: str) -> Iterator[Row]:
    """Rows of a file whose every field is quoted; quotes inside are data, never doubled."""
    between = f'"{delimiter}"'
    top, *body = (line[1:-1].split(between) for line in text_lines(path))
    return (dict(zip(top, line, strict=True)) for line in body)


def unquoted(path: Path, delimiter: str, columns: list[str] | None = None) -> Iterator[Row]:
    lines = [line.split(delimiter) for line in text_lines(path) if line]
    top = columns or lines.pop(0)
    return (dict(zip(top, line, strict=True)) for line in lines)


def nc(folder: Path) -> list[Row]:
    return list(quoted(folder / "NC" / "ncvoter_Statewide.txt", "\t"))


def oh(folder: Path) -> list[Row]:
    return [row for path in sorted((folder / "OH").glob("SWVF_*.txt")) for row in quoted(path, ",")]


def fl(folder: Path) -> list[Row]:
    paths = sorted(p for p in (folder / "FL").glob("*.txt") if "_H_" not in p.name)
    return [row for path in paths for row in unquoted(path, "\t", FL_COLUMNS)]


def fl_history(folder: Path) -> list[list[str]]:
    paths = sorted((folder / "FL").glob("*_H_*.txt"))
    return [line.split("\t") for path in paths for line in text_lines(path) if line]


def wa(folder: Path) -> list[Row]:
    (path,) = (folder / "WA").glob("*_VRDB_Extract.txt")
    return list(unquoted(path, "|"))


def absentee(folder: Path) -> list[Row]:
    with (folder / "NC" / "absentee_20261103.csv").open(encoding="latin-1", newline="") as lines:
        return list(csv.DictReader(lines))


def published_ids(folder: Path) -> dict[str, list[str]]:
    """The identifiers of every registration row, by state."""
    return {
        "NC": [row["ncid"].rstrip() for row in nc(folder)],
        "OH": [row["SOS_VOTERID"] for row in oh(folder)],
        "FL": [row["id"] for row in fl(folder)],
        "WA": [row["StateVoterID"] for row in wa(folder)],
    }
