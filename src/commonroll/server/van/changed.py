"""Files of what changed: the member's own work, and the voters whom it may see, as they are now."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from django.db.models import Q
from django.utils import timezone

from commonroll.server.actions import contacts
from commonroll.server.models import ActivistCode, CanvassResponse, FileJob, Marked, Member
from commonroll.server.models import Contact as OwnPerson
from commonroll.server.van import changed_voters, custom_fields, ids, job_files
from commonroll.server.van.asked import MY_CAMPAIGN
from commonroll.server.van.change_fields import CHANGED, LEFT, heads
from commonroll.server.van.file_jobs import Work, instant
from commonroll.server.van.named import state_ids, visible
from commonroll.server.van.reading import Reading
from commonroll.views.export import guarded

Row = dict[str, Any]
Person = tuple[str, int]


@dataclass(frozen=True)
class Window:
    """The time of which changes are told, and of whose."""

    job: FileJob
    since: datetime
    until: datetime

    @classmethod
    def of(cls, job: FileJob) -> Window:
        said = job.asked
        until = datetime.fromisoformat(said["to"]) if said["to"] else timezone.now()
        return cls(job, datetime.fromisoformat(said["from"]), until)

    @property
    def inactive(self) -> bool:
        return bool(self.job.asked["inactive"])

    @property
    def own_people(self) -> bool:
        return bool(self.job.asked["mode"] == MY_CAMPAIGN)

    @property
    def custom(self) -> list[int]:
        """Custom fields that the file has, by number."""
        return list(self.job.asked.get("custom", []))

    def within(self, *columns: str) -> Q:
        """Rows of which one of these times lies in it."""
        found = Q(pk=None)
        for column in columns:
            found |= Q(**{f"{column}__gt": self.since, f"{column}__lte": self.until})
        return found


def do(work: Work) -> None:
    """Make the file of a job; its rows are what they are now."""
    window, resource = Window.of(work.job), work.job.asked["resourceType"]
    if resource == "Contacts" and not window.own_people:
        changed_voters.do(work, window.since, window.until, window.inactive)
        return
    rows = list(_ROWS[resource](work, window))
    work.job.report["rows"] = len(rows)
    names = heads(resource, window.custom)
    work.job.files = [job_files.written(work.home, work.job, [_csv(names, rows)])]


def _csv(names: Sequence[str], rows: Sequence[Row]) -> bytes:
    columns = {
        name: pa.array([None if row.get(name) is None else str(row[name]) for row in rows], pa.string())
        for name in names
    }
    out = io.BytesIO()
    pyarrow.csv.write_csv(guarded(pa.table(columns)), out)
    return out.getvalue()


def _last(at: datetime | None, active: bool = True) -> Row:
    name = CHANGED if active else LEFT
    return {"DateModified": instant(at), "ChangeTypeName": name, "IsActive": int(active)}


# The member's own work


def _codes(work: Work, window: Window) -> Iterator[Row]:
    for code in ActivistCode.objects.filter(window.within("at"), member=work.job.member):
        active = code.status == "Active"
        if active or window.inactive:
            yield {"ActivistCodeID": code.pk, "ActivistCodeName": code.name, "ActivistCodeType": code.type,
                   "Status": code.status} | _last(code.at) | {"IsActive": int(active)}  # fmt: skip


def _responses(work: Work, window: Window) -> tuple[list[CanvassResponse], dict[Person, int]]:
    found = CanvassResponse.objects.filter(
        window.within("at", "removed_at"), member=work.job.member, person__isnull=not window.own_people
    )
    if not window.inactive:
        found = found.filter(removed_at=None)
    if work.job.asked["others"]:
        found = found.exclude(by=work.job.by)
    rows = list(found.select_related("owner"))
    return rows, van_ids(work, window, [(row.owner, row.number) for row in rows])


def _history(work: Work, window: Window) -> Iterator[Row]:
    rows, known = _responses(work, window)
    for row in rows:
        van = known.get((row.owner.key, row.number))
        if van is not None and row.contact:
            yield {
                "ContactHistoryID": row.pk, "VanID": van, "ContactTypeID": row.contact_type,
                "InputTypeID": row.input_type, "ResultID": row.result_code,
                "DateCanvassed": instant(row.canvassed_at),
            } | _last(row.removed_at or row.at, row.removed_at is None)  # fmt: skip


def _answers(work: Work, window: Window) -> Iterator[Row]:
    rows, known = _responses(work, window)
    for row in rows:
        van = known.get((row.owner.key, row.number))
        for said in row.responses if van is not None else ():
            if said["type"] == "SurveyResponse":
                yield {
                    "ContactHistoryID": row.pk, "VanID": van, "SurveyQuestionID": said["surveyQuestionId"],
                    "SurveyResponseID": said["surveyResponseId"], "DateCanvassed": instant(row.canvassed_at),
                } | _last(row.removed_at or row.at, row.removed_at is None)  # fmt: skip


def _marks(work: Work, window: Window) -> Iterator[Row]:
    found = Marked.objects.filter(
        window.within("since"), member=work.job.member, person__isnull=not window.own_people
    )
    if work.job.asked["others"]:
        found = found.exclude(by=work.job.by)
    rows = list(found.select_related("owner"))
    known = van_ids(work, window, [(row.owner, row.number) for row in rows])
    for row in rows:
        van = known.get((row.owner.key, row.number))
        if van is not None:
            yield {"VanID": van, "ActivistCodeID": row.code_id, "DateCanvassed": instant(row.canvassed_at),
                   } | _last(row.since)  # fmt: skip


def _people(work: Work, window: Window) -> Iterator[Row]:
    """The member's own people, in MyCampaign; of an erased one the number alone is left."""
    found = OwnPerson.objects.filter(window.within("changed_at"), member=work.job.member)
    found = found if window.inactive else found.filter(erased_at=None)
    if work.job.asked["others"]:
        found = found.exclude(by=work.job.by)
    rows = list(found.order_by("number"))
    contacts.looked(found=rows, purpose=work.job.purpose, by=work.actor)
    custom = custom_fields.cells(work.job.member, [row.number for row in rows], window.custom)
    for row in rows:
        address = row.addresses[0] if row.addresses else {}
        told = {head: row.known.get(name) for head, name in KNOWN.items()}
        told |= {head: address.get(name) for head, name in ADDRESS.items()}
        told["Phone"] = row.phones[0].get("phoneNumber") if row.phones else None
        told["Email"] = row.emails[0].get("email") if row.emails else None
        told |= dict(zip(map(custom_fields.head, window.custom), custom[row.number], strict=True))
        yield {"VanID": row.number} | told | _last(row.changed_at, row.erased_at is None)


