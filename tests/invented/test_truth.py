"""The truth beside the files: complete, and never about anybody real."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest
import reading

from commonroll.invented import generate

Connection = duckdb.DuckDBPyConnection


@pytest.fixture
def truth(first: Path) -> Connection:
    con = duckdb.connect()
    for table in ("people", "registrations"):
        con.read_parquet(str(first / "truth" / f"{table}.parquet")).create_view(table)
    return con


def all_of(con: Connection, sql: str) -> list[tuple[object, ...]]:
    return con.execute(sql).fetchall()


@pytest.mark.parametrize("delivery", ["first", "second"])
def test_each_registration_is_in_a_file_and_each_row_of_a_file_in_the_truth(
    delivery: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(delivery)
    truth = duckdb.read_parquet(str(folder / "truth" / "registrations.parquet"))
    for state, published in reading.published_ids(folder).items():
        known = truth.filter(f"state = '{state}'").project("state_voter_id").fetchall()
        assert Counter(published) == Counter(row[0] for row in known)


def test_each_registration_belongs_to_a_person(truth: Connection) -> None:
    assert not all_of(truth, "SELECT 1 FROM registrations ANTI JOIN people USING (person)")
    assert all_of(truth, "SELECT count(*) = count(DISTINCT person) FROM people") == [(True,)]


def test_old_rows_are_of_people_who_live_in_another_of_the_states(truth: Connection) -> None:
    rows = all_of(
        truth,
        """SELECT old.state, now.state, people.lives_in
           FROM registrations old JOIN registrations now USING (person) JOIN people USING (person)
           WHERE old.kind = 'stale' AND now.kind = 'current'""",
    )
    assert len(rows) > 200
    assert all(old != now == home for old, now, home in rows)
    moves = {(old, now) for old, now, _ in rows}
    assert len(moves) == 12


def test_who_has_one_current_row(truth: Connection) -> None:
    counts = all_of(
        truth,
        "SELECT person, count(*) FROM registrations WHERE kind = 'current' GROUP BY 1 HAVING count(*) > 1",
    )
    assert not counts
    assert not all_of(
        truth,
        """SELECT 1 FROM people LEFT JOIN registrations r ON r.person = people.person AND r.kind = 'current'
           WHERE (lives_in IS NULL) <> (r.person IS NULL)""",
    )


def test_a_double_entry_has_another_number_in_the_same_state(truth: Connection) -> None:
    rows = all_of(
        truth,
        """SELECT a.state = b.state, a.state_voter_id <> b.state_voter_id
           FROM registrations a JOIN registrations b USING (person)
           WHERE a.kind = 'duplicate' AND b.kind = 'current'""",
    )
    assert len(rows) == 4 * 6 and set(rows) == {(True, True)}


def test_phones_and_addresses_on_the_net_are_fictional(truth: Connection) -> None:
    phones = all_of(truth, "SELECT DISTINCT phone FROM registrations WHERE phone IS NOT NULL")
    assert phones and all(str(phone)[3:8] == "55501" and len(str(phone)) == 10 for (phone,) in phones)
    hosts = all_of(
        truth, "SELECT DISTINCT split_part(email, '@', 2) FROM registrations WHERE email IS NOT NULL"
    )
    assert {host for (host,) in hosts} == {"example.org", "example.com", "example.net"}


def test_published_phones_are_fictional_too(first: Path) -> None:
    shown = {row["full_phone_number"][3:8] for row in reading.nc(first)} - {""}
    assert shown == {"55501"}
    assert {row["phone"][:5] for row in reading.fl(first)} - {""} == {"55501"}


def test_ages_run_from_preregistration_to_105(truth: Connection) -> None:
    ((youngest, oldest),) = all_of(truth, "SELECT max(birth_date), min(birth_date) FROM people")
    assert isinstance(youngest, date) and isinstance(oldest, date)
    assert youngest <= date(2010, 11, 24)
    assert date(1920, 11, 1) <= oldest <= date(1935, 1, 1)
    ((under,),) = all_of(truth, "SELECT avg((birth_date > DATE '2008-11-24')::INT) FROM people")
    assert isinstance(under, float) and 0 < under < 0.02


def test_households_share_surname_and_door(truth: Connection) -> None:
    ((shared, mixed, largest),) = all_of(
        truth,
        """SELECT count(*) FILTER (surnames = 1), count(*) FILTER (surnames > 1), max(people) FROM
           (SELECT count(*) people, count(DISTINCT last) surnames FROM people
            WHERE household IS NOT NULL GROUP BY household HAVING count(*) > 1)""",
    )
    assert isinstance(shared, int) and isinstance(mixed, int)
    assert shared > mixed > 100
    assert largest == 6
    doors = """SELECT household FROM registrations WHERE kind = 'current'
               GROUP BY household HAVING count(DISTINCT (house_number, street, unit, city, zip5)) > 1"""
    assert not all_of(truth, doors)
    shared_door = """SELECT state, house_number, street, unit, city FROM registrations WHERE kind = 'current'
                     GROUP BY ALL HAVING count(DISTINCT household) > 1"""
    assert not all_of(truth, shared_door)


def test_fathers_and_sons_twins_and_namesakes_occur(truth: Connection) -> None:
    ((juniors,),) = all_of(
        truth,
        """SELECT count(*) FROM people son JOIN people father USING (household, first, last)
           WHERE son.suffix = 'JR' AND father.birth_date < son.birth_date AND father.sex = 'male'""",
    )
    ((twins,),) = all_of(
        truth,
        """SELECT count(*) FROM people a JOIN people b USING (household, birth_date, last)
           WHERE a.person < b.person AND a.first <> b.first""",
    )
    ((namesakes,),) = all_of(
        truth,
        "SELECT count(*) FROM (SELECT 1 FROM people GROUP BY first, last, lives_in HAVING count(*) > 1)",
    )
    assert all(isinstance(n, int) and n > 3 for n in (juniors, twins, namesakes))


def test_a_state_on_its_own_has_rows_of_people_from_elsewhere(tmp_path: Path) -> None:
    generate(["WA"], 3_000, 2, tmp_path)
    rows = duckdb.read_parquet(str(tmp_path / "truth" / "registrations.parquet"))
    assert rows.filter("kind = 'stale'").count("*").fetchall()[0][0] > 10
    assert len(reading.wa(tmp_path)) == 3_000
