"""The strict reader of what the parties owe: who owes it, when, and by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from commonroll.agreements.profile import MEMBER_URN, RETURNABLE, RETURNED_TABLES, WAITING, Price, Version
from commonroll.agreements.reading import (
    COUNT,
    Atoms,
    one_of,
    read_clauses,
    read_count,
    read_days,
    read_keys,
    read_matching,
    read_sorted,
    read_text,
    require,
    wrong,
)
from commonroll.agreements.row_limits import ATOM

_ALWAYS = ("delete", "cr:returnResponses", "inform", "cr:giveNotice")
_ADDED = ("cr:appeal", "compensate", "cr:royalty", "attribute")
_OWNERS = ("cr:giveNotice", "cr:appeal")
"""Obligations of the owner; all others are the recipient's."""
_REVOKED = "cr:event/revokedWithoutCause"

RELEASE = "cr:release eq"

_Rule = tuple[Atoms, str]


def read_obligations(value: Any, path: str, owner: str, recipient: str, profile: Version) -> dict[str, Any]:
    """The terms that stand in the obligations, by their names in Terms."""
    rules = _rules(value, path, owner, recipient, profile)
    if missing := [action for action in _ALWAYS if action not in rules]:
        raise wrong(path, f"The obligation {missing[0]} is missing.", f"Each carries {one_of(_ALWAYS)}.")
    found = {
        "delete_within_days": _delete(*rules["delete"][0]),
        "returns": _returns(rules["cr:returnResponses"], path, profile),
        "release": _release(rules["cr:returnResponses"], profile),
        "breach_within_hours": _inform(*rules["inform"][0]),
        "notice_days": _before_the_end(*rules["cr:giveNotice"][0]),
    }
    if "cr:appeal" in rules:
        found["appeal_days"] = _before_the_end(*rules["cr:appeal"][0])
    if "compensate" in rules:
        found["price"] = _price(*rules["compensate"][0])
    if "cr:royalty" in rules:
        found["royalty_percent"] = _royalty(*rules["cr:royalty"][0])
    if "attribute" in rules:
        _credit(*rules["attribute"][0], owner)
        found["credit"] = True
    return found


def _rules(value: Any, path: str, owner: str, recipient: str, profile: Version) -> Mapping[str, list[_Rule]]:
    """Each obligation once; in version 2 `cr:returnResponses` once for each number of days."""
    known = _ALWAYS if profile == 1 else (*_ALWAYS, *_ADDED)
    rules: dict[str, list[_Rule]] = {}
    for at, item in enumerate(read_clauses(value, path)):
        here = f"{path}[{at}]"
        rule = read_keys(item, here, ("action", "assignee", "constraint"))
        action = read_text(rule["action"], f"{here}.action")
        if action not in known:
            raise wrong(f"{here}.action", "There is no such obligation.", f"They are {one_of(known)}.")
        if action in rules and (action != "cr:returnResponses" or profile == 1):
            raise wrong(f"{here}.action", f"The obligation {action} is stated twice.")
        require(
            rule["assignee"], MEMBER_URN + (owner if action in _OWNERS else recipient), f"{here}.assignee"
        )
        path_ = f"{here}.constraint"
        rules.setdefault(action, []).append((_atoms(rule["constraint"], path_), path_))
    return rules


def _atoms(value: Any, path: str) -> Atoms:
    atoms: dict[str, tuple[Any, str]] = {}
    for at, item in enumerate(read_clauses(value, path)):
        here = f"{path}[{at}]"
        atom = read_keys(item, here, ATOM)
        name = f"{read_text(atom['leftOperand'], here)} {read_text(atom['operator'], here)}"
        if name in atoms:
            raise wrong(here, f"{name} is stated twice.")
        atoms[name] = (atom["rightOperand"], f"{here}.rightOperand")
    return atoms


def _delete(atoms: Atoms, path: str) -> int:
    _only(atoms, path, ("event gt", "delayPeriod lteq", "cr:evidence eq"))
    _require(atoms, "event gt", "cr:event/ended")
    _require(atoms, "cr:evidence eq", "cr:evidence/signedStatement")
    return read_days(*atoms["delayPeriod lteq"])


