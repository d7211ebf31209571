"""The strict reader of an agreement: a closed world in which whatever is not known is refused.

"Valid against the schema" says nothing about meaning: the Dataspace Protocol's schemas accept unknown
actions, misspelt keys and permissions without limits (specs: agreements, section 2). Each refusal
names the JSON path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from commonroll.agreements.document import build
from commonroll.agreements.profile import (
    DATASET_URN,
    MASKS,
    MEMBER_URN,
    MODES,
    PROFILE,
    PROHIBITIONS,
    PURPOSES,
    RETURNED_TABLES,
    WHOLE_FILE,
    ContactQuota,
    Mask,
    Terms,
    scope_value_fits,
)
from commonroll.agreements.reading import (
    COUNT,
    one_of,
    read_count,
    read_days,
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
from commonroll.roll.schema import COLUMNS, SCOPE_COLUMNS

_AGREEMENT = (
    "@id", "@type", "profile", "target", "timestamp", "assigner", "assignee",
    "permission", "prohibition", "obligation",
)  # fmt: skip
_ATOM = ("leftOperand", "operator", "rightOperand")
_OPERATORS = {
    "purpose": "isAnyOf",
    "cr:mode": "isAnyOf",
    "cr:columns": "isPartOf",
    "cr:masks": "eq",
    "spatial": "eq",
    "cr:rowsPerExport": "lteq",
    "cr:exportsPerDay": "lteq",
    "cr:contactQuota": "lteq",
    "cr:lawPacks": "isAllOf",
}
_ALWAYS = ("purpose", "cr:mode", "cr:columns", "dateTime gteq", "dateTime lt", "spatial", "cr:lawPacks")
_UUID = r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PACK = r"law:(us|default|us-[a-z]{2}):[0-9]{4}\.[1-9][0-9]{0,3}"


def parse(document: Any) -> Terms:
    """The terms of one ODRL agreement object; raises TermsRefused with the path of the first thing wrong.

    Nothing is ignored and no default widens: a missing limit is a refusal, not "no limit".
    """
    agreement = read_keys(document, "agreement", _AGREEMENT)
    require(agreement["@type"], "Agreement", "agreement.@type")
    require(agreement["profile"], PROFILE, "agreement.profile")
    owner = read_member(agreement["assigner"], "agreement.assigner")
    recipient = read_member(agreement["assignee"], "agreement.assignee")
    if owner == recipient:
        raise wrong("agreement.assignee", "Owner and recipient are the same member.")
    require(agreement["target"], DATASET_URN + owner, "agreement.target")
    _prohibitions(agreement["prohibition"], "agreement.prohibition")
    terms = Terms(
        id=read_matching(agreement["@id"], _UUID, "agreement.@id", "a lower-case urn:uuid"),
        owner=owner,
        recipient=recipient,
        timestamp=read_instant(agreement["timestamp"], "agreement.timestamp"),
        **_permission(agreement["permission"], "agreement.permission", owner),
        **_obligations(agreement["obligation"], "agreement.obligation", owner, recipient),
    )
    _check_dates(terms)
    _check_order(document, terms)
    return terms


def _check_order(document: Any, terms: Terms) -> None:
    """One meaning has one text, so that a hash of terms names them wherever it was computed."""
    for key, part in build(terms).items():
        if document[key] != part:
            raise wrong(f"agreement.{key}", "The parts stand in another order than the profile's.")


def _check_dates(terms: Terms) -> None:
    path = "agreement.permission[0].constraint"
    if terms.until <= terms.start:
        raise wrong(path, "The agreement ends before it begins.", "Put the end after the beginning.")
    if terms.until <= terms.timestamp:
        raise wrong(path, "The agreement would be over before it was made.", "Put the end later.")


# The permission


def _permission(value: Any, path: str, owner: str) -> dict[str, Any]:
    rules = read_list(value, path)
    if len(rules) != 1:
        raise wrong(path, "An agreement has exactly one permission.", "Draft one agreement per permission.")
    path += "[0]"
    rule = read_keys(rules[0], path, ("action", "constraint"))
    require(rule["action"], "use", f"{path}.action")
    path += ".constraint"
    atoms, rows = _constraints(rule["constraint"], path)
    for name in _ALWAYS:
        if name not in atoms:
            raise wrong(path, f"The permission does not say {name}.", "State it; there are no defaults.")
    return {**_named(atoms), **_window(atoms), **_quotas(atoms, path), "rows": _scope(rows, path, owner)}


_Atoms = Mapping[str, tuple[Any, str]]


def _constraints(value: Any, path: str) -> tuple[_Atoms, tuple[Any, str] | None]:
    """Right operands with their paths by left operand, and the one `and` group, if any."""
    atoms: dict[str, tuple[Any, str]] = {}
    rows: tuple[Any, str] | None = None
    for at, item in enumerate(read_list(value, path)):
        here = f"{path}[{at}]"
        if isinstance(item, dict) and "and" in item:
            if rows is not None:
                raise wrong(here, "There is more than one group of row limits.", "Put them in one.")
            rows = (read_keys(item, here, ("and",))["and"], f"{here}.and")
            continue
        name, right = _atom(item, here)
        if name in atoms:
            raise wrong(here, f"{name} is stated twice.", "State it once.")
        atoms[name] = (right, f"{here}.rightOperand")
    return atoms, rows


def _atom(item: Any, path: str) -> tuple[str, Any]:
    atom = read_keys(item, path, _ATOM)
    left = read_text(atom["leftOperand"], f"{path}.leftOperand")
    operator = read_text(atom["operator"], f"{path}.operator")
    if left == "dateTime" and operator in ("gteq", "lt"):
        return f"dateTime {operator}", atom["rightOperand"]
    if left not in _OPERATORS and left != "dateTime":
        raise unknown(f"{path}.leftOperand", left, _OPERATORS, "left operand")
    if operator != _OPERATORS.get(left):
        raise wrong(f"{path}.operator", f"{left} cannot be compared with {operator!r}.")
    return left, atom["rightOperand"]


def _named(atoms: _Atoms) -> dict[str, Any]:
    columns = read_names(*atoms["cr:columns"], COLUMNS, "column")
    masks, path = atoms.get("cr:masks", ({}, ""))
    require(atoms["spatial"][0], "US", atoms["spatial"][1])
    return {
        "purposes": read_prefixed(*atoms["purpose"], "cr:purpose/", PURPOSES, "purpose"),
        "modes": read_prefixed(*atoms["cr:mode"], "cr:mode/", MODES, "mode"),
        "columns": columns,
        "masks": _masks(masks, path, columns),
        "law_packs": tuple(
            read_matching(name, _PACK, at, "a law pack, such as law:us-oh:2026.1")
            for name, at in read_sorted(*atoms["cr:lawPacks"])
        ),
    }


def _masks(value: Any, path: str, columns: tuple[str, ...]) -> dict[str, Mask]:
    if not path:
        return {}
    if not isinstance(value, dict) or not value:
        raise wrong(path, "Masks are an object of column and mask.", "Leave cr:masks out if there are none.")
    for column, mask in value.items():
        if column not in columns:
            raise wrong(path, f"{column} has a mask but is not among the columns.", "List it or drop it.")
        if mask not in [f"cr:mask/{name}" for name in MASKS]:
            raise wrong(f"{path}.{column}", "This is no mask of the profile.", f"Use one of {one_of(MASKS)}.")
    return {column: cast(Mask, value[column].removeprefix("cr:mask/")) for column in sorted(value)}


def _window(atoms: _Atoms) -> dict[str, Any]:
    return {"start": read_instant(*atoms["dateTime gteq"]), "until": read_instant(*atoms["dateTime lt"])}


def _quotas(atoms: _Atoms, path: str) -> dict[str, Any]:
    """Export and contact quotas: each must be stated where the mode it limits is granted."""
    modes = {name.removeprefix("cr:mode/") for name in atoms["cr:mode"][0]}
    limits = {
        "cr:rowsPerExport": {"export"},
        "cr:exportsPerDay": {"export"},
        "cr:contactQuota": {"contact", "export"},
    }
    for name, limited in limits.items():
        if modes & limited and name not in atoms:
            raise wrong(
                path, f"The permission allows {one_of(modes & limited)} without {name}.", "State the limit."
            )
    return {
        "rows_per_export": _optional(atoms, "cr:rowsPerExport", read_count, 0),
        "exports_per_day": _optional(atoms, "cr:exportsPerDay", read_count, 0),
        "contact": _optional(atoms, "cr:contactQuota", _contact, None),
    }


def _optional(atoms: _Atoms, name: str, read: Callable[[Any, str], Any], absent: Any) -> Any:
    return read(*atoms[name]) if name in atoms else absent


def _contact(value: Any, path: str) -> ContactQuota:
    quota = read_keys(value, path, ("count", "per", "window"))
    per = read_text(quota["per"], f"{path}.per")
    if per not in ("voter", "household"):
        raise wrong(f"{path}.per", "Contacts are counted per voter or per household.")
    days = read_days(quota["window"], f"{path}.window")
    return ContactQuota(read_count(quota["count"], f"{path}.count"), cast(Any, per), days)


def _scope(rows: tuple[Any, str] | None, path: str, owner: str) -> dict[str, tuple[str, ...]]:
    if rows is None:
        raise wrong(
            path,
            "The permission does not say which rows.",
            'Limit them, or say the whole file: cr:row/member isAnyOf ["<owner>"].',
        )
    found: dict[str, tuple[str, ...]] = {}
    for at, item in enumerate(read_list(*rows)):
        here = f"{rows[1]}[{at}]"
        atom = read_keys(item, here, _ATOM)
        require(atom["operator"], "isAnyOf", f"{here}.operator")
        column = read_text(atom["leftOperand"], f"{here}.leftOperand").removeprefix("cr:row/")
        if atom["leftOperand"] != f"cr:row/{column}" or column not in (*SCOPE_COLUMNS, WHOLE_FILE):
            known = [f"cr:row/{name}" for name in SCOPE_COLUMNS]
            raise unknown(f"{here}.leftOperand", atom["leftOperand"], known, "row limit")
        if column in found:
            raise wrong(here, f"The rows are limited by {column} twice.", "Put all values in one limit.")
        found[column] = _scope_values(column, atom["rightOperand"], f"{here}.rightOperand", owner)
    return _whole_or_limited(found, rows[1])


def _scope_values(column: str, value: Any, path: str, owner: str) -> tuple[str, ...]:
    values = read_sorted(value, path)
    for text, here in values:
        if column == WHOLE_FILE:
            require(text, owner, here)
        elif not scope_value_fits(column, text):
            raise wrong(here, f"The value does not fit {column}.", "Use the values of the roll.")
    return tuple(text for text, _ in values)


def _whole_or_limited(found: dict[str, tuple[str, ...]], path: str) -> dict[str, tuple[str, ...]]:
    if not found:
        raise wrong(path, "The group of row limits is empty.", "Limit the rows or say the whole file.")
    if WHOLE_FILE in found and len(found) > 1:
        raise wrong(path, "The rows are the whole file and limited at once.", "Say one of the two.")
    return {column: found[column] for column in sorted(found) if column != WHOLE_FILE}


# Prohibitions and obligations


def _prohibitions(value: Any, path: str) -> None:
    rules = [
        read_keys(rule, f"{path}[{at}]", ("action",))["action"]
        for at, rule in enumerate(read_list(value, path))
    ]
    if sorted(map(str, rules)) != sorted(PROHIBITIONS):
        raise wrong(
            path, "An agreement carries exactly the six prohibitions.", f"They are {one_of(PROHIBITIONS)}."
        )


def _obligations(value: Any, path: str, owner: str, recipient: str) -> dict[str, Any]:
    owed = {"delete": recipient, "cr:returnResponses": recipient, "inform": recipient, "cr:giveNotice": owner}
    rules: dict[str, tuple[_Atoms, str]] = {}
    for at, item in enumerate(read_list(value, path)):
        here = f"{path}[{at}]"
        rule = read_keys(item, here, ("action", "assignee", "constraint"))
        action = read_text(rule["action"], f"{here}.action")
        if action not in owed or action in rules:
            raise wrong(f"{here}.action", "An agreement carries each of its four obligations once.")
        require(rule["assignee"], MEMBER_URN + owed[action], f"{here}.assignee")
        rules[action] = (_duty_atoms(rule["constraint"], f"{here}.constraint"), f"{here}.constraint")
    if missing := [action for action in owed if action not in rules]:
        raise wrong(path, f"The obligation {missing[0]} is missing.", "An agreement carries all four.")
    return {
        "delete_within_days": _delete(*rules["delete"]),
        "return_within_days": _return(*rules["cr:returnResponses"]),
        "breach_within_hours": _inform(*rules["inform"]),
        "notice_days": _notice(*rules["cr:giveNotice"]),
    }


def _duty_atoms(value: Any, path: str) -> _Atoms:
    atoms: dict[str, tuple[Any, str]] = {}
    for at, item in enumerate(read_list(value, path)):
        here = f"{path}[{at}]"
        atom = read_keys(item, here, _ATOM)
        name = f"{read_text(atom['leftOperand'], here)} {read_text(atom['operator'], here)}"
        if name in atoms:
            raise wrong(here, f"{name} is stated twice.")
        atoms[name] = (atom["rightOperand"], f"{here}.rightOperand")
    return atoms


def _delete(atoms: _Atoms, path: str) -> int:
    _only(atoms, path, ("event gt", "delayPeriod lteq", "cr:evidence eq"))
    require(*_swap(atoms["event gt"], "cr:event/ended"))
    require(*_swap(atoms["cr:evidence eq"], "cr:evidence/signedStatement"))
    return read_days(*atoms["delayPeriod lteq"])


def _return(atoms: _Atoms, path: str) -> int:
    _only(atoms, path, ("cr:tables isAllOf", "delayPeriod lteq"))
    value, here = atoms["cr:tables isAllOf"]
    if tuple(text for text, _ in read_sorted(value, here)) != RETURNED_TABLES:
        raise wrong(here, "All answers come back.", f"The tables are {one_of(RETURNED_TABLES)}.")
    return read_days(*atoms["delayPeriod lteq"])


def _inform(atoms: _Atoms, path: str) -> int:
    _only(atoms, path, ("event gt", "delayPeriod lteq"))
    require(*_swap(atoms["event gt"], "cr:event/breachDiscovered"))
    value, here = atoms["delayPeriod lteq"]
    return read_count(read_matching(value, rf"PT{COUNT}H", here, "hours, such as PT48H")[2:-1], here)


def _notice(atoms: _Atoms, path: str) -> int:
    _only(atoms, path, ("event lt", "delayPeriod gteq"))
    require(*_swap(atoms["event lt"], "cr:event/revokedWithoutCause"))
    return read_days(*atoms["delayPeriod gteq"])


def _swap(found: tuple[Any, str], wanted: str) -> tuple[Any, str, str]:
    return found[0], wanted, found[1]


def _only(atoms: _Atoms, path: str, names: tuple[str, ...]) -> None:
    if extra := sorted(atoms.keys() - set(names)):
        raise wrong(path, f"{extra[0]} has no place here.")
    if missing := [name for name in names if name not in atoms]:
        raise wrong(path, f"{missing[0]} is missing.")
