"""Two-party signatures of agreements and the events that end them, in C2SP signed notes.

Signed is the canonical form of the `agreement` object, not the message around it. The first line of the text
separates the domains: no such text can be taken for a checkpoint (specs: agreements, section 6.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from commonroll.agreements.document import instant
from commonroll.agreements.profile import MEMBER_URN
from commonroll.agreements.reading import (
    read_instant,
    read_keys,
    read_matching,
    read_member,
    read_text,
    require,
    wrong,
)
from commonroll.errors import Refusal
from commonroll.notes import (
    NOTE_SIGNATURE,
    Signer,
    add_line,
    canonical,
    open_note,
    parse_canonical,
    parse_vkey,
    sha256_text,
)

_AGREEMENT_LINE = "commonroll agreement v1"
_EVENT_LINE = "commonroll agreement-event v1"
_EVENT_KEYS = ("@type", "event", "agreement", "agreementHash", "by", "cause", "issued", "effective")

Cause = Literal["convenience", "breach", "law", "safety", "renounced"]
CAUSES: tuple[Cause, ...] = get_args(Cause)


class SignatureRefused(Refusal):
    """A document that is not signed by exactly those who must sign it."""


def key_name(origin: str, member: str) -> str:
    """The name under which `member` signs agreements in the federation of `origin`."""
    return f"{origin}/{member}/agreements"


@dataclass(frozen=True)
class KeyRecord:
    """A member's agreement key in the register: valid from `since`, until `withdrawn` if it was."""

    vkey: str
    since: datetime
    withdrawn: datetime | None = None

    def usable(self, signed_at: datetime, now: datetime) -> bool:
        """Whether the key was valid when the document was made and is not withdrawn today."""
        return self.since <= signed_at and (self.withdrawn is None or self.withdrawn > now)


# Agreements


def agreement_text(document: Mapping[str, Any]) -> str:
    """The text that both parties sign."""
    return _text(_AGREEMENT_LINE, document["@id"], canonical(document))


def sign(document: Mapping[str, Any], signer: Signer) -> str:
    """One party's signature line over the agreement; `note` and `countersign` put lines together."""
    return signer.line(agreement_text(document))


def note(document: Mapping[str, Any], *lines: str) -> str:
    """The signed note of the agreement with these signature lines, the owner's first by custom."""
    return agreement_text(document) + "\n" + "".join(f"{line}\n" for line in lines)


def countersign(document: Mapping[str, Any], signed: str, signer: Signer) -> str:
    """`signed` with a second signature; raises SignatureRefused if it is over another text."""
    if not signed.startswith(agreement_text(document) + "\n"):
        raise _refused("The note belongs to another text than this agreement.")
    return add_line(signed, sign(document, signer))


def verify(data: bytes, signed: str, owner_vkey: str, recipient_vkey: str) -> dict[str, Any]:
    """The agreement in the stored bytes `data`, if exactly these two keys signed it.

    The text is rebuilt from `data`, never taken from the note. Raises NoteError or SignatureRefused on any
    changed byte of either, on one signature, a foreign or doubled one, or one key for both parties.
    """
    document = _stored(data)
    _check_signers(signed, agreement_text(document), (owner_vkey, recipient_vkey))
    return document


def signatures_stand(data: bytes, signed: str, owner: KeyRecord, recipient: KeyRecord, now: datetime) -> bool:
    """Whether both signatures verify and both keys count today; for `compile.in_force`."""
    try:
        document = verify(data, signed, owner.vkey, recipient.vkey)
        made = read_instant(document["timestamp"], "agreement.timestamp")
    except Refusal:
        return False
    return owner.usable(made, now) and recipient.usable(made, now)


def signed_by(data: bytes, signed: str, vkey: str) -> bool:
    """Whether the holder of `vkey` signed the agreement in `data`, alone or as one of two."""
    try:
        text, _ = open_note(signed, [vkey])
        return text == agreement_text(_stored(data))
    except Refusal:
        return False


def _stored(data: bytes) -> dict[str, Any]:
    """The agreement in canonical bytes, with the keys that signatures and events lean on."""
    document = parse_canonical(data)
    if not isinstance(document, dict):
        raise wrong("agreement", "Here must stand an object.")
    for key in ("@id", "assigner", "assignee", "timestamp"):
        read_matching(document.get(key), r"\S+", f"agreement.{key}", "one word")
    return document


def _text(first: str, agreement: str, data: bytes) -> str:
    return f"{first}\n{agreement}\nsha256 {sha256_text(data).removeprefix('sha256:')}\n"


