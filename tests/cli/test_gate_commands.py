"""The gate on the command line: reports saved and checked, a reason, lines mended, voters taken out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from commands import Shell
from world import PASSPHRASE, World

from commonroll.cli import main
from commonroll.invented import generate
from commonroll.server.models import Journal
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ohio")
    generate(["OH", "WA"], 300, 7, folder)
    return folder / "OH"


def spoilt(ohio: Path, folder: Path, lines: int) -> Path:
    """The delivery with the first lines of one file cut short."""
    to = folder / "delivery"
    to.mkdir()
    for number, file in enumerate(sorted(ohio.glob("*.txt"))):
        head, *rows = file.read_bytes().split(b"\n")
        cut = [row[:60] if number == 0 and n < lines else row for n, row in enumerate(rows)]
        (to / file.name).write_bytes(b"\n".join([head, *cut]))
    return to


def test_a_report_is_saved_with_a_load_and_checked_with_the_key_alone(
    shell: Shell, ohio: Path, tmp_path: Path
) -> None:
    shell("load oh", ohio, "--report", tmp_path / "reports")
    said = shell.json("report show oh")
    files = sorted((tmp_path / "reports").iterdir())
    assert [file.suffix for file in files] == [".html", ".json"]
    for file in files:
        found = CliRunner().invoke(main, ["report", "verify", str(file), "--key", said["key"]])
        assert found.exit_code == 0 and said["load"] in found.stdout
        file.write_bytes(file.read_bytes().replace(b"OH", b"IA", 1))
        found = CliRunner().invoke(main, ["report", "verify", str(file), "--key", said["key"]])
        assert found.exit_code == 1 and "does not verify" in found.stderr


def test_what_the_gate_refuses_is_taken_for_a_reason(shell: Shell, ohio: Path) -> None:
    one = sorted(ohio.glob("*.txt"))[0]
    assert "--overrule" in shell.refused("load oh", one)
    assert "10 to 500 characters" in shell.refused("load oh", one, "--overrule", "so")
    shown = shell("load oh", one, "--overrule", "The state split its file on 1 November").stdout
    assert "taken all the same" in shown and "The state split its file" in shown
    assert [row["number"] for row in shell.json("snapshots oh")] == [2, 1]
    assert shell.json("log show oh --last 1")[0]["note"].startswith("overruled: The state split")


def test_no_reason_makes_ohio_of_washington(shell: Shell, template: Path) -> None:
    said = shell.refused("load oh", template / "files" / "WA", "--overrule", "It is all the same to us")
    assert "of WA" in said and "No reason overrules this" in said


def test_refused_lines_are_mended_and_join_the_roll(shell: Shell, ohio: Path, tmp_path: Path) -> None:
    shell("load oh", spoilt(ohio, tmp_path, 3), "--accept", "quarantine")
    load, before = shell.json("report show oh")["load"], shell.json("snapshots oh")[0]
    out = tmp_path / "refused.csv"
    assert "3 refused lines" in shell("refused oh", load, "--to", out).stdout
    whole = (sorted(ohio.glob("*.txt"))[0]).read_text("latin-1").split("\n")
    with out.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *([*row[:3], whole[int(row[1]) - 1]] for row in rows)])
    said = shell("load oh", out, "--mend", load, "--dry-run")
    assert "Verdict: accept" in said.stdout and "nothing was written" in said.stderr
    assert shell.json("snapshots oh")[0] == before
    shell("load oh", out, "--mend", load)
    after = shell.json("snapshots oh")[0]
    assert (after["number"], after["voters"]) == (before["number"] + 1, before["voters"] + 3)


def test_a_load_without_refused_lines_has_none_to_mend(shell: Shell, ohio: Path, tmp_path: Path) -> None:
    shell("load oh", ohio)
    load = shell.json("report show oh")["load"]
    assert "every line of this load was read" in shell.refused("refused oh", load, "--to", tmp_path / "x.csv")
    assert "no such load" in shell.refused("refused oh x --to", tmp_path / "x.csv")
    assert "leave out --layout" in shell.refused("load oh", ohio, "--mend", load, "--piece")


def test_a_redaction_stands_in_the_log_with_old_and_new_hashes(
    shell: Shell, world: World, tmp_path: Path
) -> None:
    voter = shell.json("snapshots oh")[0]["voters"]
    ids = tmp_path / "list.csv"
    path = next((world.home.vaults / "oh" / "voters").glob("*.parquet"))
    secret = pq.read_table(path)["state_voter_id"][0].as_py()
    ids.write_text(f"state_voter_id\n{secret}\n")
    shell("protect oh", ids)
    done = shell.json("redact oh")
    assert shell.json("snapshots oh")[0]["voters"] == voter - 1
    row = Journal.objects.filter(log="oh", type="operator").latest("pk")
    assert json.loads(bytes(row.leaf))["action"] == "data.redacted"
    assert row.sealed_shared is not None
    said, _ = leaves.open_sealed(
        bytes(row.sealed_shared), open_reader(world.home.reader_key("oh"), PASSPHRASE)
    )
    assert {one["old"] for one in said["files"]} == {one["old"] for one in done["files"]}
    assert secret not in json.dumps(said) and secret not in bytes(row.leaf).decode()
    assert shell.json("redact oh")["files"] == []


def test_a_header_that_drifted_shows_what_its_columns_may_be(
    shell: Shell, ohio: Path, tmp_path: Path
) -> None:
    file = sorted(ohio.glob("*.txt"))[0]
    renamed = tmp_path / file.name
    renamed.write_bytes(file.read_bytes().replace(b"LAST_NAME", b"LASTNAMES", 1))
    found = CliRunner().invoke(main, ["load", "oh", str(renamed), "--home", str(shell.home)])
    assert found.exit_code == 1 and "LASTNAMES" in found.stdout and "LAST_NAME" in found.stdout
