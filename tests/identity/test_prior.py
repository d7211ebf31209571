"""How many pairs are of one person, counted on small rolls before any pair is compared."""

import pytest
from told_voters import told

from commonroll.identity import models
from commonroll.identity.nodes import nodes
from commonroll.identity.prior import LARGE, LEAST_SHARE, expected_matches, prior_of
from commonroll.roll.engine import engine

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def people(numbers, birth, street):
    """Lines of people with names of their own; `birth` of a number."""
    return [
        f"{n} | {LETTERS[n % 26]}{LETTERS[n // 26]}NA - STONE{LETTERS[n // 10 % 26]}{LETTERS[n % 10]} "
        f"| {birth(n)} | F | {n} {street} ST, {10000 + n} OH"
        for n in numbers
    ]


def expected(left, right):
    with engine() as con, nodes(con, left, right) as made:
        found = expected_matches(con, made, models.shipped())
        return found, prior_of(con, made, found)


def date(n):
    return f"{1940 + n % 60}-0{1 + n % 9}-1{n % 10}"


def year(n):
    return str(1940 + n % 60)


CASES = {
    "dates on both": (date, date),
    "a year on one": (date, year),
    "a year on both": (year, year),
}


@pytest.mark.parametrize(("one", "other"), CASES.values(), ids=CASES)
def test_who_moved_is_expected_by_date_or_by_year(one, other):
    """40 of 200 people stand on both rolls, under other addresses."""
    left = told("fl", *people(range(200), one, "ELM"))
    right = told("wa", *people(range(160, 360), other, "OAK"))
    found, prior = expected(left, right)
    assert found == pytest.approx(40, rel=0.2)
    assert prior == pytest.approx(40 / 200**2, rel=0.2)


def test_one_roll_with_itself_counts_each_pair_once():
    twice = [line.replace(f"{n} |", f"{n + 500} |", 1)
             for n, line in enumerate(people(range(30), year, "OAK"))]  # fmt: skip
    found, _ = expected(told("wa", *people(range(200), year, "ELM"), *twice), None)
    assert found == pytest.approx(30, rel=0.2)


def test_namesakes_of_years_nearby_tell_how_many_meet_by_chance():
    """20 pairs born in one year, 200 born three to twelve years apart: ten of the twenty are chance."""
    left = told("fl", *people(range(220), year, "ELM"))
    near = people(range(200), lambda n: str(int(year(n)) + 3 + n % 10), "OAK")
    right = told("wa", *near, *people(range(200, 220), year, "OAK"))
    assert expected(left, right)[0] == pytest.approx(10, rel=0.3)


def test_large_files_that_show_no_match_expect_a_few():
    """What would show it is lacking: then the prior is no smaller than what rolls of two states share."""
    size = LARGE + 1
    lines = [f"{n} | - - - | - | - | -" for n in range(size)]
    assert expected(told("fl", *lines), told("wa", *lines))[0] == pytest.approx(LEAST_SHARE * size)
