"""The doctor: examines a home whole, says what is wrong and what to do, mends what is safe when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.doctor import decisions, deep, files, logs, site, vaults
from commonroll.server.doctor.findings import Finding, Patient, Weight
from commonroll.server.home import Home
from commonroll.server.models import Member

__all__ = ["Finding", "Patient", "Weight", "deep", "examine", "mend"]

Examination = Callable[[Patient], Iterable[Finding]]
BEFORE: tuple[Examination, ...] = (
    files.missing,
    files.rights,
    files.unsealed,
    site.room,
    site.backups,
    site.field_key,
    site.tables,
)
"""Asks no table of ours, so it is true of any version's home."""
WITH_TABLES: tuple[Examination, ...] = (
    logs.examine,
    decisions.examine,
    vaults.examine,
    files.orphans,
    site.work,
)


@wall.node()
def examine(home: Home, member: str = "") -> list[Finding]:
    """Everything that is found; changes nothing. With `member` that member's log, vault, keys and work alone.

    Raises Refusal where there is no such member.
    """
    patient = Patient(home, member)
    found = list(_all(BEFORE, patient))
    if any(one.check == "database" for one in found):
        return found
    if member and not Member.objects.filter(key=member).exists():
        raise Refusal("there is no such member", where=member, next_step="see `commonroll member list`")
    return found + list(_all(WITH_TABLES, patient))


def _all(examinations: Iterable[Examination], patient: Patient) -> Iterator[Finding]:
    for examination in examinations:
        yield from examination(patient)


def mend(found: Sequence[Finding]) -> list[Finding]:
    """Mend what is safe among what was found; what was mended."""
    mended = [one for one in found if one.mend is not None]
    for one in mended:
        assert one.mend is not None
        one.mend()
    return mended
