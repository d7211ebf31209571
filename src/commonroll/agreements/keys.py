"""The register of members' signing keys as a chain of signed words: each key vouches for the next.

A key that follows another is signed for by both; a first key, or one after a loss, by itself alone (ADR 66).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

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
from commonroll.agreements.signing import SignatureRefused, check_signers, signed_text
from commonroll.notes import (
    NOTE_SIGNATURE,
    Signer,
    canonical,
    parse_canonical,
    parse_vkey,
    sha256_text,
    sign_note,
)

_KEY_LINE = "commonroll member-key v1"
_KEYS: Mapping[str, tuple[str, ...]] = {
    "Added": ("@type", "event", "member", "key", "issued"),
    "Rotated": ("@type", "event", "member", "key", "former", "issued", "after"),
}


@dataclass(frozen=True)
class KeyWord:
    """One entry of the register: `key` counts from `issued` and follows `former`, if any."""

    kind: Literal["Added", "Rotated"]
    member: str
    key: str
    issued: datetime
    former: str = ""
    after: str = ""
    hash: str = ""


def addition(*, member: str, key: str, issued: datetime) -> dict[str, Any]:
    """The word by which a key that follows no other comes into the register."""
    said = {"key": key, "issued": instant(issued)}
    return _made({"event": "Added", "member": MEMBER_URN + member, **said})


def rotation(*, member: str, key: str, former: str, issued: datetime, after: str) -> dict[str, Any]:
    """The word by which `key` follows `former`; `after` is the hash of what the register said last of it."""
    said = {"key": key, "former": former, "issued": instant(issued), "after": after}
    return _made({"event": "Rotated", "member": MEMBER_URN + member, **said})


def _made(said: dict[str, str]) -> dict[str, Any]:
    word = {"@type": "cr:KeyEvent", **said}
    parse_word(word)
    return word


def last_word(document: bytes | None, vkey: str) -> str:
    """What the next word names as the one before: the hash of the document, or of the bare key."""
    return sha256_text(document or vkey.encode())


def parse_word(value: Any) -> KeyWord:
    """Read an entry of the register; raises TermsRefused naming the path."""
    kind = read_text(value.get("event") if isinstance(value, dict) else None, "key.event")
    if kind not in _KEYS:
        raise wrong("key.event", "A key is added or rotated.")
    keys = read_keys(value, "key", _KEYS[kind])
    require(keys["@type"], "cr:KeyEvent", "key.@type")
    said = KeyWord(
        kind="Added" if kind == "Added" else "Rotated",
        member=read_member(keys["member"], "key.member"),
        key=_vkey(keys["key"], "key.key"),
        issued=read_instant(keys["issued"], "key.issued"),
        former=_vkey(keys["former"], "key.former") if kind == "Rotated" else "",
        after=read_matching(keys["after"], r"sha256:\S{44}", "key.after", "a hash")
        if kind == "Rotated"
        else "",
        hash=sha256_text(canonical(keys)),
    )
    if said.key == said.former:
        raise wrong("key.key", "A key does not follow itself.")
    return said


def _vkey(value: Any, path: str) -> str:
    text = read_text(value, path)
    if parse_vkey(text).kind != NOTE_SIGNATURE:
        raise wrong(path, "A witness's key signs no agreements.")
    return text


def word_text(word: Mapping[str, Any]) -> str:
    """The text that the keys sign."""
    return signed_text(_KEY_LINE, word["member"], canonical(word))


def sign_word(word: Mapping[str, Any], *signers: Signer) -> str:
    """The signed note of an entry."""
    return sign_note(word_text(word), *signers)


def verify_word(data: bytes, signed: str, *, member: str, name: str) -> KeyWord:
    """The entry in `data` for this member, signed by the keys that it names and nobody else.

    `name` is what the member's keys are called. Raises NoteError, TermsRefused or SignatureRefused.
    """
    word = parse_canonical(data)
    said = parse_word(word)
    if said.member != member or parse_vkey(said.key).name != name:
        raise SignatureRefused("The key is another member's.", next_step="Make one under the member's name.")
    # both keys of a rotation carry one name, so each line is checked alone
    text = word_text(word)
    lines = signed.removeprefix(f"{text}\n").splitlines()
    vkeys = [vkey for vkey in (said.former, said.key) if vkey]
    if len(lines) != len(vkeys) or not signed.startswith(f"{text}\n"):
        raise SignatureRefused("A signature is missing, or there is one too many.", next_step="Sign it anew.")
    for vkey in vkeys:
        line = next((line for line in lines if _of(line, vkey)), "")
        check_signers(f"{text}\n{line}\n", text, (vkey,))
    return said


def _of(line: str, vkey: str) -> bool:
    key = parse_vkey(vkey)
    return line.startswith(f"— {key.name} ") and _key_id(line) == key.key_id


def _key_id(line: str) -> bytes:
    try:
        return base64.b64decode(line.rsplit(" ", 1)[-1], validate=True)[:4]
    except binascii.Error:
        return b""
