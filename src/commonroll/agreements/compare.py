"""Two agreements compared in plain English: what the second lets happen and the first did not, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from commonroll.agreements.english import (
    MASK_WORDS,
    contact_limit,
    day,
    duty_sentence,
    label,
    rows,
    spoken,
    uses,
)
from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import MODES, PURPOSES


def compare(old: Grant, new: Grant, names: Mapping[str, str]) -> list[str]:
    """How `new` differs from `old`, one sentence a line, empty if nothing does; `names` by member key."""
    owner = names.get(new.owner, new.owner)
    return [
        *_sets("purpose", old.purposes, new.purposes, lambda name: PURPOSES[name]),
        *_sets("use", old.modes, new.modes, lambda name: MODES[name]),
        *_sets("column", old.columns, new.columns, label),
        *_masks(old, new),
        *_changed("The rows", rows(old), rows(new)),
        *_changed("The beginning", day(old.start), day(new.start)),
        *_changed("The end", day(old.until), day(new.until)),
        *_lines([uses(old), *contact_limit(old)], [uses(new), *contact_limit(new)]),
        *_lines([duty_sentence(d, owner) for d in old.duties], [duty_sentence(d, owner) for d in new.duties]),
    ]


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
