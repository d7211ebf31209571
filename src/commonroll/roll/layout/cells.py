"""What one cell becomes: expressions over string columns, cheap enough for every cell of a roll.

`tidy` comes first and in a query level of its own, so that the others may name its result more than once.
Guards stand before the expensive functions because most cells need none of them: measured on DuckDB 1.5,
`trim` costs five times the test whether a cell begins or ends with a space.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

UNKNOWN = "?"
"""Stands for a code that the layout does not list, until the row is refused."""

FIRST_DAY = datetime.date(1900, 1, 2)
"""Dates before it are placeholders: registrars write 1800-01-01 or 1900-01-01 where they know none."""

ANY_OTHER = "*"
"""In a list of codes: every code that is not blank and not listed."""

YES = ("Y", "YES", "TRUE", "T", "1", "X")
"""What a flag says where it says yes, in any case."""

MADE = "MADE-"
"""Before an id that `made_id` made, so that nobody takes it for the state's."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def try_strptime(text: str, formats: list[str]) -> datetime.datetime:  # type: ignore[empty-body]
    """DuckDB's: the first format that fits, null where none does (never an error that quotes the cell)."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def trim(text: str) -> str:  # type: ignore[empty-body]
    """DuckDB's: without spaces around. With the characters named, as Ibis does, it takes twice the time."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def ltrim(text: str, characters: str) -> str:  # type: ignore[empty-body]
    """DuckDB's: without any of the characters at the start."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def lpad(text: str, width: int, fill: str) -> str:  # type: ignore[empty-body]
    """DuckDB's: filled up on the left; it would cut a longer text."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def split_part(text: str, at: str, part: int) -> str:  # type: ignore[empty-body]
    """DuckDB's: that part of the text, from 1, or from -1 backwards; '' where there is none."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def sha256(text: str) -> str:  # type: ignore[empty-body]
    """DuckDB's: the digest in 64 hex digits."""


@ibis.udf.scalar.builtin(name="list_position")  # type: ignore[untyped-decorator]
def place_in(values: list[str], value: str) -> int:  # type: ignore[empty-body]
    """DuckDB's: place of the value in the list, the first is 1; null where it is not there."""


@ibis.udf.scalar.builtin(name="list_extract")  # type: ignore[untyped-decorator]
def at_place(values: list[str], place: int) -> str:  # type: ignore[empty-body]
    """DuckDB's: the value at that place of the list, null for a null place."""


def tidy(cell: ir.StringValue) -> ir.StringValue:
    """Trimmed, single spaces; null where nothing is left. Letters and zeros stay as published."""
    ragged = cell.contains("  ") | cell.startswith(" ") | cell.endswith(" ")
    return ibis.cases((ragged, trim(cell.re_replace(" {2,}", " "))), else_=cell).nullif("")


def trimmed(cell: ir.StringValue) -> ir.StringValue:
    """As `tidy`, for ids, codes, numbers and dates, which have no spaces inside."""
    padded = cell.startswith(" ") | cell.endswith(" ")
    return ibis.cases((padded, trim(cell)), else_=cell).nullif("")


def words(*cells: ir.StringValue) -> ir.StringValue:
    """The words of tidy cells, a space between two cells, in upper case; null where none says anything."""
    if len(cells) == 1:
        return cells[0].upper()
    return ibis.literal(" ").join(cells).upper().nullif("")


def code(cell: ir.StringValue, meanings: Mapping[str, str]) -> ir.StringValue:
    """The roll's value of a tidy code: '' where nothing is said, UNKNOWN where the layout lists none such.

    The meaning of ANY_OTHER is that of every code not listed.
    """
    listed = {"": "", **{said: means for said, means in meanings.items() if said != ANY_OTHER}}
    return cell.fill_null("").cases(*listed.items(), else_=meanings.get(ANY_OTHER, UNKNOWN))


def folded(cell: ir.StringValue) -> ir.StringValue:
    """Upper case without spaces, for codes that counties spell differently."""
    return cell.upper().replace(" ", "")


def folded_text(text: str) -> str:
    """What `folded` makes of a tidy cell that holds `text`."""
    return text.upper().replace(" ", "")


def day(cell: ir.StringValue, formats: Sequence[str]) -> ir.DateValue:
    """The date a tidy cell writes, null where no format fits."""
    return try_strptime(cell, list(formats)).date()