def _check_signers(signed: str, text: str, vkeys: tuple[str, ...]) -> None:
    keys = [parse_vkey(vkey) for vkey in vkeys]
    if len({key.public for key in keys}) != len(keys) or len({key.name for key in keys}) != len(keys):
        raise _refused("One key stands for both parties.")
    if any(key.kind != NOTE_SIGNATURE for key in keys):
        raise _refused("A witness's key signs no agreements.")
    found, names = open_note(signed, vkeys)
    if found != text:
        raise _refused("The note belongs to another text than this document.")
    if len(names) != len(keys):
        raise _refused("A signature is missing.")
    if signed.removeprefix(f"{text}\n").count("\n") != len(keys):
        raise _refused("The note carries a signature of somebody else.")


def _refused(what: str) -> SignatureRefused:
    return SignatureRefused(what, next_step="Ask both parties for the note and the document they hold.")


# Events


@dataclass(frozen=True)
class Revoked:
    """The end of an agreement by the member `by`; from `effective` on it gives nothing more."""

    agreement: str
    terms_hash: str
    by: str
    cause: Cause
    issued: datetime
    effective: datetime


def revocation(
    document: Mapping[str, Any],
    *,
    by: str,
    cause: Cause,
    issued: datetime,
    notice: timedelta,
    at_once: bool = False,
) -> dict[str, Any]:
    """The event document that ends an agreement, to be signed by the member `by`.

    For the cause `convenience` it takes effect after `notice`, unless the owner cuts `at_once`, which works
    and shows (`notice_given`); every other cause acts at once. Raises TermsRefused unless the cause is one
    that `by` can give.
    """
    waits = cause == "convenience" and not at_once
    event = {
        "@type": "cr:AgreementEvent",
        "event": "Revoked",
        "agreement": document["@id"],
        "agreementHash": sha256_text(canonical(document)),
        "by": MEMBER_URN + by,
        "cause": f"cr:cause/{cause}",
        "issued": instant(issued),
        "effective": instant(issued + notice if waits else issued),
    }
    parse_event(event, document)
    return event


def parse_event(event: Any, document: Mapping[str, Any]) -> Revoked:
    """Read an event about the agreement `document`; raises TermsRefused naming the path.

    The owner revokes, the recipient renounces, and nobody ends an agreement before saying so.
    """
    keys = read_keys(event, "event", _EVENT_KEYS)
    require(keys["@type"], "cr:AgreementEvent", "event.@type")
    require(keys["event"], "Revoked", "event.event")
    require(keys["agreement"], document["@id"], "event.agreement")
    require(keys["agreementHash"], sha256_text(canonical(document)), "event.agreementHash")
    by = read_member(keys["by"], "event.by")
    cause = _cause(keys["cause"], MEMBER_URN + by, document)
    issued = read_instant(keys["issued"], "event.issued")
    effective = read_instant(keys["effective"], "event.effective")
    if effective < issued:
        raise wrong("event.effective", "The event takes effect before it was issued.")
    return Revoked(keys["agreement"], keys["agreementHash"], by, cause, issued, effective)


def _cause(value: Any, by: str, document: Mapping[str, Any]) -> Cause:
    allowed = {document["assigner"]: CAUSES[:-1], document["assignee"]: CAUSES[-1:]}.get(by)
    if allowed is None:
        raise wrong("event.by", "This member is no party to the agreement.")
    cause = read_text(value, "event.cause").removeprefix("cr:cause/")
    if value != f"cr:cause/{cause}" or cause not in allowed:
        raise wrong("event.cause", "This is no cause for this party.", f"Use one of {', '.join(allowed)}.")
    return cause


def sign_event(event: Mapping[str, Any], signer: Signer) -> str:
    """The signed note of an event by the member that issues it."""
    text = event_text(event)
    return f"{text}\n{signer.line(text)}\n"


def event_text(event: Mapping[str, Any]) -> str:
    """The text that the issuer of an event signs."""
    return _text(_EVENT_LINE, event["agreement"], canonical(event))


def verify_event(data: bytes, signed: str, agreement: bytes, owner_vkey: str, recipient_vkey: str) -> Revoked:
    """The event in `data` about the stored agreement, if the party that it names signed it, and nobody else.

    Raises NoteError, TermsRefused or SignatureRefused on any changed byte of event, note or agreement.
    """
    document = _stored(agreement)
    event = parse_canonical(data)
    revoked = parse_event(event, document)
    vkey = owner_vkey if MEMBER_URN + revoked.by == document["assigner"] else recipient_vkey
    _check_signers(signed, event_text(event), (vkey,))
    return revoked


def check_event(event: Revoked, standing: Iterable[Revoked]) -> None:
    """Raise SignatureRefused if the agreement ends no later without `event`: the first end wins."""
    for other in standing:
        if other.agreement == event.agreement and other.effective <= event.effective:
            raise SignatureRefused(
                "The agreement has been ended already, no later than this.",
                where=f"agreement {event.agreement}",
                next_step="Nothing is left to do.",
            )


def notice_given(event: Revoked, notice: timedelta) -> bool:
    """Whether an owner's ending without cause kept the agreed notice; the other causes need none."""
    return event.cause != "convenience" or event.effective >= event.issued + notice
