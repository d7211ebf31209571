"""Rows of a bulk import as values of custom fields on the member's own people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from commonroll.server import journal
from commonroll.server.actions import contacts, custom_fields, custom_values
from commonroll.server.models import CustomField, Member
from commonroll.server.van.errors import invalid
from commonroll.server.van.file_jobs import Work
from commonroll.server.van.given import Given

Values = custom_values.Values
Own = Mapping[str, CustomField]
"""Custom fields by the names of their columns."""

AT_ONCE = 1_000


def columns(of: Member, mapped: Collection[str]) -> Own:
    """The custom fields among the mapped ones, as they are now."""
    known = {f"CF{field.number}": field for field in custom_fields.fields_of(of)}
    return {name: known[name] for name in mapped if name in known}


def values_of(own: Own, row: Given) -> Values:
    """What a row says; a blank says nothing. Raises 400 with the column, never with what stands there."""
    group = row.integer("CustomFieldGroupID")
    found: Values = {}
    for name, field in own.items():
        said = row.text(name, most=custom_values.LONGEST * 2)
        if not said:
            continue
        value = custom_values.read(field, said)
        if value is None:
            raise invalid(f"'{name}' is none that this field (type {field.type}) takes.", name)
        if field.group != group:
            raise invalid(f"'{name}' is in another group than 'CustomFieldGroupID' says.", name)
        found[field.number] = value
    return found


def keep(work: Work, said: Sequence[tuple[int, Values]]) -> None:
    """Keep the values of people; of two rows about one person the later one counts."""
    of, job = work.job.member, work.job
    for at in range(0, len(said), AT_ONCE):
        with transaction.atomic():
            contacts.locked(of)
            together: dict[int, Values] = {}
            for number, values in said[at : at + AT_ONCE]:
                together.setdefault(number, {}).update(values)
            there = contacts.still_there(of, together)
            together = {number: values for number, values in together.items() if number in there}
            changed = custom_values.put(of=of, said=together, by=work.actor, file=job.digest)
            custom_values.touch(of, {number for number, _ in changed})
    fields = sorted({field for _, values in said for field in values})
    with transaction.atomic():
        journal.operator(
            of, "contacts.changed", {"import": f"v4 job {job.pk}", "custom": list(map(str, fields))}
        )
