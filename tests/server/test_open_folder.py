"""A vault's folder is its member's: public tools read all of it, from the folder alone, as its page says."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable
from world import MACHINE, World

from commonroll.invented import generate
from commonroll.roll.vault.vault import Vault
from commonroll.server import startup
from commonroll.server.actions import history, loads, places

pytestmark = [pytest.mark.django_db, pytest.mark.vault]
TABLES = ("voters", "districts", "history", "ballots")


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("second")
    generate(["OH", "WA"], 300, 7, folder, snapshot=2)
    return folder / "OH"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that asks for Ohio's folder leaves it for the others."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture
def folder(world: World, second: Path, whole: Path, tmp_path: Path) -> Path:
    """A copy of Ohio's folder after two loads, some lines of the second refused, and one protected voter; its
    log is beside it."""
    if not (whole / "log").exists():
        _make(world, second, tmp_path / "delivery", whole)
    for name in ("oh", "log"):
        shutil.copytree(whole / name, tmp_path / name)
    return tmp_path / "oh"


def _make(world: World, second: Path, spoilt: Path, to: Path) -> None:
    ohio = world.member("oh")
    shutil.copytree(second, spoilt)
    file = sorted(spoilt.glob("*.txt"))[0]
    head, first, *rest = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([head, first[:60], *rest]))
    loads.from_files(
        home=world.home, to=ohio, paths=[spoilt], accept="quarantine", layout=None, by=MACHINE,
        reason="a line cut short, for a test",
    )  # fmt: skip
    vault = loads.vault(world.home, ohio)
    places.make(home=world.home, of=ohio, by=MACHINE)
    history.periods(home=world.home, of=ohio, by=MACHINE)
    vault.suppress([rows(vault.path, "voters")[0]["state_voter_id"]])
    startup.fold(world.home)
    shutil.copytree(vault.path, to / "oh")
    shutil.copytree(world.home.logs / "oh", to / "log")


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """Rows of a table in the current snapshot, by the standard library and DuckDB alone."""
    files, *_ = ask(folder, "SELECT files FROM snapshot WHERE retired_at IS NULL ORDER BY number DESC")[0]
    paths = [str(folder / table / name) for name in json.loads(files)[table]]
    found = duckdb.execute("SELECT * FROM read_parquet(?) ORDER BY ALL", [paths])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(f"file:{folder / 'catalogue.sqlite3'}?mode=ro", uri=True)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def blocks(folder: Path, language: str) -> list[str]:
    page = (folder / "FOLDER.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def run(folder: Path, program: str) -> list[list[str]]:
    """What a program prints, run in the folder where Commonroll cannot be imported."""
    # left at once: threads of deltalake may abort an interpreter that ends in its own time
    ended = "import os; sys.stdout.flush(); os._exit(0)"
    guarded = f"import sys; sys.modules['commonroll'] = None\n{program}\n{ended}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", guarded], cwd=folder, capture_output=True, text=True, check=True
    )
    return list(csv.reader(done.stdout.splitlines()))


def test_the_pages_queries_run_in_the_folder_and_say_what_is_there(folder: Path) -> None:
    by_county, by_snapshot = (run(folder, program) for program in blocks(folder, "python"))
    voters = rows(folder, "voters")
    assert sum(int(n) for *_, n in by_county) == len(voters) - 1, "the protected voter is left out"
    assert {status for _, status, _ in by_county} == {row["status"] for row in voters}
    vault = Vault(folder.parent, "oh")
    assert [[int(number), int(n)] for number, _, n in by_snapshot] == [
        [one.number, one.rows["voters"]] for one in vault.snapshots()[::-1]
    ]


def test_the_pages_sql_names_the_current_snapshot(folder: Path) -> None:
    [query] = blocks(folder, "sql")
    [(number, *_)] = ask(folder, query)
    assert number == 2
    if tool := shutil.which("sqlite3"):
        line = [tool, "-readonly", "catalogue.sqlite3", query]
        said = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=True)
        assert said.stdout.startswith("2|")


def test_every_file_of_the_folder_is_on_its_page(folder: Path) -> None:
    page = (folder / "FOLDER.md").read_text("utf-8")
    lines = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    patterns = [pattern for cell in lines for pattern in re.findall(r"`([^`]+)`", cell)]
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 30
    assert [name for name in files if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []


def test_deltas_own_reader_sees_each_version_as_the_catalogue_does(folder: Path) -> None:
    for versions, counted, files in ask(folder, "SELECT versions, rows, files FROM snapshot"):
        for table in TABLES:
            delta = DeltaTable(str(folder / table), version=json.loads(versions)[table])
            assert delta.to_pyarrow_table().num_rows == json.loads(counted)[table]
            assert sorted(Path(uri).name for uri in delta.file_uris()) == sorted(json.loads(files)[table])


def test_a_row_leads_to_its_line_as_delivered(folder: Path) -> None:
    [(load, *_)] = ask(folder, "SELECT load FROM snapshot WHERE number = 2")
    report = json.loads((folder / "reports" / f"{load}.json").read_text("utf-8"))
    held = {file["name"]: file["folder"] for file in report["files"]}
    for row in rows(folder, "voters")[:5]:
        parts = sorted((folder / "raw" / load / held[row["source_file"]]).glob("*.txt"))
        part = [path for path in parts if int(path.stem) <= row["source_line"]][-1]
        line = part.read_text("utf-8").split("\n")[row["source_line"] - int(part.stem)]
        assert row["state_voter_id"] in line and row["last_name"] in line


def test_refused_lines_are_in_the_folder_with_their_reason(folder: Path) -> None:
    [(files,)] = ask(folder, "SELECT files FROM refused")
    paths = [str(folder / "refused" / name) for name in json.loads(files)]
    found = duckdb.execute("SELECT line, reason, bytes FROM read_parquet(?)", [paths]).fetchall()
    assert [(line, len(text)) for line, reason, text in found if reason] == [(2, 60)]


def test_reports_are_json_and_pages_of_their_own(folder: Path) -> None:
    signed = sorted((folder / "reports").glob("*.report.json"))
    assert len(signed) == 2
    for path in signed:
        assert json.loads(path.read_text("utf-8"))["report"]["verdict"] in ("accept", "quarantine", "refuse")
        page = path.with_suffix(".html").read_text("utf-8")
        assert page.lstrip().lower().startswith("<!doctype html>") and "src=" not in page
    changes = json.loads((folder / "reports" / "changes-1-2.json").read_text("utf-8"))
    assert (changes["from"], changes["to"]) == (1, 2) and changes["counties"]


def test_households_are_read_beside_the_roll(folder: Path) -> None:
    number = duckdb.execute(
        "SELECT count(DISTINCT household_id) FROM read_parquet(?)", [str(folder / "places" / "*.parquet")]
    ).fetchone()
    assert number is not None and number[0] > 10


def test_the_logs_tiles_are_read_by_the_published_format(folder: Path) -> None:
    """Entries of C2SP tlog-tiles: each two bytes of length, big-endian, then JSON; hashes by RFC 6962."""
    log = folder.parent / "log"
    origin, size, root, *_ = (log / "checkpoint").read_text("utf-8").split("\n")
    assert origin.endswith("/log/oh") and int(size) < 256
    bundle = (log / "tile" / "entries" / "000.p" / size).read_bytes()
    entries = []
    while bundle:
        (length,) = struct.unpack(">H", bundle[:2])
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    assert len(entries) == int(size)
    assert [json.loads(entry)["type"] for entry in entries].count("load") == 2
    assert (
        base64.b64encode(tree([hashlib.sha256(b"\0" + entry).digest() for entry in entries])).decode() == root
    )


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:half]) + tree(leaves[half:])).digest()
