"""Rows of lists in review: a row becomes a voter, is none, and becomes a contact again."""

from __future__ import annotations

import html
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from doubted_pairs import grown_up
from world import MACHINE, World

from commonroll.identity.comparisons import COMPARISONS
from commonroll.identity.judgements import PAIR
from commonroll.insight import import_list, list_pairs
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import imports, list_matches, loads
from commonroll.server.actor import Actor
from commonroll.server.models import Journal, Stop
from folders import restore

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

ROWS = "First Name,Last Name,Address,City,Zip,Phone,Gift\n"
ROWS += "Zebedee,Quxley,1 Nowhere Rd,Columbus,43999,614-555-0142,50\n"
ROWS += "Ottoline,Vrblk,2 Nowhere Rd,Columbus,43999,614-555-0143,20\n"
GAMMAS = {f"gamma_{one.name}": 0 if one.name == "sex" else -1 for one in COMPARISONS}
"""Two of whom nothing is known but that the sex differs."""


@pytest.fixture
def vault(world: World) -> Vault:
    return loads.vault(world.home, world.member("oh"))


@pytest.fixture
def voters(vault: Vault) -> list[str]:
    """Three voters who may be shown."""
    return [row["state_voter_id"] for row in grown_up(vault)[:3]]


@pytest.fixture(scope="session")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that brings the list leaves the vault for the others."""
    return tmp_path_factory.mktemp("brought") / "oh"


@pytest.fixture
def listed(world: World, vault: Vault, voters: list[str], brought: Path, tmp_path: Path) -> str:
    """A list of two people whom nobody is like; the matching is made unsure of them: the first may be either
    of two voters, the second a third."""
    if brought.exists():
        restore(vault.path, brought)
        return import_list.imports_of(vault)[0].import_id
    path = tmp_path / "donors.csv"
    path.write_text(ROWS)
    terms = imports.Terms("donors", "our own", "ours", "gave to us", date(2026, 6, 1).isoformat())
    made = imports.from_file(
        home=world.home, to=world.member("oh"), path=path, terms=terms, columns={}, by=MACHINE
    )
    file = vault.path / "lists" / made.pk.hex / "matched.parquet"
    table = pq.read_table(file)
    offers = [[(voters[0], 0.8), (voters[1], 0.6)], [(voters[2], 0.7)]]
    rows = [
        {**row, "verdict": "unsure", "reason": "runner_up", "alternatives": [
            {"voter": voter, "weight": 2.0, "probability": share, "gammas": GAMMAS} for voter, share in offer
        ]}
        for row, offer in zip(table.to_pylist(), offers, strict=True)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, table.schema), file)
    shutil.copytree(vault.path, brought)
    return made.pk.hex


def text(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


def sides(world: World, by: Actor, at: int = 1) -> dict[str, str]:
    look = list_matches.open_at(home=world.home, of=world.member("oh"), at=at, by=by)
    assert look is not None
    return {name: getattr(look.of.pair, name) for name in PAIR}


def contact(vault: Vault, import_id: str, line: int) -> dict[str, object]:
    rows = pq.read_table(list(vault.event_files("contacts"))).to_pylist()
    mine = [row for row in rows if row["import_id"] == import_id and row["source_line"] == line]
    return dict(max(mine, key=lambda row: row["loaded_at"]))


def waiting(vault: Vault, by: str = "alice@example.org") -> list[str]:
    return [one.voter for one in list_pairs.waiting(vault, by)]


def test_a_row_stands_beside_its_likeliest_voter_and_the_log_has_it_first(
    world: World, vault: Vault, listed: str, voters: list[str], alice: Client
) -> None:
    assert "2 rows wait." in text(alice.get(reverse("matches")))
    before = Journal.objects.filter(log="oh", type="view").count()
    page = text(alice.post(reverse("list_match_look"), {"at": "1"}))
    assert "ZEBEDEE QUXLEY" in page and voters[0] in page and "80 in 100" in page and "+16145550142" in page
    assert "counts for the voter" in page and "1 of 2" in page
    row = Journal.objects.filter(log="oh", type="view").latest("pk")
    assert Journal.objects.filter(log="oh", type="view").count() == before + 1
    assert voters[0].encode() not in bytes(row.leaf) and b"QUXLEY" not in bytes(row.leaf)


def test_a_row_shows_the_steps_of_its_score_while_its_model_is_known(
    vault: Vault, listed: str, alice: Client
) -> None:
    page = text(alice.post(reverse("list_match_look"), {"at": "1"}))
    assert 'class="data waterfall"' in page and "differ" in page and "The steps are not known" not in page
    model = vault.path / "lists" / listed / "model.json"
    model.write_text(model.read_text().replace('"shape": "', '"shape": "of an earlier program '))
    page = text(alice.post(reverse("list_match_look"), {"at": "1"}))
    assert 'class="data waterfall"' not in page and "The steps are not known" in page
    model.unlink()
    assert "The steps are not known" in text(alice.post(reverse("list_match_look"), {"at": "1"}))


def test_a_row_that_is_a_voter_gives_what_it_said_to_the_voter_until_it_is_taken_back(
    world: World, vault: Vault, listed: str, voters: list[str], alice: Client
) -> None:
    pair = sides(world, Actor.of(world.user("alice")))
    page = text(alice.post(reverse("list_match_judge"), {**pair, "judgement": "same", "why": "I know him"}))
    assert "You said one person." in page and "OTTOLINE" in page
    line = int(pair["record_l"])
    assert contact(vault, listed, line)["state_voter_id"] == voters[0]
    assert waiting(vault) == [voters[2]]
    back = text(alice.post(reverse("list_match_undo")))
    assert "Taken back." in back and "ZEBEDEE" in back
    assert contact(vault, listed, line)["state_voter_id"] is None
    assert waiting(vault) == [voters[0], voters[2]]


def test_a_row_that_is_a_voter_takes_its_stop_along_for_every_member(
    world: World, vault: Vault, listed: str, voters: list[str], alice: Client
) -> None:
    pair = sides(world, Actor.of(world.user("alice")))
    asked = {"line": [int(pair["record_l"])], "channel": ["phone"], "state_voter_id": [None], "fresh": [True]}
    types = {"line": pa.int64(), "channel": pa.string(), "state_voter_id": pa.string(), "fresh": pa.bool_()}
    table = pa.table({name: pa.array(values, types[name]) for name, values in asked.items()})
    pq.write_table(table, vault.path / "lists" / listed / "optouts.parquet")

    def left_alone() -> set[tuple[str, str]]:
        return {(row["state_voter_id"], row["channel"]) for row in vault.suppressed().to_pylist()}

    for _ in range(2):
        alice.post(reverse("list_match_judge"), {**pair, "judgement": "same", "why": ""})
        assert (voters[0], "phone") in left_alone()
        assert Stop.objects.filter(undoes=None, undone=None).get().file_hash == listed
        alice.post(reverse("list_match_undo"))
        assert (voters[0], "phone") not in left_alone()
        pair = sides(world, Actor.of(world.user("alice")))


def test_a_voter_who_is_ruled_out_makes_room_for_the_next_one(
    world: World, vault: Vault, listed: str, voters: list[str], alice: Client
) -> None:
    for _ in range(2):
        pair = sides(world, Actor.of(world.user("alice")), at=1 if _ == 0 else len(waiting(vault)))
        alice.post(reverse("list_match_judge"), {**pair, "judgement": "different"})
    assert waiting(vault) == [voters[2]], "both are ruled out, and the row stays a contact"
    assert contact(vault, listed, int(pair["record_l"]))["state_voter_id"] is None


def test_an_unsure_row_comes_back_to_others_alone(
    world: World, vault: Vault, listed: str, voters: list[str], alice: Client
) -> None:
    pair = sides(world, Actor.of(world.user("alice")))
    alice.post(reverse("list_match_judge"), {**pair, "judgement": "unsure"})
    assert waiting(vault) == [voters[2]]
    assert waiting(vault, "other@example.org") == [voters[0], voters[2]]


def test_protected_voters_and_undone_lists_are_offered_to_nobody(
    world: World, vault: Vault, listed: str, voters: list[str]
) -> None:
    vault.suppress([voters[0]])
    assert waiting(vault) == [voters[2], voters[1]]
    imports.undo(home=world.home, of=world.member("oh"), import_id=listed, reason="not ours", by=MACHINE)
    assert not import_list.imports_of(vault)[0].stands and waiting(vault) == []


def test_only_a_row_that_was_shown_is_decided_and_by_owners_alone(
    world: World, vault: Vault, listed: str, alice: Client, violet: Client, bob: Client
) -> None:
    one = list_pairs.waiting(vault, "x")[0]
    sent = {**{name: getattr(one.pair, name) for name in PAIR}, "judgement": "same"}
    found = [client.post(reverse("list_match_judge"), sent) for client in (alice, violet, bob)]
    assert [answer.status_code for answer in found] == [400, 403, 403]
    assert "was not before you" in text(found[0])
    assert contact(vault, listed, one.line)["state_voter_id"] is None
