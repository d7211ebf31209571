"""Writing the journal: the row that must be durable before an answer leaves."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import many_rows, members, wall
from commonroll.server.models import Journal, LogHead, Member
from commonroll.transparency import leaves

Keys = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Entry:
    """One leaf to be, as `record` is told of it."""

    log: str
    type: str
    keys: Keys
    owner: str
    recipient: str = ""
    rows: int | None = None
    sealed_shared: bytes | None = None
    sealed_strategy: bytes | None = None
    sealed_dispute: bytes | None = None
    counties: Sequence[str] = ()


def record(
    *,
    log: str,
    type: str,
    keys: Keys,
    owner: str,
    recipient: str = "",
    rows: int | None = None,
    sealed_shared: bytes | None = None,
    sealed_strategy: bytes | None = None,
    counties: Sequence[str] = (),
    late: bool = False,
) -> Journal:
    """Add one leaf to a log's journal, inside the caller's transaction.

    `owner` and `recipient` are member keys. The leaf's time never runs behind the log's last one. The log
    of a member that left goes on elsewhere and is closed here; `late`: the answer was given before that.
    """
    entry = Entry(log, type, keys, owner, recipient, rows, sealed_shared, sealed_strategy, None, counties)
    return record_all([entry], late=late)[0]


def record_all(entries: Sequence[Entry], *, late: bool = False) -> list[Journal]:
    """As `record`, for entries of several logs: a few statements, however many they are."""
    if not connection.in_atomic_block:
        raise RuntimeError("a receipt is written in the transaction that authorizes the answer")
    if not late:
        _check_open(entry.log for entry in entries)
    times = _next_times({entry.log for entry in entries})
    rows = [_row(entry, times[entry.log]) for entry in entries]
    # the node writes journals, whoever acts: the leaf may be in the log of a member that it does not see
    with wall.node():
        return many_rows.insert(Journal, rows)


def _check_open(logs: Iterable[str]) -> None:
    every = members.every()
    for log in logs:
        known = every.get(log)
        if known is not None and known.left_at is not None:
            raise Refusal("this member has left; its log is closed here", next_step="ask where it went")


def _row(entry: Entry, at: datetime) -> Journal:
    keys, leaf_id = entry.keys, f"urn:uuid:{uuid.uuid4()}"
    parties = {"owner": entry.owner, **({"recipient": entry.recipient} if entry.recipient else {})}
    columns = keys.get("columns", [])
    return Journal(
        log=entry.log,
        leaf=leaves.leaf(entry.type, at=at, id=leaf_id, **parties, keys=keys),
        leaf_id=leaf_id,
        at=at,
        type=entry.type,
        owner=entry.owner,
        recipient=entry.recipient,
        agreement=str(keys.get("agreement", "")),
        purpose=str(keys.get("purpose", "")),
        rows=entry.rows,
        columns=[] if isinstance(columns, str) else list(columns),
        counties=list(entry.counties),
        sealed_shared=entry.sealed_shared,
        sealed_strategy=entry.sealed_strategy,
        sealed_dispute=entry.sealed_dispute,
    )


def operator(of: Member, action: str, said: Mapping[str, Any]) -> Journal:
    """Add a leaf of what an owner or operator did to a member, inside the caller's transaction.

    The leaf commits to `said`, which is sealed for the owner.
    """
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    return record(
        log=of.key,
        type="operator",
        keys={"action": action, "detail": leaves.commit(said, salt)},
        owner=of.key,
        sealed_shared=leaves.seal(said, salt, [of.reader]),
    )


def _next_times(logs: Iterable[str]) -> dict[str, datetime]:
    """Now in whole seconds, but never before a log's last time; the row locks of the heads order writers,
    who all take them in the order of the logs' names."""
    now, names = timezone.now().replace(microsecond=0), sorted(logs)
    heads = _heads(names)
    if len(heads) < len(names):
        LogHead.objects.bulk_create(
            [LogHead(log=log, last_at=now) for log in names if log not in heads], ignore_conflicts=True
        )
        heads = _heads(names)
    if behind := [log for log in names if heads[log] < now]:
        LogHead.objects.filter(log__in=behind).update(last_at=now)
    return {log: max(heads[log], now) for log in names}


def _heads(names: Sequence[str]) -> dict[str, datetime]:
    found = LogHead.objects.select_for_update().filter(log__in=names).order_by("log")
    return dict(found.values_list("log", "last_at"))
