"""What follows from a score: each line is a pair of people and what may be done with them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_in_pairs import judged, pair, person, verdict

from commonroll.identity.verdicts import REASONS, Costs, Kind

SAME = "ANNA MAY RIVERA - | 1980-03-05 | 1 ELM ST 43001 OH"

CASES = """
what                                   | kind  | p    | one                            | other                            | verdict
one person, nothing changed            | rolls | .999 | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | sure
one person, moved and married          | rolls | .99  | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA M STONE - ; 1980-03-05 ; 9 OAK ST 43055 OH    | sure
the evidence is neither here nor there | rolls | .8   | ANNA MAY RIVERA - ; 1980 ; 1 ELM ST 43001 OH       | ANNA M STONE - ; 1980 ; 9 OAK ST 43055 OH          | unsure band
the best of both, with full dates      | rolls | .8   | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA M STONE - ; 1980-03-05 ; 9 OAK ST 43055 OH    | sure
on one roll the best is nothing        | roll  | .8   | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA M STONE - ; 1980-03-05 ; 9 OAK ST 43055 OH    | unsure band
a list's row and its best voter        | list  | .8   | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA M STONE - ; 1980-03-05 ; 9 OAK ST 43055 OH    | unsure band
the evidence is weak                   | rolls | .3   | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA M STONE - ; 1980-03-05 ; 9 OAK ST 43055 OH    | no
father and son by the suffix           | rolls | .999 | JOHN LEE COLE SR ; - ; 1 ELM ST 43001 OH           | JOHN LEE COLE JR ; - ; 1 ELM ST 43001 OH           | unsure father_and_son
father and son, one suffix is missing  | rolls | .999 | JOHN LEE COLE - ; - ; 1 ELM ST 43001 OH            | JOHN LEE COLE JR ; - ; 1 ELM ST 43001 OH           | unsure father_and_son
father and son, two suffixes, one year | rolls | .999 | JOHN LEE COLE III ; 1990 ; 1 ELM ST 43001 OH       | JOHN LEE COLE JR ; 1990 ; 1 ELM ST 43001 OH        | unsure father_and_son
one man, II for JR                     | rolls | .999 | JOHN LEE COLE II ; 1990 ; 1 ELM ST 43001 OH        | JOHN LEE COLE JR ; 1990 ; 1 ELM ST 43001 OH        | sure
father and son by the birth            | rolls | .999 | JOHN LEE COLE - ; 1950-02-03 ; 1 ELM ST 43001 OH   | JOHN LEE COLE - ; 1977-08-09 ; 1 ELM ST 43001 OH   | unsure father_and_son
father and son by the year alone       | rolls | .999 | JOHN LEE COLE - ; 1950 ; 1 ELM ST 43001 OH         | JOHN LEE COLE - ; 1977-08-09 ; 1 ELM ST 43001 OH   | unsure father_and_son
father and son, one without a year     | rolls | .999 | JOHN LEE COLE - ; 1950-02-03 ; 1 ELM ST 43001 OH   | JOHN LEE COLE - ; - ; 1 ELM ST 43001 OH            | unsure father_and_son
father and son on one roll, no years   | roll  | .999 | JOHN LEE COLE - ; - ; 1 ELM ST 43001 OH            | JOHN LEE COLE - ; - ; 1 ELM ST 43001 OH            | unsure father_and_son
one man, his suffix was lost           | rolls | .999 | JOHN LEE COLE JR ; 1977-08-09 ; 1 ELM ST 43001 OH  | JOHN LEE COLE - ; 1977-08-09 ; 1 ELM ST 43001 OH   | sure
one man, a wrong digit in the year     | rolls | .999 | JOHN LEE COLE - ; 1977-08-09 ; 1 ELM ST 43001 OH   | JOHN LEE COLE - ; 1967-08-09 ; 1 ELM ST 43001 OH   | sure
one man under his nickname             | rolls | .999 | ROBERT LEE COLE - ; 1977-08-09 ; 1 ELM ST 43001 OH | BOB LEE COLE - ; 1977-08-09 ; 1 ELM ST 43001 OH    | sure
twins                                  | rolls | .999 | MIA ANN DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH    | ZOE EVE DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH    | unsure twins
twins on one roll                      | roll  | .999 | MIA - DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH      | ZOE - DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH      | unsure twins
twins that moved apart                 | rolls | .999 | MIA - DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH      | ZOE - DUNN - ; 1999-01-31 ; 7 BAY ST 43055 OH      | unsure twins
no twins: she goes by her middle name  | rolls | .999 | MIA ANN DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH    | ANN - DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH      | sure
no twins: her name is mistyped         | rolls | .999 | MARIE ANN DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH  | MAIRE ANN DUNN - ; 1999-01-31 ; 1 ELM ST 43001 OH  | sure
a household, two of its people         | list  | .97  | MIA - DUNN - ; - ; 1 ELM ST 43001 OH               | TOM - DUNN - ; 1960-05-05 ; 1 ELM ST 43001 OH      | unsure household
a household, by an initial             | list  | .97  | M - DUNN - ; - ; 1 ELM ST 43001 OH                 | MIA - DUNN - ; 1960-05-05 ; 1 ELM ST 43001 OH      | unsure household
strangers of a common name, one date   | rolls | .9999 | JAMES - SMITH - ; 1975-06-01 ; 1 ELM ST 43001 OH   | JAMES - SMITH - ; 1975-06-01 ; 7 BAY ST 33101 FL   | unsure strangers
one man in two states: the middle name | rolls | .97  | JAMES EARL SMITH - ; 1975-06-01 ; 1 ELM ST 43001 OH | JAMES EARL SMITH - ; 1975-06-01 ; 7 BAY ST 33101 FL | sure
one man in two states: the phone       | rolls | .97  | JAMES - SMITH - ; 1975-06-01 ; 1 ELM ST 43001 OH ; +16145550100 | JAMES - SMITH - ; 1975-06-01 ; 7 BAY ST 33101 FL ; +16145550100 | sure
strangers, weak                        | rolls | .9   | IGOR - ZABRISKIE - ; 1975-06-01 ; 1 ELM ST 43001 OH | IGOR - ZABRISKIE - ; 1975-06-01 ; 7 BAY ST 33101 FL | unsure strangers
one man in two states: a rare name     | rolls | .999 | IGOR - ZABRISKIE - ; 1975-06-01 ; 1 ELM ST 43001 OH | IGOR - ZABRISKIE - ; 1975-06-01 ; 7 BAY ST 33101 FL | sure
two states and a year, weak            | rolls | .9   | IGOR - ZABRISKIE - ; 1975-06-01 ; 1 ELM ST 43001 OH | IGOR - ZABRISKIE - ; 1975 ; 7 BAY ST 33101 FL       | unsure year_only_interstate
two states and a year, strong          | rolls | .99  | IGOR - ZABRISKIE - ; 1975-06-01 ; 1 ELM ST 43001 OH | IGOR - ZABRISKIE - ; 1975 ; 7 BAY ST 33101 FL       | sure
no date at all, weak                   | rolls | .9   | IGOR - ZABRISKIE - ; - ; 1 ELM ST 43001 OH         | IGOR - ZABRISKIE - ; - ; 2 ELM ST 43001 OH         | unsure no_birth
no date at all, strong                 | rolls | .99  | IGOR - ZABRISKIE - ; - ; 1 ELM ST 43001 OH         | IGOR - ZABRISKIE - ; - ; 1 ELM ST 43001 OH         | sure
no date at all, on one roll            | roll  | .99  | IGOR - ZABRISKIE - ; - ; 1 ELM ST 43001 OH         | IGOR - ZABRISKIE - ; - ; 2 ELM ST 43001 OH         | unsure no_birth
a list without dates, one household    | list  | .99  | ANNA - RIVERA - ; - ; 1 ELM ST 43001 OH            | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | sure
registered twice on one roll           | roll  | .99  | ANNA MAY RIVERA - ; 1980-03-05 ; 1 ELM ST 43001 OH | ANNA M RIVERA - ; 1980-03-05 ; 9 OAK ST 43055 OH   | sure
"""  # noqa: E501
TABLE = [[cell.strip() for cell in line.split("|")] for line in CASES.strip().splitlines()[1:]]


MEMBERS: dict[Kind, tuple[str, str]] = {"roll": ("oh", "oh"), "rolls": ("fl", "oh"), "list": ("list:1", "oh")}


@cache
def said(kind: Kind) -> dict[str, str]:
    """Every case of a kind by its name, judged together: no case has a record in common with another."""
    cases = [row for row in TABLE if row[1] == kind]
    sides = {what: ((MEMBERS[kind][0], f"{what} 1"), (MEMBERS[kind][1], f"{what} 2")) for what, *_ in cases}
    people = [
        person(text.replace(";", "|"), *side)
        for what, _, _, *texts, _ in cases
        for text, side in zip(texts, sides[what], strict=True)
    ]
    rows = judged([pair(*sides[what], float(p)) for what, _, p, *_ in cases], people, kind)
    return {row["record_r"][:-2]: " ".join(filter(None, (row["verdict"], row["reason"]))) for row in rows}


@pytest.mark.parametrize(("what", "kind", "wanted"), [(row[0], row[1], row[-1]) for row in TABLE])
def test_what_follows_from_a_score(what: str, kind: Kind, wanted: str) -> None:
    assert said(kind)[what] == wanted


def test_every_reason_has_words_and_a_case() -> None:
    tried = {row[-1].split()[1] for row in TABLE if " " in row[-1]}
    assert tried | {"runner_up", "crowded_key", "contradicted"} == set(REASONS)


# Of several that fit

FATHER = "JOHN - COLE - | 1950-02-03 | 1 ELM ST 43001 OH"


def rivals(*odds: float, kind: Kind = "rolls") -> list[tuple[str, str | None]]:
    """Verdicts of one person's record against others of another roll that fit it with these odds."""
    people = [person(SAME, "fl", "0"), *(person(SAME, "oh", str(at)) for at in range(1, len(odds) + 1))]
    pairs = [pair(("fl", "0"), ("oh", str(at)), p) for at, p in enumerate(odds, 1)]
    return [(row["verdict"], row["reason"]) for row in judged(pairs, people, kind)]


