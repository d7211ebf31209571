"""Batches of rows to match: POST, then ask how far they are, read the rows, undo."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from commonroll.errors import Refusal
from commonroll.server import jobs
from commonroll.server.actions import batches, import_rows
from commonroll.server.actor import Actor
from commonroll.server.api import match_body
from commonroll.server.api.access import methods, with_key
from commonroll.server.api.body import received
from commonroll.server.api.openapi import document
from commonroll.server.models import ApiKey, ListImport, MatchBatch

SHOWN = 50
LONGEST_TOKEN = 200


@methods("GET", "HEAD")
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; it says nothing of anybody."""
    return JsonResponse(document())


@methods("GET", "POST")
@with_key("match")
def match(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """POST a batch: 202 with its id, 200 where it came before. GET: the key's newest batches."""
    if request.method == "GET":
        known = batches.batches_of(key=key, most=SHOWN)
        return JsonResponse({"batches": [_told(one, batches.state(settings.HOME, one)) for one in known]})
    batch, new = batches.take(
        home=settings.HOME,
        key=key,
        batch=match_body.read(received(request, match_body.BYTES_AT_MOST, match_body.too_large())),
        token=_token(request),
    )
    if new:
        jobs.run_import.enqueue(str(batch.listed.pk))
    told = _told(batch, batches.state(settings.HOME, batch))
    return JsonResponse(told, status=batches.TAKEN if new else 200, headers={"Location": told["self"]})


@methods("GET", "DELETE")
@with_key("match.one")
def one(request: HttpRequest, key: ApiKey, listed: uuid.UUID) -> HttpResponse:
    """GET: how far a batch is, and its report. DELETE: undo it."""
    batch = batches.batch_of(key=key, listed=listed)
    if request.method == "DELETE":
        reason = request.GET.get("reason", "undone by the program that brought it")
        batches.undo(home=settings.HOME, batch=batch, reason=reason)
        return HttpResponse(status=204)
    state = batches.state(settings.HOME, batch)
    done = state in (ListImport.State.DONE, batches.UNDONE)
    more = {"report": batch.listed.report, "brought": batch.listed.brought} if done else {}
    return JsonResponse(_told(batch, state) | more)


@methods("GET")
@with_key("match.rows")
def rows(request: HttpRequest, key: ApiKey, listed: uuid.UUID) -> HttpResponse:
    """The batch's rows with what they were matched to, once the receipt is covered by a checkpoint."""
    batch = batches.batch_of(key=key, listed=listed)
    if batch.listed.state != ListImport.State.DONE:
        raise batches.Conflict("the batch has no rows yet", next_step="ask for its state, and come again")
    with tempfile.TemporaryDirectory(dir=settings.HOME.tmp) as folder:
        to = Path(folder) / "rows.json"
        import_rows.release(
            home=settings.HOME, of=key.member, import_id=listed.hex, purpose=key.purpose, to=to, form="json",
            by=Actor.of_key(key),
        )  # fmt: skip
        return HttpResponse(to.read_bytes(), content_type="application/json")


def _told(batch: MatchBatch, state: str) -> dict[str, Any]:
    listed = batch.listed
    return {
        "id": str(listed.pk),
        "self": reverse("api_match_one", args=[listed.pk]),
        "rows": reverse("api_match_rows", args=[listed.pk]) if state == ListImport.State.DONE else None,
        "state": state,
        "stage": listed.stage,
        "progress": round(listed.fraction, 3),
        "message": listed.message,
        "sent": batch.rows,
        "came_at": listed.created_at.isoformat(timespec="seconds"),
        "ended_at": listed.ended_at.isoformat(timespec="seconds") if listed.ended_at else None,
    }


def _token(request: HttpRequest) -> str:
    token = request.headers.get("Idempotency-Key", "").strip()
    if len(token) > LONGEST_TOKEN or not token.isprintable():
        raise Refusal(
            f"this is no name of at most {LONGEST_TOKEN} characters", where="Idempotency-Key",
            next_step="send a UUID, or leave it out",
        )  # fmt: skip
    return token
