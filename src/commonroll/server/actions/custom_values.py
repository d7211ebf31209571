"""Values of a member's custom fields: read from what was sent, kept, told, taken back (docs/adr/0095).

A value is kept and told as one text, whatever its type: `true` or `false`, the id of a value, ids with commas
between them, an ISO day, a decimal number. What is told is always what may be sent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from commonroll.server.actor import Actor
from commonroll.server.models import Contact, CustomField, CustomValue, Member

LONGEST = 4_000
"""Characters of a text, where its field says nothing."""

AT_ONCE = 1_000
FLAGS = {"true": "true", "1": "true", "y": "true", "yes": "true",
         "false": "false", "0": "false", "n": "false", "no": "false"}  # fmt: skip
_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,12})?|\.[0-9]{1,12})([eE][+-]?[0-9]{1,2})?")
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")

Values = dict[int, str]
"""Number of a field -> its value."""


# Reading


def read(field: CustomField, said: Any) -> str | None:
    """The value that somebody means, as it is kept; None where the field has no such value."""
    return _READ[field.type](field, said)


def hint(field: CustomField) -> str:
    """What the field takes."""
    if field.chooses:
        shown = ", ".join(f"{one['id']} {one['name']}" for one in field.open_choices[:50])
        return f"{'ids or names, in a list' if field.type == 'M' else 'an id or a name'}: {shown}"
    plain = {"B": "true or false", "D": "ISO 8601: 2026-11-03", "N": "a number"}
    return plain.get(field.type, f"a text of at most {field.longest or LONGEST} characters")


def _flag(field: CustomField, said: Any) -> str | None:
    return FLAGS.get(str(said).strip().lower()) if isinstance(said, bool | int | str) else None


def _text(field: CustomField, said: Any) -> str | None:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    text = str(said).strip()
    return text if len(text) <= (field.longest or LONGEST) and not _NOT_KEPT.search(text) else None


def _day(field: CustomField, said: Any) -> str | None:
    try:
        # what follows the day is a time, which says nothing
        return date.fromisoformat(said.strip()[:10]).isoformat() if isinstance(said, str) else None
    except ValueError:
        return None


def _number(field: CustomField, said: Any) -> str | None:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    text = str(said).strip()
    if not _NUMBER.fullmatch(text):
        return None
    found = Decimal(text)
    if found and not -12 <= found.adjusted() <= 17:
        return None
    return f"{found.normalize():f}" if found else "0"


def _one(field: CustomField, said: Any) -> str | None:
    """An id, or a name that one value alone has."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    text, known = str(said).strip(), field.open_choices
    if any(str(one["id"]) == text for one in known):
        return text
    named = [one for one in known if str(one["name"]).casefold() == text.casefold()]
    return str(named[0]["id"]) if len(named) == 1 else None


def _many(field: CustomField, said: Any) -> str | None:
    """A list, or one text with commas between values; in the order of the field, each once."""
    if isinstance(said, str | int) and (alone := _one(field, said)):
        return alone
    parts = said.split(",") if isinstance(said, str) else said
    if not isinstance(parts, list) or len(parts) > LONGEST:
        return None
    found = [_one(field, part) for part in parts]
    if None in found:
        return None
    return ",".join(str(one["id"]) for one in field.open_choices if str(one["id"]) in found)


_READ: Mapping[str, Callable[[CustomField, Any], str | None]] = {
    "B": _flag, "T": _text, "D": _day, "N": _number, "S": _one, "M": _many,
}  # fmt: skip


# Keeping


def put(
    *, of: Member, said: Mapping[int, Mapping[int, str]], by: Actor, file: str = ""
) -> Collection[tuple[int, int]]:
    """Keep values, by person's number; those that stand already are not said again. Which were new.

    The caller holds the lock of the member's people and writes the log.
    """
    by.require("answers", of)
    known = of_people(of, said)
    rows = [
        CustomValue(member=of, number=number, field=field, value=value, file=file, by=by.label)
        for number, values in said.items()
        for field, value in values.items()
        if known.get(number, {}).get(field, "") != value
    ]
    CustomValue.objects.bulk_create(rows, batch_size=AT_ONCE)
    return [(row.number, row.field) for row in rows]


def take_back(*, of: Member, file: str) -> int:
    """Take away what an import said: what stood before counts again. How many rows."""
    mine = CustomValue.objects.filter(member=of, file=file) if file else CustomValue.objects.none()
    touch(of, list(mine.values_list("number", flat=True).distinct()))
    return int(mine.delete()[0])


def touch(of: Member, numbers: Collection[int]) -> None:
    """These people changed now: whoever asks what changed is told of them."""
    for some in _batches(sorted(numbers)):
        Contact.objects.filter(member=of, number__in=some).update(changed_at=timezone.now())


def forget_person(of: Member, number: int) -> None:
    CustomValue.objects.filter(member=of, number=number).delete()


def merge(of: Member, *, into: int, source: int) -> None:
    """Values of two people come together; where both have one the survivor's stays."""
    standing = list(of_people(of, [into])[into])
    CustomValue.objects.filter(member=of, number=source, field__in=standing).delete()
    CustomValue.objects.filter(member=of, number=into).exclude(field__in=standing).delete()
    CustomValue.objects.filter(member=of, number=source).update(number=into)


# Telling


def of_people(of: Member, numbers: Iterable[int]) -> dict[int, Values]:
    """The values that count today, by person; every number is there. Of removed fields, too."""
    found: dict[int, Values] = {number: {} for number in numbers}
    for some in _batches(list(found)):
        rows = CustomValue.objects.filter(member=of, number__in=some).order_by("pk")
        for number, field, value in rows.values_list("number", "field", "value"):
            found[number][field] = value
    return {
        number: {field: value for field, value in values.items() if value} for number, values in found.items()
    }


@dataclass(frozen=True)
class Use:
    """How many people have a value in a field today, and of one that chooses how many have each, by id."""

    people: int
    choices: Mapping[str, int]


def used(field: CustomField) -> Use:
    standing: dict[int, str] = {}
    rows = CustomValue.objects.filter(member=field.member, field=field.number).order_by("pk")
    for number, value in rows.values_list("number", "value"):
        standing[number] = value
    held = [value for value in standing.values() if value]
    counts = Counter(one for value in held for one in value.split(",")) if field.chooses else {}
    return Use(len(held), counts)


def _batches(numbers: list[int]) -> Iterable[list[int]]:
    return (numbers[at : at + AT_ONCE] for at in range(0, len(numbers), AT_ONCE))
