"""Columns of a list about the household: of everybody who lives there, and nobody's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from list_vault import oh_vault
from tests.identity.made_lists import crowd, listed, voter

from commonroll.errors import Refusal
from commonroll.insight import imports
from commonroll.insight.held import held, household_attributes
from commonroll.insight.import_list import withdraw
from commonroll.insight.import_terms import checked_import
from commonroll.roll.places.places import make_places, places_file
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BORN = (date(1961, 5, 17), date(1990, 2, 3))
HOME = "712 BIRCH CT"
PEOPLE = [
    *crowd(60),
    voter("P1", "PERPETUA", "QUAGLIA", born=BORN[0], line=HOME),
    voter("P2", "ZEBEDEE", "QUAGLIA", born=BORN[1], line=HOME),
]
HEADER = [
    "First",
    "Last",
    "DOB",
    "Address",
    "City",
    "State",
    "Zip",
    "Household Income",
    "hh_size",
    "Owns Home",
]
AT_HOME = ["712 Birch Ct", "Toledo", "OH", "43604"]
ROWS = [
    ["Perpetua", "Quaglia", "05/17/1961", *AT_HOME, 85000, "", "yes"],
    ["Anselm", "Quaglia", "", *AT_HOME, "", 3, "no"],
    ["Wanda", "Stranger", "02/13/1990", "1 Nowhere Ct", "Toledo", "OH", "43999", 10000, 1, "no"],
]
IMPORT = "0b" * 16
TERMS = checked_import(
    kind="purchased", source="a data seller", licence="contract of May, internal use",
    basis="contract with the seller", dated_on="2026-10-01", today=date(2026, 11, 21),
)  # fmt: skip


def looked(vault: Vault, folder: Path, **how: Any) -> imports.Looked:
    folder.mkdir()
    path = listed(folder / "bought.csv", HEADER, ROWS)
    return imports.first_look(vault, path, TERMS, folder=folder, import_id=IMPORT, **how)


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    root = tmp_path_factory.mktemp("home")
    vault = oh_vault(root / "vaults", PEOPLE)
    make_places(vault)
    found = imports.find(vault, looked(vault, root / "work"))
    imports.keep(vault, found, by="ann@oh", now=NOW)
    return vault


def facts(vault: Vault) -> list[dict[str, Any]]:
    return pq.read_table(list(vault.event_files("facts"))).to_pylist()  # type: ignore[no-any-return]


def test_they_are_kept_of_the_household_that_a_row_surely_belongs_to(bought: Vault) -> None:
    places = places_file(bought, bought.current())  # type: ignore[arg-type]
    homes = {row["state_voter_id"]: row["household_id"] for row in pq.read_table(places).to_pylist()}
    assert homes["P1"] == homes["P2"]
    kept = [one for one in facts(bought) if one["household_id"]]
    assert sorted((one["attribute"], one["value"], one["kind"], one["source_line"]) for one in kept) == [
        ("hh_size", "3", "bought", 3), ("household_income", "85000", "bought", 2),
    ]  # fmt: skip
    assert {one["household_id"] for one in kept} == {homes["P1"]}
    assert not any(one["state_voter_id"] or one["contact_id"] for one in kept)


def test_what_is_of_the_person_stays_the_persons(bought: Vault) -> None:
    own = [(one["state_voter_id"], bool(one["contact_id"]), one["value"]) for one in facts(bought)
           if one["attribute"] == "owns_home"]  # fmt: skip
    assert sorted(own, key=str) == [("P1", False, "yes"), (None, True, "no"), (None, True, "no")]


@pytest.mark.parametrize("resident", ["P1", "P2"])
def test_everybody_who_lives_there_has_them_as_context(bought: Vault, resident: str) -> None:
    known = held(bought, resident, date(2026, 11, 21))
    assert [(one.attribute, one.value) for one in known.household] == [
        ("hh_size", "3"), ("household_income", "85000"),
    ]  # fmt: skip
    assert not {"hh_size", "household_income"} & {one.attribute for one in known.claims}
    assert household_attributes(bought, 9) == ["hh_size", "household_income"]


def test_a_view_is_told_where_households_are(bought: Vault) -> None:
    told = bought.owner_tables(statement=True)
    assert told.places == str(places_file(bought, bought.current()))  # type: ignore[arg-type]


def test_who_of_a_household_a_row_was_likened_to_is_not_kept(bought: Vault) -> None:
    kept = pq.read_table(bought.path / "lists" / IMPORT / "matched.parquet")
    assert "home_voter" not in kept.column_names and "home_voters" in kept.column_names


def test_without_households_such_a_column_stays_with_its_row(tmp_path: Path) -> None:
    vault = oh_vault(tmp_path / "vaults", PEOPLE)
    roles = {one.name: one for one in looked(vault, tmp_path / "told").look.columns}
    assert roles["Household Income"].role == "leave" and "commonroll places" in roles["Household Income"].why
    assert roles["Owns Home"].role == "fact"
    with pytest.raises(Refusal, match="No household is known"):
        looked(vault, tmp_path / "stated", columns={"Owns Home": "household_fact"})


def test_an_import_that_is_undone_takes_them_back(bought: Vault) -> None:
    withdraw(bought, IMPORT, by="ann@oh", reason="the wrong year", now=NOW)
    known = held(bought, "P2", date(2026, 11, 21))
    assert [one.standing for one in known.household] == ["withdrawn", "withdrawn"]
