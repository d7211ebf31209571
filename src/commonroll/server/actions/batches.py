"""Lists that programs bring with a key: taken once however often they are sent, told about, undone.

A batch goes the way of every list (`imports`). A key reads and undoes what came by it, and nothing else.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight import import_list
from commonroll.insight.imports import HYGIENE
from commonroll.server.actions import imports
from commonroll.server.actions.imports import Terms
from commonroll.server.actions.keys import TooMany
from commonroll.server.actions.loads import require_loader, vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import ApiKey, KeyUse, ListImport, MatchBatch

AN_HOUR = 30
"""Batches that a member's keys bring: a batch of one row is a look at one person, of which there are 30."""
BROUGHT, TAKEN = "match.post", 202
UNDONE = "undone"
"""The state of a batch whose import counts no more; the others are `ListImport.State`."""

_FAILED = (ListImport.State.REFUSED, ListImport.State.FAILED)
_UNDER_WAY = (ListImport.State.WAITING, ListImport.State.RUNNING)


class Conflict(Refusal):
    """What is asked does not go with what is there; HTTP 409."""


@dataclass(frozen=True)
class Batch:
    """A batch as it came: rows, the terms they are held on, and what was said of its columns."""

    rows: Sequence[Mapping[str, Any]]
    terms: Terms
    columns: Mapping[str, str]
    again: bool
    leave_alone: Sequence[str]
    body_hash: str


def take(*, home: Home, key: ApiKey, batch: Batch, token: str) -> tuple[MatchBatch, bool]:
    """Keep a batch below the home for the worker; whether it is new. The caller queues it.

    `token`: what the sender calls it; without one the body's hash. Sent again it is the same batch, unless
    that one came to nothing or was undone. Raises Conflict for another body under a token that is taken.
    """
    by = Actor.of_key(key)
    require_loader(key.member, by)
    _check_purpose(key, batch)
    imports.check_leaving(batch.terms.kind, batch.leave_alone)
    token = token or batch.body_hash
    earlier = _earlier(home, key, token, batch.body_hash)
    if earlier is not None:
        return earlier, False
    _check_rate(key)
    data = json.dumps(batch.rows, ensure_ascii=False).encode()
    listed = imports.upload(
        home=home, to=key.member, file=SimpleUploadedFile("batch.json", data), terms=batch.terms, by=by
    )
    try:
        with transaction.atomic():
            listed.step, listed.columns, listed.again = (
                ListImport.Step.KEEP, dict(batch.columns), batch.again,
            )  # fmt: skip
            listed.leave_alone = list(batch.leave_alone)
            listed.save()
            made = MatchBatch.objects.create(
                key=key, listed=listed, token=token, body_hash=batch.body_hash, rows=len(batch.rows)
            )
    except IntegrityError:
        # the same batch came at the same time, and the other was first
        shutil.rmtree(listed.folder, ignore_errors=True)
        ListImport.objects.filter(pk=listed.pk).delete()
        return _of(key).get(token=token), False
    return made, True


def _check_purpose(key: ApiKey, batch: Batch) -> None:
    if (key.purpose == HYGIENE) != (batch.terms.kind == HYGIENE):
        raise Refusal(
            f"this key is for {key.purpose}",
            where="kind",
            next_step="lists of the kind hygiene come by a key for hygiene, and nothing else does",
        )


def _check_rate(key: ApiKey) -> None:
    lately = KeyUse.objects.filter(
        member=key.member.key, act=BROUGHT, status=TAKEN, at__gt=timezone.now() - timedelta(hours=1)
    )
    if (lately.aggregate(n=Sum("times"))["n"] or 0) >= AN_HOUR:
        raise TooMany(f"a member's keys bring at most {AN_HOUR} batches an hour", 3600)


def _earlier(home: Home, key: ApiKey, token: str, body_hash: str) -> MatchBatch | None:
    found = _of(key).filter(token=token).first()
    if found is None:
        return None
    if found.body_hash != body_hash:
        raise Conflict(
            "another batch came under this name",
            where="Idempotency-Key",
            next_step="give each batch a name of its own, or none",
        )
    if found.listed.state in _FAILED or state(home, found) == UNDONE:
        found.delete()
        return None
    return found


def batch_of(*, key: ApiKey, listed: uuid.UUID) -> MatchBatch:
    """A batch that came by this key; no other exists for it."""
    Actor.of_key(key).require("raw", key.member)
    found = _of(key).filter(listed_id=listed).first()
    if found is None:
        raise Unknown("there is no such batch", next_step="ask for the id that the answer to the batch named")
    return found


def batches_of(*, key: ApiKey, most: int) -> list[MatchBatch]:
    """The newest batches of a key."""
    Actor.of_key(key).require("raw", key.member)
    return list(_of(key).order_by("-listed__created_at")[:most])


def _of(key: ApiKey) -> QuerySet[MatchBatch]:
    return MatchBatch.objects.select_related("key", "listed", "listed__member").filter(key=key)


def state(home: Home, batch: MatchBatch) -> str:
    """What became of a batch: a state of `ListImport`, or UNDONE."""
    if batch.listed.state != ListImport.State.DONE:
        return str(batch.listed.state)
    known = import_list.imports_of(vault(home, batch.listed.member))
    stands = any(one.stands for one in known if one.import_id == batch.listed.pk.hex)
    return str(batch.listed.state) if stands else UNDONE


def undo(*, home: Home, batch: MatchBatch, reason: str) -> None:
    """Nothing of the batch counts any more; one that was not kept is forgotten."""
    by = Actor.of_key(batch.key)
    found = state(home, batch)
    if found in _UNDER_WAY:
        raise Conflict("the batch is being matched", next_step="wait until it is done, then undo it")
    if found == UNDONE:
        raise Conflict("the batch was undone already", next_step="nothing is left to do")
    if found == ListImport.State.DONE:
        imports.undo(home=home, of=batch.listed.member, import_id=batch.listed.pk.hex, reason=reason, by=by)
    else:
        imports.drop(listed=batch.listed, by=by)
