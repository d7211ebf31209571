"""A first draft of a layout, from a file that no layout knows: what can be guessed is, all else is TODO.

A draft does not load: the parser refuses a reason, a code or a word that is still TODO. Its comments say what
told of each column, without any text of a person: codes that repeat, otherwise patterns such as 99999.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import Refusal
from ..counties import County, counties_by_name, counties_within, has_list, state_of
from ..layout.fields import CODED
from ..layout.layout import Layout
from ..layout.shape import TABLE_OF, Role
from ..reading.read import DeliveredFile, open_delivery
from ..recognition.guessed_format import Seen, see
from .cells import Column, columns_of
from .guess import Guesses, by_its_ids, columns_read, guess, put_together
from .history import History, coded, history
from .toml_text import toml
from .words import Words, meanings

TODO = "TODO"
ROLES: tuple[Role, ...] = ("registration", "history", "absentee")
FULL = 0.95
"""Share filled from which a draft expects a field to be filled."""
EXPECTED = 0.98
"""Of the share found, the least that a draft expects of later files."""
SIZES = (0.5, 2.0)
"""Times the rows found, the least and the most that a draft expects of later files."""


@dataclass(frozen=True)
class Draft:
    """A layout for a person to finish. `document`: its TOML as `tomllib` reads it; `notes`: above its keys.

    `counties`: the state's codes, where the file's own say which they are; None where no list is needed.
    """

    key: str
    document: Mapping[str, Any]
    notes: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    counties: Mapping[str, County] | None = None

    @property
    def text(self) -> str:
        """The TOML file."""
        return toml(self.document, self.notes)

    @property
    def county_list(self) -> str:
        """The file counties.csv; "" where none is needed: names and FIPS codes of a state without a list."""
        known = {} if has_list(self.key[:2]) else counties_by_name(self.key[:2])
        if self.counties is None or set(self.counties) <= set(known):
            return ""
        rows = [f"{code},{one.fips},{one.name}" for code, one in self.counties.items()]
        return "\n".join(["code,fips,name", *rows, ""])

    @property
    def todo(self) -> int:
        """How many things are left to a person."""
        plain = re.sub(r"#.*", "", self.text)
        return plain.count(f'"{TODO}"')


def draft(
    paths: Sequence[Path],
    *,
    state: str,
    since: date,
    layouts: Sequence[Layout],
    role: Role | None = None,
) -> Draft:
    """A draft from the first file of a delivery that is no list beside it. Refusal where it is no table."""
    state_of(state)
    with tempfile.TemporaryDirectory(prefix="commonroll-draft-") as work:
        files = [one for one in open_delivery(paths, Path(work)) if not one.passed_over]
        return draft_of(files[0], state=state, since=since, layouts=layouts, role=role)


def draft_of(
    file: DeliveredFile, *, state: str, since: date, layouts: Sequence[Layout], role: Role | None = None
) -> Draft:
    """As `draft`, of one file."""
    head = file.head()
    seen = see(head, is_sheet=file.is_sheet)
    columns = columns_of(seen.columns, seen.rows)
    role = role or _role(seen, layouts)
    words, table = Words(layouts, role), TABLE_OF[role]
    may_hold = seen.has_header and role in ("registration", "history")
    elections = history(columns, layouts) if may_hold else None
    apart = elections.columns | elections.loose if elections else frozenset()
    made = put_together([guess(one, words, table) for name, one in columns.items() if name not in apart])
    by_its_ids(made, columns.values(), "state_voter_id")
    if role == "history" and elections is not None:
        made.columns = {name: made.columns[name] for name in made.columns if name == "state_voter_id"}
    rows = round(len(seen.rows) * max(file.size, len(head)) / len(head)) if head else 0
    write = _Writer(state.upper(), role, file.book or file.name, seen, columns, made, elections, layouts)
    counties = write.counties()
    document = write.document(since, rows)
    return Draft(f"{state.lower()}/{since:%Y-%m}.{role}", document, write.notes, counties)


def _role(seen: Seen, layouts: Sequence[Layout]) -> Role:
    """The role whose layouts know most of the columns."""
    return max(ROLES, key=lambda role: Words(layouts, role).known(seen.columns))


@dataclass
class _Writer:
    """Puts what was seen and guessed into a layout's document."""

    state: str
    role: Role
    file: str
    seen: Seen
    columns: Mapping[str, Column]
    made: Guesses
    elections: History | None
    layouts: Sequence[Layout]
    notes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def document(self, since: date, rows: int) -> dict[str, Any]:
        self._notes()
        top: dict[str, Any] = {
            "state": self.state,
            "role": self.role,
            "title": f"{TODO}: whose file this is, and what it is called",
            "since": since,
            "confidence": "observed",
        }
        if self.role == "registration":
            top["protected"] = TODO
        top["files"] = [_any_day(PurePosixPath(self.file).name)]
        if dates := self._dates():
            top["dates"] = dates
        loose = self.elections.loose if self.elections else frozenset()
        if not self.seen.positions:
            top["columns_order"] = [name for name in self.seen.columns if name not in loose]
        top["format"] = dict(self.seen.format)
        if self.seen.positions:
            top["positions"] = dict(self.seen.positions)
        sections: dict[str, Any] = {
            "columns": self._columns(),
            "ignore": dict.fromkeys(self.made.left, TODO),
            "codes": self._codes(),
            "districts": dict(self.made.districts) if self.role == "registration" else {},
            "unpivot": dict(self.elections.document) if self.elections else {},
            "expect": self._expect(rows),
        }
        return top | {name: section for name, section in sections.items() if section}

    def _notes(self) -> None:
        self.notes[()] = (
            "A draft, written from a file's first lines. It loads once nothing in it is TODO: map the "
            "column, or say under [ignore] why it may go. `commonroll layout check` shows what it does."
        )
        if self.role == "registration":
            self.notes["protected",] = (
                "flagged: the file marks protected voters (map `confidential`); withheld: it leaves them "
                "out; unstated: it does not say"
            )
        self.notes["format",] = "\n".join(self.seen.notes)
        for name, said in self.made.notes.items():
            if ("columns", name) in self.notes:
                continue
            kind = name.removeprefix("districts.")
            self.notes[("districts", kind) if kind != name else ("columns", name)] = "\n".join(said)
        for name, note in self.made.left.items():
            self.notes["ignore", name] = note
        self.notes |= self.elections.notes if self.elections else {}

    def _columns(self) -> dict[str, Any]:
        made = dict(self.made.columns)
        if self.role == "registration" and "status" not in made:
            made["status"] = {"constant": TODO}
            self.notes["columns", "status"] = (
                'no column is called as a status is elsewhere; { constant = "active" } where the file holds '
                "registered voters alone"
            )
        if "state_voter_id" not in made:
            made = {"state_voter_id": TODO, **made}
            unique = [one.name for one in self.columns.values() if one.is_unique]
            said = f"each row has its own text in: {', '.join(unique)}" if unique else "no column is unique"
            self.notes["columns", "state_voter_id"] = said
        first = {name: made[name] for name in TABLE_OF[self.role].names if name in made}
        return first | {name: source for name, source in made.items() if name not in first}

    def _dates(self) -> list[str]:
        apart = self.elections.columns if self.elections else frozenset()
        read = [column for name, column in self.columns.items() if name not in apart and column.date]
        return list(dict.fromkeys(column.date for column in read))

    def _codes(self) -> dict[str, dict[str, str]]:
        made = {}
        for name, source in self.made.columns.items():
            if name in CODED and (isinstance(source, str) or "call" not in source):
                known = meanings(self.layouts, name)
                read = [self.columns[column] for column in columns_read(source)]
                made[name] = coded(read[0], known)
                self.notes["codes", name] = _dissent(made[name], known)
        return made

    def _expect(self, rows: int) -> dict[str, Any]:
        filled = {}
        for name in ("last_name", "status", "birth_date", "birth_year", "residence_line1"):
            source = self.made.columns.get(name)
            if isinstance(source, str) and self.columns[source].filled >= FULL * self.columns[source].rows:
                share = self.columns[source].filled / self.columns[source].rows
                filled[name] = round(share * EXPECTED, 2)
        self.notes["expect",] = f"the file has about {rows} rows"
        bounds = {"min": max(1, round(rows * SIZES[0])), "max": max(1, round(rows * SIZES[1]))}
        return {"rows": bounds} | ({"filled": filled} if filled else {})

    def counties(self) -> Mapping[str, County] | None:
        """The list of counties, where a column's texts are the names or FIPS codes of this state's."""
        if self.role == "elections":
            return None
        field = "county" if self.role == "registration" else "county_voted"
        source = self.made.columns.get(field)
        found = dict(self._lists(columns_read(source) if source else []))
        if not found and source:
            self.notes["columns", field] = (
                f"{self.made.notes[field][0]}\nits codes are neither names nor FIPS codes of the state's "
                "counties: list them in counties.csv"
            )
            return None
        best = max(found, key=lambda name: len(found[name]), default="")
        if best and best != source and (source or self.role == "registration"):
            self.made.columns[field] = best
            self.made.left.pop(best, None)
            self.made.notes[field] = [f"{best}: every text is a county of {self.state}"]
            for name in columns_read(source) if source else ():
                self.made.left[name] = f"{self.columns[name].evidence()}; the county is told by {best}"
        return found.get(best) if field in self.made.columns else None

    def _lists(self, mapped: Sequence[str]) -> Iterator[tuple[str, Mapping[str, County]]]:
        used = self.made.used - set(mapped)
        for name, column in self.columns.items():
            if name not in used and column.filled and (listed := _county_codes(column, self.state)):
                yield name, listed


