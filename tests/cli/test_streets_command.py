"""`streets` from the shell: brought with source, licence and day, listed, put away, had again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from commands import Shell

sys.path.insert(0, str(Path(__file__).parents[1] / "field"))

from made_maps import osm

pytestmark = pytest.mark.django_db


def test_streets_are_brought_and_put_away(shell: Shell, tmp_path: Path) -> None:
    said = ("--source", "OpenStreetMap", "--licence", "ODbL 1.0", "--as-of", "2025-01-01")
    town = osm(tmp_path / "town.osm.pbf")
    made = shell.json("streets load --as rivera", *said, town)
    assert (made["kept"], made["read"], made["left"]) == (4, 5, {"other": 1})
    assert made["credit"] == "© OpenStreetMap contributors" and made["files"] == ["town.osm.pbf"]
    assert "1 left out: no street" in shell("streets load --as rivera", *said, town).stdout
    assert len(shell.json("streets list --as rivera")) == 2 and not shell.json("streets list --as national")
    assert "put away" in shell(f"streets put-away {made['id'][:8]} --as rivera").stdout
    assert "put away" in shell("streets list --as rivera").stdout
    assert "here again" in shell(f"streets put-away {made['id']} --as rivera --back").stdout
    assert "no such streets" in shell.refused(f"streets put-away {made['id']} --as national")
    assert "FOLDER.md" in {path.name for path in (shell.home / "vaults/rivera").iterdir()}


def test_what_is_refused_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    town = osm(tmp_path / "town.osm.pbf")
    (tmp_path / "torn.osm.pbf").write_bytes(town.read_bytes()[:50])
    late = ("--source", "OpenStreetMap", "--licence", "ODbL", "--as-of", "2999-01-01")
    assert "ahead" in shell.refused("streets load --as rivera", *late, town)
    none = ("--source", "none", "--licence", "ODbL", "--as-of", "2025-01-01")
    assert "where the list is from" in shell.refused("streets load --as rivera", *none, town)
    fine = ("--source", "OpenStreetMap", "--licence", "ODbL", "--as-of", "2025-01-01")
    assert "Fetch it again" in shell.refused("streets load --as rivera", *fine, tmp_path / "torn.osm.pbf")
    assert not shell.json("streets list --as rivera")
