"""Training on small rolls of invented people: what it finds, and what it refuses."""

import importlib
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from told_voters import told

from commonroll.errors import Refusal
from commonroll.identity import fitting, guards, models, records, training
from commonroll.identity.counted_u import Sides, counted_u
from commonroll.identity.model import Chance
from commonroll.identity.nodes import nodes
from commonroll.roll.engine import engine

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(scope="module", autouse=True)
def few_sampled():
    """Chances among strangers are sampled from as many pairs as small rolls need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "U_PAIRS", 100_000)
        yield


@pytest.fixture(scope="module")
def rolls(tmp_path_factory):
    """Link records of two rolls of one population, and how many people stand on both."""
    folder = tmp_path_factory.mktemp("rolls")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        make = importlib.import_module("voter_synth").make
        roll = importlib.import_module("synth_rolls").roll
    files = make(folder / "files", persons=6_000)
    paths = [folder / f"{member}.parquet" for member in "ab"]
    for member, file, path in zip("ab", files, paths, strict=True):
        records.write(records.records(roll(member, file), member), path)
    with duckdb.connect() as con:
        both = con.execute(
            "SELECT count(*) FROM read_parquet($1) JOIN read_parquet($2) USING (person_id)",
            [str(f) for f in files],
        ).fetchall()[0][0]
    return (*paths, both)


@pytest.fixture(scope="module")
def trained(rolls):
    return training.train(rolls[0], rolls[1], models.shipped())


def test_first_names_of_one_person_agree(trained):
    assert 0.93 < trained.chance("first_name", "same").m < 0.98


def test_a_birth_date_agrees_as_often_as_states_publish_one(trained):
    assert 0.75 < trained.chance("birth", "full date").m < 0.95


def test_the_prior_is_within_three_times_of_the_truth(trained, rolls):
    true = rolls[2] / (trained.trained_on["left"] * trained.trained_on["right"])
    assert true / 3 < trained.prior < true * 3


def test_every_level_says_how_it_is_known(trained):
    assert {chance.how_m for chance in trained.chances.values()} <= {"trained", "assumed", "derived", "kept"}
    assert trained.chance("phone", "same").how_m == "assumed"
    assert trained.chance("surname_place", "address, surname").how_u == "counted"


@pytest.mark.thorough
def test_a_rule_on_a_derived_column_is_found_out(rolls):
    """EM does not see that full_dob is dob and takes every pair for a match (specs/linkage.md, 2.1)."""
    with pytest.raises(Refusal, match="took strangers for matches") as refused:
        training.train(
            rolls[0], rolls[1], models.shipped(), rules=("l.full_dob = r.full_dob", training.NAMES_RULE)
        )
    assert "not full_dob" in refused.value.next_step


@pytest.mark.thorough
def test_files_that_are_all_alike_are_trained_or_refused_never_a_crash():
    first = ("ANNA", "BEN", "CARLA", "DAVID", "ELSA")
    lines = [
        f"{i} | {first[i % 5]} - {chr(65 + i % 26)}{chr(65 + i // 26)}STONE "
        f"| 19{40 + i % 60}-0{1 + i % 9}-1{i % 10} | F | {i} ELM ST, 43055 OH"
        for i in range(100)
    ]
    try:
        model = training.train(told("oh", *lines), told("zz", *lines[:60]), models.shipped())
    except Refusal as refused:
        assert refused.next_step
    else:
        guards.check(model.chances)


GUARDS = {
    "a level without chances": ({("birth", "gap"): None}, "no example"),
    "first names that seldom agree": ({("first_name", "same"): (0.175, 0.002)}, "took strangers for matches"),
    "agreement against a match": ({("sex", "same"): (0.4, 0.5)}, "count against a match"),
    "a home rarer than by chance": ({("surname_place", "address, surname"): (0.8, 1e-12)}, "rarer than"),
}


@pytest.mark.parametrize(("changed", "reason"), GUARDS.values(), ids=GUARDS)
def test_a_model_that_fails_a_guard_is_refused_with_what_to_do(changed, reason):
    chances = dict(models.shipped().chances)
    for key, chance in changed.items():
        if chance is None:
            del chances[key]
        else:
            chances[key] = Chance(*chance, "trained", "sampled")
    with pytest.raises(Refusal, match=reason) as refused:
        guards.check(chances)
    assert refused.value.next_step


HOMES = (
    "1 | ANNA - STONE | - | F | 1 ELM ST, 43055 OH",
    "2 | BEN - STONE | - | M | 1 ELM ST, 43055 OH",
    "3 | CARLA - STONE | - | F | 2 OAK ST, 43055 OH",
    "4 | DAVID - COLE | - | M | 1 ELM ST, 43055 OH",
)


def test_chance_agreement_is_counted_among_other_people():
    with engine() as con, nodes(con, told("oh", *HOMES), None) as made:
        u = counted_u(con, Sides(made.left, made.right, True)).u
    assert u["first_name", "same"] == 0
    assert u["surname_place", "address, surname"] == pytest.approx(2 / 12, rel=0.5)
    assert u["surname_place", "address"] == pytest.approx(4 / 12, rel=0.5)


def test_a_small_file_leaves_the_chances_almost_as_they_were():
    model = models.shipped()
    fitted = fitting.fit(told("oh", *HOMES), None, model, model)
    counted = [key for key, chance in fitted.chances.items() if chance.how_u == "counted"]
    for key in counted:
        chance = fitted.chances[key]
        assert chance.u == pytest.approx(model.chances[key].u, rel=0.5, abs=1e-5), key
    assert fitted.fitted.left == 4


def test_names_of_few_people_are_not_kept_in_a_model():
    lines = [f"{i} | ANNA - {'TREADWAYSON' if i < 9 else 'QUILLFEATHERS'} | - | F | -" for i in range(30)]
    kept = (
        fitting.fit(told("oh", *lines), None, models.shipped(), models.shipped()).shares["value"].to_pylist()
    )
    assert "QUILLFEATHERS" in kept
    assert "TREADWAYSON" not in kept


def test_a_base_without_a_level_does_not_hide_it():
    chances = {key: chance for key, chance in models.shipped().chances.items() if key[0] != "suffix"}
    with pytest.raises(Refusal, match="no example"):
        guards.check(replace(models.shipped(), chances=chances).chances)
