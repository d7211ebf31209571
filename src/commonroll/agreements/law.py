"""State law as data: packs of rules with closed verbs, a ceiling under every agreement, and election days.

`layouts/<state>/law.toml` holds a state's rules, `layouts/us/law.toml` the federal ones and the default for
states without a reviewed pack. A rule can refuse, remove or add a duty; nothing in a pack can permit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast, get_args

from commonroll.agreements import cures
from commonroll.agreements.cures import Cure
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.errors import Refusal
from commonroll.roll.schema import CLASSES, COLUMNS

Verb = Literal[
    "refuse_purpose",
    "refuse_mode",
    "refuse_column",
    "require_spatial",
    "require_duty",
    "require_requester",
    "refuse_decoys",
    "warn",
]
VERBS: tuple[Verb, ...] = get_args(Verb)

REQUESTERS = ("campaign", "civic", "committee", "party", "vendor")
"""Kinds of member that `require_requester` can name."""

_RULE_KEYS = frozenset(
    (
        "id",
        "does",
        "value",
        "classes",
        "columns",
        "purposes",
        "modes",
        "cites",
        "says",
        "checked_by",
        "checked_on",
        "firm",
    )
)
_VALUES: Mapping[str, frozenset[str]] = {
    "refuse_purpose": frozenset(PURPOSES),
    "refuse_mode": frozenset(MODES),
    "require_spatial": frozenset(("US",)),
    "require_requester": frozenset(REQUESTERS),
}


@dataclass(frozen=True)
class LawRule:
    """One rule. `value` is what the verb acts on; the other lists say when it bites, empty is always.

    `columns` are qualified, `classes` those of the roll's schema; `checked_by` is None until counsel read it.
    No owner overrides a `firm` rule.
    """

    id: str
    does: Verb
    value: tuple[str, ...]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    purposes: tuple[str, ...]
    modes: tuple[str, ...]
    cites: str
    says: str
    checked_by: str | None
    checked_on: date | None
    firm: bool = False

    @property
    def reviewed(self) -> bool:
        """Whether counsel has checked the rule."""
        return self.checked_by is not None

    def touches(self, column: str) -> bool:
        """Whether `column` (qualified) is among the rule's columns or classes; neither given is every one."""
        if not self.columns and not self.classes:
            return True
        return column in self.columns or COLUMNS[column].cls in self.classes

    def bites(self, purposes: Iterable[str], modes: Iterable[str]) -> bool:
        """Whether the rule applies to any of these purposes together with any of these modes."""
        return _meets(self.purposes, purposes) and _meets(self.modes, modes)


def _meets(limit: tuple[str, ...], names: Iterable[str]) -> bool:
    return not limit or not set(limit).isdisjoint(names)


@dataclass(frozen=True)
class Election:
    """A day on which voters of a state vote, with the statute that fixes it."""

    day: date
    name: str
    cites: str


@dataclass(frozen=True)
class LawPack:
    """The rules of one state (two capitals), of `US`, or the `DEFAULT`."""

    state: str
    version: str
    rules: tuple[LawRule, ...]
    elections: tuple[Election, ...]
    cures: tuple[Cure, ...] = ()

    @property
    def id(self) -> str:
        """The name an agreement's `cr:lawPacks` gives this version."""
        scope = self.state.lower() if self.state in ("US", "DEFAULT") else f"us-{self.state.lower()}"
        return f"law:{scope}:{self.version}"

    @property
    def reviewed(self) -> bool:
        """Whether counsel has checked every rule of the pack."""
        return all(rule.reviewed for rule in self.rules)


@cache
def load_pack(state: str) -> LawPack | None:
    """The pack of `state` (two letters, or `US`), None if there is no file; raises Refusal if faulty."""
    text = _text(state)
    return None if text is None else parse_pack(text, f"{state.lower()}/law.toml")


@cache
def packs_for(state: str) -> tuple[LawPack, ...]:
    """What stands above an agreement of an owner in `state`: federal rules, the default, the state's pack.

    The default applies until counsel has reviewed the whole state pack.
    """
    federal = load_pack("US")
    own = load_pack(state)
    if federal is None:
        raise Refusal(
            "The federal law pack is missing.", where="us/law.toml", next_step="Reinstall Commonroll."
        )
    if own is None:
        return (federal, _default())
    return (federal, own) if own.reviewed else (federal, _default(), own)


@cache
def _default() -> LawPack:
    data = tomllib.loads(_text("US") or "")
    return LawPack("DEFAULT", data["version"], _rules(data["default"], "us/law.toml"), ())


def _text(state: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z]{2}", state):
        raise Refusal(
            "A state is named by two letters.", next_step="Use the postal abbreviation, such as OH."
        )
    file = files("commonroll") / "layouts" / state.lower() / "law.toml"
    return file.read_text("utf-8") if file.is_file() else None


