"""Two agreements compared in plain English: what the second lets happen and the first did not, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from commonroll.agreements.english import (
    approval,
    blackout,
    contact_limit,
    duty_sentence,
    onward,
    overridden,
    uses,
)
from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.agreements.row_words import rows
from commonroll.agreements.words import MASK_WORDS, day, label, spoken
from commonroll.roll.counties import state_of


def compare(old: Grant, new: Grant, names: Mapping[str, str]) -> list[str]:
    """How `new` differs from `old`, one sentence a line, empty if nothing does; `names` by member key."""
    return [
        *_sets("purpose", old.purposes, new.purposes, lambda name: PURPOSES[name]),
        *_sets("use", old.modes, new.modes, lambda name: MODES[name]),
        *_sets("column", old.columns, new.columns, label),
        *_masks(old, new),
        *_changed("The rows", rows(old), rows(new)),
        *_changed("The beginning", day(old.start), day(new.start)),
        *_changed("The end", day(old.until), day(new.until)),
        *_lines(_limits(old, names), _limits(new, names)),
        *_lines(_duties(old, names), _duties(new, names)),
        *_changed("The law that governs", _state(old), _state(new)),
    ]


def _limits(grant: Grant, names: Mapping[str, str]) -> list[str]:
    owner = names.get(grant.owner, grant.owner)
    said = [uses(grant), *contact_limit(grant), *approval(grant, owner), onward(grant, names)]
    return [*said, *overridden(grant, owner)]


def _duties(grant: Grant, names: Mapping[str, str]) -> list[str]:
    owner, recipient = (names.get(key, key) for key in (grant.owner, grant.recipient))
    return [*(duty_sentence(duty, owner, recipient) for duty in grant.duties), *blackout(grant)]


def _state(grant: Grant) -> str:
    return f"that of {state_of(grant.governing_law).name}" if grant.governing_law else "not named"


def _sets(kind: str, old: Iterable[str], new: Iterable[str], word: Callable[[str], str]) -> list[str]:
    added, gone = sorted(set(new) - set(old)), sorted(set(old) - set(new))
    found = []
    for verb, items in (("Added", added), ("Left out", gone)):
        if items:
            plural = "" if len(items) == 1 else "s"
            found.append(f"{verb}: {kind}{plural} {spoken(word(item) for item in items)}.")
    return found


def _masks(old: Grant, new: Grant) -> list[str]:
    words = {**MASK_WORDS, "plain": "in full", "null": "not at all"}
    return [
        f"{label(name).capitalize()} is now shown {words[new.columns[name]]}, "
        f"before {words[old.columns[name]]}."
        for name in sorted(old.columns.keys() & new.columns.keys())
        if old.columns[name] != new.columns[name]
    ]


def _changed(what: str, old: str, new: str) -> list[str]:
    verb = "are" if what == "The rows" else "is"
    return [] if old == new else [f"{what} {verb} now {new}, before {old}."]


def _lines(old: list[str], new: list[str]) -> list[str]:
    return [f"New: {line}" for line in new if line not in old] + [
        f"No longer: {line}" for line in old if line not in new
    ]
