"""The routes of the protocol: shares, schemas, tables, versions, metadata, files, changes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from commonroll.server.delta import asked as said
from commonroll.server.delta import cutting, lines, links, versions
from commonroll.server.delta.cutting import Asked
from commonroll.server.delta.declined import Declined
from commonroll.server.delta.shares import TABLE, Share, table_id
from commonroll.server.models import Cut, CutPart, ShareVersion
from commonroll.views.cut import fields_of

Words = Mapping[str, str]


def shares(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    known = [{"name": share.name, "id": share.id}] if share.schemas else []
    return _list(said.page(request, known))


def one_share(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    share.check(words["share"])
    return _list({"share": {"name": share.name, "id": share.id}})


def schemas(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    share.check(words["share"])
    items = [{"name": name, "share": share.name} for name in share.schemas]
    return _list(said.page(request, items))


def tables(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    """The tables of a schema, or of all of them where none is named."""
    share.check(words["share"], words.get("schema"))
    chosen = [words["schema"].lower()] if "schema" in words else share.schemas
    items = [
        {"name": TABLE, "schema": name, "share": share.name, "shareId": share.id, "id": table_id(share, name)}
        for name in chosen
    ]
    return _list(said.page(request, items))


def credentials(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    _table(share, words)
    raise Declined(404, "No credentials for storage are given here; ask for the table's files.")


def version(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    """An empty answer, and the version in its header: the present one, or the first from a time on."""
    asked = _table(share, words)
    from_time = request.GET.get("startingTimestamp", "")
    found = asked.version
    if from_time:
        moment = versions.moment_of(from_time, "startingTimestamp")
        found = versions.at_or_after(share, asked.purpose, moment)
    return _of_version(HttpResponse(b"", content_type="application/json; charset=utf-8"), found)


def metadata(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    asked, able = _table(share, words), said.capabilities(request)
    _only_now(asked, request.GET)
    return _lines(request, able, asked.version, _head(asked, able))


def query(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    """Every row of the present version, as links to files; a receipt for each time."""
    asked, able, body = _table(share, words), said.capabilities(request), said.body(request)
    said.texts(body.get("predicateHints"), "predicateHints")
    said.text(body.get("jsonPredicateHints"), "jsonPredicateHints")
    most = said.whole_number(body.get("limitHint"), "limitHint")
    if body.get("startingVersion") is not None or body.get("endingVersion") is not None:
        raise Declined(400, "Files between versions are not given; ask for `changes`.")
    _only_now(asked, body)
    if most == 0:
        return _lines(request, able, asked.version, _head(asked, able))
    cut = cutting.whole(asked)
    cutting.hand_out(asked, cut)
    expires = _expires()
    found = [
        *_head(asked, able, cut=cut),
        *lines.files(able.format, cut, _link(request, asked, expires), expires * 1000),
    ]
    return _lines(request, able, asked.version, found, expires)


def changes(request: HttpRequest, share: Share, words: Words) -> HttpResponse:
    """What differs between the version before `startingVersion` and the present one, as one step."""
    asked, able = _table(share, words), said.capabilities(request)
    start = _start(asked, request)
    if start > asked.version.number:
        return _lines(request, able, asked.version, _head(asked, able, start))
    cut = cutting.since(asked, start - 1)
    if cut.rows or cut.deletes:
        cutting.hand_out(asked, cut)
    expires = _expires()
    link = _link(request, asked, expires)
    found = [*_head(asked, able, start, cut), *lines.changed(able.format, cut, link, expires * 1000)]
    return _lines(request, able, asked.version, found, expires)


# Which version


def _table(share: Share, words: Words) -> Asked:
    share.check(words["share"], words["schema"], words["table"])
    return cutting.asked_for(settings.HOME, share, words["schema"].lower())


def _only_now(asked: Asked, given: Mapping[str, Any]) -> None:
    """Decline earlier versions: they hold people who have left since."""
    number = said.whole_number(given.get("version"), "version")
    moment = said.text(given.get("timestamp"), "timestamp")
    if number is not None and moment:
        raise Declined(400, "version and timestamp exclude each other.")
    at = versions.moment_of(moment, "timestamp") if moment else None
    last = asked.version
    if (number is not None and number != last.number) or (at is not None and at < last.at):
        raise Declined(
            400,
            f"Only the present version, {last.number}, is given: earlier ones hold people who left since.",
        )


def _start(asked: Asked, request: HttpRequest) -> int:
    """The first version whose changes are asked for; they always end with the present one."""
    start = said.whole_number(request.GET.get("startingVersion"), "startingVersion")
    from_time = request.GET.get("startingTimestamp", "")
    if (start is None) == (not from_time):
        raise Declined(400, "Either startingVersion or startingTimestamp says from where on.")
    if start is None:
        moment = versions.moment_of(from_time, "startingTimestamp")
        start = versions.at_or_after(asked.share, asked.purpose, moment).number
    last, end = asked.version.number, said.whole_number(request.GET.get("endingVersion"), "endingVersion")
    until = request.GET.get("endingTimestamp", "")
    early = until and versions.moment_of(until, "endingTimestamp") < asked.version.at
    if (end is not None and end < last) or early:
        raise Declined(400, f"Changes end with the present version, {last}: leave the end out.")
    if start > last + 1 or (end is not None and end > last):
        raise Declined(400, f"The last version is {last}.")
    return max(1, start)


# Answers


def _head(asked: Asked, able: said.Capabilities, at: int | None = None, cut: Cut | None = None) -> list[Any]:
    fields = cut.fields if cut else fields_of(asked.plan())
    table = table_id(asked.share, asked.purpose)
    return lines.head(able.format, table, fields, lines.made(asked.version), at)


def _expires() -> int:
    return int(time.time()) + links.LIVES


def _link(request: HttpRequest, asked: Asked, expires: int) -> lines.Link:
    prefix = request.build_absolute_uri("/sharing")

    def of(part: CutPart) -> str:
        return links.link(
            prefix, name=part.name, agreement=asked.share.id, profile=asked.share.profile.pk, expires=expires
        )

    return of


def _list(found: Mapping[str, Any]) -> HttpResponse:
    return JsonResponse(found, content_type="application/json; charset=utf-8")


def _lines(
    request: HttpRequest, able: said.Capabilities, of: ShareVersion, found: Iterable[Any], expires: int = 0
) -> HttpResponse:
    echo = said.file_id_hash(request)
    ended = [*found, *([lines.end(expires * 1000)] if able.ends else [])]
    response = HttpResponse(lines.written(ended), content_type="application/x-ndjson; charset=utf-8")
    response["Delta-Sharing-Capabilities"] = able.header
    if echo:
        response["fileidhash"] = echo
    return _of_version(response, of)


def _of_version(response: HttpResponse, of: ShareVersion) -> HttpResponse:
    response["Delta-Table-Version"] = str(of.number)
    return response
