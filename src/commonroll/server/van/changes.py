"""changedEntityExportJobs: what changed since a day, however long ago, as a file of what it is now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.models import FileJob
from commonroll.server.van import job_files
from commonroll.server.van.asked import Asked, all_paged, created, one
from commonroll.server.van.change_fields import CHANGED, RESOURCES
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.file_jobs import instant, job_of, jobs_of, make, start
from commonroll.server.van.given import Given
from commonroll.server.van.routes import serves

KIND = FileJob.Kind.CHANGES
STATUS = {
    "waiting": "Pending", "running": "InProcess", "done": "Complete", "errors": "Complete", "failed": "Error",
    "undone": "Error",
}  # fmt: skip
MODES = ("1", "2", "3", "Person", "Organization", "Both")


@serves("GET", "changedEntityExportJobs/resources", act="count")
def resources(asked: Asked) -> HttpResponse:
    return one(list(RESOURCES))


def _resource(asked: Asked) -> str:
    found = {name.lower(): name for name in RESOURCES}.get(asked.words["name"].lower())
    if found is None:
        raise not_found("There is no such resource.", hint=", ".join(RESOURCES))
    return found


@serves("GET", "changedEntityExportJobs/fields/{name}", act="count")
def fields(asked: Asked) -> HttpResponse:
    return one([column.told() for column in RESOURCES[_resource(asked)]])


@serves("GET", "changedEntityExportJobs/changeTypes/{name}", act="count")
def change_types(asked: Asked) -> HttpResponse:
    """One type: what a file says of a row is what it is now."""
    _resource(asked)
    return one([{"ChangeTypeID": "1", "ChangeTypeName": CHANGED, "Description": "made or changed since"}])


@serves("POST", "changedEntityExportJobs", act="export")
def export(asked: Asked) -> HttpResponse:
    """Note an export; the worker makes its file within seconds."""
    job, new = make(asked, KIND, _asked(asked))
    start(job, new)
    return created(asked, told(job), f"changedEntityExportJobs/{job.pk}")


def _asked(asked: Asked) -> dict[str, Any]:
    body = asked.body
    resource = body.word("resourceType", tuple(RESOURCES))
    if not resource:
        raise invalid("'resourceType' is required.", "resourceType", hint=", ".join(RESOURCES))
    since, until = _times(body)
    known = tuple(column.name for column in RESOURCES[resource])
    for name in ("requestedIds", "requestedCustomFieldIds"):
        if body.has(name) and body.values(name):
            raise invalid(f"'{name}' is not taken here.", name, hint="leave it out: all that changed is told")
    body.words("requestedFields", known)
    body.integer("fileSizeKbLimit", least=1, most=10**9)
    body.word("contactMode", MODES)
    return {
        "resourceType": resource, "from": since.isoformat(), "to": until.isoformat() if until else None,
        "inactive": body.flag("includeInactive"), "others": body.flag("excludeChangesFromSelf"),
        "mode": asked.mode,
    }  # fmt: skip


def _times(body: Given) -> tuple[datetime, datetime | None]:
    since, until = body.instant("dateChangedFrom"), body.instant("dateChangedTo")
    if since is None:
        raise invalid("'dateChangedFrom' is required.", "dateChangedFrom", hint="ISO 8601: 2016-05-23")
    if since > timezone.now():
        raise invalid("'dateChangedFrom' lies ahead.", "dateChangedFrom")
    if until is not None and until <= since:
        raise invalid("'dateChangedTo' is not after 'dateChangedFrom'.", "dateChangedTo")
    return since, until


def told(job: FileJob) -> dict[str, Any]:
    """A ChangedEntityJob."""
    said = job.asked
    return {
        "exportJobId": job.pk,
        "jobStatus": STATUS[job.state],
        "dateChangedFrom": instant(datetime.fromisoformat(said["from"])),
        "dateChangedTo": instant(datetime.fromisoformat(said["to"]) if said["to"] else job.created_at),
        "files": job_files.told(job, "downloadUrl"),
        "message": job.message or None,
        "code": "JOB_FAILED" if job.state == FileJob.State.FAILED else None,
        "exportedRecordCount": job.report.get("rows", 0),
        "excludeChangesFromSelf": said["others"],
    }


def tell(job: FileJob) -> None:
    """Nobody is called: this API has no address for it."""


@serves("GET", "changedEntityExportJobs", act="export")
def jobs(asked: Asked) -> HttpResponse:
    return all_paged(asked, [told(each) for each in jobs_of(asked, KIND)])


@serves("GET", "changedEntityExportJobs/{id}", act="export")
def job(asked: Asked) -> HttpResponse:
    return one(told(job_of(asked, KIND)))
