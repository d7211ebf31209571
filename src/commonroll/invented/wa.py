"""Washington: one pipe-separated registration file and voting history by period; no party anywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from commonroll.invented.columns import UNITS, Columns, voter_ids
from commonroll.invented.draw import Ints
from commonroll.invented.geography import Geography
from commonroll.invented.population import year_of
from commonroll.invented.rolls import INACTIVE, PENDING, Population
from commonroll.invented.turnout import elections, voted
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

REGISTRATION = official(
    """
    StateVoterID FName MName LName NameSuffix Birthyear Gender RegStNum RegStFrac RegStName RegStType
    RegUnitType RegStPreDirection RegStPostDirection RegStUnitNum RegCity RegState RegZipCode CountyCode
    PrecinctCode PrecinctPart LegislativeDistrict CongressionalDistrict Mail1 Mail2 Mail3 MailCity
    MailZip MailState MailCountry Registrationdate LastVoted StatusCode
    """
)
HISTORY = ["VoterHistoryID", "CountyCode", "CountyCode_Voting", "StateVoterID", "ElectionDate"]
STATUSES = ("Active", "Inactive", "Pending")
PERIODS = ((2019, 2022), (2023, 2026))
NO_FIRST, NO_LAST = "-VOTER_DID_NOT_PROVIDE_FIRSTNAME", "-VOTER_DID_NOT_PROVIDE_LASTNAME"


def registration_lines(whole: Population, text: Columns) -> pa.Array:
    """The 33 columns of the 2023 extract."""
    roll, n, people = text.roll, len(text.roll), text.people
    empty = pa.nulls(n, pa.string())
    city, state, zip5 = text.mail_town
    latest = last_voted(whole, text)
    pieces = [
        voter_ids("WA", roll),
        override(text.first, text.rare(81, 6), NO_FIRST),
        text.middle,
        override(text.last, text.rare(82, 3), NO_LAST),
        text.suffix,
        digits(year_of(roll.birth)),
        look_up(pool(("F", "M", "U")), np.where(text.rare(83, 150), 2, people.male[roll.person])),
        text.number,
        text.fraction,
        text.street_part("name"),
        text.street_part("type"),
        look_up(pool(UNITS), text.unit_kind),
        text.street_part("pre"),
        text.street_part("post"),
        digits(text.unit_number, where=text.unit_number > 0),
        text.city,
        text.state,
        text.zip5,
        look_up(districts_pool(text.geo), text.precinct),
        text.mail_line,
        empty,
        empty,
        city,
        zip5,
        state,
        empty,
        override(dates(roll.registered, "%Y-%m-%d"), text.rare(84, 2), "2218-06-11"),
        dates(latest, "%Y-%m-%d", latest > 0),
        look_up(pool(STATUSES), np.where(roll.status == PENDING, 2, roll.status == INACTIVE)),
    ]
    return lines(pieces, "|")


def districts_pool(geo: Geography) -> pa.Array:
    """For each precinct the five fields from CountyCode to CongressionalDistrict."""
    return pool("|".join(precinct_fields(geo, p)) for p in range(len(geo.precincts.county)))


def precinct_fields(geo: Geography, p: int) -> list[str]:
    lots = geo.precincts
    number = int(lots.number[p]) + 1
    part = str(int(lots.in_town[p]) % 3 + 1) if p % 4 else ""
    district = lots.district
    seats = [str(district[kind][p]) for kind in ("legislative", "congress")]
    return [geo.county_of(p).code, f"{number * 11 + 100}", part, *seats]


def last_voted(whole: Population, text: Columns) -> Ints:
    latest = np.zeros(len(text.roll), dtype=np.int64)
    for election in elections("WA"):
        latest = np.where(voted(whole.people, text.roll, election), election.day, latest)
    return latest


def history_lines(whole: Population, text: Columns, period: tuple[int, int], first_id: int) -> pa.Array:
    """Participation alone: who, when, and in which county."""
    held = [e for e in elections("WA") if period[0] <= e.year <= period[1]]
    took = np.column_stack([voted(whole.people, text.roll, e) for e in held])
    row, election = np.nonzero(took)
    county = look_up(pool(c.code for c in text.geo.counties), text.county).take(pa.array(row))
    pieces = [
        digits(first_id + np.arange(len(row))),
        county,
        county,
        voter_ids("WA", text.roll).take(pa.array(row)),
        look_up(pool(str(e.date) for e in held), election),
    ]
    return lines(pieces, "|")


def write_files(folder: Path, whole: Population, rows: Ints, delivered: str) -> list[Path]:
    """The extract, then the history of each period."""
    roll = whole.rolls["WA"]
    extract = folder / f"{delivered}_VRDB_Extract.txt"
    with OfficialFile(extract, header(REGISTRATION, "|")) as out:
        for chunk in chunks(rows):
            out.write(registration_lines(whole, Columns(whole, "WA", roll.take(chunk))))
    return [extract] + [write_history(folder, whole, rows, delivered, period) for period in PERIODS]


def write_history(
    folder: Path, whole: Population, rows: Ints, delivered: str, period: tuple[int, int]
) -> Path:
    path = folder / f"{delivered}_VotingHistory_{period[0]}-{period[1]}.txt"
    number = 400_000_000 + 50_000_000 * PERIODS.index(period)
    with OfficialFile(path, header(HISTORY, "|")) as out:
        for chunk in chunks(rows):
            text = Columns(whole, "WA", whole.rolls["WA"].take(chunk))
            written = history_lines(whole, text, period, number)
            out.write(written)
            number += len(written)
    return path