def parse_pack(text: str, where: str) -> LawPack:
    """Read one law.toml; raises Refusal naming the rule on an unknown key, verb, value or column."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _faulty(where, "The law pack is not valid TOML.") from error
    if unknown := data.keys() - {"state", "version", "rule", "default", "election", "cure"}:
        raise _faulty(where, f"The key {sorted(unknown)[0]} is not known.")
    for key in ("state", "version"):
        if not isinstance(data.get(key), str):
            raise _faulty(where, f"The key {key} is missing.")
    elections = tuple(_election(row, where) for row in data.get("election", []))
    days = [election.day for election in elections]
    if days != sorted(set(days)):
        raise _faulty(where, "Election days must stand in order, each once.")
    found = tuple(_cure(row, where) for row in data.get("cure", []))
    begins = [cure.since for cure in found]
    if begins != sorted(set(begins)):
        raise _faulty(where, "What holds of cures must stand in order of its first days, each once.")
    return LawPack(data["state"], data["version"], _rules(data.get("rule", []), where), elections, found)


def _cure(row: dict[str, Any], where: str) -> Cure:
    try:
        return cures.read(row)
    except ValueError as error:
        raise _faulty(f"{where}, cure", str(error)) from None


def cure_of(state: str, election: date) -> Cure | None:
    """What the state's pack says of curing ballots of an election; None where it says nothing."""
    pack = load_pack(state)
    held = [cure for cure in (pack.cures if pack else ()) if cure.since <= election]
    return held[-1] if held else None


def _rules(rows: list[dict[str, Any]], where: str) -> tuple[LawRule, ...]:
    rules = tuple(_rule(row, where) for row in rows)
    if len({rule.id for rule in rules}) != len(rules):
        raise _faulty(where, "Two rules share one id.")
    return rules


def _rule(row: dict[str, Any], where: str) -> LawRule:
    here = f"{where}, rule {row.get('id', '?')}"
    if unknown := row.keys() - _RULE_KEYS:
        raise _faulty(here, f"The key {sorted(unknown)[0]} is not known.")
    for key in ("id", "does", "cites", "says"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise _faulty(here, f"The rule lacks {key}.")
    if row["does"] not in VERBS:
        raise _faulty(here, "The rule's verb is not among the closed ones.")
    if type(row.get("firm", False)) is not bool:
        raise _faulty(here, "firm is true or false.")
    if ("checked_by" in row) != ("checked_on" in row):
        raise _faulty(here, "checked_by and checked_on belong together.")
    rule = LawRule(
        id=row["id"],
        does=cast(Verb, row["does"]),
        value=_listed(row, "value", _VALUES.get(row["does"]), here),
        classes=_listed(row, "classes", CLASSES, here),
        columns=_listed(row, "columns", COLUMNS, here),
        purposes=_listed(row, "purposes", PURPOSES, here),
        modes=_listed(row, "modes", MODES, here),
        cites=row["cites"],
        says=row["says"],
        checked_by=row.get("checked_by"),
        checked_on=row.get("checked_on"),
        firm=row.get("firm", False),
    )
    _check_shape(rule, here)
    return rule


def _check_shape(rule: LawRule, here: str) -> None:
    """A verb without its object, or with a condition it never looks at, does something else than it says."""
    if (rule.does in _VALUES) != bool(rule.value):
        raise _faulty(here, "The rule's value and verb do not fit.")
    columns, purposes, modes = bool(rule.columns or rule.classes), bool(rule.purposes), bool(rule.modes)
    if rule.does == "refuse_column" and not columns:
        raise _faulty(here, "refuse_column names no column and no class.")
    if rule.does in ("refuse_purpose", "refuse_mode", "require_spatial") and (columns or purposes or modes):
        raise _faulty(here, f"{rule.does} takes no condition; write refuse_column for columns.")


def _listed(row: dict[str, Any], key: str, known: Iterable[str] | None, here: str) -> tuple[str, ...]:
    if key not in row:
        return ()
    names = [row[key]] if isinstance(row[key], str) else row[key]
    if not isinstance(names, list) or not names or known is None or not set(names) <= set(known):
        raise _faulty(here, f"A value of {key} is not known.")
    return tuple(names)


def _election(row: dict[str, Any], where: str) -> Election:
    if row.keys() != {"date", "name", "cites"} or type(row["date"]) is not date:
        raise _faulty(where, "An election has a date, a name and what it cites.")
    return Election(row["date"], row["name"], row["cites"])


def _faulty(where: str, what: str) -> Refusal:
    return Refusal(
        what, where=where, next_step="Correct the file; the rules it may hold are in agreements/law.py."
    )


# Election days


def election_days(state: str, after: date) -> tuple[date, ...]:
    """Days after `after` on which voters of `state` vote, in order: the state's own and the federal ones."""
    return tuple(day for day in _days(state) if day > after)


def next_election(state: str, on: date) -> date:
    """The election day on or next after `on`; raises Refusal where the packs name none that late.

    Whoever is under 18 on that day is in no view, so not knowing the day means showing nobody.
    """
    for day in _days(state):
        if day >= on:
            return day
    raise Refusal(
        f"No election day of {state.upper()} is on file from {on.isoformat()} on.",
        where=f"{state.lower()}/law.toml",
        next_step="Add the next [[election]] with the statute it cites.",
    )


def last_election(state: str, before: date) -> date | None:
    """The latest election day before this day; None where the packs name none that early."""
    return max((day for day in _days(state) if day < before), default=None)


@cache
def _days(state: str) -> tuple[date, ...]:
    packs = [pack for pack in (load_pack("US"), load_pack(state)) if pack is not None]
    return tuple(sorted({election.day for pack in packs for election in pack.elections}))
