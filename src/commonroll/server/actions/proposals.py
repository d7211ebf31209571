"""Proposals: one text put to many owners; each is told, comments, adopts, counters or declines for itself.

The vote decides only whether the adopted texts may bind: nobody is bound without its own signature.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonroll.agreements.compare import compare
from commonroll.agreements.english import sentences
from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.profile import Terms
from commonroll.agreements.terms import read, to_document
from commonroll.agreements.votes import RULES
from commonroll.errors import Refusal
from commonroll.notes import canonical
from commonroll.server import journal, wall
from commonroll.server.actions import agreements, negotiations
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.federation import federation
from commonroll.server.actions.votes import settle
from commonroll.server.actions.wishes import Wishes, terms_of
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import compiled, grant_of
from commonroll.server.models import Addressee, Agreement, Comment, Member, Proposal, Told

LONGEST_COMMENT = 1000
State, Answer = Proposal.State, Addressee.Answer


@transaction.atomic
def set_rule(*, rule: str, by: Actor) -> None:
    """The charter's vote rule, for proposals made from now on."""
    if by.user is not None or by.key is not None:
        raise Unknown("there is no such page", next_step="ask those who run the federation")
    if rule not in RULES:
        raise Refusal("there is no such rule", next_step=f"rules: {', '.join(RULES)}")
    found = federation()
    found.vote_rule = rule
    found.save(update_fields=["vote_rule"])


def propose(
    *,
    author: Member,
    recipient: Member,
    owners: Sequence[Member],
    wishes: Wishes,
    deadline: datetime,
    by: Actor,
    association: str = "",
) -> Proposal:
    """Put the same terms to each of `owners`; every text compiles under its owner's law or none is put.

    `association` names the members in whose name the author speaks, if it speaks for more than itself.
    """
    by.require("draft", author)
    if author.pk != recipient.pk and author.pk not in {owner.pk for owner in owners}:
        raise Unknown("this member has no part in the proposal", next_step="propose what binds yourself")
    asked = [owner for owner in owners if owner.pk != recipient.pk and owner.state]
    if not asked or len({owner.pk for owner in asked}) != len(owners):
        raise Refusal("a proposal is put to owners of a roll, each named once", next_step="name them anew")
    if deadline <= timezone.now():
        raise Refusal("the deadline has passed", next_step="name a day to come")
    texts = [(owner, _text_for(owner, recipient, wishes, by)) for owner in asked]
    with transaction.atomic():
        return _put(author, recipient, texts, deadline, by, association)


def _text_for(owner: Member, recipient: Member, wishes: Wishes, by: Actor) -> Terms:
    with attempt(what="proposal", owner=owner, recipient=recipient, by=by):
        negotiations.here(owner, recipient)
        terms = terms_of(owner=owner, recipient=recipient, wishes=wishes)
        compiled(terms, owner=owner, recipient=recipient)
        return terms


def _put(
    author: Member,
    recipient: Member,
    texts: Sequence[tuple[Member, Terms]],
    deadline: datetime,
    by: Actor,
    association: str,
) -> Proposal:
    made = Proposal.objects.create(
        author=author,
        association=" ".join(association.split())[:200],
        recipient=recipient,
        rule=federation().vote_rule,
        deadline=deadline,
        made_by=by.label,
    )
    for owner, terms in texts:
        Addressee.objects.create(proposal=made, owner=owner, document=canonical(to_document(terms)))
        journal.operator(owner, "proposal.made", {"proposal": str(made.pk), "terms": terms.id})
    return made


def visible(*, pk: int, by: Actor) -> Proposal:
    """A proposal for people of its author, its recipient and the owners asked; else there is none."""
    found = Proposal.objects.select_related("author", "recipient").filter(pk=pk).first()
    if found is None or not any(by.may("read", member) for member in parties(found)):
        raise Unknown("there is no such proposal", next_step="see the list of proposals")
    return found


