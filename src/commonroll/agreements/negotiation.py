"""Before an agreement binds: who may say what next, by the Dataspace Protocol's contract negotiation.

Owner is the protocol's provider, recipient its consumer. A signature is worth one message or several: the
owner's makes the agreement message, the recipient's the acceptance and the verification (specs: agreements,
section 5.1; ADR 65).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from commonroll.errors import Refusal

Role = Literal["provider", "consumer"]
State = Literal["REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED"]
Message = Literal["request", "offer", "accepted", "agreement", "verification", "finalized", "termination"]
STATES: tuple[State, ...] = get_args(State)
MESSAGES: tuple[Message, ...] = get_args(Message)
CLOSED: frozenset[State] = frozenset({"FINALIZED", "TERMINATED"})

TRANSITIONS: Mapping[tuple[State | None, Role, Message], State] = {
    (None, "consumer", "request"): "REQUESTED",
    (None, "provider", "offer"): "OFFERED",
    ("REQUESTED", "provider", "offer"): "OFFERED",
    ("REQUESTED", "provider", "agreement"): "AGREED",
    ("OFFERED", "consumer", "request"): "REQUESTED",
    ("OFFERED", "consumer", "accepted"): "ACCEPTED",
    ("ACCEPTED", "provider", "agreement"): "AGREED",
    ("AGREED", "consumer", "verification"): "VERIFIED",
    ("VERIFIED", "provider", "finalized"): "FINALIZED",
    ("REQUESTED", "consumer", "termination"): "TERMINATED",
    ("REQUESTED", "provider", "termination"): "TERMINATED",
    ("OFFERED", "consumer", "termination"): "TERMINATED",
    ("OFFERED", "provider", "termination"): "TERMINATED",
    ("ACCEPTED", "provider", "termination"): "TERMINATED",
    ("AGREED", "consumer", "termination"): "TERMINATED",
    ("VERIFIED", "provider", "termination"): "TERMINATED",
}
"""What may be sent; every other combination is refused and changes nothing."""

WORDS: Mapping[State, str] = {
    "REQUESTED": "asked for by the recipient",
    "OFFERED": "offered by the owner",
    "ACCEPTED": "accepted by the recipient, the owner's signature is awaited",
    "AGREED": "signed by the owner, the recipient's signature is awaited",
    "VERIFIED": "signed by both",
    "FINALIZED": "binding",
    "TERMINATED": "taken back before both had signed",
}
"""Each state in plain words."""

TYPES: Mapping[Message, str] = {
    "request": "ContractRequestMessage",
    "offer": "ContractOfferMessage",
    "accepted": "ContractNegotiationEventMessage ACCEPTED",
    "agreement": "ContractAgreementMessage",
    "verification": "ContractAgreementVerificationMessage",
    "finalized": "ContractNegotiationEventMessage FINALIZED",
    "termination": "ContractNegotiationTerminationMessage",
}
"""The protocol's name of each message."""


class OutOfTurn(Refusal):
    """A message that the negotiation does not take now; its state is unchanged (HTTP 400)."""


@dataclass(frozen=True)
class Move:
    """One message and the state that it leads to."""

    by: Role
    message: Message
    to: State


def after(state: State | None, by: Role, message: Message) -> State:
    """The state that `message` leads to; raises OutOfTurn where the table has no such step.

    A termination is taken from either side until the end, although only some may send it.
    """
    if message == "termination" and state is not None and state not in CLOSED:
        return "TERMINATED"
    found = TRANSITIONS.get((state, by, message))
    if found is None:
        raise _out_of_turn(state)
    return found


def may_send(state: State | None, by: Role, message: Message) -> bool:
    """Whether the table lets this side send the message now."""
    return (state, by, message) in TRANSITIONS


def of_offer(state: State | None, by: Role) -> Move:
    """The move by which a side puts terms before the other; raises OutOfTurn where it is not its turn."""
    message: Message = "offer" if by == "provider" else "request"
    return Move(by, message, after(state, by, message))


def of_signature(state: State, by: Role, other_signed: bool) -> list[Move]:
    """The moves that one side's signature makes, with what the other side's earlier one was waiting for.

    A side may sign its own offer at once: that is no move. With both signatures all moves up to FINALIZED
    follow. Raises OutOfTurn when the negotiation is closed.
    """
    if state in CLOSED:
        raise _out_of_turn(state)
    moves: list[Move] = []
    at = state

    def move(who: Role, message: Message) -> None:
        nonlocal at
        at = after(at, who, message)
        moves.append(Move(who, message, at))

    consumer_signed = by == "consumer" or other_signed
    provider_signed = by == "provider" or other_signed
    if at == "OFFERED" and consumer_signed:
        move("consumer", "accepted")
    if at in ("REQUESTED", "ACCEPTED") and provider_signed:
        move("provider", "agreement")
    if at == "AGREED" and consumer_signed:
        move("consumer", "verification")
        move("provider", "finalized")
    return moves


def _out_of_turn(state: State | None) -> OutOfTurn:
    if state in CLOSED:
        return OutOfTurn(
            "This negotiation is closed; nothing is added to it.",
            where=str(state),
            next_step="Draft new terms, or amend the agreement that came of it.",
        )
    return OutOfTurn(
        "It is the other side's turn in this negotiation.",
        where=str(state or "not begun"),
        next_step="Wait for its answer, or take your terms back.",
    )
