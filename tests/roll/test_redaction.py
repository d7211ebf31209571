"""A voter who is protected now is nowhere in what the vault retains: snapshots, raw lines, refused lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deliveries import ids, line, lines, taken, vault_of, written
from made_rolls import publish, stage, voter

from commonroll.errors import Refusal
from commonroll.roll.changes.diff import diff
from commonroll.roll.layout.layout import layout
from commonroll.roll.load import LoadResult, load
from commonroll.roll.redaction.lines import lines_naming
from commonroll.roll.redaction.redaction import kept, redact
from commonroll.roll.vault.raw import line_as_delivered
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 12, 1, tzinfo=UTC)
FLAGGED = {"confidential_ind": "Y", "first_name": "", "res_street_address": ""}
SECRET = "17 HERON WAY"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_of(tmp_path / "vaults")


def delivered(vault: Vault, folder: Path, rows: Sequence[str]) -> LoadResult:
    return taken(vault, written(folder / "ncvoter_Statewide.txt", rows))


@pytest.fixture
def flagged(vault: Vault, tmp_path: Path) -> Vault:
    """Two snapshots: voter 7's address in the first, withheld in the second; a refused line of theirs."""
    with_address = [line(n, **({"res_street_address": SECRET} if n == 7 else {})) for n in range(1, 31)]
    broken = line(7, res_street_address=SECRET).rpartition("\t")[0]
    delivered(vault, tmp_path, [*with_address, broken])
    delivered(vault, tmp_path, [line(n, **(FLAGGED if n == 7 else {})) for n in range(1, 31)])
    return vault


def holding(vault: Vault, text: bytes) -> Iterator[Path]:
    """Files of the vault that hold a text, as plain bytes or as a value of a Parquet file."""
    for path in sorted(vault.path.rglob("*")):
        if path.suffix == ".parquet":
            values = [value for column in pq.read_table(path).itercolumns() for value in column.to_pylist()]
            if any(isinstance(value, str) and text.decode() in value for value in values):
                yield path
        elif path.is_file() and text in path.read_bytes():
            yield path


def folders(vault: Vault, text: bytes) -> list[str]:
    """Folders of the vault, or files in it, that hold a text."""
    return [path.relative_to(vault.path).parts[0] for path in holding(vault, text)]


def test_no_reader_sees_a_flagged_voter_before_any_redaction(flagged: Vault) -> None:
    first, second = flagged.snapshots()[::-1]
    assert not any(diff(flagged, first, second).total.values())
    for snapshot in (first, second):
        with pytest.raises(Refusal, match="its voter is protected") as refused:
            line_as_delivered(flagged, snapshot, "ncvoter_Statewide.txt", 8)
        assert SECRET not in str(refused.value)
    assert "AA000006" in line_as_delivered(flagged, first, "ncvoter_Statewide.txt", 7)


def test_a_redaction_takes_earlier_values_out_of_everything_retained(flagged: Vault) -> None:
    assert set(folders(flagged, SECRET.encode())) == {"voters", "raw", "refused"}
    done = redact(flagged, now=NOW)
    assert list(holding(flagged, SECRET.encode())) == []
    assert (done.voters, done.held) == (1, 0)
    assert {one.place.partition("/")[0] for one in done.files} >= {"voters", "raw", "refused", "districts"}


def test_the_other_voters_stay_and_the_vault_is_sound(flagged: Vault) -> None:
    refused = flagged.refused_files(flagged.snapshots()[1].load)
    redact(flagged, now=NOW)
    first, second = flagged.snapshots()[::-1]
    everybody = [f"AA{n:06}" for n in range(1, 31)]
    assert ids(flagged, first) == [one for one in everybody if one != "AA000007"]
    assert ids(flagged, second) == everybody
    assert (first.rows["voters"], second.rows["voters"]) == (29, 30)
    assert [flagged.check(one) for one in (first, second)] == [[], []]
    assert "AA000008" in line_as_delivered(flagged, first, "ncvoter_Statewide.txt", 9)
    again = flagged.refused_files(first.load)
    assert again != refused
    (row,) = pq.read_table(list(again)).to_pylist()
    assert (row["line"], row["bytes"]) == (32, "") and row["reason"]


def test_a_redaction_names_old_and_new_hashes_and_no_voter(flagged: Vault) -> None:
    done = redact(flagged, now=NOW)
    (said,) = kept(flagged)
    assert said == done.as_dict()
    assert all(len(one.old) == len(one.new) == 64 and one.old != one.new and one.taken for one in done.files)
    assert "AA000007" not in str(said)


def test_a_second_redaction_finds_nothing(flagged: Vault) -> None:
    redact(flagged, now=NOW)
    versions = [one.versions for one in flagged.snapshots()]
    assert redact(flagged, now=NOW).files == ()
    assert [one.versions for one in flagged.snapshots()] == versions


