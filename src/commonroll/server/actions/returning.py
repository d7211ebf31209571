"""Who owes whom what was gathered, and the receipt in the owner's log when it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commonroll.agreements.grant import Grant
from commonroll.roll.schema import OPTOUTS, RESPONSES
from commonroll.server import journal
from commonroll.server.actions.sharing import returns
from commonroll.server.models import Agreement, Member
from commonroll.server.permits import in_force_grant

ALWAYS = (RESPONSES.name, OPTOUTS.name)
"""What goes on under every agreement that asks for answers, by the event tables of the same names."""

BOUNCES, WRONG_PERSON = "bounces", "wrong_person"
"""A kind of what comes back; and what of it goes to the owner at once, whatever the terms say."""


@dataclass(frozen=True)
class Returning:
    """A grant that obliges to return, and all kinds that it and others of the same owner bring back."""

    grant: Grant
    kinds: frozenset[str]


def returning(gathered_by: Member) -> dict[str, Returning]:
    """Grants in force that oblige this member to return answers, by owner; any purpose will do."""
    signed = Agreement.objects.filter(recipient=gathered_by, state=Agreement.State.FINAL)
    found: dict[str, Returning] = {}
    for agreement in signed.select_related("owner", "recipient").prefetch_related("signatures", "events"):
        grant = in_force_grant(agreement)
        kinds = frozenset(returns(grant)) if grant is not None else frozenset()
        if grant is not None and any(duty.action == "return_responses" for duty in grant.duties):
            known = found.get(grant.owner, Returning(grant, frozenset(ALWAYS)))
            found[grant.owner] = Returning(known.grant, known.kinds | kinds)
    return found


def receipt(gathered_by: Member, grant: Grant, tables: Sequence[str], rows: int) -> None:
    """What came back, in the owner's log."""
    journal.record(
        log=grant.owner,
        type="responses.returned",
        keys={
            "agreement": grant.agreement,
            "terms": grant.terms_hash,
            "tables": list(tables),
            "rows": str(rows),
        },
        owner=grant.owner,
        recipient=gathered_by.key,
        rows=rows,
    )
