"""The table of who is left out: strict lists, at once for every snapshot, and what the owner is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_rolls import publish, voter

from commonroll.errors import Refusal
from commonroll.roll.vault.suppression import Suppression, read_list
from commonroll.roll.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, "nc")


#    the file                                         the ids, or what the refusal says
LISTS: list[tuple[bytes, list[str] | str]] = [
    (b"state_voter_id\nAA1\nAA2\n", ["AA1", "AA2"]),
    (b"AA1\r\nAA2", ["AA1", "AA2"]),
    (b'\xef\xbb\xbf"state_voter_id"\n"AA1"\n', ["AA1"]),
    (b"0001\n", ["0001"]),
    (b"AA1\nAA1\n", ["AA1", "AA1"]),
    (b"AA1\n\nAA2\n", "1 of 3 lines are not one id alone (line 2)"),
    (b"state_voter_id\nAA1,SMITH\nAA2\n", "1 of 2 lines are not one id alone (line 2)"),
    (b"AA 1\nAA2\n", "1 of 2 lines are not one id alone (line 1)"),
    (b"a b\n" * 7, "7 of 7 lines are not one id alone (line 1, 2, 3, 4, 5, ...)"),
    (b"name\n" + "MÜLLER".encode() + b"\n", "1 of 2 lines"),
    ("AA1\n".encode("utf-16"), "not UTF-8 text (byte 0)"),
    (b'"AA1\n', "not a CSV file"),
    (b"", "holds no id"),
    (b"state_voter_id\n", "holds no id"),
]


@pytest.mark.parametrize(("content", "expected"), LISTS)
def test_a_list_is_read_strictly(tmp_path: Path, content: bytes, expected: list[str] | str) -> None:
    path = tmp_path / "protected.csv"
    path.write_bytes(content)
    if isinstance(expected, list):
        assert read_list(path) == expected
        return
    with pytest.raises(Refusal) as refused:
        read_list(path)
    assert expected in str(refused.value) and "protected.csv" in str(refused.value)
    assert "SMITH" not in str(refused.value) and "MÜLLER" not in str(refused.value)


def test_a_protected_list_applies_at_once_to_every_snapshot(vault: Vault, tmp_path: Path) -> None:
    first = publish(vault, [voter(1), voter(2)])
    publish(vault, [voter(2)])
    path = tmp_path / "protected.csv"
    path.write_text("AA000001\nAA000002\nAA000002\nAA000099\n")
    before = vault.owner_tables(statement=True)
    said = vault.suppress(path, "protected")
    assert said == Suppression(lines=4, repeated=1, added=3, already=0, not_on_roll=2)
    assert before.suppressed.num_rows == 0
    for snapshot in (first, None):
        rows = vault.owner_tables(snapshot, statement=True).suppressed.to_pylist()
        assert sorted(row["state_voter_id"] for row in rows) == ["AA000001", "AA000002", "AA000099"]
        assert {(row["reason"], row["channel"]) for row in rows} == {("protected", "")}


def test_another_process_sees_the_change(vault: Vault) -> None:
    assert vault.suppressed().num_rows == 0
    Vault(vault.path.parent, "nc").suppress(["AA1"])
    assert vault.suppressed().num_rows == 1


def test_a_list_twice_changes_nothing(vault: Vault) -> None:
    vault.suppress(["AA1", "AA2"])
    assert vault.suppress(["AA2"]) == Suppression(lines=1, repeated=0, added=0, already=1)
    assert vault.suppressed().num_rows == 2


def test_a_voter_stays_out_until_every_reason_is_lifted(vault: Vault) -> None:
    vault.suppress(["AA1"], "protected")
    vault.suppress(["AA1"], "erased")
    assert vault.lift(["AA1", "AA7"], "protected") == 1
    assert vault.suppressed()["reason"].to_pylist() == ["erased"]
    assert vault.lift(["AA1"], "erased") == 1
    assert vault.suppressed().num_rows == 0


def test_an_unknown_reason_is_refused(vault: Vault) -> None:
    with pytest.raises(Refusal, match="no such reason"):
        vault.suppress(["AA1"], "because")


def test_a_list_can_be_loaded_while_a_load_holds_the_vault(vault: Vault) -> None:
    with vault.lock():
        vault.suppress(["AA1"])
    assert vault.suppressed().num_rows == 1
