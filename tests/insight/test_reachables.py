"""Phones and e-mails: one form, what was last known of each, and which are not to be trusted; contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import pytest
from claimed import NOON, TODAY, added, at, fact, table
from ohio_vault import number, person

from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.cells import email as email_of
from commonroll.views.claims import claims
from commonroll.views.people import contacts, of_voters
from commonroll.views.reach import MOST_SHARING, phone_of, reachable

Row = dict[str, Any]
Rows = Sequence[Row]
PHONE = "+16145550101"


def read(expression: Any) -> Any:
    return ibis_engine().to_pyarrow(expression)


PHONES = {
    "(614) 555-0101": PHONE, "614.555.0101": PHONE, "6145550101": PHONE, "1-614-555-0101": PHONE,
    "+1 614 555 0101": PHONE, PHONE: PHONE, "614 555 0101 ext. 12": PHONE, "614-555-0101 x7": PHONE,
    " 614 555 0101 ": PHONE, "+44 20 7946 0958": "+442079460958", "+1 44 20 7946": None, "555-0101": None,
    "0145550101": None, "6140550101": None, "000-000-0000": None, "": None, "call me": None,
    "614555010155": None, "+": None, "'=1+1": None, "1614555010": None, "+16145550101+16145550101": None,
}  # fmt: skip


def test_a_phone_in_one_form() -> None:
    column = ibis.memtable({"as_written": list(PHONES)})
    found = read(column.mutate(phone=phone_of(column.as_written))).to_pylist()
    assert {row["as_written"]: row["phone"] for row in found} == PHONES
    known = [phone for phone in PHONES.values() if phone]
    again = ibis.memtable({"phone": known})
    assert read(phone_of(again.phone)).to_pylist() == known


def test_an_email_in_one_form() -> None:
    column = ibis.memtable({"as_written": ["Ann@Example.ORG", "ann", "@example.org"]})
    assert read(email_of(column.as_written)).to_pylist() == ["ann@example.org", None, None]


def known(rows: Rows, facts: Rows = (), imports: Rows = ()) -> list[Row]:
    said = claims(table("responses", []), table("facts", facts))
    found = reachable(said, table("reachables", rows), table("imports", imports), TODAY)
    return list(read(found.order_by("state_voter_id", "contact_id", "channel", "value")).to_pylist())


def test_of_a_number_the_strongest_source_and_the_last_that_was_said() -> None:
    (one,) = known([
        number("1", PHONE, kind="guessed", source="model", observed_on=date(2026, 10, 1), line_type="voip"),
        number("2", PHONE, status="works", observed_on=date(2026, 2, 1), confirmed_on=date(2026, 2, 2)),
        number("3", PHONE, status="disconnected", observed_on=date(2026, 3, 1), source="dialer"),
        number("4", PHONE, source="Acme again", observed_on=date(2026, 4, 1), line_type="mobile"),
    ])  # fmt: skip
    assert (one["kind"], one["source"], one["status"], one["trusted"]) == (
        "bought", "Acme again", "disconnected", False,
    )  # fmt: skip
    assert (one["line_type"], one["observed_on"], one["confirmed_on"], one["sharing"]) == (
        "voip", date(2026, 10, 1), date(2026, 2, 2), 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "trusted"),
    [
        ({}, True),
        ({"status": "works"}, True),
        ({"status": "bounced"}, False),
        ({"status": "wrong_person"}, False),
        ({"status": "disconnected"}, False),
        ({"kind": "guessed"}, False),
        ({"kind": "told"}, True),
    ],
)
def test_which_numbers_are_trusted(given: Row, trusted: bool) -> None:
    assert [row["trusted"] for row in known([number("1", PHONE, **given)])] == [trusted]


def test_one_phone_on_many_rows_is_flagged_for_all_of_them() -> None:
    crowd = [number(str(n), PHONE, state_voter_id=f"OH{n}") for n in range(500)]
    assert {(row["sharing"], row["trusted"]) for row in known(crowd)} == {(500, False)}
    household = crowd[:MOST_SHARING]
    assert {(row["sharing"], row["trusted"]) for row in known(household)} == {(MOST_SHARING, True)}
    assert [row["sharing"] for row in known([number("1", PHONE), number("2", PHONE, owner="wa")])] == [1, 1]


def test_a_withdrawn_import_and_a_day_ahead_bring_no_number() -> None:
    rows = [number("1", PHONE, import_id="gone"), number("2", "+16145550102", observed_on=date(2062, 1, 1))]
    assert known(rows, imports=[added("gone"), added("gone", "withdrawn", at(25))]) == []
    assert known(rows[:1]) == [], "an import that was never finished"
    assert [row["value"] for row in known(rows[:1], imports=[added("gone")])] == [PHONE]


def test_numbers_among_answers_and_claims_are_read_as_such() -> None:
    told = fact("1", attribute="phone", value="(614) 555-0101", kind="told")
    mail = fact("2", attribute="email", value=" Ann@Example.org", kind="bought")
    strange = fact("3", attribute="phone", value="call my mother", kind="told")
    home = fact("4", attribute="phone", value=PHONE) | {"state_voter_id": None, "household_id": "H1"}
    found = known([number("5", PHONE)], [told, mail, strange, home])
    assert [(row["channel"], row["value"], row["kind"], row["sharing"]) for row in found] == [
        ("email", "ann@example.org", "bought", 1), ("phone", PHONE, "told", 1),
    ]  # fmt: skip
    corrected = fact("6", attribute="phone", value=None, kind="told", replaces="1")
    assert [row["kind"] for row in known([], [told, corrected])] == []


# Contacts


def test_of_a_contact_the_latest_row_counts() -> None:
    rows = [
        person("c", first_name="ANNE"),
        person("c", event_id="c2", loaded_at=at(25)),
        person("c", event_id="c3", loaded_at=at(26), import_id="gone", first_name="WRONG"),
        person("d"),
        person("d", event_id="d2", loaded_at=at(25), removed=True),
        person("c", event_id="w", owner="wa", first_name="WALLY"),
    ]
    imports = table("imports", [added("gone"), added("gone", "withdrawn", at(27))])
    found = read(contacts(table("contacts", rows), imports).order_by("owner")).to_pylist()
    assert [(row["owner"], row["contact_id"], row["first_name"]) for row in found] == [
        ("oh", "c", "ANN"), ("wa", "c", "WALLY"),
    ]  # fmt: skip


def test_what_is_held_about_a_contact_is_the_voters_once_it_is_known_who_that_is() -> None:
    rows = [
        fact("1", contact_id="c", state_voter_id=None),
        fact("2", contact_id="d", state_voter_id=None),
        fact("3", contact_id="c", state_voter_id=None, owner="wa"),
        fact("4"),
        fact("5", state_voter_id=None, household_id="H1"),
    ]
    people = contacts(
        table("contacts", [person("c", state_voter_id="OH7"), person("d")]), table("imports", [])
    )
    found = read(of_voters(table("facts", rows), people).order_by("event_id")).to_pylist()
    subjects = [(row["state_voter_id"], row["contact_id"], row["household_id"]) for row in found]
    assert subjects == [
        ("OH7", None, None),
        (None, "d", None),
        (None, "c", None),
        ("OH1", None, None),
        (None, None, "H1"),
    ]
    assert NOON in {row["loaded_at"] for row in found}