def parties(proposal: Proposal) -> list[Member]:
    """Author, recipient and the owners that are asked."""
    asked = [one.owner for one in proposal.addressees.select_related("owner")]
    return [proposal.author, proposal.recipient, *asked]


def of_member(member: Member) -> list[Proposal]:
    """The proposals that a member has a part in, newest first."""
    mine = Q(author=member) | Q(recipient=member) | Q(addressees__owner=member)
    return list(Proposal.objects.filter(mine).distinct().select_related("author", "recipient"))


@dataclass(frozen=True)
class Shown:
    """What a proposal means for one owner: the sentences, and what changes from what stands (or None)."""

    addressee: Addressee
    says: list[str]
    before: Agreement | None
    changes: list[str] | None


def shown(addressee: Addressee) -> Shown:
    """The text in plain English, compared with what stands between the two for a purpose of it."""
    return Shown(addressee, *_meant(read(bytes(addressee.document)), addressee.owner, addressee.recipient))


def _meant(
    terms: Terms, owner: Member, recipient: Member
) -> tuple[list[str], Agreement | None, list[str] | None]:
    names = dict(Member.objects.values_list("key", "name"))
    grant = compiled(terms, owner=owner, recipient=recipient)
    before = _standing(owner, recipient, terms)
    changes = compare(grant_of(before), grant, names) if before else None
    return sentences(grant, names), before, changes


@dataclass(frozen=True)
class Prospect:
    """What a proposal that is not made yet would mean for one owner; `known`: to whoever looks."""

    owner: Member
    known: bool
    says: list[str]
    before: Agreement | None = None
    changes: list[str] | None = None
    refusal: Refusal | None = None


def prospects(
    *, owners: Sequence[Member], recipient: Member, wishes: Wishes, told: Collection[int]
) -> list[Prospect]:
    """For each owner what it would mean; what stands now only for those whose primary keys are in `told`."""
    found = []
    for owner in owners:
        try:
            terms = terms_of(owner=owner, recipient=recipient, wishes=wishes)
            says, before, changes = _meant(terms, owner, recipient)
        except Refusal as refusal:
            found.append(Prospect(owner, owner.pk in told, [], refusal=refusal))
            continue
        known = owner.pk in told
        found.append(Prospect(owner, known, says, before if known else None, changes if known else None))
    return found


def _standing(owner: Member, recipient: Member, terms: Terms) -> Agreement | None:
    final = Agreement.objects.filter(
        owner=owner,
        recipient=recipient,
        state=Agreement.State.FINAL,
        until__gt=timezone.now(),
    ).select_related("owner", "recipient")
    return next((a for a in final if set(negotiations.terms_in(a).purposes) & set(terms.purposes)), None)


@transaction.atomic
def tell(*, addressee: Addressee, by: Actor) -> None:
    """Note that a person of the owner has the text in sight; the first time goes to the owner's log."""
    if not by.may("read", addressee.owner):
        return
    _, first = Told.objects.get_or_create(
        addressee=addressee, person=by.label, defaults={"at": timezone.now()}
    )
    if first:
        said = {"proposal": str(addressee.proposal_id), "person": by.label}
        journal.operator(addressee.owner, "proposal.told", said)


@transaction.atomic
def comment(*, proposal: Proposal, member: Member, text: str, by: Actor) -> Comment:
    """Say something to all parties of an open proposal."""
    by.require("draft", member)
    _party(proposal, member)
    _open(proposal)
    said = " ".join(text.split())
    if not 1 <= len(said) <= LONGEST_COMMENT or not said.isprintable():
        raise Refusal(f"a comment has 1 to {LONGEST_COMMENT} characters", next_step="write it shorter")
    return Comment.objects.create(
        proposal=proposal, member=member, person=by.label, text=said, at=timezone.now()
    )


def _party(proposal: Proposal, member: Member) -> None:
    if member.pk not in {party.pk for party in parties(proposal)}:
        raise Unknown("there is no such proposal", next_step="see the list of proposals")


