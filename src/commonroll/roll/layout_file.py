"""The strict parser of a layout's TOML: an unknown key, field, code or column is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import cast

from commonroll.errors import Refusal
from commonroll.roll import schema
from commonroll.roll.cells import FUNCTIONS
from commonroll.roll.counties import counties_of
from commonroll.roll.layout_format import format_of, marks_of
from commonroll.roll.layout_history import Unpivot, unpivot_of
from commonroll.roll.layout_shape import (
    TABLE_OF,
    Bounds,
    DistrictColumns,
    Expect,
    Layout,
    Protected,
    Role,
    Source,
)
from commonroll.roll.toml_table import TomlTable

MADE_BY_THE_LOADER = frozenset(
    {"member", "state", "source_file", "source_line", "as_of", "shown_from", "listed_from"}
)
DERIVED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"party": ("party_source",), "county": ("county_fips", "county_name"), "birth_date": ("birth_year",)}
)
"""Fields of a layout that fill further columns: party as published, county by the state's county codes."""

CODED: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "status": None,
        "sex": schema.SEXES,
        "party": schema.PARTIES,
        "race": None,
        "ethnicity": None,
        "confidential": ("true", "false"),
        "permanent_absentee": ("true", "false"),
        "method": schema.METHODS,
        "election_type": schema.ELECTION_TYPES,
        "party_voted": schema.PARTIES,
    }
)
"""Fields that only [codes] can fill, and the values they may take (None: see the table's column)."""

PROTECTED = ("flagged", "withheld", "unstated")
CONFIDENCE = ("official", "observed", "configured", "unordered")


def load_layout(path: Path) -> Layout:
    """Reads one TOML strictly. Raises Refusal that names the file, the key and what to do."""
    where = f"{path.parent.name}/{path.name}"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"not a TOML file: {error}", where=where, next_step="correct the file") from error
    return _layout(TomlTable(where, document), key=where.removesuffix(".toml"), folder=path.parent.parent)


def _layout(top: TomlTable, *, key: str, folder: Path) -> Layout:
    role = cast(Role, top.choice("role", tuple(TABLE_OF)))
    state = top.text("state")
    table = TABLE_OF[role]
    wide = unpivot_of(top.table("unpivot")) if top.has("unpivot") else None
    districts = _districts(top.table("districts"))
    columns = _columns(top.table("columns"), table)
    format = format_of(top.table("format"), top.table("positions"))
    order = tuple(format.positions) or top.texts("columns_order")
    confidence = top.choice("confidence", CONFIDENCE)
    if not state.isupper() or not key.startswith(f"{state.lower()}/") or not key.endswith(f".{role}"):
        top.refuse("the file's folder and name do not say its state and role")
    found = Layout(
        state=state,
        key=key,
        role=role,
        since=top.day("since"),
        title=top.text("title"),
        confidence=confidence,
        protected=cast(Protected, top.choice("protected", PROTECTED)) if role == "registration" else None,
        format=format,
        files=top.texts("files"),
        dates=top.texts("dates") if top.has("dates") else (),
        order=order,
        optional=_optional(top, order, confidence, [columns[key] for key in table.key if key in columns]),
        headers=_spellings(top.table("headers")),
        columns=columns,
        ignore=top.table("ignore").all_texts(),
        codes=_codes(top.table("codes"), table, columns),
        left_out=_left_out(top.table("left_out"), columns),
        placeholders=_placeholders(top.table("placeholders"), columns),
        districts=districts,
        unpivot=wide,
        counties=counties_of(state, folder) if {"county", "county_voted"} & set(columns) else {},
        expect=_expect(top.table("expect"), table),
        published=_published(table, columns, districts, wide),
        marks=marks_of(top.table("recognise"), order),
    )
    top.done()
    _refuse_gaps(top, found)
    return found


def _optional(
    top: TomlTable, order: Sequence[str], confidence: str, keys: Sequence[Source]
) -> frozenset[str]:
    """Columns that a file may lack: under "unordered", which knows no complete list, all but the key's."""
    named = frozenset(top.texts("optional")) if top.has("optional") else frozenset()
    if confidence != "unordered":
        return named
    return named | frozenset(order) - {column for key in keys for column in key.columns}


def _spellings(table: TomlTable) -> Mapping[str, str]:
    spelt = [(spelling, column) for column in table.names() for spelling in table.texts(column)]
    if len(dict(spelt)) < len(spelt):
        table.refuse("gives one spelling to two columns")
    return MappingProxyType(dict(spelt))


