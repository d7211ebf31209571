"""The protocol's negotiation as a table: every step that exists, and that every other is refused."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.agreements.negotiation import (
    CLOSED,
    MESSAGES,
    STATES,
    TRANSITIONS,
    TYPES,
    WORDS,
    Message,
    OutOfTurn,
    Role,
    State,
    after,
    may_send,
    of_offer,
    of_signature,
)

TABLE = """
from      by message      to
-         C  request      REQUESTED
-         P  offer        OFFERED
REQUESTED P  offer        OFFERED
REQUESTED P  agreement    AGREED
OFFERED   C  request      REQUESTED
OFFERED   C  accepted     ACCEPTED
ACCEPTED  P  agreement    AGREED
AGREED    C  verification VERIFIED
VERIFIED  P  finalized    FINALIZED
REQUESTED C  termination  TERMINATED
REQUESTED P  termination  TERMINATED
OFFERED   C  termination  TERMINATED
OFFERED   P  termination  TERMINATED
ACCEPTED  P  termination  TERMINATED
VERIFIED  P  termination  TERMINATED
AGREED    C  termination  TERMINATED
"""
ROLES: tuple[Role, ...] = ("provider", "consumer")
STARTS: tuple[State | None, ...] = (None, *STATES)
ALL = list(product(STARTS, ROLES, MESSAGES))
ROWS = {
    (None if state == "-" else state, "provider" if by == "P" else "consumer", message): to
    for state, by, message, to in (line.split() for line in TABLE.strip().splitlines()[1:])
}


def test_the_table_is_the_specifications() -> None:
    assert ROWS == TRANSITIONS
    assert set(WORDS) == set(STATES)
    assert set(TYPES) == set(MESSAGES)


@pytest.mark.parametrize(("state", "by", "message"), [step for step in ALL if step not in ROWS])
def test_every_other_step_is_refused(state: State | None, by: Role, message: Message) -> None:
    assert not may_send(state, by, message)
    if message == "termination" and state is not None and state not in CLOSED:
        assert after(state, by, message) == "TERMINATED"  # taken from either side, though not sent
        return
    with pytest.raises(OutOfTurn):
        after(state, by, message)


@pytest.mark.parametrize("state", sorted(CLOSED))
def test_a_closed_negotiation_takes_nothing(state: State) -> None:
    for by in ROLES:
        with pytest.raises(OutOfTurn, match="closed"):
            of_offer(state, by)
        with pytest.raises(OutOfTurn, match="closed"):
            of_signature(state, by, other_signed=True)


SIGNED: list[tuple[State, Role, bool, list[str]]] = [
    ("OFFERED", "provider", False, []),
    ("REQUESTED", "consumer", False, []),
    ("OFFERED", "consumer", False, ["ACCEPTED"]),
    ("REQUESTED", "provider", False, ["AGREED"]),
    ("OFFERED", "consumer", True, ["ACCEPTED", "AGREED", "VERIFIED", "FINALIZED"]),
    ("REQUESTED", "provider", True, ["AGREED", "VERIFIED", "FINALIZED"]),
    ("ACCEPTED", "provider", True, ["AGREED", "VERIFIED", "FINALIZED"]),
    ("AGREED", "consumer", True, ["VERIFIED", "FINALIZED"]),
]


@pytest.mark.parametrize(("state", "by", "other", "states"), SIGNED)
def test_what_a_signature_is_worth(state: State, by: Role, other: bool, states: list[str]) -> None:
    assert [move.to for move in of_signature(state, by, other)] == states


@given(st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(["offer", "sign", "end"])), max_size=12))
def test_no_way_through_makes_an_agreement_without_both(steps: list[tuple[Role, str]]) -> None:
    """Offers and signatures in any order: a new offer needs new signatures; FINALIZED has both."""
    state: State | None = None
    signed: set[Role] = set()
    for by, act in steps:
        try:
            if act == "offer":
                state, signed = of_offer(state, by).to, set()
            elif act == "end":
                state = after(state, by, "termination")
            elif state is not None and by not in signed:
                other: Role = "consumer" if by == "provider" else "provider"
                moves = of_signature(state, by, other in signed)
                state, signed = (moves[-1].to if moves else state), signed | {by}
        except OutOfTurn:
            continue
        if state == "FINALIZED":
            assert signed == set(ROLES)
            return
        if signed == set(ROLES):
            raise AssertionError(f"both have signed and it stands at {state}")
