"""The journal: a row before the answer, nothing without a row, and nothing personal in the log made of it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World
from writers import two_writers_and_a_sequencer

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.server import journal, receipts, startup
from commonroll.server.actions import agreement_events, diary, loads, questions
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Journal, LiveCount, LogHead
from commonroll.server.receipts import LogBehind
from commonroll.transparency import leaves
from commonroll.transparency.sequencer import STALE

pytestmark = pytest.mark.django_db


def operator_row(log: str = "oh") -> Journal:
    detail = leaves.commit({"copies": "1"}, secrets.token_bytes(leaves.SALT_BYTES))
    return journal.record(
        log=log, type="operator", keys={"action": "backup.made", "detail": detail}, owner=log
    )


def count(world: World, **asked: object) -> int:
    answer = questions.count(
        home=world.home, viewer=world.member("national"), purpose="gotv", by=MACHINE, **asked
    )  # type: ignore[arg-type]
    return answer.total


# A transaction that is undone


def test_an_undone_transaction_leaves_no_row(world: World) -> None:
    before = Journal.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        operator_row()
        raise RuntimeError("the work after the row failed")
    assert Journal.objects.count() == before


def test_where_one_owners_row_fails_no_owner_has_one_and_nothing_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, before = journal.record_all, Journal.objects.count()

    def washington_fails(entries: Sequence[journal.Entry]) -> list[Journal]:
        assert len(real([entry for entry in entries if entry.log != "wa"])) == 1
        raise OSError("the disk is full")

    monkeypatch.setattr("commonroll.server.journal.record_all", washington_fails)
    with pytest.raises(OSError, match="disk"):
        count(world)
    assert Journal.objects.count() == before


def test_an_agreement_is_not_revoked_without_its_leaf(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise OSError("the disk is full")

    text = Agreement.objects.get(owner__key="oh", recipient__key="national")
    monkeypatch.setattr("commonroll.server.journal.record", broken)
    with pytest.raises(OSError, match="disk"):
        agreement_events.revoke(
            home=world.home, agreement=text, member=world.member("oh"), cause="law",
            passphrase=PASSPHRASE, by=MACHINE,
        )  # fmt: skip
    text.refresh_from_db()
    assert text.state == Agreement.State.FINAL and not text.events.exists()


# Time and order


def test_a_leaf_is_never_older_than_the_one_before_it(world: World) -> None:
    ahead = timezone.now().replace(microsecond=0) + timedelta(seconds=60)
    LogHead.objects.filter(log="oh").update(last_at=ahead)
    assert [operator_row().at, operator_row().at] == [ahead, ahead]
    startup.fold(world.home)
    assert diary.verify(home=world.home, log="oh", by=MACHINE).ok


def test_a_clock_that_ran_far_ahead_stops_the_log_with_a_reason(world: World) -> None:
    with transaction.atomic():
        row = operator_row()
    Journal.objects.filter(pk=row.pk).update(leaf=bytes(row.leaf).replace(b'"at":"20', b'"at":"19'))
    with pytest.raises(Refusal, match="before the entry ahead") as refusal:
        startup.fold(world.home)
    assert "clock" in refusal.value.next_step


def test_rows_fold_in_order_and_the_log_verifies(world: World) -> None:
    first = [operator_row().pk for _ in range(3)]
    startup.fold(world.home)
    second = [operator_row().pk for _ in range(2)]
    startup.fold(world.home)
    indexes = [Journal.objects.get(pk=pk).index for pk in (*first, *second)]
    assert None not in indexes
    assert indexes == list(range(indexes[0] or 0, (indexes[0] or 0) + 5))
    assert diary.verify(home=world.home, log="oh", by=MACHINE).ok


def test_each_owner_has_its_own_log(world: World) -> None:
    before = Journal.objects.filter(log="wa").count()
    operator_row("oh")
    startup.fold(world.home)
    assert Journal.objects.filter(log="wa").count() == before


def test_a_log_put_back_from_an_old_copy_is_not_signed_on(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.home.logs / "oh", tmp_path / "old")
    operator_row()
    startup.fold(world.home)
    shutil.rmtree(world.home.logs / "oh")
    shutil.copytree(tmp_path / "old", world.home.logs / "oh")
    operator_row()
    with pytest.raises(Refusal, match="old copy"):
        startup.fold(world.home)


def test_one_changed_byte_is_found(world: World) -> None:
    tile = next(file for file in (world.home.logs / "oh").rglob("entries/**/*") if file.is_file())
    held = bytearray(tile.read_bytes())
    held[len(held) // 2] ^= 1
    tile.chmod(0o600)
    tile.write_bytes(bytes(held))
    assert not diary.verify(home=world.home, log="oh", by=MACHINE).ok


# The log cannot be written


def close_log(home: Home, log: str = "oh") -> None:
    """A log that nobody can write, root included: its folder is a file."""
    shutil.rmtree(home.logs / log)
    (home.logs / log).write_text("")


def age(log: str, seconds: float) -> None:
    Journal.objects.filter(log=log, index__isnull=True).update(at=timezone.now() - timedelta(seconds=seconds))
    receipts.look_again()


def test_answers_stop_once_a_row_has_waited_five_seconds(world: World) -> None:
    operator_row()
    close_log(world.home)
    age("oh", 6)
    with pytest.raises(LogBehind) as refusal:
        count(world)
    assert "operator" in refusal.value.next_step


def test_answers_go_on_while_the_row_is_young(world: World) -> None:
    operator_row()
    close_log(world.home)
    assert count(world) > 0


def test_a_log_that_was_only_behind_is_folded_and_the_answer_comes(world: World) -> None:
    operator_row()
    age("oh", 60)
    assert count(world) > 0
    assert not Journal.objects.filter(type="operator", index__isnull=True).exists()


def test_live_counts_stop_when_their_minute_is_not_folded(world: World) -> None:
    count(world, live=True)
    LiveCount.objects.update(at=timezone.now() - timedelta(seconds=200))
    close_log(world.home)
    age("oh", 6)
    with pytest.raises(LogBehind):
        count(world, live=True)


def test_nobody_looks_for_what_waits_before_it_can_be_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts.look_again()
    count(world)
    close_log(world.home)
    Journal.objects.filter(index__isnull=True).update(at=timezone.now() - timedelta(seconds=6))
    assert count(world) > 0  # two seconds ago at most they were young
    passed = time.monotonic() + STALE.total_seconds()
    monkeypatch.setattr(receipts, "time", SimpleNamespace(monotonic=lambda: passed))
    with pytest.raises(LogBehind):
        count(world)


def test_rows_do_not_leave_without_a_checkpoint(world: World) -> None:
    close_log(world.home)
    with pytest.raises((Refusal, OSError)):
        questions.export(
            home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
            columns=("last_name",), format="csv", by=MACHINE,
        )  # fmt: skip
    assert list(world.home.extracts.iterdir()) == []


# Several processes


@pytest.mark.vault
def test_two_processes_write_one_journal_on_sqlite_and_a_row_outside_a_transaction_is_refused(
    tmp_path: Path,
) -> None:
    outside = two_writers_and_a_sequencer(tmp_path / "home")
    assert "in the transaction that authorizes" in outside


# Nothing personal in the log


def personal_values(world: World, *columns: str) -> set[str]:
    """Long values of Ohio's voters: of these columns, or ids, streets, full names, phones, e-mails."""
    held = loads.vault(world.home, world.member("oh"))
    snapshot = held.current()
    assert snapshot is not None
    chosen = columns or (
        "state_voter_id", "residence_line1", "first_name || ' ' || last_name", "phone", "email"
    )  # fmt: skip
    with engine() as cursor:
        rows = cursor.execute(
            f"SELECT {', '.join(chosen)} FROM read_parquet(?)", [list(held.files(snapshot, "voters"))]
        ).fetchall()
    return {value for row in rows for value in row if value and len(value) >= 8}


