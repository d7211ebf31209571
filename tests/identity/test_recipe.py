"""The recipe of the linkage bars is frozen, and its two files hold what it promises."""

import hashlib
import importlib
from pathlib import Path

import duckdb
import pytest

BENCH = Path(__file__).parents[2] / "bench"
# A changed rate is another data set: name it anew in docs/adr/0059 with its figures, then pin it here.
FROZEN = "724d6dcff0eef8ff05295bc22002e63d5399dad042a9285ec64d42d504029ac3"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        make = importlib.import_module("voter_synth").make
    a, b = make(tmp_path_factory.mktemp("synth"), persons=6_000)
    with duckdb.connect() as con:
        con.execute("CREATE TABLE a AS FROM read_parquet($1)", [str(a)])
        con.execute("CREATE TABLE b AS FROM read_parquet($1)", [str(b)])
        yield con


def counted(con, question):
    return con.execute(question).fetchall()[0]


def test_the_recipe_is_the_frozen_one():
    text = (BENCH / "voter_synth.toml").read_bytes()
    assert hashlib.sha256(text).hexdigest() == FROZEN


def test_a_person_stands_once_in_each_file(files):
    for table in "ab":
        rows, people, ids = counted(
            files, f"SELECT count(*), count(DISTINCT person_id), count(DISTINCT unique_id) FROM {table}"
        )
        assert rows == people == ids > 4_500


def test_states_publish_what_the_recipe_says(files):
    rows = files.execute("SELECT DISTINCT state, coalesce(length(dob), 0) FROM a").fetchall()
    shown = {}
    for state, length in rows:
        shown.setdefault(state, set()).add(length)
    assert {0} == shown["MD"] == shown["MN"]
    assert {4} == shown["NC"] == shown["GA"]
    assert shown["TX"] <= {0, 10}  # day and month swapped may leave no date


def test_who_moved_is_told_by_the_states(files):
    wrong, far, near = counted(
        files,
        """SELECT count(*) FILTER ((b.moved = 'out of state') <> (a.state <> b.state)),
                  count(*) FILTER (b.moved = 'out of state'), count(*) FILTER (b.moved = 'in state')
           FROM a JOIN b USING (person_id)""",
    )
    assert wrong == 0
    assert 0 < far < near


def test_fathers_and_sons_share_the_whole_name(files):
    pairs, same_name, same_home, apart = counted(
        files,
        """SELECT count(*), count(*) FILTER (x.first_name = y.first_name AND x.last_name = y.last_name),
                  count(*) FILTER (x.household_id = y.household_id), min(abs(x.birth_year - y.birth_year))
           FROM a x JOIN a y ON x.namesake = y.person_id WHERE x.suffix = 'JR'""",
    )
    assert pairs == same_name == same_home > 10
    assert apart > 11


def test_twins_share_a_birth_and_no_name(files):
    pairs, same_birth, same_name = counted(
        files,
        """SELECT count(*), count(*) FILTER (x.birth_year - y.birth_year BETWEEN -11 AND 11),
                  count(*) FILTER (x.first_name = y.first_name)
           FROM a x JOIN a y ON x.twin_of = y.person_id WHERE x.birth_year + y.birth_year > 0""",
    )
    assert pairs == same_birth > 2
    assert same_name == 0
