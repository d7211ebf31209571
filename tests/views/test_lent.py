"""The record of an extract: it finds exactly the rows of those who are looked for, and gives away nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.roll.vault import suppression
from commonroll.roll.vault.renumbered import PAIRS, keep
from commonroll.roll.vault.vault import Vault
from commonroll.views.lent import Lent, Record, look_up, record_of
from commonroll.views.pseudonyms import agreement_key
from thorough import dear

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
KEY = agreement_key(b"secret", "urn:uuid:1")


def rows(ids: list[str], owners: list[int]) -> pa.Table:
    return pa.table({"owner_no": pa.array(owners, pa.int16()), "state_voter_id": pa.array(ids, pa.string())})


def persons(*said: tuple[str, str, datetime]) -> pa.Table:
    columns = zip(*[(one, channel, at.isoformat()) for one, channel, at in said], strict=True)
    return pa.table([pa.array(c, pa.string()) for c in columns], schema=suppression.SINCE)


def lent(vaults: Path, extract: str, *channels: str) -> Lent:
    return Lent(record_of(vaults, "oh", extract), NOW, frozenset(channels), KEY)


@settings(max_examples=dear(12))
@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30),
    st.sets(st.sampled_from("abcdxyz"), min_size=1),
)
def test_exactly_the_rows_of_the_leavers_are_found(ids: list[str], leavers: set[str]) -> None:
    with TemporaryDirectory() as folder:
        record = Record(Path(folder), "e", "me")
        at = len(ids) // 2
        for first, part in ((1, ids[:at]), (at + 1, ids[at:])):
            if part:
                record.add(("oh",), rows(part, [1] * len(part)), first)
        record.keep()
        found = look_up(persons(*((one, "", NOW) for one in leavers)), [lent(Path(folder), "e")])
        assert [one.row for one in found] == [n for n, one in enumerate(ids, 1) if one in leavers]


def test_each_owner_has_its_own_rows_and_the_viewer_none(tmp_path: Path) -> None:
    record = Record(tmp_path, "e", "me")
    record.add(("oh", "me", "wa"), rows(["a", "b", "c"], [1, 2, 3]), 1)
    record.keep()
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == [
        "oh/lent/e.parquet", "wa/lent/e.parquet",
    ]  # fmt: skip
    assert [(one.row, one.voter_ref) for one in look_up(persons(("a", "", NOW)), [lent(tmp_path, "e")])] == [
        (1, "")
    ]
    assert look_up(persons(("b", "", NOW), ("c", "", NOW)), [lent(tmp_path, "e")]) == []


def test_two_records_of_the_same_rows_have_nothing_in_common(tmp_path: Path) -> None:
    for extract in ("e", "f"):
        record = Record(tmp_path, extract, "me")
        record.add(("oh",), rows(["OH0001", "OH0002"], [1, 1]), 1)
        record.keep()
    marks = [set(pq.read_table(record_of(tmp_path, "oh", one))["mark"].to_pylist()) for one in ("e", "f")]
    assert not marks[0] & marks[1]
    assert b"OH0001" not in record_of(tmp_path, "oh", "e").read_bytes()
    assert record_of(tmp_path, "oh", "e").stat().st_mode & 0o077 == 0


def test_who_left_before_the_extract_or_by_a_channel_that_it_does_not_open_is_not_in_it(
    tmp_path: Path,
) -> None:
    record = Record(tmp_path, "e", "me")
    record.add(("oh",), rows(["a", "b", "c"], [1, 1, 1]), 1)
    record.keep()
    asked = persons(
        ("a", "", NOW - timedelta(seconds=1)), ("b", "phone", NOW), ("c", "door", NOW + timedelta(hours=2))
    )
    assert [one.row for one in look_up(asked, [lent(tmp_path, "e", "door", "mail")])] == [3]


def test_what_is_discarded_is_gone_and_what_is_missing_is_not_asked(tmp_path: Path) -> None:
    record = Record(tmp_path, "e", "me")
    record.add(("oh",), rows(["a"], [1]), 1)
    record.keep()
    record.discard()
    assert not list((tmp_path / "oh" / "lent").iterdir())
    assert look_up(persons(("a", "", NOW)), [lent(tmp_path, "e")]) == []


def test_whoever_stood_under_another_id_leaves_under_that_too(tmp_path: Path) -> None:
    held = Vault(tmp_path, "oh")
    held.suppress(["new", "other"], "protected", now=NOW)
    held.suppress(["third"], "hygiene", channel="mail", now=NOW)
    reports = held.path / "reports"
    reports.mkdir()
    for name, was, is_, day in (("a", "oldest", "old", 1), ("b", "old", "new", 2)):
        pairs = pa.table([[was], [is_]], schema=PAIRS)
        keep(reports / f"{name}.renumbered.parquet", pairs, NOW + timedelta(days=day))
    found = suppression.leavers(held.catalogue, ("protected", "opt-out"), reports)
    assert sorted(found["state_voter_id"].to_pylist()) == ["new", "old", "oldest", "other"]