def written(value: str) -> Iterator[bytes]:
    """The ways in which a value could hide in a file."""
    for text in {value, value.lower(), value.title()}:
        raw = text.encode()
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield hashlib.sha256(raw).digest()
        yield hashlib.sha256(raw).hexdigest().encode()
        yield base64.b64encode(hashlib.sha256(raw).digest())
        for shift in range(3):
            # base64 of the value at each place within three bytes, without the ends that neighbours change
            yield base64.b64encode(b"x" * shift + raw)[4:-4] if len(raw) > 9 else base64.b64encode(raw)


def busy_day(world: World) -> None:
    """What writes leaves, with a person's values wherever a value can be put."""
    voter, other = sorted(personal_values(world, "state_voter_id"))[:2]
    name = sorted(personal_values(world, "last_name"))[0]
    count(world, where=f"last_name = '{name}'")
    count(world, where=f"state_voter_id = '{voter}'", live=True)
    questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where=f"last_name <> '{name}'",
        columns=("state_voter_id", "last_name"), format="csv", by=MACHINE,
    )  # fmt: skip
    protected = world.home.tmp / "list.csv"
    protected.write_text(f"state_voter_id\n{other}\n")
    loads.protect(home=world.home, of=world.member("oh"), file=protected, by=MACHINE)
    LiveCount.objects.update(at=timezone.now() - timedelta(minutes=2))
    startup.fold(world.home)


def test_no_persons_value_is_in_any_byte_of_the_log(world: World) -> None:
    busy_day(world)
    values = personal_values(world)
    assert len(values) > 500
    found = b"\0".join(file.read_bytes() for file in world.home.logs.rglob("*") if file.is_file())
    assert b"export.intent" in found and b"protected.listed" in found
    assert any(form in found for form in written("voters.last_name")), "the search finds what is there"
    hidden = [form for value in values for form in written(value) if len(form) >= 8 and form in found]
    assert not hidden, f"{len(hidden)} values of invented people stand in the log"
