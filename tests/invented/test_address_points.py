"""Invented address points: every invented building has one, on its street, and nobody is in the file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from commonroll.invented.generate import generate


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("points")
    generate(["NC"], 3_000, 7, out)
    return out


def test_each_voters_building_has_one_point(made: Path) -> None:
    found = duckdb.sql(
        f"""
        WITH points AS (FROM read_csv('{made}/address-points/NC.csv', all_varchar = true)),
        doors AS (
            SELECT regexp_replace(trim(res_street_address), ' (APT|UNIT|LOT) .*$', '') AS line, zip_code
            FROM read_csv('{made}/NC/ncvoter_Statewide.txt', delim = '\t', quote = '"', all_varchar = true,
                          encoding = 'latin-1')
            WHERE trim(res_street_address) <> '' AND res_street_address NOT LIKE '% 1/2 %'
              AND res_street_address NOT LIKE 'REMOVED%' AND confidential_ind <> 'Y'
        )
        SELECT count(*), count(LON), (SELECT count(*) FROM points),
               (SELECT count(DISTINCT (NUMBER, STREET, CITY, POSTCODE)) FROM points)
        FROM doors LEFT JOIN points
          ON regexp_replace(line, ' +', ' ', 'g') = NUMBER || ' ' || STREET AND zip_code = POSTCODE
        """
    ).fetchone()
    assert found is not None
    voters, placed, points, distinct = found
    assert voters > 2_500 and placed >= voters * 0.99
    assert points == distinct


def test_the_columns_are_those_of_public_points_and_none_is_of_a_person(made: Path) -> None:
    first = (made / "address-points" / "NC.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.replace('"', "") == "LON,LAT,NUMBER,STREET,UNIT,CITY,POSTCODE"


def test_two_sides_of_a_street_face_each_other(made: Path) -> None:
    wide = duckdb.sql(
        f"""
        SELECT max(high - low) FROM (
            SELECT max(LAT) * 111195 AS high, min(LAT) * 111195 AS low
            FROM '{made}/address-points/NC.csv' GROUP BY STREET, POSTCODE, NUMBER // 100)
        """
    ).fetchone()
    assert wide is not None and wide[0] >= 17


def test_each_point_stands_beside_the_street_of_its_name_on_the_map(made: Path) -> None:
    found = duckdb.sql(
        f"""
        WITH lines AS (
            SELECT properties.name AS name, geometry.coordinates[1][1] AS west,
                   geometry.coordinates[2][1] AS east, geometry.coordinates[1][2] AS north
            FROM read_json('{made}/streets/NC.geojsonl') WHERE properties.name IS NOT NULL),
        beside AS (
            SELECT LON, LAT, NUMBER, STREET, POSTCODE, min(abs(LAT - north) * 111195) AS metres
            FROM read_csv('{made}/address-points/NC.csv', all_varchar = false) AS p
            JOIN lines ON name = STREET AND LON BETWEEN west AND east
            GROUP BY ALL)
        SELECT count(*), max(metres), (SELECT count(*) FROM '{made}/address-points/NC.csv') FROM beside
        """
    ).fetchone()
    assert found is not None
    points, farthest, every = found
    assert points == every and farthest < 10
