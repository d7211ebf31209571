"""A snapshot is one manifest row: what publishes, what refuses, what stays readable."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from made_rolls import LAYOUT, NOW, ids, publish, stage, voter

from commonroll.errors import Refusal
from commonroll.roll.schema import EVENT_TABLES, ROLL_TABLES
from commonroll.roll.vault.vault import Stale, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


def test_a_vault_that_was_never_written_has_no_snapshot_and_stays_unmade(vault: Vault) -> None:
    assert vault.current() is None
    assert vault.snapshots() == []
    assert vault.suppressed().num_rows == 0
    assert vault.event_files("responses") == ()
    assert vault.check() == []
    assert not vault.path.exists()


def test_publishing_makes_the_current_snapshot(vault: Vault) -> None:
    made = publish(vault, [voter(1), voter(2)])
    assert vault.current() == made == vault.snapshot(1)
    assert (made.number, made.parent, made.state, made.load) == (1, None, "NC", "load-1")
    assert made.made_at == NOW
    assert made.rows == {"voters": 2, "districts": 0, "history": 0, "ballots": 0}
    assert made.layouts == (LAYOUT,)
    assert ids(vault, made) == ["AA000001", "AA000002"]


def test_every_table_of_a_snapshot_has_a_file_even_without_rows(vault: Vault) -> None:
    made = publish(vault, [voter(1)])
    for table in ROLL_TABLES:
        assert len(vault.files(made, table)) == 1
        assert tuple(pq.read_schema(vault.files(made, table)[0]).names) == ROLL_TABLES[table].names
    for table in EVENT_TABLES:
        assert len(vault.event_files(table)) == 1


def test_staged_files_become_the_version_without_a_copy(vault: Vault) -> None:
    staged = stage(vault, "voters", [voter(1)])
    inode = staged.stat().st_ino
    made = vault.publish({"voters": [staged]}, parent=None, load="l", state="NC", layouts=[])
    assert [Path(p).stat().st_ino for p in vault.files(made, "voters")] == [inode]


def test_files_staged_elsewhere_move_into_the_tables_folder(vault: Vault, tmp_path: Path) -> None:
    staged = stage(vault, "voters", [voter(1)]).rename(tmp_path / "elsewhere.parquet")
    made = vault.publish({"voters": [staged]}, parent=None, load="l", state="NC", layouts=[])
    assert ids(vault, made) == ["AA000001"]
    assert not staged.exists() and vault.check() == []


def test_old_snapshots_stay_readable(vault: Vault) -> None:
    first = publish(vault, [voter(1)])
    second = publish(vault, [voter(2), voter(3)])
    assert ids(vault, first) == ["AA000001"]
    assert ids(vault, second) == ["AA000002", "AA000003"]
    assert [s.number for s in vault.snapshots()] == [2, 1]
    assert second.parent == 1


def test_tables_that_are_not_delivered_keep_their_version(vault: Vault) -> None:
    first = publish(vault, [voter(1)])
    row = {"state_voter_id": "AA000001", "type": "school", "id": "7", "name": None}
    second = vault.publish(
        {"districts": [stage(vault, "districts", [row])]},
        parent=1,
        load="l2",
        state="NC",
        layouts=["nc/2021-06.history"],
        keep={t: first.versions[t] for t in ("voters", "history", "ballots")},
    )
    assert vault.files(second, "voters") == vault.files(first, "voters")
    assert second.rows["districts"] == 1 and first.rows["districts"] == 0
    assert second.layouts == ("nc/2021-06.history", LAYOUT)


def test_a_table_neither_staged_nor_kept_becomes_empty(vault: Vault) -> None:
    publish(vault, [voter(1)])
    second = vault.publish({}, parent=1, load="l2", state="NC", layouts=[], keep={})
    assert second.rows["voters"] == 0
    assert ids(vault, second) == []


def test_deltas_own_readers_see_the_same_rows(vault: Vault) -> None:
    publish(vault, [voter(1)])
    second = publish(vault, [voter(2), voter(3)])
    delta = DeltaTable(str(vault.path / "voters"), version=second.versions["voters"])
    assert sorted(delta.file_uris()) == sorted(vault.files(second, "voters"))
    assert delta.to_pyarrow_table(columns=["state_voter_id"]).num_rows == 2
    assert delta.metadata().configuration["delta.enableExpiredLogCleanup"] == "false"


def test_no_value_of_a_record_reaches_deltas_log(vault: Vault) -> None:
    publish(vault, [voter(1, last_name="OKONKWO-MARSH", birth_year=1931)])
    logs = "\n".join(p.read_text() for p in vault.path.glob("*/_delta_log/*.json"))
    assert "OKONKWO" not in logs and "AA000001" not in logs
    actions = [json.loads(line) for line in logs.splitlines()]
    counted = [json.loads(action["add"]["stats"]) for action in actions if "add" in action]
    assert {"numRecords": 1} in counted and all(set(one) == {"numRecords"} for one in counted)


def test_a_stale_parent_is_refused_and_changes_nothing(vault: Vault) -> None:
    publish(vault, [voter(1)])
    publish(vault, [voter(2)])
    with pytest.raises(Stale, match="began from snapshot 1, but the vault is now at snapshot 2"):
        publish(vault, [voter(3)], parent=1)
    current = vault.current()
    assert current is not None and current.number == 2
    assert vault.check() == []


def test_a_kept_version_that_is_not_the_parents_is_stale(vault: Vault) -> None:
    publish(vault, [voter(1)])
    with pytest.raises(Stale):
        vault.publish({}, parent=1, load="l", state="NC", layouts=[], keep={"voters": 7})


def test_another_states_roll_is_refused(vault: Vault) -> None:
    publish(vault, [voter(1)])
    with pytest.raises(Refusal, match="holds the roll of NC; the delivery is of OH"):
        publish(vault, [voter(2)], state="OH")


def test_a_file_that_is_not_the_tables_is_an_error(vault: Vault) -> None:
    staged = stage(vault, "districts", [])
    moved = staged.rename(vault.stage("voters"))
    with pytest.raises(ValueError, match="voters: missing"):
        vault.publish({"voters": [moved]}, parent=None, load="l", state="NC", layouts=[])
    assert vault.current() is None


def test_an_unknown_table_is_an_error(vault: Vault) -> None:
    with pytest.raises(ValueError, match=r"no table \['voter'\]"):
        vault.publish({"voter": []}, parent=None, load="l", state="NC", layouts=[])


def test_a_vaults_folder_is_its_owners_alone(vault: Vault) -> None:
    publish(vault, [voter(1)])
    assert vault.path.stat().st_mode & 0o077 == 0


def test_an_unknown_snapshot_is_refused(vault: Vault) -> None:
    publish(vault, [voter(1)])
    with pytest.raises(Refusal, match="no snapshot 9"):
        vault.snapshot(9)


def test_refused_lines_are_kept_per_load_with_or_without_a_snapshot(vault: Vault) -> None:
    line = {"file": "a.txt", "line": 3, "reason": "too few fields", "bytes": "x"}
    vault.keep_refused("load-a", [stage(vault, "refused", [line])])
    assert vault.current() is None
    vault.publish(
        {"voters": [stage(vault, "voters", [voter(1)])], "refused": [stage(vault, "refused", [line, line])]},
        parent=None,
        load="load-b",
        state="NC",
        layouts=[],
    )
    assert pq.read_table(list(vault.refused_files("load-a"))).num_rows == 1
    assert pq.read_table(list(vault.refused_files("load-b"))).num_rows == 2
    assert vault.refused_files("load-c") == ()


@pytest.mark.parametrize("damage", ["file gone", "foreign commit", "other rows"])
def test_check_says_what_differs(vault: Vault, damage: str) -> None:
    made = publish(vault, [voter(1)])
    path = Path(vault.files(made, "voters")[0])
    assert vault.check() == []
    if damage == "file gone":
        path.unlink()
        assert "1 of 1 files are missing" in " ".join(vault.check())
    elif damage == "foreign commit":
        (vault.path / "voters" / "_delta_log" / f"{made.versions['voters']:020}.json").unlink()
        with pytest.raises(Exception, match="version"):
            vault.check()
    else:
        pq.write_table(pq.read_table(path).slice(0, 0), path)
        assert "the files hold 0 rows, the catalogue counts 1" in " ".join(vault.check())


def test_owner_tables_hold_what_a_view_needs(vault: Vault) -> None:
    with pytest.raises(Refusal, match="No roll was loaded"):
        vault.owner_tables(statement=False)
    first = publish(vault, [voter(1)])
    publish(vault, [voter(2)])
    tables = vault.owner_tables(statement=True)
    assert (tables.member, tables.state, tables.snapshot, tables.statement) == ("nc", "NC", 2, True)
    assert set(tables.files) == {*ROLL_TABLES, *EVENT_TABLES, "persons", "scores"}
    assert "voters.party" in tables.published and "voters.email" not in tables.published
    assert tables.protected in ("flagged", "withheld", "unstated")
    assert vault.owner_tables(first, statement=True).files["voters"] == vault.files(first, "voters")
    assert tables.suppressed.column_names == ["state_voter_id", "reason", "channel"]


def test_whether_a_vault_holds_invented_people_is_said_in_the_catalogue(vault: Vault) -> None:
    assert not vault.sample
    vault.mark_sample()
    assert Vault(vault.path.parent, "nc").sample
    vault.mark_sample(False)
    assert not vault.sample
