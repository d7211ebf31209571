"""Which fields are compared, at which levels, and in which words evidence speaks of them.

Surname and place are one comparison, since a home shares both; a birth date may be a day, a year or an age.
What relatives share is a level of its own. Source of the shape and of its figures: specs/linkage.md, 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

NO_ZIP = "(zip_l is null or zip_r is null)"
NO_ADDRESS = "(addrzip_l is null or addrzip_r is null)"
NO_SURNAME = "(last_name_l is null or last_name_r is null)"
CROSSED = "(last_name_l = kin_first_r and kin_first_l = last_name_r)"
"""First and last name stand in one another's column."""
_NEARLY_CROSSED = (
    "(last_name_l[1] = kin_first_r[1] and kin_first_l[1] = last_name_r[1]"
    " and jaro_winkler_similarity(last_name_l, kin_first_r) >= 0.88"
    " and jaro_winkler_similarity(kin_first_l, last_name_r) >= 0.88)"
)
SURNAME = "last_name_l = last_name_r"
SAME = f"({SURNAME} or {CROSSED})"
SAME_UNIT = "(unit_l is null or unit_r is null or unit_l = unit_r)"
PLACE = (
    f"(addrzip_l = addrzip_r or (zip_l = zip_r and house_l = house_r and {SAME_UNIT}"
    " and jaro_winkler_similarity(addr_l, addr_r) >= 0.88))"
)
FORMER = "(addrzip_l = addrzip_before_r or addrzip_before_l = addrzip_r)"
NUMBER = "(house_l = house_r and state_l = state_r and jaro_winkler_similarity(addr_l, addr_r) >= 0.92)"
"""One street and number, whatever the ZIP code: asked where PLACE is not met."""
STREET = "(zip_l = zip_r and jaro_winkler_similarity(addr_l, addr_r) >= 0.92)"
"""A slip in the house number or the unit, or a neighbour."""
_PART = " or ".join(
    f"{test}(last_name_{x}, {part})"
    for x, y in ("lr", "rl")
    for test, part in (
        ("starts_with", f"last_name_{y} || '-'"),
        ("starts_with", f"last_name_{y} || ' '"),
        ("ends_with", f"'-' || last_name_{y}"),
        ("ends_with", f"' ' || last_name_{y}"),
    )
)
_MAIDEN = "last_name_l = kin_middle_r or last_name_r = kin_middle_l"
NEAR = (
    f"({_PART} or {_MAIDEN} or jaro_winkler_similarity(last_name_l, last_name_r) >= 0.92"
    f" or {_NEARLY_CROSSED})"
)
FULL = "length(dob_l) = 10 and length(dob_r) = 10"
_SWAPPED = "dob_l[1:4] = dob_r[1:4] and dob_l[6:7] = dob_r[9:10] and dob_l[9:10] = dob_r[6:7]"
_NEW_YEAR = "(dob_l[6:10] = '01-01' or dob_r[6:10] = '01-01')"
_TWO_PARTS = (
    "(dob_l[1:7] = dob_r[1:7] or dob_l[1:4] = dob_r[1:4] and dob_l[9:10] = dob_r[9:10]"
    f" or dob_l[6:10] = dob_r[6:10] and not {_NEW_YEAR})"
)

KIN = {
    "first_name": "kin_first",
    "middle_name": "kin_middle",
    "last_name": "kin_last",
    "dob": "kin_dob",
    "born_from": "kin_from",
    "born_to": "kin_to",
    "addrzip": "kin_address",
}
"""Copies of columns, for conditions that reach over comparisons: Splink leaves a comparison out of EM where
a rule names one of its columns, and those on copies must stay in."""


def _kin(sql: str) -> str:
    for column, copy in KIN.items():
        sql = sql.replace(f"{column}_", f"{copy}_")
    return sql


