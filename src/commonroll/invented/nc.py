"""North Carolina: tab-separated, every field quoted, latin-1; registration, history and absentee files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.columns import Columns, voter_ids
from commonroll.invented.draw import Bools, Ints, Luck, mixed, one_of
from commonroll.invented.geography import Geography
from commonroll.invented.population import year_of
from commonroll.invented.rolls import ACTIVE, INACTIVE, OFF, PARTY_MINOR, Population
from commonroll.invented.turnout import Election, elections, method, voted
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
    county_id county_desc voter_reg_num ncid last_name first_name middle_name name_suffix_lbl status_cd
    voter_status_desc reason_cd voter_status_reason_desc res_street_address res_city_desc state_cd
    zip_code mail_addr1 mail_addr2 mail_addr3 mail_addr4 mail_city mail_state mail_zipcode
    full_phone_number confidential_ind registr_dt race_code ethnic_code party_cd gender_code birth_year
    age_at_year_end birth_state drivers_lic precinct_abbrv precinct_desc municipality_abbrv
    municipality_desc ward_abbrv ward_desc cong_dist_abbrv super_court_abbrv judic_dist_abbrv
    nc_senate_abbrv nc_house_abbrv county_commiss_abbrv county_commiss_desc township_abbrv township_desc
    school_dist_abbrv school_dist_desc fire_dist_abbrv fire_dist_desc water_dist_abbrv water_dist_desc
    sewer_dist_abbrv sewer_dist_desc sanit_dist_abbrv sanit_dist_desc rescue_dist_abbrv rescue_dist_desc
    munic_dist_abbrv munic_dist_desc dist_1_abbrv dist_1_desc vtd_abbrv vtd_desc
    """
)
HISTORY = official(
    """
    county_id county_desc voter_reg_num election_lbl election_desc voting_method voted_party_cd
    voted_party_desc pct_label pct_description ncid voted_county_id voted_county_desc vtd_label
    vtd_description
    """
)

GAP = '"\t"'
DISTRICT_FIELDS = 33
THIS_YEAR = 2026
# Status, its words, reason code, reason words; the order is that of `standing`.
STANDINGS = (
    ("A", "ACTIVE", "AV", "VERIFIED"),
    ("I", "INACTIVE", "IN", "CONFIRMATION NOT RETURNED"),
    ("S", "TEMPORARY", "SM", "MILITARY"),
    ("R", "REMOVED", "RD", "DECEASED"),
    ("R", "REMOVED", "RS", "MOVED FROM STATE"),
    ("R", "REMOVED", "RC", "MOVED FROM COUNTY"),
    ("R", "REMOVED", "R2", "REMOVED AFTER 2 FED GENERAL ELECTIONS IN INACTIVE STATUS"),
    ("R", "REMOVED", "RQ", "REQUEST FROM VOTER"),
    ("R", "REMOVED", "RF", "FELONY CONVICTION"),
    ("D", "DENIED", "DU", "UNVERIFIED"),
)
PARTIES = (("DEM", "DEMOCRATIC"), ("REP", "REPUBLICAN"), ("UNA", "UNAFFILIATED"), ("LIB", "LIBERTARIAN"))
RACES = ("W", "B", "U", "A", "I", "M", "O", "P", "U")
ETHNICS = ("NL", "HL", "UN")
METHODS = ("IN-PERSON", "EARLY VOTING IN-PERSON", "ABSENTEE", "PROVISIONAL")
BIRTH_STATES = ("NC", "NC", "NC", "VA", "SC", "NY", "PA", "FL", "GA", "OH", "NJ", "OC")
KIND_WORDS = {"general": "GENERAL", "primary": "PRIMARY", "municipal": "MUNICIPAL"}


class NorthCarolina(Columns):
    """The text columns that only this state has."""

    def county_text(self) -> pa.Array:
        return look_up(pool(county_texts(self.geo)), self.county)

    def reg_num(self) -> pa.Array:
        return digits(self.roll.local, 12)

    def ncid(self) -> pa.Array:
        """Two letters of the county of first registration and up to eight digits, padded to twelve."""
        return pc.utf8_rpad(voter_ids("NC", self.roll), 12, " ")

    def standing(self) -> Ints:
        """Position in STANDINGS."""
        status = self.roll.status
        alive = np.where(status == ACTIVE, 0, np.where(status == INACTIVE, 1, 2))
        denied = (status == ACTIVE) & self.rare(31, 8)
        return np.asarray(np.where(status == OFF, 3 + self.roll.reason, np.where(denied, 9, alive)))

    def race(self) -> Ints:
        """Position in RACES: the census group, some as undesignated or more precise codes."""
        group = self.people.group[self.roll.person]
        other = 4 + one_of(self.luck, 32, 5)
        hispanic = np.array((2, 0, 6, 2))[one_of(self.luck, 33, 4)]
        told = np.where(group == 4, other, np.where(group == 2, hispanic, np.where(group == 3, 3, group)))
        return np.asarray(np.where(self.rare(34, 800), 2, told))

    def ethnic(self) -> Ints:
        group = self.people.group[self.roll.person]
        return np.asarray(np.where(self.rare(35, 2200), 2, np.where(group == 2, 1, 0)))


