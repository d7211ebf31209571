"""What each column of a list holds, told by its name and by its cells; the cells win where they are plain.

A list with swapped columns must not become wrong matches, so a column whose cells say another thing than its
name is taken for what the cells say, or for nothing, and the report says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...errors import Refusal
from .headers import OPTOUTS, ROLES, SEVERAL, role_said, words_of
from .name_use import NameUse
from .profile import Profile

FITS = 0.6
"""Least share of a column's filled cells that look like what its name says."""

PLAIN = 0.85
"""Least share of filled cells that look alike for the cells to decide against the name, or without one."""

LOOKS_LIKE: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone",),
    "zip": ("zip", "short_zip"),
    "state": ("state",),
    "birth_date": ("date", "serial", "year"),
    "birth_year": ("year",),
    "age": ("age",),
    "sex": ("sex",),
    "address": ("address",),
    "full_address": ("full_address",),
    "place": ("place",),
    "house_number": ("house_number",),
    "suffix": ("suffix",),
    "first_name": ("words",),
    "middle_name": ("words",),
    "last_name": ("words",),
    "full_name": ("words",),
    "city": ("words",),
    **dict.fromkeys(OPTOUTS, ("answer",)),
    "outcome": ("outcome",),
}
"""Role -> looks that its cells have; other roles hold anything."""

_DECISIVE = ("email", "phone", "full_address", "place", "address", "zip", "state", "date")
"""Looks that say what a column is without a name, the most particular first."""

_AS_ROLE = {"date": "birth_date"}
_PERSON = ("first_name", "last_name", "full_name", "voter_id", "phone", "email")
_HOME = {"res", "residence", "residential", "home", "legal"}
"""Words of the column that is believed where a list has two addresses."""

_SHOWN_AS_IS = frozenset({"sex", "state", "fact", "household_fact", "leave", "outcome", *OPTOUTS})

_OF_HOUSEHOLDS = ("household", "hh")
"""Words with which a column's name says that it is about the household."""
_OR_A_FACT = frozenset({"outcome"})
"""Roles whose names say other things as well: where the cells do not fit, the column is a fact."""


