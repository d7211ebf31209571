"""The strict parser of a layout's TOML: an unknown key, field, code or column is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import cast

from commonroll.errors import Refusal
from commonroll.roll import schema
from commonroll.roll.counties import counties_listed
from commonroll.roll.layout.fields import (
    COUNTIES,
    MADE_BY_THE_LOADER,
    any_case_of,
    codes_of,
    columns_of,
    districts_of,
    left_out_of,
    placeholders_of,
)
from commonroll.roll.layout.format import format_of, marks_of
from commonroll.roll.layout.history import Unpivot, unpivot_of
from commonroll.roll.layout.listed_elections import elections_of
from commonroll.roll.layout.places import FILLS, PlacesBeside, places_beside
from commonroll.roll.layout.shape import (
    TABLE_OF,
    Adults,
    Bounds,
    DistrictColumns,
    Expect,
    Layout,
    Protected,
    Role,
)
from commonroll.roll.layout.source import Source
from commonroll.roll.layout.toml_table import TomlTable

DERIVED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"party": ("party_source",), "county": ("county_fips", "county_name"), "birth_date": ("birth_year",)}
)
"""Fields of a layout that fill further columns: party as published, county by the state's county codes."""

WIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "election_date": ("date", "year", "code"),
        "election_type": ("type", "code", "date", "name"),
        "election_name": ("name", "code"),
        "method": ("method",),
        "party_voted": ("party",),
        "county_voted": ("county",),
    }
)
"""Columns of `history`, and the attributes of a line's elections that fill them."""

PROTECTED = ("flagged", "withheld", "unstated")
ADULTS_BY = ("general election", "90 days")
"""Until when whom a state's law registers is 18 at the latest; docs/adr/0050."""
CONFIDENCE = ("official", "observed", "configured", "unordered")


def load_layout(path: Path, lists: Sequence[Path] = ()) -> Layout:
    """Reads one TOML strictly. Raises Refusal that names the file, the key and what to do.

    `lists`: folders of layouts with lists of the state's counties and elections; the file's own if none.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"not a TOML file: {error}", where=where, next_step="correct the file") from error
    return _layout(
        TomlTable(where, document), key=where.removesuffix(".toml"), lists=lists or (path.parent.parent,)
    )


def _layout(top: TomlTable, *, key: str, lists: Sequence[Path]) -> Layout:
    role = cast(Role, top.choice("role", tuple(TABLE_OF)))
    state = top.text("state")
    table = TABLE_OF[role]
    dates = _dates(top)
    wide = unpivot_of(top.table("unpivot"), dates, elections_of(state, lists)) if top.has("unpivot") else None
    districts = districts_of(top.table("districts"))
    places = places_beside(top.table("places")) if top.has("places") else None
    columns = columns_of(top.table("columns"), table, needed=_needed(top, table, role, wide))
    any_case = any_case_of(top, columns)
    format = format_of(top.table("format"), top.table("positions"))
    order = tuple(format.positions) or top.texts("columns_order")
    confidence = top.choice("confidence", CONFIDENCE)
    _refuse_name(top, key, state, role)
    found = Layout(
        state=state,
        key=key,
        role=role,
        since=top.day("since"),
        title=_title(top),
        confidence=confidence,
        protected=cast(Protected, top.choice("protected", PROTECTED)) if role == "registration" else None,
        format=format,
        files=top.texts("files"),
        dates=dates,
        order=order,
        optional=_optional(top, order, confidence, [columns[key] for key in table.key if key in columns]),
        headers=_spellings(top.table("headers")),
        columns=columns,
        ignore=top.table("ignore").all_texts(),
        codes=codes_of(top.table("codes"), table, columns, any_case),
        left_out=left_out_of(top.table("left_out"), columns),
        placeholders=placeholders_of(top.table("placeholders"), columns),
        districts=districts,
        unpivot=wide,
        counties=counties_listed(state, lists) if _has_counties(columns, wide) else {},
        expect=_expect(top.table("expect"), table),
        published=_published(table, columns, districts, wide) | _told_by_lists(places),
        marks=marks_of(top.table("recognise"), order),
        any_case=any_case,
        quirks=top.texts("quirks") if top.has("quirks") else (),
        sources=top.texts("sources") if top.has("sources") else (),
        access=top.text("access") if top.has("access") else "",
        beside=_beside(top.table("beside")),
        adults=_adults(top.table("adults")) if top.has("adults") else None,
        places=places,
    )
    top.done()
    _refuse_gaps(top, found)
    return found


def _refuse_name(top: TomlTable, key: str, state: str, role: Role) -> None:
    """`key` is folder and name: "nc/2022-02.registration", or "tx/2021-09.registration.fwf685"."""
    folder, _, name = key.partition("/")
    parts = name.split(".")
    variant = parts[2] if len(parts) == 3 else "-"
    if folder != state.lower() or not state.isupper() or len(parts) not in (2, 3) or parts[1] != role:
        top.refuse("the file's folder and name do not say its state and role")
    if not all(letter.isalnum() or letter == "-" for letter in variant) or not variant:
        top.refuse("the variant in the file's name is not of letters, digits and hyphens")


def _title(top: TomlTable) -> str:
    title = top.text("title")
    if "todo" in title.lower():
        top.refuse("is still to do", "title", "say whose file it is")
    return title


def _dates(top: TomlTable) -> tuple[str, ...]:
    dates = top.texts("dates") if top.has("dates") else ()
    if any("%y" in form for form in dates):
        top.refuse("has a year of two digits, which may be of either century", "dates")
    return dates


def _needed(top: TomlTable, table: schema.Table, role: Role, wide: Unpivot | None) -> Sequence[str]:
    """Fields that a layout must map; elections of a history file's lines come from [unpivot] alone."""
    if wide is None:
        # a state need not publish every day of a ballot's way
        may_lack = {column.name for column in table if column.nullable} if role == "absentee" else set()
        return sorted(set(table.key) - MADE_BY_THE_LOADER - may_lack)
    if role not in ("registration", "history"):
        top.refuse("stands in the layout of a registration or history file", "unpivot")
    return ["state_voter_id"]


