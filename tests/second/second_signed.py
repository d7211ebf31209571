"""What was signed: bytes, notes, and the parts of a text that the second opinion goes by."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from second_text import understood


@lru_cache(maxsize=10_000)
def json_in(data: bytes) -> dict[str, Any] | None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    try:
        value = json.loads(data, object_pairs_hook=once)
    except ValueError:
        return None
    return value if isinstance(value, dict) and canonical(value) == data else None


@lru_cache(maxsize=10_000)
def read(data: bytes) -> dict[str, Any] | None:
    """The agreement in these bytes, None where anything in it is not understood."""
    value = json_in(data)
    return value if value is not None and understood(value) else None


def canonical(value: Any) -> bytes:
    """RFC 8785 for texts, lists and objects with ASCII keys: what both parties sign."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_of(value: dict[str, Any]) -> str:
    return "sha256:" + base64.b64encode(hashlib.sha256(canonical(value)).digest()).decode()


@lru_cache(maxsize=10_000)
def _signed_by(data: bytes, note: str, line: str, vkeys: tuple[str, ...], about: str) -> bool:
    text = f"{line}\n{about}\nsha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}\n"
    if len(set(vkeys)) < len(vkeys) or not note.startswith(text + "\n"):
        return False
    lines = note[len(text) + 1 :].split("\n")
    if lines.pop() != "" or len(lines) != len(vkeys):
        return False
    return all(any(_stands(text, each, vkey) for each in lines) for vkey in vkeys)


def signed_by(data: bytes, note: str, line: str, vkeys: Sequence[str], about: str = "") -> bool:
    """Whether the note is of these bytes and carries a signature of each of these keys and no other."""
    return _signed_by(data, note, line, tuple(vkeys), about or (json_in(data) or {}).get("@id", ""))


def _stands(text: str, line: str, vkey: str) -> bool:
    name, _, public = vkey.split("+", 2)
    raw = base64.b64decode(public)  # a type byte, then the key
    number = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not line.startswith(f"— {name} "):
        return False
    signature = base64.b64decode(line.rsplit(" ", 1)[1])
    try:
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], text.encode())
    except InvalidSignature:
        return False
    return signature[:4] == number


@lru_cache(maxsize=10_000)
def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def limit_of(document: dict[str, Any], operand: str, operator: str) -> Any:
    for constraint in document["permission"][0]["constraint"]:
        if (constraint.get("leftOperand"), constraint.get("operator")) == (operand, operator):
            return constraint["rightOperand"]
    return None


def starts(document: dict[str, Any]) -> datetime:
    return instant(limit_of(document, "dateTime", "gteq"))


def ends(document: dict[str, Any]) -> datetime:
    return instant(limit_of(document, "dateTime", "lt"))


def limits_of(document: dict[str, Any]) -> dict[str, Any]:
    """Name after `cr:row/` to the values, `universe` to its tree."""
    found = {}
    for constraint in document["permission"][0]["constraint"]:
        for limit in constraint.get("and", ()):
            found[limit["leftOperand"].removeprefix("cr:row/")] = limit["rightOperand"]
        if constraint.get("leftOperand") == "cr:universe":
            found["universe"] = constraint["rightOperand"]
    return found
