"""A flipped byte in any file of a home is found, by which file it is in; a home that is whole has none."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from world import World

from commonroll.server import doctor
from commonroll.server.doctor import deep, digests, kinds, report
from commonroll.server.home import Home
from commonroll.server.models import Extract, Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(world: World, tmp_path: Path) -> Home:
    """A copy: what is flipped here keeps its time of change, so no other test would see it put back."""
    return Home(Path(shutil.copytree(world.home.path, tmp_path / "home")))


def flip(path: Path, at: int = -1) -> None:
    """As a disk does it: nobody wrote the file."""
    stood = path.stat()
    data = bytearray(path.read_bytes())
    data[at if at >= 0 else len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(stood.st_atime_ns, stood.st_mtime_ns))


def test_a_flipped_byte_in_each_file_is_found_and_no_file_that_is_whole(home: Home) -> None:
    first = deep.examine(home)
    assert first.found == [] and first.recorded > 20 and first.compared > 5, "tables tell their own hashes"
    again = deep.examine(home)
    assert (again.found, again.recorded, again.written) == ([], 0, 0) and again.compared == again.files
    places = {path.relative_to(home.path).as_posix(): path for path in kinds.every(home)}
    wanted = {"secrets/oh.log.key", "secrets/data.key", "secrets/master.key", "vaults/oh/catalogue.sqlite3"}
    assert wanted <= places.keys() and any("/_delta_log/" in place for place in places)
    for path in places.values():
        if path.stat().st_size:
            flip(path)
    found = deep.examine(home).found
    assert {one.where for one in found} == {name for name, path in places.items() if path.stat().st_size}
    assert all("lost with it" in one.what and one.next_step for one in found)
    for path in places.values():
        if path.stat().st_size:
            flip(path)
    assert deep.examine(home).found == [], "the record of what was damaged stayed"


VOTERS = "vaults/oh/voters/part-*.parquet"
RAW = "vaults/oh/raw/*/*/*.txt"
LOST = {
    VOTERS: ("rows of voters of snapshot 1 (the current roll)", "load the official file of load"),
    "vaults/oh/responses/part-*.parquet": ("which no official file holds", "from a backup"),
    RAW: ("lines of a load", "load the same official file again"),
    "vaults/oh/catalogue.sqlite3": ("who is left out of every read", "put the vault back"),
    "secrets/oh.log.key": ("what this secret opens or signs", "put the folder secrets back"),
    "log/oh/tile/entries/*": ("the proof of entries", "a member's copy of the log"),
}


@pytest.mark.parametrize("pattern", LOST)
def test_what_is_lost_and_what_restores_it_is_said(home: Home, pattern: str) -> None:
    deep.examine(home)
    path = next(path for path in sorted(home.path.glob(f"{pattern}")) if path.is_file() or path.is_dir())
    path = path if path.is_file() else next(one for one in sorted(path.rglob("*")) if one.is_file())
    flip(path)
    (found,) = deep.examine(home).found
    lost, restores = LOST[pattern]
    assert found.where == path.relative_to(home.path).as_posix()
    assert lost in found.what and restores in found.next_step and found.mend is None


def test_what_a_load_wrote_is_known_before_anybody_examined_it(home: Home) -> None:
    path = next(home.path.glob(VOTERS))
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    (found,) = deep.examine(home, "oh").found
    assert "not those that were written" in found.what and deep.examine(home, "wa").found == []


def test_an_export_is_held_against_what_its_row_says(home: Home) -> None:
    (home.extracts / "a.csv").write_text("1")
    Extract.objects.create(
        viewer=Member.objects.get(key="oh"), purpose="gotv", by="x", file="a.csv", sha256="0" * 64
    )
    assert [one.where for one in deep.examine(home).found] == ["extracts/a.csv"]


def test_what_a_redaction_rewrote_is_whole_and_what_somebody_else_wrote_is_not(home: Home) -> None:
    deep.examine(home)
    path = next(home.path.glob(RAW))
    path.write_bytes(b"")
    (found,) = deep.examine(home).found
    assert "written once" in found.what
    place = path.relative_to(home.vaults / "oh").as_posix()
    said = {"files": [{"place": place, "old": "", "new": deep.bulk.digest(path), "taken": 1}]}
    (home.vaults / "oh" / "reports" / "redaction-1.json").write_text(json.dumps(said))
    assert deep.examine(home).found == []


def test_what_is_made_again_is_removed_where_that_is_asked(home: Home) -> None:
    path = home.vaults / "oh" / "lookup" / "index" / "abc" / "ids.npy"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x93NUMPY")
    deep.examine(home)
    flip(path)
    found = deep.examine(home).found
    assert doctor.mend(found) == found and not path.parent.exists() and path.parent.parent.exists()
    assert deep.examine(home).found == []
    with digests.recording(home) as record:
        assert not any("/lookup/" in place for place in record.known()), "what is gone is forgotten"


def test_a_page_says_whose_files_are_damaged_and_never_which(home: Home) -> None:
    secret = home.vaults / "oh" / "traces" / "QUAGGA.json"
    secret.parent.mkdir()
    secret.write_text("{}")
    report.run(home, mending=False, deep=True)
    flip(secret)
    made = report.run(home, mending=False, deep=True)
    assert [line.where for line in made.found if line.where.startswith("vaults/oh")] == ["vaults/oh"]
    assert made == report.last(home) and "QUAGGA" not in (home.path / report.NAME).read_text()