def test_a_clear_winner_is_sure_and_the_others_are_nothing() -> None:
    assert rivals(0.9999, 0.9) == [("sure", None), ("no", None)]


def test_a_runner_up_within_three_bits_makes_both_unsure() -> None:
    assert rivals(0.999, 0.998) == [("unsure", "runner_up"), ("unsure", "runner_up")]


def test_equal_scores_are_unsure_too() -> None:
    assert rivals(0.999, 0.999) == [("unsure", "runner_up"), ("unsure", "runner_up")]


def test_within_one_roll_a_person_may_stand_three_times() -> None:
    people = [person(SAME, "oh", record) for record in "123"]
    pairs = [pair(("oh", one), ("oh", other), 0.999) for one, other in ("12", "13", "23")]
    assert [row["verdict"] for row in judged(pairs, people, "roll")] == ["sure"] * 3


def test_many_rows_of_a_list_may_be_one_voter_but_a_row_is_one_voter() -> None:
    people = [
        person(SAME, member, record)
        for member, record in (("list:7", "1"), ("list:7", "2"), ("fl", "9"), ("fl", "8"))
    ]
    pairs = [
        pair(("list:7", "1"), ("fl", "9"), 0.9999),
        pair(("list:7", "2"), ("fl", "9"), 0.9999),
        pair(("list:7", "2"), ("fl", "8"), 0.9),
    ]
    found = {(row["record_l"], row["record_r"]): row["verdict"] for row in judged(pairs, people, "list")}
    assert found == {("9", "1"): "sure", ("9", "2"): "sure", ("8", "2"): "no"}


