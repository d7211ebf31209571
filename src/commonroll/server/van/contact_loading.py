"""fileLoadingJobs in MyCampaign: a file of the people of a list of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commonroll.errors import Refusal
from commonroll.server.actions import contact_lists, contact_parts
from commonroll.server.models import Contact, ContactKey
from commonroll.server.van.asked import Asked
from commonroll.server.van.errors import invalid
from commonroll.server.van.file_jobs import Work
from commonroll.server.van.given import MOST, Given
from commonroll.server.van.named import VAN_ID
from commonroll.server.van.source import LINE, Read

UNKNOWN = "The id is of nobody of yours."
_BATCH = 5_000


def ids_in(given: Given) -> str:
    """The type of a file's ids: VAN ids, or the name of an identifier of the member's own."""
    said = given.text("personIdType", most=40) or VAN_ID
    return VAN_ID if said.upper() == VAN_ID else said


def check(asked: Asked, given: Given, name: str, over: int | None) -> None:
    """Raise 400 where such a list cannot be kept."""
    mine = contact_lists.of(asked.key.member, asked.key.purpose)
    if over is not None and not mine.filter(pk=over).exists():
        raise invalid("There is no such list.", given.at("overwriteExistingListId"))
    if contact_lists.is_taken(asked.key.member, name, over):
        raise invalid("There is a list of this name already.", given.at("listName"),
                      hint="another name, or overwriteExistingListId")  # fmt: skip


def do(work: Work, read: Read) -> None:
    """Keep a list for each action."""
    for number, action in enumerate(work.job.asked["actions"]):
        _load(work, read, action, number)


def _load(work: Work, read: Read, action: Mapping[str, Any], number: int) -> None:
    said = [(text or "").strip() for text in read.rows[action["personIdColumn"]].to_pylist()]
    known = _by_number(work, said) if action["personIdType"] == VAN_ID else _by_identifier(work, said, action)
    lines = read.rows[LINE].to_pylist()
    persons = [known[text] for text in said if text in known]
    unknown = [line for line, text in zip(lines, said, strict=True) if text not in known]
    work.all(unknown, "NOT_FOUND", UNKNOWN)
    if not persons:
        raise Refusal("no row names a person of yours", where=f"actions[{number}]",
                      next_step="look at the ids, and at their type")  # fmt: skip
    listed = contact_lists.keep(
        member=work.job.member, name=action["listName"], purpose=work.job.purpose, persons=persons,
        folder=action["folderId"], over=action["overwriteExistingListId"], by=work.actor,
    )  # fmt: skip
    work.job.report["savedList"] = {
        "savedListId": listed.pk, "originalRowCount": read.total, "matchedRowsCount": len(persons),
        "unmatchedRowsCount": read.total - len(persons),
    }  # fmt: skip


def _by_number(work: Work, said: Sequence[str]) -> dict[str, int]:
    """Text -> the person's key, of those who are there."""
    numbers = {text: int(text) for text in said if text.isascii() and text.isdecimal() and len(text) <= 10}
    mine = Contact.objects.filter(member=work.job.member, erased_at=None)
    there: dict[int, int] = {}
    for some in _batches([one for one in set(numbers.values()) if one <= MOST]):
        there |= dict(mine.filter(number__in=some).values_list("number", "pk"))
    return {text: there[number] for text, number in numbers.items() if number in there}


def _by_identifier(work: Work, said: Sequence[str], action: Mapping[str, Any]) -> dict[str, int]:
    """As `_by_number`, by an identifier that one person alone has."""
    kind = contact_parts.identifier_kind(action["personIdType"])
    found: dict[str, set[int]] = {}
    for some in _batches(sorted({text.lower() for text in said if text})):
        keys = ContactKey.objects.filter(member=work.job.member, kind=kind, value__in=some)
        for value, number in keys.values_list("value", "number"):
            found.setdefault(value, set()).add(number)
    alone = {value: numbers.pop() for value, numbers in found.items() if len(numbers) == 1}
    there = _by_number(work, [str(number) for number in alone.values()])
    meant = {text: str(alone.get(text.lower(), "")) for text in said}
    return {text: there[number] for text, number in meant.items() if number in there}


def _batches(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[at : at + _BATCH] for at in range(0, len(values), _BATCH)]
