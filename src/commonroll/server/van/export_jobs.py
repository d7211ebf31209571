"""Export jobs: a list's rows as a file, complete when the job is answered, made while it is downloaded."""

from __future__ import annotations

import secrets
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from commonroll.errors import Refusal
from commonroll.server import cuts, wall
from commonroll.server.actions import list_reading, questions
from commonroll.server.models import Extract, FileJob
from commonroll.server.van import calls, contact_file, job_files, left_voters, list_marks
from commonroll.server.van.asked import Asked, all_paged, created, one
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.given import MOST
from commonroll.server.van.list_file import ASKED, LIST_EXPORT, TEXTING, pieces
from commonroll.server.van.lists import list_of
from commonroll.server.van.person import DISTRICTS
from commonroll.server.van.routes import Answer, serves

LASTS = timedelta(days=1)
"""How long the address of a file is good."""

SALT = "van list file"
CSV = "text/csv; charset=utf-8"
TYPES = {LIST_EXPORT: "SavedListExport", TEXTING: "Hustle/Spoke"}


@serves("GET", "exportJobTypes", act="export")
def types(asked: Asked) -> HttpResponse:
    return all_paged(asked, [{"exportJobTypeId": id, "name": name} for id, name in TYPES.items()])


@serves("POST", "canvassFileRequests", act="export")
@serves("POST", "exportJobs", act="export")
def make(asked: Asked) -> HttpResponse:
    """The rows are read and have their receipts before this answers; the file's address is in it."""
    kind = asked.body.needed("type")
    if kind not in TYPES:
        raise invalid("'type' is no type of export job.", "type", hint=", ".join(map(str, TYPES)))
    listed = list_of(asked, asked.body.needed("savedListId"))
    hook = calls.address(asked.body, "webhookUrl")
    if asked.body.objects("customFields"):
        raise invalid("Custom fields are of your own people.", "customFields",
                      hint="append |1 to the key, for MyCampaign")  # fmt: skip
    offered = tuple(list_marks.KINDS) if kind == LIST_EXPORT else ()
    beside = list_marks.asked(asked.key.member, asked.body, offered)
    home, by = settings.HOME, asked.by
    wanted = dict.fromkeys([*ASKED, *(DISTRICTS[id][1] for id in beside["districtFields"])])
    columns = list_reading.granted(home=home, listed=listed, columns=list(wanted), mode="export", by=by)
    extract = list_reading.ask_extract(home=home, listed=listed, columns=columns, format="parquet", by=by)
    extract.listed |= {"job": secrets.randbelow(MOST) + 1, "type": kind, "webhookUrl": hook} | {
        "beside": beside
    }
    extract.save(update_fields=["listed"])
    questions.run_extract(home=home, extract=extract, by=by)
    made, about = told(asked, extract), f"exportJobs/{extract.listed['job']}"
    calls.later(member=asked.key.member, key=asked.key.pk, about=about, url=hook, said=made)
    return created(asked, made, about)


def told(asked: Asked, extract: Extract) -> dict[str, Any]:
    """An ExportJob; without an address where its day is over or nothing may be read any more."""
    done = extract.state == Extract.State.DONE
    token = signing.dumps(str(extract.pk), salt=SALT)
    job = extract.listed["job"]
    return {
        "exportJobId": job,
        "exportJobGuid": str(extract.pk),
        "savedListId": extract.listed["id"],
        "webhookUrl": extract.listed["webhookUrl"] or None,
        "downloadUrl": f"{asked.base}files/{token}" if done else None,
        "status": "Completed" if done else "Error",
        "type": extract.listed["type"],
        "dateExpired": _expires(extract) if done else None,
        "errorCode": None if done else extract.message[:200],
        **list_marks.told(extract.listed.get("beside", {})),
        "customFields": None,
        "canvassFileRequestId": job,
        "canvassFileRequestGuid": str(extract.pk),
    }


def _expires(extract: Extract) -> str:
    at = (extract.ended_at or extract.created_at) + LASTS
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _of(asked: Asked, **found: Any) -> Extract:
    mine = Extract.objects.filter(viewer=asked.key.member, purpose=asked.key.purpose, **found)
    extract = mine.order_by("-created_at").first()
    if extract is None:
        raise not_found()
    return extract


@serves("GET", "canvassFileRequests/{id}", act="export")
@serves("GET", "exportJobs/{id}", act="export")
def job(asked: Asked) -> HttpResponse:
    said = told(asked, _of(asked, listed__job=asked.id()))
    if asked.extensions:
        said["webhook"] = calls.outcome(asked.key.member, f"exportJobs/{asked.id()}")
    return one(said)


@serves("GET", "exportJobs", act="export")
def jobs(asked: Asked) -> HttpResponse:
    mine = Extract.objects.filter(
        viewer=asked.key.member, purpose=asked.key.purpose, listed__has_key="job"
    ).order_by("created_at")
    return all_paged(asked, [told(asked, each) for each in mine])


@serves("GET", "files/{token}", open=True)
def file(asked: Asked) -> Answer:
    """The file behind an address: whoever has the address has the file, for a day, while agreements last."""
    of_job = job_files.found(asked.words["token"])
    if of_job is not None:
        return _of_job(*of_job)
    try:
        pk = signing.loads(asked.words["token"], salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        raise not_found(
            "There is no such file, or its day is over.", hint="make the export job again"
        ) from None
    with wall.node():
        extract = Extract.objects.select_related("viewer").filter(pk=pk, state=Extract.State.DONE).first()
        if extract is None or not (settings.HOME.extracts / extract.file).is_file():
            raise not_found("There is no such file any more.", hint="make the export job again")
        cuts.check(extract)
    answer = StreamingHttpResponse(_whole(extract), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="list-{extract.listed["id"]}.csv"'
    return answer


def _of_job(job: FileJob, path: Path) -> Answer:
    below = left_voters.pieces(job, settings.HOME.uploads)
    if made := job.report.get("extract"):
        with wall.node():
            extract = Extract.objects.select_related("viewer").get(pk=made)
            cuts.check(extract)
        return StreamingHttpResponse(chain(_whole(extract), [below]), content_type=CSV)
    if below:
        return HttpResponse(path.read_bytes() + below, content_type=CSV)
    if job.kind == FileJob.Kind.LIST:
        rows = wall.pieces(job.member.key, contact_file.pieces(settings.HOME, job, path))
        return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer = FileResponse(path.open("rb"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="job-{job.pk}.csv"'
    return answer


def _whole(extract: Extract) -> Any:
    member = extract.viewer.key

    def read() -> Any:
        try:
            yield from pieces(settings.HOME, extract)
        except Refusal as refusal:
            # the status has left: a cut line tells the client that this is not the whole
            raise ConnectionError(refusal.what) from refusal

    return wall.pieces(member, read())
