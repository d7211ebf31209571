"""Whether the second opinion understands an agreement's text, from section 3 of the specification."""

from __future__ import annotations

from typing import Any

from commonroll.roll.schema import COLUMNS

PROFILES = ("urn:commonroll:profile:agreement:1", "urn:commonroll:profile:agreement:2")
KEYS = {
    "@id", "@type", "profile", "target", "timestamp", "assigner", "assignee", "permission", "prohibition",
    "obligation",
}  # fmt: skip
PURPOSES = ("list-building", "gotv", "persuasion", "fundraising", "volunteer", "research", "hygiene")
ONLY_2_PURPOSES = ("mail", "ads")
MODES = ("count", "view", "contact", "export")
OPERATORS = {
    "purpose": {"isAnyOf"}, "cr:mode": {"isAnyOf"}, "cr:columns": {"isPartOf"}, "cr:masks": {"eq"},
    "dateTime": {"gteq", "lt"}, "spatial": {"eq"}, "cr:contactQuota": {"lteq"}, "cr:lawPacks": {"isAllOf"},
}  # fmt: skip
ONLY_1 = {"cr:rowsPerExport": {"lteq"}, "cr:exportsPerDay": {"lteq"}}
ONLY_2 = {
    "cr:universe": {"eq"}, "cr:onward": {"isAnyOf"}, "cr:rowsPerDay": {"lteq"}, "cr:export": {"eq"},
    "cr:exportApproval": {"eq"}, "cr:blackout": {"eq"}, "cr:applicableLaw": {"eq"}, "cr:group": {"eq"},
}  # fmt: skip
MASKS = {
    "plain": lambda c: True,
    "null": lambda c: True,
    "year": lambda c: c.type == "date",
    "decade": lambda c: c.type == "date" or c.name == "birth_year",
    "zip3": lambda c: c.name in ("residence_zip5", "mail_zip"),
    "last4": lambda c: c.name in ("phone", "state_voter_id", "county_voter_id"),
    "bucket10": lambda c: c.name == "age",
    "marked": lambda c: False,
    "token": lambda c: c.name in ("state_voter_id", "county_voter_id"),
    "initial": lambda c: c.name in ("first_name", "middle_name", "last_name"),
}
"""Each mask and the columns that it fits; a hash alone is none, nor is anything that is not here."""
ROWS = (
    "county_fips", "congressional_district", "state_senate_district", "state_house_district", "precinct",
    "party", "status",
)  # fmt: skip


def understood(document: dict[str, Any]) -> bool:
    """Whether every part is known and fits; a text with anything else means nothing at all."""
    if set(document) != KEYS or not _plain(document) or document["profile"] not in PROFILES:
        return False
    second = document["profile"] == PROFILES[1]
    permissions = document["permission"]
    if len(permissions) != 1 or set(permissions[0]) != {"action", "constraint"}:
        return False
    single = [c for c in permissions[0]["constraint"] if "and" not in c]
    groups = [c for c in permissions[0]["constraint"] if "and" in c]
    known = OPERATORS | (ONLY_2 if second else ONLY_1)
    for constraint in single:
        if set(constraint) != {"leftOperand", "operator", "rightOperand"}:
            return False
        if constraint["operator"] not in known.get(constraint["leftOperand"], ()):
            return False
    named = [(c["leftOperand"], c["operator"]) for c in single]
    if len(set(named)) < len(named) or len(groups) != 1 or set(groups[0]) != {"and"} or not groups[0]["and"]:
        return False  # even the whole file has to be said
    for needed in ("purpose", "cr:mode", "cr:columns", "dateTime", "spatial", "cr:lawPacks"):
        if needed not in [name for name, _ in named]:
            return False
    if ("dateTime", "gteq") not in named or ("dateTime", "lt") not in named:
        return False
    values = {name: c["rightOperand"] for c in single for name in [c["leftOperand"]]}
    return (
        _listed(values["purpose"], [f"cr:purpose/{name}" for name in (*PURPOSES, *ONLY_2_PURPOSES * second)])
        and _listed(values["cr:mode"], [f"cr:mode/{name}" for name in MODES])
        and _listed(values["cr:columns"], [*COLUMNS])
        and _masks(values.get("cr:masks", {}), values["cr:columns"], second)
        and all(_limit(limit, second) for limit in groups[0]["and"])
        and values["spatial"] == "US"
    )


def _plain(value: Any) -> bool:
    """Texts, lists and objects: no numbers, no truth values, nothing missing."""
    if isinstance(value, dict):
        return all(_plain(item) for item in value.values())
    if isinstance(value, list):
        return all(_plain(item) for item in value)
    return isinstance(value, str)


def _listed(names: Any, known: list[str]) -> bool:
    return (
        isinstance(names, list) and bool(names) and names == sorted(set(names)) and set(names) <= set(known)
    )


def _masks(masks: Any, columns: list[str], second: bool) -> bool:
    for name, mask in masks.items():
        fits = MASKS.get(mask.removeprefix("cr:mask/"))
        if name not in columns or fits is None or not mask.startswith("cr:mask/") or not fits(COLUMNS[name]):
            return False
        if mask == "cr:mask/initial" and not second:
            return False
    return True


def _limit(limit: dict[str, Any], second: bool) -> bool:
    if set(limit) != {"leftOperand", "operator", "rightOperand"} or limit["operator"] != "isAnyOf":
        return False
    name = limit["leftOperand"].removeprefix("cr:row/")
    known = name in (*ROWS, "member") or (second and (name == "state" or name.startswith("district/")))
    values = limit["rightOperand"]
    return (
        known
        and isinstance(values, list)
        and bool(values)
        and values == sorted(set(values))
        and "" not in values
    )
