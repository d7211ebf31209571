"""fileLoadingJobs: a file of scores, or of the persons of a saved list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc
from django.http import HttpResponse

from commonroll.errors import Refusal
from commonroll.server.actions import list_folders, lists, scores
from commonroll.server.models import FileJob, SavedList, Score
from commonroll.server.van import calls, contact_loading
from commonroll.server.van.asked import MY_CAMPAIGN, Asked, all_paged, created, one
from commonroll.server.van.errors import Declined, invalid
from commonroll.server.van.file_jobs import Work, instant, job_of, jobs_of, make, start
from commonroll.server.van.given import Given
from commonroll.server.van.lists import list_of
from commonroll.server.van.named import ID_TYPES, VAN_ID, Named, named
from commonroll.server.van.routes import serves
from commonroll.server.van.source import LINE, Read, Source, column_of, fetched, source_of

KIND = FileJob.Kind.LOAD
ACTIONS = ("score", "LoadSavedListFile")
MOST_ACTIONS = 50
MOST_TOLERANCE = 0.1
STATUS = {
    "waiting": "Requested", "running": "Processing", "done": "Completed", "errors": "CompletedWithErrors",
    "failed": "Failed", "undone": "Failed",
}  # fmt: skip
UNKNOWN = "The id is of nobody whom you may see."


# Asked for


@serves("POST", "fileLoadingJobs", act="view")
def load(asked: Asked) -> HttpResponse:
    """Note a load of a file; the worker does it."""
    source, body = source_of(asked), asked.body
    actions = body.objects("actions")
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise invalid(f"A job has 1 to {MOST_ACTIONS} actions.", "actions")
    said = {
        "mode": asked.mode,
        "description": body.text("description", most=1000),
        "file": source.as_dict(),
        "actions": [_action(asked, source, each) for each in actions],
        "listeners": _listeners(body),
    }
    job, new = make(asked, KIND, said)
    start(job, new)
    return created(asked, {"jobId": job.pk}, f"fileLoadingJobs/{job.pk}")


def _listeners(body: Given) -> list[str]:
    """Addresses that are called. This site sends no e-mail: EMAIL listeners are taken and hear nothing."""
    found = []
    for given in body.objects("listeners"):
        if given.word("type", ("EMAIL", "URL"), "EMAIL") == "URL":
            found.append(calls.address(given, "value"))
        else:
            given.text("value", most=300)
    callback = calls.address(body, "interventionCallbackUrl")
    return [url for url in (*found, callback) if url]


def _action(asked: Asked, source: Source, given: Given) -> dict[str, Any]:
    kind = given.word("actionType", ACTIONS)
    if not kind:
        raise invalid("'actionType' is required.", given.at("actionType"), hint=", ".join(ACTIONS))
    own = asked.mode == MY_CAMPAIGN
    if own and kind == "score":
        raise Declined(403, "Scores are of voters.", hint="append |0 to the key, for MyVoters")
    if own:
        asked.by.require("answers", asked.key.member)
    said: dict[str, Any] = {
        "actionType": kind,
        "personIdColumn": column_of(source, given, "personIdColumn"),
        "personIdType": contact_loading.ids_in(given) if own else _ids_in(given),
    }
    return said | (_score(asked, source, given) if kind == "score" else _list(asked, given))


def _ids_in(given: Given) -> str:
    return given.word("personIdType", ID_TYPES, VAN_ID)


def _score(asked: Asked, source: Source, given: Given) -> dict[str, Any]:
    asked.by.require("answers", asked.key.member)
    score = Score.objects.filter(member=asked.key.member, pk=given.needed("scoreId")).first()
    if score is None:
        raise invalid("There is no such score.", given.at("scoreId"), hint="see GET scores")
    criteria = given.object("approvalCriteria") or Given({}, given.at("approvalCriteria"))
    average, tolerance = criteria.number("average"), criteria.number("tolerance")
    if tolerance is not None and not 0 <= tolerance <= MOST_TOLERANCE:
        raise invalid(
            "'tolerance' is at most a tenth of the score's range.", criteria.at("tolerance"), hint="0 to 0.1"
        )
    return {
        "scoreId": score.pk, "scoreColumn": column_of(source, given, "scoreColumn"), "average": average,
        "tolerance": tolerance,
    }  # fmt: skip


def _list(asked: Asked, given: Given) -> dict[str, Any]:
    name, folder = given.text_needed("listName", most=120), given.integer("folderId", least=1)
    over = given.integer("overwriteExistingListId", least=1)
    if folder is not None:
        try:
            list_folders.folder_of(member=asked.key.member, pk=folder, by=asked.by)
        except Refusal:
            raise invalid("There is no such folder.", given.at("folderId"), hint="see GET folders") from None
    (contact_loading.check if asked.mode == MY_CAMPAIGN else _check)(asked, given, name, over)
    given.text("listDescription", most=1000)
    return {"listName": name, "folderId": folder, "overwriteExistingListId": over}


def _check(asked: Asked, given: Given, name: str, over: int | None) -> None:
    """Raise 400 where such a list of voters cannot be kept."""
    if over is not None:
        try:
            list_of(asked, over)
        except Refusal:
            raise invalid("There is no such list.", given.at("overwriteExistingListId")) from None
    others = SavedList.objects.filter(member=asked.key.member, name=name, deleted_at=None)
    if (others if over is None else others.exclude(pk=over)).exists():
        raise invalid("There is a list of this name already.", given.at("listName"),
                      hint="another name, or overwriteExistingListId")  # fmt: skip


# Done


def do(work: Work) -> None:
    """Load the file: each action with the persons whom its column of ids names."""
    said = work.job.asked
    read = fetched(work.home, work.job.member, Source.of_dict(said["file"]), work.job.base, work.folder)
    work.all(read.bad, "BAD_ROW", "The row has more or fewer cells than the file has columns.")
    if said.get("mode") == MY_CAMPAIGN:
        contact_loading.do(work, read)
        return
    known: dict[tuple[str, str], Named] = {}
    for number, action in enumerate(said["actions"]):
        by = action["personIdColumn"], action["personIdType"]
        if by not in known:
            known[by] = _named(work, read, *by)
        if action["actionType"] == "score":
            _load_score(work, read, known[by], action)
        else:
            _load_list(work, read, known[by], action, number)


def _named(work: Work, read: Read, column: str, kind: str) -> Named:
    folder = work.folder / f"{column.encode().hex()[:40]}-{kind}"
    folder.mkdir()
    lines, said = read.rows[LINE].combine_chunks(), read.rows[column].combine_chunks()
    found = named(work.key, lines, said, kind, folder)
    unknown = lines.filter(pc.invert(pc.is_in(lines, value_set=found.people[LINE].combine_chunks())))
    work.all(unknown.to_pylist(), "NOT_FOUND", UNKNOWN)
    return found


def _load_score(work: Work, read: Read, found: Named, action: Mapping[str, Any]) -> None:
    score = Score.objects.select_related("member").get(pk=action["scoreId"], member=work.job.member)
    said = read.rows.select([LINE, action["scoreColumn"]]).rename_columns([LINE, "said"])
    rows = found.people.join(said, LINE).select([LINE, "owner", "state_voter_id", "said"])
    update = scores.load(
        home=work.home, score=score, job=work.job, rows=rows.rename_columns(["line", *rows.column_names[1:]]),
        total=read.total,
    )  # fmt: skip
    if scores.near(update, action["average"], action["tolerance"]):
        scores.move(update=update, to=scores.State.APPROVED, by=work.job.by)
        scores.complete(work.home, update)


def _load_list(work: Work, read: Read, found: Named, action: Mapping[str, Any], number: int) -> None:
    if found.listing is None or not found.listing.members.rows:
        raise Refusal("no row names a person whom you may see", where=f"actions[{number}]",
                      next_step="look at the ids, and at today's agreements")  # fmt: skip
    listed = lists.of_file(
        home=work.home, member=work.job.member, name=action["listName"], purpose=work.job.purpose,
        listing=found.listing, job=work.job.pk, folder=action["folderId"],
        over=action["overwriteExistingListId"], by=work.actor,
    )  # fmt: skip
    matched = found.people.num_rows
    work.job.report["savedList"] = {
        "savedListId": listed.pk, "originalRowCount": read.total, "matchedRowsCount": matched,
        "unmatchedRowsCount": read.total - matched,
    }  # fmt: skip


# Told


def told(job: FileJob) -> dict[str, Any]:
    """How a load stands."""
    updates = job.score_updates.order_by("pk")
    return {
        "jobId": job.pk,
        "description": job.asked["description"],
        "status": STATUS[job.state],
        "dateCreated": instant(job.created_at),
        "dateCompleted": instant(job.ended_at),
        "message": job.message or None,
        "savedList": job.report.get("savedList"),
        "scoreUpdates": [
            {"scoreUpdateId": each.pk, "scoreId": each.score_id, "loadStatus": each.state} for each in updates
        ]
        or None,
        "errors": job.errors,
        "errorsTruncated": job.truncated,
    }


def tell(job: FileJob) -> None:
    """What listeners are told."""
    said = {"description": job.asked["description"], "message": job.message, "status": STATUS[job.state]}
    if listed := job.report.get("savedList"):
        said["savedList"] = listed
    for url in job.asked["listeners"]:
        calls.later(member=job.member, key=job.key, about=f"fileLoadingJobs/{job.pk}", url=url, said=said)


def _shown(asked: Asked, job: FileJob) -> dict[str, Any]:
    about = f"fileLoadingJobs/{job.pk}"
    return told(job) | ({"webhook": calls.outcome(job.member, about)} if asked.extensions else {})


@serves("GET", "fileLoadingJobs", act="view")
def jobs(asked: Asked) -> HttpResponse:
    return all_paged(asked, [_shown(asked, each) for each in jobs_of(asked, KIND)])


@serves("GET", "fileLoadingJobs/{id}", act="view")
def job(asked: Asked) -> HttpResponse:
    return one(_shown(asked, job_of(asked, KIND)))


@serves("GET", "fileLoadingJobs/{id}/stats", act="view")
def stats(asked: Asked) -> HttpResponse:
    """Statistics of loads of phones, of which there are none here."""
    job_of(asked, KIND)
    return all_paged(asked, [])
