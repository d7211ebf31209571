"""Lists of stops: a CSV of voters' ids, numbers, e-mails or addresses, tried, then heard as one act."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight import stops as hashes
from commonroll.insight.stops import Address, Kind, channels_of, key_of, links, token
from commonroll.roll.schema import FACTS, REACHABLES, VOTERS
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import stops
from commonroll.server.actions.stops import Asked, Heard, of_voter
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member, Stop

MAX_BYTES = 64 << 20
LONGEST_CELL = 400
LONGEST_ID = 40
SHOWN = 5
PARTS: Mapping[str, tuple[str, ...]] = {
    "state_voter_id": ("state voter id", "voter id", "voterid", "sos voterid", "voter file id", "id"),
    "phone": ("phone number", "number", "cell", "cell phone", "mobile", "from", "telephone"),
    "email": ("e mail", "email address", "e mail address", "mail address"),
    "address": ("street", "street address", "line1", "residence line1", "address line 1"),
    "unit": ("apt", "apartment", "residence unit", "address line 2"),
    "zip": ("zip5", "zip code", "zipcode", "postal code", "residence zip5"),
    "channel": ("how", "opt out", "stop"),
    "date": ("asked on", "day", "opted out at", "opt out date", "unsubscribed at"),
}
"""What a column is -> headers that say so, in letters and spaces."""
_KINDS: Mapping[str, Kind] = {
    "state_voter_id": "person",
    "phone": "phone",
    "email": "email",
    "address": "address",
}


@dataclass
class Read:
    """A list as it was read: the requests, lines that are none by reason (with the first few of them), and
    which columns were recognised."""

    file: str
    digest: str
    columns: Mapping[str, str]
    ignored: Sequence[str]
    lines: int
    asked: list[Asked] = field(default_factory=list)
    refused: dict[str, list[int]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The counts, JSON-ready; no value of the list."""
        return {
            "file": self.file,
            "columns": dict(self.columns),
            "ignored": list(self.ignored),
            "lines": self.lines,
            "requests": len(self.asked),
            "kinds": dict(sorted(Counter(one.kind for one in self.asked).items())),
            "channels": dict(sorted(Counter(one.channel for one in self.asked).items())),
            "silent": len({line for lines in self.refused.values() for line in lines}),
            "refused": [
                {"reason": reason, "count": len(lines), "lines": lines[:SHOWN]}
                for reason, lines in sorted(self.refused.items())
            ],
        }


def read(path: Path, *, of: Member, channel: str = "all", protected: bool = False) -> Read:
    """Read a CSV whose header names at least one of voter's id, phone, e-mail and address.

    `channel` is for rows that name none. A row that names several is several requests. Raises Refusal for
    what is no such list; a row that asks nothing is counted by its reason.
    """
    rows, digest = _rows(path)
    columns = _columns(rows[0])
    if not set(_KINDS) & set(columns.values()):
        raise Refusal(
            "no column of the list is a voter's id, a phone, an e-mail or an address", where=path.name,
            next_step="name one so in the first line, such as `phone`",
        )  # fmt: skip
    if "address" in columns.values() and "zip" not in columns.values():
        raise Refusal("addresses need their ZIP code", where=path.name, next_step="add a column named `zip`")
    at = {part: place for place, part in columns.items()}
    header = [cell.strip() for cell in rows[0]]
    found = Read(
        path.name, digest, {header[place]: part for place, part in columns.items()},
        [name for place, name in enumerate(header) if place not in columns], len(rows) - 1,
    )  # fmt: skip
    _take(found, rows, at, of, "all" if protected else channel)
    return found


def _take(
    found: Read, rows: Sequence[Sequence[str]], at: Mapping[str, int], of: Member, otherwise: str
) -> None:
    cells: dict[str, list[tuple[int, Sequence[str]]]] = {}
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(rows[0]) or any(len(cell) > LONGEST_CELL for cell in row):
            found.refused.setdefault("another number of fields, or a field of no end", []).append(line)
            continue
        named = [part for part in _KINDS if part in at and row[at[part]].strip()]
        if not named:
            found.refused.setdefault("nobody is named", []).append(line)
        for part in named:
            cells.setdefault(part, []).append((line, row))
    for part, taken in cells.items():
        for (line, row), value in zip(taken, _values(part, [row for _, row in taken], at, of), strict=True):
            _ask(
                found,
                line,
                _KINDS[part],
                value,
                _said(row, at, "channel") or otherwise,
                _said(row, at, "date"),
            )


def _values(
    part: str, rows: Sequence[Sequence[str]], at: Mapping[str, int], of: Member
) -> Sequence[str | None]:
    texts = [row[at[part]] for row in rows]
    if part == "address":
        return hashes.addresses(
            [
                Address(text, _said(row, at, "unit"), _said(row, at, "zip"))
                for text, row in zip(texts, rows, strict=True)
            ]
        )
    if part == "state_voter_id":
        plain = (text.strip() for text in texts)
        return [one if of.state and one.isprintable() and len(one) <= LONGEST_ID else None for one in plain]
    return hashes.normal(part, texts)