def test_across_rolls_nobody_is_linked_twice() -> None:
    people = [person(SAME, "fl", "1"), person(SAME, "fl", "2"), person(SAME, "oh", "3")]
    pairs = [pair(("fl", "1"), ("oh", "3"), 0.9999), pair(("fl", "2"), ("oh", "3"), 0.99)]
    assert [row["verdict"] for row in judged(pairs, people, "rolls")] == ["sure", "no"]


def test_who_lost_its_best_to_another_is_unsure_with_the_next() -> None:
    people = [
        person(SAME, member, record)
        for member, record in (("fl", "1"), ("fl", "2"), ("oh", "3"), ("oh", "4"))
    ]
    pairs = [
        pair(("fl", "1"), ("oh", "3"), 0.99999),
        pair(("fl", "2"), ("oh", "3"), 0.9999),
        pair(("fl", "2"), ("oh", "4"), 0.97),
    ]
    found = {
        (row["record_l"], row["record_r"]): (row["verdict"], row["reason"])
        for row in judged(pairs, people, "rolls")
    }
    assert found[("1", "3")] == ("sure", None)
    assert found[("2", "4")] == ("unsure", "runner_up")


# What too many share


def test_a_stopgap_date_and_a_crowded_house_join_nobody() -> None:
    crowd = [person("X - Y - | 1900-01-02 | 5 DORM RD 43001 OH", "oh", f"c{at}") for at in range(60)]
    one, other = (
        "LEE - WONG - | 1900-01-02 | 5 DORM RD 43001 OH",
        "LEE - WONG - | 1900-01-02 | 5 DORM RD 43001 OH",
    )
    assert verdict(one, other, kind="roll", crowd=crowd) == ("unsure", "crowded_key")
    assert verdict(one, other, kind="roll", crowd=crowd[:5]) == ("sure", None)


