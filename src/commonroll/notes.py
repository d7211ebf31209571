"""Canonical JSON (RFC 8785), C2SP signed notes and the key files behind them.

Agreements and logs are signed in the same container, so one verifier serves both. Rules: RFC 8785;
c2sp.org/signed-note v1.0.0 and tlog-cosignature. All hashes are SHA-256, all base64 is the standard alphabet
with padding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commonroll import at_rest
from commonroll.errors import Refusal

NOTE_SIGNATURE = 0x01
COSIGNATURE = 0x04

MAX_NOTE_BYTES = 1 << 20

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_KEY_NAME = re.compile(r"[^\s+\x00-\x1f\x7f-\x9f]+")


class NoteError(Refusal):
    """A document, note or key that cannot be trusted as it stands."""


# Canonical JSON

# For texts and lists under ASCII keys this is the form of RFC 8785, and ten times quicker than the package.
_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> bytes:
    """The one byte form (RFC 8785) of a signed document: objects, arrays and strings only.

    Numbers, booleans and null are refused because readers differ about them, and non-ASCII keys because sort
    orders differ. Raises NoteError with the path of the offending part, never with its value.
    """
    try:
        _check_plain(value, "$")
        return _PLAIN.encode(value).encode()
    except UnicodeEncodeError as error:
        raise NoteError("A text in the document is not valid Unicode.") from error
    except RecursionError as error:
        raise NoteError("The document is nested too deeply.") from error


def _check_plain(value: Any, path: str) -> None:
    if isinstance(value, str):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NoteError("A key holds characters outside ASCII.", where=path)
            _check_plain(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            _check_plain(item, f"{path}[{at}]")
    else:
        raise NoteError(
            f"A signed document holds only texts, lists and objects; here is a {type(value).__name__}.",
            where=path,
            next_step="Write numbers as texts; leave out what is empty.",
        )


def parse_strict(data: bytes) -> Any:
    """JSON of texts, lists and objects; raises NoteError on anything else, duplicate keys and bad UTF-8.

    Duplicates are refused because readers keep different ones of two equal keys under one signature.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
        _check_plain(value, "$")
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NoteError("The document is not well-formed JSON in UTF-8.") from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NoteError("The document holds one key twice, so two readers would see two documents.")
    return found


def parse_canonical(data: bytes) -> Any:
    """As `parse_strict`, for stored bytes: also raises NoteError unless they are the canonical ones."""
    value = parse_strict(data)
    if canonical(value) != data:
        raise NoteError(
            "The stored document is not in canonical form (RFC 8785).",
            next_step="Fetch the document again from the other party; this copy was changed after signing.",
        )
    return value


def sha256_text(data: bytes) -> str:
    """`sha256:` and the base64 of the hash of `data`."""
    return digest_text(hashlib.sha256(data).digest())


def digest_text(digest: bytes) -> str:
    """The same of a hash that is known."""
    return "sha256:" + encode_base64(digest)


def encode_base64(data: bytes) -> str:
    """Base64 in one line, as `decode_base64` reads it."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Strict base64: raises NoteError unless `text` is the one encoding of its bytes, spare bits included."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("A part that should be base64 is not.") from error
    if encode_base64(data) != text:
        raise NoteError("A base64 part is not written in its one proper form.")
    return data


# Keys


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _check_name(name: str) -> None:
    if not _KEY_NAME.fullmatch(name):
        raise NoteError("A key name must not be empty nor hold spaces, control characters or a plus sign.")


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name; `kind` is 0x01 (note signature) or 0x04 (timestamped cosignature)."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature line starts with."""
        return _key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    def check(self, text: str, signature: bytes) -> int | None:
        """Verify what follows the key id in a line; raises NoteError if it does not match.

        Returns a cosignature's POSIX seconds, None for a note signature.
        """
        seconds: int | None = None
        if self.kind == COSIGNATURE:
            if len(signature) != 72:
                raise NoteError(f"The cosignature of {self.name} has the wrong length.")
            (seconds,) = struct.unpack(">Q", signature[:8])
            signature = signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, _message(text, seconds))
        except (InvalidSignature, ValueError) as error:
            raise NoteError(f"The signature of {self.name} does not match the text.") from error
        return seconds