_SAME_DAY = _kin(f"coalesce({FULL} and dob_l = dob_r, false)")
NAMESAKES = _kin("first_name_l = first_name_r and last_name_l = last_name_r")
YEARS_APART = _kin("coalesce(born_from_l > born_to_r + 1 or born_from_r > born_to_l + 1, false)")
_SLIP = _kin(
    f"coalesce({FULL} and (damerau_levenshtein(dob_l, dob_r) <= 1 or ({_SWAPPED}) or {_TWO_PARTS}), false)"
)
OTHER_BIRTH = f"({YEARS_APART} and not {_SLIP})"
UNDATED = _kin("(born_from_l is null or born_from_r is null)")
HOME = _kin(f"(coalesce({PLACE}, false) and last_name_l = last_name_r)")
UNLIKE_FIRST = _kin(
    "(first_name_l[1] <> first_name_r[1] and length(first_name_l) > 1 and length(first_name_r) > 1"
    " and jaro_winkler_similarity(first_name_l, first_name_r) < 0.85"
    " and not list_has_any(coalesce(names_l, [first_name_l]), coalesce(names_r, [first_name_r])))"
)
RELATIVES = f"coalesce({_kin('last_name_l = last_name_r')} and {UNLIKE_FIRST}, false)"
SHORT = (
    "(length(first_name_l) > 2 and starts_with(first_name_r, first_name_l)"
    " or length(first_name_r) > 2 and starts_with(first_name_l, first_name_r))"
)


@dataclass(frozen=True)
class Level:
    """How far a field agrees. `sql` speaks of columns with _l and _r; `words` finish "it is ...".

    `share`: column whose rarity counts too. `m`, `u`: assumed for the reason `why`, where training data
    rarely show the level. `sums`: m and u are the sums of other levels'. `counted`: u is counted on the
    data at hand. `like`: m is that of all levels that name this one. `least_m`: no training makes m
    smaller.
    """

    name: str
    sql: str
    words: str
    share: str | None = None
    m: float | None = None
    u: float | None = None
    why: str = ""
    sums: tuple[str, ...] = ()
    counted: bool = False
    like: str = ""
    least_m: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """One field or more, compared as one. Without a value on either side, `unknown`, it says nothing."""

    name: str
    words: str
    unknown: str
    levels: tuple[Level, ...]

    def level(self, gamma: int) -> Level | None:
        """The level of a Splink vector value: -1 is unknown, 0 the last."""
        return None if gamma < 0 else self.levels[len(self.levels) - 1 - gamma]


def _missing(*columns: str) -> str:
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


_ELSE = "ELSE"
_RARE = "too rare in training data"
_SLIPS = "sex is written down wrongly in a few of a thousand records"
_ONE_MAN = "the veto that tells a father from his son (specs/linkage.md, 2.4)"
_HOME = "a home shares it, so it says little about which of its people"

