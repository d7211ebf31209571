"""A bulk import is done: rows are read by their mapping, their people found, and what they say kept."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.csv
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions import canvassing, contacts, stops
from commonroll.server.actions.canvassing import Contact, Kept, Said, Whom
from commonroll.server.models import ActivistCode, Member, Stop
from commonroll.server.models import Contact as OwnPerson
from commonroll.server.van import bulk_custom, bulk_people, bulk_undo, job_files
from commonroll.server.van.asked import MY_CAMPAIGN
from commonroll.server.van.bulk_types import TYPES, Field, value_of
from commonroll.server.van.errors import Declined
from commonroll.server.van.file_jobs import Work, claim, digest_of
from commonroll.server.van.given import Given
from commonroll.server.van.named import VAN_ID, named
from commonroll.server.van.person import SUPPRESSIONS
from commonroll.server.van.source import LINE, Read, Source, fetched
from commonroll.server.van.vocabularies import CANVASSED, CONTACT_TYPES
from commonroll.views.export import guarded

MOST_ROWS = 500_000
INPUT_BULK = 4
UNKNOWN = "The VAN id is of nobody whom you may see."

Row = tuple[int, Given]


@dataclass
class Bulk:
    """An import while it is done: `results` by line, the columns of the file of results."""

    work: Work
    read: Read
    results: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def member(self) -> Member:
        return self.work.job.member

    def result(self, line: int, key: str, column: str, value: object) -> None:
        row = self.results.setdefault(line, {"PrimaryKey": key})
        row[column] = str(value)


def do(work: Work) -> None:
    """Bring the file in whole, or nothing of it."""
    job = work.job
    read = fetched(work.home, job.member, Source.of_dict(job.asked["file"]), job.base, work.folder)
    if read.total > MOST_ROWS:
        raise Refusal(f"the file has more than {MOST_ROWS:,} rows", where="file", next_step="split it")
    claim(job, digest_of(job, read.digest))
    work.all(read.bad, "BAD_ROW", "The row has more or fewer cells than the file has columns.")
    bulk, action = Bulk(work, read), job.asked["actions"][0]
    try:
        for mapping in action["mappingTypes"]:
            _DO[mapping["name"]](bulk, mapping)
    except BaseException:
        bulk_undo.take_back(work.home, job, by=work.actor, reason="the import stopped")
        raise
    job.report["rows"] = read.total
    job.files = [
        job_files.written(work.home, job, [_results(bulk, action)]),
        job_files.written(work.home, job, [_errors(work.errors)]),
    ]
    with transaction.atomic():
        journal.operator(job.member, "list.imported", {"import": f"v4 job {job.pk}", "rows": str(read.total)})


# Rows


def rows_of(bulk: Bulk, mapping: Mapping[str, Any]) -> Iterator[Row]:
    """Each row's fields, as values that are taken; a row with another is an error."""
    fields, read = TYPES[mapping["name"].lower()].fields_of(bulk.member), bulk.read
    known = {each.name: each.values(bulk.member) for each in fields if each.values and not each.own}
    lines = read.rows[LINE].to_pylist()
    cells = {
        name: read.rows[how["column"]].to_pylist() if "column" in how else None
        for name, how in mapping["fields"].items()
    }
    for at, line in enumerate(lines):
        said: dict[str, str] = {}
        for name, how in mapping["fields"].items():
            column = cells[name]
            text = how["static"] if column is None else column[at].strip()
            said[name] = how.get("words", {}).get(text, text)
        if (wrong := _wrong(fields, known, said)) is not None:
            bulk.work.all([line], "INVALID_PARAMETER", f"'{wrong}' is missing or has no such value.")
            continue
        yield line, Given(said)


def _wrong(
    fields: Sequence[Field], known: Mapping[str, Mapping[str, str]], said: dict[str, str]
) -> str | None:
    for each in fields:
        text = said.get(each.name, "")
        if not text:
            if each.required:
                return each.name
            continue
        if each.name in known:
            found = value_of(each, known[each.name], text)
            if found is None:
                return each.name
            said[each.name] = found
    return None


def people_of(bulk: Bulk, rows: Sequence[Row]) -> dict[int, Whom]:
    """The persons of rows, by line, whom the member may see; the others are errors."""
    lines = pa.array([line for line, _ in rows], pa.int64())
    ids = pa.array([given.text("VanID", most=40) for _, given in rows], pa.string())
    work = bulk.work
    found = (
        _own(bulk.member, lines, ids) if work.job.asked["mode"] == MY_CAMPAIGN else _voters(work, lines, ids)
    )
    work.all([line for line, _ in rows if line not in found], "NOT_FOUND", UNKNOWN)
    return found


