"""Residence lines taken apart: number, street, unit, so that two spellings of one address are one.

Forms and words are those of USPS Publication 28. The steps stand in `address.sql`: streets repeat, so the
text of a street is parsed once and joined back. A street whose parse may be wrong is not `sure`; a line that
fits no form stays whole.
"""

from __future__ import annotations

from functools import cache

from duckdb import DuckDBPyConnection

from commonroll.roll.places.address_words import ALONE, one_of, words, words_table
from commonroll.roll.sql_files import filled

ADDRESS_PARTS = (
    "kind", "number", "fraction", "pre_direction", "street", "street_type", "post_direction", "unit_type",
    "unit", "sure",
)  # fmt: skip
"""Columns that `parts_of` adds. `kind` is one of KINDS, null where there is no line; `sure` is never null."""

KINDS = ("street", "rural_route", "po_box", "military", "unread")
"""`unread`: the line fits no form; it stands whole in `street`."""

STREET_KEY = "concat_ws(' ', pre_direction, street, street_type, post_direction)"
"""SQL: a street in the one spelling that all its spellings share."""

WORDS = "address_words"
"""The engine's temporary table of words that `parts_of` asks for: see `prepare`."""

_STEPS = (
    "clean_line", "clean_unit", "numbered", "own", "found", "street_text", "letter", "pre_direction",
    "street", "street_type", "post_direction", "sure", "rural", "po_box", "military", "form", "said",
)  # fmt: skip
_ORDINAL = "[0-9]+(?:ST|ND|RD|TH)"
_NUMBERED = "^([0-9]+)(?:ST|ND|RD|TH)$"
_UNIT_ID = "[A-Z0-9][A-Z0-9/-]*"
_FLOOR = "(?:FL|FLR|FLOOR)"


def prepare(con: DuckDBPyConnection) -> None:
    """Make the table of words in the engine; once per connection."""
    con.register(f"{WORDS}_arrow", words_table())
    con.execute(f"CREATE OR REPLACE TEMP TABLE {WORDS} AS SELECT * FROM {WORDS}_arrow")
    con.unregister(f"{WORDS}_arrow")


def parts_of(lines: str) -> str:
    """SQL: the rows of the relation `lines` with ADDRESS_PARTS beside their columns.

    `lines` has the strings `line` and `unit_line` (the unit, where it has a column of its own), as published,
    and no column named as a part or a step. Unit in the line goes before unit in its own column.
    """
    given = {"lines": lines, "words": WORDS, "steps": ", ".join(_STEPS), **_expressions(), **patterns()}
    return filled(__package__, "address", given)


def _expressions() -> dict[str, str]:
    long_words = f"(SELECT word FROM {WORDS} WHERE kind IN ('type', 'direction') AND length(word) > 1)"
    return {
        "clean_line": _clean("line"),
        "clean_unit": _clean("unit_line"),
        "plain_name": _plain("replace(street.name, '-', ' ')"),
        "street_words": long_words,
    }


def _plain(name: str) -> str:
    """ST JOHN is a saint, 5TH the number five."""
    for pattern, instead in (("^ST ", "SAINT "), ("^MT ", "MOUNT "), ("^FT ", "FORT "), (_NUMBERED, r"\1")):
        name = f"regexp_replace({name}, '{pattern}', '{instead}')"
    return name


def _clean(column: str) -> str:
    """Upper case, one space between words, no sign but hyphen, slash and `#`; null where nothing is left."""
    signs = f"replace(replace(upper({column}), '&', ' AND '), '#', ' # ')"
    bare = f"regexp_replace({signs}, '[.'']', '', 'g')"
    return f"nullif(trim(regexp_replace({bare}, '[^A-Z0-9#/-]+', ' ', 'g')), '')"


@cache
def patterns() -> dict[str, str]:
    """SQL texts of the patterns that `address.sql` names."""
    unit, direction, kind = one_of("unit"), one_of("direction"), one_of("type")
    alone = "|".join(word for word, short in words("unit").items() if short in ALONE)
    numbered = rf"(?:({unit})(?: ?# ?| )|# ?)({_UNIT_ID})"
    system = "US|U S|STATE|ST|COUNTY|CO|CNTY|INTERSTATE|I|SR|CR|SH|FM|TOWNSHIP|TWP"
    road = "HIGHWAY|HWY|ROUTE|RTE|RT|ROAD|RD|FARM TO MARKET"
    patterns = {
        "unclean": "[^A-Z0-9/ -]|  |^ | $|^$",
        "floor_first": f"^{_ORDINAL} {_FLOOR} ",
        "unit_first": rf"^((?:(?:{unit}) ?#? ?|# ?){_UNIT_ID}|{_ORDINAL} {_FLOOR}) ([0-9]+[A-Z]? .+)$",
        # 12, 12B, 12-34, 12 1/2, and grids: N165 W2123
        "number": r"^([NSEW] ?[0-9]+ ?[NSEW] ?[0-9]+|[0-9]+(?:-[0-9]+)?[A-Z]?)(?: ([1-9]/[1-9]))? (.+)$",
        "has_unit": rf"#| (?:{unit})(?: |$)",
        "unit": rf"^(.+?)(?: {numbered}(?: {numbered})?| ({alone})| ({_ORDINAL}) {_FLOOR})$",
        "own_unit": rf"^(?:({_ORDINAL}) {_FLOOR}"
        rf"|(?:({unit})(?: ?# ?| |$)|# ?)?({_UNIT_ID})?(?: (?:(?:{unit})(?: ?# ?| )|# ?)?({_UNIT_ID}))?)$",
        "letter": rf"^([A-DF-MO-RT-VX-Z]) ((?:[A-Z][A-Z][^ ]*|[NSEW]|{_ORDINAL}) .+)$",
        "street": rf"^(?:({direction}) )?(.+?)(?: ({kind}))?(?: ({direction}))?$",
        "road": rf"^(?:({direction}) )?(?:({system})[ -])?(?:({road}) )?"
        rf"#? ?([0-9]+[A-Z]?)(?: ({direction}))?$",
        "stray": rf"(?:^| )(?:{unit}|AND|#)(?: |$)| (?:{kind}|{direction})(?: |$)|^(?:{direction}) ",
        "rural": r"^(?:RR|R R|RURAL ROUTE|RURAL RT|RFD|HC|HIGHWAY CONTRACT|STAR ROUTE) ?#? ?([0-9]+)"
        r"(?: .*?BOX ?#? ?([A-Z0-9-]+))?$",
        "po_box": r"^(?:P ?O |POST OFFICE )?(?:BOX|DRAWER) ?#? ?([A-Z0-9-]+)$",
        "military": r"^(PSC|CMR|UNIT) ?([0-9]+)(?: BOX ?([0-9]+))?$",
    }
    return {name: "'" + pattern.replace("'", "''") + "'" for name, pattern in patterns.items()}