def _has_counties(columns: Mapping[str, Source], wide: Unpivot | None) -> bool:
    return bool(set(COUNTIES) & set(columns)) or (wide is not None and "county" in wide.says)


def _optional(
    top: TomlTable, order: Sequence[str], confidence: str, keys: Sequence[Source]
) -> frozenset[str]:
    """Columns that a file may lack: under "unordered", which knows no complete list, all but the key's."""
    named = frozenset(top.texts("optional")) if top.has("optional") else frozenset()
    if confidence != "unordered":
        return named
    return named | frozenset(order) - {column for key in keys for column in key.columns}


def _beside(table: TomlTable) -> Mapping[str, str]:
    read = table.all_texts()
    for pattern, why in read.items():
        if _no_reason(why):
            table.refuse("is passed over without a reason", pattern, "say what the file holds")
    return read


def _spellings(table: TomlTable) -> Mapping[str, str]:
    spelt = [(spelling, column) for column in table.names() for spelling in table.texts(column)]
    if len(dict(spelt)) < len(spelt):
        table.refuse("gives one spelling to two columns")
    return MappingProxyType(dict(spelt))


def _expect(table: TomlTable, target: schema.Table) -> Expect:
    rows, filled, share = (table.table(key) for key in ("rows", "filled", "share"))
    read = Expect(
        rows=_bounds(rows),
        filled=MappingProxyType({field: filled.number(field) for field in filled.names()}),
        share=MappingProxyType({field: _shares(share.table(field)) for field in share.names()}),
    )
    table.done()
    for field in {*read.filled, *read.share} - set(target.names):
        table.refuse("is not a column of the table", field)
    return read


def _shares(table: TomlTable) -> Mapping[str, Bounds]:
    return MappingProxyType({value: _bounds(table.table(value)) for value in table.names()})


def _bounds(table: TomlTable) -> Bounds:
    read = Bounds(table.number("min"), table.number("max"))
    table.done()
    if read.min > read.max:
        table.refuse("has a least above its most")
    return read


def _published(
    table: schema.Table,
    columns: Mapping[str, Source],
    districts: Mapping[str, tuple[DistrictColumns, ...]],
    wide: Unpivot | None,
) -> frozenset[str]:
    fields = {field for field, source in columns.items() if source.constant is None}
    names = [*fields - {"county"}, *(made for field in fields for made in DERIVED.get(field, ()))]
    filled = {f"{table.name}.{name}" for name in names}
    if districts:
        filled |= {"districts.state_voter_id", "districts.type", "districts.id"}
    if any(one.name for kind in districts.values() for one in kind):
        filled.add("districts.name")
    if wide is not None:
        named = wide.shape == "columns" or any(slot.cell for slot in wide.slots) or wide.column is not None
        says = wide.says | ({"name"} if named else set())
        filled |= {f"history.{name}" for name, said in WIDE.items() if says & set(said)}
        filled.add("history.state_voter_id")
    return frozenset(filled) if table.name in schema.ROLL_TABLES else frozenset()


def _told_by_lists(places: PlacesBeside | None) -> frozenset[str]:
    """Columns that lists of places beside a file fill; names stand in lists of numbered columns alone."""
    if places is None:
        return frozenset()
    named = ("name",) if any(zone.code for zone in places.zones) else ()
    districts = (f"districts.{name}" for name in ("state_voter_id", "type", "id", *named))
    return frozenset({*districts, *(f"voters.{FILLS[kind]}" for kind in places.fills)})


def _refuse_gaps(top: TomlTable, found: Layout) -> None:
    """Every column of the official order is mapped or ignored, nothing else is, and every reason is one."""
    used, order = set(found.mapped), set(found.order)
    elections = {column for column in order if found.is_election(column)}
    no_reason = {column for column, why in found.ignore.items() if _no_reason(why)}
    faults = {
        "neither mapped nor ignored": order - used - elections - set(found.ignore),
        "both mapped and ignored": used & set(found.ignore),
        "used, but not in columns_order": (used | found.optional) - order,
        "has spellings, but is not in columns_order": set(found.headers.values()) - order,
        "a spelling that is itself a column": set(found.headers) & order,
        "ignored without a reason": no_reason,
    }
    said = [f"{fault}: {', '.join(sorted(columns))}" for fault, columns in faults.items() if columns]
    if said:
        top.refuse("; ".join(said), next_step="map the column, or say why it may go")
    if not found.has_rows and set(found.columns) != {"state_voter_id"}:
        top.refuse("maps the voter's id alone: the rest of a row is one of [unpivot]'s elections", "columns")
    if (found.protected == "flagged") != ("confidential" in found.columns):
        top.refuse('`confidential` is mapped under protected = "flagged", and only there')

    if found.places and found.role != "registration":
        top.refuse("says where voters live, and stands in the layout of a registration file", "places")
    if found.places and (twice := {FILLS[kind] for kind in found.places.fills} & set(found.columns)):
        top.refuse(f"{', '.join(sorted(twice))} is told by a list, and by a column too", "columns")
    if found.adults and (found.has_births or found.role != "registration"):
        top.refuse("says whom the law registers, which counts only for files that have no birth", "adults")


def _adults(table: TomlTable) -> Adults:
    read = Adults(table.choice("by", ADULTS_BY), table.text("cites"))
    table.done()
    return read


def _no_reason(why: str) -> bool:
    return len(why.split()) < 2 or "todo" in why.lower()
