"""Ohio: four comma-separated files by county number, every field quoted, quotes inside left as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from commonroll.invented.columns import Columns, voter_ids
from commonroll.invented.draw import Ints, one_of
from commonroll.invented.geography import Geography
from commonroll.invented.rolls import INACTIVE, Population
from commonroll.invented.turnout import Election, elections, voted
from commonroll.invented.write import (
    OfficialFile,
    chunks,
    dates,
    digits,
    header,
    lines,
    look_up,
    official,
    override,
    pool,
)

FIXED = official(
    """
    SOS_VOTERID COUNTY_NUMBER COUNTY_ID LAST_NAME FIRST_NAME MIDDLE_NAME SUFFIX DATE_OF_BIRTH
    REGISTRATION_DATE VOTER_STATUS PARTY_AFFILIATION RESIDENTIAL_ADDRESS1 RESIDENTIAL_SECONDARY_ADDR
    RESIDENTIAL_CITY RESIDENTIAL_STATE RESIDENTIAL_ZIP RESIDENTIAL_ZIP_PLUS4 RESIDENTIAL_COUNTRY
    RESIDENTIAL_POSTALCODE MAILING_ADDRESS1 MAILING_SECONDARY_ADDRESS MAILING_CITY MAILING_STATE
    MAILING_ZIP MAILING_ZIP_PLUS4 MAILING_COUNTRY MAILING_POSTAL_CODE CAREER_CENTER CITY
    CITY_SCHOOL_DISTRICT COUNTY_COURT_DISTRICT CONGRESSIONAL_DISTRICT COURT_OF_APPEALS
    EDU_SERVICE_CENTER_DISTRICT EXEMPTED_VILL_SCHOOL_DISTRICT LIBRARY LOCAL_SCHOOL_DISTRICT
    MUNICIPAL_COURT_DISTRICT PRECINCT_NAME PRECINCT_CODE STATE_BOARD_OF_EDUCATION
    STATE_REPRESENTATIVE_DISTRICT STATE_SENATE_DISTRICT TOWNSHIP VILLAGE WARD
    """
)
FILES = ((1, 22), (23, 44), (45, 66), (67, 88))
GAP = '","'
BALLOTS = ("", "X", "D", "R", "L", "G")
NO_BALLOT, UNDECLARED, DEMOCRAT, REPUBLICAN, LIBERTARIAN, GREEN = range(6)
MEMORY = 2 * 366


def history_columns() -> list[str]:
    """`PRIMARY-03/07/2000` and so on, oldest first."""
    return [f"{e.kind.upper()}-{str(e.date)[5:7]}/{str(e.date)[8:]}/{e.year}" for e in elections("OH")]


def ballots(whole: Population, text: Columns) -> list[Ints]:
    """For each election the position in BALLOTS: a party's letter, X for an undeclared ballot."""
    return [ballot(whole, text, election) for election in elections("OH")]


def ballot(whole: Population, text: Columns, election: Election) -> Ints:
    took = voted(whole.people, text.roll, election)
    if election.kind != "primary":
        return np.where(took, UNDECLARED, NO_BALLOT)
    side = whole.people.politics[text.roll.person]
    minor = LIBERTARIAN + one_of(text.luck, 62, 2)
    declared = np.where(side == 0, DEMOCRAT, np.where(side == 1, REPUBLICAN, minor))
    local = election.year % 2 == 1
    undeclared = one_of(text.luck, election.day + 1, 100) < (70 if local else 6)
    return np.asarray(np.where(took, np.where(undeclared, UNDECLARED, declared), NO_BALLOT))


def affiliation(cast: list[Ints], today: int) -> Ints:
    """The party of the last primary ballot of the two years past (R.C. 3513.19), else none."""
    party = np.zeros_like(cast[0])
    for election, chosen in zip(elections("OH"), cast, strict=True):
        if election.day > today - MEMORY:
            party = np.where(chosen >= DEMOCRAT, chosen, party)
    return party


