"""Counts and extracts: who may ask what, what is missing and why, and the receipt that comes first."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.server import startup
from commonroll.server.actions import agreement_events, diary, questions
from commonroll.server.actor import Actor, Forbidden
from commonroll.server.live import coalesce
from commonroll.server.models import Extract, Journal, LiveCount
from commonroll.transparency.receipts import verify_receipt

pytestmark = pytest.mark.django_db


def counted(world: World, viewer: str = "national", purpose: str = "gotv", **asked: Any) -> dict[str, Any]:
    answer = questions.count(
        home=world.home, viewer=world.member(viewer), purpose=purpose, by=MACHINE, **asked
    )
    return questions.as_dict(answer)


def in_the_vault(world: World, owner: str, where: str) -> int:
    """The slow and obvious count: the owner's own files, read by the engine alone."""
    from commonroll.server.actions.loads import vault

    held = vault(world.home, world.member(owner))
    snapshot = held.current()
    assert snapshot is not None
    with engine() as cursor:
        found = cursor.execute(
            "SELECT count(*) FROM read_parquet(?) WHERE NOT confidential AND "
            "(birth_date <= DATE '2009-11-02' OR (birth_date IS NULL AND birth_year <= 2008)) "
            f"AND ({where})",
            [list(held.files(snapshot, "voters"))],
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_national_counts_what_both_owners_hold(world: World) -> None:
    found = counted(world, where="status = 'active'")
    assert found["by_owner"] == {
        "oh": in_the_vault(world, "oh", "status = 'active'"),
        "wa": in_the_vault(world, "wa", "status = 'active'"),
    }


def test_washington_has_no_parties_and_says_so(world: World) -> None:
    found = counted(world, by_columns=("state", "party"))
    assert [(gap["owner"], gap["reason"]) for gap in found["gaps"]] == [("wa", "not published by the state")]
    assert found["by_owner"] == {"oh": in_the_vault(world, "oh", "true")}


def test_a_purpose_that_nobody_granted_is_refused_with_the_reasons(world: World) -> None:
    with pytest.raises(Refusal) as refusal:
        counted(world, purpose="persuasion")
    assert "Ohio" in str(refusal.value) and "Washington" in str(refusal.value)


def test_charlie_without_an_agreement_gets_nothing(world: World) -> None:
    with pytest.raises(Refusal):
        counted(world, viewer="rivera")


def test_an_owner_reads_its_own_rows_whatever_the_centre_says(world: World) -> None:
    found = counted(world, viewer="oh", where="status = 'active'")
    assert found["total"] == in_the_vault(world, "oh", "status = 'active'")


def test_a_revoked_agreement_gives_nothing_from_that_moment(world: World) -> None:
    from commonroll.server.models import Agreement

    text = Agreement.objects.get(owner__key="oh", recipient__key="national")
    before = counted(world)
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="law",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    after = counted(world)
    assert "oh" in before["by_owner"] and "oh" not in after["by_owner"]


def test_the_receipt_of_a_count_is_in_each_owners_log_and_holds_no_question(world: World) -> None:
    counted(world, where="last_name = 'SECRETNAME'")
    startup.fold(world.home)
    for owner in ("oh", "wa"):
        row = Journal.objects.filter(log=owner, type="count").last()
        assert row is not None and row.index is not None and row.recipient == "national"
        assert b"SECRETNAME" not in bytes(row.leaf)
        assert diary.verify(home=world.home, log=owner, by=MACHINE).ok
    for file in world.home.logs.rglob("*"):
        assert not file.is_file() or b"SECRETNAME" not in file.read_bytes()


def test_no_receipt_no_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise OSError("the journal cannot be written")

    monkeypatch.setattr("commonroll.server.journal.record_all", broken)
    with pytest.raises(OSError, match="journal"):
        counted(world)


def test_live_counts_fold_into_one_leaf_a_minute(world: World) -> None:
    for _ in range(3):
        counted(world, live=True)
    assert LiveCount.objects.filter(owner="oh").count() == 3
    assert not Journal.objects.filter(type="count").exists()
    minute = timezone.now().replace(second=0, microsecond=0)
    LiveCount.objects.update(at=minute - timedelta(minutes=2))
    assert coalesce() == 2
    assert Journal.objects.filter(type="count", log="oh").count() == 1
    assert not LiveCount.objects.filter(journal__isnull=True).exists()


def exported(world: World, **asked: Any) -> Extract:
    given: dict[str, Any] = {
        "where": "member = 'oh'", "columns": ("state_voter_id", "last_name"), "format": "csv"
    }  # fmt: skip
    return questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", by=MACHINE, **(given | asked)
    )


