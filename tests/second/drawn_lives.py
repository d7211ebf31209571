"""Who signed an agreement with which keys, and what was said of it afterwards, in order or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from drawn import PURPOSES, RECIPIENT, SECOND, Clerk
from drawn_texts import document, spoilt, text
from second_shapes import Key, Said, Signed
from second_signed import canonical, hash_of

from commonroll.notes import Signer, generate


@dataclass(frozen=True)
class Pens:
    """Those who can sign: the owner, the recipient, the owner's node, and somebody else."""

    owner: Signer
    recipient: Signer
    node: Signer
    stranger: Signer


@cache
def pens(owner: str) -> Pens:
    origin = "test.example"
    return Pens(
        *(
            generate(f"{origin}/{name}")
            for name in (f"{owner}/agreements", "national/agreements", f"{owner}/log", "nobody/agreements")
        )
    )


def note_of(line: str, about: str, data: bytes, *signers: Signer) -> str:
    said = f"{line}\n{about}\nsha256 {hash_of(json.loads(data)).removeprefix('sha256:')}\n"
    return said + "\n" + "".join(f"{signer.line(said)}\n" for signer in signers)


def signed(clerk: Clerk, owner: str, whole: dict[str, Any], moments: Sequence[datetime]) -> Signed:
    """The agreement as both keep it: mostly well signed, by keys that mostly count."""
    who = pens(owner)
    data = canonical(whole)
    signers = [who.owner, who.recipient]
    if clerk.chance(0.06):
        signers = clerk.one(
            (
                [who.owner],
                [who.recipient],
                [who.owner, who.stranger],
                [*signers, who.stranger],
                [who.owner, who.owner],
            )
        )
    note = note_of("commonroll agreement v1", whole["@id"], data, *signers)
    if clerk.chance(0.02):
        other = {**whole, "timestamp": whole["timestamp"].replace("20", "19", 1)}
        note = note_of("commonroll agreement v1", whole["@id"], canonical(other), *signers)
    made = datetime.strptime(whole["timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    keys = [_key(clerk, pen.vkey, made, moments) for pen in (who.owner, who.recipient)]
    return Signed(data, note, *keys, who.node.vkey)


def _key(clerk: Clerk, vkey: str, made: datetime, moments: Sequence[datetime]) -> Key:
    since = made + SECOND if clerk.chance(0.02) else made
    withdrawn = clerk.near(moments) if clerk.chance(0.06) else None
    retired = clerk.one((made - SECOND, made, made + SECOND)) if clerk.chance(0.05) else None
    return Key(vkey, since, withdrawn, retired)


def event(whole: Mapping[str, Any], kind: str, **said: str) -> dict[str, Any]:
    return {
        "@type": "cr:AgreementEvent",
        "event": kind,
        "agreement": whole["@id"],
        "agreementHash": hash_of(dict(whole)),
        **said,
    }


def said(clerk: Clerk, owner: str, made: dict[str, Any], by: str, arrived: datetime) -> Said:
    """The event under the signature of `by` (`both`, or a party), seldom under somebody else's."""
    who = pens(owner)
    signers = {
        "both": [who.owner, who.recipient],
        "owner": [who.owner],
        "recipient": [who.recipient],
        "node": [who.node],
    }[by]
    if clerk.chance(0.08):
        signers = clerk.one(([who.stranger], [who.recipient], [who.owner], [who.node]))
    data = canonical(made)
    return Said(data, note_of("commonroll agreement-event v1", made["agreement"], data, *signers), arrived)


def life(clerk: Clerk, owner: str, whole: dict[str, Any], moments: Sequence[datetime]) -> tuple[Said, ...]:
    """What is said of an agreement: nothing, one end, suspensions and resumptions, or several things."""
    found: list[Said] = []
    last = hash_of(whole)
    for _ in range(clerk.one((0, 0, 0, 1, 1, 2, 3))):
        issued = clerk.near(moments)
        later = max(issued, clerk.near(moments)) if clerk.chance(0.7) else clerk.near(moments)
        kind = clerk.one(("Revoked", "Suspended", "Suspended", "Resumed", "Resumed", "Expired"))
        mine = f"urn:commonroll:member:{owner}"
        cause = f"cr:cause/{clerk.one(('convenience', 'convenience', 'breach', 'law', 'safety'))}"
        by, name = "owner", mine
        if kind == "Revoked":
            if clerk.chance(0.3):
                by, name, cause = "recipient", f"urn:commonroll:member:{RECIPIENT}", "cr:cause/renounced"
            made = event(whole, kind, by=name, cause=cause, issued=text(issued), effective=text(later))
        elif kind == "Suspended":
            made = event(whole, kind, by=name, cause=cause, issued=text(issued), after=last)
        elif kind == "Resumed":
            made = event(whole, kind, by=name, issued=text(issued), after=last)
        else:
            until = next(
                c["rightOperand"] for c in whole["permission"][0]["constraint"] if c.get("operator") == "lt"
            )
            by, made = "node", event(whole, kind, effective=until if clerk.chance(0.5) else text(issued))
        if kind in ("Suspended", "Resumed") and not clerk.chance(0.1):
            last = hash_of(made)
        arrived = issued - SECOND if clerk.chance(0.05) else issued
        found.append(said(clerk, owner, made, by, arrived))
        if clerk.chance(0.05):
            found.append(found[0])
    return tuple(found)


def agreements(clerk: Clerk, owner: str, moments: Sequence[datetime]) -> tuple[Signed, ...]:
    """One or two agreements about different purposes, or one that another takes the place of."""
    purposes = ["gotv", *clerk.random.sample(PURPOSES[1:], 5)]
    start, until = sorted(clerk.random.sample(list(moments), 2))
    if clerk.chance(0.75):
        start, until = moments[0], moments[-1]
    first = document(clerk, owner, purposes[:4], start, until)
    if clerk.chance(0.2) and until - start > 4 * SECOND:
        return _amended(clerk, owner, first, purposes[:4], moments, start, until)
    found = [first]
    if clerk.chance(0.5):
        found.append(document(clerk, owner, purposes[4:], *sorted(clerk.random.sample(list(moments), 2))))
    if clerk.chance(0.06):
        found[0] = spoilt(clerk, found[0])
    return tuple(
        replace(signed(clerk, owner, each, moments), said=life(clerk, owner, each, moments)) for each in found
    )


def _amended(
    clerk: Clerk,
    owner: str,
    first: dict[str, Any],
    purposes: Sequence[str],
    moments: Sequence[datetime],
    start: datetime,
    until: datetime,
) -> tuple[Signed, ...]:
    middle = [moment for moment in moments if start < moment < until]
    at = clerk.one(middle) if middle else start + SECOND
    second = document(clerk, owner, purposes, at, max(moments) + timedelta(days=30))
    made = event(
        first,
        "Amended",
        issued=text(start),
        effective=text(at),
        replacedBy=second["@id"],
        replacedByHash=hash_of(second),
    )
    who = pens(owner)
    data = canonical(made)
    note = note_of("commonroll agreement-event v1", made["agreement"], data, who.owner, who.recipient)
    old = replace(signed(clerk, owner, first, moments), said=(Said(data, note, at),))
    return old, signed(clerk, owner, second, moments)
