"""A list that came in: what it brings, on which terms, and that all of it can be undone and brought back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from list_vault import oh_vault
from tests.identity.made_lists import crowd, listed, voter

from commonroll.errors import Refusal
from commonroll.insight import imports
from commonroll.insight.import_list import imports_of, withdraw
from commonroll.insight.import_terms import checked_import
from commonroll.roll.vault.vault import Vault
from commonroll.views.claims import best

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 21)
BORN = date(1961, 5, 17)
PEOPLE = [*crowd(300), voter("S1", "SECRET", "HOLDER", born=BORN, line="13 BIRCH CT")]
HEADER = ["Voter ID", "First", "Last", "DOB", "Address", "Zip", "Phone", "Amount", "Support Score"]


def terms(kind: str = "donors", **said: Any) -> Any:
    given = {
        "kind": kind, "source": "the spring gala's register", "licence": "own records, internal use",
        "basis": "consent on the pledge card", "dated_on": "2026-10-01", "today": TODAY,
    }  # fmt: skip
    return checked_import(**(given | said))


def rows(count: int = 40) -> list[list[Any]]:
    """Rows of voters by id, one of somebody hidden, one organization, two of one stranger."""
    made = [
        [
            one["state_voter_id"],
            one["first_name"],
            one["last_name"],
            "",
            "",
            "",
            f"419555{at:04}",
            25 + at,
            at / 100,
        ]
        for at, one in enumerate(crowd(count), 2000)
    ]
    made.append(["S1", "SECRET", "HOLDER", "", "13 Birch Ct", "43604", "4195559999", 10, 0.5])
    made += [
        ["", "Wanda", "Stranger", "02/13/1990", "1 Nowhere Ct", "43999", "4195557777", n, 0.1] for n in (5, 7)
    ]
    return made


@dataclass
class Brought:
    """A vault into which a list came."""

    vault: Vault
    found: imports.Found
    counts: dict[str, int]


def bring(vault: Vault, path: Path, folder: Path, said: Any, import_id: str, **how: Any) -> imports.Found:
    folder.mkdir()
    looked = imports.first_look(vault, path, said, folder=folder, import_id=import_id, **how)
    return imports.find(vault, looked)


@pytest.fixture(scope="module")
def donors(tmp_path_factory: pytest.TempPathFactory) -> Brought:
    root = tmp_path_factory.mktemp("home")
    vault = oh_vault(root / "vaults", PEOPLE)
    vault.suppress(["S1"], "protected")
    found = bring(vault, listed(root / "gala.csv", HEADER, rows()), root / "work", terms(), "0a" * 16)
    return Brought(vault, found, imports.keep(vault, found, by="ann@oh", now=NOW))


def events(vault: Vault, table: str) -> list[dict[str, Any]]:
    files = vault.event_files(table)
    return pq.read_table(list(files)).to_pylist() if files else []


def counting(vault: Vault) -> int:
    """Claims that count on TODAY."""
    tables = [ibis.read_parquet(list(vault.event_files(name))) for name in ("facts", "imports")]
    return int(best(*tables, TODAY).count().execute())


def test_sure_rows_become_facts_with_source_and_licence(donors: Brought) -> None:
    facts = [one for one in events(donors.vault, "facts") if one["state_voter_id"] == "OH000003"]
    assert {one["attribute"]: (one["value"], one["kind"]) for one in facts} == {
        "amount": ("2028", "told"), "support_score": ("20.03", "guessed"),
    }  # fmt: skip
    assert {(one["source"], one["licence"], one["basis"]) for one in facts} == {
        ("the spring gala's register", "own records, internal use", "consent on the pledge card")
    }
    assert {one["observed_on"] for one in facts} == {date(2026, 10, 1)}
    assert {(one["source_file"], one["source_line"]) for one in facts} == {("gala.csv", 5)}


def test_rows_without_a_voter_become_one_contact_each_person(donors: Brought) -> None:
    (stranger,) = events(donors.vault, "contacts")
    assert (stranger["first_name"], stranger["kind"], stranger["birth_date"]) == (
        "WANDA",
        "donor",
        date(1990, 2, 13),
    )
    amounts = [
        one["value"]
        for one in events(donors.vault, "facts")
        if one["contact_id"] == stranger["contact_id"] and one["attribute"] == "amount"
    ]
    assert sorted(amounts) == ["5", "7"]


def test_phones_become_reachables_of_their_person(donors: Brought) -> None:
    numbers = {one["value"]: one for one in events(donors.vault, "reachables")}
    assert numbers["+14195552003"]["state_voter_id"] == "OH000003"
    assert numbers["+14195557777"]["contact_id"]
    assert numbers["+14195552003"]["kind"] == "told"


def test_nothing_is_kept_of_who_is_left_out_of_every_use(donors: Brought) -> None:
    assert donors.found.report.left_out == 1
    for table in ("facts", "contacts", "reachables"):
        assert not any(
            "S1" in one.values() or "+14195559999" in one.values() for one in events(donors.vault, table)
        )
    kept = pq.read_table(donors.vault.path / "lists" / ("0a" * 16) / "rows.parquet").to_pylist()
    assert len(kept) == 42
    assert not any(one["Last"] == "HOLDER" for one in kept)


def test_the_report_stays_and_names_nobody(donors: Brought) -> None:
    told = imports.kept_report(donors.vault, "0a" * 16)
    assert told is not None
    assert (told["sure"], told["by_id"], told["none"]) == (40, 40, 2)
    said = json.dumps(told)
    assert not any(word in said for word in ("Wanda", "WANDA", "ABBOT", "4195557777", "S1"))


def test_the_same_list_twice_is_refused_in_any_file(donors: Brought, tmp_path: Path) -> None:
    again = listed(tmp_path / "again.csv", HEADER, rows())
    shuffled = tmp_path / "other.tsv"
    shuffled.write_text("\n".join("\t".join(map(str, row)) for row in [HEADER, *reversed(rows())]))
    for number, (path, words) in enumerate(
        {again: "This very file", shuffled: "A list of the same rows"}.items()
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(Refusal, match=words):
            imports.first_look(donors.vault, path, terms(), folder=folder, import_id="0b" * 16)
        assert (
            imports.first_look(
                donors.vault, path, terms(), folder=folder, import_id="0b" * 16, again=True
            ).look.listed.rows
            == 43
        )


def test_keeping_twice_after_a_crash_adds_nothing(donors: Brought) -> None:
    before = {
        table: len(events(donors.vault, table)) for table in ("facts", "contacts", "reachables", "imports")
    }
    imports.keep(donors.vault, donors.found, by="ann@oh", now=NOW)
    assert {table: len(events(donors.vault, table)) for table in before} == before


def test_an_import_is_undone_as_one_and_brought_back(donors: Brought) -> None:
    vault, import_id = donors.vault, "0a" * 16
    counted = counting(vault)
    assert counted > 80
    withdraw(vault, import_id, by="ann@oh", reason="the wrong gala", now=NOW.replace(hour=13))
    assert counting(vault) == 0
    back = imports.restore(
        vault, import_id, by="ann@oh", reason="it was the right one", now=NOW.replace(hour=14)
    )
    assert back.stands
    assert counting(vault) == counted
    withdraw(vault, import_id, by="ann@oh", reason="no, the wrong one", now=NOW.replace(hour=15))
    assert counting(vault) == 0
    imports.restore(vault, import_id, by="ann@oh", reason="", now=NOW.replace(hour=16))
    assert [one.stands for one in imports_of(vault)] == [True]


def test_only_what_was_undone_is_brought_back(donors: Brought) -> None:
    for import_id in ("0a" * 16, "0f" * 16):
        with pytest.raises(Refusal):
            imports.restore(donors.vault, import_id, by="ann@oh", reason="", now=NOW)


def test_a_list_of_hygiene_yields_counts_alone(donors: Brought, tmp_path: Path) -> None:
    """The same rows as the donors', matched in the same way, on other terms."""
    vault = oh_vault(tmp_path / "vaults", PEOPLE)
    said = terms("hygiene", source="the county's list of deaths")
    looked = replace(donors.found.looked, terms=said, import_id="0c" * 16)
    assert imports.keep(vault, replace(donors.found, looked=looked), by="ann@oh", now=NOW) == {}
    assert donors.found.report.sure == 40
    assert [events(vault, table) for table in ("facts", "contacts", "reachables")] == [[], [], []]
    assert [one.name for one in (vault.path / "lists" / ("0c" * 16)).iterdir()] == ["report.json"]
    assert [one.kind for one in imports_of(vault)] == ["hygiene"]


def test_without_a_roll_there_is_nothing_to_match_to(tmp_path: Path) -> None:
    path = listed(tmp_path / "list.csv", ["Name"], [["Ann Lee"]])
    with pytest.raises(Refusal, match="no roll"):
        imports.first_look(Vault(tmp_path, "oh"), path, terms(), folder=tmp_path, import_id="0d" * 16)