def test_an_extract_holds_the_rows_and_its_receipt_verifies_alone(world: World, tmp_path: Path) -> None:
    extract = exported(world)
    target = tmp_path / "list.csv"
    proofs = questions.deliver(home=world.home, extract=extract, target=target)
    lines = list(csv.reader(target.open()))
    assert len(lines) - 1 == extract.rows == in_the_vault(world, "oh", "true")
    vkey = world.member("oh").log_vkey
    assert [path.name for path in proofs] == ["list.csv.oh.tlog-proof"]
    assert verify_receipt(proofs[0].read_text(), vkey).ok


def test_washington_lets_no_rows_leave(world: World) -> None:
    extract = exported(world, where="", columns=("county_name",))
    assert set(extract.rows_by_owner) == {"oh"}
    assert [gap["owner"] for gap in extract.gaps] == ["wa"]


def test_an_export_beyond_the_quota_is_refused_and_no_file_is_left(world: World) -> None:
    agree("oh", "rivera", rows_per_day=1)
    with pytest.raises(Refusal, match="1 rows a day; the question has more"):
        questions.export(
            home=world.home, viewer=world.member("rivera"), purpose="gotv", where="",
            columns=("last_name",), format="csv", by=MACHINE,
        )  # fmt: skip
    assert list(world.home.extracts.iterdir()) == []


def test_the_rows_of_a_day_are_counted(world: World) -> None:
    whole = in_the_vault(world, "oh", "status <> 'removed'")
    agree("oh", "rivera", rows_per_day=whole * 3 // 2)
    asked = {"viewer": world.member("rivera"), "purpose": "gotv", "where": "", "columns": ("last_name",)}
    questions.export(home=world.home, format="csv", by=MACHINE, **asked)
    with pytest.raises(Refusal, match=r"rows a day; [0-9,]+ are left of today's"):
        questions.export(home=world.home, format="csv", by=MACHINE, **asked)


def test_a_viewer_counts_but_takes_no_rows(world: World) -> None:
    violet = Actor.of(world.user("violet"))
    ohio = world.member("oh")
    assert questions.count(home=world.home, viewer=ohio, purpose="gotv", by=violet).total > 0
    with pytest.raises(Forbidden):
        questions.export(
            home=world.home, viewer=ohio, purpose="gotv", where="", columns=("last_name",),
            format="csv", by=violet,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("party = 'DEMM'", "DEM"),
        ("partty = 'DEM'", "party"),
        ("party IN (SELECT 1)", ""),
        ("pg_sleep(5) = 1", ""),
        ("party = 'DEM'; DROP TABLE x", ""),
    ],
)
def test_a_faulty_where_is_refused_and_logs_nothing(world: World, where: str, says: str) -> None:
    before = Journal.objects.count()
    with pytest.raises(Refusal) as refusal:
        counted(world, where=where)
    assert says in str(refusal.value)
    assert Journal.objects.count() == before


def test_an_agreement_that_was_revoked_is_named_with_its_day(world: World) -> None:
    from commonroll.server.models import Agreement

    text = Agreement.objects.get(owner__key="oh", recipient__key="national")
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="law",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    gap = next(gap for gap in counted(world)["gaps"] if gap["owner"] == "oh")
    assert gap["sentence"].startswith(f"Ohio: agreement {text.number} was revoked on ")
