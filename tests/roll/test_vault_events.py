"""Answers and opt-outs are appended once per event id, whatever is sent twice or dies halfway."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import answer, publish, table, voter

from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from thorough import dear


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


def held(vault: Vault, name: str = "responses") -> list[str]:
    return sorted(pq.read_table(list(vault.event_files(name)))["event_id"].to_pylist())


def test_appending_says_how_many_were_new(vault: Vault) -> None:
    assert vault.append_events("responses", table("responses", [answer("e1"), answer("e2")])) == 2
    assert vault.append_events("responses", table("responses", [answer("e2"), answer("e3")])) == 1
    assert vault.append_events("responses", table("responses", [answer("e1")])) == 0
    assert held(vault) == ["e1", "e2", "e3"]


def test_an_id_twice_in_one_batch_is_kept_once(vault: Vault) -> None:
    assert vault.append_events("responses", table("responses", [answer("e1"), answer("e1")])) == 1


@settings(deadline=None, max_examples=dear(15))
@given(batches=st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5), max_size=4))
def test_any_batches_in_any_order_hold_each_id_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]]
) -> None:
    vault = Vault(tmp_path_factory.mktemp("v"), "nc")
    added = sum(vault.append_events("responses", table("responses", [answer(e) for e in b])) for b in batches)
    sent = {event for batch in batches for event in batch}
    assert added == len(sent)
    assert not batches or held(vault) == sorted(sent)


def test_an_append_that_died_before_the_catalogue_is_not_repeated(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.append_events("responses", table("responses", [answer("e1")]))
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(vault.catalogue, "put_appended", _interrupted)
        vault.append_events("responses", table("responses", [answer("e2")]))
    assert held(vault) == ["e1"]
    assert vault.append_events("responses", table("responses", [answer("e2"), answer("e3")])) == 1
    assert held(vault) == ["e1", "e2", "e3"]


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop_columns(["answer"]), r"missing \['answer'\]"),
        (lambda t: t.append_column("extra", pa.array(["x"])), r"unknown \['extra'\]"),
        (lambda t: _with(t, "source_line", pa.array(["MARSH"])), "does not convert"),
        (lambda t: _with(t, "owner", pa.array([None], pa.string())), "1 of 1 rows have no value"),
    ],
)
def test_rows_that_are_not_events_are_refused_without_their_values(vault: Vault, change, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal, match=said) as refused:
        vault.append_events("responses", change(table("responses", [answer("e1")])))
    assert "MARSH" not in str(refused.value)
    assert vault.event_files("responses") == ()


def _with(rows: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index(column), column, values)


@pytest.mark.parametrize(("asked", "stands"), [("all", ""), ("phone", "phone")])
def test_an_opt_out_of_an_own_voter_binds_every_read_at_once(vault: Vault, asked: str, stands: str) -> None:
    publish(vault, [voter(1)])
    rows = [answer("o1", channel=asked), answer("o2", owner="oh", state_voter_id="OH9")]
    assert vault.append_events("optouts", table("optouts", rows)) == 2
    left_out = vault.owner_tables(vault.snapshot(1), statement=True).suppressed.to_pylist()
    assert left_out == [{"state_voter_id": "AA000001", "reason": "opt-out", "channel": stands}]
    assert vault.append_events("optouts", table("optouts", rows)) == 0
