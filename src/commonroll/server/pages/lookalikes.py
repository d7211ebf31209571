"""Five invented people, shown in place of real ones wherever a draft says what a recipient would see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonroll.agreements.profile import Mask
from commonroll.roll.counties import counties_within
from commonroll.roll.schema import COLUMNS

PEOPLE = 5

_INVENTED: Mapping[str, tuple[str, ...]] = {
    "state_voter_id": ("000000101", "000000102", "000000103", "000000104", "000000105"),
    "county_voter_id": ("A101", "A102", "A103", "A104", "A105"),
    "first_name": ("MARISOL", "DEANDRE", "KATE", "WEI", "HAROLD"),
    "middle_name": ("ANNE", "T", "", "LI", "JAMES"),
    "last_name": ("EXAMPLE", "SAMPLE", "INVENTED-NAME", "SPECIMEN", "PATTERN"),
    "name_suffix": ("", "JR", "", "", "SR"),
    "birth_date": ("1988-04-17", "1999-11-02", "1975-06-30", "2001-01-09", "1946-08-21"),
    "birth_year": ("1988", "1999", "1975", "2001", "1946"),
    "age": ("38", "27", "51", "25", "80"),
    "sex": ("female", "male", "female", "male", "male"),
    "race": ("White", "Black", "White", "Asian", "White"),
    "ethnicity": ("Hispanic", "Not Hispanic", "Not Hispanic", "Not Hispanic", "Undesignated"),
    "party": ("DEM", "NPA", "REP", "DEM", "REP"),
    "party_source": ("D", "U", "R", "D", "R"),
    "status": ("active", "active", "inactive", "active", "active"),
    "registered_on": ("2016-03-01", "2018-09-14", "2002-10-05", "2020-02-20", "1980-05-12"),
    "residence_line1": ("12 EXAMPLE ST", "340 SAMPLE AVE", "7 PATTERN LN", "99 SPECIMEN RD", "5 MODEL CT"),
    "residence_unit": ("APT 2", "", "", "UNIT 9", ""),
    "residence_zip5": ("00101", "00102", "00103", "00104", "00105"),
    "mail_zip": ("00101", "00102", "00103", "00104", "00105"),
    "phone": ("+15555550101", "+15555550102", "", "+15555550104", "+15555550105"),
    "email": ("m@example.org", "", "k@example.org", "", ""),
    "precinct": ("01-A", "01-B", "02-A", "03-C", "01-A"),
    "congressional_district": ("1", "3", "1", "7", "2"),
    "state_senate_district": ("12", "8", "12", "31", "4"),
    "state_house_district": ("40", "22", "41", "88", "9"),
    "election_date": ("2024-11-05", "2024-11-05", "2022-11-08", "2024-11-05", "2024-03-19"),
    "election_type": ("general", "general", "general", "general", "primary"),
    "method": ("in_person", "mail", "early", "mail", "in_person"),
}
_BY_TYPE = {
    "string": ("example",) * PEOPLE,
    "date": ("2024-10-01",) * PEOPLE,
    "timestamp": ("2024-10-01T12:00:00Z",) * PEOPLE,
    "bool": ("false",) * PEOPLE,
}


@dataclass(frozen=True)
class Lookalikes:
    """A small table of invented values: qualified columns, and one row per invented person."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def lookalikes(columns: Mapping[str, Mask], state: str) -> Lookalikes:
    """Five invented people through `columns` (qualified name to mask), in the roll's order."""
    shown = tuple(name for name in COLUMNS if name in columns)
    by_column = [[masked(value, columns[name]) for value in _values(name, state)] for name in shown]
    return Lookalikes(shown, tuple(zip(*by_column, strict=True)))


def _values(qualified: str, state: str) -> tuple[str, ...]:
    column = COLUMNS[qualified]
    if column.name in ("county_fips", "county_name"):
        counties = sorted(counties_within(state), key=lambda county: county.fips)[:PEOPLE]
        return tuple(c.fips if column.name == "county_fips" else c.name.upper() for c in counties)
    if column.name in ("residence_state", "state", "mail_state"):
        return (state,) * PEOPLE
    if column.name in _INVENTED:
        return _INVENTED[column.name]
    if column.values:
        return tuple(column.values[n % len(column.values)] for n in range(PEOPLE))
    return _BY_TYPE.get(column.type, ("1",) * PEOPLE)


def masked(value: str, mask: Mask) -> str:
    """An invented value as the mask shows it."""
    if not value or mask == "null":
        return ""
    shapes = {
        "year": value[:4] + "-01-01",
        "decade": value[:3] + "0" + ("-01-01" if "-" in value else ""),
        "zip3": value[:3],
        "last4": value[-4:],
        "initial": value[:1],
        "bucket10": value[:-1] + "0" if value.isdigit() else value,
        "token": f"v1_{abs(hash_of(value)):x}",
    }
    return shapes.get(mask, value)


def hash_of(value: str) -> int:
    """A stand-in for a pseudonym: any fixed number that is not the value."""
    return sum((n + 7) * 1_000_003 * ord(letter) for n, letter in enumerate(value))
