"""What ends or is suspended gives nothing from the next question on, in every process; open exports stop."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.flow import questions as flow_questions
from commonroll.roll.vault.vault import Vault
from commonroll.server import cuts
from commonroll.server.actions import agreement_events, answers, questions, suspensions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Agreement, Extract, Journal
from commonroll.server.permits import grants_in_force

pytestmark = pytest.mark.django_db


# Exports


def national_of_ohio() -> Agreement:
    return Agreement.objects.get(owner__key="oh", recipient__key="national")


def revoke(world: World) -> None:
    agreement_events.revoke(
        home=world.home, agreement=national_of_ohio(), member=world.member("oh"), cause="breach",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip


def suspend(world: World) -> None:
    agreement_events.suspend(
        home=world.home, agreement=national_of_ohio(), member=world.member("oh"), cause="breach",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip


def extracted(world: World) -> Extract:
    return questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("last_name",), format="csv", by=MACHINE,
    )  # fmt: skip


@pytest.mark.parametrize("cut", [revoke, suspend])
def test_an_open_download_stops_at_the_next_piece(
    world: World, bob: Client, monkeypatch: pytest.MonkeyPatch, cut: object
) -> None:
    monkeypatch.setattr(cuts, "STREAM_BYTES", 500)
    extract = extracted(world)
    pieces = iter(bob.get(f"/extracts/{extract.pk}/file").streaming_content)  # type: ignore[attr-defined]
    assert len(next(pieces)) == 500
    cut(world)  # type: ignore[operator]
    with pytest.raises(Refusal, match="not in force"):
        next(pieces)
    assert bob.get(f"/extracts/{extract.pk}/file").status_code in (400, 404)


def test_the_file_of_an_ended_agreement_goes_and_of_a_suspended_one_waits(world: World) -> None:
    extract = extracted(world)
    path = world.home.extracts / extract.file
    suspend(world)
    assert path.exists()
    with pytest.raises(Refusal):
        cuts.check(extract)
    revoke(world)
    assert not path.exists()


def test_an_export_that_is_being_written_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agreement ends after the question was permitted and before its first rows are written."""
    permitted = flow_questions.permit

    def then_revoked(*given: object, **more: object) -> object:
        planned = permitted(*given, **more)  # type: ignore[arg-type]
        revoke(world)
        return planned

    monkeypatch.setattr(flow_questions, "permit", then_revoked)
    with pytest.raises(Refusal, match="ended while"):
        extracted(world)
    assert flow.release is flow_questions.release
    assert not [f for f in world.home.extracts.iterdir() if f.is_file()]
    assert not Journal.objects.filter(type="export.intent").exists()


# A member that the federation suspends


def test_a_suspended_member_gives_and_gets_nothing_and_keeps_its_own(world: World, tmp_path: Path) -> None:
    ohio, national = world.member("oh"), world.member("national")
    agree("oh", "rivera")

    def in_force(viewer: str) -> set[str]:
        return set(grants_in_force(world.member(viewer), "gotv", timezone.now()))

    assert in_force("national") == {"oh", "wa"}
    suspensions.suspend_member(member=ohio, reason="the dues were not paid", by=MACHINE)
    assert (in_force("national"), in_force("rivera")) == ({"wa"}, set())
    own = questions.count(home=world.home, viewer=ohio, purpose="gotv", by=Actor.of(world.user("alice")))
    assert own.total > 0
    rows = questions.rows(
        home=world.home, viewer=ohio, purpose="gotv", where="", columns=("state_voter_id",), by=MACHINE
    )
    assert rows.rows.num_rows > 0
    extract = questions.export(
        home=world.home,
        viewer=ohio,
        purpose="gotv",
        where="",
        columns=("last_name",),
        format="csv",
        by=MACHINE,
    )
    cuts.check(extract)
    assert extract.rows == own.total
    suspensions.reinstate_member(member=ohio, reason="the dues were paid", by=MACHINE)
    assert in_force("national") == {"oh", "wa"}
    suspensions.suspend_member(member=national, reason="the dues were not paid", by=MACHINE)
    assert in_force("national") == set()
    told = Journal.objects.filter(log="oh", type="operator").count()
    assert told >= 2
    sheet = tmp_path / "answers.csv"
    voter = rows.rows.column("state_voter_id")[0].as_py()
    sheet.write_text(
        f"owner,state_voter_id,question,answer,date,channel\noh,{voter},support,1,2026-11-20,door\n"
    )
    batch = answers.load(home=world.home, gathered_by=national, file=sheet, by=MACHINE)
    assert (batch.loaded, batch.returned) == (1, {})
    assert len(Vault(world.home.vaults, "national").event_files("responses")) > 0


def test_nobody_on_the_site_suspends_a_member(world: World) -> None:
    for person in ("alice", "nadia", "charlie"):
        with pytest.raises(Unknown):
            suspensions.suspend_member(
                member=world.member("oh"), reason="out of spite, no more", by=Actor.of(world.user(person))
            )


def test_answers_that_were_gathered_stay_after_the_end(world: World, tmp_path: Path) -> None:
    extract = extracted(world)
    path = world.home.extracts / extract.file
    voter = next(csv.DictReader(path.open()))["state_voter_id"]
    sheet = tmp_path / "answers.csv"
    sheet.write_text(
        f"owner,state_voter_id,question,answer,date,channel\noh,{voter},support,1,2026-11-20,door\n"
    )
    answers.load(home=world.home, gathered_by=world.member("national"), file=sheet, by=MACHINE)
    before = Vault(world.home.vaults, "national").event_files("responses")
    revoke(world)
    assert Vault(world.home.vaults, "national").event_files("responses") == before
