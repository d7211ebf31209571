"""Secrets of the field that this home keeps: the key that phones seal their events to, and what codes are
hashed with."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server.home import Home

COORDINATE = 32
"""Bytes of a coordinate of P-256."""


def sealing_key(home: Home) -> EllipticCurvePrivateKey:
    """The home's private key for events, made at its first use."""
    path, passwords = home.secrets / "field.key", tuple(map(_password, home.derived_secrets()))
    if not path.exists():
        _make(path, passwords[0])
    return _opened(path, passwords, path.stat().st_mtime_ns)


def lock_anew(home: Home) -> None:
    """Lock the key by what secrets are derived from now; it stays the same key."""
    if (home.secrets / "field.key").exists():
        locked = _locked(sealing_key(home), _password(home.derived_secret()))
        at_rest.put(home.secrets / "field.key", locked)


def public_key(home: Home) -> dict[str, str]:
    """The public half as a JWK: phones seal to it."""
    numbers = sealing_key(home).public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _text(numbers.x), "y": _text(numbers.y)}


def code_hash(home: Home, code: str) -> str:
    """What is kept of a code: few letters need a key, or whoever reads the table tries them all."""
    said = b"commonroll field code v1\n" + code.encode()
    return hmac.new(home.reference_secret(), said, hashlib.sha256).hexdigest()


@functools.lru_cache(maxsize=4)
def _opened(path: Path, passwords: tuple[bytes, ...], _: int) -> EllipticCurvePrivateKey:
    for password in passwords:
        try:
            found = load_pem_private_key(at_rest.read(path), password)
        except ValueError:
            continue
        assert isinstance(found, EllipticCurvePrivateKey)
        return found
    raise Refusal(
        "the key for events from phones is damaged, or the site's secret is another one",
        where=path.name,
        next_step="put the folder secrets back, all of it, from one backup",
    )


def _password(secret: bytes) -> bytes:
    return hashlib.sha256(b"commonroll field key v1\n" + secret).hexdigest().encode()


def _make(path: Path, password: bytes) -> None:
    """Two processes may make it at once: the first one stays."""
    at_rest.put_new(path, _locked(generate_private_key(SECP256R1()), password))


def _locked(key: EllipticCurvePrivateKey, password: bytes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))


def _text(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(COORDINATE, "big")).rstrip(b"=").decode()