def _columns(table: TomlTable, target: schema.Table) -> Mapping[str, Source]:
    fields = set(target.names) - MADE_BY_THE_LOADER - {"party_source", "county_fips", "county_name"}
    if target is schema.VOTERS:
        fields.add("county")
    read = {}
    for field in table.names():
        if field not in fields:
            table.refuse("is not a field of the roll", field, f"use one of: {', '.join(sorted(fields))}")
        read[field] = _source(table, field)
    for key in set(target.key) - set(read) - MADE_BY_THE_LOADER:
        table.refuse(f"{key!r} is missing", next_step="map the column that holds it")
    return MappingProxyType(read)


def _source(table: TomlTable, field: str) -> Source:
    if isinstance(table.value_of(field), str):
        return Source(columns=(table.text(field),))
    verb = table.table(field)
    if verb.has("constant"):
        source = Source(constant=verb.text("constant"))
    elif verb.has("join"):
        source = Source(columns=verb.texts("join"))
    else:
        source = Source(columns=verb.texts("of"), call=verb.choice("call", tuple(FUNCTIONS)))
    verb.done()
    return source


def _codes(
    table: TomlTable, target: schema.Table, columns: Mapping[str, Source]
) -> Mapping[str, Mapping[str, str]]:
    read = {}
    for field in table.names():
        if field not in CODED or field not in columns:
            table.refuse("is not a coded field that [columns] maps", field)
        codes = table.table(field).all_texts()
        allowed = CODED[field] or target[field].values
        for code, value in codes.items():
            if code != code.strip() or (allowed is not None and value not in (*allowed, "")):
                table.refuse(f"code {code!r} means {value!r}, which the roll does not know", field)
        read[field] = codes
    for field in set(CODED) & set(columns) - set(read):
        if columns[field].constant is None and columns[field].call is None:
            table.refuse(f"{field!r} is missing", next_step=f"list the codes of {field} with their meanings")
    return MappingProxyType(read)


def _left_out(table: TomlTable, columns: Mapping[str, Source]) -> Mapping[str, Mapping[str, str]]:
    for field in table.names():
        if field not in columns:
            table.refuse("is not a field that [columns] maps", field)
    return MappingProxyType({field: table.table(field).all_texts() for field in table.names()})


def _placeholders(table: TomlTable, columns: Mapping[str, Source]) -> Mapping[str, tuple[str, ...]]:
    """Field to the texts that mean "not given" in it; the file says it the other way round."""
    read: dict[str, tuple[str, ...]] = {}
    for placeholder in table.names():
        for field in table.texts(placeholder):
            if field not in columns and field != "districts":
                table.refuse("is not a field that [columns] maps", field)
            read[field] = (*read.get(field, ()), placeholder)
    return MappingProxyType(read)


def _districts(table: TomlTable) -> Mapping[str, tuple[DistrictColumns, ...]]:
    read = {}
    for kind in table.names():
        if kind not in schema.DISTRICT_TYPES:
            table.refuse(f"is not a district type: {', '.join(schema.DISTRICT_TYPES)}", kind)
        read[kind] = tuple(_district(one) for one in table.tables(kind))
        labels = [one.label for one in read[kind]]
        if len(set(labels)) < len(labels):
            table.refuse("has several columns: give each its own label, so that ids stay apart", kind)
    return MappingProxyType(read)


def _district(table: TomlTable) -> DistrictColumns:
    read = DistrictColumns(
        id=table.text("id"),
        name=table.text("name") if table.has("name") else None,
        label=table.text("label") if table.has("label") else None,
    )
    table.done()
    return read


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
        wide_fields = ("state_voter_id", "election_date", "election_name", "election_type", "party_voted")
        filled |= {f"history.{name}" for name in wide_fields}
    return frozenset(filled)


def _refuse_gaps(top: TomlTable, found: Layout) -> None:
    """Every column of the official order is mapped or ignored, nothing else is, and every reason is one."""
    used = {column for source in found.columns.values() for column in source.columns}
    for one in (district for kind in found.districts.values() for district in kind):
        used |= {one.id} | ({one.name} if one.name else set())
    order = set(found.order)
    no_reason = {column for column, why in found.ignore.items() if _no_reason(why)}
    faults = {
        "neither mapped nor ignored": order - used - set(found.ignore),
        "both mapped and ignored": used & set(found.ignore),
        "used, but not in columns_order": (used | found.optional) - order,
        "has spellings, but is not in columns_order": set(found.headers.values()) - order,
        "a spelling that is itself a column": set(found.headers) & order,
        "ignored without a reason": no_reason,
    }
    said = [f"{fault}: {', '.join(sorted(columns))}" for fault, columns in faults.items() if columns]
    if said:
        top.refuse("; ".join(said), next_step="map the column, or say why it may go")
    if (found.protected == "flagged") != ("confidential" in found.columns):
        top.refuse('`confidential` is mapped under protected = "flagged", and only there')


def _no_reason(why: str) -> bool:
    return len(why.split()) < 2 or "todo" in why.lower()
