"""The file of a list of own people: CSV made while it is fetched, of those who are not erased by then.

A number, an e-mail or an address whose owner wants to be left alone on its channel is not in it, whether it
was the number that asked to stop or the voter that the person is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from commonroll.server.actions import stops
from commonroll.server.home import Home
from commonroll.server.models import ApiKey, Contact, FileJob
from commonroll.server.van import custom_fields, list_marks
from commonroll.server.van.list_file import LISTED
from commonroll.server.van.reading import REACHES, Reading
from commonroll.server.van.sections import voters_of
from commonroll.views.export import harmless

ROWS = 1_000
KNOWN = {
    "FirstName": "firstName", "MiddleName": "middleName", "LastName": "lastName", "Suffix": "suffix",
    "Sex": "sex", "DateOfBirth": "dateOfBirth", "Party": "party",
}  # fmt: skip
ADDRESS = {
    "AddressLine1": "addressLine1", "AddressLine2": "addressLine2", "City": "city",
    "State": "stateOrProvince", "ZipOrPostal": "zipOrPostalCode",
}  # fmt: skip
PHONES = {"HomePhone": ("Home", "Main", None), "CellPhone": ("Cell",), "WorkPhone": ("Work",)}
"""Kinds of number under each head; one that nobody named stands for home."""

HEADS = ("VanID", *LISTED)

Open = Mapping[tuple[str, str], bool]
"""Kind and text of a number or an e-mail -> whether it may be used."""


def pieces(home: Home, job: FileJob, path: Path) -> Iterator[bytes]:
    """The text of the file; `path` has the numbers of the people, one a line. A custom field that was removed
    meanwhile has an empty column."""
    custom = job.asked.get("custom", [])
    beside = job.asked.get("beside", {})
    yield _text([[*HEADS, *list_marks.heads(beside), *map(custom_fields.head, custom)]])
    key = ApiKey.objects.select_related("member").get(pk=job.key)
    with path.open(encoding="ascii") as lines:
        while some := [int(line) for line in islice(lines, ROWS)]:
            found = Contact.objects.filter(member=job.member, number__in=some, erased_at=None)
            people = list(found.select_related("voter__owner").order_by("number"))
            stopped = {pk: voter.stopped for pk, voter in voters_of(Reading(key, home), people).items()}
            may_use = _may_use(home, people)
            values = custom_fields.cells(job.member, some, custom)
            noted = list_marks.of_people(job.member, [one.pk for one in people], beside)
            more = {one.pk: [*noted[one.pk], *values[one.number]] for one in people}
            yield _text(
                [[*_row(one, may_use, stopped.get(one.pk, frozenset())), *more[one.pk]] for one in people]
            )


def _may_use(home: Home, people: list[Contact]) -> Open:
    found: dict[tuple[str, str], bool] = {}
    for kind, items, part in (("phone", "phones", "phoneNumber"), ("email", "emails", "email")):
        texts = [one[part] for each in people for one in getattr(each, items)]
        for channel in REACHES[kind]:
            said = stops.status_of(home=home, kind=kind, texts=texts, channel=channel)
            for text, state in zip(texts, said, strict=True):
                found[kind, text] = found.get((kind, text), True) and state != "O"
    return found


def _row(contact: Contact, may_use: Open, stopped: frozenset[str]) -> list[str]:
    address: Mapping[str, Any] = next(iter(contact.addresses), {})
    if stopped.intersection(REACHES["residence"]):
        address = {}
    phones = [] if stopped.intersection(REACHES["phone"]) else contact.phones
    open_phones = [one for one in phones if may_use["phone", one["phoneNumber"]]]
    emails = [] if stopped.intersection(REACHES["email"]) else _texts(contact.emails, "email")
    shown: dict[str, Any] = {head: contact.known.get(name) for head, name in KNOWN.items()}
    shown |= {head: address.get(part) for head, part in ADDRESS.items()}
    for head, kinds in PHONES.items():
        of_kind = [one for one in open_phones if one.get("phoneType") in kinds]
        shown[head] = next(iter(_texts(of_kind, "phoneNumber")), None)
    shown["Email"] = next((one for one in emails if may_use["email", one]), None)
    cells = (shown.get(head) for head in LISTED)
    return [str(contact.number), *(harmless(str(cell)) if cell else "" for cell in cells)]


def _texts(items: list[Any], part: str) -> list[str]:
    """The preferred one first."""
    return [one[part] for one in sorted(items, key=lambda one: not one.get("isPreferred"))]


def _text(rows: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