KNOWN = {"FirstName": "firstName", "MiddleName": "middleName", "LastName": "lastName", "Suffix": "suffix",
         "Party": "party"}  # fmt: skip
ADDRESS = {"StreetAddress": "addressLine1", "Unit": "addressLine2", "City": "city",
           "State": "stateOrProvince", "ZipOrPostal": "zipOrPostalCode"}  # fmt: skip

_ROWS: Mapping[str, Callable[[Work, Window], Iterator[Row]]] = {
    "ActivistCodes": _codes, "ContactHistory": _history, "Contacts": _people, "ContactsActivistCodes": _marks,
    "ContactsSurveyResponses": _answers,
}  # fmt: skip


def van_ids(work: Work, window: Window, people: Sequence[tuple[Member, int]]) -> dict[Person, int]:
    """VAN ids of persons, by owner and number: of the voters who may be seen today, or of own people."""
    if window.own_people:
        return {(owner.key, number): number for owner, number in people}
    reading = Reading(work.key)
    readable = {owner.key for owner in reading.owners}
    voters: dict[tuple[str, str], tuple[Person, int]] = {}
    for owner in {owner for owner, _ in people if owner.key in readable}:
        of = reading.of(owner)
        if not of.has_roll:
            continue
        numbers = np.array(sorted({number for whose, number in people if whose == owner}), np.int64)
        places = of.index.places_of(numbers)
        numbers, places = numbers[places >= 0], places[places >= 0]
        vans = ids.van_ids(work.home, reading.viewer, owner, numbers)
        states = state_ids(of).take(pa.array(places)).to_pylist()
        for number, voter, van in zip(numbers.tolist(), states, vans.tolist(), strict=True):
            voters[owner.key, voter] = (owner.key, number), van
    if not voters:
        return {}
    owners, states = [owner for owner, _ in voters], [voter for _, voter in voters]
    listing = visible(reading, pa.table({"owner": owners, "state_voter_id": states}), work.folder)
    if listing is None:
        return {}
    seen = pq.read_table(listing.members.path, columns=["owner", "state_voter_id"]).to_pylist()
    return dict(voters[row["owner"], row["state_voter_id"]] for row in seen)
