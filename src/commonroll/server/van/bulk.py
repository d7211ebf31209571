"""bulkImportJobs: a file of many people's codes, results, opt-outs; in MyCampaign the people themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from commonroll.server.models import FileJob
from commonroll.server.van import bulk_undo, calls, job_files
from commonroll.server.van.asked import MY_VOTERS, Asked, all_paged, created, nothing, one
from commonroll.server.van.bulk_types import RESOURCES, TYPES, MappingType, value_of
from commonroll.server.van.errors import Declined, invalid, not_found
from commonroll.server.van.file_jobs import job_of, jobs_of, make, start
from commonroll.server.van.given import Given
from commonroll.server.van.routes import serves
from commonroll.server.van.source import Source, column_of, source_of

KIND = FileJob.Kind.BULK
MOST_COLUMNS = 50
STATUS = {
    "waiting": "Pending", "running": "InProgress", "done": "Completed", "errors": "CompletedWithErrors",
    "failed": "Failed", "undone": "Failed",
}  # fmt: skip


# What there is


@serves("GET", "bulkImportJobs/resources", act="count")
def resources(asked: Asked) -> HttpResponse:
    return one(list(RESOURCES))


@serves("GET", "bulkImportMappingTypes", act="count")
def types(asked: Asked) -> HttpResponse:
    return all_paged(asked, [each.told(asked.key.member) for each in TYPES.values()])


@serves("GET", "bulkImportMappingTypes/{name}", act="count")
def type_of(asked: Asked) -> HttpResponse:
    return one(_type(asked).told(asked.key.member))


def _type(asked: Asked) -> MappingType:
    found = TYPES.get(asked.words["name"].lower())
    if found is None:
        raise not_found(
            "There is no such mapping type.", hint=", ".join(each.name for each in TYPES.values())
        )
    return found


@serves("GET", "bulkImportMappingTypes/{name}/{field}/values", act="count")
def values(asked: Asked) -> HttpResponse:
    field = _type(asked).field(asked.words["field"], asked.key.member)
    if field is None or field.values is None:
        raise not_found("There is no such field with values of its own.")
    known = field.values(asked.key.member)
    return all_paged(asked, [{"id": id, "name": name, "parents": None} for id, name in known.items()])


# Asked for


@serves("POST", "bulkImportJobs", act="answers")
def bring(asked: Asked) -> HttpResponse:
    """Note an import; the worker does it. The same request while it waits or runs is the same job."""
    body, source = asked.body, source_of(asked, most_columns=MOST_COLUMNS)
    description = body.text("description", most=255)
    if re.search("[<>]+|&#", description):
        raise invalid("'description' has signs that are not allowed.", "description", hint="no <, > or &#")
    actions = body.objects("actions")
    if len(actions) != 1:
        raise invalid("A job has one action.", "actions")
    said = {
        "description": description, "file": source.as_dict(), "mode": asked.mode,
        "webhookUrl": calls.address(body, "webhookUrl"), "actions": [_action(asked, source, actions[0])],
    }  # fmt: skip
    job, new = make(asked, KIND, said)
    start(job, new)
    return created(asked, {"jobId": job.pk}, f"bulkImportJobs/{job.pk}")


def _action(asked: Asked, source: Source, given: Given) -> dict[str, Any]:
    if not given.word("actionType", ("loadMappedFile",)):
        raise invalid("'actionType' is required.", given.at("actionType"), hint="loadMappedFile")
    resource = given.word("resourceType", RESOURCES)
    if not resource:
        raise invalid("'resourceType' is required.", given.at("resourceType"), hint=", ".join(RESOURCES))
    limit = given.integer("resultFileSizeKbLimit", least=1, most=10**9)
    shown = [column_of(source, each, "name") for each in given.objects("columnsToIncludeInResultsFile")]
    wanted = given.objects("mappingTypes")
    if not 1 <= len(wanted) <= len(TYPES):
        raise invalid(
            "An action has mapping types.", given.at("mappingTypes"), hint="see bulkImportMappingTypes"
        )
    return {
        "resourceType": resource, "limit": min(max(limit or 5000, 5000), 100_000), "shown": shown,
        "mappingTypes": [_mapping(asked, source, resource, each) for each in wanted],
    }  # fmt: skip


def _mapping(asked: Asked, source: Source, resource: str, given: Given) -> dict[str, Any]:
    """A mapping as it is done: its type, and by field a column, a value for all, and words for values."""
    kind = TYPES.get(given.text_needed("name", most=100).lower())
    if kind is None or kind.resource != resource:
        fitting = ", ".join(each.name for each in TYPES.values() if each.resource == resource)
        raise invalid("There is no such mapping type for this resource.", given.at("name"), hint=fitting)
    if asked.mode == MY_VOTERS and not kind.in_voters:
        raise Declined(403, "A voter file is read only: people are neither created nor changed in MyVoters.",
                       hint="append |1 to the key, for MyCampaign")  # fmt: skip
    fields = _fields(asked, source, kind, given)
    for field in kind.fields:
        if field.required and field.name not in fields:
            raise invalid(f"'{field.name}' is required.", given.at("fieldValueMappings"), hint=field.name)
    if kind.custom:
        _check_group(asked, kind, fields, given)
    label = given.text("resultFileColumnName", most=100)
    return {"name": kind.name, "fields": fields, "result": label}


def _fields(asked: Asked, source: Source, kind: MappingType, given: Given) -> dict[str, dict[str, Any]]:
    said, known = given.objects("fieldValueMappings"), kind.fields_of(asked.key.member)
    by_name = {each.name: {"column": each.name.lower()} for each in known
               if each.name.lower() in source.columns}  # fmt: skip
    found: dict[str, dict[str, Any]] = {} if said and not kind.custom else dict(by_name)
    for each in said:
        name = each.text_needed("fieldName", most=100)
        field = kind.field(name, asked.key.member)
        if field is None:
            raise invalid("There is no such field.", each.at("fieldName"), hint=f"see {kind.name}")
        found[field.name] = _field(source, each)
    return found


def _check_group(
    asked: Asked, kind: MappingType, fields: Mapping[str, Mapping[str, Any]], given: Given
) -> None:
    """Custom fields of a file are of the one group that it names; raises 400."""
    group = kind.field("CustomFieldGroupID", asked.key.member)
    own = [one for name in fields if (one := kind.field(name, asked.key.member)) and one.own]
    if not own:
        raise invalid("No column is a custom field.", given.at("fieldValueMappings"),
                      hint="CF and the id of a field, as CF12")  # fmt: skip
    said = fields["CustomFieldGroupID"].get("static")
    if said is None or group is None or group.values is None:
        return
    meant = value_of(group, known := group.values(asked.key.member), said)
    if meant is None:
        raise invalid("There is no such group of fields.", given.at("fieldValueMappings"),
                      hint=", ".join(f"{id} {name}" for id, name in known.items()))  # fmt: skip
    wrong = [one.name for one in own if one.own and str(one.own.group) != meant]
    if wrong:
        raise invalid(
            f"{wrong[0]} is in another group.", given.at("fieldValueMappings"), hint="see customFields"
        )


def _field(source: Source, given: Given) -> dict[str, Any]:
    if given.has("staticValue"):
        return {"static": given.text("staticValue", most=1000)}
    column = column_of(source, given, "columnName")
    words = {
        each.text("sourceValue", most=1000): each.text("targetValue", most=1000)
        for each in given.objects("values")
    }
    return {"column": column} | ({"words": words} if words else {})


# Told


def told(job: FileJob) -> dict[str, Any]:
    """A BulkJob. What failed row by row is in the second file of results."""
    errors = (
        [{"code": "JOB_FAILED", "text": job.message, "referenceCode": str(job.pk)}] if job.message else []
    )
    return {
        "id": job.pk,
        "status": STATUS[job.state],
        "resourceType": job.asked["actions"][0]["resourceType"],
        "webhookUrl": job.asked["webhookUrl"] or None,
        "resultFileSizeLimitKb": job.asked["actions"][0]["limit"],
        "errors": errors,
        "resultFiles": job_files.told(job),
    }


def tell(job: FileJob) -> None:
    about = f"bulkImportJobs/{job.pk}"
    calls.later(member=job.member, key=job.key, about=about, url=job.asked["webhookUrl"], said=told(job))


@serves("GET", "bulkImportJobs", act="count")
def jobs(asked: Asked) -> HttpResponse:
    return all_paged(asked, [told(each) for each in jobs_of(asked, KIND)])


@serves("GET", "bulkImportJobs/{id}", act="count")
def job(asked: Asked) -> HttpResponse:
    found = job_of(asked, KIND)
    more = {"webhook": calls.outcome(found.member, f"bulkImportJobs/{found.pk}")} if asked.extensions else {}
    return one(told(found) | more)


@serves("DELETE", "bulkImportJobs/{id}", act="answers")
def undo(asked: Asked) -> HttpResponse:
    """Undo a whole import: what it put on people is taken off again, and counts nowhere."""
    found = job_of(asked, KIND)
    try:
        bulk_undo.undo(home=settings.HOME, job=found, by=asked.by)
    except bulk_undo.NotDone as refusal:
        raise Declined(409, refusal.what, hint=refusal.next_step) from None
    return nothing()
