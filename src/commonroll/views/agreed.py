"""What two owners granted each other for list hygiene, what is missing of it, and whether it is enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from commonroll.agreements.denial import Denial
from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import PERSON
from commonroll.views.gaps import Sentences, spoken
from commonroll.views.question import Gap, Names, NothingGranted, Owned, Question

PURPOSE = "hygiene"

Birth = Literal["date", "year", "age", ""]

NAME = ("voters.first_name", "voters.last_name")
PLACE = ("voters.residence_zip5",)
BIRTH = ("voters.birth_date", "voters.birth_year", "voters.age")
STANDING = ("voters.registered_on", "voters.status", "voters.status_reason")
"""Columns by which registrations of one person are told apart: which is the later one, which has ended."""
MATCHED = (
    *NAME, "voters.middle_name", "voters.name_suffix", "voters.sex", "voters.residence_line1",
    "voters.residence_unit", *PLACE, "voters.phone", "voters.email", "voters.county_fips", *STANDING,
)  # fmt: skip
"""Columns, beside the birth, that are read for matching."""


@dataclass(frozen=True)
class Side:
    """One member of a pair as the other may read it: its tables, grant and denials."""

    owned: Owned
    denied: Sequence[Denial]
    viewer: str

    @property
    def member(self) -> str:
        return self.owned.owner


@dataclass(frozen=True)
class Agreed:
    """What two members granted each other for list hygiene.

    `columns`: those of MATCHED that both granted, plain. `birth`: the coarser of what the two granted.
    `persons`: whether both granted that one person has one id on their rolls.
    `gaps`: what one of them did not grant, masks or does not publish; it is null in the records.
    """

    columns: tuple[str, ...]
    birth: Birth
    persons: bool
    gaps: tuple[Gap, ...]


def agreed(one: Side, other: Side, names: Names) -> Agreed:
    """What may be read of both; raises NothingGranted where an agreement is missing or gives too little."""
    gaps = [gap for side in (one, other) for gap in _gaps(side, names)]
    both = [None if side.owned.suspended else side.owned.grant for side in (one, other)]
    if any(grant is None for grant in both):
        raise _too_little("Two members are matched where each has an agreement with the other.", gaps)
    grants = [grant for grant in both if grant is not None]
    if any("view" not in grant.modes for grant in grants):
        raise _too_little("Matching reads rows: both have to permit lists on a screen.", gaps)
    columns = tuple(name for name in MATCHED if all(_plain(name, grant) for grant in grants))
    birth = min((_birth(grant) for grant in grants), key=_COARSE.index)
    if not set(NAME) <= set(columns):
        raise _too_little("Nobody is matched without first and last names.", gaps)
    if not birth and not set(PLACE) <= set(columns):
        raise _too_little("Nobody is matched by a name alone: a birth or a ZIP code is needed.", gaps)
    return Agreed(columns, birth, all(_plain(PERSON, grant) for grant in grants), tuple(gaps))


_COARSE: tuple[Birth, ...] = ("", "age", "year", "date")


def _plain(name: str, grant: Grant) -> bool:
    return grant.columns.get(name) == "plain"


def _birth(grant: Grant) -> Birth:
    """The most that a grant tells of a birth; a decade is no year."""
    if _plain("voters.birth_date", grant):
        return "date"
    if grant.columns.get("voters.birth_date") == "year" or _plain("voters.birth_year", grant):
        return "year"
    return "age" if _plain("voters.age", grant) else ""


def _too_little(what: str, gaps: Sequence[Gap]) -> NothingGranted:
    lines = "\n".join([what, *(gap.sentence for gap in gaps)])
    return NothingGranted(lines, tuple(gaps), where=f"purpose {PURPOSE}", next_step=_NEXT)


_NEXT = "Sign agreements for list hygiene in both directions, with names and a birth or an address."


def _gaps(side: Side, names: Names) -> Iterable[Gap]:
    grant = side.owned.grant
    say = Sentences(Question(side.viewer, PURPOSE, "view"), names)
    if side.owned.suspended:
        yield say.suspended(side.member, grant, side.owned.suspended)
        return
    if grant is None:
        yield from say.denied(side.member, [*side.denied, Denial("purpose", PURPOSE, "not granted")][:1])
        return
    if "view" not in grant.modes:
        yield say.no_mode(grant)
    wanted = [*MATCHED, *(() if _birth(grant) else BIRTH[:2])]
    missing = [name for name in wanted if name not in grant.columns]
    masked = [name for name in wanted if name in grant.columns and not _plain(name, grant)]
    yield from say.columns(grant, tuple(missing), side.denied) if missing else ()
    if masked:
        sentence = f"{say.name(side.member)} masks {spoken(masked)}: agreement {grant.number}"
        yield Gap(side.member, "not granted", tuple(masked), grant.number, sentence)
    readable = [name for name in wanted if name not in missing + masked]
    if hidden := tuple(name for name in readable if name not in side.owned.tables.published):
        yield say.unpublished(grant, hidden)
