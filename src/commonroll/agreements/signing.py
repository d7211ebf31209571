"""Two-party signatures of agreements, in C2SP signed notes; `events` signs what happens to them.

Signed is the canonical form of the `agreement` object, not the message around it. The first line of the text
separates the domains: no such text can be taken for a checkpoint (specs: agreements, section 6.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from commonroll.agreements.reading import read_instant, read_matching, wrong
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


class SignatureRefused(Refusal):
    """A document that is not signed by exactly those who must sign it."""


def key_name(origin: str, member: str) -> str:
    """The name under which `member` signs agreements in the federation of `origin`."""
    return f"{origin}/{member}/agreements"


@dataclass(frozen=True)
class KeyRecord:
    """A member's agreement key in the register: it signs from `since` until `retired`, if it was followed by
    another; what it signed counts until it is `withdrawn`, if it is."""

    vkey: str
    since: datetime
    withdrawn: datetime | None = None
    retired: datetime | None = None

    def usable(self, signed_at: datetime, now: datetime) -> bool:
        """Whether the key was valid when the document was made and is not withdrawn today."""
        signs = self.since <= signed_at and (self.retired is None or signed_at <= self.retired)
        return signs and (self.withdrawn is None or self.withdrawn > now)


# Agreements


def agreement_text(document: Mapping[str, Any]) -> str:
    """The text that both parties sign."""
    return signed_text(_AGREEMENT_LINE, document["@id"], canonical(document))


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
    document = stored(data)
    check_signers(signed, agreement_text(document), (owner_vkey, recipient_vkey))
    return document


def signatures_stand(data: bytes, signed: str, owner: KeyRecord, recipient: KeyRecord, now: datetime) -> bool:
    """Whether both signatures verify and both keys count today; for `compile.in_force`."""
    made = signed_at(data, signed, owner.vkey, recipient.vkey)
    return made is not None and owner.usable(made, now) and recipient.usable(made, now)


@lru_cache(maxsize=4096)
def signed_at(data: bytes, signed: str, owner_vkey: str, recipient_vkey: str) -> datetime | None:
    """The agreement's own time if both keys signed it, else None; the same bytes are checked once."""
    try:
        document = verify(data, signed, owner_vkey, recipient_vkey)
        return read_instant(document["timestamp"], "agreement.timestamp")
    except Refusal:
        return None


def signed_by(data: bytes, signed: str, vkey: str) -> bool:
    """Whether the holder of `vkey` signed the agreement in `data`, alone or as one of two."""
    try:
        text, _ = open_note(signed, [vkey])
        return text == agreement_text(stored(data))
    except Refusal:
        return False


def line_stands(text: str, line: str, vkey: str) -> bool:
    """Whether `line` is the signature of the holder of `vkey` over `text`."""
    try:
        found, _ = open_note(f"{text}\n{line}\n", [vkey])
        return found == text
    except Refusal:
        return False


def stored(data: bytes) -> dict[str, Any]:
    """The agreement in canonical bytes, with the keys that signatures and events lean on."""
    document = parse_canonical(data)
    if not isinstance(document, dict):
        raise wrong("agreement", "Here must stand an object.")
    for key in ("@id", "assigner", "assignee", "timestamp"):
        read_matching(document.get(key), r"\S+", f"agreement.{key}", "one word")
    return document


def signed_text(first: str, subject: str, data: bytes) -> str:
    """What is signed of `data`: the line that names the domain, whom it is about, and the hash."""
    return f"{first}\n{subject}\nsha256 {sha256_text(data).removeprefix('sha256:')}\n"


def check_signers(signed: str, text: str, vkeys: tuple[str, ...]) -> None:
    """Raise NoteError or SignatureRefused unless `signed` is `text` with a signature of each key, no more."""
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
