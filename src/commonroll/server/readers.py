"""A member's key to sealed details of its log: an age identity, kept under the member's passphrase."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pyrage import x25519

from commonroll.errors import Refusal
from commonroll.transparency.leaves import new_reader

SALT_BYTES, NONCE_BYTES = 16, 12
PURPOSE = b"commonroll reader v1"


def reader(path: Path, passphrase: str) -> str:
    """The age recipient of the key in `path`; the key is made where there is none."""
    if path.exists():
        return str(x25519.Identity.from_str(open_reader(path, passphrase)).to_public())
    secret, recipient = new_reader()
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    box = AESGCM(_key(passphrase, salt)).encrypt(nonce, secret.encode(), PURPOSE)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(salt + nonce + box)
    part.replace(path)
    return recipient


def open_reader(path: Path, passphrase: str) -> str:
    """The age identity in `path`; refused when the passphrase is wrong."""
    data = path.read_bytes()
    salt, nonce = data[:SALT_BYTES], data[SALT_BYTES : SALT_BYTES + NONCE_BYTES]
    try:
        secret = AESGCM(_key(passphrase, salt)).decrypt(nonce, data[SALT_BYTES + NONCE_BYTES :], PURPOSE)
    except InvalidTag as error:
        raise Refusal(
            "the passphrase is wrong, or the key file is damaged",
            where=path.name,
            next_step="try the passphrase again, or put the file back from a backup",
        ) from error
    return secret.decode()


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
