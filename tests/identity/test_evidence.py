"""A pair's evidence adds up to its weight, field by field, and repeats nothing of the records."""

from dataclasses import replace

import pytest
from told_voters import rows, told

from commonroll.identity import link, models
from commonroll.identity.blocking import ALWAYS
from commonroll.identity.evidence import evidence
from commonroll.identity.honest import ALONE
from commonroll.identity.model import Fit

LEFT = "1 | ROBERT JAMES STONE | 1950-03-02 | M | 12 ELM ST, 43055 OH"
RIGHT = "a | BOB J STONE | 1950 | - | 12 ELM STREET, 43055 OH"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    to = tmp_path_factory.mktemp("pairs") / "pairs.parquet"
    return link.link(told("oh", LEFT), told("zz", RIGHT), models.shipped(), to)


@pytest.fixture(scope="module")
def steps(found):
    return {step.comparison: step for step in evidence(rows(found)[0], found.model).steps}


def test_steps_add_up_to_the_weight_and_give_the_probability(found):
    pair = rows(found)[0]
    shown = evidence(pair, found.model)
    assert sum(step.bits for step in shown.steps) == pytest.approx(pair["match_weight"], abs=0.11)
    assert shown.probability == pytest.approx(pair["match_probability"])


def test_each_field_says_what_agreed_in_words(steps):
    assert {name: step.found for name, step in steps.items() if name not in ("rarity", "together")} == {
        "start": "two records picked at random",
        "birth": "the same birth year, the day not published",
        "first_name": "a nickname of the other",
        "middle_name": "the same middle initial",
        "surname_place": "the same address and surname",
    }


def test_a_field_that_one_side_lacks_says_nothing(steps):
    assert "sex" not in steps
    assert "phone" not in steps


def test_agreement_speaks_for_one_person_and_the_start_does_not(steps):
    assert steps["start"].bits <= 0 < steps["surname_place"].bits


def test_no_value_of_a_record_is_repeated(steps):
    text = " ".join(f"{step.field} {step.found}" for step in steps.values()).upper()
    assert not any(word in text for word in ("ROBERT", "BOB", "STONE", "ELM", "1950", "43055"))


HOMES = {
    "nobody else": ("10", (), True),
    "a namesake elsewhere": ("20", ("s | ANNA - STONE | 1980-03-02 | F | 90 OAK ST, 43055 OH",), True),
    "a namesake there": ("30", ("t | ANNA - STONE | 1980-03-02 | F | 30 ELM ST, 43055 OH",), False),
    "a husband there": ("40", ("u | BEN - STONE | 1950-03-02 | M | 40 ELM ST, 43055 OH",), True),
}


@pytest.fixture(scope="module")
def at_home(tmp_path_factory):
    """Pairs of a list's row without a birth with the voter of one name at one address, by house."""
    model = replace(models.shipped(), fitted=Fit(1, 1, 1.0), rules=ALWAYS)
    houses = [house for house, _, _ in HOMES.values()]
    listed = told("list:1", *(f"{n} | ANNA - STONE | - | - | {n} ELM ST, 43055 OH" for n in houses))
    homes = [f"v{n} | ANNA - STONE | 1950-03-02 | F | {n} ELM ST, 43055 OH" for n in houses]
    others = [line for _, lines, _ in HOMES.values() for line in lines]
    to = tmp_path_factory.mktemp("homes") / "pairs.parquet"
    found = link.link(listed, told("oh", *homes, *others), model, to, whole=True)
    return {
        pair["record_l"]: pair for pair in rows(found) if pair["record_r"] == f"v{pair['record_l']}"
    }, model


@pytest.mark.parametrize(("house", "others", "alone"), HOMES.values(), ids=HOMES)
def test_a_row_without_birth_gains_where_nobody_else_of_the_name_is_at_the_address(
    house, others, alone, at_home
):
    pairs, model = at_home
    bits = {step.comparison: step.bits for step in evidence(pairs[house], model).steps}
    assert bits.get("alone", 0) == (ALONE if alone else 0)
    assert sum(bits.values()) == pytest.approx(pairs[house]["match_weight"], abs=0.11)
    assert pairs["10"]["match_weight"] - pairs["30"]["match_weight"] == pytest.approx(ALONE)