def _returns(rules: list[_Rule], path: str, profile: Version) -> dict[str, int]:
    found: dict[str, int] = {}
    for atoms, here in rules:
        _only(atoms, here, ("cr:tables isAllOf", "delayPeriod lteq"), (RELEASE,) if profile > 1 else ())
        days = read_days(*atoms["delayPeriod lteq"])
        for kind, at in read_sorted(*atoms["cr:tables isAllOf"]):
            if kind not in RETURNABLE[profile]:
                raise wrong(at, "Nothing of this name comes back.", f"Use {one_of(RETURNABLE[profile])}.")
            if kind in found:
                raise wrong(at, f"{kind} come back twice.", "State each once.")
            found[kind] = days
    if missing := [kind for kind in RETURNED_TABLES if kind not in found]:
        where = rules[0][0]["cr:tables isAllOf"][1] if len(rules) == 1 else path
        raise wrong(where, f"All answers come back, {missing[0]} too.", f"State {one_of(RETURNED_TABLES)}.")
    return {kind: found[kind] for kind in sorted(found)}


def _release(rules: list[_Rule], profile: Version) -> date | None:
    """The day until which answers and what the recipient made wait: with all of them, or with none."""
    said: dict[date | None, str] = {}
    for atoms, path in rules if profile > 1 else ():
        waiting = WAITING.intersection(kind for kind, _ in read_sorted(*atoms["cr:tables isAllOf"]))
        value, here = atoms.get(RELEASE, (None, path))
        if value is not None and not waiting:
            raise wrong(here, "Nothing of this waits for a day.", "State it where the responses stand.")
        if waiting:
            said[_day(value, here) if value is not None else None] = here
    if len(said) > 1:
        raise wrong([*said.values()][-1], "What waits, waits for one day.", "State it with all of it.")
    return next(iter(said), None)


def _day(value: Any, path: str) -> date:
    text = read_matching(value, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", path, "a day, such as 2026-11-04")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong(path, "There is no such day.", "Write one as 2026-11-04.") from None


def _inform(atoms: Atoms, path: str) -> int:
    _only(atoms, path, ("event gt", "delayPeriod lteq"))
    _require(atoms, "event gt", "cr:event/breachDiscovered")
    value, here = atoms["delayPeriod lteq"]
    return read_count(read_matching(value, rf"PT{COUNT}H", here, "hours, such as PT48H")[2:-1], here)


def _before_the_end(atoms: Atoms, path: str) -> int:
    _only(atoms, path, ("event lt", "delayPeriod gteq"))
    _require(atoms, "event lt", _REVOKED)
    return read_days(*atoms["delayPeriod gteq"])


# What version 2 added


def _price(atoms: Atoms, path: str) -> Price:
    _only(atoms, path, ("payAmount eq", "cr:currency eq", "delayPeriod lteq"))
    _require(atoms, "cr:currency eq", "USD")
    value, here = atoms["payAmount eq"]
    amount = read_matching(value, r"(0|[1-9][0-9]{0,8})\.[0-9]{2}", here, "dollars and cents, 5000.00")
    cents = int(amount.replace(".", ""))
    if not cents:
        raise wrong(here, "The price is nothing.", "Leave the price out.")
    return Price(cents, read_days(*atoms["delayPeriod lteq"]))


def _royalty(atoms: Atoms, path: str) -> int:
    _only(atoms, path, ("event gt", "percentage eq"))
    _require(atoms, "event gt", "cr:event/licensed")
    value, here = atoms["percentage eq"]
    return int(read_matching(value, r"100|[1-9][0-9]?", here, "a whole percentage, 1 to 100"))


def _credit(atoms: Atoms, path: str, owner: str) -> None:
    _only(atoms, path, ("cr:credited eq",))
    _require(atoms, "cr:credited eq", MEMBER_URN + owner)


def _require(atoms: Atoms, name: str, wanted: str) -> None:
    value, path = atoms[name]
    require(value, wanted, path)


def _only(atoms: Atoms, path: str, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    if extra := sorted(atoms.keys() - {*names, *optional}):
        raise wrong(path, f"{extra[0]} has no place here.")
    if missing := [name for name in names if name not in atoms]:
        raise wrong(path, f"{missing[0]} is missing.")