def _voters(work: Work, lines: pa.Array, ids: pa.Array) -> dict[int, Whom]:
    owners = {member.key: member for member in Member.objects.all()}
    folder = work.folder / "people"
    folder.mkdir(exist_ok=True)
    people = named(work.key, lines, ids, VAN_ID, folder).people
    return {
        row[LINE]: Whom(owners[row["owner"]], row["number"], row["state_voter_id"])
        for row in people.to_pylist()
    }


def _own(member: Member, lines: pa.Array, ids: pa.Array) -> dict[int, Whom]:
    numbers = {
        line: int(said) for line, said in zip(lines.to_pylist(), ids.to_pylist(), strict=True)
        if said.isascii() and said.isdecimal() and len(said) < 10
    }  # fmt: skip
    wanted = sorted(set(numbers.values()))
    known: dict[int, OwnPerson] = {}
    for at in range(0, len(wanted), 500):
        part = OwnPerson.objects.filter(member=member, number__in=wanted[at : at + 500], erased_at=None)
        known |= {person.number: person for person in part.select_related("voter")}
    return {
        line: Whom(member, number, "", known[number]) for line, number in numbers.items() if number in known
    }


def _when(bulk: Bulk, row: Row) -> Contact | None:
    """The contact that a row tells of; None where its date is none, which is an error."""
    line, given = row
    try:
        at = given.instant("DateCanvassed")
        if (at is not None and not at.year >= 2000) or (
            at or timezone.now()
        ) > timezone.now() + canvassing.MERGED_WITHIN:
            raise Declined(400, "The date is ahead, or before 2000.")
    except Declined as refusal:
        bulk.work.all([line], "INVALID_PARAMETER", f"'DateCanvassed': {refusal.text}")
        return None
    kind = given.integer("ContactTypeID")
    channel = CONTACT_TYPES[kind].channel if kind else "other"
    return Contact(kind, INPUT_BULK, channel, at or timezone.now(), merge=False, counts=at is not None)


# What is kept


def _codes(bulk: Bulk, mapping: Mapping[str, Any]) -> None:
    rows = list(rows_of(bulk, mapping))
    people, known = (
        people_of(bulk, rows),
        {one.pk: one for one in ActivistCode.objects.filter(member=bulk.member)},
    )
    kept: list[tuple[Row, Kept]] = []
    for line, given in rows:
        contact = _when(bulk, (line, given)) if line in people else None
        if contact is not None:
            said = Said(code=known[given.needed("ActivistCodeID")])
            kept.append(((line, given), Kept(people[line], contact, CANVASSED, said)))
    _record(bulk, mapping, kept)


def _results_of(bulk: Bulk, mapping: Mapping[str, Any]) -> None:
    rows = list(rows_of(bulk, mapping))
    people, kept, stopping = people_of(bulk, rows), list[tuple[Row, Kept]](), list[stops.Asked]()
    for line, given in rows:
        contact = _when(bulk, (line, given)) if line in people else None
        if contact is None:
            continue
        result = given.needed("ResultID")
        contact = Contact(contact.contact_type, INPUT_BULK, contact.channel, contact.at, merge=False)
        kept.append(((line, given), Kept(people[line], contact, result)))
        if result == canvassing.DO_NOT_TEXT or given.text("PhoneOptInStatusID") == "O":
            stopping += _stops(people[line], "text")
    _record(bulk, mapping, kept)
    _hear(bulk, stopping)


def _record(bulk: Bulk, mapping: Mapping[str, Any], kept: Sequence[tuple[Row, Kept]]) -> None:
    job, name = bulk.work.job, f"{mapping['name']}_{mapping['result'] or 'ID'}"
    made = canvassing.record_all(
        home=bulk.work.home,
        gathered_by=bulk.member,
        kept=[each for _, each in kept],
        job=job,
        by=bulk.work.actor,
    )
    for ((line, given), _), pk in zip(kept, made, strict=True):
        bulk.result(line, given.text("VanID"), name, pk)


