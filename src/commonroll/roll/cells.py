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


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def try_strptime(text: str, formats: list[str]) -> datetime.datetime:  # type: ignore[empty-body]
    """DuckDB's: the first format that fits, null where none does (never an error that quotes the cell)."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def trim(text: str) -> str:  # type: ignore[empty-body]
    """DuckDB's: without spaces around. With the characters named, as Ibis does, it takes twice the time."""


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def ltrim(text: str, characters: str) -> str:  # type: ignore[empty-body]
    """DuckDB's: without any of the characters at the start."""


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
    """The roll's value of a tidy code: '' where nothing is said, UNKNOWN where the layout lists none such."""
    listed = {"": "", **meanings}
    return cell.fill_null("").cases(*listed.items(), else_=UNKNOWN)


def day(cell: ir.StringValue, formats: Sequence[str]) -> ir.DateValue:
    """The date a tidy cell writes, null where no format fits."""
    return try_strptime(cell, list(formats)).date()


def number(cell: ir.StringValue) -> ir.IntegerValue:
    """The whole number a tidy cell writes, null where it is none."""
    return cell.try_cast("int16")


def without_zeros(cell: ir.StringValue) -> ir.StringValue:
    """A district's number without leading zeros, letters behind it kept; zeros alone mean no district.

    A number in parts ("01-02") stays as published.
    """
    padded = cell.startswith("0") & ~cell.contains("-")
    return ibis.cases((padded, ltrim(cell, "0").nullif("")), else_=cell).upper()


def email(cell: ir.StringValue) -> ir.StringValue:
    """Lower case; null unless a sign `@` stands between two parts."""
    return ibis.cases((cell.like("_%@_%"), cell.lower()))


def us_phone(*cells: ir.StringValue) -> ir.StringValue:
    """The digits of one cell, or of area code and number, in E.164; null where they are not a number.

    Ten digits; area code and exchange begin with 2 to 9 (North American Numbering Plan).
    """
    dialled = cells[0] if len(cells) == 1 else cells[0] + cells[1]
    digits = ibis.cases((dialled.length() == 10, dialled), else_=dialled.re_replace("[^0-9]", ""))
    return (ibis.literal("+1") + digits).re_extract("^[+]1[2-9][0-9]{2}[2-9][0-9]{6}$", 0).nullif("")


def zip5(cell: ir.StringValue) -> ir.StringValue:
    """The five digits of a United States ZIP code; 00000 and 99999 are placeholders."""
    return cell.re_extract("^([0-9]{5})(-?[0-9]{4})?$", 1).nullif("").nullif("00000").nullif("99999")


def zip4(cell: ir.StringValue) -> ir.StringValue:
    """The four digits after a ZIP code, written together or with a hyphen; 0000 is a placeholder."""
    longer = cell.length() > 5
    return ibis.cases((longer, cell.re_extract("^[0-9]{5}-?([0-9]{4})$", 1).nullif("").nullif("0000")))


def postal_code(zip_code: ir.StringValue, plus4: ir.StringValue, foreign: ir.StringValue) -> ir.StringValue:
    """A ZIP code, with its four further digits where known, or another country's postal code."""
    extended = zip_code + "-" + plus4.nullif("0000")
    return ibis.coalesce(extended, zip_code, foreign.upper())


def type_from_name(cell: ir.StringValue) -> ir.StringValue:
    """The election's type from the words of its published name."""
    return ibis.cases(
        (cell.contains("RUNOFF") | cell.contains("SECOND PRIMARY"), "runoff"),
        (cell.contains("SPECIAL"), "special"),
        (cell.contains("PRIMARY"), "primary"),
        (cell.contains("MUNICIPAL"), "municipal"),
        (cell.contains("GENERAL"), "general"),
        else_="other",
    )


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


FUNCTIONS: Mapping[str, Callable[..., ir.StringValue]] = MappingProxyType(
    {
        "us_phone": us_phone,
        "zip5": zip5,
        "zip4": zip4,
        "postal_code": postal_code,
        "type_from_name": type_from_name,
        "washington_type": washington_type,
    }
)
"""What a layout may `call`; each takes the tidy cells of its columns `of` and gives a string."""