def number(cell: ir.StringValue) -> ir.IntegerValue:
    """The whole number a tidy cell writes, null where it is none."""
    return cell.try_cast("int16")


def without_zeros(cell: ir.StringValue) -> ir.StringValue:
    """A district's number without leading zeros, letters behind it kept; zeros alone mean no district.

    A number in parts ("01-02") stays as published; a spreadsheet's "12.0" is 12.
    """
    zeros, point = cell.startswith("0") & ~cell.contains("-"), cell.endswith(".0")
    padded = ibis.cases((point, cell.re_replace("^0*([0-9]*)[.]0$", r"\1")), else_=ltrim(cell, "0"))
    return ibis.cases((zeros | point, padded.nullif("")), else_=cell).upper()


def email(cell: ir.StringValue) -> ir.StringValue:
    """Lower case; null unless a sign `@` stands between two parts."""
    return ibis.cases((cell.like("_%@_%"), cell.lower()))


def us_phone(*cells: ir.StringValue) -> ir.StringValue:
    """The digits of one cell, or of several side by side, in E.164; null where they are not a number.

    Ten digits; area code and exchange begin with 2 to 9 (North American Numbering Plan).
    """
    dialled = cells[0]
    for further in cells[1:]:
        dialled = dialled + further
    digits = ibis.cases((dialled.length() == 10, dialled), else_=dialled.re_replace("[^0-9]", ""))
    return (ibis.literal("+1") + digits).re_extract("^[+]1[2-9][0-9]{2}[2-9][0-9]{6}$", 0).nullif("")


def zip5(cell: ir.StringValue) -> ir.StringValue:
    """The five digits of a United States ZIP code; 00000 and 99999 are placeholders."""
    return cell.re_extract("^([0-9]{5})(-?[0-9]{4})?$", 1).nullif("").nullif("00000").nullif("99999")


def zip4(cell: ir.StringValue) -> ir.StringValue:
    """The four digits after a ZIP code, written together or with a hyphen; 0000 is a placeholder."""
    longer = cell.length() > 5
    return ibis.cases((longer, cell.re_extract("^[0-9]{5}-?([0-9]{4})$", 1).nullif("").nullif("0000")))


def postal_code(
    zip_code: ir.StringValue, plus4: ir.StringValue, foreign: ir.StringValue | None = None
) -> ir.StringValue:
    """A ZIP code, with its four further digits where known, or another country's postal code."""
    extended = zip_code + "-" + plus4.nullif("0000")
    known = (extended, zip_code) if foreign is None else (extended, zip_code, foreign.upper())
    return ibis.coalesce(*known)


def upper(cell: ir.StringValue) -> ir.StringValue:
    """In capitals: for ids that two files of one state write differently."""
    return cell.upper()


def leading_number(cell: ir.StringValue) -> ir.StringValue:
    """The number before a letter: 12 of "12A", the senators' district of a part of it."""
    return cell.re_extract("^0*([0-9]+)", 1).nullif("")


TYPE_WORDS = (
    ("RUNOFF", "runoff"),
    ("RUN-OFF", "runoff"),
    ("SECOND PRIMARY", "runoff"),
    ("SPECIAL", "special"),
    ("PRIMARY", "primary"),
    ("MUNICIPAL", "municipal"),
    ("GENERAL", "general"),
)
"""What words in an election's name say of its type; the first that is there counts."""


def type_from_name(cell: ir.StringValue) -> ir.StringValue:
    """The election's type from the words of its published name, large or small; TYPE_WORDS."""
    name = cell.upper()
    return ibis.cases(*((name.contains(word), kind) for word, kind in TYPE_WORDS), else_="other")


def washington_type(cell: ir.StringValue) -> ir.StringValue:
    """The type of a Washington election from its day, for files that name none.

    General elections are on the Tuesday after the first Monday of November, primaries on the first Tuesday
    of August (RCW 29A.04.311, .321), presidential primaries on the second of March (RCW 29A.56.020);
    special elections on the second Tuesday of February and the fourth of April (RCW 29A.04.330).
    """
    held = day(cell, ("%m/%d/%Y", "%Y-%m-%d"))
    month, on = held.month(), held.day()
    return ibis.cases(
        (held.isnull() | (held.day_of_week.index() != 1), "other"),
        ((month == 11) & on.between(2, 8), "general"),
        ((month == 8) & (on <= 7), "primary"),
        ((month == 3) & on.between(8, 14), "primary"),
        ((month == 2) & on.between(8, 14), "special"),
        ((month == 4) & on.between(22, 28), "special"),
        else_="other",
    )