@dataclass(frozen=True)
class ListColumn:
    """One column: its name, the role it was taken for and why, how full it is, samples without persons' data.

    `told`: the cells say another thing than the name, and nobody has confirmed it.
    """

    name: str
    role: str
    why: str
    filled: float
    samples: tuple[str, ...] = ()
    told: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The column, JSON-ready, with what its role means."""
        return asdict(self) | {"samples": list(self.samples), "means": ROLES[self.role]}


def recognise(
    names: Sequence[str],
    profiles: Mapping[str, Profile],
    *,
    given: Mapping[str, str],
    use: NameUse | None = None,
) -> tuple[ListColumn, ...]:
    """The role of every column. `given`: column -> role that somebody stated; `use`: names of the roll.

    Raises Refusal for a statement about no column or role, and for a list without anything that could name
    a person.
    """
    stated = _stated(names, given)
    found = [_one(name, profiles[name], stated.get(name)) for name in names]
    found = _single(_unswapped(found, stated, use), stated)
    found = _nameless(found, profiles, use)
    if not any(column.role in _PERSON for column in found):
        raise Refusal(
            "No column of the list holds names, phones, e-mails or voter ids"
            + (": everything stands in one column." if len(names) == 1 else "."),
            where="the list's columns",
            next_step='Say what a column holds (--column full_name="NAME"), or save the list with one thing '
            "in each column.",
        )
    return tuple(_said_plainly(column, profiles[column.name]) for column in found)


def _stated(names: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    by_name = {name.casefold(): name for name in names}
    stated = {}
    for column, role in given.items():
        if column.casefold() not in by_name or role not in ROLES:
            known = column.casefold() in by_name
            raise Refusal(
                "There is no such role for a column." if known else "The list has no column of that name.",
                where=f"--column {role}" if known else "--column",
                next_step=f"Roles: {', '.join(ROLES)}." if known else f"Columns: {', '.join(names[:40])}.",
            )
        stated[by_name[column.casefold()]] = role
    return stated


def _one(name: str, profile: Profile, stated: str | None) -> ListColumn:
    def taken(role: str, why: str, *, told: bool = False) -> ListColumn:
        return ListColumn(name, role, why, profile.filled, profile.masked, told)

    if stated:
        return taken(stated, "you said so")
    if not profile.filled:
        return taken("leave", "it is empty")
    said, looks = role_said(name), _decisive(profile)
    if said is None:
        return _unnamed(taken, name, profile, looks)
    fits = _fit(profile, said)
    if fits >= FITS:
        return taken(said, f"its name says so, and {fits:.0%} of its cells")
    if said in _OR_A_FACT:
        return _unnamed(taken, name, profile, looks)
    if looks and looks != said:
        why = f"its name says {ROLES[said]}, but {_share(profile, looks):.0%} of its cells are {_word(looks)}"
        return taken(looks, why, told=True)
    return taken("leave", f"its name says {ROLES[said]}, but only {fits:.0%} of its cells do", told=True)


def _unnamed(taken: Callable[..., ListColumn], name: str, profile: Profile, looks: str | None) -> ListColumn:
    if words_of(name)[:1] in [[word] for word in _OF_HOUSEHOLDS]:
        return taken("household_fact", "its name says that it is of the household")
    if looks and looks not in ("birth_date", "zip", "state"):
        return taken(
            looks, f"its name says nothing; {_share(profile, looks):.0%} of its cells are {_word(looks)}"
        )
    return taken("fact", "its name is none of those that say who somebody is")


def _fit(profile: Profile, role: str) -> float:
    if role not in LOOKS_LIKE:
        return 1.0
    return min(1.0, sum(profile.looks.get(look, 0.0) for look in LOOKS_LIKE[role]))


def _decisive(profile: Profile) -> str | None:
    for look in _DECISIVE:
        if profile.looks.get(look, 0.0) >= PLAIN:
            return _AS_ROLE.get(look, look)
    return None


def _share(profile: Profile, role: str) -> float:
    return max(profile.looks.get(look, 0.0) for look in LOOKS_LIKE[role])


def _word(role: str) -> str:
    return {
        "email": "e-mail addresses", "phone": "phone numbers", "zip": "ZIP codes", "state": "states",
        "birth_date": "dates", "address": "street addresses", "full_address": "whole addresses",
        "place": "city, state and ZIP",
    }[role]  # fmt: skip


def _unswapped(
    columns: Iterable[ListColumn], stated: Mapping[str, str], use: NameUse | None
) -> list[ListColumn]:
    """First and last name the right way round: the roll knows which words are which."""
    found = list(columns)
    roles = {column.role: at for at, column in enumerate(found) if column.name not in stated}
    if use is None or not {"first_name", "last_name"} <= set(roles):
        return found
    first, last = found[roles["first_name"]], found[roles["last_name"]]
    if not use.swapped(first.name, last.name):
        return found
    why = "its words are {} names on your roll: the two columns are swapped"
    found[roles["first_name"]] = replace(first, role="last_name", why=why.format("last"), told=True)
    found[roles["last_name"]] = replace(last, role="first_name", why=why.format("first"), told=True)
    return found


def _single(columns: Iterable[ListColumn], stated: Mapping[str, str]) -> list[ListColumn]:
    """One column for each role that can have only one: the one stated, else named so, else the fullest."""
    found = list(columns)
    best: dict[str, ListColumn] = {}
    for column in found:
        if column.role in SEVERAL:
            continue
        other = best.get(column.role)
        if other is None or _rank(column, stated) > _rank(other, stated):
            best[column.role] = column
    return [
        column
        if column.role in SEVERAL or best[column.role] is column
        else replace(column, role="leave", why=f"another column is taken for {ROLES[column.role]}")
        for column in found
    ]


def _rank(column: ListColumn, stated: Mapping[str, str]) -> tuple[bool, bool, bool, float]:
    home = bool(_HOME & set(words_of(column.name)))
    return column.name in stated, not column.told, home, round(column.filled, 2)


def _nameless(
    columns: Iterable[ListColumn], profiles: Mapping[str, Profile], use: NameUse | None
) -> list[ListColumn]:
    """Columns that no header names: ZIP, state and birth date where none is known yet, names by the roll."""
    found = list(columns)
    for role in ("zip", "state", "birth_date"):
        if any(column.role == role for column in found):
            continue
        for at, column in enumerate(found):
            looks = _decisive(profiles[column.name])
            if column.role == "fact" and looks == role and column.name.startswith("Column "):
                why = f"no header; {_share(profiles[column.name], role):.0%} of its cells are {_word(role)}"
                found[at] = replace(column, role=role, why=why)
                break
    has_name = any(column.role in ("first_name", "last_name", "full_name") for column in found)
    return found if has_name or use is None else [_by_use(column, profiles, use) for column in found]


def _by_use(column: ListColumn, profiles: Mapping[str, Profile], use: NameUse) -> ListColumn:
    role = use.role(column.name) if column.role == "fact" else None
    if role is None:
        return column
    if profiles[column.name].looks.get("several_words", 0.0) >= FITS:
        role = "full_name"
    return replace(column, role=role, why=f"no header; its words are names on your roll ({ROLES[role]})")


def _said_plainly(column: ListColumn, profile: Profile) -> ListColumn:
    """Samples as patterns where the column says who somebody is."""
    if column.role in _SHOWN_AS_IS:
        return column
    return replace(column, samples=profile.patterns)
