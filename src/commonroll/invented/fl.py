"""Florida: 67 county and 67 history files, tab-separated, no header, no quoting; latin-1 bytes occur."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.columns import Columns, voter_ids
from commonroll.invented.draw import Bools, Ints, mixed, one_of
from commonroll.invented.geography import Geography
from commonroll.invented.rolls import INACTIVE, PENDING, Population
from commonroll.invented.turnout import elections, method, voted
from commonroll.invented.write import OfficialFile, chunks, dates, lines, look_up, override, pool

STATUSES = ("ACT", "INA", "PRE")
PARTIES = ("DEM", "REP", "NPA", "LPF", "GRE", "IND", "CPF", "ECO", "PSL")
RACES = ("5", "3", "4", "2", "1", "6", "7", "9")
# At the polls, early, by mail, provisional not counted, mail not counted, did not vote.
HISTORY_CODES = ("Y", "E", "A", "P", "B", "N")
ELECTION_TYPES = {"general": "GEN", "primary": "PRI", "preference": "PPP", "special": "OTH"}
JUNK_DATES = ("00/00/0000", "", "11/08/0022", "99999999")


def registration_lines(text: Columns) -> pa.Array:
    """The 38 columns. The exempt keep county, id, flag, gender, race, registration date, party, status."""
    roll, n, people = text.roll, len(text.roll), text.people
    exempt, starred = roll.guarded, text.rare(71, 5000)
    empty = pa.nulls(n, pa.string())
    birth = dates(roll.birth, "%m/%d/%Y")
    listed = text.has_phone & text.rare(72, 3600)

    def open_to_all(column: pa.Array) -> pa.Array:
        return override(column, exempt, None)

    def masked(column: pa.Array) -> pa.Array:
        return override(open_to_all(column), exempt & starred, "*")

    pieces = [
        look_up(pool(c.code for c in text.geo.counties), text.county),
        voter_ids("FL", text.roll),
        masked(text.last),
        open_to_all(text.suffix),
        masked(text.first_quoted(text.rare(73, 40))),
        masked(text.middle),
        look_up(pool(("N", "Y")), exempt.astype(np.int64)),
        masked(text.line1),
        open_to_all(text.unit),
        masked(text.city),
        open_to_all(text.state),
        override(open_to_all(text.zip5), exempt & starred, "99999"),
        open_to_all(text.mail_line),
        empty,
        empty,
        *(open_to_all(part) for part in text.mail_town),
        empty,
        look_up(pool(("F", "M", "U")), np.where(text.rare(74, 250), 2, people.male[roll.person])),
        look_up(pool(RACES), race(text)),
        override(open_to_all(birth), text.rare(75, 25), None),
        dates(roll.registered, "%m/%d/%Y"),
        look_up(pool(PARTIES), party(text)),
        *(open_to_all(part) for part in precinct_columns(text)),
        look_up(pool(STATUSES), np.where(roll.status == PENDING, 2, roll.status == INACTIVE)),
        *(open_to_all(part) for part in district_columns(text)),
        override(open_to_all(text.area_code), ~listed, None),
        override(open_to_all(text.subscriber), ~listed, None),
        empty,
        override(open_to_all(text.email), ~text.rare(76, 2200), None),
    ]
    return lines(pieces, "\t")


def race(text: Columns) -> Ints:
    """Position in RACES, the last for unknown."""
    group = text.people.group[text.roll.person]
    told = np.where(group == 4, 4 + one_of(text.luck, 77, 3), group)
    return np.asarray(np.where(text.rare(78, 350), len(RACES) - 1, told))


def party(text: Columns) -> Ints:
    minor = 3 + one_of(text.luck, 79, len(PARTIES) - 3)
    return np.asarray(np.where(text.roll.party == 3, minor, text.roll.party))


def precinct_columns(text: Columns) -> list[pa.Array]:
    """Precinct, group, split and suffix."""
    lots, n = text.geo.precincts, len(text.geo.precincts.county)
    number = [str(int(lots.number[p]) + 101) for p in range(n)]
    split = [f"{number[p]}.{int(lots.in_town[p]) % 3 + 1}" if p % 5 else "" for p in range(n)]
    group = [str(int(lots.number[p]) % 4 + 1) if p % 11 == 0 else "" for p in range(n)]
    return [text.by_precinct(words) for words in (number, group, split, [""] * n)]


def district_columns(text: Columns) -> list[pa.Array]:
    """Congress, house, senate, commission, school board; some counties elect their school board at large."""
    numbers = text.geo.precincts.district
    found = [[str(d) for d in numbers[kind]] for kind in ("congress", "house", "senate", "commission")]
    school = [
        str(d) if c % 4 else "" for c, d in zip(text.geo.precincts.county, numbers["school"], strict=True)
    ]
    return [text.by_precinct(words) for words in (*found, school)]


def history_lines(whole: Population, text: Columns) -> pa.Array:
    held = elections("FL")
    took = np.column_stack([voted(whole.people, text.roll, e) for e in held])
    ways = np.column_stack([method("FL", whole.people, text.roll, e) for e in held])
    row, election = np.nonzero(took)
    at = pa.array(row)
    salt = mixed(text.luck[row], 80) + election.astype(np.uint64)
    junk: Bools = np.asarray(salt % np.uint64(20_000) == np.uint64(7))
    written = look_up(pool(f"{str(e.date)[5:7]}/{str(e.date)[8:]}/{e.year}" for e in held), election)
    odd = look_up(pool(JUNK_DATES), (salt >> np.uint64(40)).astype(np.int64) % len(JUNK_DATES))
    pieces = [
        look_up(pool(c.code for c in text.geo.counties), text.county).take(at),
        voter_ids("FL", text.roll).take(at),
        pc.if_else(pa.array(junk), odd, written),
        look_up(pool(ELECTION_TYPES[e.kind] for e in held), election),
        look_up(pool(HISTORY_CODES), ways[row, election]),
    ]
    return lines(pieces, "\t")


def write_files(folder: Path, whole: Population, rows: Ints, delivered: str) -> list[Path]:
    """A registration and a history file for each county, empty ones too; `rows` are in order of county."""
    geo: Geography = whole.geographies["FL"]
    roll = whole.rolls["FL"]
    county = geo.precincts.county[whole.places["FL"].precinct[roll.place[rows]]]
    files = []
    for index, place in enumerate(geo.counties):
        mine = rows[county == index]
        voters, history = (folder / f"{place.code}{mark}_{delivered}.txt" for mark in ("", "_H"))
        with OfficialFile(voters) as roll_out, OfficialFile(history) as history_out:
            for chunk in chunks(mine):
                text = Columns(whole, "FL", roll.take(chunk), accented=index % 3 == 0)
                roll_out.write(registration_lines(text))
                history_out.write(history_lines(whole, text))
        files += [voters, history]
    return files
