"""MyCampaign: lists of the member's own people and files of them, as the same paths have lists of voters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.actions import contact_lists, list_folders
from commonroll.server.models import ContactList, FileJob
from commonroll.server.van import calls, contact_file, custom_fields, job_files, list_marks
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, all_paged, created, one, paged
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.file_jobs import instant, job_of, jobs_of, make
from commonroll.server.van.list_file import LIST_EXPORT
from commonroll.server.van.lists import MOST, most_of
from commonroll.server.van.routes import serves

KIND = FileJob.Kind.LIST
THERE = Count("entries", filter=Q(entries__person__erased_at=None))


def list_of(asked: Asked, pk: int) -> ContactList:
    """A list that the key may read; one for another purpose is not there for it."""
    found = contact_lists.of(asked.key.member, asked.key.purpose).annotate(shown=THERE).filter(pk=pk).first()
    if found is None:
        raise not_found("There is no such list.")
    return found


def told(listed: Any) -> dict[str, Any]:
    """A SavedList; doors are not worked out: at most so many."""
    return {
        "savedListId": listed.pk, "name": listed.name, "description": None, "listCount": listed.shown,
        "doorCount": listed.shown,
    }  # fmt: skip


@serves("GET", "savedLists", act="count", mode=MY_CAMPAIGN)
def saved_lists(asked: Asked) -> HttpResponse:
    shown = asked.page(default=50, most=MOST)
    found = contact_lists.of(asked.key.member, asked.key.purpose).annotate(shown=THERE)
    folder = asked.query.integer("folderId", least=1)
    if folder is not None:
        list_folders.folder_of(member=asked.key.member, pk=folder, by=asked.by)
        found = found.filter(folder=folder)
    if (most := most_of(asked)) is not None:
        found = found.filter(shown__lte=most)
    kept = list(found)
    return paged(asked, shown, [told(each) for each in shown.of(kept)], len(kept))


@serves("GET", "savedLists/{id}", act="count", mode=MY_CAMPAIGN)
def saved_list(asked: Asked) -> HttpResponse:
    return one(told(list_of(asked, asked.id())))


# Files


@serves("GET", "exportJobTypes", act="export", mode=MY_CAMPAIGN)
def types(asked: Asked) -> HttpResponse:
    return all_paged(asked, [{"exportJobTypeId": LIST_EXPORT, "name": "SavedListExport"}])


@serves("POST", "canvassFileRequests", act="export", mode=MY_CAMPAIGN)
@serves("POST", "exportJobs", act="export", mode=MY_CAMPAIGN)
def export(asked: Asked) -> HttpResponse:
    """Who is on the list now is in the file, unless erased meanwhile; the log has it before this answers."""
    body = asked.body
    if body.needed("type") != LIST_EXPORT:
        raise invalid("'type' is no type of export job in MyCampaign.", "type", hint=str(LIST_EXPORT))
    listed, hook = list_of(asked, body.needed("savedListId")), calls.address(body, "webhookUrl")
    beside = list_marks.asked(asked.key.member, body, ("surveyQuestions", "activistCodes"))
    custom = custom_fields.asked_for(
        asked.key.member,
        ((one.at("customFieldId"), one.needed("customFieldId")) for one in body.objects("customFields")),
    )
    numbers = list(contact_lists.people(listed).values_list("number", flat=True))
    with transaction.atomic():
        job, _ = make(
            asked,
            KIND,
            {
                "savedListId": listed.pk,
                "webhookUrl": hook,
                "guid": str(uuid4()),
                "custom": custom,
                "beside": beside,
            },  # fmt: skip,
        )
        contact_lists.leaves(listed=listed, numbers=numbers, by=asked.by)
        job.files = [job_files.written(settings.HOME, job, _lines(numbers))]
        job.state, job.ended_at, job.report = FileJob.State.DONE, timezone.now(), {"rows": len(numbers)}
        job.save()
    made, about = told_job(job), f"exportJobs/{job.pk}"
    calls.later(member=asked.key.member, key=asked.key.pk, about=about, url=hook, said=made)
    return created(asked, made, about)


def _lines(numbers: list[int]) -> Iterator[bytes]:
    for at in range(0, len(numbers), contact_file.ROWS):
        yield "".join(f"{number}\n" for number in numbers[at : at + contact_file.ROWS]).encode()


def told_job(job: FileJob) -> dict[str, Any]:
    """An ExportJob; without an address when its day is over."""
    until = (job.ended_at or job.created_at) + job_files.lasts(job)
    files = job_files.told(job) if until > timezone.now() else []
    return {
        "exportJobId": job.pk, "exportJobGuid": job.asked["guid"], "savedListId": job.asked["savedListId"],
        "webhookUrl": job.asked["webhookUrl"] or None,
        "downloadUrl": files[0]["url"] if files else None,
        "status": "Completed" if files else "Error", "type": LIST_EXPORT,
        "dateExpired": instant(until) if files else None,
        "errorCode": None if files else "the file's day is over",
        **list_marks.told(job.asked.get("beside", {})),
        "customFields": [{"customFieldId": one} for one in job.asked.get("custom", [])] or None,
        "canvassFileRequestId": job.pk, "canvassFileRequestGuid": job.asked["guid"],
    }  # fmt: skip


@serves("GET", "canvassFileRequests/{id}", act="export", mode=MY_CAMPAIGN)
@serves("GET", "exportJobs/{id}", act="export", mode=MY_CAMPAIGN)
def export_job(asked: Asked) -> HttpResponse:
    found = job_of(asked, KIND)
    said = told_job(found)
    if asked.extensions:
        said["webhook"] = calls.outcome(asked.key.member, f"exportJobs/{found.pk}")
    return one(said)


@serves("GET", "exportJobs", act="export", mode=MY_CAMPAIGN)
def export_jobs(asked: Asked) -> HttpResponse:
    return all_paged(asked, [told_job(each) for each in jobs_of(asked, KIND)])
