"""What happens to a signed agreement: revoked, suspended, resumed, amended, expired.

Each event is a document of its own, signed by whoever may say it, that names the agreement's hash. Revoked,
amended and expired end it; the first of them to take effect wins. A suspension names the event before it of
its kind (`after`) and a resumption the suspension that it lifts, so that neither can be sent twice or in
another order (specs: agreements, section 5.2; ADR 65).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from commonroll.agreements.document import instant
from commonroll.agreements.profile import MEMBER_URN
from commonroll.agreements.reading import (
    TermsRefused,
    read_instant,
    read_keys,
    read_matching,
    read_member,
    read_text,
    require,
    unknown,
    wrong,
)
from commonroll.agreements.signing import SignatureRefused, check_signers, signed_text, stored
from commonroll.notes import Signer, canonical, parse_canonical, sha256_text, sign_note

Kind = Literal["Revoked", "Suspended", "Resumed", "Amended", "Expired"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TERMINAL: tuple[Kind, ...] = ("Revoked", "Amended", "Expired")
Cause = Literal["convenience", "breach", "law", "safety", "renounced"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
Condition = Literal["standing", "suspended", "ended"]
Window = tuple[datetime, datetime]

_EVENT_LINE = "commonroll agreement-event v1"
_COMMON = ("@type", "event", "agreement", "agreementHash")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "Revoked": ("by", "cause", "issued", "effective"),
    "Suspended": ("by", "cause", "issued", "after"),
    "Resumed": ("by", "issued", "after"),
    "Amended": ("issued", "effective", "replacedBy", "replacedByHash"),
    "Expired": ("effective",),
}
_HASH = r"sha256:[A-Za-z0-9+/]{43}="


@dataclass(frozen=True)
class Event:
    """One event of an agreement, read and checked; `hash` is that of its canonical bytes.

    `by` is the member that says it, empty where both parties do (Amended) or the node (Expired).
    """

    kind: Kind
    agreement: str
    terms_hash: str
    issued: datetime
    effective: datetime
    by: str = ""
    cause: str = ""
    after: str = ""
    replaced_by: str = ""
    replaced_by_hash: str = ""
    hash: str = ""

    @property
    def ends(self) -> bool:
        """Whether the agreement is over once this takes effect."""
        return self.kind in TERMINAL


class OutOfOrder(SignatureRefused):
    """An event that was entered before, comes in another order than it was signed in, or comes too late."""


# Making events


def revocation(
    document: Mapping[str, Any],
    *,
    by: str,
    cause: Cause,
    issued: datetime,
    notice: timedelta,
    at_once: bool = False,
    blackout: Window | None = None,
) -> dict[str, Any]:
    """The event document that ends an agreement, to be signed by the member `by`.

    For the cause `convenience` it takes effect after `notice`, unless the owner cuts `at_once`, which works
    and shows (`notice_given`), and never inside `blackout`: then at its end. Every other cause acts at once.
    Raises TermsRefused unless the cause is one that `by` can give.
    """
    effective = issued
    if cause == "convenience":
        effective = after_blackout(issued if at_once else issued + notice, blackout)
    said = {"by": MEMBER_URN + by, "cause": f"cr:cause/{cause}"}
    return _made("Revoked", document, said | {"issued": instant(issued), "effective": instant(effective)})


def suspension(
    document: Mapping[str, Any], *, by: str, cause: Cause, issued: datetime, events: Iterable[Event] = ()
) -> dict[str, Any]:
    """The event document by which the owner `by` suspends an agreement from now on, after `events`."""
    said = {"by": MEMBER_URN + by, "cause": f"cr:cause/{cause}"}
    return _made(
        "Suspended", document, said | {"issued": instant(issued), "after": last_said(document, events)}
    )


def resumption(
    document: Mapping[str, Any], *, by: str, issued: datetime, events: Iterable[Event]
) -> dict[str, Any]:
    """The event document by which the owner `by` lifts the suspension that stands."""
    said = {"by": MEMBER_URN + by, "issued": instant(issued), "after": last_said(document, events)}
    return _made("Resumed", document, said)


def amendment(
    document: Mapping[str, Any], new: Mapping[str, Any], *, issued: datetime, effective: datetime
) -> dict[str, Any]:
    """The event document, to be signed by both, by which `new` takes the place of `document`."""
    return _made(
        "Amended",
        document,
        {
            "issued": instant(issued),
            "effective": instant(effective),
            "replacedBy": new["@id"],
            "replacedByHash": sha256_text(canonical(new)),
        },
    )


def expiry(document: Mapping[str, Any], *, until: datetime) -> dict[str, Any]:
    """The record that an agreement has run out; nothing is enforced by it, the clock does that."""
    return _made("Expired", document, {"effective": instant(until)})


def _made(kind: Kind, document: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    event = {
        "@type": "cr:AgreementEvent",
        "event": kind,
        "agreement": document["@id"],
        "agreementHash": sha256_text(canonical(document)),
        **said,
    }
    parse_event(event, document)
    return event


def last_said(document: Mapping[str, Any], events: Iterable[Event]) -> str:
    """The hash that the next suspension or resumption names: of the last of them, else of the agreement."""
    chain = _chain(events)
    return chain[-1].hash if chain else sha256_text(canonical(document))


def _chain(events: Iterable[Event]) -> list[Event]:
    """Suspensions and resumptions in the order in which they name each other."""
    by_former = {event.after: event for event in events if event.kind in ("Suspended", "Resumed")}
    found: list[Event] = []
    at = next((e.terms_hash for e in by_former.values()), "")
    while at in by_former:
        found.append(by_former.pop(at))
        at = found[-1].hash
    return found


def after_blackout(effective: datetime, blackout: Window | None) -> datetime:
    """When a revocation without cause takes effect: not inside a signed blackout window, but at its end."""
    if blackout is not None and blackout[0] <= effective < blackout[1]:
        return blackout[1]
    return effective


# Reading events


def parse_event(event: Any, document: Mapping[str, Any]) -> Event:
    """Read an event about the agreement `document`; raises TermsRefused naming the path.

    The owner revokes, suspends and resumes, the recipient renounces, and nobody ends an agreement before
    saying so.
    """
    kind = read_text(event.get("event") if isinstance(event, dict) else None, "event.event")
    if kind not in _KEYS:
        raise unknown("event.event", kind, KINDS, "event")
    keys = read_keys(event, "event", (*_COMMON, *_KEYS[kind]))
    require(keys["@type"], "cr:AgreementEvent", "event.@type")
    require(keys["agreement"], document["@id"], "event.agreement")
    require(keys["agreementHash"], sha256_text(canonical(document)), "event.agreementHash")
    read = _READERS[kind](keys, document)
    if read.effective < read.issued:
        raise wrong("event.effective", "The event takes effect before it was issued.")
    return read


def _event(kind: Kind, keys: Mapping[str, Any], **said: Any) -> Event:
    return Event(kind, keys["agreement"], keys["agreementHash"], hash=sha256_text(canonical(keys)), **said)


def _revoked(keys: Mapping[str, Any], document: Mapping[str, Any]) -> Event:
    by = read_member(keys["by"], "event.by")
    return _event(
        "Revoked",
        keys,
        by=by,
        cause=_cause(keys["cause"], MEMBER_URN + by, document),
        issued=read_instant(keys["issued"], "event.issued"),
        effective=read_instant(keys["effective"], "event.effective"),
    )


def _suspended(keys: Mapping[str, Any], document: Mapping[str, Any]) -> Event:
    by = _owner(keys["by"], document)
    issued = read_instant(keys["issued"], "event.issued")
    cause = _cause(keys["cause"], MEMBER_URN + by, document)
    after = _hash(keys["after"], "event.after")
    return _event("Suspended", keys, by=by, cause=cause, issued=issued, effective=issued, after=after)


def _resumed(keys: Mapping[str, Any], document: Mapping[str, Any]) -> Event:
    by, issued = _owner(keys["by"], document), read_instant(keys["issued"], "event.issued")
    after = _hash(keys["after"], "event.after")
    return _event("Resumed", keys, by=by, issued=issued, effective=issued, after=after)


def _amended(keys: Mapping[str, Any], document: Mapping[str, Any]) -> Event:
    replaced_by = read_matching(
        keys["replacedBy"], r"urn:uuid:[0-9a-f-]{36}", "event.replacedBy", "a urn:uuid"
    )
    if replaced_by == document["@id"]:
        raise wrong("event.replacedBy", "An agreement does not take its own place.")
    return _event(
        "Amended",
        keys,
        issued=read_instant(keys["issued"], "event.issued"),
        effective=read_instant(keys["effective"], "event.effective"),
        replaced_by=replaced_by,
        replaced_by_hash=_hash(keys["replacedByHash"], "event.replacedByHash"),
    )


def _expired(keys: Mapping[str, Any], document: Mapping[str, Any]) -> Event:
    effective = read_instant(keys["effective"], "event.effective")
    if keys["effective"] not in _ends(document):
        raise wrong("event.effective", "An agreement runs out at the end that both signed, at no other time.")
    return _event("Expired", keys, issued=effective, effective=effective)


_READERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Event]] = {
    "Revoked": _revoked,
    "Suspended": _suspended,
    "Resumed": _resumed,
    "Amended": _amended,
    "Expired": _expired,
}


def _ends(document: Mapping[str, Any]) -> list[str]:
    """The instant at which the agreement runs out, as its text has it."""
    constraints = document["permission"][0]["constraint"]
    return [c["rightOperand"] for c in constraints if c.get("operator") == "lt"]


def _hash(value: Any, path: str) -> str:
    return read_matching(value, _HASH, path, "a hash, sha256:<base64>")


def _owner(value: Any, document: Mapping[str, Any]) -> str:
    by = read_member(value, "event.by")
    if MEMBER_URN + by != document["assigner"]:
        raise wrong("event.by", "The owner alone suspends and resumes.")
    return by


def _cause(value: Any, by: str, document: Mapping[str, Any]) -> Cause:
    allowed = {document["assigner"]: CAUSES[:-1], document["assignee"]: CAUSES[-1:]}.get(by)
    if allowed is None:
        raise wrong("event.by", "This member is no party to the agreement.")
    cause = read_text(value, "event.cause").removeprefix("cr:cause/")
    if value != f"cr:cause/{cause}" or cause not in allowed:
        raise wrong("event.cause", "This is no cause for this party.", f"Use one of {', '.join(allowed)}.")
    return cause


# Signatures


def sign_event(event: Mapping[str, Any], *signers: Signer) -> str:
    """The signed note of an event by whoever must sign it."""
    return sign_note(event_text(event), *signers)


def event_text(event: Mapping[str, Any]) -> str:
    """The text that the issuers of an event sign."""
    return signed_text(_EVENT_LINE, event["agreement"], canonical(event))


def verify_event(
    data: bytes, signed: str, agreement: bytes, owner_vkey: str, recipient_vkey: str, node_vkey: str = ""
) -> Event:
    """The event in `data` about the stored agreement, if exactly those signed it who may say it.

    That is the party that it names, both of them for an amendment, the node (`node_vkey`) for an expiry.
    Raises NoteError, TermsRefused or SignatureRefused on any changed byte of event, note or agreement.
    """
    document = stored(agreement)
    value = parse_canonical(data)
    event = parse_event(value, document)
    owners = MEMBER_URN + event.by == document["assigner"]
    signers = {"Amended": (owner_vkey, recipient_vkey), "Expired": (node_vkey,)}.get(
        event.kind, (owner_vkey if owners else recipient_vkey,)
    )
    check_signers(signed, event_text(value), signers)
    return event


# Order


def check_event(event: Event, events: Sequence[Event], *, now: datetime | None = None) -> None:
    """Raise OutOfOrder unless `event` may follow `events`: the first end wins, nothing comes twice.

    With `now`, an event of the future is refused too: a suspension acts at once or not at all.
    """
    about = [other for other in events if other.agreement == event.agreement]
    if event.hash and any(other.hash == event.hash for other in about):
        raise _out_of_order(event, "This event was entered before; it counts once.")
    if now is not None and event.kind != "Expired" and event.issued > now:
        raise _out_of_order(event, "The event says that it was issued in the future.")
    moment = event.effective if event.ends else event.issued
    if any(other.ends and other.effective <= moment for other in about):
        raise _out_of_order(event, "The agreement has been ended already, no later than this.")
    if not event.ends:
        _check_chain(event, _chain(about))


def _check_chain(event: Event, chain: list[Event]) -> None:
    suspended = bool(chain) and chain[-1].kind == "Suspended"
    if suspended == (event.kind == "Suspended"):
        words = "is suspended already" if suspended else "is not suspended"
        raise _out_of_order(event, f"The agreement {words}.")
    if event.after != (chain[-1].hash if chain else event.terms_hash):
        raise _out_of_order(event, "The event follows another one than the last that was entered.")
    if chain and event.issued < chain[-1].issued:
        raise _out_of_order(event, "The event was issued before the one that it follows.")


def _out_of_order(event: Event, what: str) -> OutOfOrder:
    return OutOfOrder(
        what, where=f"agreement {event.agreement}", next_step="Look at the agreement's timeline first."
    )


def check_blackout(event: Event, blackout: Window | None) -> None:
    """Raise TermsRefused if `event` would cut without cause inside the signed window before an election."""
    if blackout is None or event.cause != "convenience":
        return
    if after_blackout(event.effective, blackout) != event.effective:
        raise TermsRefused(
            f"Until {instant(blackout[1])} nothing is cut without cause; both sides signed that.",
            where="event.effective",
            next_step="Revoke for breach, law or safety if that is so, or from the end of these days on.",
        )


def condition(events: Iterable[Event], agreement: str, moment: datetime) -> Condition:
    """What the events make of an agreement at `moment`, in whatever order they are given.

    A suspension holds until a resumption that names it; an end is an end.
    """
    about = [event for event in events if event.agreement == agreement]
    if any(event.ends and event.effective <= moment for event in about):
        return "ended"
    said = [event for event in about if not event.ends and event.issued <= moment]
    lifted = {event.after for event in said if event.kind == "Resumed"}
    held = any(event.kind == "Suspended" and event.hash not in lifted for event in said)
    return "suspended" if held else "standing"


def notice_given(event: Event, notice: timedelta) -> bool:
    """Whether an owner's ending without cause kept the agreed notice; the other causes need none."""
    return event.cause != "convenience" or event.effective >= event.issued + notice
