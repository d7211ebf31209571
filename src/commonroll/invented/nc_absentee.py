"""North Carolina's absentee file of one election: mail ballots on their way, and in-person early votes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.draw import Bools, Ints, one_of
from commonroll.invented.nc import THIS_YEAR, NorthCarolina, blank_unless, columns, dotted, precinct_label
from commonroll.invented.population import OF_AGE, year_of
from commonroll.invented.rolls import DUPLICATE, Population
from commonroll.invented.turnout import EARLY, MAIL, REGULAR_DEADLINE, Election, elections, method, voted
from commonroll.invented.write import (
    OfficialFile,
    chunks,
    dates,
    digits,
    header,
    lines,
    look_up,
    official,
    pool,
)

ABSENTEE = official(
    """
    county_desc voter_reg_num ncid voter_last_name voter_first_name voter_middle_name race ethnicity
    gender age voter_street_address voter_city voter_state voter_zip ballot_mail_street_address
    ballot_mail_city ballot_mail_state ballot_mail_zip other_mail_addr1 other_mail_addr2
    other_city_state_zip relative_request_name relative_request_address relative_request_city
    relative_request_state relative_request_zip election_dt voter_party_code precinct_desc
    cong_dist_desc nc_house_desc nc_senate_desc ballot_req_delivery_type ballot_req_type
    ballot_request_party ballot_req_dt ballot_send_dt ballot_rtn_dt ballot_rtn_status site_name sdr
    mail_veri_status
    """
)

RACES = (
    "WHITE",
    "BLACK or AFRICAN AMERICAN",
    "UNDESIGNATED",
    "ASIAN",
    "INDIAN AMERICAN or ALASKA NATIVE",
    "TWO or MORE RACES",
    "OTHER",
    "NATIVE HAWAIIAN or PACIFIC ISLANDER",
    "UNDESIGNATED",
)
ETHNICS = ("NOT HISPANIC or NOT LATINO", "HISPANIC or LATINO", "UNDESIGNATED")
PARTIES = ("DEM", "REP", "UNA", "LIB")
# What became of a ballot whose voter counts as having voted, and of one whose voter does not.
COUNTED = (("ACCEPTED", 970), ("ACCEPTED - CURED", 30))
NOT_COUNTED = (
    ("", 640),
    ("RETURNED AFTER DEADLINE", 110),
    ("WITNESS INFO INCOMPLETE", 70),
    ("PHOTO ID NONCOMPLIANT", 50),
    ("ID NOT PROVIDED", 40),
    ("SIGNATURE DIFFERENT", 30),
    ("RETURNED UNDELIVERABLE", 30),
    ("NO TIME FOR CURE - CONTACTED", 15),
    ("CANCELLED", 15),
)
SPOILED = "SPOILED"
OUTCOMES = (*(word for word, _ in COUNTED + NOT_COUNTED), SPOILED)
SITES = (
    "MAIN LIBRARY",
    "COUNTY BOARD OF ELECTIONS",
    "RECREATION CENTER",
    "COMMUNITY COLLEGE",
    "SENIOR CENTER",
)


def write_absentee(path: Path, whole: Population, rows: Ints) -> None:
    """One line per ballot requested for the latest general election; a spoiled ballot has its own."""
    election = elections("NC")[-1]
    with OfficialFile(path, header(ABSENTEE, ",", '"')) as out:
        for chunk in chunks(rows):
            asked, outcome = requests(columns(whole, chunk), election)
            out.write(absentee_lines(columns(whole, chunk[asked]), outcome, election))


def requests(text: NorthCarolina, election: Election) -> tuple[Ints, Ints]:
    """Rows that asked for a ballot, repeated where one was spoiled, and the outcome of each."""
    roll, people = text.roll, text.people
    way, took = method("NC", people, roll, election), voted(people, roll, election)
    able = (
        (roll.left > election.day)
        & (roll.kind != DUPLICATE)
        & (people.birth[roll.person] + OF_AGE <= election.day)
        & (roll.registered < election.day - 40)
    )
    early, posted = took & (way == EARLY), took & (way == MAIL)
    waiting = able & ~took & text.rare(51, 300)
    counted = pick_outcome(COUNTED, text, 52)
    failed = len(COUNTED) + pick_outcome(NOT_COUNTED, text, 53)
    outcome = np.where(posted, counted, np.where(early, 0, failed))
    asked = np.flatnonzero(early | posted | waiting)
    spoiled = np.flatnonzero(posted & text.rare(54, 150))
    every = np.r_[asked, spoiled]
    final = np.r_[outcome[asked], np.full(len(spoiled), len(OUTCOMES) - 1)]
    order = np.argsort(every, kind="stable")
    return every[order], final[order]


def pick_outcome(table: tuple[tuple[str, int], ...], text: NorthCarolina, salt: int) -> Ints:
    edges = np.cumsum([weight for _, weight in table])
    return np.searchsorted(edges, one_of(text.luck, salt, int(edges[-1])), side="right").astype(np.int64)


def journey(text: NorthCarolina, outcome: Ints, election: Election, early: Bools) -> tuple[Ints, Ints, Ints]:
    """Days on which the ballot was asked for, sent and returned; the last is -1 where none came back."""
    open_day = election.day - 5 - one_of(text.luck, 55, 14)
    in_person = np.maximum(open_day, text.roll.registered)
    asked = np.where(early, in_person, election.day - 20 - one_of(text.luck, 56, 45))
    asked = np.where(early, asked, np.maximum(asked, text.roll.registered + 1))
    sent = np.where(early, asked, np.maximum(asked + 1, election.day - 39) + one_of(text.luck, 57, 4))
    in_time = np.minimum(sent + 4 + one_of(text.luck, 58, 14), election.day)
    words = np.array(OUTCOMES)[outcome]
    late = election.day + 1 + one_of(text.luck, 58, 6)
    back = np.where(words == "RETURNED AFTER DEADLINE", late, in_time)
    never = ~early & np.isin(words, ("", "CANCELLED", "RETURNED UNDELIVERABLE"))
    return asked, sent, np.where(never, -1, np.where(early, in_person, back))


def absentee_lines(text: NorthCarolina, outcome: Ints, election: Election) -> pa.Array:
    """The 42 columns: the voter, where the ballot went, and what became of it."""
    early = voted(text.people, text.roll, election) & (
        method("NC", text.people, text.roll, election) == EARLY
    )
    pieces = voter_columns(text, early) + ballot_columns(text, outcome, election, early)
    return lines(pieces, ",", '"')


def voter_columns(text: NorthCarolina, early: Bools) -> list[pa.Array]:
    """From `county_desc` to `relative_request_zip`."""
    roll, n = text.roll, len(text.roll)
    sex = np.where(text.rare(37, 400), 2, text.people.male[roll.person])
    age = np.where(text.rare(59, 5), 226, THIS_YEAR - year_of(roll.birth))
    home = [text.address, text.city, text.state, text.zip5]
    mail = [text.mail_line, *text.mail_town]
    sent_to = [pc.coalesce(part, own) for part, own in zip(mail, home, strict=True)]
    return [
        look_up(pool(c.name.upper() for c in text.geo.counties), text.county),
        text.reg_num(),
        pc.utf8_rtrim_whitespace(text.ncid()),
        text.last,
        text.first,
        text.middle,
        look_up(pool(RACES), text.race()),
        look_up(pool(ETHNICS), text.ethnic()),
        look_up(pool(("FEMALE", "MALE", "UNDESIGNATED")), sex),
        digits(age),
        *(blank_unless(part, ~roll.guarded) for part in home),
        *(blank_unless(part, ~roll.guarded & ~early) for part in sent_to),
        *(pa.nulls(n, pa.string()) for _ in range(8)),
    ]


def ballot_columns(text: NorthCarolina, outcome: Ints, election: Election, early: Bools) -> list[pa.Array]:
    """From `election_dt` to `mail_veri_status`."""
    roll, n, district = text.roll, len(text.roll), text.geo.precincts.district
    asked, sent, back = journey(text, outcome, election, early)
    party = look_up(pool(PARTIES), roll.party)
    same_day = early & (roll.registered >= election.day - REGULAR_DEADLINE)
    return [
        pa.repeat(pa.scalar(dotted(election)), n),
        party,
        text.by_precinct([precinct_label(text.geo, p)[1] for p in range(len(district["house"]))]),
        text.by_precinct([f"CONGRESSIONAL DISTRICT {d}" for d in district["congress"]]),
        text.by_precinct([f"NC HOUSE DISTRICT {d}" for d in district["house"]]),
        text.by_precinct([f"NC SENATE DISTRICT {d}" for d in district["senate"]]),
        look_up(pool(("MAIL", "IN PERSON")), early.astype(np.int64)),
        look_up(pool(("MAIL", "EARLY VOTING")), early.astype(np.int64)),
        party,
        dates(asked, "%m/%d/%Y"),
        dates(sent, "%m/%d/%Y"),
        dates(back, "%m/%d/%Y", back > 0),
        look_up(pool(OUTCOMES), outcome),
        look_up(pool(SITES), one_of(text.luck, 60, len(SITES)), early),
        look_up(pool(("N", "Y")), same_day.astype(np.int64)),
        look_up(pool(("VERIFIED",)), np.zeros(n, dtype=np.int64), ~early),
    ]
