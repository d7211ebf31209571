"""What two members may read of each other to be matched: agreement x column, with a row that could leak."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from view_rolls import ELECTION, EVERYTHING, NAMES, NOW, grant, owned, tables, voter

from commonroll.agreements.grant import Grant
from commonroll.roll.engine import ibis_engine
from commonroll.views.agreed import BIRTH, MATCHED, Agreed, Side, agreed
from commonroll.views.matching import learned, records
from commonroll.views.question import NothingGranted, Owned

COLUMNS = (*MATCHED, *BIRTH)
LEAST = ("voters.first_name", "voters.last_name", "voters.residence_zip5")
SECRET = {
    "middle_name": "QUAGGA", "name_suffix": "JR", "sex": "female", "residence_line1": "1 OKAPI ST",
    "residence_unit": "APT 9", "phone": "+16145550100", "email": "dodo@example.org", "county_fips": "39049",
    "registered_on": date(2020, 1, 2), "status_reason": "TAPIR", "birth_date": date(1980, 5, 17),
    "birth_year": 1980, "age": 46, "status": "active",
}  # fmt: skip
"""A voter whose every column could leak."""
ANN = {"first_name": "ANN", "last_name": "MARSH", "residence_zip5": "43004", **SECRET}


def hygiene(owner: str, recipient: str, columns: Collection[str] = COLUMNS, **values: Any) -> Grant:
    base = {"purposes": frozenset(["hygiene"]), "modes": frozenset(["count", "view"]), "recipient": recipient}
    return grant(owner, columns, **{**base, **values})


def side(tmp_path: Path, owner: str, viewer: str, given: Grant | None, *people: Any, **values: Any) -> Side:
    rows = people or (voter("1", **ANN),)
    return Side(owned(tables(tmp_path, owner, rows, **values), given), (), viewer)


def pair(tmp_path: Path, given: Grant | None, got: Grant | None, **values: Any) -> tuple[Side, Side]:
    """Ohio and Washington: what Ohio gave, what it got."""
    return side(tmp_path, "oh", "wa", given, **values), side(tmp_path, "wa", "oh", got)


def read(one: Side, other: Side) -> list[dict[str, Any]]:
    """The rows of `one` as they are read for a match with `other`."""
    plan = records(ibis_engine(), one, agreed(one, other, NAMES), NAMES, NOW)
    return ibis_engine().to_pyarrow(plan.expression).to_pylist()


def known(row: dict[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is not None} - {"member", "state", "state_voter_id"}


@pytest.mark.parametrize("column", sorted(set(COLUMNS) - set(LEAST)))
@pytest.mark.parametrize("who", ["both", "ohio alone", "washington alone", "nobody"])
def test_a_column_is_read_where_both_granted_it(tmp_path: Path, column: str, who: str) -> None:
    more = (*LEAST, column)
    given = hygiene("oh", "wa", more if who in ("both", "ohio alone") else LEAST)
    got = hygiene("wa", "oh", more if who in ("both", "washington alone") else LEAST)
    one, other = pair(tmp_path, given, got)
    bare = column.partition(".")[2]
    least = {name.partition(".")[2] for name in LEAST}

    for row in (*read(one, other), *read(other, one)):
        assert known(row) == (least | {bare} if who == "both" else least)
        if who == "both":
            assert row[bare] == ANN[bare]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "has no agreement"),
        (hygiene("oh", "wa", purposes=frozenset(["gotv"])), "has no agreement"),
        (hygiene("oh", "charlie"), "has no agreement"),
        (hygiene("oh", "wa", until=datetime(2026, 11, 24, 12, tzinfo=UTC)), "has no agreement"),
        (hygiene("oh", "wa", start=datetime(2026, 11, 24, 13, tzinfo=UTC)), "has no agreement"),
        (hygiene("oh", "wa", modes=frozenset(["count"])), "permits no lists on a screen"),
    ],
    ids=["none", "another purpose", "another's", "ended", "not begun", "counts alone"],
)
def test_an_agreement_that_does_not_cover_it_reads_nothing(
    tmp_path: Path, given: Grant | None, why: str
) -> None:
    one, other = pair(tmp_path, given, hygiene("wa", "oh"))

    with pytest.raises(NothingGranted, match=why):
        read(one, other)


def test_one_direction_is_not_enough(tmp_path: Path) -> None:
    one, other = pair(tmp_path, hygiene("oh", "wa"), None)

    with pytest.raises(NothingGranted, match="Washington has no agreement with Ohio for list hygiene"):
        read(one, other)


def test_an_agreement_that_was_revoked_says_when(tmp_path: Path) -> None:
    roll = tables(tmp_path, "oh", [voter("1", **ANN)])
    over = Owned(roll, hygiene("oh", "wa"), ELECTION, "was revoked on 20 November 2026")
    other = side(tmp_path, "wa", "oh", hygiene("wa", "oh"))

    with pytest.raises(NothingGranted, match="was revoked on 20 November 2026"):
        agreed(Side(over, (), "wa"), other, NAMES)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (set(COLUMNS) - {"voters.first_name"}, "without first and last names"),
        (set(COLUMNS) - {*BIRTH, "voters.residence_zip5"}, "by a name alone"),
    ],
    ids=["no first name", "neither birth nor ZIP"],
)
def test_too_few_columns_are_refused_with_the_reason(
    tmp_path: Path, columns: Collection[str], why: str
) -> None:
    one, other = pair(tmp_path, hygiene("oh", "wa", sorted(columns)), hygiene("wa", "oh"))

    with pytest.raises(NothingGranted, match=why) as refused:
        agreed(one, other, NAMES)
    assert any(gap.owner == "oh" and "agreement 3" in gap.sentence for gap in refused.value.gaps)


# given                        got                            what both sides' records know of a birth
BIRTHS = [
    ({"birth_date": "plain"}, {"birth_date": "plain"}, {"birth_date": date(1980, 5, 17)}),
    ({"birth_date": "plain"}, {"birth_date": "year"}, {"birth_year": 1980}),
    ({"birth_date": "year"}, {"birth_year": "plain"}, {"birth_year": 1980}),
    ({"birth_date": "plain"}, {"birth_year": "plain"}, {"birth_year": 1980}),
    ({"birth_year": "plain"}, {"age": "plain"}, {"age": 46}),
    ({"birth_date": "plain"}, {"birth_year": "decade"}, {}),
    ({"birth_date": "decade"}, {"birth_date": "plain"}, {}),
    ({"birth_date": "null"}, {"birth_date": "plain"}, {}),
]


@pytest.mark.parametrize(("given", "got", "wanted"), BIRTHS)
def test_a_birth_is_read_as_the_coarser_of_both_grants(
    tmp_path: Path, given: dict[str, Any], got: dict[str, Any], wanted: dict[str, Any]
) -> None:
    sides = [
        hygiene(owner, viewer, LEAST, masks={f"voters.{name}": mask for name, mask in birth.items()})
        for owner, viewer, birth in (("oh", "wa", given), ("wa", "oh", got))
    ]
    one, other = pair(tmp_path, *sides)

    for row in (*read(one, other), *read(other, one)):
        births = {name: row[name] for name in ("birth_date", "birth_year", "age") if row[name] is not None}
        assert births == wanted


def test_what_is_missing_has_a_voice(tmp_path: Path) -> None:
    given = hygiene("oh", "wa", set(COLUMNS) - {"voters.phone"}, masks={"voters.residence_zip5": "zip3"})
    published = EVERYTHING - {"voters.email"}
    one, other = pair(tmp_path, given, hygiene("wa", "oh"), published=published)

    found = agreed(one, other, NAMES)

    assert {"voters.phone", "voters.residence_zip5"}.isdisjoint(found.columns)
    assert [gap.sentence for gap in found.gaps] == [
        "Ohio shares no phone numbers for list hygiene: clause 2 of agreement 3",
        "Ohio masks residence zip5: agreement 3",
        "Ohio does not publish e-mail addresses",
    ]


def test_who_is_left_out_takes_no_part(tmp_path: Path) -> None:
    people = [
        voter("1", **ANN),
        voter("2", **ANN),
        voter("3", **ANN),
        voter("4", **ANN, confidential=True),
        voter("5", **{**ANN, "birth_date": date(2011, 1, 1), "birth_year": 2011}),
        voter("6", **{**ANN, "status": "removed"}),
    ]
    left_out = [("2", ""), ("3", "mail")]
    one = side(tmp_path, "oh", "wa", hygiene("oh", "wa"), *people, suppressed=left_out)
    other = side(tmp_path, "wa", "oh", hygiene("wa", "oh"))

    assert {row["state_voter_id"] for row in read(one, other)} == {"1", "6"}


def test_rows_outside_the_scope_take_no_part(tmp_path: Path) -> None:
    people = [voter("1", **ANN), voter("2", **{**ANN, "county_fips": "39001"})]
    given = hygiene("oh", "wa", scope={"county_fips": frozenset(["39049"])})
    one = side(tmp_path, "oh", "wa", given, *people)

    assert [row["state_voter_id"] for row in read(one, side(tmp_path, "wa", "oh", hygiene("wa", "oh")))] == [
        "1"
    ]


def test_receipts_name_what_is_read_and_under_which_terms(tmp_path: Path) -> None:
    columns = (*LEAST, "voters.status")
    one, other = pair(tmp_path, hygiene("oh", "wa", columns), hygiene("wa", "oh", columns))
    found = agreed(one, other, NAMES)

    plan = records(ibis_engine(), one, found, NAMES, NOW)
    count = learned(ibis_engine(), owned(one.owned.tables, None), other, found, NAMES, NOW)

    assert (plan.question.viewer, plan.question.purpose, plan.question.mode) == ("wa", "hygiene", "view")
    assert plan.used["oh"].columns == tuple(sorted(columns)) and plan.used["oh"].terms_hash == "sha256:oh"
    assert (count.question.viewer, count.question.mode) == ("oh", "count")
    assert count.used["wa"].columns == ("voters.status",) and count.used["wa"].terms_hash == "sha256:wa"
    assert count.used["oh"].agreement is None


def test_counts_need_an_agreement_that_permits_them(tmp_path: Path) -> None:
    one, other = pair(tmp_path, hygiene("oh", "wa"), hygiene("wa", "oh", modes=frozenset(["view"])))
    found = agreed(one, other, NAMES)

    with pytest.raises(NothingGranted, match="permits no counts"):
        learned(ibis_engine(), owned(one.owned.tables, None), other, found, NAMES, NOW)


def test_own_rows_that_count_are_todays_and_not_removed(tmp_path: Path) -> None:
    people = [voter("1", **ANN), voter("2", **{**ANN, "status": "removed"}), voter("3", **ANN)]
    one = side(tmp_path, "oh", "wa", hygiene("oh", "wa"), *people, suppressed=[("3", "door")])
    other = side(tmp_path, "wa", "oh", hygiene("wa", "oh"))
    found: Agreed = agreed(one, other, NAMES)

    plan = learned(ibis_engine(), owned(one.owned.tables, None), other, found, NAMES, NOW)

    rows = ibis_engine().to_pyarrow(plan.expression).to_pylist()
    assert rows == [{"state_voter_id": "1", "county_fips": "39049", "county_name": None}]