def county_texts(geo: Geography) -> list[str]:
    return [f"{c.code}{GAP}{c.name.upper():<15}" for c in geo.counties]


def district_texts(geo: Geography) -> list[str]:
    """For each precinct the 33 fields from `precinct_abbrv` to `vtd_desc`, and a last entry of blanks."""
    return [GAP.join(precinct_fields(geo, p)) for p in range(len(geo.precincts.county))] + [
        GAP * (DISTRICT_FIELDS - 1)
    ]


def precinct_label(geo: Geography, p: int) -> tuple[str, str]:
    number, town = int(geo.precincts.number[p]) + 1, geo.town_of(p)
    if geo.county_of(p).thousands > 300:
        return (
            f"{number // 20 + 1:02d}-{number % 20 + 1:02d}",
            f"PRECINCT {number // 20 + 1:02d}-{number % 20 + 1:02d}",
        )
    return f"{number:03d}", f"{town.name} #{number}"


def precinct_fields(geo: Geography, p: int) -> list[str]:
    lots, town, county = geo.precincts, geo.town_of(p), geo.county_of(p)
    seat = {kind: int(numbers[p]) for kind, numbers in lots.district.items()}
    label, words = precinct_label(geo, p)
    inside = not lots.rural[p]
    kind = "CITY" if town.city else "TOWN"
    municipality = [town.abbreviation, f"{kind} OF {town.name}"] if inside else ["", ""]
    ward_number = int(lots.in_town[p]) // 2 + 1
    ward = [f"W{ward_number:02d}", f"WARD {ward_number}"] if inside and town.city else ["", ""]
    judicial = f"{(seat['court'] + 1) // 2:02d}{'AB'[seat['court'] % 2]}"
    several = county.thousands > 40
    commission = (
        [f"C{seat['commission']}", f"COMMISSIONER DISTRICT {seat['commission']}"] if several else ["", ""]
    )
    township = [f"T{town.abbreviation[2:]}", f"{town.name} TOWNSHIP"] if county.thousands < 400 else ["", ""]
    school = [f"SB{seat['school']}", f"SCHOOL BOARD DISTRICT {seat['school']}"]
    fire = [f"F{seat['fire']:02d}", f"{town.name} FIRE"] if not inside else ["", ""]
    water = [f"WD{seat['water']}", f"WATER DISTRICT {seat['water']}"] if p % 4 == 0 else ["", ""]
    sewer = ["SW1", "COUNTY SEWER DISTRICT"] if p % 9 == 2 else ["", ""]
    sanitary = ["SAN1", f"{town.name} SANITARY DISTRICT"] if p % 23 == 5 else ["", ""]
    rescue = [f"R{seat['fire']:02d}", f"RESCUE DISTRICT {seat['fire']}"] if not inside and p % 2 else ["", ""]
    prosecutor = [f"{seat['prosecutor']}", f"{ordinal(seat['prosecutor'])} PROSECUTORIAL"]
    vtd = [label, label]
    parts = [[label, words], municipality, ward, [str(seat["congress"])], [judicial], [judicial[:2]]]
    parts += [[str(seat["senate"])], [str(seat["house"])], commission, township, school, fire, water, sewer]
    parts += [sanitary, rescue, municipality, prosecutor, vtd]
    return [text for part in parts for text in part]


