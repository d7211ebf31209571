"""What an agreement permits under the law of its day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from second_override import law_left
from second_shapes import Asked, Owner, Rule
from second_signed import limit_of, limits_of

from commonroll.roll.schema import COLUMNS


def permitted(owner: Owner, document: dict[str, Any], asked: Asked) -> dict[str, set[str]]:
    """Purposes, modes and columns that are left under today's law, but for what was set aside; all empty
    where the agreement falls."""
    nothing: dict[str, set[str]] = {"purposes": set(), "modes": set(), "columns": set()}
    purposes = {name.removeprefix("cr:purpose/") for name in limit_of(document, "purpose", "isAnyOf")}
    modes = {name.removeprefix("cr:mode/") for name in limit_of(document, "cr:mode", "isAnyOf")}
    columns = set(limit_of(document, "cr:columns", "isPartOf"))
    classes = {COLUMNS[name].cls for name in columns}
    if "provenance" in classes or ("contact" in classes and "research" in purposes):
        return nothing
    if ("hygiene" in purposes and "export" in modes) or ("financial" in classes and "export" in modes):
        return nothing
    law = law_left(owner, document["@id"], asked)
    for rule in law:
        if rule["does"] == "refuse_purpose":
            purposes -= set(_several(rule["value"]))
        if rule["does"] == "refuse_mode":
            modes -= set(_several(rule["value"]))
    rules = [rule for rule in law if _hides(rule, purposes, modes, asked.kind)]
    columns = {name for name in columns if not any(_touches(rule, name) for rule in rules)}
    # whoever is among the rows has the value: rows cannot be chosen by what the law hides
    if any(_touches(rule, name) for rule in rules for name in _chosen_by(limits_of(document))):
        return nothing
    if not purposes or not modes or not columns:
        return nothing
    return {"purposes": purposes, "modes": modes, "columns": columns}


def _hides(rule: Rule, purposes: set[str], modes: set[str], kind: str) -> bool:
    """Whether the rule takes columns out of this agreement. One about some uses takes them out for all:
    an agreement is every purpose with every mode, and law only narrows."""
    if rule["does"] == "require_requester":
        qualified = kind in _several(rule["value"])
    else:
        qualified = rule["does"] != "refuse_column"
    if qualified:
        return False
    for_some = not rule.get("purposes") or purposes & set(_several(rule["purposes"]))
    in_some = not rule.get("modes") or modes & set(_several(rule["modes"]))
    return bool(for_some and in_some)


def _touches(rule: Rule, column: str) -> bool:
    columns, classes = _several(rule.get("columns", ())), _several(rule.get("classes", ()))
    if not columns and not classes:
        return True
    return column in columns or COLUMNS[column].cls in classes


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _chosen_by(limits: Mapping[str, Any]) -> set[str]:
    """The columns that decide who is among the rows."""
    found = set()
    for name, value in limits.items():
        if name == "universe":
            found |= _of_tree(value)
        elif name.startswith("district/"):
            found |= {"districts.type", "districts.id"}
        elif name != "member":
            found.add(f"voters.{name}")
    return found


def _of_tree(tree: Mapping[str, Any]) -> set[str]:
    if "voted" in tree:
        return {"history.election_date"}
    if "column" in tree:
        return {tree["column"]}
    return {name for part in tree.get("all", tree.get("any")) for name in _of_tree(part)}


def masks_of(owner: Owner, document: dict[str, Any], asked: Asked) -> dict[str, str]:
    """Each readable column and how it is shown: plain but where said, a birth date as its year."""
    said = limit_of(document, "cr:masks", "eq") or {}
    found = {}
    for name in permitted(owner, document, asked)["columns"]:
        usual = "cr:mask/year" if name == "voters.birth_date" else "cr:mask/plain"
        found[name] = said.get(name, usual).removeprefix("cr:mask/")
    return found