def registration_lines(whole: Population, text: Columns, districts: pa.Array, today: int) -> pa.Array:
    """The 46 fixed columns and one per election, with placeholder dates and quoted nicknames."""
    roll, n = text.roll, len(text.roll)
    cast = ballots(whole, text)
    letters = pool(BALLOTS)
    empty = pa.nulls(n, pa.string())
    away = ~text.mails_home
    pieces = [
        voter_ids("OH", roll),
        look_up(pool(c.code for c in text.geo.counties), text.county),
        digits(roll.local),
        text.last,
        text.first_quoted(text.rare(63, 60)),
        text.middle,
        text.suffix,
        override(dates(roll.birth, "%Y-%m-%d"), text.rare(64, 8), "1800-01-01"),
        override(dates(roll.registered, "%Y-%m-%d"), text.rare(65, 400), "1900-01-01"),
        look_up(pool(("ACTIVE", "CONFIRMATION")), (roll.status == INACTIVE).astype(np.int64)),
        look_up(letters, affiliation(cast, today)),
        text.line1,
        text.unit,
        text.city,
        text.state,
        text.zip5,
        digits(text.zip4, where=text.zip4 > 0),
        empty,
        empty,
        text.mail_line,
        empty,
        *text.mail_town,
        empty,
        look_up(pool(("USA",)), np.zeros(n, dtype=np.int64), away & text.rare(66, 300)),
        empty,
        look_up(districts, text.precinct),
        *(look_up(letters, chosen) for chosen in cast),
    ]
    return lines(pieces, ",", '"')


def district_texts(geo: Geography) -> list[str]:
    """For each precinct the nineteen fields from CAREER_CENTER to WARD."""
    return [GAP.join(precinct_fields(geo, p)) for p in range(len(geo.precincts.county))]


def precinct_fields(geo: Geography, p: int) -> list[str]:
    lots, town, county = geo.precincts, geo.town_of(p), geo.county_of(p)
    seat = {kind: int(numbers[p]) for kind, numbers in lots.district.items()}
    name, number, inside = county.name.upper(), int(lots.number[p]) + 1, not lots.rural[p]
    city, village = inside and town.city, inside and not town.city
    ward = int(lots.in_town[p]) // 2 + 1
    letter = chr(65 + int(lots.in_town[p]) % 26)
    precinct = (
        f"{town.name} {ward}-{letter}" if city else f"{town.name} {'VILLAGE' if village else 'TWP'} {letter}"
    )
    return [
        f"{name} CAREER CENTER" if p % 3 else "",
        f"{town.name} CITY" if city else "",
        f"{town.name} CITY SD" if city else "",
        f"{name} COUNTY COURT" if county.thousands < 120 else "",
        f"{seat['congress']:02d}",
        f"{seat['court']:02d}",
        f"ESC OF {name}" if not city else "",
        f"{town.name} EX VILL SD" if village and p % 4 == 0 else "",
        f"{name} COUNTY LIBRARY" if p % 5 == 0 else "",
        f"{town.name} LOCAL SD ({name})" if not city and not (village and p % 4 == 0) else "",
        f"{town.name} MUNICIPAL COURT" if county.thousands >= 120 else "",
        precinct,
        f"{county.code}{town.abbreviation[:2]}{number:03d}",
        f"{seat['board']:02d}",
        f"{seat['house']:02d}",
        f"{seat['senate']:02d}",
        f"{town.name} TWP"[:20] if not inside else "",
        f"{town.name} VILLAGE"[:20] if village else "",
        f"{town.name[:9]} WARD {ward}" if city else "",
    ]


def write_files(folder: Path, whole: Population, rows: Ints, today: int) -> list[Path]:
    """The four SWVF files; `rows` are positions on the roll in order of county."""
    geo = whole.geographies["OH"]
    districts, top = pool(district_texts(geo)), header(FIXED + history_columns(), ",", '"')
    county = geo.precincts.county[whole.places["OH"].precinct[whole.rolls["OH"].place[rows]]] + 1
    files = []
    for low, high in FILES:
        path = folder / f"SWVF_{low}_{high}.txt"
        with OfficialFile(path, top) as out:
            for chunk in chunks(rows[(county >= low) & (county <= high)], 50_000):
                text = Columns(whole, "OH", whole.rolls["OH"].take(chunk))
                out.write(registration_lines(whole, text, districts, today))
        files.append(path)
    return files