def ordinal(number: int) -> str:
    tail = "TH" if number % 100 in (11, 12, 13) else {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
    return f"{number}{tail}"


def registration_lines(text: NorthCarolina, districts: pa.Array) -> pa.Array:
    """The 67 columns, those that hang on county, status or precinct as one piece each."""
    roll, n = text.roll, len(text.roll)
    shown = (roll.status != OFF) & ~roll.guarded
    listed = roll.status != OFF
    born = year_of(roll.birth)
    local = [text.city, text.state, text.zip5]
    mail = [pc.coalesce(text.mail_part(i, own), own) for i, own in enumerate(local)]
    pieces = [
        text.county_text(),
        text.reg_num(),
        text.ncid(),
        pc.utf8_slice_codeunits(text.last, 0, 25),
        pc.utf8_slice_codeunits(text.first, 0, 20),
        text.middle,
        look_up(pool(("", "JR", "SR", "II", "III", "IV")), roll.suffix),
        look_up(pool(GAP.join((f"{s[0]:<2}", *s[1:])) for s in STANDINGS), text.standing()),
        *(blank_unless(part, shown) for part in (text.address, text.city, text.state, text.zip5)),
        blank_unless(pc.coalesce(text.mail_line, text.address), shown),
        *(pa.nulls(n, pa.string()) for _ in range(3)),
        *(blank_unless(part, shown) for part in mail),
        blank_unless(text.phone, shown & (one_of(text.luck, 36, 10) < 5)),
        look_up(pool(("N", "Y")), roll.guarded.astype(np.int64)),
        override(dates(roll.registered, "%m/%d/%Y"), roll.guarded, "##/##/####"),
        look_up(pool(f"{r:<3}" for r in RACES), text.race()),
        look_up(pool(f"{e:<3}" for e in ETHNICS), text.ethnic()),
        look_up(pool(p for p, _ in PARTIES), roll.party),
        look_up(pool(("F", "M", "U")), np.where(text.rare(37, 400), 2, text.people.male[roll.person])),
        digits(born),
        digits(THIS_YEAR - born),
        look_up(pool(BIRTH_STATES), one_of(text.luck, 38, 14) - 2),
        look_up(pool(("N", "Y")), (one_of(text.luck, 39, 10) > 0).astype(np.int64)),
        look_up(districts, np.where(listed, text.precinct, len(districts) - 1)),
    ]
    return lines(pieces, "\t", '"')


def blank_unless(text: pa.Array, where: Bools) -> pa.Array:
    return pc.if_else(pa.array(where), text, None)


def history_lines(text: NorthCarolina, whole: Population) -> pa.Array:
    """One line per voter and election; one vote in two thousand is told twice."""
    held = elections("NC")
    took = np.column_stack([voted(whole.people, text.roll, e) for e in held])
    ways = np.column_stack([method("NC", whole.people, text.roll, e) for e in held])
    row, election = np.nonzero(took)
    again = 1 + (mixed(text.luck[row], 40_000) + election.astype(np.uint64)) % np.uint64(2000) // np.uint64(
        1999
    )
    row, election = np.repeat(row, again.astype(np.int64)), np.repeat(election, again.astype(np.int64))
    county, reg_num, ncid = text.county_text(), text.reg_num(), text.ncid()
    geo, at = text.geo, pa.array(row)
    labels = [precinct_label(geo, p) for p in range(len(geo.precincts.county))]
    party = ballot_party(
        text.roll.past_party[row], np.array([e.kind == "primary" for e in held])[election], text.luck[row]
    )
    cast = ways[row, election] * len(PARTIES) + party
    pieces = [
        county.take(at),
        reg_num.take(at),
        look_up(pool(f"{dotted(e)}{GAP}{dotted(e)} {KIND_WORDS[e.kind]:<30}" for e in held), election),
        look_up(pool(GAP.join((m, *p)) for m in METHODS for p in PARTIES), cast),
        look_up(pool(f"{a}{GAP}{b}" for a, b in labels), text.precinct[row]),
        ncid.take(at),
        county.take(at),
        look_up(pool(f"{a}{GAP}{a}" for a, _ in labels), text.precinct[row]),
    ]
    return lines(pieces, "\t", '"')


def ballot_party(registered: Ints, primary: Bools, luck: Luck) -> Ints:
    """The ballot taken: the unaffiliated choose one in a primary."""
    choice = one_of(luck, 41, 2)
    return np.asarray(np.where(primary & (registered >= 2) & (registered < PARTY_MINOR), choice, registered))


def dotted(election: Election) -> str:
    year, month, day = str(election.date).split("-")
    return f"{month}/{day}/{year}"


def write_registration(path: Path, whole: Population, rows: Ints, *, first: bool = True) -> None:
    """Write the rows of the roll at these positions; unless `first`, append them to the file."""
    districts = pool(district_texts(whole.geographies["NC"]))
    with OfficialFile(path, header(REGISTRATION, "\t", '"') if first else "", append=not first) as out:
        for chunk in chunks(rows):
            out.write(registration_lines(columns(whole, chunk), districts))


def columns(whole: Population, rows: Ints) -> NorthCarolina:
    return NorthCarolina(whole, "NC", whole.rolls["NC"].take(rows))


def write_history(path: Path, whole: Population, rows: Ints) -> None:
    with OfficialFile(path, header(HISTORY, "\t", '"')) as out:
        for chunk in chunks(rows):
            out.write(history_lines(columns(whole, chunk), whole))
