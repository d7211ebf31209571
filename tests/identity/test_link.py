"""Scored pairs: who is found, who is not, and that no order of rows, sides, parts or runs matters."""

import tempfile
from dataclasses import replace
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told_voters import linked, rows, told

from commonroll.errors import Refusal
from commonroll.identity import link, models
from commonroll.identity.blocking import ALWAYS, RULES
from commonroll.identity.model import Fit
from commonroll.roll.engine import engine
from thorough import THOROUGH, dear

OHIO = (
    "1 | ROBERT JAMES STONE | 1950-03-02 | M | 12 ELM ST, 43055 OH",
    "2 | ANNA MARIE RIVERA | 1980-05-17 | F | 9 OAK AVE #4, 43001 OH",
    "3 | GRETA LOUISE KRUEGER | 1961-11-30 | F | 70 MAIN ST, 43055 OH | +17405550101",
    "4 | HUGO - POTTS | 1990 | M | 5 HILL RD, 43023 OH",
    "5 | MAE ELLEN TREADWAY | 1944-07-09 | F | 3 MILL LN, 43031 OH",
)
FLORIDA = (
    "a | BOB J STONE | 1950-03-02 | M | 12 ELM STREET, 43055 OH",
    "b | ANNA MARIE RIVERA-COLE | 1980-05-17 | F | 81 BAY ST, 33101 FL",
    "c | GRETA L KRUGER | 1961-11-30 | F | 70 MAIN ST, 43055 OH | +17405550101",
    "d | HUGO - POTTS | 1990-02-03 | M | 5 HILL RD, 43023 OH",
    "e | OLGA - BENSON | 1971-01-09 | F | 1 PALM DR, 33101 FL",
    "f | TREADWAY ELLEN MAE | 1944-07-09 | F | 3 MILL LN, 43031 OH",
)
TRUE = {("1", "a"), ("2", "b"), ("3", "c"), ("4", "d"), ("5", "f")}


@pytest.fixture(scope="module")
def ohio():
    return told("oh", *OHIO)


@pytest.fixture(scope="module")
def florida():
    return told("zz", *FLORIDA)


def test_the_same_person_is_found_under_a_nickname_a_new_surname_a_slip_or_swapped_names(
    ohio, florida, tmp_path
):
    found = linked(ohio, florida, tmp_path / "pairs.parquet")
    assert {pair for pair, p in found.items() if p >= 0.95} == TRUE


def test_neither_the_order_of_rows_nor_that_of_sides_matters(ohio, florida, tmp_path):
    one = link.link(ohio, florida, models.shipped(), tmp_path / "one.parquet")
    turned = told("oh", *reversed(OHIO)), told("zz", *reversed(FLORIDA))
    two = link.link(turned[1], turned[0], one.model, tmp_path / "two.parquet")
    assert rows(one) == rows(two)
    assert [tuple(row) for row in rows(one)[:1]] == [link.PAIR_COLUMNS]


SIDE, BOTH = (1, 2) if THOROUGH else (2, 4)
"""Records in a part, of one side's five and of both sides' eleven."""


@pytest.mark.thorough
def test_parts_give_what_the_whole_gives(ohio, florida, tmp_path):
    one = link.link(ohio, florida, models.shipped(), tmp_path / "one.parquet")
    two = link.link(ohio, florida, one.model, tmp_path / "two.parquet", chunk=SIDE)
    assert rows(one) == rows(two)
    both = ibis.union(ohio, florida)
    one = link.link(both, None, models.shipped(), tmp_path / "one.parquet")
    two = link.link(both, None, one.model, tmp_path / "two.parquet", chunk=BOTH)
    assert rows(one) == rows(two) != []


ADVERSARIES = {
    "father and son, one on each roll": (
        "1 | JOHN PAUL STONE SR | 1950-03-02 | M | 12 ELM ST, 43055 OH",
        "a | JOHN PAUL STONE JR | 1978-08-21 | M | 12 ELM ST, 43055 OH",
    ),
    "father and son, no suffix": (
        "1 | THADDEUS PAUL KRUEGER | 1950-03-02 | M | 12 ELM ST, 43055 OH",
        "a | THADDEUS PAUL KRUEGER | 1978-08-21 | M | 12 ELM ST, 43055 OH",
    ),
    "twins": (
        "1 | ANNA M STONE | 1990-03-02 | F | 12 ELM ST, 43055 OH",
        "a | CARLA J STONE | 1990-03-02 | F | 12 ELM ST, 43055 OH",
    ),
    "a couple of one age": (
        "1 | ANNA M STONE | 1960 | F | 12 ELM ST, 43055 OH",
        "a | PETER M STONE | 1960-03-02 | M | 12 ELM ST, 43055 OH",
    ),
    "strangers of a common name born on one day": (
        "1 | JAMES - SMITH | 1970-03-02 | M | 12 ELM ST, 43055 OH",
        "a | JAMES - SMITH | 1970-03-02 | M | 81 BAY ST, 33101 FL",
    ),
    "two states, no birth": (
        "1 | JAMES - SMITH | - | M | 12 ELM ST, 43055 OH",
        "a | JAMES - SMITH | - | M | 81 BAY ST, 33101 FL",
    ),
    "an office's phone, nothing else": (
        "1 | HUGO - POTTS | 1970-03-02 | M | 12 ELM ST, 43055 OH | +17405550101",
        "a | OLGA - DUNN | 1981-03-02 | F | 81 BAY ST, 43001 OH | +17405550101",
    ),
}


