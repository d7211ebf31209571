"""Four states' official files, as they come, become four rolls; tables that a delivery lacks stay."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deliveries import column, ids, lines, taken, vault_of, written

from commonroll.errors import Refusal
from commonroll.invented.generate import generate
from commonroll.roll.canonical.districts import write_districts
from commonroll.roll.layout.layout import layouts_for
from commonroll.roll.load import load
from commonroll.roll.schema import ROLL_TABLES
from commonroll.roll.vault.raw import line_as_delivered
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATES = ("NC", "OH", "FL", "WA")
VOTERS = 400


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    generate(STATES, VOTERS, 5, folder)
    return folder


@pytest.fixture(scope="module")
def vaults(out: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Vault]:
    root = tmp_path_factory.mktemp("vaults")
    made = {}
    for state in STATES:
        vault = made[state] = Vault(root, state.lower())
        vault.mark_sample()
        result = load(vault, [out / state], state=state, accept="quarantine", now=NOW)
        assert result.snapshot is not None, result.report.sentences
    return made


def rows(vault: Vault, query: str) -> list[tuple[object, ...]]:
    """A query over the vault's tables by name."""
    head = vault.current()
    assert head is not None
    con = duckdb.connect()
    for table in ROLL_TABLES:
        con.read_parquet(list(vault.files(head, table))).create_view(table)
    return con.sql(query).fetchall()


@pytest.mark.parametrize("state", STATES)
def test_every_line_is_a_voter_or_kept_aside(vaults: dict[str, Vault], state: str) -> None:
    vault = vaults[state]
    head = vault.current()
    assert head is not None
    kept = (
        duckdb.connect().read_parquet(list(vault.refused_files(head.load)))
        if vault.refused_files(head.load)
        else None
    )
    aside = (
        kept.filter("NOT starts_with(file, 'ncvhis') AND NOT starts_with(file, 'absentee')") if kept else None
    )
    assert head.rows["voters"] + (len(aside.fetchall()) if aside else 0) == VOTERS
    assert rows(vault, "SELECT count(DISTINCT state_voter_id) FROM voters") == [(head.rows["voters"],)]


@pytest.mark.parametrize("state", STATES)
def test_a_row_names_the_line_it_came_from(vaults: dict[str, Vault], out: Path, state: str) -> None:
    """The id of a voter stands in the line that its row names, in the lines kept as delivered."""
    vault = vaults[state]
    for name, number, voter in rows(vault, "SELECT source_file, source_line, state_voter_id FROM voters"):
        (path,) = [path for path in (out / state).rglob("*") if path.as_posix().endswith(f"/{name}")]
        line = path.read_bytes().split(b"\n")[int(str(number)) - 1]
        assert str(voter).encode() in line


@pytest.mark.parametrize("state", STATES)
def test_districts_and_history_belong_to_voters(vaults: dict[str, Vault], state: str) -> None:
    vault = vaults[state]
    assert rows(vault, "SELECT count(*) FROM districts WHERE state_voter_id IS NULL OR id IS NULL") == [(0,)]
    lost = "SELECT count(*) FROM districts ANTI JOIN voters USING (state_voter_id)"
    assert rows(vault, lost) == [(0,)]
    twice = """SELECT count(*) FROM (SELECT 1 FROM districts GROUP BY state_voter_id, type, id
               HAVING count(*) > 1)"""
    assert rows(vault, twice) == [(0,)]
    same = """SELECT count(*) FROM voters v WHERE v.congressional_district IS NOT NULL AND NOT EXISTS (
              FROM districts d WHERE d.state_voter_id = v.state_voter_id AND d.type = 'congressional'
              AND d.id = v.congressional_district)"""
    if any("congressional" in known.districts for known in layouts_for(state)):
        assert rows(vault, same) == [(0,)]
    assert rows(vault, "SELECT count(*) > 0 FROM history") == [(True,)]


def test_a_zip_loads_as_the_folder_it_holds(vaults: dict[str, Vault], out: Path, tmp_path: Path) -> None:
    packed = tmp_path / "Voter_Registration_20261121.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((out / "FL").rglob("*.txt")):
            archive.write(path, path.relative_to(out / "FL"))
    vault = Vault(tmp_path / "vaults", "fl")
    vault.mark_sample()
    result = load(vault, [packed], state="FL", accept="quarantine", now=NOW)
    assert ids(vault, result.snapshot) == ids(vaults["FL"], vaults["FL"].current())


