"""Rolls of invented people: every deciding column unknown now and then, ages at the edge of 18."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from drawn import REGISTERED, STATES, VOTED, Clerk
from second_shapes import Row


def voters(clerk: Clerk, rows: int) -> tuple[Row, ...]:
    return tuple(_voter(clerk, number) for number in range(rows))


def _voter(clerk: Clerk, number: int) -> Row:
    def maybe(*values: Any, p: float = 0.1) -> Any:
        return None if clerk.chance(p) else clerk.one(values)

    # 18 on 3 November 2026, or a day too late; some with a year alone, some with an age alone
    born = maybe(
        date(2008, 11, 3),
        date(2008, 11, 4),
        date(1956, 2, 29),
        date(1985, 6, 15),
        date(1985, 6, 14),
        date(1985, 6, 16),
        date(1999, 12, 31),
        date(2010, 12, 31),
        p=0.3,
    )
    return {
        "state_voter_id": f"{number:05d}",
        "county_voter_id": maybe("77001", "1234", "12345"),
        "state": maybe(*STATES, p=0.1),
        "status": maybe("active", "active", "active", "active", "inactive", "pending", "removed", p=0.06),
        "confidential": clerk.one((False,) * 14 + (True, None)),
        "first_name": maybe("ANN", "Łucja", "B", ""),
        "middle_name": maybe("Q", "JO"),
        "birth_date": born,
        "birth_year": maybe(1956, 1985, 1990, 2007, 2008, 2009, p=0.3),
        "age": maybe(17, 18, 40, 99, p=0.3),
        "sex": maybe("female", "male"),
        "race": maybe("WHITE", "ASIAN"),
        "party": maybe("DEM", "REP", "NPA"),
        "registered_on": maybe(*REGISTERED),
        "residence_line1": maybe("1 ELM ST"),
        "residence_zip5": maybe("43001", "44001"),
        "mail_line1": maybe("BOX 1"),
        "mail_zip": maybe("43001", "440"),
        "phone": maybe("+16145550100", "+16145550199", "0101", "01011"),
        "email": maybe("a@example.org"),
        "county_fips": maybe("39001", "39003", "39005", ""),
        "precinct": maybe("1", "2", ""),
        "ward": maybe("1", "EAST"),
        "congressional_district": maybe("1", "12"),
        "permanent_absentee": maybe(True, False),
    }


def districts(clerk: Clerk, people: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(
        {"state_voter_id": row["state_voter_id"], "type": kind, "id": number}
        for row in people
        for kind, number in clerk.some(
            [
                ("council", "1"),
                ("council", "2"),
                ("council", "9"),
                ("school", "1"),
                ("school", "EAST"),
                ("fire", "1"),
                ("fire", "3"),
            ],
            0,
            3,
        )
    )


def history(clerk: Clerk, people: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(
        {
            "state_voter_id": row["state_voter_id"],
            "election_date": None if on == "" else date.fromisoformat(on),
        }
        for row in people
        for on in clerk.some(["", *map(str, VOTED), "2020-11-03"], 0, 2)
    )
