"""What an owner holds about one voter, which claim counts and why; lists that came in, and undoing one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from claimed import NOON, TODAY, added, fact
from ohio_vault import LOADED, made, number, person, put

from commonroll.errors import Refusal
from commonroll.insight.held import COLUMNS, Held, attributes, held
from commonroll.insight.import_list import imports_of, withdraw
from commonroll.roll.places.places import make_places, places_file
from commonroll.roll.schema import COLUMNS as ALL_COLUMNS
from commonroll.roll.schema import RESPONSES
from commonroll.roll.vault.vault import Vault

PHONE = "+16145550101"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return of_three(tmp_path_factory.mktemp("vault"))


@pytest.fixture(scope="module")
def first(vault: Vault) -> Held:
    return held(vault, "OH1", TODAY)


def of_three(root: Path) -> Vault:
    """A voter with an answer, a bought and a guessed claim, a number of the roll that another voter has."""
    found = made(root, "OH1", "OH2", "OH3", phones={"OH1": PHONE, "OH2": PHONE})
    put(found, "imports", [added("list", file_name="acme.csv")])
    put(found, "facts", [
        fact("f1", import_id="list", source_file="acme.csv", source_line=7),
        fact("f2", kind="guessed", value="no", expires_on=date(2026, 8, 1)),
        fact("f3", attribute="children", value="2", kind="guessed"),
        fact("f4", state_voter_id="OH2"),
        fact("f5", owner="wa", attribute="of_another_owner"),
        fact("f6", state_voter_id=None, contact_id="c", attribute="volunteers", value="yes", kind="told"),
    ])  # fmt: skip
    put(found, "contacts", [person("c", state_voter_id="OH1")])
    put(found, "reachables", [number("n1", "+16145550199", status="wrong_person")])
    answer = dict.fromkeys(RESPONSES.names) | {
        "event_id": "a1", "owner": "oh", "state_voter_id": "OH1", "question": "owns_home", "answer": "no",
        "kind": "told", "answered_on": date(2026, 5, 1), "channel": "door", "gathered_by": "national",
        "loaded_at": NOON,
    }  # fmt: skip
    put(found, "responses", [answer])
    make_places(found)
    homes = homes_of(found)
    put(found, "facts", [
        fact("h1", state_voter_id=None, household_id=homes["OH1"], attribute="has_dog", kind="told"),
        fact("h2", state_voter_id=None, household_id=homes["OH3"], attribute="has_cat"),
    ])  # fmt: skip
    return found


def homes_of(vault: Vault) -> dict[str, str]:
    snapshot = vault.current()
    path = snapshot and places_file(vault, snapshot)
    return {row["state_voter_id"]: row["household_id"] for row in pq.read_table(path).to_pylist()}


def test_each_claim_with_its_source_and_why_it_counts_or_not(first: Held) -> None:
    claims = first.claims
    assert [(one.attribute, one.value, one.kind, one.standing) for one in claims] == [
        ("children", "2", "guessed", "counts"),
        ("owns_home", "no", "told", "counts"),
        ("owns_home", "yes", "bought", "weaker"),
        ("owns_home", "no", "guessed", "expired"),
        ("phone", PHONE, "seen", "counts"),
        ("volunteers", "yes", "told", "counts"),
    ]
    told, bought = claims[1:3]
    assert (told.source, told.gathered_by, told.counts) == ("answer at the door", "national", True)
    assert (bought.import_id, bought.import_file, bought.source_line) == ("list", "acme.csv", 7)
    assert bought.why == "a stronger kind of claim counts"
    seen = next(one for one in claims if one.kind == "seen")
    assert (seen.observed_on, seen.source, seen.source_line) == (LOADED.date(), "the state's voter file", 2)


def test_numbers_say_on_how_many_rows_they_stand(first: Held) -> None:
    numbers = first.numbers
    assert [(one.value, one.kind, one.status, one.sharing, one.trusted) for one in numbers] == [
        (PHONE, "seen", "unknown", 2, True), ("+16145550199", "bought", "wrong_person", 1, False),
    ]  # fmt: skip


def test_the_households_claims_stand_apart(first: Held) -> None:
    assert [(one.attribute, one.standing) for one in first.household] == [("has_dog", "counts")]
    assert "has_dog" not in {one.attribute for one in first.claims}


def test_nothing_held_is_nothing_said(vault: Vault, tmp_path: Path) -> None:
    nobody = held(vault, "nobody", TODAY)
    assert nobody.claims == nobody.numbers == ()
    assert held(Vault(tmp_path / "empty", "oh"), "OH1", TODAY).claims == ()
    assert set(COLUMNS) <= set(ALL_COLUMNS)


def test_attributes_that_a_vault_has_of_its_own_voters(vault: Vault) -> None:
    assert attributes(vault, 10) == ["owns_home", "children"] and attributes(vault, 1) == ["owns_home"]


def test_a_withdrawn_import_counts_nowhere_and_stays_to_be_seen(tmp_path: Path) -> None:
    vault = of_three(tmp_path)
    (one,) = imports_of(vault)
    assert (one.import_id, one.stands, one.brought["facts"], one.added_by) == ("list", True, 1, "alice")
    gone = withdraw(vault, "list", by="alice@example.org", reason=" sold twice ", now=NOW)
    assert imports_of(vault) == [gone]
    assert (gone.stands, gone.withdrawn_by, gone.reason, gone.withdrawn_at) == (
        False, "alice@example.org", "sold twice", NOW,
    )  # fmt: skip
    standing = {one.import_id: one.standing for one in held(vault, "OH1", TODAY).claims}
    assert standing["list"] == "withdrawn"
    assert gone.as_dict()["withdrawn_at"] == "2026-11-25T00:00:00+00:00"

    with pytest.raises(Refusal, match="already"):
        withdraw(vault, "list", by="bob", reason="sold", now=NOW)


def test_an_import_is_withdrawn_for_a_reason_and_whatever_the_clock_says(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "oh")
    put(vault, "imports", [added("list")])
    for import_id, reason, said in [("list", "  ", "for a reason"), ("none", "sold", "no such import")]:
        with pytest.raises(Refusal, match=said):
            withdraw(vault, import_id, by="alice", reason=reason, now=NOW)
    assert not withdraw(vault, "list", by="alice", reason="sold", now=NOON - timedelta(days=9)).stands
    (one,) = imports_of(vault)
    assert not one.stands
