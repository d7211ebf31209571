"""A row of a bulk import as one of the member's own people: found, changed or made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from commonroll.server.actions import contacts
from commonroll.server.models import Contact
from commonroll.server.van import contact_body
from commonroll.server.van.contact_words import alone, meant
from commonroll.server.van.errors import invalid
from commonroll.server.van.file_jobs import Work
from commonroll.server.van.given import Given
from commonroll.server.van.people import place_of
from commonroll.server.van.reading import Reading

TEXTS = {"firstName": "FirstName", "middleName": "MiddleName", "lastName": "LastName", "dateOfBirth": "DOB",
         "sex": "Sex", "vanId": "VanID"}  # fmt: skip
ADDRESS = {
    "addressLine1": "AddressLine1", "addressLine2": "AddressLine2", "addressLine3": "AddressLine3",
    "city": "City", "stateOrProvince": "StateOrProvince", "zipOrPostalCode": "ZipOrPostal",
    "countryCode": "CountryCode",
}  # fmt: skip
IDENTIFIERS = {"votervanid": "VoterVanID", "ExternalID": "ExternalID"}


def body_of(row: Given) -> Given:
    """The row as a match candidate of the API."""
    body: dict[str, Any] = _filled(row, TEXTS)
    if address := _filled(row, ADDRESS):
        body["addresses"] = [address]
    phones = {"CellPhone": "C", "Phone": "H"}
    body["phones"] = [
        {"phoneNumber": said, "phoneType": kind} for name, kind in phones.items() if (said := row.text(name))
    ]
    body["emails"] = [{"email": said} for name in ("Email", "OtherEmail") if (said := row.text(name))]
    named = _filled(row, IDENTIFIERS)
    body["identifiers"] = [{"type": kind, "externalId": said} for kind, said in named.items()]
    return Given(body)


def _filled(row: Given, names: Mapping[str, str]) -> dict[str, str]:
    return {name: said for name, column in names.items() if (said := row.text(column))}


def upsert(work: Work, row: Given) -> tuple[Contact, bool]:
    """The person whom a row means with what it says besides, or a new one; whether it is new."""
    of, by, body = work.job.member, work.actor, body_of(row)
    told, voter = contact_body.told(body), contact_body.voter_of(body)
    if not (told.known or told.emails or told.phones or told.identifiers or body.has("vanId")):
        raise invalid("The row says nothing of a person.")
    if voter:
        owner, place = place_of(Reading(work.key), voter)
        if not owner.voters([place], columns=(), leaves=False):
            raise invalid("'VoterVanID' is of nobody whom you may see.")
        told = replace(told, voter=(owner.owner, int(owner.index.numbers([place])[0])))
    with transaction.atomic():
        contacts.locked(of)
        if found := meant(of, body, creating=True):
            return contacts.change(home=work.home, contact=alone(found), told=told, by=by), False
        return contacts.make(home=work.home, of=of, told=told, by=by), True
