"""Slices are told from the records; a group that is matched worse is named."""

import ibis
import pytest

from commonroll.identity.accuracy import SIDES, Accuracy, labelled
from commonroll.identity.fairness import gaps
from commonroll.identity.records import RECORD_TYPES
from commonroll.identity.slices import SLICES, Slice, by_slice, sliced

pytestmark = pytest.mark.usefixtures("backend_apart")

YEAR = 2026
BLANK = dict.fromkeys(RECORD_TYPES)
SMITH = BLANK | {
    "first_name": "ANN", "first_root": "ANN", "last_name": "MUELLER", "sex": "F", "dob": "1980-02-03",
    "full_dob": "1980-02-03", "birth_year": 1980, "born_from": 1980, "born_to": 1980, "zip": "43001",
    "house": "12", "addrzip": "12 OAK ST|43001", "state": "OH",
}  # fmt: skip
YEAR_ONLY = {"dob": "1980", "full_dob": None}
NO_BIRTH = YEAR_ONLY | {"dob": None, "birth_year": None, "born_from": None, "born_to": None}
AGE_ONLY = NO_BIRTH | {"born_from": 1979, "born_to": 1980}
NEXT_TOWN = {"addrzip": "9 ELM ST|43002", "zip": "43002", "house": "9"}
TEXAS = NEXT_TOWN | {"state": "TX"}


def slices_of(left, right, *others, told=None):
    """The values of the pair of two records; `others` stand beside them on the left one's roll."""
    rows = [SMITH | {"member": "a", "record": "1"} | left, SMITH | {"member": "b", "record": "2"} | right]
    rows += [SMITH | {"member": "a", "record": f"9{i}"} | other for i, other in enumerate(others)]
    records = ibis.memtable(rows, schema=RECORD_TYPES).cache()
    pair = ibis.memtable([dict(zip(SIDES, ("a", "1", "b", "2"), strict=True))])
    (row,) = sliced(labelled(pair, pair), records, YEAR, told).to_pyarrow().to_pylist()
    return row


@pytest.mark.parametrize(
    "name, left, right, value",
    [
        ("birth", {}, {}, "full"),
        ("birth", {}, YEAR_ONLY, "year"),
        ("birth", AGE_ONLY, YEAR_ONLY, "age"),
        ("birth", YEAR_ONLY, NO_BIRTH, "none"),
        ("moved", {}, {}, "same address"),
        ("moved", {}, {"addrzip": "12 OKA ST|43001"}, "same address"),
        ("moved", {}, NEXT_TOWN, "in state"),
        ("moved", {}, TEXAS, "out of state"),
        ("origin", {}, {}, "white"),
        ("origin", {"last_name": "HERNANDEZ-MUELLER"}, {}, "hispanic"),
        ("origin", {"last_name": "DE LA CRUZ"}, {}, "hispanic"),
        ("origin", {"last_name": "O'BRIEN"}, {}, "white"),
        ("origin", {"last_name": "XQZWY"}, {}, "rare name"),
        ("age", {}, {}, "35 to 49"),
        ("age", NO_BIRTH, {}, "35 to 49"),
        ("age", NO_BIRTH, NO_BIRTH, "unknown"),
        ("sex", {"sex": None}, {}, "F"),
        ("sex", {"sex": None}, {"sex": None}, "unknown"),
        ("state", {}, TEXAS, "OH"),
    ],
)
def test_a_pair_stands_in(name, left, right, value):
    assert slices_of(left, right)[name] == value


@pytest.mark.parametrize(
    "others, family, household",
    [
        ([], "neither", "1"),
        ([{"first_root": "EVE"}], "twins", "2"),
        ([{"birth_year": 1950, "full_dob": "1950-01-01"}], "father and son", "2"),
        ([{"suffix": "JR", "full_dob": "1980-09-09"}], "father and son", "2"),
        ([{"first_root": "EVE", "full_dob": "1981-09-09"}] * 3, "neither", "3 and more"),
        ([TEXAS | {"birth_year": 1950}], "neither", "1"),
    ],
)
def test_the_household_of_a_pair(others, family, household):
    found = slices_of({}, {}, *others)
    assert (found["family"], found["household"]) == (family, household)


def test_records_without_an_address_have_no_household():
    nowhere = {"addrzip": None, "house": None}
    found = slices_of(nowhere, nowhere, nowhere | {"suffix": "JR"})
    assert (found["family"], found["household"]) == ("neither", "unknown")


def test_truth_knows_better_than_the_records():
    told = ibis.memtable([{"member": "b", "record": "2", "moved": "in state"}])
    assert slices_of({}, {}, told=told)["moved"] == "in state"


def test_each_pair_is_in_one_value_of_each_slice():
    rows = [SMITH | {"member": m, "record": r} for m in "ab" for r in "123"]
    records = ibis.memtable(rows, schema=RECORD_TYPES).cache()
    scored = ibis.memtable([dict(zip(SIDES, ("a", r, "b", s), strict=True)) for r in "123" for s in "123"])
    true = ibis.memtable([dict(zip(SIDES, ("a", r, "b", r), strict=True)) for r in "123"])
    found = by_slice(sliced(labelled(scored, true), records, YEAR), least=9)
    for name in SLICES:
        mine = [one for one in found if one.name == name]
        assert sum(one.accuracy.linked for one in mine) == 9
        assert sum(one.accuracy.right for one in mine) == 3
        assert all(one.judged == (one.accuracy.size >= 9) for one in mine)


def group(value, right, true, linked=None):
    figures = Accuracy(linked=right if linked is None else linked, right=right, true=true)
    return Slice("origin", value, figures, judged=True)


def test_a_group_that_is_missed_more_often_is_named():
    (gap,) = gaps([group("white", 9_800, 10_000), group("hispanic", 930, 1_000)])
    assert (gap.value, gap.measure, gap.rate, gap.others) == ("hispanic", "recall", 0.93, 0.98)
    assert gap.chance < 1e-6


def test_a_group_that_is_joined_wrongly_more_often_is_named():
    (gap,) = gaps([group("white", 9_990, 9_990, 9_995), group("asian", 1_980, 1_980, 2_000)])
    assert (gap.value, gap.measure) == ("asian", "precision")


@pytest.mark.parametrize(
    "others",
    [
        group("asian", 965, 1_000),  # within the margin
        group("asian", 9, 12),  # too few to tell
        group("unknown", 500, 1_000),  # no group of people
    ],
)
def test_groups_that_are_not_named(others):
    assert gaps([group("white", 9_800, 10_000), others]) == ()


def test_circumstances_are_no_groups_of_people():
    bad = Slice("birth", "none", Accuracy(linked=100, right=100, true=1_000), judged=True)
    good = Slice("birth", "full", Accuracy(linked=1_000, right=1_000, true=1_000), judged=True)
    assert gaps([bad, good]) == ()