def _message(text: str, seconds: int | None) -> bytes:
    return (text if seconds is None else f"cosignature/v1\ntime {seconds}\n{text}").encode()


def parse_vkey(vkey: str) -> VerifierKey:
    """Read `<name>+<key id, 8 hex digits>+<base64>`; raises NoteError unless the id fits the key."""
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    _check_name(name)
    blob = decode_base64(encoded)
    if len(blob) != 33 or blob[0] not in (NOTE_SIGNATURE, COSIGNATURE):
        raise NoteError("A verifier key is not an Ed25519 key of a known kind.", where=name)
    key = VerifierKey(name, blob[0], blob[1:])
    if key.key_id.hex() != key_id:
        raise NoteError("A verifier key does not match its key id.", where=name)
    return key


@dataclass(frozen=True)
class Signer:
    """A private Ed25519 key under the name that its signatures carry."""

    name: str
    key: Ed25519PrivateKey
    kind: int = NOTE_SIGNATURE

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in (NOTE_SIGNATURE, COSIGNATURE):
            raise NoteError("A signing key has an unknown kind.", where=self.name)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        raw = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return VerifierKey(self.name, self.kind, raw)

    @property
    def vkey(self) -> str:
        """The public half as one line of text, to be given to others."""
        return str(self.verifier)

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature line starts with."""
        return self.verifier.key_id

    def lines(self, text: str) -> list[str]:
        """What stands under a text that this key signs: its line."""
        return [self.line(text)]

    def line(self, text: str, seconds: int | None = None) -> str:
        """The signature line over `text`, without its newline; `seconds` (POSIX) for cosignatures alone."""
        if (self.kind == COSIGNATURE) != (seconds is not None):
            raise NoteError("A cosignature needs a time and a note signature has none.", where=self.name)
        _check_text(text)
        time = b"" if seconds is None else struct.pack(">Q", seconds)
        return (
            f"\u2014 {self.name} {encode_base64(self.key_id + time + self.key.sign(_message(text, seconds)))}"
        )


def generate(name: str) -> Signer:
    """A fresh key for note signatures."""
    return Signer(name, Ed25519PrivateKey.generate())


# Signed notes


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteError("A text to be signed must end with a newline and hold no other control character.")


def sign_note(text: str, *signers: Signer) -> str:
    """`text` (its final newline included), an empty line, and the signature lines of each signer."""
    if not signers:
        raise NoteError("A note needs at least one signature.")
    return text + "\n" + "".join(f"{line}\n" for signer in signers for line in signer.lines(text))


def add_line(note: str, line: str) -> str:
    """`note` with one more signature line; a line that is already there is not repeated.

    The line is not verified here (its key may be unknown): that is `open_note`'s part.
    """
    _, lines = _split(note)
    line = line.removesuffix("\n")
    _parse_line(line)
    return note if line in lines else f"{note}{line}\n"


def signature_lines(note: str) -> list[tuple[str, bytes]]:
    """Key name, and key id with signature, of each line; raises NoteError if it is no signed note."""
    return [_parse_line(line) for line in _split(note)[1]]


def kept_lines(note: str, vkeys: Iterable[str]) -> str:
    """`note` with the signature lines of `vkeys` alone, unverified: that is `open_note`'s part."""
    known = {(key.name, key.key_id) for key in map(parse_vkey, vkeys)}
    text, lines = _split(note)
    found = [(line, *_parse_line(line)) for line in lines]
    return f"{text}\n" + "".join(f"{line}\n" for line, name, blob in found if (name, blob[:4]) in known)


def put_line(note: str, line: str) -> str:
    """`note` with a signature line in the place of the one of the same key, if it has one; not verified."""
    line = line.removesuffix("\n")
    name, blob = _parse_line(line)
    text, lines = _split(note)
    kept = [one for one in lines if (_parse_line(one)[0], _parse_line(one)[1][:4]) != (name, blob[:4])]
    return f"{text}\n" + "".join(f"{one}\n" for one in [*kept, line])


