"""What a grant shows, class by class, in words short enough for a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import MASKS, PERSON, Mask
from commonroll.agreements.words import MASK_WORDS, label, spoken
from commonroll.roll.layout.layout import published
from commonroll.roll.schema import CLASSES, COLUMNS, GRANTABLE


@dataclass(frozen=True)
class Granted:
    """The columns of one class: their words, and those that are not shown as they are."""

    name: str
    meaning: str
    columns: tuple[str, ...]
    masked: tuple[str, ...]

    @property
    def words(self) -> str:
        return spoken(self.columns)


def classes_of(grant: Grant) -> list[Granted]:
    """The grant's columns by class, in the order of the classes."""
    found = [_granted(cls, meaning, grant.columns) for cls, meaning in CLASSES.items()]
    persons = [label(PERSON)] if PERSON in grant.columns else []
    shown = [one for one in found if one.columns]
    return [*shown, *(Granted("persons", "", (words,), ()) for words in persons)]


def _granted(cls: str, meaning: str, columns: Mapping[str, Mask]) -> Granted:
    names = [n for n in GRANTABLE if n in columns and COLUMNS[n].cls == cls and n != PERSON]
    masked = [f"{label(n)} {MASK_WORDS[columns[n]]}" for n in names if columns[n] in MASKS[1:]]
    return Granted(cls, meaning, tuple(map(label, names)), tuple(masked))


def columns_by_class(state: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Columns that can be asked about, by class: those that the state publishes, or all of them."""
    known = set(published(state)) if state else set(GRANTABLE)
    groups = []
    for cls in CLASSES:
        names = [n for n, c in GRANTABLE.items() if c.cls == cls and n in known and n != PERSON]
        if names:
            groups.append((cls, [(name, label(name)) for name in names]))
    return groups
