"""What Ohio holds about its voters beyond the roll: Alice sees and asks it, Bob and Charlie see nothing."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.insight.held import COLUMNS
from commonroll.insight.import_list import withdraw
from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import facts, questions
from commonroll.server.actor import Forbidden, Unknown
from commonroll.server.models import Journal
from commonroll.views.question import NothingGranted

pytestmark = pytest.mark.vault

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = "Acme of Toledo"


def text(answer: HttpResponse) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def vault(world: World) -> Vault:
    return Vault(world.home.vaults, "oh")


@pytest.fixture
def voter(vault: Vault) -> str:
    """A grown-up voter of Ohio with an answer, a bought and a guessed claim, and a bought phone."""
    snapshot = vault.current()
    assert snapshot is not None
    rows = pq.read_table(list(vault.files(snapshot, "voters"))).to_pylist()
    known = next(r for r in rows if r["listed_from"] <= date(2026, 1, 1) and not r["confidential"])
    found = str(known["state_voter_id"])
    about = {"owner": "oh", "state_voter_id": found, "gathered_by": "oh", "loaded_at": NOW}
    said = {"source": SECRET, "licence": "contract 7", "basis": "contract"}
    put(vault, "imports", {
        **said, "event_id": "i", "import_id": "acme", "action": "added", "kind": "purchased",
        "dated_on": date(2026, 1, 1), "file_name": "acme.csv", "file_hash": "0" * 64, "rows": 1,
        "by": "alice", "at": NOW,
    })  # fmt: skip
    put(vault, "facts",
        {**about, **said, "event_id": "1", "attribute": "owns_home", "value": "yes", "kind": "bought",
         "observed_on": date(2026, 1, 1), "import_id": "acme", "source_file": "acme.csv", "source_line": 2},
        {**about, **said, "event_id": "2", "attribute": "owns_home", "value": "<b>yes</b>", "kind": "guessed",
         "observed_on": date(2026, 1, 1), "expires_on": date(2026, 2, 1)})  # fmt: skip
    put(vault, "responses",
        {**about, "event_id": "3", "question": "owns_home", "answer": "no", "kind": "told", "channel": "door",
         "answered_on": date(2025, 6, 1)})  # fmt: skip
    put(vault, "reachables",
        {**about, **said, "event_id": "4", "channel": "phone", "value": "+16145550101",
         "line_type": "mobile", "status": "works", "kind": "bought", "observed_on": date(2026, 1, 1),
         "import_id": "acme"})  # fmt: skip
    return found


def put(vault: Vault, table: str, *rows: dict[str, Any]) -> None:
    full = [{name: row.get(name) for name in TABLES[table].names} for row in rows]
    vault.append_events(table, pa.Table.from_pylist(full, schema=arrow_schema(TABLES[table])))


def look(client: Client, voter: str) -> HttpResponse:
    answer: HttpResponse = client.post(reverse("voter_look"), {"voter": voter})
    return answer


def test_the_owner_sees_every_claim_with_kind_source_and_what_became_of_it(alice: Client, voter: str) -> None:
    answer = look(alice, voter)
    page = text(answer)
    assert answer.status_code == 200 and "<b>yes</b>" not in answer.content.decode().replace("<b>no</b>", "")
    for words in (
        "owns home", "answer at the door", SECRET, "contract 7", "acme.csv, line 2", "This one counts",
        "A stronger kind of claim counts", "Its last day is over", "+16145550101", "May be used",
    ):  # fmt: skip
        assert words in page, words
    assert page.index("This one counts") < page.index("A stronger kind") < page.index("Its last day")


def test_the_log_has_the_look_and_its_columns_first(
    alice: Client, voter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(alice, voter).status_code == 200
    [row] = Journal.objects.filter(type="view", log="oh", recipient="")
    leaf = json.loads(bytes(row.leaf))
    assert set(COLUMNS) < set(leaf["columns"]) and voter.encode() not in bytes(row.leaf)
    assert SECRET.encode() not in bytes(row.leaf)
    monkeypatch.setattr("commonroll.server.actions.history.LOOKS_AN_HOUR", 1)
    monkeypatch.setattr("commonroll.insight.held.held", lambda *_: pytest.fail("read without a receipt"))
    answer = look(alice, voter)
    assert answer.status_code == 400 and SECRET not in text(answer)


def test_a_protected_voters_facts_are_shown_to_nobody(alice: Client, vault: Vault, voter: str) -> None:
    vault.suppress([voter])
    page = text(look(alice, voter))
    assert "left out of every read" in page and SECRET not in page and "owns home" not in page


def test_a_withdrawn_import_is_shown_as_such(alice: Client, vault: Vault, voter: str) -> None:
    withdraw(vault, "acme", by="alice", reason="sold twice", now=datetime.now(UTC))
    page = text(look(alice, voter))
    assert "Its import was withdrawn" in page and "+16145550101" not in page


def test_others_see_nothing_of_it(
    world: World, voter: str, violet: Client, bob: Client, charlie: Client, nobody: Client
) -> None:
    for client, status in ((violet, 403), (bob, 403), (charlie, 400), (nobody, 302)):
        answer = look(client, voter)
        assert answer.status_code == status and SECRET not in text(answer)
    for client in (bob, charlie):
        assert "owns home" not in text(client.get(reverse("universe")))
        assert "owns_home" not in client.get(reverse("extracts")).content.decode()
    assert not Journal.objects.filter(type="view", log="oh", recipient="").exists()


def ask(world: World, viewer: str, where: str) -> Any:
    return questions.count(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where=where, by=MACHINE
    )


@pytest.mark.parametrize(
    "where", ["fact('owns_home') = 'no'", "fact_kind('owns_home') = 'told'", "has_phone('mobile')"]
)
def test_the_owner_counts_and_a_recipient_gets_a_gap(world: World, voter: str, where: str) -> None:
    answer = ask(world, "oh", where)
    assert (answer.total, answer.by_owner) == (1, {"oh": 1})
    with pytest.raises(NothingGranted, match="Ohio keeps facts"):
        ask(world, "national", where)
    [row] = Journal.objects.filter(type="count", log="oh")
    assert not row.recipient


def test_the_owners_list_has_the_kind_beside_the_fact(alice: Client, bob: Client, voter: str) -> None:
    where = {"where": f"state_voter_id = '{voter}'", "columns": "fact('owns_home')"}
    page = text(alice.get(reverse("rows"), where))
    assert re.search(r"owns home kind of owns home .*\bno told\b", page), page
    assert "keeps facts" in text(bob.get(reverse("rows"), where))


def test_the_builder_offers_the_owners_own_attributes(alice: Client, voter: str) -> None:
    page = alice.get(reverse("universe"), {"where": "fact('owns_home') = 'no'"})
    assert page.status_code == 200 and "kind of owns home" in text(page) and "owns home is no" in text(page)
    number = text(alice.get(reverse("universe"), {"where": "fact('owns_home') > 1.5"}))
    assert "owns home (a number) above 1.5" in number
    assert "fact('owns_home')" in html.unescape(alice.get(reverse("extracts")).content.decode())


def test_an_extract_carries_the_kind(world: World, voter: str) -> None:
    extract = questions.export(
        home=world.home, viewer=world.member("oh"), purpose="gotv", format="csv", by=MACHINE,
        where="fact('owns_home') IS NOT NULL", columns=["last_name", "fact('owns_home')"],
    )  # fmt: skip
    lines = (world.home.extracts / extract.file).read_text().splitlines()
    assert extract.rows == 1 and "\"fact('owns_home')\",\"fact_kind('owns_home')\"" in lines[0]
    assert lines[1].endswith('"no","told"')


def test_imports_are_the_owners(world: World, voter: str) -> None:
    of = world.member("oh")
    [one] = facts.imports(home=world.home, of=of, by=MACHINE)
    assert (one.source, one.brought["facts"], one.brought["reachables"]) == (SECRET, 1, 1)
    for person, refusal in (("violet", Forbidden), ("bob", Unknown), ("charlie", Unknown)):
        with pytest.raises(refusal):
            facts.imports(home=world.home, of=of, by=type(MACHINE).of(world.user(person)))
    with pytest.raises(Refusal, match="owns no state"):
        facts.imports(home=world.home, of=world.member("rivera"), by=MACHINE)
