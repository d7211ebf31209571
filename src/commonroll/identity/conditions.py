"""Conditions on the columns of two records, in SQL with _l and _r, of which levels are made.

Source of the shape and of its figures: specs/linkage.md, 2 and 3.
"""

from __future__ import annotations

NO_ZIP = "(zip_l is null or zip_r is null)"
NO_ADDRESS = "(addrzip_l is null or addrzip_r is null)"
NO_SURNAME = "(last_name_l is null or last_name_r is null)"
CROSSED = "(last_name_l = kin_first_r and kin_first_l = last_name_r)"
"""First and last name stand in one another's column."""
NEARLY_CROSSED = (
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
    f"({_PART} or {_MAIDEN} or jaro_winkler_similarity(last_name_l, last_name_r) >= 0.92 or {NEARLY_CROSSED})"
)
FULL = "length(dob_l) = 10 and length(dob_r) = 10"
SWAPPED = "dob_l[1:4] = dob_r[1:4] and dob_l[6:7] = dob_r[9:10] and dob_l[9:10] = dob_r[6:7]"
NEW_YEAR = "(dob_l[6:10] = '01-01' or dob_r[6:10] = '01-01')"
TWO_PARTS = (
    "(dob_l[1:7] = dob_r[1:7] or dob_l[1:4] = dob_r[1:4] and dob_l[9:10] = dob_r[9:10]"
    f" or dob_l[6:10] = dob_r[6:10] and not {NEW_YEAR})"
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


def of_kin(sql: str) -> str:
    """The condition on the copies of its columns."""
    for column, copy in KIN.items():
        sql = sql.replace(f"{column}_", f"{copy}_")
    return sql


SAME_DAY = of_kin(f"coalesce({FULL} and dob_l = dob_r, false)")
NAMESAKES = of_kin("first_name_l = first_name_r and last_name_l = last_name_r")
YEARS_APART = of_kin("coalesce(born_from_l > born_to_r + 1 or born_from_r > born_to_l + 1, false)")
_SLIP = of_kin(
    f"coalesce({FULL} and (damerau_levenshtein(dob_l, dob_r) <= 1 or ({SWAPPED}) or {TWO_PARTS}), false)"
)
OTHER_BIRTH = f"({YEARS_APART} and not {_SLIP})"
UNDATED = of_kin("(born_from_l is null or born_from_r is null)")
HOME = of_kin(f"(coalesce({PLACE}, false) and last_name_l = last_name_r)")
UNLIKE_FIRST = of_kin(
    "(first_name_l[1] <> first_name_r[1] and length(first_name_l) > 1 and length(first_name_r) > 1"
    " and jaro_winkler_similarity(first_name_l, first_name_r) < 0.85"
    " and not list_has_any(coalesce(names_l, [first_name_l]), coalesce(names_r, [first_name_r])))"
)
RELATIVES = f"coalesce({of_kin('last_name_l = last_name_r')} and {UNLIKE_FIRST}, false)"
SHORT = (
    "(length(first_name_l) > 2 and starts_with(first_name_r, first_name_l)"
    " or length(first_name_r) > 2 and starts_with(first_name_l, first_name_r))"
)