def made_id(*cells: ir.StringValue) -> ir.StringValue:
    """An id for a voter whose state publishes none: MADE and 24 hex digits of a digest of the cells' words.

    Whoever changes one of the cells gets another id, and two people alike in all of them share one: of
    their lines only the first loads. Null where no cell says anything.
    """
    said = ibis.literal("\x1f").join([cell.fill_null("").upper() for cell in cells])
    made = ibis.literal(MADE) + sha256(said).substr(0, 24)
    return ibis.cases((ibis.coalesce(*cells).notnull(), made))


def year_of(cell: ir.StringValue) -> ir.StringValue:
    """The year, four digits on their own, of a date or of a year alone."""
    return cell.re_extract("(?:^|[^0-9])((?:18|19|20)[0-9]{2})(?:$|[^0-9])", 1).nullif("")


def whole_day(cell: ir.StringValue) -> ir.StringValue:
    """A date's text; null for a year alone, where some deliveries hold days and others years."""
    return ibis.cases((cell.length() > len("1975"), cell))


def full_year(*cells: ir.StringValue) -> ir.StringValue:
    """A date whose year has two digits at its end, with the four digits of this century.

    Of several cells the first one that says anything.
    """
    return ibis.coalesce(*cells).re_replace("([-/])([0-9]{2})$", r"\120\2")


def type_by_day(cell: ir.StringValue) -> ir.StringValue:
    """general on the day that federal law fixes for general elections (2 U.S.C. 7), other on any other."""
    held = day(cell, ("%m/%d/%Y", "%Y-%m-%d", "%Y%m%d", "%m-%d-%Y", "%m/%d/%Y %H:%M:%S"))
    return federal_type(held)


def federal_type(held: ir.DateValue) -> ir.StringValue:
    """As `type_by_day`, of a date: the Tuesday after the first Monday of November of an even year."""
    november = (held.month() == 11) & held.day().between(2, 8) & (held.year() % 2 == 0)
    return ibis.cases((november & (held.day_of_week.index() == 1), "general"), else_="other")


TOWN_LINE = "(?i)^(.*?)[, ]+([A-Z]{2})(?:[, ]+([0-9]{5}(?:-?[0-9]{4})?)?)?$"
"""A line of town, state and ZIP code."""


def town_of_line(cell: ir.StringValue) -> ir.StringValue:
    """The town of a line "MADISON, WI 53703-1234"; the whole line where it has no such parts."""
    return ibis.coalesce(cell.re_extract(TOWN_LINE, 1).nullif(""), cell).upper()


def state_of_line(cell: ir.StringValue) -> ir.StringValue:
    """The state of a line of town, state and ZIP code."""
    return cell.re_extract(TOWN_LINE, 2).nullif("").upper()


def zip_of_line(cell: ir.StringValue) -> ir.StringValue:
    """The ZIP code, or ZIP+4, at the end of a line."""
    return cell.re_extract("(?:^|[^0-9])([0-9]{5}(?:-?[0-9]{4})?)$", 1).nullif("")


def zip5_of_line(cell: ir.StringValue) -> ir.StringValue:
    """The five digits of the ZIP code at the end of a line."""
    return zip5(zip_of_line(cell))


FUNCTIONS: Mapping[str, Callable[..., ir.StringValue]] = MappingProxyType(
    {
        "us_phone": us_phone,
        "zip5": zip5,
        "zip4": zip4,
        "postal_code": postal_code,
        "upper": upper,
        "leading_number": leading_number,
        "type_from_name": type_from_name,
        "type_by_day": type_by_day,
        "washington_type": washington_type,
        "made_id": made_id,
        "year_of": year_of,
        "whole_day": whole_day,
        "full_year": full_year,
        "town_of_line": town_of_line,
        "state_of_line": state_of_line,
        "zip_of_line": zip_of_line,
        "zip5_of_line": zip5_of_line,
    }
)
"""What a layout may `call`; each takes the tidy cells of its columns `of` and gives a string."""

LINES = frozenset({"town_of_line", "state_of_line", "zip_of_line", "zip5_of_line"})
"""Those of FUNCTIONS that read a line of several words."""