BIRTH = Comparison(
    "birth",
    "birth",
    _missing("born_from"),
    (
        Level(
            "twins",
            f"{FULL} and dob_l = dob_r and {RELATIVES} and coalesce({_kin(PLACE)}, false)",
            "the same birth date, as twins have, with another first name",
            like="full date",
        ),
        Level(
            "twins apart",
            f"{FULL} and dob_l = dob_r and {RELATIVES}",
            "the same birth date, as twins have that moved apart, with another first name",
            like="full date",
        ),
        Level(
            "couple",
            f"birth_year_l = birth_year_r and {RELATIVES} and coalesce({_kin(PLACE)}, false)",
            "the same birth year, as couples often have, with another first name",
            m=0.145,
            why="the sum of all levels with one year",
        ),
        Level("full date", f"{FULL} and dob_l = dob_r", "the same birth date", like="full date"),
        Level(
            "year alone",
            "(length(dob_l) = 4 or length(dob_r) = 4) and birth_year_l = birth_year_r",
            "the same birth year, the day not published",
        ),
        Level(
            "age fits",
            "(birth_year_l is null or birth_year_r is null)"
            " and born_from_l <= born_to_r and born_from_r <= born_to_l",
            "a birth year that fits the age",
            m=0.96,
            u=0.035,
            why="an age fits two of about sixty years",
        ),
        Level(
            "edit or swap",
            f"{FULL} and (damerau_levenshtein(dob_l, dob_r) <= 1 or ({_SWAPPED}))",
            "a birth date with one slip, or day and month swapped",
        ),
        Level(
            "year, 1 January",
            f"{FULL} and birth_year_l = birth_year_r and {_NEW_YEAR}",
            "the same birth year, one date a 1 January",
        ),
        Level("two parts", f"{FULL} and {_TWO_PARTS}", "a birth date of which two parts of three agree"),
        Level("same year", "birth_year_l = birth_year_r", "the same birth year, another day", least_m=0.001),
        Level(
            "gap",
            "greatest(born_from_l - born_to_r, born_from_r - born_to_l) > 11",
            "birth years more than eleven years apart",
            m=0.0005,
            why=_ONE_MAN,
        ),
        Level("other", _ELSE, "another birth date", least_m=0.0025),
    ),
)
FIRST_NAME = Comparison(
    "first_name",
    "first name",
    _missing("first_name"),
    (
        Level(
            "same, other birth",
            f"{NAMESAKES} and {OTHER_BIRTH}",
            "the same first name, as a father's and his son's",
            like="same",
        ),
        Level(
            "same, no birth",
            f"{NAMESAKES} and {UNDATED} and {HOME}",
            "the same first name in one home, a birth not published",
            like="same",
        ),
        Level(
            "same, one birth date",
            f"{_SAME_DAY} and first_name_l = first_name_r",
            "the same first name, of one year's fashion",
            "first_name",
            like="same",
        ),
        Level(
            "same",
            "first_name_l = first_name_r",
            "the same first name",
            "first_name",
            counted=True,
            like="same",
        ),
        Level(
            "nickname",
            "list_has_any(coalesce(names_l, [first_name_l]), coalesce(names_r, [first_name_r]))",
            "a nickname of the other",
        ),
        Level(
            "transposed",
            f"{CROSSED} or {_NEARLY_CROSSED}".replace("kin_first", "first_name").replace(
                "last_name", "kin_last"
            ),
            "first and last name swapped",
            m=0.002,
            u=6e-4,
            why="too rare in training data; the surname counts what swapped names share",
            least_m=0.0005,
        ),
        Level(
            "half transposed",
            "first_name_l = kin_last_r or kin_last_l = first_name_r",
            "the other's last name",
            m=0.0005,
            u=2e-4,
            why=_RARE,
            least_m=0.0001,
        ),
        Level(
            "initial",
            "(length(first_name_l) = 1 or length(first_name_r) = 1) and first_name_l[1] = first_name_r[1]",
            "the initial of the other",
            m=0.9,
            u=0.07,
            why=_RARE,
        ),
        Level(
            "other initial",
            "length(first_name_l) = 1 or length(first_name_r) = 1",
            "another initial",
            m=0.1,
            u=0.93,
            why=_RARE,
        ),
        Level("short form", SHORT, "the beginning of the other"),
        Level("close", "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.92", "spelt almost alike"),
        Level("alike", "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.85", "spelt somewhat alike"),
        Level("other", _ELSE, "another first name"),
    ),
)
MIDDLE_NAME = Comparison(
    "middle_name",
    "middle name",
    # father and son share it as they share the last name
    f"{_missing('middle_name')} or (kin_last_l = kin_last_r and middle_initial_l = middle_initial_r"
    f" and ({OTHER_BIRTH} or ({UNDATED} and {HOME})))",
    (
        Level("same", "middle_name_l = middle_name_r and length(middle_name_l) > 1", "the same middle name"),
        Level("initial", "middle_initial_l = middle_initial_r", "the same middle initial"),
        Level("other", _ELSE, "another middle name", least_m=0.02),
    ),
)
SEX = Comparison(
    "sex",
    "sex",
    # who bears the same first name is of the same sex: that is no evidence of its own
    f"{_missing('sex')} or (sex_l = sex_r and kin_first_l = kin_first_r)",
    (
        Level("same", "sex_l = sex_r", "the same sex", m=0.996, why=_SLIPS),
        Level("other", _ELSE, "another sex", m=0.004, why=_SLIPS),
    ),
)
_ANY_SAME = (
    "address, surname", "number, surname", "near address, surname", "zip, surname", "state, surname",
    "surname",
)  # fmt: skip
_ANY_NEAR = (
    "address, near surname", "number, near surname", "near address, near surname", "zip, near surname",
    "state, near surname", "near surname",
)  # fmt: skip
SURNAME_PLACE = Comparison(
    "surname_place",
    "surname and place",
    f"({NO_SURNAME}) and {NO_ZIP}",
    (
        Level(
            "address, no surname",
            f"{NO_SURNAME} and {PLACE}",
            "the same address; a surname is missing",
            sums=("address, surname", "address, near surname", "address"),
        ),
        Level(
            "number, no surname",
            f"{NO_SURNAME} and {NUMBER}",
            "the same street and number in another ZIP code; a surname is missing",
            sums=("number, surname", "number, near surname", "number"),
        ),
        Level(
            "near address, no surname",
            f"{NO_SURNAME} and {STREET}",
            "nearly the same address; a surname is missing",
            sums=("near address, surname", "near address, near surname", "near address"),
        ),
        Level(
            "zip, no surname",
            f"{NO_SURNAME} and zip_l = zip_r",
            "the same ZIP code; a surname is missing",
            sums=("zip, surname", "zip, near surname", "zip"),
        ),
        Level(
            "no surname",
            NO_SURNAME,
            "another ZIP code; a surname is missing",
            sums=("state, surname", "surname", "state, near surname", "near surname", "state", "other"),
        ),
        Level(
            "surname, no place",
            f"{NO_ZIP} and {SAME}",
            "the same surname; a place is missing",
            "last_name",
            sums=_ANY_SAME,
        ),
        Level(
            "near surname, no place",
            f"{NO_ZIP} and {NEAR}",
            "part of the surname, or spelt almost alike; a place is missing",
            sums=_ANY_NEAR,
        ),
        Level(
            "other, no place",
            NO_ZIP,
            "another surname; a place is missing",
            sums=("address", "number", "near address", "zip", "state", "other"),
        ),
        Level("address, surname", f"{PLACE} and {SAME}", "the same address and surname", counted=True),
        Level(
            "former address, surname",
            f"{FORMER} and {SAME}",
            "the other's former address, the same surname",
            m=0.1,
            why="not in training data; counted like the address",
            counted=True,
        ),
        Level(
            "address, near surname",
            f"{PLACE} and {NEAR}",
            "the same address, part of the surname or spelt almost alike",
            counted=True,
        ),
        Level("address", f"({PLACE} or {FORMER})", "the same address, another surname", counted=True),
        Level(
            "number, surname",
            f"{NUMBER} and {SAME}",
            "the same street and number in another ZIP code, the same surname",
            counted=True,
        ),
        Level(
            "number, near surname",
            f"{NUMBER} and {NEAR}",
            "the same street and number in another ZIP code, part of the surname or spelt almost alike",
            counted=True,
        ),
        Level(
            "number",
            NUMBER,
            "the same street and number in another ZIP code, another surname",
            counted=True,
        ),
        Level(
            "near address, surname",
            f"{STREET} and {SAME}",
            "nearly the same address, the same surname",
            counted=True,
        ),
        Level(
            "near address, near surname",
            f"{STREET} and {NEAR}",
            "nearly the same address, part of the surname or spelt almost alike",
            counted=True,
        ),
        Level("near address", STREET, "nearly the same address, another surname", counted=True),
        Level(
            "zip, surname, no address",
            f"{NO_ADDRESS} and zip_l = zip_r and {SAME}",
            "the same ZIP code and surname; an address is missing",
            "last_name",
            sums=("address, surname", "near address, surname", "zip, surname"),
        ),
        Level(
            "zip, surname",
            f"zip_l = zip_r and {SAME}",
            "the same ZIP code and surname, another address",
            "last_name",
            counted=True,
        ),
        Level(
            "state, surname",
            f"state_l = state_r and {SAME}",
            "the same state and surname, another ZIP code",
            "last_name",
            counted=True,
        ),
        Level("surname", SURNAME, "the same surname, another state", "last_name", counted=True),
        Level(
            "zip, near surname",
            f"zip_l = zip_r and {NEAR}",
            "the same ZIP code, part of the surname or spelt almost alike",
        ),
        Level(
            "state, near surname",
            f"state_l = state_r and {NEAR}",
            "the same state, part of the surname or spelt almost alike",
        ),
        Level("near surname", NEAR, "another state, part of the surname or spelt almost alike"),
        Level("zip", "zip_l = zip_r", "the same ZIP code, another surname", counted=True),
        Level("state", "state_l = state_r", "the same state, another surname", counted=True),
        Level("other", _ELSE, "another state and surname"),
    ),
)
SUFFIX = Comparison(
    "suffix",
    "suffix",
    _missing("suffix"),
    (
        Level(
            "same",
            "suffix_l = suffix_r or (suffix_l in ('JR', 'II') and suffix_r in ('JR', 'II'))",
            "the same suffix",
            m=0.95,
            u=0.5,
            why=_ONE_MAN,
        ),
        Level("other", _ELSE, "another suffix", m=0.05, u=0.5, why=_ONE_MAN),
    ),
)
PHONE = Comparison(
    "phone",
    "phone",
    _missing("phone"),
    (
        Level(
            "same at home",
            f"phone_l = phone_r and coalesce({PLACE}, false)",
            "the same phone at the same address",
            m=0.6,
            u=0.4,
            why=_HOME,
        ),
        Level(
            "same",
            "phone_l = phone_r",
            "the same phone",
            m=0.6,
            u=0.6 / 2**10,
            why="numbers pass from one to another: ten bits at most",
        ),
        Level("other", _ELSE, "another phone", m=0.4, u=0.8, why="people change numbers"),
    ),
)
EMAIL = Comparison(
    "email",
    "e-mail",
    _missing("email"),
    (
        Level(
            "same at home",
            f"email_l = email_r and coalesce({PLACE}, false)",
            "the same e-mail at the same address",
            m=0.6,
            u=0.12,
            why=_HOME,
        ),
        Level(
            "same",
            "email_l = email_r",
            "the same e-mail",
            m=0.6,
            u=0.6 / 2**11,
            why="couples share one: eleven bits at most",
        ),
        Level("other", _ELSE, "another e-mail", m=0.4, u=0.8, why="people have several"),
    ),
)
COMPARISONS = (BIRTH, FIRST_NAME, MIDDLE_NAME, SEX, SURNAME_PLACE, SUFFIX, PHONE, EMAIL)
GAMMAS = tuple(f"gamma_{comparison.name}" for comparison in COMPARISONS)

SHARED = ("first_name", "last_name")
"""Columns whose rarity counts: the model keeps what share of people bears each name."""


def shape() -> str:
    """A hash of all comparisons and levels: a stored model fits only the shape that it was trained for."""
    text = repr([(c.name, c.unknown, [(v.name, v.sql) for v in c.levels]) for c in COMPARISONS])
    return sha256(text.encode()).hexdigest()[:12]


def levels() -> Iterator[tuple[Comparison, Level]]:
    """Every level with its comparison, in order."""
    for comparison in COMPARISONS:
        for level in comparison.levels:
            yield comparison, level
