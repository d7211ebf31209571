"""Which field of the roll each unknown column may be: by what other layouts call it, and by its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import schema
from .cells import DISTRICT, Column
from .words import Said, Use, Words, named_in

ALONE = 2
"""A join of more columns than this is better than one column that holds it all."""

BY_CONTENT: Mapping[str, str] = {"phone": "phone", "email": "email"}
"""Kinds of cells that say by themselves what a column is."""


@dataclass(frozen=True)
class Guess:
    """What a column may be: `uses` of it in layouts that have such a column, `votes` of these layouts.

    `note`: what told, for a person to read. Without uses nothing is guessed.
    """

    column: str
    note: str
    uses: frozenset[Use] = frozenset()
    votes: int = 0
    exact: bool = False


@dataclass
class Guesses:
    """Guesses put together. `columns`, `districts` as a layout has them; `left`: columns to do, with a note.

    `notes`: the comment above each field or district type.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    districts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def used(self) -> set[str]:
        """Columns that a field or a district reads."""
        read = {name for source in self.columns.values() for name in columns_read(source)}
        return read | {name for many in self.districts.values() for one in many for name in columns_read(one)}


def columns_read(source: Any) -> list[str]:
    """The columns that a source of a draft names."""
    if isinstance(source, str):
        return [source]
    named = [source[key] for key in ("id", "name") if key in source]
    return [*source.get("join", ()), *source.get("of", ()), *named]


def guess(column: Column, words: Words, table: schema.Table) -> Guess:
    """What a column may be, with the layouts that say so."""
    evidence = column.evidence()
    said, known = words.of(column.name), ""
    if said is None and (found := words.alike(column.name)):
        known, said = found
    if said is None:
        return _by_content(column, evidence)
    uses, keys = said.most
    if len(said.ignored) > len(keys):
        why = next(iter(said.ignored.values()))
        return Guess(column.name, f"{evidence}; left aside in {named_in(list(said.ignored))}: {why}")
    wrong = _misfits(column, uses, table)
    called = f"called alike ({known})" if known else "called so"
    note = f"{evidence}; {called} in {named_in(keys)}"
    if wrong:
        return Guess(column.name, f"{note}, but its cells do not look like {wrong}")
    return Guess(column.name, f"{note}{_others(said, uses)}", uses, len(keys), not known)


def _others(said: Said, uses: frozenset[Use]) -> str:
    others = sum(len(keys) for other, keys in said.uses.items() if _fields(other) != _fields(uses))
    return f"; read as something else in {others}" if others else ""


def _fields(uses: Iterable[Use]) -> set[str]:
    return {use.field or use.district for use in uses}


def _misfits(column: Column, uses: Iterable[Use], table: schema.Table) -> str:
    for use in uses:
        is_day = use.field in table.names and table[use.field].type == "date" and use.verb == "column"
        if not column.may_be(use.field or DISTRICT, is_day):
            return use.field or DISTRICT
    return ""


def _by_content(column: Column, evidence: str) -> Guess:
    if column.kind in BY_CONTENT:
        call = "us_phone" if column.kind == "phone" else ""
        use = Use(BY_CONTENT[column.kind], verb="call" if call else "column", call=call)
        return Guess(column.name, f"{evidence}; its cells are of kind {column.kind}", frozenset({use}))
    looks = f"; its cells look like {column.kind}" if column.kind else ""
    return Guess(column.name, f"{evidence}; no layout has a column called so{looks}")


def by_its_ids(made: Guesses, columns: Iterable[Column], field: str) -> None:
    """The only column in which each row has its own text is the voter's id, where no name says which is."""
    unique = [one for one in columns if one.is_unique and one.name in made.left]
    if field not in made.columns and len(unique) == 1:
        note = f"{unique[0].name}: {unique[0].evidence()}; the only column with its own text in each row"
        made.columns[field] = unique[0].name
        made.notes[field] = [note]
        del made.left[unique[0].name]


def put_together(guesses: Sequence[Guess]) -> Guesses:
    """One source for each field; columns that lose to another one are left to do."""
    made = Guesses()
    by_field: dict[str, list[tuple[Use, Guess]]] = defaultdict(list)
    for one in guesses:
        for use in sorted(one.uses, key=lambda use: (use.field, use.district, use.at)):
            if use.field:
                by_field[use.field].append((use, one))
            elif not use.named:
                made.districts.setdefault(use.district, []).append({"id": one.column})
                made.notes.setdefault(f"districts.{use.district}", []).append(f"{one.column}: {one.note}")
    for name, found in by_field.items():
        source, taken = _source(found)
        made.columns[name] = source
        made.notes[name] = [f"{one.column}: {one.note}" for _, one in taken]
    _label(made.districts)
    _named(made, guesses)
    used = made.used
    for one in guesses:
        if one.column not in used:
            lost = f"; may be {', '.join(sorted(_fields(one.uses)))} as well" if one.uses else ""
            made.left[one.column] = one.note + lost
    return made


def _source(found: Sequence[tuple[Use, Guess]]) -> tuple[Any, list[tuple[Use, Guess]]]:
    """The source that most layouts' words speak for, and the guesses it is made of."""
    joined = sorted((pair for pair in found if pair[0].verb == "join"), key=lambda pair: pair[0].at)
    alone = [pair for pair in found if pair[0].of == 1]
    several = sorted((p for p in found if p[0].verb == "call" and p[0].of > 1), key=lambda p: p[0].at)
    if len(joined) > ALONE or (joined and not alone):
        return _joined(joined), joined
    if several and not alone and (whole := _called(several)):
        return whole
    use, best = max(alone or found, key=lambda pair: (pair[1].exact, pair[1].votes))
    if use.verb == "call" and use.of == 1:
        return {"call": use.call, "of": [best.column]}, [(use, best)]
    return best.column, [(use, best)]


def _joined(pairs: Sequence[tuple[Use, Guess]]) -> Any:
    columns = list(dict.fromkeys(one.column for _, one in pairs))
    return {"join": columns} if len(columns) > 1 else columns[0]


def _called(pairs: Sequence[tuple[Use, Guess]]) -> tuple[Any, list[tuple[Use, Guess]]] | None:
    """A function of several columns, where the file has the first of them and no gap."""
    call = pairs[0][0].call
    mine = [pair for pair in pairs if pair[0].call == call]
    if len(mine) < 2 or [use.at for use, _ in mine] != list(range(len(mine))):
        return None
    return {"call": call, "of": [one.column for _, one in mine]}, mine


def _label(districts: Mapping[str, list[dict[str, str]]]) -> None:
    """Several columns of one district type stand apart by a label."""
    for many in districts.values():
        for one in many if len(many) > 1 else ():
            one["label"] = one["id"].upper()


def _named(made: Guesses, guesses: Sequence[Guess]) -> None:
    """A district's name goes to the only column of its type."""
    for one in guesses:
        for use in one.uses:
            if use.named and len(made.districts.get(use.district, ())) == 1:
                made.districts[use.district][0].setdefault("name", one.column)
