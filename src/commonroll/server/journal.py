"""Writing the journal: the row that must be durable before an answer leaves."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import members, wall
from commonroll.server.models import Journal, LogHead, Member
from commonroll.transparency import leaves

Keys = Mapping[str, str | Sequence[str]]


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
    late: bool = False,
) -> Journal:
    """Add one leaf to a log's journal, inside the caller's transaction.

    `owner` and `recipient` are member keys. The leaf's time never runs behind the log's last one. The log
    of a member that left goes on elsewhere and is closed here; `late`: the answer was given before that.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a receipt is written in the transaction that authorizes the answer")
    known = None if late else members.every().get(log)
    if known is not None and known.left_at is not None:
        raise Refusal("this member has left; its log is closed here", next_step="ask where it went")
    at = _next_time(log)
    leaf_id = f"urn:uuid:{uuid.uuid4()}"
    parties = {"owner": owner, "recipient": recipient} if recipient else {"owner": owner}
    leaf = leaves.leaf(type, at=at, id=leaf_id, **parties, keys=keys)
    columns = keys.get("columns", [])
    # the node writes journals, whoever acts: the leaf may be in the log of a member that it does not see
    with wall.node():
        return Journal.objects.create(
            log=log,
            leaf=leaf,
            leaf_id=leaf_id,
            at=at,
            type=type,
            owner=owner,
            recipient=recipient,
            agreement=str(keys.get("agreement", "")),
            purpose=str(keys.get("purpose", "")),
            rows=rows,
            columns=[] if isinstance(columns, str) else list(columns),
            sealed_shared=sealed_shared,
            sealed_strategy=sealed_strategy,
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


def _next_time(log: str) -> datetime:
    """Now in whole seconds, but never before the log's last time; the head's row lock orders writers."""
    now = timezone.now().replace(microsecond=0)
    head, made = LogHead.objects.select_for_update().get_or_create(log=log, defaults={"last_at": now})
    if made or head.last_at >= now:
        return max(head.last_at, now)
    head.last_at = now
    head.save(update_fields=["last_at"])
    return now