def _dissent(codes: Mapping[str, str], known: Mapping[str, Any]) -> str:
    """Which codes layouts mean differently, and how many mean what."""
    said = []
    for code in codes:
        counted = known.get(code.upper().replace(" ", ""))
        if counted and len(counted) > 1:
            said.append(
                f"{code}: " + ", ".join(f"{value or 'nothing'} in {n}" for value, n in counted.items())
            )
    return "\n".join(said)


def _any_day(name: str) -> str:
    """The file's name with any day or number in it."""
    return re.sub(r"\d[\d_-]*", "*", name)


def _county_codes(column: Column, state: str) -> Mapping[str, County]:
    """Every county of the state under the code that the column writes; empty where its texts are no such."""
    texts = set(column.counted)
    counties = counties_within(state)
    ways: tuple[Mapping[str, County], ...] = (
        {one.name: one for one in counties},
        {one.name.upper(): one for one in counties},
        {f"{one.name} County": one for one in counties},
        {f"{one.name.upper()} COUNTY": one for one in counties},
        {one.fips: one for one in counties},
        {one.fips[2:]: one for one in counties},
        counties_by_name(state),
    )
    return next((way for way in ways if texts <= set(way)), {})


def role_of(name: str | None) -> Role | None:
    """A role by its name; Refusal for any other."""
    if name is not None and name not in ROLES:
        raise Refusal(f"there is no role {name!r}", next_step=f"name one of: {', '.join(ROLES)}")
    return next((role for role in ROLES if role == name), None)
