"""A second opinion: what a recipient sees of one column of one voter, for one purpose, at one moment.

Slow and obvious, written from the specification (agreements, sections 3, 5, 6, 11, 12; decisions 32, 64 to
66, 75) and not from the compiler or the views, with which it shares no code: the roll's list of columns is
all that both read. It goes by what was signed alone. Whatever is not understood is denied.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from second_law import masks_of, permitted
from second_life import in_force
from second_shapes import HIDDEN, Asked, Owner, Row
from second_signed import limits_of, read
from second_voter import in_any_view, in_limits, shown

from commonroll.roll.schema import COLUMNS


def decide(owner: Owner, row: Row, field: str, asked: Asked) -> Any:
    """What is seen of `field` of this voter, or HIDDEN."""
    if asked.recipient == owner.key:
        return own(owner, row, field, asked)
    found = granted(owner, asked)
    if found is None:
        return HIDDEN
    document, masks = found
    if not in_any_view(owner, row, asked) or not in_limits(owner, row, limits_of(document)):
        return HIDDEN
    return shown(row, field, masks, asked.clock.date())


PLAIN = {name: "plain" for name, column in COLUMNS.items() if column.table == "voters"}


def own(owner: Owner, row: Row, field: str, asked: Asked) -> Any:
    """A member reads its own rows whole, suspended or not: no agreement, no law on sharing is asked.

    Who is in no view at all is not in this one; list hygiene yields counts alone.
    """
    if asked.purpose == "hygiene" and asked.mode != "count":
        return HIDDEN
    return shown(row, field, PLAIN, asked.clock.date()) if in_any_view(owner, row, asked) else HIDDEN


@lru_cache(maxsize=4_000)
def granted(owner: Owner, asked: Asked) -> tuple[dict[str, Any], dict[str, str]] | None:
    """What no voter changes: the agreement that counts and each column's mask; None: nothing is answered."""
    document = agreement_for(owner, asked)
    if document is None or not answers(owner, document, asked):
        return None
    return document, masks_of(owner, document, asked)


def agreement_for(owner: Owner, asked: Asked) -> dict[str, Any] | None:
    """The one agreement of the two for this purpose that is in force, None if there is none."""
    for signed in owner.agreements:
        document = read(signed.document)
        if document is None or not in_force(signed, document, owner, asked):
            continue
        if document["assignee"] != f"urn:commonroll:member:{asked.recipient}":
            continue
        if asked.purpose in permitted(owner, document, asked)["purposes"]:
            return document
    return None


# Whether the owner answers at all

AGE = ("voters.birth_date", "voters.birth_year", "voters.age")
"""Age is worked out from any of these."""


def answers(owner: Owner, document: dict[str, Any], asked: Asked) -> bool:
    """Whether the owner grants the whole question: an owner answers all of it or nothing."""
    left = permitted(owner, document, asked)
    if asked.mode not in left["modes"]:
        return False
    if asked.purpose == "hygiene" and asked.mode != "count":
        return False
    if asked.mode == "count" and not left["modes"] & {"view", "export"}:
        return False  # such counts carry noise, which is not there yet
    if owner.protected == "unstated" and not owner.statement:
        return False
    masks = masks_of(owner, document, asked)
    for field in asked.fields:
        if not any(
            _readable(owner, name, masks, asked, listed=asked.mode != "count") for name in _sources(field)
        ):
            return False
    if not asked.about:
        return True
    return any(_readable(owner, name, masks, asked, listed=False) for name in _sources(asked.about))


def _sources(field: str) -> tuple[str, ...]:
    if field == "age":
        return AGE
    return ("history.election_date",) if field == "voted" else (f"voters.{field}",)


def _readable(owner: Owner, name: str, masks: dict[str, str], asked: Asked, *, listed: bool) -> bool:
    if name not in masks or name not in owner.published:
        return False
    if masks[name] in ("marked", "token"):
        return False  # need a key of the recipient, which is not there yet
    if masks[name] == "null":
        return listed
    return COLUMNS[name].cls != "contact" or asked.mode != "count" or asked.presence
