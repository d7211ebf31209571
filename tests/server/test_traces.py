"""What leaves carries its recipient's marks, the log commits to the key first, a leak names its source."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from world import MACHINE, World, agree, shared_columns

from commonroll.insight import shared_scores
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import loads, questions, redactions, traces
from commonroll.server.models import Journal
from commonroll.tracing.keys import MarkKeys
from commonroll.transparency.leaves import check_leaf

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

SCORE = "score('turnout')"
COLUMNS = ("first_name", "last_name", "birth_year", SCORE)


@pytest.fixture
def scored(world: World) -> World:
    """Ohio's model guesses of its voters; Rivera may have the guesses, and Rivera's copy is its own."""
    vault = Vault(world.home.vaults, "oh")
    snapshot = vault.current()
    assert snapshot is not None
    ids = pa.concat_tables(
        [pq.read_table(path, columns=["state_voter_id"]) for path in vault.files(snapshot, "voters")]
    )["state_voter_id"]
    values = np.random.default_rng(5).integers(0, 1001, len(ids)) / 10
    table = pa.table({"state_voter_id": ids, "value": values})
    shared_scores.share(vault, "turnout", table, on=date(2026, 10, 1), load="ab" * 16)
    agree("oh", "rivera", columns=[*shared_columns(), "scores.value"])
    return world


def exported(world: World, viewer: str = "rivera") -> tuple[Any, pa.Table]:
    """An extract and its rows, by id."""
    extract = questions.export(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where="state = 'OH'", columns=COLUMNS,
        format="csv", by=MACHINE,
    )  # fmt: skip
    return extract, pyarrow.csv.read_csv(world.home.extracts / extract.file).sort_by("state_voter_id")


def _leaves(kind: str) -> list[dict[str, Any]]:
    return [check_leaf(bytes(row.leaf)) for row in Journal.objects.filter(log="oh", type=kind).order_by("pk")]


def _marked(rows: pa.Table, own: pa.Table) -> int:
    """In how many rows the copy has another value than the owner."""
    shown = ["state_voter_id", SCORE]
    both = rows.select(shown).join(own.select(shown), "state_voter_id", right_suffix=" of the owner")
    return int(pc.sum(pc.not_equal(both[SCORE], both[f"{SCORE} of the owner"])).as_py())


def test_a_recipients_copy_is_marked_and_the_owners_is_not(scored: World) -> None:
    _, own = exported(scored, "oh")
    assert Journal.objects.filter(log="oh", type="mark.key").count() == 0
    _, copy = exported(scored)
    changed = _marked(copy, own)
    assert 20 < changed < 0.6 * copy.num_rows
    key = MarkKeys(scored.home.vaults / "oh").every()[0]
    assert [leaf["commitment"] for leaf in _leaves("mark.key")] == [key.commitment]
    intent = next(leaf for leaf in _leaves("export.intent") if "recipient" in leaf)
    assert intent["marks"] == [key.commitment]
    order = list(Journal.objects.filter(log="oh").order_by("pk").values_list("type", flat=True))
    assert order.index("mark.key") < len(order) - 1 - order[::-1].index("export.intent")
    assert exported(scored)[1].equals(copy)


def test_a_leak_is_traced_on_record(scored: World, tmp_path: Path) -> None:
    _, copy = exported(scored)
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(copy.slice(0, 10), leaked)
    owner = scored.member("oh")
    few = traces.make(home=scored.home, owner=owner, file=leaked, by=MACHINE)
    assert few.document["verdict"] == "not enough"
    pyarrow.csv.write_csv(copy, leaked)
    made = traces.make(home=scored.home, owner=owner, file=leaked, by=MACHINE)
    assert made.document["file"]["matched"] == copy.num_rows
    assert [one["recipient"] for one in made.document["accused"]] == ["rivera"]
    assert hashlib.sha256(made.content).hexdigest() == made.sha256
    assert [leaf["action"] for leaf in _leaves("operator")][-2:] == ["trace.made", "trace.made"]


def test_rows_in_an_extracts_order_hint_at_it_and_accuse_nobody(scored: World, tmp_path: Path) -> None:
    files = [scored.home.extracts / exported(scored)[0].file for _ in range(2)]
    first, second = (pyarrow.csv.read_csv(file) for file in files)
    assert not first.equals(second)
    assert first.sort_by("state_voter_id").equals(second.sort_by("state_voter_id"))
    assert [leaf["commitment"] for leaf in _leaves("mark.key")] == [
        MarkKeys(scored.home.vaults / "oh").every()[0].commitment
    ]
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(second.drop_columns(SCORE).slice(0, 60), leaked)
    made = traces.make(home=scored.home, owner=scored.member("oh"), file=leaked, by=MACHINE)
    hint = next(one for one in made.document["hints"] if one["way"] == "order")
    assert (hint["recipients"], hint["files"]) == (["rivera"], [files[1].stem])
    assert (made.document["accused"], made.document["verdict"]) == ([], "not enough")


def test_a_key_that_a_court_sees_is_burnt(scored: World, tmp_path: Path) -> None:
    _, copy = exported(scored)
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(copy, leaked)
    owner = scored.member("oh")
    made = traces.make(home=scored.home, owner=owner, file=leaked, open_keys=True, by=MACHINE)
    shown = made.document["keys"][0]
    said = hashlib.sha256(b"commonroll mark-key v1\n" + bytes.fromhex(shown["secret"])).hexdigest()
    assert said == shown["commitment"] == _leaves("mark.key")[0]["commitment"]
    assert not exported(scored)[1].equals(copy)
    assert [key.burnt for key in MarkKeys(scored.home.vaults / "oh").every()] == [True, False]
    again = traces.make(home=scored.home, owner=owner, file=leaked, by=MACHINE)
    assert [one["recipient"] for one in again.document["accused"]] == ["rivera"]


def test_a_key_that_the_log_does_not_know_proves_nothing(scored: World, tmp_path: Path) -> None:
    """An owner that made marks up afterwards cannot frame anybody with them."""
    _, copy = exported(scored)
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(copy, leaked)
    Journal.objects.filter(type="mark.key").update(type="other")
    made = traces.make(home=scored.home, owner=scored.member("oh"), file=leaked, by=MACHINE)
    assert made.document["accused"] == [] and made.document["keys"] == []


def test_a_redaction_takes_scores_and_marks_along(scored: World) -> None:
    _, copy = exported(scored)
    held = loads.vault(scored.home, scored.member("oh"))
    files = [path for at in FILES_OF_SCORES if (found := sorted(held.path.glob(at))) for path in found]
    assert len(files) == 3
    voter = next(iter(pq.read_table(files[2])["state_voter_id"].to_pylist()))
    ids = [pq.read_table(path)["state_voter_id"].to_pylist() for path in files]
    assert all(voter in one for one in ids)
    held.suppress([voter])
    redactions.redact(home=scored.home, of=scored.member("oh"), by=MACHINE)
    for path, before in zip(files, ids, strict=True):
        assert pq.read_table(path)["state_voter_id"].to_pylist() == [one for one in before if one != voter]
        assert path.stat().st_mode & 0o077 == 0 or path.parent.name == "score-values"
    again = exported(scored)[1]
    assert again.num_rows == copy.num_rows - 1, "the others' marks are as they were"
    others = copy.filter(pc.not_equal(copy["state_voter_id"].cast("string"), voter))
    assert again.sort_by("state_voter_id").equals(others.sort_by("state_voter_id"))


FILES_OF_SCORES = ("score-values/*.parquet", "marks/positions/*.parquet", "marks/given/*/*.parquet")


def test_a_model_that_hardly_moves_scores_leaves_marks_as_they_are(scored: World, tmp_path: Path) -> None:
    """What moved between two exports is what the model moved, in marked rows as in others."""
    vault = Vault(scored.home.vaults, "oh")
    own, copy = exported(scored, "oh")[1], exported(scored)[1]
    moves = np.random.default_rng(6).integers(-10, 11, len(own)) / 10
    values = np.clip(np.round(own[SCORE].to_numpy() + moves, 1), 0, 100)
    table = pa.table({"state_voter_id": own["state_voter_id"], "value": values})
    shared_scores.share(vault, "turnout", table, on=date(2026, 10, 8), load="cd" * 16)
    later_own, later = exported(scored, "oh")[1], exported(scored)[1]
    before, after = (
        np.round(a[SCORE].to_numpy() - b[SCORE].to_numpy(), 1) for a, b in ((copy, own), (later, later_own))
    )
    inside = (values >= 1) & (values <= 99)
    assert np.array_equal(before[inside], after[inside]) and np.count_nonzero(after) > 20
    leaked = tmp_path / "leak.csv"
    pyarrow.csv.write_csv(later, leaked)
    made = traces.make(home=scored.home, owner=scored.member("oh"), file=leaked, by=MACHINE)
    assert [one["recipient"] for one in made.document["accused"]] == ["rivera"]
    leap = table.set_column(1, "value", pa.array((values + 50) % 100))
    shared_scores.share(vault, "turnout", leap, on=date(2026, 10, 15), load="ef" * 16)
    leapt_own, leapt = exported(scored, "oh")[1], exported(scored)[1]
    afresh = np.round(leapt[SCORE].to_numpy() - leapt_own[SCORE].to_numpy(), 1)
    assert np.count_nonzero(afresh != after) > 20