def _suppress(bulk: Bulk, mapping: Mapping[str, Any]) -> None:
    rows, channels = (
        list(rows_of(bulk, mapping)),
        {code: channel for channel, (code, _) in SUPPRESSIONS.items()},
    )
    people, asked = people_of(bulk, rows), list[stops.Asked]()
    for line, given in rows:
        if line not in people:
            continue
        found = _stops(people[line], channels[given.text("SuppressionID")])
        if not found:
            bulk.work.all([line], "NOT_KEPT", "Nothing is known of the person on this way.")
            continue
        asked += found
        bulk.result(
            line,
            given.text("VanID"),
            f"{mapping['name']}_{mapping['result'] or 'ID'}",
            given.text("SuppressionID"),
        )
    _hear(bulk, asked)


def _stops(whom: Whom, channel: str) -> list[stops.Asked]:
    if whom.person is None:
        return [stops.of_voter(whom.owner.key, whom.state_voter_id, channel)]
    items = {"email": whom.person.emails, "phone": whom.person.phones, "text": whom.person.phones}
    return contacts.stopping(items[channel], channel) if channel in items else []


def _hear(bulk: Bulk, asked: Sequence[stops.Asked]) -> None:
    """Opt-outs bind every member; they are the job's, to be taken back with it."""
    if asked:
        stops.hear(
            home=bulk.work.home, asked=asked, source=Stop.Source.IMPORT, heard_by=bulk.member,
            by=bulk.work.actor, file=f"v4 job {bulk.work.job.pk}", file_hash=bulk.work.job.digest,
        )  # fmt: skip


def _contacts(bulk: Bulk, mapping: Mapping[str, Any]) -> None:
    """People of the member's own, found or made; what is blank overwrites nothing."""
    made = bulk.work.job.report.setdefault("made", [])
    for line, given in rows_of(bulk, mapping):
        try:
            person, new = bulk_people.upsert(bulk.work, given)
        except Refusal as refusal:
            text = refusal.text if isinstance(refusal, Declined) else refusal.what
            bulk.work.all([line], "INVALID_PARAMETER", text)
            continue
        if new:
            made.append(person.number)
        bulk.result(line, str(person.number), f"{mapping['name']}_{mapping['result'] or 'ID'}", person.number)


def _custom(bulk: Bulk, mapping: Mapping[str, Any]) -> None:
    """Values of custom fields; a row with one that its field does not take is not kept at all."""
    own = bulk_custom.columns(bulk.member, mapping["fields"])
    rows = list(rows_of(bulk, mapping))
    people, said = people_of(bulk, rows), list[tuple[int, bulk_custom.Values]]()
    for line, given in rows:
        if line not in people:
            continue
        try:
            values = bulk_custom.values_of(own, given)
        except Declined as refusal:
            bulk.work.all([line], "INVALID_PARAMETER", refusal.text)
            continue
        said.append((people[line].number, values))
        name = f"{mapping['name']}_{mapping['result'] or 'ID'}"
        bulk.result(line, given.text("VanID"), name, given.text("CustomFieldGroupID"))
    bulk_custom.keep(bulk.work, said)


_DO: Mapping[str, Callable[[Bulk, Mapping[str, Any]], None]] = {
    "ActivistCode": _codes, "CanvassResults": _results_of, "Suppressions": _suppress,
    "CreateOrUpdateContact": _contacts, "ApplyContactCustomFields": _custom,
}  # fmt: skip


# Results


def _results(bulk: Bulk, action: Mapping[str, Any]) -> bytes:
    """A row for each of the file that was kept; a cell that a spreadsheet would run has an apostrophe."""
    names = [f"{each['name']}_{each['result'] or 'ID'}" for each in action["mappingTypes"]]
    kept, job = sorted(bulk.results.items()), bulk.work.job
    lines = pa.array([line for line, _ in kept], pa.int64())
    columns: dict[str, Any] = {
        "BulkUploadDataID": lines, "ULFileID": pa.repeat(job.pk, len(kept)),
        "PrimaryKey": pa.array([row["PrimaryKey"] for _, row in kept], pa.string()),
        "PrimaryKeyType": pa.repeat("VANID", len(kept)),
    }  # fmt: skip
    columns |= {name: pa.array([row.get(name) for _, row in kept], pa.string()) for name in names}
    at = pa.compute.index_in(lines, value_set=bulk.read.rows[LINE].combine_chunks())
    columns |= {name: bulk.read.rows[name].combine_chunks().take(at) for name in action["shown"]}
    return _csv(pa.table(columns))


def _errors(errors: Iterable[Mapping[str, Any]]) -> bytes:
    schema = pa.schema([("row", pa.int64()), ("code", pa.string()), ("text", pa.string())])
    return _csv(pa.Table.from_pylist([dict(each) for each in errors], schema))


def _csv(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(guarded(table), out)
    return out.getvalue()
