"""What a registration says of each voter, field by field of the roll, before a layout writes it its way.

A field is text, a day, or one of a few kinds whose code the layout knows. Everything here follows from the
population; nothing follows from a layout but the encoding, which decides what accents a file can hold.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.columns import Columns, spelled, voter_ids
from commonroll.invented.draw import Bools, Ints, one_of
from commonroll.invented.population import TODAY, year_of
from commonroll.invented.rolls import Population, Roll
from commonroll.invented.write import digits, glued, look_up, pool, words_together

Kinds = tuple[tuple[str, ...], ...]
"""For each kind of a field the values of the roll that may stand for it, the best first."""

MINOR = ("LIB", "GRN", "CON", "WFP", "OTH", "UNK")
STATUSES: Kinds = (
    ("active", "inactive", "pending", "removed"),
    ("inactive", "active", "removed"),
    ("removed", "inactive"),
    ("pending", "active", "removed"),
    ("active", "removed"),
)
PARTIES: Kinds = (("DEM",), ("REP",), ("NPA", "UNK", "OTH", ""), (*MINOR, "NPA"))
SEXES: Kinds = (("female",), ("male",), ("unknown", "other", ""))
TRUE_FALSE: Kinds = (("false", ""), ("true",))
REASONS = ("DECEASED", "MOVED OUT OF STATE", "MOVED OUT OF COUNTY", "NOT VOTED", "REQUEST", "FELONY")
NICKNAMED, UNKNOWN_SEX = 40, 150
CARED_FOR = 90
"""In ten thousand: voters whose mail goes through another person, so that a comma stands in a field."""


@cache
def both_spellings(encoding: str) -> tuple[pa.Array, pa.Array]:
    """Surnames and first names, the plain ones and behind them those with the accents the encoding has."""
    found = []
    for plain, accented in zip(spelled(False), spelled(True), strict=True):
        pairs = zip(plain.to_pylist(), accented.to_pylist(), strict=True)
        kept = [marked if can_hold(marked, encoding) else bare for bare, marked in pairs]
        found.append(pa.concat_arrays([plain, pool(kept)]))
    return found[0], found[1]


def can_hold(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Facts(Columns):
    """The fields of the rows of `roll`. In every third county names keep their accents."""

    def __init__(self, whole: Population, state: str, roll: Roll, *, encoding: str = "ascii") -> None:
        super().__init__(whole, state, roll)
        self.whole, self.encoding = whole, encoding
        self.marked = (self.county % 3 == 0).astype(np.int64)

    def __len__(self) -> int:
        return len(self.roll)

    def surnames(self, at: Ints) -> pa.Array:
        words = both_spellings(self.encoding)[0]
        return look_up(words, np.where(at < 0, -1, at + self.marked * (len(words) // 2)))

    def firsts(self, at: Ints) -> pa.Array:
        words = both_spellings(self.encoding)[1]
        return look_up(words, np.where(at < 0, -1, at + self.marked * (len(words) // 2)))

    def text(self, field: str) -> pa.Array:
        """The field as text; null where it says nothing."""
        said = TEXTS.get(field)
        return said(self) if said else pa.nulls(len(self), pa.string())

    def day(self, field: str) -> Ints | None:
        """Days since 1970 of a field that is a date."""
        return {"birth_date": self.roll.birth, "registered_on": self.roll.registered}.get(field)

    def blank(self, field: str) -> Bools | None:
        """Rows that do not have this day yet; None where all have it."""
        return None

    def kind(self, field: str) -> tuple[Kinds, Ints] | None:
        """What the kinds of the field mean, and the kind of each row."""
        if field == "sex":
            told = self.people.male[self.roll.person].astype(np.int64)
            return SEXES, np.where(self.rare(83, UNKNOWN_SEX), 2, told)
        kinds: dict[str, tuple[Kinds, Ints]] = {
            "status": (STATUSES, self.roll.status),
            "party": (PARTIES, self.roll.party),
            "confidential": (TRUE_FALSE, self.roll.guarded.astype(np.int64)),
            "permanent_absentee": (TRUE_FALSE, self.rare(86, 2_000).astype(np.int64)),
        }
        return kinds.get(field)

    @property
    def group(self) -> Ints:
        """Census group of each row."""
        return self.people.group[self.roll.person]

    @property
    def guarded(self) -> Bools:
        return self.roll.guarded

    def place(self, field: str) -> pa.Array:
        """The state's code of the county, or of the town where its files name towns; some are the rarer."""
        if any(county.towns for county in self.geo.counties):
            return self.by_precinct([town.code for town in self.towns])
        codes = [county.codes or (county.code,) for county in self.geo.counties]
        first = np.cumsum([0, *map(len, codes)])[:-1]
        several = np.array([len(one) for one in codes])[self.county]
        rarer = one_of(self.luck, 87, 1_000_003) % several
        at = first[self.county] + np.where(self.rare(88, 100), rarer, 0)
        return look_up(pool(code for one in codes for code in one), at)

    def district(self, kind: str, label: str | None = None) -> pa.Array:
        """Number of the district of this type; null where a voter has none."""
        wide = {"congressional": "congress", "state_senate": "senate", "state_house": "house"}.get(kind)
        seats = self.geo.precincts.district
        if wide:
            return self.by_precinct([str(n) for n in seats.get(wide, seats.get("legislative", []))])
        if kind == "ward":
            return self.text("ward")
        if kind == "precinct_split":
            return self.text("precinct_split")
        salt = zlib.crc32(f"{kind} {label}".encode())
        lots = self.geo.precincts
        number = (lots.number + lots.county + salt) % (5 + salt % 5) + 1
        return digits(number[self.precinct], where=(lots.county + salt)[self.precinct] % 4 > 0)

    def district_name(self, kind: str, label: str | None = None) -> pa.Array:
        """Words for the district; null where it has no number."""
        county = look_up(pool(c.name.upper() for c in self.geo.counties), self.county)
        number = self.district(kind, label)
        named = words_together(county, (label or kind.replace("_", " ")).upper(), number)
        return pc.if_else(pc.is_valid(number), named, None)

    @cached_property
    def voter_id(self) -> pa.Array:
        return voter_ids(self.geo.state, self.roll)

    @property
    def age(self) -> Ints:
        """Whole years on the day of the delivery."""
        this_year = year_of(np.array([TODAY]))[0]
        birthday = self.roll.birth.astype("datetime64[D]")
        born = year_of(self.roll.birth)
        within = (birthday - birthday.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
        today = np.datetime64(TODAY, "D")
        gone = int((today - today.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64))
        return np.asarray(this_year - born - (within > gone))


def precinct_code(f: Facts) -> pa.Array:
    return f.by_precinct([f"{int(n) + 101}" for n in f.geo.precincts.number])


def precinct_name(f: Facts) -> pa.Array:
    numbers = f.geo.precincts.number
    return f.by_precinct([f"{t.name} {int(n) + 1:02d}" for t, n in zip(f.towns, numbers, strict=True)])


def precinct_split(f: Facts) -> pa.Array:
    inside = f.geo.precincts.in_town
    return f.by_precinct([f"{int(n) % 3 + 1}" if p % 5 else "" for p, n in enumerate(inside)])


def municipality(f: Facts) -> pa.Array:
    rural = f.geo.precincts.rural
    return f.by_precinct(["" if out else t.name for t, out in zip(f.towns, rural, strict=True)])


def ward(f: Facts) -> pa.Array:
    lots = f.geo.precincts
    words = [
        f"{int(n) % 6 + 1}" if town.city and not out else ""
        for town, out, n in zip(f.towns, lots.rural, lots.in_town, strict=True)
    ]
    return f.by_precinct(words)


def cared_for(f: Facts) -> pa.Array:
    """`C/O SMITH, JOHN` for a few who take their mail elsewhere."""
    whom = glued("C/O ", f.last, ", ", f.first)
    return pc.if_else(pa.array(~f.mails_home & f.rare(89, 100 * CARED_FOR)), whom, None)


def prefix(f: Facts) -> pa.Array:
    male = f.people.male[f.roll.person]
    title = np.where(male, 0, 1 + one_of(f.luck, 91, 2))
    return look_up(pool(("MR", "MS", "MRS")), title, f.rare(92, 3_000))


def county_number(f: Facts) -> pa.Array:
    return digits(f.roll.local)


def zip4(f: Facts) -> pa.Array:
    return digits(f.zip4, where=f.zip4 > 0)


TEXTS: Mapping[str, Callable[[Facts], pa.Array]] = {
    "state_voter_id": lambda f: f.voter_id,
    "county_voter_id": county_number,
    "name_prefix": prefix,
    "first_name": lambda f: f.first_quoted(f.rare(93, NICKNAMED)),
    "middle_name": lambda f: f.middle,
    "last_name": lambda f: f.last,
    "name_suffix": lambda f: f.suffix,
    "birth_year": lambda f: digits(year_of(f.roll.birth)),
    "age": lambda f: digits(f.age),
    "status_reason": lambda f: look_up(pool(REASONS), f.roll.reason),
    "residence_line1": lambda f: f.line1,
    "residence_unit": lambda f: f.unit,
    "residence_city": lambda f: f.city,
    "residence_state": lambda f: f.state,
    "residence_zip5": lambda f: f.zip5,
    "residence_zip4": zip4,
    "mail_line1": lambda f: f.mail_line,
    "mail_line2": cared_for,
    "mail_city": lambda f: f.mail_town[0],
    "mail_state": lambda f: f.mail_town[1],
    "mail_zip": lambda f: f.mail_town[2],
    "phone": lambda f: f.phone,
    "email": lambda f: f.email,
    "precinct": precinct_code,
    "precinct_name": precinct_name,
    "precinct_split": precinct_split,
    "municipality": municipality,
    "ward": ward,
    "congressional_district": lambda f: f.district("congressional"),
    "state_senate_district": lambda f: f.district("state_senate"),
    "state_house_district": lambda f: f.district("state_house"),
}
"""Fields that are text. Codes, days and counties have ways of their own."""
