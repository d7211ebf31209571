"""Whether an agreement is in force at a moment: keys, days, and what was said of it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from second_shapes import Asked, Owner, Said, Signed
from second_signed import ends, hash_of, instant, json_in, limit_of, read, signed_by, starts


def in_force(signed: Signed, document: dict[str, Any], owner: Owner, asked: Asked) -> bool:
    """Signed by both with keys that count now, inside its days, neither ended nor suspended.

    A clock behind the log is not believed; one before the first day opens nothing, whatever the log says.
    While the federation suspends one of the two, nothing is in force between them.
    """
    if owner.suspended or asked.suspended:
        return False
    moment = max(asked.clock, owner.floor) if owner.floor else asked.clock
    keys = (signed.owner_key, signed.recipient_key)
    if not signed_by(signed.document, signed.note, "commonroll agreement v1", [k.vkey for k in keys]):
        return False
    made = instant(document["timestamp"])
    for key in keys:
        if made < key.since or (key.retired and made > key.retired):
            return False
        if key.withdrawn and key.withdrawn <= moment:
            return False
    if asked.clock < starts(document) or not starts(document) <= moment < ends(document):
        return False
    events = counted(signed)
    if any(
        event["event"] in ("Revoked", "Amended") and instant(event["effective"]) <= moment for event in events
    ):
        return False
    lifted = [e["after"] for e in events if e["event"] == "Resumed" and instant(e["issued"]) <= moment]
    return not any(
        event["event"] == "Suspended" and instant(event["issued"]) <= moment and hash_of(event) not in lifted
        for event in events
    )


@lru_cache(maxsize=10_000)
def counted(signed: Signed) -> tuple[dict[str, Any], ...]:
    """The events that may be entered, in the order in which they came."""
    document = read(signed.document)
    if document is None:
        return ()
    entered: list[dict[str, Any]] = []
    for said in signed.said:
        event = json_in(said.document)
        if event is not None and _may_be_said(signed, document, event, said, entered):
            entered.append(event)
    return tuple(entered)


PARTY_KEYS = {
    "Revoked": {"by", "cause", "issued", "effective"},
    "Suspended": {"by", "cause", "issued", "after"},
    "Resumed": {"by", "issued", "after"},
    "Amended": {"issued", "effective", "replacedBy", "replacedByHash"},
    "Expired": {"effective"},
}
TERMINAL = ("Revoked", "Amended", "Expired")
CAUSES = ("convenience", "breach", "law", "safety")


def _may_be_said(
    signed: Signed, document: dict[str, Any], event: dict[str, Any], said: Said, entered: list[dict[str, Any]]
) -> bool:
    kind = event.get("event")
    if kind not in PARTY_KEYS or set(event) != {
        "@type",
        "event",
        "agreement",
        "agreementHash",
        *PARTY_KEYS[kind],
    }:
        return False
    if event["@type"] != "cr:AgreementEvent" or event["agreement"] != document["@id"]:
        return False
    if event["agreementHash"] != hash_of(document) or hash_of(event) in map(hash_of, entered):
        return False
    if not _said_by_whom_it_may(signed, document, event, said):
        return False
    issued = instant(event["effective"] if kind == "Expired" else event["issued"])
    takes_effect = instant(event["effective"] if kind in TERMINAL else event["issued"])
    if kind == "Expired" and takes_effect != ends(document):
        return False  # it is a record of what the clock did
    if (kind != "Expired" and issued > said.arrived) or takes_effect < issued:
        return False
    if any(e["event"] in TERMINAL and instant(e["effective"]) <= takes_effect for e in entered):
        return False
    # to suspend without cause would be the way around it
    without_cause = event.get("cause") == "cr:cause/convenience"
    if without_cause and _in_blackout(document, takes_effect):
        return False
    return kind in TERMINAL or _in_order(document, event, entered)


def _said_by_whom_it_may(signed: Signed, document: dict[str, Any], event: dict[str, Any], said: Said) -> bool:
    owner, recipient = document["assigner"], document["assignee"]
    keys = {owner: signed.owner_key.vkey, recipient: signed.recipient_key.vkey}
    if event["event"] == "Amended":
        wanted = list(keys.values())
    elif event["event"] == "Expired":
        wanted = [signed.node_vkey]
    elif event["event"] == "Revoked":
        causes = {owner: CAUSES, recipient: ("renounced",)}.get(event["by"], ())
        if event["cause"] not in [f"cr:cause/{cause}" for cause in causes]:
            return False
        wanted = [keys[event["by"]]]
    else:  # suspending and resuming is the owner's alone
        if event["by"] != owner or event.get("cause") not in (
            None,
            *(f"cr:cause/{cause}" for cause in CAUSES),
        ):
            return False
        wanted = [keys[owner]]
    return signed_by(said.document, said.note, "commonroll agreement-event v1", wanted, document["@id"])


def _in_order(document: dict[str, Any], event: dict[str, Any], entered: list[dict[str, Any]]) -> bool:
    """A suspension follows a resumption and a resumption a suspension, each naming the one before it."""
    chain = [e for e in entered if e["event"] in ("Suspended", "Resumed")]
    suspended = bool(chain) and chain[-1]["event"] == "Suspended"
    if suspended == (event["event"] == "Suspended"):
        return False
    if event["after"] != hash_of(chain[-1] if chain else document):
        return False
    return not chain or instant(event["issued"]) >= instant(chain[-1]["issued"])


def _in_blackout(document: dict[str, Any], moment: datetime) -> bool:
    window = limit_of(document, "cr:blackout", "eq")
    return bool(window) and instant(window["from"]) <= moment < instant(window["until"])
