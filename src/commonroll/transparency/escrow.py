"""What a recipient searched for, sealed so that k of n arbiters together open one entry, and fewer nothing.

The details and their salt are encrypted (AES-128-GCM) under a key of the entry's own; the key is split by
Shamir's scheme over GF(2^128) (PyCryptodome), and each part sealed to one arbiter (age), together with what
the entry committed to: an arbiter that opens its part sees for which entry it is. Whoever knows fewer than k
parts knows nothing of the key.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from Crypto.Protocol.SecretSharing import Shamir
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyrage import DecryptError, IdentityError, RecipientError, decrypt, encrypt, x25519

from commonroll.errors import Refusal
from commonroll.notes import NoteError, canonical, decode_base64, encode_base64, parse_strict, sha256_text

KEY_BYTES, NONCE_BYTES, PART_BYTES = 16, 12, 16
MOST_ARBITERS = 9
NAME = re.compile(r"[^\s=](?:[^\n=]{0,58}[^\s=])?")


class EscrowError(Refusal):
    """Arbiters that cannot be, or parts that open nothing."""


@dataclass(frozen=True)
class Arbiter:
    """Who is asked in a dispute: a name that people know, and the age recipient of its key (`age1...`)."""

    name: str
    key: str


@dataclass(frozen=True)
class Rule:
    """So many of these arbiters together open one entry; `checked` says which rules there can be."""

    threshold: int
    arbiters: tuple[Arbiter, ...]

    def as_dict(self) -> dict[str, Any]:
        """The rule as a document: what the federation's log commits to."""
        arbiters = [{"key": one.key, "name": one.name} for one in self.arbiters]
        return {"arbiters": arbiters, "kind": "commonroll dispute rule 1", "threshold": str(self.threshold)}

    @property
    def hash(self) -> str:
        """`sha256:<base64>` of the document."""
        return sha256_text(canonical(self.as_dict()))


def checked(threshold: int, arbiters: Sequence[Arbiter]) -> Rule:
    """The rule; raises EscrowError unless 2 or more of at most nine arbiters are needed, each with a name and
    key of its own."""
    if not 2 <= threshold <= len(arbiters) <= MOST_ARBITERS:
        raise EscrowError(
            f"{threshold} of {len(arbiters)} arbiters is no rule",
            next_step=f"name 2 to {MOST_ARBITERS} arbiters, at least two of whom are needed",
        )
    for one in arbiters:
        if NAME.fullmatch(one.name) is None:
            raise EscrowError("an arbiter has a name of at most 60 characters, without =", where=one.name)
        try:
            x25519.Recipient.from_str(one.key)
        except RecipientError:
            raise EscrowError(
                "this is no arbiter's key", where=one.name, next_step="make one: `commonroll log arbiter-key`"
            ) from None
    for what in ("name", "key"):
        if len({getattr(one, what) for one in arbiters}) < len(arbiters):
            raise EscrowError(
                f"two arbiters have one {what}", next_step="each arbiter holds a key of its own"
            )
    return Rule(threshold, tuple(arbiters))


def seal(details: Any, salt: bytes, commitment: str, rule: Rule) -> bytes:
    """The details for the arbiters of a rule; `commitment` is what the entry says of them."""
    key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    content = canonical({"details": details, "salt": encode_base64(salt)})
    sealed = nonce + AESGCM(key).encrypt(nonce, content, _bound(rule.hash, commitment))
    parts = Shamir.split(rule.threshold, len(rule.arbiters), key)
    return canonical(
        {
            "box": encode_base64(sealed),
            "parts": [
                encode_base64(encrypt(part + commitment.encode(), [x25519.Recipient.from_str(arbiter.key)]))
                for arbiter, (_, part) in zip(rule.arbiters, parts, strict=True)
            ],
            "rule": rule.hash,
        }
    )


def rule_hash(sealed: bytes) -> str:
    """Under which rule something was sealed."""
    return str(_read(sealed)["rule"])


def part_of(sealed: bytes, identity: str) -> tuple[int, bytes, str]:
    """The part that an arbiter's key (`AGE-SECRET-KEY-1...`) opens: its place (from 1), the part, and what
    the entry committed to. Raises EscrowError where none is the key's."""
    try:
        key = x25519.Identity.from_str(identity.strip())
    except IdentityError:
        raise EscrowError("this file holds no arbiter's key") from None
    for place, text in enumerate(_read(sealed)["parts"], 1):
        try:
            opened = bytes(decrypt(decode_base64(text), [key]))
        except DecryptError:
            continue
        return place, opened[:PART_BYTES], opened[PART_BYTES:].decode("ascii", "replace")
    raise EscrowError("none of its parts is sealed to this key", next_step="ask another arbiter")


def open_parts(sealed: bytes, parts: Mapping[int, bytes], commitment: str, rule: Rule) -> tuple[Any, bytes]:
    """The details and their salt, by parts of arbiters (place from 1); raises EscrowError for fewer than the
    rule wants, and where one of them is of another entry."""
    if len(parts) < rule.threshold:
        raise EscrowError(
            f"{len(parts)} of {rule.threshold} parts are there, which open nothing",
            next_step="ask more arbiters",
        )
    value = _read(sealed)
    box = decode_base64(value["box"])
    try:
        key = Shamir.combine([(place, part) for place, part in sorted(parts.items())])
        content = AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound(rule.hash, commitment))
    except (InvalidTag, ValueError):
        raise EscrowError(
            "these parts do not open the entry: one of them is of another entry, or damaged",
            next_step="ask the arbiters again, for this entry's request",
        ) from None
    found = parse_strict(content)
    return found["details"], decode_base64(found["salt"])


def _read(sealed: bytes) -> dict[str, Any]:
    try:
        value = parse_strict(sealed)
    except NoteError as error:
        raise EscrowError("what was kept for arbiters is damaged") from error
    if not isinstance(value, dict) or set(value) != {"box", "parts", "rule"}:
        raise EscrowError("what was kept for arbiters is damaged")
    return value


def _bound(rule: str, commitment: str) -> bytes:
    return f"commonroll escrow v1\n{rule}\n{commitment}".encode()
