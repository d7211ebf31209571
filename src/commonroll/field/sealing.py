"""An event sealed to the server's key when it is recorded, so that it can be sent while the phone is locked.

One envelope an event: an ephemeral P-256 key, ECDH with the server's, HKDF-SHA-256 (salt: the ephemeral
point; info: `commonroll-event-v1`), AES-256-GCM with the event's id as additional data. Whoever holds the
phone or the wire reads nothing. All parts are base64url without padding.

`open_` says that an envelope cannot be opened and never why: the answer is the same for a wrong key, a wrong
id and a changed byte, and names no value.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from commonroll.errors import Refusal

INFO = b"commonroll-event-v1"
CURVE = ec.SECP256R1()

IV_BYTES = 12
POINT_BYTES = 65
NUMBER_BYTES = 32
TAG_BYTES = 16

MOST_BYTES = 16_384
"""Of a sealed event: five texts of 500 characters need 10,000."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Envelope:
    """A sealed event: its id, the ephemeral point (uncompressed), the nonce, the text with its tag."""

    id: str
    epk: bytes
    iv: bytes
    ct: bytes

    def as_dict(self) -> dict[str, str]:
        """As it goes over the wire."""
        return {"id": self.id, "epk": written(self.epk), "iv": written(self.iv), "ct": written(self.ct)}


def read(document: Any) -> Envelope:
    """An envelope as a phone sends it. Raises Refusal where it is none."""
    if not isinstance(document, Mapping) or set(document) != {"id", "epk", "iv", "ct"}:
        raise _unreadable()
    id_ = document["id"]
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise _unreadable()
    epk, iv, ct = (_bytes(document[name]) for name in ("epk", "iv", "ct"))
    if len(epk) != POINT_BYTES or len(iv) != IV_BYTES or not TAG_BYTES < len(ct) <= MOST_BYTES:
        raise _unreadable()
    return Envelope(id_, epk, iv, ct)


def seal(
    event: Mapping[str, Any],
    to: EllipticCurvePublicKey,
    *,
    ephemeral: EllipticCurvePrivateKey | None = None,
    iv: bytes | None = None,
) -> Envelope:
    """Seal an event to the server's key. `ephemeral` and `iv` are used once: given by test vectors alone."""
    key = ephemeral or ec.generate_private_key(CURVE)
    epk = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    nonce = iv or secrets.token_bytes(IV_BYTES)
    plain = json.dumps(event, separators=(",", ":")).encode()
    id_ = str(event["id"])
    ct = AESGCM(_derived(key.exchange(ec.ECDH(), to), epk)).encrypt(nonce, plain, id_.encode())
    return Envelope(id_, epk, nonce, ct)


def open_(envelope: Envelope, key: EllipticCurvePrivateKey) -> Any:
    """The event's document, not parsed (`events.parse`). Raises Refusal where it was not sealed to this key
    under this id, or holds another id."""
    try:
        theirs = EllipticCurvePublicKey.from_encoded_point(CURVE, envelope.epk)
        sealed = AESGCM(_derived(key.exchange(ec.ECDH(), theirs), envelope.epk))
        document = json.loads(sealed.decrypt(envelope.iv, envelope.ct, envelope.id.encode()))
    except (InvalidTag, ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(document, dict) or document.get("id") != envelope.id:
        raise _unreadable()
    return document


def _derived(shared: bytes, epk: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=epk, info=INFO).derive(shared)


# The server's key


def made() -> EllipticCurvePrivateKey:
    """A new key of a server."""
    return ec.generate_private_key(CURVE)


def public_jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    """What phones seal to, as WebCrypto imports it."""
    numbers = key.public_key().public_numbers()
    point = {name: written(getattr(numbers, name).to_bytes(NUMBER_BYTES, "big")) for name in ("x", "y")}
    return {"kty": "EC", "crv": "P-256"} | point


def private_jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    """The whole key, to be kept encrypted."""
    return public_jwk(key) | {"d": written(key.private_numbers().private_value.to_bytes(NUMBER_BYTES, "big"))}


def key_of(jwk: Mapping[str, Any]) -> EllipticCurvePrivateKey:
    """The key of `private_jwk`. Raises Refusal where it is none, or its halves are of two keys."""
    try:
        key = ec.derive_private_key(int.from_bytes(_bytes(jwk["d"]), "big"), CURVE)
    except (KeyError, ValueError, Refusal):
        raise _no_key() from None
    if public_jwk(key) != {name: jwk.get(name) for name in ("kty", "crv", "x", "y")}:
        raise _no_key()
    return key


def point_of(jwk: Mapping[str, Any]) -> EllipticCurvePublicKey:
    """The public key of `public_jwk`. Raises Refusal where it is none."""
    try:
        if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
            raise _no_key()
        x, y = (int.from_bytes(_bytes(jwk[name]), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, CURVE).public_key()
    except (KeyError, ValueError, Refusal):
        raise _no_key() from None


# Bytes in words


def written(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: Any) -> bytes:
    """One spelling for one value: other letters, padding and bits left over are refused."""
    if not isinstance(text, str) or len(text) > 2 * MOST_BYTES or not _BASE64URL.fullmatch(text):
        raise _unreadable()
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise _unreadable() from None
    if written(raw) != text:
        raise _unreadable()
    return raw


def _unreadable() -> Refusal:
    return Refusal(
        "This record cannot be opened: it is cut off, or was not sealed for this site.",
        where="an event from a phone",
        next_step="It stays on the phone, from where it can be exported; nothing else waits for it.",
    )


def _no_key() -> Refusal:
    return Refusal("this is no key of a server", where="the key that phones seal to", next_step="restore it")
