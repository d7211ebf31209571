"""changedEntityExportJobs: what changed since a day, however long ago, as a file of what it is now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.actions import custom_fields
from commonroll.server.models import FileJob
from commonroll.server.van import job_files
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, all_paged, created, one
from commonroll.server.van.change_fields import CHANGE_TYPES, RESOURCES, own_field
from commonroll.server.van.custom_fields import asked_for, head
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
    resource = _resource(asked)
    own = custom_fields.fields_of(asked.key.member) if _has_custom(asked, resource) else ()
    return one([*(column.told() for column in RESOURCES[resource]), *map(own_field, own)])


def _has_custom(asked: Asked, resource: str) -> bool:
    """Custom fields are of the member's own people."""
    return asked.mode == MY_CAMPAIGN and resource == "Contacts"


@serves("GET", "changedEntityExportJobs/changeTypes/{name}", act="count")
def change_types(asked: Asked) -> HttpResponse:
    """What a file says of a row: that it is as it stands there now, or that it is gone."""
    _resource(asked)
    return one(
        [
            {"ChangeTypeID": str(at), "ChangeTypeName": name, "Description": described}
            for at, (name, described) in enumerate(CHANGE_TYPES.items(), 1)
        ]
    )


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
    if body.has("requestedIds") and body.values("requestedIds"):
        raise invalid("'requestedIds' is not taken here.", "requestedIds",
                      hint="leave it out: all that changed is told")  # fmt: skip
    custom = _custom(asked, resource)
    body.integer("fileSizeKbLimit", least=1, most=10**9)
    body.word("contactMode", MODES)
    return {
        "resourceType": resource, "from": since.isoformat(), "to": until.isoformat() if until else None,
        "inactive": body.flag("includeInactive"), "others": body.flag("excludeChangesFromSelf"),
        "mode": asked.mode, "custom": custom,
    }  # fmt: skip


def _custom(asked: Asked, resource: str) -> list[int]:
    """Custom fields that the file shall have: by their ids, or by their names among the fields."""
    body, known = asked.body, custom_fields.by_number(asked.key.member)
    wanted = [(f"requestedCustomFieldIds[{at}]", one) for at, one in _ids(body)]
    if wanted and not _has_custom(asked, resource):
        raise invalid("Custom fields are of your own people: Contacts in MyCampaign.",
                      "requestedCustomFieldIds", hint="append |1 to the key, for MyCampaign")  # fmt: skip
    own = {head(number): number for number in known} if _has_custom(asked, resource) else {}
    names = body.words("requestedFields", (*(column.name for column in RESOURCES[resource]), *own))
    wanted += [("requestedFields", own[name]) for name in names if name in own]
    return asked_for(asked.key.member, wanted)


def _ids(body: Given) -> list[tuple[int, int]]:
    return list(enumerate(body.integers("requestedCustomFieldIds")))


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
