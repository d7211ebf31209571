"""Questions by key: what may be asked, counts, and extracts that are asked for, waited for and fetched."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import reverse

from commonroll.server import cuts, jobs
from commonroll.server.actions import added_up, export_receipts, offered, questions, search, vocabulary
from commonroll.server.actions.batches import Conflict
from commonroll.server.actor import Actor, Unknown
from commonroll.server.api import body
from commonroll.server.api.access import methods, with_key
from commonroll.server.api.asking_schemas import COLUMNS_AT_MOST
from commonroll.server.models import ApiKey, Extract
from commonroll.views.question import MOST_BY

SHOWN = 50
TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@methods("GET")
@with_key("columns")
def columns(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """The names that the key may ask with, and how many owners grant each, by mode."""
    found = offered.offered(viewer=key.member, purpose=key.purpose, by=Actor.of_key(key))
    told = [
        {
            "name": one.column.name,
            "kind": one.column.kind,
            "class": one.column.cls,
            "meaning": one.column.meaning,
            "values": list(one.column.values or ()),
            "owners": dict(one.owners),
        }
        for one in found
    ]
    return JsonResponse({"purpose": key.purpose, "columns": told})


@methods("POST")
@with_key("count")
def count(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Voters that meet a condition, split by at most three names, with what is missing and why."""
    asked = body.question(request, "where", "by")
    answer = questions.count(
        home=settings.HOME, viewer=key.member, purpose=key.purpose, where=body.text(asked, "where"),
        by_columns=body.texts(asked, "by", MOST_BY), by=Actor.of_key(key),
    )  # fmt: skip
    return JsonResponse(questions.as_dict(answer))


@methods("GET")
@with_key("vocabulary")
def standards(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """The federation's questions, those that are not asked any more included."""
    return JsonResponse({"questions": [vocabulary.as_dict(one) for one in vocabulary.newest(retired=True)]})


@methods("POST")
@with_key("results")
def results(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Voters by their last answer to a question of the federation, over all owners that grant it."""
    asked = body.question(request, "question", "where")
    found = added_up.added_up(
        home=settings.HOME, viewer=key.member, purpose=key.purpose, code=body.text(asked, "question"),
        where=body.text(asked, "where"), by=Actor.of_key(key),
    )  # fmt: skip
    return JsonResponse(added_up.as_dict(found))


@methods("POST")
@with_key("people")
def people(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """Persons whom a text means, the best first; what is found leaves, so owners must grant exports."""
    asked = body.question(request, "text")
    found = search.find(
        home=settings.HOME, viewer=key.member, purpose=key.purpose, text=body.text(asked, "text"),
        mode="export", by=Actor.of_key(key),
    )  # fmt: skip
    return JsonResponse(search.as_dict(found))


@methods("GET", "POST")
@with_key("extracts")
def extracts(request: HttpRequest, key: ApiKey) -> HttpResponse:
    """POST: ask for rows, 202 with the extract's id. GET: the key's newest extracts."""
    if request.method == "GET":
        return JsonResponse({"extracts": [_told(one) for one in _of(key)[:SHOWN]]})
    asked = body.question(request, "where", "columns", "format")
    chosen = body.texts(asked, "columns", COLUMNS_AT_MOST)
    if not chosen:
        body.no("no columns are chosen", "columns")
    extract = questions.ask_extract(
        viewer=key.member, purpose=key.purpose, where=body.text(asked, "where"), columns=chosen,
        format=body.text(asked, "format", "parquet"), by=Actor.of_key(key),
    )  # fmt: skip
    jobs.run_extract.enqueue(str(extract.pk))
    told = _told(extract)
    return JsonResponse(told, status=202, headers={"Location": told["self"]})


@methods("GET")
@with_key("extracts.one")
def extract(request: HttpRequest, key: ApiKey, extract: uuid.UUID) -> HttpResponse:
    """How far an extract is; why it was refused, or whose word it waits for."""
    return JsonResponse(_told(_one(key, extract)))


@methods("GET")
@with_key("extracts.file")
def file(request: HttpRequest, key: ApiKey, extract: uuid.UUID) -> StreamingHttpResponse:
    """The rows, once a checkpoint covers their receipts; never longer than the agreements are in force."""
    found = _one(key, extract)
    path = settings.HOME.extracts / found.file
    if found.state != Extract.State.DONE or not path.is_file():
        raise Conflict("this extract has no file", next_step="ask for its state, or ask for it again")
    cuts.check(found)
    answer = StreamingHttpResponse(cuts.stream(found, path), content_type=TYPES[found.format])
    answer["Content-Length"] = str(path.stat().st_size)
    return answer


@methods("GET")
@with_key("extracts.receipts")
def receipts(request: HttpRequest, key: ApiKey, extract: uuid.UUID) -> HttpResponse:
    """The proof of each owner's receipt, as text, by owner."""
    proofs = questions.proofs(home=settings.HOME, extract=_one(key, extract), by=Actor.of_key(key))
    return JsonResponse({"receipts": proofs})


def _of(key: ApiKey) -> Any:
    return Extract.objects.filter(viewer=key.member, purpose=key.purpose, by=key.label)


@methods("GET", "POST")
@with_key("extracts.received")
def received(request: HttpRequest, key: ApiKey, extract: uuid.UUID) -> HttpResponse:
    """GET: what the member has to sign of a file, and what it has. POST: receipts that it signed offline."""
    found, by = _one(key, extract), Actor.of_key(key)
    if request.method == "POST":
        asked = body.question(request, "receipts", "lines")
        given = asked.get("receipts")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            body.no("this is no list of receipts", "receipts")
        lines = body.texts(asked, "lines", len(given))
        export_receipts.enter(extract=found, documents=given, lines=lines, by=by)
    lent = export_receipts.of_extract(extract=found, by=by)
    signed = {one.agreement.owner.key: one.receipt_hash for one in lent if one.received_at}
    return JsonResponse({"receipts": export_receipts.to_sign(extract=found, by=by), "signed": signed})


def _one(key: ApiKey, extract: uuid.UUID) -> Extract:
    found: Extract | None = _of(key).filter(pk=extract).first()
    if found is None:
        raise Unknown("there is no such extract", next_step="see the extracts of this key")
    return found


def _told(extract: Extract) -> dict[str, Any]:
    done = extract.state == Extract.State.DONE
    return questions.extract_dict(extract) | {
        "self": reverse("api_extract", args=[extract.pk]),
        "file": reverse("api_extract_file", args=[extract.pk]) if done else None,
        "state": extract.state,
        "message": extract.message,
        "format": extract.format,
        "where": extract.where,
        "columns": extract.columns,
        "came_at": extract.created_at.isoformat(timespec="seconds"),
        "ended_at": extract.ended_at.isoformat(timespec="seconds") if extract.ended_at else None,
    }
