"""Rows of a package become rows here: the member, whom it dealt with, agreements, records, the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import Max
from django.utils import timezone

from commonroll.agreements import signing
from commonroll.agreements.profile import MEMBER_KEY
from commonroll.errors import Refusal
from commonroll.flow.leaving.package import bad
from commonroll.server.leaving.contents import PATHS, RECORDS
from commonroll.server.leaving.rows import (
    Row,
    hanging,
    name_of,
    read_json,
    read_lines,
    require_names,
    unwritten,
)
from commonroll.server.meaning import events_of
from commonroll.server.models import Agreement, Journal, LogHead, Member, MemberKey
from commonroll.transparency.log import LogFolder

__all__ = ["MEMBER_KEY", "take_in"]
BATCH = 2_000
Found = dict[type[models.Model], dict[str, models.Model]]


def take_in(folder: Path, page: Row, key: str, entries: int, origin: str) -> tuple[Member, dict[str, int]]:
    """Write every row of the unpacked package, in the caller's transaction; the member, and counts.

    `entries`: size of its log. `origin`: this federation's. Raises BadPackage, IntegrityError.
    """
    known: Found = {Member: {}}
    for row in page["parties"]:
        known[Member][row["key"]] = _party(row, page, key, origin)
    left_at = next(row.get("left_at") for row in page["parties"] if row["key"] == key)
    for row in page["keys"]:
        _save(_key(row, known, key, left_at), row)
    counts = {"agreements": sum(_agreement(folder, number, known) for number in _numbers(page))}
    for name, (model, column) in RECORDS.items():
        counts[name] = _records(folder, name, model, column, known, known[Member][key])
    counts["receipts"] = _journal(folder, page, key, entries)
    member = known[Member][key]
    assert isinstance(member, Member)
    return member, counts


def _numbers(page: Row) -> list[int]:
    numbers = page["agreements"]
    if not isinstance(numbers, list) or not all(type(one) is int and one >= 0 for one in numbers):
        raise bad("the agreements have no numbers", "package.json")
    return sorted(numbers)


def _party(row: Row, page: Row, key: str, origin: str) -> Member:
    """The member, or somebody it dealt with: known by name and keys, and not a member here."""
    host = str(row.get("origin") or page["federation"]["origin"])
    fixed: dict[str, Any] = {"origin": "" if host == origin else host, "left_at": None}
    if row["key"] != key:
        fixed["left_at"] = timezone.now()
    # what the home before held against it ended with its leaving
    fixed |= {name: None for name in ("suspended_at",) if name in row}
    made = unwritten(Member, row, {}, "package.json", **fixed)
    assert isinstance(made, Member)
    _save(made, row)
    return made


def _key(row: Row, known: Found, key: str, left_at: Any) -> MemberKey:
    """A public key; the one that its member stopped using by leaving is in use again."""
    left = row.get("member") == key and row.get("retired_at") is not None and row["retired_at"] == left_at
    fixed = {"retired_at": None} if left else {}
    made = unwritten(MemberKey, row, known, "package.json", **fixed)
    assert isinstance(made, MemberKey)
    return made


def _save(made: models.Model, row: Row) -> None:
    """Insert a row with the times that it had, also those which a new row gets from the clock."""
    made.save(force_insert=True)
    times = {
        field.name: field.to_python(row[field.name])
        for field in made._meta.concrete_fields
        if (getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False))
        and row.get(field.name)
    }
    if times:
        type(made)._default_manager.filter(pk=made.pk).update(**times)


# Agreements


def _agreement(folder: Path, number: int, known: Found) -> int:
    where = f"agreements/{number}/rows.json"
    said = require_names(read_json(_bytes(folder, where), where), ("agreement", "before", "related"), where)
    for label, row in said["before"].items():
        _before(label, row, known, where)
    row = said["agreement"]
    made = unwritten(Agreement, row, known, where, number=_free(number))
    assert isinstance(made, Agreement)
    if bytes(made.document) != _bytes(folder, f"agreements/{number}/document.json"):
        raise bad("the text of an agreement stands in two forms", where)
    _save(made, row)
    known.setdefault(Agreement, {})[made.urn] = made
    for label, rows in said["related"].items():
        model, _ = hanging().get(label, (None, ""))
        if model is None or not isinstance(rows, list):
            raise bad("something hangs on an agreement that is not known here", where)
        for one in rows:
            _save(unwritten(model, one, known, where), one)
    _check_signed(made, where)
    return 1


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise bad("the package lacks a file", name) from error


def _free(number: int) -> int:
    if not Agreement.objects.filter(number=number).exists():
        return number
    return (Agreement.objects.aggregate(Max("number"))["number__max"] or 0) + 1


def _before(label: str, row: Row, known: Found, where: str) -> None:
    """What an agreement points to, such as its negotiation; several texts may share one."""
    targets: dict[str, type[models.Model]] = {
        field.related_model._meta.label_lower: field.related_model
        for field in Agreement._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model not in (Member, Agreement)
    }
    model = targets.get(label)
    if model is None or not isinstance(row, dict):
        raise bad("an agreement points to something that is not known here", where)
    if str(row.get("urn")) in known.setdefault(model, {}):
        return
    made = unwritten(model, row, known, where)
    _save(made, row)
    known[model][name_of(made)] = made


def _check_signed(agreement: Agreement, where: str) -> None:
    """Raise BadPackage where an agreement that bound both does not carry both signatures."""
    if agreement.finalized_at is None:
        return
    lines = {line.member_id: line.vkey for line in agreement.signatures.all()}
    ours = set(MemberKey.objects.filter(vkey__in=lines.values()).values_list("member_id", "vkey"))
    try:
        if ours != set(lines.items()):
            raise bad("an agreement is signed by a key that the package does not have", where)
        signing.verify(
            bytes(agreement.document),
            agreement.note,
            lines[agreement.owner_id],
            lines[agreement.recipient_id],
        )
    except (Refusal, KeyError) as error:
        raise bad("an agreement does not carry both signatures", where) from error
    try:
        events_of(agreement)
    except Refusal as error:
        raise bad("an event of an agreement is not signed by whoever may say it", where) from error


# Records and the journal


def _records(
    folder: Path, name: str, model: type[models.Model], column: str, known: Found, member: models.Model
) -> int:
    where = f"records/{name}.jsonl"
    rows = read_lines(_bytes(folder, where), where)
    rows.sort(key=lambda row: str(row.get("created_at", "")))
    # paths on the machine before are none here
    none = {PATHS[model]: ""} if model in PATHS else {}
    for row in rows:
        made = unwritten(model, row, known, where, **{column: member}, **none)
        _save(made, row)
        known.setdefault(model, {})[name_of(made)] = made
    return len(rows)


def _journal(folder: Path, page: Row, key: str, entries: int) -> int:
    """Every entry of the log as a row; raises BadPackage where row and entry differ."""
    log = LogFolder(folder / "log", f"{page['origin']}/log/{key}")
    inside = log.entries(0, entries)
    count, last = 0, None
    batch: list[Journal] = []
    for row in _receipts(folder):
        made = _entry(row, key)
        if made.index != count or bytes(made.leaf) != next(inside, b""):
            raise bad("a receipt is not the entry of the log", "receipts")
        batch.append(made)
        count, last = count + 1, made.at
        if len(batch) == BATCH:
            Journal.objects.bulk_create(batch)
            batch = []
    Journal.objects.bulk_create(batch)
    if count != entries:
        raise bad("there are not as many receipts as entries of the log", "receipts")
    if last is not None:
        LogHead.objects.create(log=key, last_at=last)
    return count


def _receipts(folder: Path) -> Iterator[Row]:
    for path in sorted((folder / "receipts").glob("journal-*.jsonl")):
        yield from read_lines(path.read_bytes(), f"receipts/{path.name}")


def _entry(row: Row, key: str) -> Journal:
    leaf = row.get("leaf")
    if not isinstance(leaf, str):
        raise bad("a receipt has no entry", "receipts")
    made = unwritten(Journal, row, {}, "receipts", leaf=leaf.encode(), log=key)
    assert isinstance(made, Journal)
    try:
        value = json.loads(leaf)
        same = value.get("id") == made.leaf_id and datetime.fromisoformat(value["at"]) == made.at
    except (ValueError, KeyError, AttributeError) as error:
        raise bad("a receipt has no entry", "receipts") from error
    if not same or made.type != value.get("type"):
        raise bad("a receipt says something else than its entry", "receipts")
    return made