def _open(proposal: Proposal) -> None:
    if proposal.state == State.WITHDRAWN or proposal.state == State.FAILED:
        raise OutOfTurn(f"the proposal is {proposal.get_state_display()}", next_step="propose anew")
    if proposal.deadline <= timezone.now():
        raise OutOfTurn("the proposal's deadline has passed", next_step="draft an agreement of your own")


def adopt(*, home: Home, addressee: Addressee, passphrase: str, by: Actor) -> Agreement:
    """The owner makes the text its own agreement, signs and sends it; it amends what stands, if anything."""
    terms = negotiations.fresh(read(bytes(addressee.document)))
    with _answering("adoption", addressee, by):
        text = _answered(addressee, Answer.ADOPTED, terms, by)
        signed = agreements.sign(
            home=home, agreement=text, member=addressee.owner, passphrase=passphrase, by=by
        )
        settle(addressee.proposal)
    return signed


def counter(*, addressee: Addressee, terms: Terms, by: Actor) -> Agreement:
    """The owner sends other terms instead; that is no vote for the proposal."""
    with _answering("other terms for a proposal", addressee, by):
        text = _answered(addressee, Answer.COUNTERED, negotiations.fresh(terms), by)
        return negotiations.offer(text=text, member=addressee.owner, by=by)


def decline(*, addressee: Addressee, by: Actor) -> None:
    """The owner wants none of it."""
    with _answering("refusal of a proposal", addressee, by):
        _answer(addressee, Answer.DECLINED, None, by)


def _answering(what: str, addressee: Addressee, by: Actor) -> AbstractContextManager[None]:
    return attempt(what=what, owner=addressee.owner, recipient=addressee.proposal.recipient, by=by)


def _answered(addressee: Addressee, answer: str, terms: Terms, by: Actor) -> Agreement:
    by.require("sign" if answer == Answer.ADOPTED else "draft", addressee.owner)
    text = negotiations.written(terms, None, by, _standing(addressee.owner, addressee.recipient, terms))
    _answer(addressee, answer, text, by)
    return text


def _answer(addressee: Addressee, answer: str, text: Agreement | None, by: Actor) -> None:
    by.require("draft", addressee.owner)
    Proposal.objects.select_for_update().get(pk=addressee.proposal_id)
    found = Addressee.objects.select_for_update().get(pk=addressee.pk)
    _open(addressee.proposal)
    waits = found.agreement is not None and found.agreement.state in negotiations.OPEN
    if found.answer == Answer.ADOPTED and waits:
        raise OutOfTurn("this owner has answered already", next_step="take that answer back first")
    found.answer, found.answered_at, found.agreement = answer, timezone.now(), text
    found.save()
    said = {"proposal": str(found.proposal_id), "answer": str(answer)}
    journal.operator(found.owner, "proposal.answered", said)


def close_overdue(by: Actor) -> int:
    """Proposals past their deadline that were not carried fail; adopted texts that wait are taken back."""
    over = Proposal.objects.filter(state=State.OPEN, deadline__lte=timezone.now())
    for proposal in over:
        _end(proposal, State.FAILED, by)
    return len(over)


def withdraw(*, proposal: Proposal, by: Actor) -> None:
    """The author takes an open proposal back."""
    by.require("draft", proposal.author)
    if proposal.state != State.OPEN:
        raise OutOfTurn(f"the proposal is {proposal.get_state_display()}", next_step="nothing is left to do")
    _end(proposal, State.WITHDRAWN, by)


@wall.node()
@transaction.atomic
def _end(proposal: Proposal, state: Any, by: Actor) -> None:
    proposal.state = state
    proposal.save(update_fields=["state"])
    for one in proposal.addressees.exclude(agreement=None).select_related("agreement"):
        if one.answer == Answer.ADOPTED and one.agreement and one.agreement.state in negotiations.OPEN:
            agreements.withdraw(agreement=one.agreement, by=Actor.command_line())