def test_who_was_listed_or_erased_leaves_the_current_roll_as_well(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, lines(5))
    vault.suppress(["AA000002"], "protected")
    vault.suppress(["AA000003"], "erased")
    vault.suppress(["AA000004"], "opt-out")
    redact(vault, now=NOW)
    assert ids(vault, vault.current()) == ["AA000001", "AA000004", "AA000005"]


def test_nobody_protected_changes_nothing(vault: Vault, tmp_path: Path) -> None:
    before = delivered(vault, tmp_path, lines(5)).snapshot
    assert redact(vault, now=NOW).files == ()
    assert vault.current() == before


def test_places_and_lists_of_reused_ids_go_as_well(vault: Vault) -> None:
    publish(vault, [voter(1), voter(2)])
    for folder, name in (("places", "00000001.parquet"), ("reports", "l1.reused.parquet")):
        (vault.path / folder).mkdir(exist_ok=True)
        rows = pa.table({"state_voter_id": ["AA000001", "AA000002"]})
        pq.write_table(rows, vault.path / folder / name)
    vault.suppress(["AA000001"])
    redact(vault, now=NOW)
    assert folders(vault, b"AA000001") == ["catalogue.sqlite3"]


def test_a_reader_keeps_the_files_it_reads(vault: Vault) -> None:
    snapshot = publish(vault, [voter(1), voter(2)])
    vault.suppress(["AA000001"])
    files = vault.files(snapshot, "voters")
    with vault.lease(snapshot):
        assert redact(vault, now=NOW, wait=0).held == 2
        assert pq.read_table(list(files)).num_rows == 2
    current = vault.current()
    assert current is not None
    assert pq.read_table(list(vault.files(current, "voters")))["state_voter_id"].to_pylist() == ["AA000002"]


def test_a_table_that_snapshots_share_is_rewritten_once(vault: Vault) -> None:
    day = NOW.date()
    ballot = dict.fromkeys(("requested_on", "sent_on", "returned_on", "reason"))
    ballot |= {"state_voter_id": "AA000001", "election_date": day, "status": "sent", "as_of": day}
    head = publish(vault, [voter(1), voter(2)])
    ballots = {"ballots": [stage(vault, "ballots", [ballot])]}
    vault.publish(ballots, parent=head.number, load="l2", state="NC", layouts=[], now=NOW)
    publish(vault, [voter(1), voter(2)])
    vault.suppress(["AA000001"])
    done = redact(vault, now=NOW)
    assert [one.taken for one in done.files if one.place.startswith("ballots/")] == [1]
    later, earlier = vault.snapshots()[:2]
    assert later.versions["ballots"] == earlier.versions["ballots"] and later.rows["ballots"] == 0
    assert [vault.check(one) for one in vault.snapshots()] == [[], [], []]
    publish(vault, [voter(2), voter(3)])
    current = vault.current()
    assert current is not None and vault.check(current) == []


#    the id of the roll      a line                                         whether it is that voter's
IDS = [
    ("00000123", "123\tTERN\tADA\tOAK\tST", True),
    ("0000", "0\tTERN\tADA\tOAK\tST", True),
    ("0000", "\tTERN\tADA\tOAK\tST", False),
    ("1234567890", "0011234567890TERN, JR  ADA", True),
    ("1234567890", "1,2,3,4,5,01234567890123", False),
]


@pytest.mark.parametrize(("voter", "text", "named"), IDS)
def test_a_line_holds_an_id_whatever_stands_around_it(voter: str, text: str, named: bool) -> None:
    ids = pa.table({"state_voter_id": [voter]})
    assert lines_naming(pa.array(["nobody", text]), ids).tolist() == ([1] if named else [])


FIXED = layout("tx/2026-02.registration.fwf666")


def test_fixed_lines_lose_the_voter_by_the_columns_of_the_id(tmp_path: Path) -> None:
    (sample,) = files("commonroll.layouts").joinpath("tx", "sample", FIXED.key.partition("/")[2]).iterdir()
    source = Path(str(sample))
    vault = Vault(tmp_path, "tx")
    vault.mark_sample()
    made = load(vault, [source], state="TX", accept="quarantine", now=NOW).snapshot
    assert made is not None
    first, *others = ids(vault, made)
    vault.suppress([first])
    at = FIXED.format.positions["VUID"]
    assert first in [text[at.start - 1 : at.end].strip() for text in raw_lines(vault)]
    before = raw_lines(vault)
    redact(vault, now=NOW)
    assert ids(vault, vault.current()) == others
    after = raw_lines(vault)
    gone = [n for n, text in enumerate(before) if first in text]
    assert gone and [n for n, (was, is_) in enumerate(zip(before, after, strict=True)) if was != is_] == gone
    assert all(after[n] == "" for n in gone)


def raw_lines(vault: Vault) -> list[str]:
    parts = sorted((vault.path / "raw").glob("*/*/*.txt"))
    return [text for part in parts for text in part.read_text("utf-8").split("\n")]
