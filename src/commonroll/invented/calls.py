"""The inverse of the functions that a layout may call, by name: what their columns say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.draw import one_of
from commonroll.invented.facts import Facts
from commonroll.invented.write import dates, glued, together_if_any
from commonroll.roll.layout.layout import Source


class Use(Protocol):
    """A field, where it comes from, and which of the columns this is."""

    @property
    def field(self) -> str: ...
    @property
    def source(self) -> Source: ...
    @property
    def place(self) -> int: ...


Inverse = Callable[[Facts], pa.Array]

ENDS_OF_LINES = ("zip_of_line", "zip5_of_line")
"""Functions that find something at the end of a text, which other fields read as it stands."""


def writer(uses: Sequence[Use], width: int | None, forms: Sequence[str]) -> Inverse:
    """What a column says that only functions read."""
    use = uses[0]
    kind = use.source.call or ""
    if kind in ("zip5", "zip4"):
        return partial(zip_code, use.field, any(u.source.call == "zip4" for u in uses), width)
    if kind == "us_phone":
        return partial(phone, len(use.source.columns), use.place, width)
    if kind.endswith("_of_line"):
        return partial(line, use.field)
    if kind == "whole_day":
        return partial(day, use.field, forms)
    if kind == "full_year":
        return partial(short_year, use.field)
    if kind == "type_from_name":
        return lambda f: f.text("election_name")
    if kind in ("type_by_day", "washington_type"):
        return partial(day, "election_date", forms)
    if kind == "made_id":
        return lambda f: pa.nulls(len(f), pa.string())
    return lambda f: f.text(use.field) if use.place == 0 else pa.nulls(len(f), pa.string())


def shown(f: Facts, text: pa.Array) -> pa.Array:
    """Blank for protected voters."""
    return pc.if_else(pa.array(f.guarded), None, text)


def zip_code(field: str, longer: bool, width: int | None, f: Facts) -> pa.Array:
    """Five digits, and the four further ones where a field asks for them and the clerk knows them."""
    home = field.startswith("residence")
    text = f.text("residence_zip5" if home else "mail_zip")
    if longer and home and (width is None or width > 5):
        hyphen = "" if width is not None and width < 10 else "-"
        text = together_if_any([text, f.text("residence_zip4")], hyphen)
    return shown(f, text)


def phone(columns: int, place: int, width: int | None, f: Facts) -> pa.Array:
    """One cell, area code and number, or area code, exchange and line."""
    if columns == 1:
        return shown(f, written(f, width))
    parts = {2: (f.area_code, listed(f, f.subscriber))}.get(
        columns,
        (
            f.area_code,
            listed(f, pc.utf8_slice_codeunits(f.subscriber, 0, 3)),
            listed(f, pc.utf8_slice_codeunits(f.subscriber, 3, 7)),
        ),
    )
    return shown(f, parts[place]) if place < len(parts) else pa.nulls(len(f), pa.string())


def listed(f: Facts, text: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(f.has_phone), text, None)


def written(f: Facts, width: int | None) -> pa.Array:
    """Ten digits, or as people write them: `(919) 555-0123`."""
    if width is not None and width < 14:
        return f.phone
    exchange, last = pc.utf8_slice_codeunits(f.subscriber, 0, 3), pc.utf8_slice_codeunits(f.subscriber, 3, 7)
    spelled = listed(f, glued("(", f.area_code, ") ", exchange, "-", last))
    return pc.if_else(pa.array(one_of(f.luck, 121, 3) == 0), spelled, f.phone)


def line(field: str, f: Facts) -> pa.Array:
    """`TOWN, ST 12345` of the mailing address, or of the residence."""
    of = "residence" if field.startswith("residence") else "mail"
    city, state = f.text(f"{of}_city"), f.text(f"{of}_state")
    code = f.text("residence_zip5" if of == "residence" else "mail_zip")
    return shown(f, pc.if_else(pc.is_valid(city), glued(city, ", ", state, " ", code), None))


def with_town(street: Inverse, field: str, f: Facts) -> pa.Array:
    """A whole address as one text, `100 MAIN ST TOWN 12345`, where a file has no other column for it."""
    of = "residence" if field.startswith("residence") else "mail"
    code = f.text("residence_zip5" if of == "residence" else "mail_zip")
    written = street(f)
    whole = glued(written, " ", f.text(f"{of}_city"), " ", code)
    return pc.if_else(pc.and_(pc.is_valid(written), pc.is_valid(code)), whole, written)


def short_year(field: str, f: Facts) -> pa.Array:
    when = f.day(field)
    return f.text(field) if when is None else dates(when, "%m/%d/%y")


def day(field: str, forms: Sequence[str], f: Facts) -> pa.Array:
    when = f.day(field)
    return f.text(field) if when is None or not forms else dates(when, forms[0])