def _said(row: Sequence[str], at: Mapping[str, int], part: str) -> str:
    return row[at[part]].strip() if part in at else ""


def _ask(found: Read, line: int, kind: Kind, value: str | None, channel: str, day: str) -> None:
    channel = hashes.SAID.get(channel.lower(), channel.lower())
    try:
        channels_of(kind, channel)
        on = date.fromisoformat(day[:10]) if day else None
    except Refusal as refusal:
        found.refused.setdefault(refusal.what, []).append(line)
        return
    except ValueError:
        found.refused.setdefault("the date is none as YYYY-MM-DD", []).append(line)
        return
    if on is not None and not date(2000, 1, 1) <= on <= timezone.localdate():
        found.refused.setdefault("the date is before 2000 or lies ahead", []).append(line)
    elif value is None:
        found.refused.setdefault(f"this is no {stops.WORDS[kind]}", []).append(line)
    else:
        found.asked.append(Asked(kind, value, channel, line, on))


def _rows(path: Path) -> tuple[list[list[str]], str]:
    if path.stat().st_size > MAX_BYTES:
        raise Refusal("the list is larger than 64 MB", where=path.name, next_step="split it")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        if "\0" in text:
            raise ValueError
        rows = list(csv.reader(text.splitlines(), strict=True))
    except (ValueError, csv.Error):
        raise Refusal(
            "this is no CSV file in UTF-8", where=path.name, next_step="save the list so, and bring it again"
        ) from None
    while rows and not any(cell.strip() for cell in rows[0]):
        rows.pop(0)
    if len(rows) < 2:
        raise Refusal("the list is empty", where=path.name, next_step="bring one with a header and rows")
    return rows, hashlib.sha256(data).hexdigest()


def _columns(header: Sequence[str]) -> dict[int, str]:
    """Place -> what the column is; the first of each."""
    words = {alias: part for part, aliases in PARTS.items() for alias in (*aliases, part.replace("_", " "))}
    found: dict[int, str] = {}
    for place, cell in enumerate(header):
        plain = " ".join("".join(c if c.isalnum() else " " for c in cell.lower()).split())
        part = words.get(plain)
        if part and part not in found.values():
            found[place] = part
    return found


# Tried and heard


def preview(
    *, home: Home, of: Member, path: Path, channel: str = "all", protected: bool = False, by: Actor
) -> dict[str, Any]:
    """What a list would do, and how many of the member's own voters it would leave alone; nothing is kept."""
    by.require("protect" if protected else "stop", of)
    found = read(path, of=of, channel=channel, protected=protected)
    return found.as_dict() | {"own_voters": _own(home, of, found.asked), "before": _before(of, found.digest)}


def _own(home: Home, of: Member, asked: Sequence[Asked]) -> int:
    held = Vault(home.vaults, of.key)
    head = held.current()
    if head is None or not asked:
        return 0
    key = key_of(home.reference_secret())
    values: dict[Kind, dict[str, str]] = {}
    for one in asked:
        value = person(of, one.value) if one.kind == "person" else one.value
        values.setdefault(one.kind, {})[value] = token(key, one.kind, value)
    files = [
        *held.files(head, VOTERS.name),
        *held.event_files(REACHABLES.name),
        *held.event_files(FACTS.name),
    ]
    return len({link.state_voter_id for link in links(held, key, files=files, values=values)})


def person(of: Member, state_voter_id: str) -> str:
    """The value of a voter of the member that brings the list."""
    return of_voter(of.key, state_voter_id).value


def _before(of: Member, digest: str) -> bool:
    return Stop.objects.filter(heard_by=of, file_hash=digest, undoes=None, undone=None).exists()


def bring(
    *, home: Home, of: Member, path: Path, channel: str = "all", protected: bool = False, by: Actor
) -> tuple[Read, Heard]:
    """Hear a list as one act; the same file again is refused while it stands."""
    by.require("protect" if protected else "stop", of)
    found = read(path, of=of, channel=channel, protected=protected)
    if _before(of, found.digest):
        raise Refusal("this list was heard already", where=path.name, next_step="undo it first, or leave it")
    asked = [
        Asked(
            one.kind,
            person(of, one.value) if one.kind == "person" else one.value,
            one.channel,
            one.line,
            one.asked_on,
        )
        for one in found.asked
    ]
    if not asked:
        raise Refusal(
            "no line of the list asks anything", where=path.name, next_step="see what each line lacks"
        )
    heard = stops.hear(
        home=home, asked=asked, source=Stop.Source.IMPORT, heard_by=of, by=by, file=path.name,
        file_hash=found.digest, ground=Stop.Ground.PROTECTED if protected else Stop.Ground.ASKED,
    )  # fmt: skip
    return found, heard
