"""The strict reader of the one permission: every constraint once, each that must stand there, no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from commonroll.agreements.profile import (
    GROUP_URN,
    MASKS_OF,
    MEMBER_KEY,
    MODES,
    PURPOSES_OF,
    Mask,
    Version,
)
from commonroll.agreements.quotas import read_quotas
from commonroll.agreements.reading import (
    Atoms,
    one_of,
    optional,
    read_clauses,
    read_instant,
    read_keys,
    read_list,
    read_matching,
    read_member,
    read_names,
    read_prefixed,
    read_sorted,
    read_text,
    require,
    unknown,
    wrong,
)
from commonroll.agreements.row_limits import ATOM, read_rows
from commonroll.agreements.universe_reading import read_universe
from commonroll.roll.counties import all_states
from commonroll.roll.schema import COLUMNS

_COMMON = {
    "purpose": "isAnyOf",
    "cr:mode": "isAnyOf",
    "cr:columns": "isPartOf",
    "cr:masks": "eq",
    "spatial": "eq",
    "cr:contactQuota": "lteq",
    "cr:lawPacks": "isAllOf",
}
_LATER = {
    **_COMMON,
    "cr:universe": "eq",
    "cr:rowsPerDay": "lteq",
    "cr:export": "eq",
    "cr:exportApproval": "eq",
    "cr:onward": "isAnyOf",
    "cr:group": "eq",
    "cr:blackout": "eq",
    "cr:applicableLaw": "eq",
}
_OPERATORS: Mapping[Version, Mapping[str, str]] = {
    1: {**_COMMON, "cr:rowsPerExport": "lteq", "cr:exportsPerDay": "lteq"},
    2: _LATER,
    3: _LATER,
}
"""Left operands of a version, each with the one operator that it is compared by."""
_ALWAYS = ("purpose", "cr:mode", "cr:columns", "dateTime gteq", "dateTime lt", "spatial", "cr:lawPacks")
_PACK = r"law:(us|default|us-[a-z]{2}):[0-9]{4}\.[1-9][0-9]{0,3}"


def read_permission(value: Any, path: str, owner: str, profile: Version) -> dict[str, Any]:
    """The terms that stand in the permission, by their names in Terms."""
    rules = read_list(value, path)
    if len(rules) != 1:
        raise wrong(path, "An agreement has exactly one permission.", "Draft one agreement per permission.")
    path += "[0]"
    rule = read_keys(rules[0], path, ("action", "constraint"))
    require(rule["action"], "use", f"{path}.action")
    path += ".constraint"
    atoms, rows = _constraints(rule["constraint"], path, profile)
    for name in (*_ALWAYS, *(("cr:applicableLaw",) if profile > 1 else ())):
        if name not in atoms:
            raise wrong(path, f"The permission does not say {name}.", "State it; there are no defaults.")
    named = _named(atoms, profile)
    return {
        **named,
        **_window(atoms),
        **read_quotas(atoms, path, profile, set(named["modes"])),
        **(_added(atoms) if profile > 1 else {}),
        "rows": read_rows(rows, path, owner, profile),
    }


def _constraints(value: Any, path: str, profile: Version) -> tuple[Atoms, tuple[Any, str] | None]:
    """Right operands with their paths by left operand, and the one `and` group, if any."""
    atoms: dict[str, tuple[Any, str]] = {}
    rows: tuple[Any, str] | None = None
    for at, item in enumerate(read_clauses(value, path)):
        here = f"{path}[{at}]"
        if isinstance(item, dict) and "and" in item:
            if rows is not None:
                raise wrong(here, "There is more than one group of row limits.", "Put them in one.")
            rows = (read_keys(item, here, ("and",))["and"], f"{here}.and")
            continue
        name, right = _atom(item, here, _OPERATORS[profile])
        if name in atoms:
            raise wrong(here, f"{name} is stated twice.", "State it once.")
        atoms[name] = (right, f"{here}.rightOperand")
    return atoms, rows


def _atom(item: Any, path: str, operators: Mapping[str, str]) -> tuple[str, Any]:
    atom = read_keys(item, path, ATOM)
    left = read_text(atom["leftOperand"], f"{path}.leftOperand")
    operator = read_text(atom["operator"], f"{path}.operator")
    if left == "dateTime" and operator in ("gteq", "lt"):
        return f"dateTime {operator}", atom["rightOperand"]
    if left not in operators and left != "dateTime":
        raise unknown(f"{path}.leftOperand", left, operators, "left operand")
    if operator != operators.get(left):
        raise wrong(f"{path}.operator", f"{left} cannot be compared with {operator!r}.")
    return left, atom["rightOperand"]


def _named(atoms: Atoms, profile: Version) -> dict[str, Any]:
    columns = read_names(*atoms["cr:columns"], COLUMNS, "column")
    masks, path = atoms.get("cr:masks", ({}, ""))
    require(atoms["spatial"][0], "US", atoms["spatial"][1])
    return {
        "purposes": read_prefixed(*atoms["purpose"], "cr:purpose/", PURPOSES_OF[profile], "purpose"),
        "modes": read_prefixed(*atoms["cr:mode"], "cr:mode/", MODES, "mode"),
        "columns": columns,
        "masks": _masks(masks, path, columns, MASKS_OF[profile]),
        "law_packs": tuple(
            read_matching(name, _PACK, at, "a law pack, such as law:us-oh:2026.1")
            for name, at in read_sorted(*atoms["cr:lawPacks"])
        ),
    }


def _masks(value: Any, path: str, columns: tuple[str, ...], known: tuple[Mask, ...]) -> dict[str, Mask]:
    if not path:
        return {}
    if not isinstance(value, dict) or not value:
        raise wrong(path, "Masks are an object of column and mask.", "Leave cr:masks out if there are none.")
    for column, mask in value.items():
        if column not in columns:
            raise wrong(path, f"{column} has a mask but is not among the columns.", "List it or drop it.")
        if mask not in [f"cr:mask/{name}" for name in known]:
            raise wrong(f"{path}.{column}", "This is no mask of the profile.", f"Use one of {one_of(known)}.")
    return {column: cast(Mask, value[column].removeprefix("cr:mask/")) for column in sorted(value)}


def _window(atoms: Atoms) -> dict[str, Any]:
    return {"start": read_instant(*atoms["dateTime gteq"]), "until": read_instant(*atoms["dateTime lt"])}


# What version 2 added


def _added(atoms: Atoms) -> dict[str, Any]:
    return {
        "universe": optional(atoms, "cr:universe", read_universe, None),
        "onward": optional(atoms, "cr:onward", _members, ()),
        "group": optional(atoms, "cr:group", _group, None),
        "blackout": optional(atoms, "cr:blackout", _blackout, None),
        "governing_law": _state(*atoms["cr:applicableLaw"]),
    }


def _members(value: Any, path: str) -> tuple[str, ...]:
    return tuple(read_member(text, here) for text, here in read_sorted(value, path))


def _group(value: Any, path: str) -> str:
    pattern = GROUP_URN + MEMBER_KEY.pattern
    return read_matching(value, pattern, path, f"{GROUP_URN}<key>")[len(GROUP_URN) :]


def _blackout(value: Any, path: str) -> tuple[Any, Any]:
    window = read_keys(value, path, ("from", "until"))
    return tuple(read_instant(window[end], f"{path}.{end}") for end in ("from", "until"))  # type: ignore[return-value]


def _state(value: Any, path: str) -> str:
    state = read_matching(value, r"us-[a-z]{2}", path, "a state, such as us-oh")[3:].upper()
    if state not in all_states():
        raise wrong(path, "There is no such state.")
    return state
