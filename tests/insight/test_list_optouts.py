"""Who asks on a list to be left alone is; what became of calls is known of numbers, or counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from list_vault import oh_vault
from tests.identity.made_lists import crowd, listed

from commonroll.identity.judgements import Pair
from commonroll.identity.lists.headers import role_said
from commonroll.identity.lists.profile import make_macros
from commonroll.insight import import_output, imports, list_pairs
from commonroll.insight.import_list import withdraw
from commonroll.insight.import_terms import checked_import
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IMPORT = "0c" * 16
PEOPLE = crowd(120)
HEADER = [
    "Voter ID",
    "First",
    "Last",
    "Address",
    "Zip",
    "Phone",
    "Email",
    "Do Not Call",
    "Unsubscribed",
    "Result",
]
SAID = {
    # at: do not call, unsubscribed, result
    0: ("Y", "", "Busy"),
    1: ("N", "2026-03-04", "12 - Wrong number"),
    2: ("", "", "Disconnected"),
    3: ("", "", "Deceased"),
    4: ("", "", "Moved"),
    5: ("no", "no", "Refused"),
    6: ("", "", "Do not call"),
    7: ("", "", "Talked to"),
    8: ("1.0", "0.0", ""),
}  # fmt: skip
"""The row at which place says what; the others say no answer."""
STRANGER = [
    "",
    "Wanda",
    "Stranger",
    "1 Nowhere Ct",
    "43999",
    "4195557777",
    "w@example.org",
    "yes",
    "",
    "Busy",
]


def rows() -> list[list[Any]]:
    made = []
    for at, one in enumerate(PEOPLE[:30]):
        made.append(
            [one["state_voter_id"], one["first_name"], one["last_name"], "", "", f"419555{2000 + at}",
             f"p{at}@example.org", *SAID.get(at, ("", "", "No answer"))]
        )  # fmt: skip
    return [*made, STRANGER]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    root = tmp_path_factory.mktemp("home")
    vault = oh_vault(root / "vaults", PEOPLE)
    vault.suppress([voter(8)], "opt-out", channel="phone")
    terms = checked_import(
        kind="dialer", source="our own dialer", licence="own records", basis="consent on the card",
        dated_on="2026-10-01", today=date(2026, 11, 21),
    )  # fmt: skip
    (root / "work").mkdir()
    looked = imports.first_look(
        vault, listed(root / "calls.csv", HEADER, rows()), terms, folder=root / "work", import_id=IMPORT
    )
    imports.keep(vault, imports.find(vault, looked), by="ann@oh", now=NOW)
    return vault


def voter(at: int) -> str:
    return str(PEOPLE[at]["state_voter_id"])


def events(vault: Vault, table: str) -> list[dict[str, Any]]:
    files = vault.event_files(table)
    found: list[dict[str, Any]] = pq.read_table(list(files)).to_pylist() if files else []
    return found


def left_alone(vault: Vault) -> set[tuple[str, str]]:
    return {(one["state_voter_id"], one["channel"]) for one in vault.suppressed().to_pylist()}


ASKED = {(voter(0), "phone"), (voter(1), "email"), (voter(6), "phone"), (voter(8), "phone")}


def test_sure_voters_who_ask_are_left_alone_on_that_channel(kept: Vault) -> None:
    found = [one for one in events(kept, "optouts") if one["state_voter_id"] != voter(100)]
    assert {(one["state_voter_id"], one["channel"]) for one in found} == ASKED == left_alone(kept)
    assert {(one["asked_on"], one["source_file"]) for one in found} == {(date(2026, 10, 1), "calls.csv")}
    assert {one["source_line"] for one in found} == {2, 3, 8, 10}


def test_no_answer_of_the_kind_is_a_fact_or_leaves(kept: Vault, tmp_path: Path) -> None:
    assert events(kept, "facts") == []
    import_output.write_rows(kept, IMPORT, tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text()
    assert "Do Not Call" in text and "Result" not in text and "Deceased" not in text


def test_results_of_calls_are_known_of_the_number(kept: Vault) -> None:
    phones = {one["state_voter_id"]: one for one in events(kept, "reachables") if one["channel"] == "phone"}
    said = {at: (phones[voter(at)]["status"], phones[voter(at)]["kind"]) for at in (1, 2, 3, 4, 7, 20)}
    assert said == {
        1: ("wrong_person", "seen"), 2: ("disconnected", "seen"), 3: ("unknown", "told"),
        4: ("unknown", "told"), 7: ("works", "seen"), 20: ("unknown", "told"),
    }  # fmt: skip
    assert phones[voter(7)]["confirmed_on"] == date(2026, 10, 1)


def test_what_may_not_change_anybody_is_counted(kept: Vault) -> None:
    notes = (imports.kept_report(kept, IMPORT) or {})["notes"]
    counted = "that is counted here and changes nobody's record"
    for what in ("died", "moved", "would not talk"):
        assert f"1 rows say that the person {what}; {counted}" in notes
    assert (
        "4 rows ask to be left alone by phone" in notes and "1 rows ask to be left alone by e-mail" in notes
    )


def test_a_contact_who_asks_leaves_no_number(kept: Vault) -> None:
    (stranger,) = events(kept, "contacts")
    mine = {
        one["channel"] for one in events(kept, "reachables") if one["contact_id"] == stranger["contact_id"]
    }
    assert mine == {"email"}


def test_a_row_that_is_decided_to_be_a_voter_takes_its_opt_out_along(kept: Vault) -> None:
    pair = Pair(f"list:{IMPORT}", "32", "oh", voter(100))
    for _ in range(2):
        list_pairs.judge(kept, pair, "same", by="ann@oh", reason="", weight=None, at=NOW)
        assert (voter(100), "phone") in left_alone(kept)
        made = [one for one in events(kept, "judgements") if one["judgement"] == "same"]
        (said,) = [one for one in made if one["record_l"] == "32"]
        list_pairs.withdraw(kept, said, by="ann@oh", at=NOW)
        assert (voter(100), "phone") not in left_alone(kept)


def test_undone_those_whom_the_list_alone_names_are_reached_again(kept: Vault) -> None:
    withdraw(kept, IMPORT, by="ann@oh", reason="the wrong column", now=NOW)
    import_output.take_back(kept, IMPORT)
    assert left_alone(kept) == {(voter(8), "phone")}, "who asked before stays"
    imports.restore(kept, IMPORT, by="ann@oh", reason="", now=NOW)
    import_output.again(kept, IMPORT)
    assert left_alone(kept) == ASKED


# Words


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Do Not Call", "optout_phone"), ("DNC", "optout_phone"), ("unsubscribed_at", "optout_email"),
        ("SMS Opt Out", "optout_text"), ("STOP", "optout_text"), ("Do Not Mail", "optout_mail"),
        ("do_not_knock", "optout_door"), ("Opted Out", "optout"), ("Do Not Contact", "optout"),
        ("Call Result", "outcome"), ("Disposition", "outcome"),
        ("Subscribed", None), ("Opt In", None), ("Contact", "full_name"), ("Mail", "email"),
    ],
)  # fmt: skip
def test_headers_of_opt_outs(name: str, role: str | None) -> None:
    assert role_said(name) == role


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    with closing(engine()) as made:
        make_macros(made, "said_macros")
        yield made


YES = "Y;yes;TRUE;1;1.0;x;Opted out;STOP;2026-01-31;1/31/2026 10:04;Unsubscribed;do-not-call"
NO = "N;no;False;0;0.0;subscribed;opt in"
NEITHER = "Bob;maybe;12 Main St;43604;614-555-0142"


@pytest.mark.parametrize(("cells", "said"), [(YES, True), (NO, False), (NEITHER, None)])
def test_a_cell_says_yes_or_no_or_neither(con: Any, cells: str, said: bool | None) -> None:
    asked = con.execute("SELECT says_yes(unnest($cells))", {"cells": cells.split(";")}).fetchall()
    assert asked == [(said,)] * len(cells.split(";"))


@pytest.mark.parametrize(
    ("cells", "came_to"),
    [
        ("Wrong number;WRONG #;03: wrong person", "wrong_person"),
        ("Disconnected;NIS;not in service", "disconnected"),
        ("deceased;Passed away", "deceased"), ("Moved;relocated", "moved"), ("REF;Hung up", "refused"),
        ("DNC;remove from list", "asked"), ("Talked to;completed survey", "works"),
        ("No answer;busy;LM", "nobody"), ("Strong support;Bob;25", None),
    ],
)  # fmt: skip
def test_a_cell_says_what_became_of_a_call(con: Any, cells: str, came_to: str | None) -> None:
    asked = con.execute("SELECT came_to(unnest($cells))", {"cells": cells.split(";")}).fetchall()
    assert asked == [(came_to,)] * len(cells.split(";"))


def test_a_column_of_another_kind_of_result_is_a_fact(tmp_path: Path) -> None:
    vault = oh_vault(tmp_path / "vaults", PEOPLE[:5])
    cells = [["Ann", "Lee", "Strong support", "maybe"], ["Bo", "Ray", "Undecided", "often"]]
    file = listed(tmp_path / "list.csv", ["First", "Last", "Result", "Opt Out"], cells)
    terms = checked_import(
        kind="other", source="a survey", licence="own records", basis="consent on the card",
        dated_on="2026-10-01", today=date(2026, 11, 21),
    )  # fmt: skip
    (tmp_path / "work").mkdir()
    found = imports.first_look(vault, file, terms, folder=tmp_path / "work", import_id=IMPORT)
    told = {one.name: (one.role, one.told) for one in found.look.columns}
    assert told["Result"] == ("fact", False)
    assert told["Opt Out"] == ("leave", True), "somebody has to look"
