"""`layout list`, `show`, `new` and `check`, as a person types them; no federation is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commonroll.cli import main
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import all_layouts

WV = "wv/2000-01.registration"


def run(*words: str | Path, code: int = 0) -> Result:
    found = CliRunner().invoke(main, ["layout", *map(str, words)])
    assert found.exit_code == code, found.output
    return found


def sample(key: str = WV) -> Path:
    state, name = key.split("/")
    (path,) = (LAYOUTS / state / "sample" / name).iterdir()
    return path


def test_layouts_are_listed_with_the_confidence_in_them() -> None:
    rows = json.loads(run("list", "--json").stdout)
    assert {row["key"]: row["confidence"] for row in rows} == {x.key: x.confidence for x in all_layouts()}
    assert {row["state"] for row in json.loads(run("list", "--state", "wv", "--json").stdout)} == {"WV"}
    assert "Next: write one" in run("list", "--state", "TN", code=1).stderr


def test_a_layout_is_shown_column_by_column() -> None:
    said = json.loads(run("show", WV, "--json").stdout)
    columns = {row["column"]: row for row in said["columns"]}
    assert columns["County_Name"]["becomes"] == ["voters.county_fips", "voters.county_name"]
    assert columns["POLL_NAME"]["ignored"]
    assert "County_Name" in run("show", WV).stdout and run("show", "wv/1900-01.registration", code=1)


def test_a_draft_is_written_and_never_over_another(tmp_path: Path) -> None:
    found = run("new", "TN", sample(), "--to", tmp_path)
    path = Path(found.stdout.splitlines()[0])
    assert path.parent == tmp_path / "tn" and 'protected = "TODO"' in path.read_text("utf-8")
    assert "are TODO" in found.stderr
    before = path.read_text("utf-8")
    assert "already" in run("new", "TN", sample(), "--to", tmp_path, code=1).stderr
    assert path.read_text("utf-8") == before
    assert run("check", "TN", sample(), "--layout", path, code=1).stderr.startswith("Refused: ")


@pytest.mark.parametrize("state", ["ZZ", "", "Tennessee"])
def test_a_draft_is_of_a_state(tmp_path: Path, state: str) -> None:
    assert "Next: " in run("new", state, sample(), "--to", tmp_path, code=1).stderr
    assert not list(tmp_path.iterdir())


def test_a_check_shows_patterns_and_with_show_the_texts() -> None:
    (hidden,) = json.loads(run("check", "WV", sample(), "--json").stdout)
    (shown,) = json.loads(run("check", "WV", sample(), "--show", "--json").stdout)
    names = [{row["name"]: row["examples"] for row in one["columns"]}["LAST NAME"] for one in (hidden, shown)]
    assert set("".join(names[0])) <= set("A-' ") and names[0] != names[1]
    text = run("check", "WV", sample()).stdout
    assert "voters.last_name" in text and "Verdict on 13 rows: accept" in text
    assert not [name for name in names[1] if name in text]


def test_a_file_is_checked_by_a_layout_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "wv"
    folder.mkdir()
    text = (LAYOUTS / f"{WV}.toml").read_text("utf-8").replace("since = 2000-01-01", "since = 2026-01-01")
    (folder / "2026-01.registration.toml").write_text(text, "utf-8")
    (one,) = json.loads(
        run("check", "WV", sample(), "--layout", folder / "2026-01.registration.toml", "--json").stdout
    )
    assert one["layout"] == "wv/2026-01.registration"


def test_a_layout_that_the_gate_would_refuse_ends_with_1(tmp_path: Path) -> None:
    text = (LAYOUTS / f"{WV}.toml").read_text("utf-8")
    (tmp_path / "wv").mkdir()
    path = tmp_path / "wv" / "2000-01.registration.toml"
    path.write_text(text.replace('Inactive = "inactive"\n', ""), "utf-8")
    many = tmp_path / sample().name
    header, *rows = sample().read_text("latin-1").splitlines()
    again = [row.replace("|", f"{n}|", 1) for n in range(40) for row in rows]
    many.write_text("\n".join([header, *again, ""]), "latin-1")
    found = run("check", "WV", many, "--layout", path, code=1)
    assert "Unknown codes in Status" in found.stdout and "would refuse" in found.stderr
