"""What a layout says of fields: `[columns]`, `[codes]`, `[left_out]`, `[placeholders]`, `[districts]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from commonroll.roll import schema
from commonroll.roll.layout.cells import ANY_OTHER, folded_text
from commonroll.roll.layout.shape import DistrictColumns
from commonroll.roll.layout.source import Source, source_of
from commonroll.roll.layout.toml_table import TomlTable

MADE_BY_THE_LOADER = frozenset(
    {"member", "state", "source_file", "source_line", "as_of", "shown_from", "listed_from"}
)

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
        "type": schema.DISTRICT_TYPES,
    }
)
"""Fields that only [codes] can fill, and the values they may take (None: see the table's column)."""

COUNTIES = ("county", "county_voted")
"""Fields that hold a county by the state's own code for it."""

THIS_CENTURY = ("birth_date", "registered_on")
"""Dates that may lie before 2000, so that two digits of a year say too little."""


def columns_of(table: TomlTable, target: schema.Table, *, needed: Sequence[str]) -> Mapping[str, Source]:
    """Field to source. `needed`: fields that the layout must map."""
    fields = set(target.names) - MADE_BY_THE_LOADER - {"party_source", "county_fips", "county_name"}
    if target is schema.VOTERS:
        fields.add("county")
    read = {}
    for field in table.names():
        if field not in fields:
            table.refuse("is not a field of the roll", field, f"use one of: {', '.join(sorted(fields))}")
        read[field] = source_of(table, field)
        _refuse_words(table, field, target, read[field])
        if read[field].call == "full_year" and field in THIS_CENTURY:
            table.refuse("may lie before 2000: two digits of a year say too little", field)
    for field in needed:
        if field not in read:
            table.refuse(f"{field!r} is missing", next_step="map the column that holds it")
    return MappingProxyType(read)


def _refuse_words(table: TomlTable, field: str, target: schema.Table, source: Source) -> None:
    """A coded field's constant and flags are the roll's own words."""
    if field not in CODED:
        return
    words = [*(source.flags or {}).values(), source.constant, source.otherwise]
    allowed = CODED[field] or target[field].values
    for word in words:
        if word is not None and allowed is not None and word not in allowed:
            table.refuse(f"{word!r} is not a word of the roll", field, f"use one of: {', '.join(allowed)}")


def codes_of(
    table: TomlTable, target: schema.Table, columns: Mapping[str, Source], any_case: frozenset[str]
) -> Mapping[str, Mapping[str, str]]:
    """Field to published code to the roll's value."""
    read = {}
    for field in table.names():
        if field not in CODED or field not in columns or columns[field].is_verbatim:
            table.refuse("is not a coded field that [columns] maps", field)
        codes = table.table(field).all_texts()
        allowed = CODED[field] or target[field].values
        for code, value in codes.items():
            if code != code.strip() or not _is_word(value, allowed):
                table.refuse(f"code {code!r} means {value!r}, which the roll does not know", field)
        if field in any_case and not _agree(codes.items()):
            table.refuse("has codes that are one without case and spaces, but differ in meaning", field)
        if field == "confidential" and ANY_OTHER in codes and "" not in codes:
            table.refuse('lists "*", so it says what a blank means too', field, 'add "" = "false"')
        read[field] = codes
    for field in set(CODED) & set(columns) - set(read):
        if columns[field].call is None and not columns[field].is_verbatim:
            table.refuse(f"{field!r} is missing", next_step=f"list the codes of {field} with their meanings")
    return MappingProxyType(read)


def _is_word(value: str, allowed: Sequence[str] | None) -> bool:
    """Whether the roll knows a value; where it takes any, one that is still to do is none."""
    return value.lower() != "todo" if allowed is None else value in (*allowed, "")


def any_case_of(top: TomlTable, columns: Mapping[str, Source]) -> frozenset[str]:
    """Fields whose codes are compared without regard to case and spaces."""
    named = top.texts("any_case") if top.has("any_case") else ()
    for field in named:
        if field not in columns or field not in (*CODED, *COUNTIES):
            top.refuse(f"{field!r} is not a coded field that [columns] maps", "any_case")
    return frozenset(named)


def _agree(codes: Iterable[tuple[str, str]]) -> bool:
    folded = {(folded_text(code), value) for code, value in codes}
    return len({code for code, _ in folded}) == len(folded)


def left_out_of(table: TomlTable, columns: Mapping[str, Source]) -> Mapping[str, Mapping[str, str]]:
    """Field to code ("" = blank) to the reason why a row with it states nothing."""
    for field in table.names():
        if field not in columns:
            table.refuse("is not a field that [columns] maps", field)
    return MappingProxyType({field: table.table(field).all_texts() for field in table.names()})


def placeholders_of(table: TomlTable, columns: Mapping[str, Source]) -> Mapping[str, tuple[str, ...]]:
    """Field to the texts that mean "not given" in it; the file says it the other way round."""
    read: dict[str, tuple[str, ...]] = {}
    for placeholder in table.names():
        for field in table.texts(placeholder):
            if field not in columns and field != "districts":
                table.refuse("is not a field that [columns] maps", field)
            read[field] = (*read.get(field, ()), placeholder)
    return MappingProxyType(read)


def districts_of(table: TomlTable) -> Mapping[str, tuple[DistrictColumns, ...]]:
    """District type to the columns that hold districts of it."""
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
    source = source_of(table, "id")
    if not source.columns:
        table.refuse("is in no column", "id")
    read = DistrictColumns(
        id=source.columns[0],
        source=source,
        name=table.text("name") if table.has("name") else None,
        label=table.text("label") if table.has("label") else None,
    )
    table.done()
    return read
