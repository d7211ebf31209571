"""The vote on a proposal: how it stands, and that an adopted text waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.db import transaction

from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.votes import Rule, carried, needed
from commonroll.server import journal, wall
from commonroll.server.models import Addressee, Agreement, Proposal

State, Answer = Proposal.State, Addressee.Answer


@dataclass(frozen=True)
class Tally:
    """Votes: owners asked, adoptions that stand, and how many carry."""

    asked: int
    adopted: int
    needed: int
    rule: Rule

    @property
    def carried(self) -> bool:
        return carried(self.rule, self.asked, self.adopted)


@wall.node()
def tally(proposal: Proposal) -> Tally:
    """How the vote stands; an adoption whose text was taken back counts no more, nor does who left."""
    asked = list(proposal.addressees.filter(owner__left_at=None).select_related("agreement"))
    rule = cast(Rule, proposal.rule)
    gone = (Agreement.State.WITHDRAWN, Agreement.State.ANSWERED)
    stands = [
        one for one in asked
        if one.answer == Answer.ADOPTED and one.agreement and one.agreement.state not in gone
    ]  # fmt: skip
    return Tally(len(asked), len(stands), needed(rule, len(asked)), rule)


@wall.node()
@transaction.atomic
def settle(proposal: Proposal) -> str:
    """Ratify an open proposal that is carried by those who are here now; its state."""
    found = Proposal.objects.select_for_update().get(pk=proposal.pk)
    if found.state == State.OPEN and tally(found).carried:
        found.state = State.RATIFIED
        found.save(update_fields=["state"])
        for one in found.addressees.filter(owner__left_at=None).select_related("owner"):
            journal.operator(one.owner, "proposal.ratified", {"proposal": str(found.pk)})
    return found.state


@wall.node()
def check_ratified(text: Agreement) -> None:
    """Raise OutOfTurn where an adopted text waits for the vote; called before the recipient signs it."""
    one = Addressee.objects.filter(agreement=text, answer=Answer.ADOPTED).select_related("proposal").first()
    if one is None or settle(one.proposal) == State.RATIFIED:
        return
    votes = tally(one.proposal)
    raise OutOfTurn(
        f"agreement {text.number} waits for the vote: {votes.adopted} of {votes.asked} owners have adopted, "
        f"{votes.needed} carry it",
        next_step="wait until enough owners have adopted it",
    )