def test_a_delivery_of_one_role_keeps_the_other_tables(out: Path, tmp_path: Path) -> None:
    vault = Vault(tmp_path, "nc")
    vault.mark_sample()
    first = load(vault, [out / "NC"], state="NC", accept="quarantine", now=NOW).snapshot
    (history,) = (out / "NC").glob("ncvhis*")
    second = load(vault, [history], state="NC", accept="quarantine", now=NOW).snapshot
    assert first is not None and second is not None
    assert second.rows == first.rows
    kept = {table for table in ROLL_TABLES if first.versions[table] == second.versions[table]}
    assert kept == {"voters", "districts", "ballots"}


def test_a_dry_run_reports_and_writes_nothing(tmp_path: Path) -> None:
    vault = vault_of(tmp_path / "vaults")
    taken(vault, written(tmp_path / "a.txt", lines(30)))
    before = {path: path.read_bytes() for path in vault.path.rglob("*") if path.is_file()}
    result = taken(vault, written(tmp_path / "b.txt", lines(35)), dry_run=True)
    assert (result.verdict, result.snapshot) == ("accept", None)
    assert result.report.as_dict()["rows"]["voters"] == {"now": 35, "before": 30}
    assert {path: path.read_bytes() for path in vault.path.rglob("*") if path.is_file()} == before
    fresh = Vault(tmp_path / "nowhere", "nc")
    taken(fresh, tmp_path / "b.txt", dry_run=True)
    assert not (tmp_path / "nowhere").exists()


def test_progress_only_goes_forward_and_ends_at_one(tmp_path: Path) -> None:
    said: list[tuple[str, float]] = []
    taken(
        vault_of(tmp_path / "v"),
        written(tmp_path / "a.txt", lines(30)),
        progress=lambda stage, fraction: said.append((stage, fraction)),
    )
    fractions = [fraction for _, fraction in said]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1
    assert said[-1][0] == "done"


def test_the_same_delivery_twice_is_the_same_roll(tmp_path: Path) -> None:
    vault = vault_of(tmp_path / "v")
    file = written(tmp_path / "a.txt", lines(30))
    first, second = taken(vault, file).snapshot, taken(vault, file).snapshot
    for table in ("voters", "districts"):
        assert column(vault, first, table, "state_voter_id") == column(vault, second, table, "state_voter_id")


def test_districts_of_no_voter_are_an_empty_file(tmp_path: Path) -> None:
    links = pa.table({"state_voter_id": pa.array([], pa.string()), "group": pa.array([], pa.int32())})
    entries = pa.table(
        {name: pa.array([], pa.string()) for name in ("type", "id", "name")}
        | {"group": pa.array([], pa.int64()), "slot": pa.array([], pa.int64())}
    )
    assert write_districts(links, entries, tmp_path / "d.parquet") == 0
    assert duckdb.connect().read_parquet(str(tmp_path / "d.parquet")).fetchall() == []


def test_the_owner_finds_the_line_a_row_came_from(tmp_path: Path) -> None:
    vault = vault_of(tmp_path / "v")
    rows_in = lines(5000)
    first = taken(vault, written(tmp_path / "a.txt", rows_in)).snapshot
    second = taken(vault, written(tmp_path / "b.txt", rows_in[:4990])).snapshot
    assert first is not None and second is not None
    for number in (2, 2500, 5001):
        assert line_as_delivered(vault, first, "a.txt", number) == rows_in[number - 2]
    assert line_as_delivered(vault, second, "b.txt", 4991) == rows_in[4989]
    with pytest.raises(Refusal, match="does not keep"):
        line_as_delivered(vault, second, "a.txt", 2)
    with pytest.raises(Refusal, match="does not keep"):
        line_as_delivered(vault, first, "a.txt", 5002)


def test_raw_lines_go_with_the_last_snapshot_that_needs_them(out: Path, tmp_path: Path) -> None:
    vault = Vault(tmp_path, "nc")
    vault.mark_sample()
    (history,) = (out / "NC").glob("ncvhis*")
    whole = load(vault, [out / "NC"], state="NC", accept="quarantine", now=NOW).load
    between = load(vault, [history], state="NC", accept="quarantine", now=NOW).load
    load(vault, [history], state="NC", accept="quarantine", now=NOW)
    vault.vacuum(keep=1)
    last = load(vault, [history], state="NC", accept="quarantine", now=NOW).load
    kept = {folder.name for folder in (vault.path / "raw").iterdir()}
    assert whole in kept and last in kept, "voters still come from the first load"
    assert between not in kept


def test_only_the_owner_of_the_machine_account_reads_raw_lines(tmp_path: Path) -> None:
    vault = vault_of(tmp_path / "v")
    taken(vault, written(tmp_path / "a.txt", lines(30)))
    assert (vault.path / "raw").stat().st_mode & 0o077 == 0
