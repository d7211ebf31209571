"""`generate` for states whose files are written by their layouts: files, truth, and the next delivery."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import duckdb
import pytest
from traits import covering

from commonroll.invented import generate
from commonroll.invented.habits import FIRST, in_force, states
from commonroll.roll.load import load
from commonroll.roll.vault.vault import Vault
from thorough import THOROUGH

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
OTHERS = [state for state in (states() if THOROUGH else covering(states(), FIRST)) if state not in FIRST]
# an id of the state's own, one made by the loader, a workbook, fixed columns, a list of election codes
FEW = ["KS", "KY", "DC", "CT", "PA"]
# its 67 counties take as long as all others; in the round trip its lists of codes are read each time
ASKED = FEW if THOROUGH else FEW[:-1]


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_every_state_with_a_layout_can_be_invented() -> None:
    assert len(states()) >= 42
    assert set(FIRST) < set(states())


@pytest.mark.parametrize("state", OTHERS)
def test_files_are_named_as_the_layout_expects(state: str, tmp_path: Path) -> None:
    (made,) = generate([state], 60, 3, tmp_path)
    patterns = [
        pattern
        for role in ("registration", "history", "absentee", "elections", "places")
        for known in in_force(state, role)  # type: ignore[arg-type]
        for pattern in known.files
    ]
    assert made.files
    for path in made.files:
        assert path.stat().st_size
        assert any(fnmatch(path.name, pattern) for pattern in patterns), path.name


@pytest.mark.parametrize("state", ASKED)
def test_the_same_arguments_give_the_same_bytes(state: str, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        generate([state], 80, 4, tmp_path / folder)
    assert digest(tmp_path / "one") == digest(tmp_path / "other")
    if THOROUGH or state == FEW[0]:
        generate([state], 80, 5, tmp_path / "another")
        assert digest(tmp_path / "one") != digest(tmp_path / "another")


@pytest.mark.parametrize("state", ASKED)
def test_the_truth_knows_every_voter_of_the_roll(state: str, tmp_path: Path) -> None:
    generate([state], 300, 6, tmp_path / "files")
    vault = Vault(tmp_path / "vaults", state.lower())
    vault.mark_sample()
    result = load(vault, [tmp_path / "files" / state], state=state, accept="quarantine", now=NOW)
    assert result.snapshot is not None, result.report.sentences
    voters = duckdb.read_parquet(list(vault.files(result.snapshot, "voters")))
    truth = duckdb.read_parquet(str(tmp_path / "files" / "truth" / "registrations.parquet"))
    read = Counter(row[0] for row in voters.project("state_voter_id").fetchall())
    told = Counter(row[0] for row in truth.project("state_voter_id").fetchall())
    assert set(read) == set(told)
    assert sum(told.values()) == 300


def test_the_next_delivery_is_of_the_same_people(tmp_path: Path) -> None:
    for snapshot in (1, 2):
        generate(["KS"], 2_000, 7, tmp_path / str(snapshot), snapshot=snapshot)
    ids = []
    for snapshot in (1, 2):
        (path,) = (tmp_path / str(snapshot) / "KS").glob("*.txt")
        lines = path.read_bytes().decode("latin-1").splitlines()
        at = lines[0].split("\t").index("text_registrant_id")
        ids.append({line.split("\t")[at]: line for line in lines[1:]})
    before, after = ids
    assert before.keys() - after.keys() and after.keys() - before.keys()
    both = before.keys() & after.keys()
    changed = sum(before[one] != after[one] for one in both)
    assert 0 < changed < 0.03 * len(both)


def test_states_of_both_kinds_share_one_population(tmp_path: Path) -> None:
    generate(["OH", "TX", "NY"], 2_000, 8, tmp_path)
    truth = duckdb.read_parquet(str(tmp_path / "truth" / "registrations.parquet"))
    assert truth.filter("kind = 'stale'").aggregate("state, count(*)").fetchall()
    both = truth.project("person, state").distinct().aggregate("person, count(*) AS n").filter("n > 1")
    assert len(both.fetchall()) > 20