def test_one_phone_on_many_rows_joins_nobody() -> None:
    crowd = [person("X - Y - | - | - 43001 OH | +16145550100", "oh", f"c{at}") for at in range(20)]
    one, other = (
        "LEE - WONG - | 1970 | - 43001 OH | +16145550100",
        "LEE - WONG - | 1970 | - 43055 OH | +16145550100",
    )
    assert verdict(one, other, crowd=crowd) == ("unsure", "crowded_key")
    assert verdict(one, other) == ("sure", None)


# Costs


@pytest.mark.parametrize(
    ("costs", "sure", "band"),
    [
        (Costs(), 0.95, 0.5),
        (Costs(wrong=1000, missed=2), 0.999, 0.5),
        (Costs(wrong=20, missed=10), 0.95, 0.1),
    ],
)
def test_thresholds_follow_from_costs(costs: Costs, sure: float, band: float) -> None:
    assert costs.sure == pytest.approx(sure) and costs.band == pytest.approx(band)


@given(st.floats(0.01, 0.99), st.floats(4, 1000), st.floats(1.5, 10))
def test_the_verdict_is_the_cheapest_of_the_three(p: float, wrong: float, missed: float) -> None:
    costs = Costs(wrong=wrong, missed=missed)
    price = {"sure": (1 - p) * wrong, "no": p * missed, "unsure": costs.look}
    said = "sure" if p >= costs.sure else "unsure" if p >= costs.band else "no"
    if costs.band < costs.sure:
        assert price[said] <= min(price.values()) + 1e-9


def test_a_dearer_mistake_makes_fewer_pairs_sure() -> None:
    people = [person(SAME, "list:1", "1"), person(SAME, "oh", "2")]
    pairs = [pair(("list:1", "1"), ("oh", "2"), 0.99)]
    assert judged(pairs, people, "list")[0]["verdict"] == "sure"
    assert judged(pairs, people, "list", Costs(wrong=1000))[0]["reason"] == "band"


# Whatever comes

scores = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.sampled_from((0.3, 0.6, 0.96, 0.999, 0.9999)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=3, deadline=None)
@given(st.lists(scores, min_size=1, max_size=20), st.randoms())
def test_one_to_one_in_any_order_of_rows(worlds: list[dict[tuple[int, int], float]], chance: Any) -> None:
    people = [
        person(SAME, f"{member}{world}", str(at))
        for world in range(len(worlds))
        for member in ("fl", "oh")
        for at in range(5)
    ]
    pairs = [
        pair((f"fl{world}", str(one)), (f"oh{world}", str(other)), p)
        for world, found in enumerate(worlds)
        for (one, other), p in found.items()
    ]
    said = judged(pairs, people, "rolls")
    chance.shuffle(pairs)
    chance.shuffle(people)
    assert judged(pairs, people, "rolls") == said
    sure = [row for row in said if row["verdict"] == "sure"]
    for side in "lr":
        stands = Counter((row[f"member_{side}"], row[f"record_{side}"]) for row in sure)
        assert max(stands.values(), default=0) <= 1
    assert all(row["match_probability"] >= 0.5 for row in sure)
    assert all((row["reason"] is None) == (row["verdict"] != "unsure") for row in said)
