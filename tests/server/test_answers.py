"""The way back: answers stand in the gatherer's vault and, as the terms say, in the owner's with source."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import agreement_events, answers, ledger, questions, sharing
from commonroll.server.actor import Actor, Unknown
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, AnswerBatch, Journal

pytestmark = pytest.mark.django_db
HEAD = "owner,state_voter_id,question,answer,date,channel"


def ids(world: World, folder: Path, many: int) -> list[str]:
    """Ids of Ohio voters as National's extract carries them."""
    extract = questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("last_name",), format="csv", by=MACHINE,
    )  # fmt: skip
    questions.deliver(home=world.home, extract=extract, target=folder / "list.csv")
    rows = list(csv.DictReader((folder / "list.csv").open()))
    return [row["state_voter_id"] for row in rows[:many]]


def sheet(folder: Path, lines: list[str]) -> Path:
    path = folder / "answers.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path


def bring(world: World, file: Path) -> AnswerBatch:
    return answers.load(home=world.home, gathered_by=world.member("national"), file=file, by=MACHINE)


def stored(world: World, member: str, table: str = "responses") -> list[dict[str, object]]:
    files = Vault(world.home.vaults, member).event_files(table)
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_answers_go_to_both_vaults_with_their_source(world: World, tmp_path: Path) -> None:
    voters = ids(world, tmp_path, 3)
    lines = [f"oh,{v},support,{n},2026-11-20,door" for n, v in enumerate(voters, 1)]
    batch = bring(world, sheet(tmp_path, lines))
    assert (batch.loaded, batch.returned, batch.refused) == (3, {"oh": 3}, [])
    for member in ("national", "oh"):
        rows = stored(world, member)
        assert {(r["state_voter_id"], r["gathered_by"], r["kind"]) for r in rows} == {
            (voter, "national", "told") for voter in voters
        }
    assert stored(world, "wa") == []
    leaf = Journal.objects.get(log="oh", type="responses.returned")
    assert leaf.rows == 3 and leaf.recipient == "national"


def test_the_same_sheet_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    voter = ids(world, tmp_path, 1)[0]
    file = sheet(tmp_path, [f"oh,{voter},support,1,2026-11-20,door"])
    bring(world, file)
    with pytest.raises(Refusal, match="already"):
        bring(world, file)
    assert len(stored(world, "oh")) == 1


def test_after_the_agreement_ended_answers_stay_with_the_gatherer(world: World, tmp_path: Path) -> None:
    voter = ids(world, tmp_path, 1)[0]
    text = Agreement.objects.get(owner__key="oh", recipient__key="national")
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="breach",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    batch = bring(world, sheet(tmp_path, [f"oh,{voter},support,1,2026-11-20,door"]))
    assert (batch.loaded, batch.returned) == (1, {})
    assert stored(world, "oh") == [] and len(stored(world, "national")) == 1


def test_an_opt_out_takes_the_voter_out_of_the_owners_contact_lists(world: World, tmp_path: Path) -> None:
    voter = ids(world, tmp_path, 1)[0]
    bring(world, sheet(tmp_path, [f"oh,{voter},optout,all,2026-11-20,door"]))
    suppressed = Vault(world.home.vaults, "oh").suppressed().to_pylist()
    assert {row["state_voter_id"] for row in suppressed} == {voter}
    assert voter not in ids(world, tmp_path, 10_000)


def test_give_and_get_shows_both_sides_the_same(world: World, tmp_path: Path) -> None:
    voters = ids(world, tmp_path, 2)
    bring(world, sheet(tmp_path, [f"oh,{v},support,1,2026-11-20,door" for v in voters]))

    def line(member: str) -> dict[str, object]:
        found = ledger.lines(home=world.home, of=world.member(member), by=MACHINE)
        return next(one for one in found if one["owner"] == "oh")

    assert line("oh") == line("national")
    assert line("oh")["answers_returned"] == 2 and line("oh")["overdue"] == 0
    assert line("oh")["rows_lent"] == Journal.objects.get(type="export.intent").rows


def test_bounces_and_new_addresses_come_back_where_the_terms_say_so(world: World, tmp_path: Path) -> None:
    rivera, voter = world.member("rivera"), ids(world, tmp_path, 1)[0]
    bounced, moved = "bounced,disconnected,2026-11-20,phone", "address,12 QUOKKA ST,2026-11-20,mail"
    lines = [f"oh,{voter},{bounced}", f"oh,{voter},{moved}"]

    def load() -> AnswerBatch:
        return answers.load(home=world.home, gathered_by=rivera, file=sheet(tmp_path, lines), by=MACHINE)

    texts = [agree("oh", "rivera")]
    assert (load().loaded, stored(world, "oh", "found_out")) == (2, []), "the terms do not ask for them"
    texts.append(agree("oh", "rivera", purposes=["persuasion"], bounces_within_days=3))
    lines.append(f"oh,{voter},{bounced}")
    batch = load()
    assert (batch.loaded, batch.returned) == (3, {"oh": 2})
    assert [row["what"] for row in stored(world, "oh", "found_out")] == ["bounces", "bounces"]
    assert b'"tables":["bounces"]' in bytes(Journal.objects.get(type="responses.returned").leaf)

    def owed(later: timedelta) -> list[tuple[str, int, bool]]:
        grants = [(text, text.until, grant_of(text)) for text in texts]
        now = timezone.now() + later
        found = sharing.owed(home=world.home, of=rivera, grants=grants, now=now, by=MACHINE)
        return [(one.kind, one.number, one.late) for one in found if one.what == "return"]

    assert owed(timedelta(days=2)) == [("bounces", 1, False)] and owed(timedelta(days=4)) == [
        ("bounces", 1, True)
    ]
    for member in ("oh", "rivera"):
        found = ledger.lines(home=world.home, of=world.member(member), by=MACHINE)
        line = next(one for one in found if (one["owner"], one["recipient"]) == ("oh", "rivera"))
        assert (line["bounces_returned"], line["addresses_returned"], line["overdue"]) == (2, 0, 0)


def test_charlie_sees_no_ledger_of_ohio(world: World) -> None:
    charlie = Actor.of(world.user("charlie"))
    with pytest.raises(Unknown):
        ledger.lines(home=world.home, of=world.member("oh"), by=charlie)
    assert ledger.lines(home=world.home, of=world.member("rivera"), by=charlie) == []
    with pytest.raises(Unknown):
        answers.load(home=world.home, gathered_by=world.member("oh"), file=Path("x"), by=charlie)


def test_answers_come_back_by_the_pseudonym_where_no_id_was_granted(world: World, tmp_path: Path) -> None:
    columns = [c for c in shared_columns() if c != "voters.state_voter_id"]
    agree("oh", "rivera", columns=columns)
    rivera = world.member("rivera")
    extract = questions.export(
        home=world.home, viewer=rivera, purpose="gotv", where="", columns=("last_name",), format="csv",
        by=MACHINE,
    )  # fmt: skip
    questions.deliver(home=world.home, extract=extract, target=tmp_path / "list.csv")
    row = next(csv.DictReader((tmp_path / "list.csv").open()))
    assert "state_voter_id" not in row
    head = HEAD.replace("state_voter_id", "voter_ref")
    (tmp_path / "answers.csv").write_text(f"{head}\noh,{row['voter_ref']},support,1,2026-11-20,door\n")
    batch = answers.load(home=world.home, gathered_by=rivera, file=tmp_path / "answers.csv", by=MACHINE)
    assert (batch.loaded, batch.returned) == (1, {"oh": 1})
    assert stored(world, "oh")[0]["gathered_by"] == "rivera"