def open_note(note: str, vkeys: Iterable[str]) -> tuple[str, dict[str, int | None]]:
    """The text of a note and, by key name, a cosignature's POSIX seconds or None for a note signature.

    Lines of keys outside `vkeys` are ignored. Raises NoteError if a line of a known key does not verify, a
    known note key signs twice, or no known key signed: nothing of the text may be used before that. A
    witness that cosigned twice counts with its latest time.
    """
    known = {(key.name, key.key_id): key for key in map(parse_vkey, vkeys)}
    text, lines = _split(note)
    seen: dict[tuple[str, bytes], int | None] = {}
    for line in lines:
        name, blob = _parse_line(line)
        key = known.get((name, blob[:4]))
        if key is not None:
            _record(seen, key, key.check(text, blob[4:]))
    if not seen:
        raise NoteError(
            "The note carries no signature of a key known here.",
            next_step="Ask the signer for the public key over another channel and compare.",
        )
    return text, _by_name(seen)


def _record(seen: dict[tuple[str, bytes], int | None], key: VerifierKey, seconds: int | None) -> None:
    at = (key.name, key.key_id)
    earlier = seen.get(at)
    if at in seen and earlier is None:
        raise NoteError(f"The key {key.name} signed the note twice.")
    seen[at] = seconds if seconds is None or earlier is None else max(seconds, earlier)


def _by_name(seen: Mapping[tuple[str, bytes], int | None]) -> dict[str, int | None]:
    return {name: seconds for (name, _), seconds in seen.items()}


def _split(note: str) -> tuple[str, list[str]]:
    if len(note) > MAX_NOTE_BYTES or len(note.encode("utf-8", "surrogatepass")) > MAX_NOTE_BYTES:
        raise NoteError("The note is larger than 1 MiB.")
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n") or _CONTROL.search(note):
        raise NoteError("This is not a signed note: text, empty line, signature lines.")
    try:
        note.encode()
    except UnicodeEncodeError as error:
        raise NoteError("The note is not valid UTF-8.") from error
    return text + "\n", lines[:-1].split("\n")


def _parse_line(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014":
        raise NoteError("A signature line of the note is malformed.")
    _check_name(parts[1])
    blob = decode_base64(parts[2])
    if len(blob) < 5:
        raise NoteError("A signature line of the note is too short.")
    return parts[1], blob


# Key files


def save_key(path: Path, signer: Signer, passphrase: str) -> None:
    """Write a member's key, encrypted under `passphrase` (PKCS8 PEM, 0600); never over an existing file."""
    if not passphrase:
        raise NoteError("A signing key needs a passphrase.", where=path.name, next_step="Choose one.")
    _write_key(path, signer, passphrase.encode())


def load_key(path: Path, name: str, passphrase: str) -> Signer:
    """The key in `path` under `name`; raises NoteError if file, passphrase or kind of key is not right."""
    return Signer(name, _read_key(path, passphrase.encode() or None))


def save_plain_key(path: Path, signer: Signer) -> None:
    """Write a key that no passphrase of a person locks (PKCS8 PEM, mode 0600), sealed under the keys of the
    home that it lies in (`at_rest`); never over an existing file."""
    _write_key(path, signer, None)


def load_plain_key(path: Path, name: str) -> Signer:
    """The key in `path`, which no passphrase locks, under `name`.

    Raises NoteError if it cannot be read, Refusal if the home's keys do not open it.
    """
    return Signer(name, _read_key(path, None))


def _write_key(path: Path, signer: Signer, passphrase: bytes | None) -> None:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    pem = signer.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not at_rest.new_file(path, pem if passphrase else at_rest.sealed(path, pem)):
        raise NoteError(
            "There is a key in this place already.",
            where=path.name,
            next_step="Use it, or move it away by hand first.",
        )


def _read_key(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(at_rest.read(path), passphrase)
    except FileNotFoundError as error:
        raise NoteError(
            "There is no key file here.", where=path.name, next_step="Create or restore it."
        ) from error
    except TypeError as error:
        what = "The key needs a passphrase." if passphrase is None else "The key is not encrypted."
        raise NoteError(what, where=path.name, next_step="Check which key file this is.") from error
    except ValueError as error:
        raise NoteError(
            "The key cannot be opened: the passphrase is wrong or the file is damaged.",
            where=path.name,
            next_step="Type the passphrase again; if it is right, restore the file from a backup.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoteError("The file holds another kind of key than Ed25519.", where=path.name)
    return key
