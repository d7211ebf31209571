"""A person's choices for the columns of a file, put into a layout's document."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import Refusal
from .. import schema
from ..layout.fields import CODED
from ..layout.layout import Layout
from .draft import TODO
from .fit import DISTRICT, FIELD, IGNORE, SAME, Fit
from .history import coded
from .toml_text import toml
from .words import meanings

CODE = "code"
CALLS: Mapping[str, str] = {
    "phone": "us_phone", "residence_zip5": "zip5", "residence_zip4": "zip4", "birth_year": "year_of",
}  # fmt: skip
"""How a single column is read into a field, where not as it stands."""


@dataclass(frozen=True)
class Choices:
    """What a person chose. `columns`: column -> "same:X", "field:x", "district:x" or "ignore"; `reasons`: why
    a column may go; `codes`: field -> published code -> the roll's word; `constants`: field -> its value.
    """

    columns: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    protected: str = ""
    status: str = ""


def fitted(known: Fit, chosen: Choices, layouts: Sequence[Layout]) -> dict[str, Any]:
    """The layout's document with the choices in it. Raises Refusal for a column without a choice."""
    document = copy.deepcopy(dict(known.document))
    for one in known.columns:
        choice = chosen.columns.get(one.name, "")
        kind, _, target = choice.partition(":")
        if not choice:
            raise Refusal(
                "a column has no choice yet", where=one.name, next_step="say what it is, or why it may go"
            )
        _put(document, known, one.name, kind, target, chosen.reasons.get(one.name, ""), layouts)
    _lacks(document, known, chosen)
    if known.needs_protection:
        document["protected"] = chosen.protected or TODO
    if document["columns"].get("status") == {"constant": TODO} and chosen.status:
        document["columns"]["status"] = {"constant": chosen.status}
    for name, codes in chosen.codes.items():
        document.setdefault("codes", {}).setdefault(name, {}).pop(TODO, None)
        document["codes"][name] |= codes
    return document


def _put(
    document: dict[str, Any],
    known: Fit,
    column: str,
    kind: str,
    target: str,
    reason: str,
    layouts: Sequence[Layout],
) -> None:
    document.setdefault("ignore", {}).pop(column, None)
    if kind == SAME and target in known.missing:
        document.setdefault("headers", {}).setdefault(target, []).append(column)
        return
    if column not in document.get("columns_order", [column]):
        document["columns_order"] = [*document["columns_order"], column]
    if kind == FIELD and target in known.fields:
        call = CALLS.get(target)
        document["columns"][target] = {"call": call, "of": [column]} if call else column
        if target in CODED and column in known.cells:
            document.setdefault("codes", {})[target] = coded(known.cells[column], meanings(layouts, target))
    elif kind == DISTRICT and target in known.districts:
        _add_district(document.setdefault("districts", {}), target, column)
    elif kind == IGNORE:
        document["ignore"][column] = reason
    else:
        raise Refusal("there is no such choice", where=column, next_step="choose one of the list")


def _add_district(districts: dict[str, Any], kind: str, column: str) -> None:
    many = districts.setdefault(kind, [])
    many.append({"id": column})
    for one in many if len(many) > 1 else ():
        one.setdefault("label", str(one["id"]).upper())


def _lacks(document: dict[str, Any], known: Fit, chosen: Choices) -> None:
    """Columns of the base that the file has under no name: those still read may be missing, others go."""
    if not known.missing:
        return
    taken = {choice.partition(":")[2] for choice in chosen.columns.values() if choice.startswith(f"{SAME}:")}
    gone = [name for name in known.missing if name not in taken]
    texts = set(_named(document))
    numbered = [re.escape(text).replace(r"\{n\}", ".*") for text in texts if "{n}" in text]
    read = texts | {name for name in gone if any(re.fullmatch(one, name) for one in numbered)}
    optional = [name for name in [*document.get("optional", []), *gone] if name in read]
    document |= {"optional": list(dict.fromkeys(optional))} if optional else {}
    unread = [name for name in gone if name not in read]
    document["columns_order"] = [name for name in document["columns_order"] if name not in unread]
    for name in unread:
        document.get("headers", {}).pop(name, None)


def _named(value: Any) -> Iterator[str]:
    """Every text below the sections of a document that name columns."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        sections = ("columns", "districts", "unpivot", "recognise")
        for key, one in value.items():
            if "columns_order" not in value or key in sections:
                yield from _named(one)
        yield from value.get("ignore", {}) if "columns_order" in value else value.get("flags", {})


def text_of(known: Fit, document: Mapping[str, Any]) -> str:
    """The fitted layout as a file."""
    start = f"from {known.base}" if known.base else "from a draft"
    return toml(document, {(): f"Made {start} for {known.file}, by choices on the page Layouts."})


def open_codes(known: Fit, document: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Coded field -> codes whose meaning nobody has said yet."""
    found = {}
    for name, codes in document.get("codes", {}).items():
        texts = [code for code, value in codes.items() if value == TODO and code != TODO]
        source = document["columns"].get(name)
        if TODO in codes and isinstance(source, str) and source in known.cells:
            texts += [text for text in known.cells[source].counted if text not in codes]
        if texts:
            found[name] = tuple(texts)
    return found


def words_of(name: str) -> tuple[str, ...]:
    """The roll's words for a coded field; none where it takes any."""
    return CODED[name] or schema.VOTERS[name].values or ()
