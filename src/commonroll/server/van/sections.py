"""What stands beside the people of a page, read at once: notes, codes, which voter each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from commonroll.server.models import Coded, Contact, ContactNote
from commonroll.server.van import codes, custom_fields
from commonroll.server.van.asked import Asked
from commonroll.server.van.notes import told as note
from commonroll.server.van.reading import Reading, Voter

Told = dict[str, Any]


@dataclass
class Sections:
    """By contact: its notes, codes and custom fields as the API has them, the VAN id in MyVoters of the voter
    that it is."""

    notes: dict[int | None, list[Told]] = field(default_factory=dict)
    codes: dict[int | None, list[Told]] = field(default_factory=dict)
    custom: dict[int, list[Told]] = field(default_factory=dict)
    voters: dict[int, int] = field(default_factory=dict)


def sections(asked: Asked, found: Sequence[Contact], expanded: frozenset[str]) -> Sections:
    """Those of the sections that are asked for."""
    beside = Sections()
    if "notes" in expanded:
        for each in ContactNote.objects.filter(person__in=found):
            beside.notes.setdefault(each.person_id, []).append(note(each))
    if "codes" in expanded:
        known = codes.of(asked.key.member)
        for put in Coded.objects.filter(person__in=found):
            beside.codes.setdefault(put.person_id, []).append(codes.told(known[put.code_id], known))
    if "customfields" in expanded:
        beside.custom = custom_fields.of_contacts(asked.key.member, found)
    if "externalids" in expanded:
        voters = voters_of(Reading(asked.key), found)
        beside.voters = {pk: voter.van_id for pk, voter in voters.items()}
    return beside


def voters_of(reading: Reading, found: Sequence[Contact]) -> dict[int, Voter]:
    """Of those who are voters that the key may see, by contact: no column of them."""
    linked = {one.pk: one.voter for one in found if hasattr(one, "voter")}
    told: dict[int, Voter] = {}
    for owner in {link.owner for link in linked.values()}:
        of = reading.of(owner)
        if not of.has_roll:
            continue
        theirs = {pk: link.number for pk, link in linked.items() if link.owner == owner}
        places = [of.index.place_of(number) for number in theirs.values()]
        there = [place for place in places if place is not None]
        seen = {voter.number: voter for voter in of.voters(there, columns=(), leaves=False)}
        told |= {pk: seen[number] for pk, number in theirs.items() if number in seen}
    return told
