"""Where one person's records stand, learned from the sure pairs of the files at hand."""

import pytest
from test_prior import date, people, year
from told_voters import told

from commonroll.identity import fitting, models
from commonroll.identity.places import ENOUGH, LEVELS


def m_of_places(left, right):
    model = fitting.fit(left, right, models.shipped(), models.shipped())
    return {name: model.chance("surname_place", name).m for name in LEVELS}


def middle(lines):
    """The same people with a middle name written out."""
    return [line.replace(" - STONE", " GRACE STONE", 1) for line in lines]


def twice(birth, count, street):
    """One roll of 200 people, the first of whom stand on it once more, under a number of their own."""
    again = middle(people(range(count), birth, street))
    again = [
        line.replace(f"{n} |", f"{n + 500} |", 1).replace("43055", "44101") for n, line in enumerate(again)
    ]
    return told("oh", *middle(people(range(200), birth, "ELM")), *again)


@pytest.mark.parametrize("birth", (date, year), ids=("by date", "by year and middle name"))
def test_who_stands_twice_on_a_roll_has_moved(birth):
    """60 people at two addresses of one ZIP code each."""
    found = m_of_places(twice(birth, 60, "OAK"), None)
    assert found["zip, surname"] > 0.7
    assert found["address, surname"] < 0.2


def test_the_rolls_of_two_states_share_who_left_one():
    left = people(range(200), date, "ELM")
    right = [line.replace(" OH", " WA") for line in people(range(100, 300), date, "OAK")]
    right = [
        line.replace(f", {10000 + n}", f", {98000 + n}")
        for n, line in zip(range(100, 300), right, strict=True)
    ]
    found = m_of_places(told("oh", *left), told("wa", *right))
    assert found["surname"] > 0.7


def test_few_sure_pairs_leave_the_places_as_they_were():
    shipped = {name: models.shipped().chance("surname_place", name).m for name in LEVELS}
    assert m_of_places(twice(date, ENOUGH - 5, "OAK"), None) == shipped


def test_levels_share_what_one_surname_had():
    shipped = sum(models.shipped().chance("surname_place", name).m for name in LEVELS)
    assert sum(m_of_places(twice(date, 60, "OAK"), None).values()) == pytest.approx(shipped)