@pytest.fixture(scope="module")
def adversaries(tmp_path_factory):
    """Probabilities by pair, as in two rolls of half a million: in tiny files any agreement is rare."""
    every = tuple(rule.name for rule in RULES)
    model = replace(models.shipped(), prior=1.6e-6, fitted=Fit(500_000, 500_000, 400_000), rules=every)
    left, right = (
        told(member, *[f"{number}{pair[side][1:]}" for number, pair in enumerate(ADVERSARIES.values())])
        for member, side in (("oh", 0), ("zz", 1))
    )
    return linked(left, right, tmp_path_factory.mktemp("pairs") / "pairs.parquet", model)


@pytest.mark.parametrize(("number", "kind"), list(enumerate(ADVERSARIES)), ids=ADVERSARIES)
def test_who_may_be_another_is_never_sure(number, kind, adversaries):
    assert adversaries.get((str(number), str(number)), 0) < 0.95


BIRTHS = {
    "the same birthday of two years": ("1950-03-02", "1961-03-02", True),
    "neither year nor birthday is one": ("1950-03-02", "1961-07-09", False),
    "two years": ("1950", "1961", False),
    "a date and nothing": ("1950-03-02", "-", True),
    "an age and a year": ("40 years", "1950", True),
    "nothing": ("-", "-", True),
}


def test_namesakes_of_a_state_are_compared_unless_their_births_are_two(tmp_path):
    model = replace(models.shipped(), fitted=Fit(1, 1, 1.0), rules=ALWAYS)
    names = dict(zip(("ADA", "BEA", "CLEO", "DORA", "EVE", "FAY"), BIRTHS.values(), strict=True))
    sides = [
        told("oh", *(f"{name}{at} | {name} - {name}SON | {births[at]} | F | {at} ELM ST, 4305{at} OH"
                     for name, births in names.items() for at in ats))
        for ats in ((0,), (1,), (0, 1))
    ]  # fmt: skip
    wanted = {(f"{name}0", f"{name}1") for name, (_, _, meet) in names.items() if meet}
    left, right, both = sides
    first = pa.table({"member": ["oh"] * len(names), "record": [f"{name}0" for name in names]})
    for one, other, changed in ((left, right, None), (both, None, None), (both, None, first)):
        found = link.link(one, other, model, tmp_path / "p.parquet", changed=changed, least=1e-30)
        assert {(row["record_l"], row["record_r"]) for row in rows(found)} == wanted


def test_inside_one_roll_nobody_is_a_pair_of_himself(ohio, tmp_path):
    found = link.link(
        told("oh", *OHIO, "9" + OHIO[0][1:]), None, models.shipped(), tmp_path / "pairs.parquet"
    )
    assert [(row["record_l"], row["record_r"]) for row in rows(found) if row["match_probability"] > 0.9] == [
        ("1", "9")
    ]


def test_a_key_that_two_rows_have_is_refused_without_their_names(tmp_path):
    with pytest.raises(Refusal, match="1 of 2 records") as refused:
        link.link(told("oh", OHIO[0], OHIO[0]), None, models.shipped(), tmp_path / "pairs.parquet")
    assert "STONE" not in str(refused.value)


def test_a_run_that_dies_leaves_no_file_and_no_table(ohio, florida, tmp_path):
    def die(what, share):
        if what == "writing pairs":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        link.link(ohio, florida, models.shipped(), tmp_path / "pairs.parquet", progress=die)
    assert list(tmp_path.iterdir()) == []
    with engine() as con:
        left = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'identity_nodes%'"
        ).fetchall()
    assert left == []


def test_progress_rises_to_the_end(ohio, florida, tmp_path):
    told_ = []
    link.link(
        ohio, florida, models.shipped(), tmp_path / "p.parquet", progress=lambda w, s: told_.append((w, s))
    )
    assert told_[-1] == ("done", 1.0)
    assert [s for _, s in told_] == sorted(s for _, s in told_)


CHANGES = {
    "1": "1 | ROBERT JAMES STONE | 1950-03-02 | M | 81 BAY ST, 33101 FL",
    "3": "3 | GRETA LOUISE BENSON | 1961-11-30 | F | 1 PALM DR, 33101 FL",
    "6": "6 | OLGA - BENSON | 1971-01-09 | F | 1 PALM DR, 33101 FL",
    "7": "7 | MAE E TREADWAY | 1944-07-09 | F | 3 MILL LN, 43031 OH",
}


@pytest.mark.thorough
@settings(max_examples=dear(6))
@given(st.sets(st.sampled_from(sorted(CHANGES)), min_size=1), st.booleans())
def test_linking_what_changed_gives_what_linking_everything_gives(changed, alone):
    lines = {line.split(" | ")[0]: line for line in OHIO} | {key: CHANGES[key] for key in changed}
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.parquet" for name in ("old", "all", "new")]
        others = None if alone else told("zz", *FLORIDA)
        before = told("oh", *OHIO, *(FLORIDA if alone else ()))
        after = told("oh", *lines.values(), *(FLORIDA if alone else ()))
        old = link.link(before, others, models.shipped(), paths[0])
        whole = link.link(after, others, old.model, paths[1])
        keys = pa.table({"member": ["oh"] * len(changed), "record": sorted(changed)})
        new = link.link(after, others, old.model, paths[2], changed=keys)
        kept = [row for row in rows(old) if not {row["record_l"], row["record_r"]} & changed]
        assert new.compared <= whole.compared
        assert sorted(map(str, [*kept, *rows(new)])) == sorted(map(str, rows(whole)))
