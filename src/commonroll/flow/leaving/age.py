"""Streams in the format age-encryption.org/v1, as any `age` program writes and opens them.

To recipients (`age1...`) by pyrage. Its passphrases take whole texts only, so a stream under a passphrase is
written here: C2SP age.md, scrypt stanza, HKDF-SHA-256, STREAM of 64 KiB chunks in ChaCha20-Poly1305.
"""

from __future__ import annotations

import base64
import hmac
import io
import os
import re
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pyrage import (
    DecryptError,
    IdentityError,
    RecipientError,
    decrypt_io,
    encrypt,
    encrypt_io,
    passphrase,
    x25519,
)

from commonroll.errors import Refusal

INTRO = b"age-encryption.org/v1\n"
CHUNK = 1 << 16
TAG = 16
LOG_N = 17
"""Work of a passphrase: 2^17 times 1 KiB, 128 MiB and about half a second."""
MOST_LOG_N = 20
_STANZA = re.compile(
    rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n"
)


class NotOpened(Refusal):
    """The file is none of age, was changed, or is for another key or passphrase."""


@dataclass(frozen=True)
class Lock:
    """To whom a package is encrypted: recipients `age1...`, or a passphrase alone."""

    recipients: tuple[str, ...] = ()
    passphrase: str = ""


@dataclass(frozen=True)
class Key:
    """What opens a package: identities `AGE-SECRET-KEY-1...`, or the passphrase."""

    identities: tuple[str, ...] = ()
    passphrase: str = ""


def new_identity() -> tuple[str, str]:
    """A fresh identity, secret, and its recipient."""
    made = x25519.Identity.generate()
    return str(made), str(made.to_public())


def check_recipients(recipients: Sequence[str]) -> tuple[str, ...]:
    """The recipients, each once; raises Refusal where one is no `age1...`."""
    found = tuple(dict.fromkeys(one.strip() for one in recipients if one.strip()))
    for at, one in enumerate(found, 1):
        try:
            x25519.Recipient.from_str(one)
        except RecipientError as error:
            raise Refusal(
                f"recipient {at} is no age recipient",
                next_step="it begins with age1 and is the public half of a key that `age-keygen` makes",
            ) from error
    return found


def identities_in(path: Path) -> tuple[str, ...]:
    """The identities in a file as `age-keygen` writes it; raises Refusal where there is none."""
    lines = [line.strip() for line in path.read_text("utf-8", "replace").splitlines()]
    found = tuple(line for line in lines if line.startswith("AGE-SECRET-KEY-1"))
    if not found:
        raise Refusal(
            "there is no age identity in this file",
            where=path.name,
            next_step="name the file that `age-keygen -o FILE` wrote; its line begins with AGE-SECRET-KEY-1",
        )
    return found


def sealed(data: bytes, lock: Lock) -> bytes:
    """A small text under the same lock as a package."""
    if lock.passphrase:
        return bytes(passphrase.encrypt(data, lock.passphrase))
    return bytes(encrypt(data, [x25519.Recipient.from_str(one) for one in lock.recipients]))


@contextmanager
def sealing(out: BinaryIO, lock: Lock) -> Iterator[BinaryIO]:
    """What is written into the yielded file goes encrypted into `out`; whole when the block ends."""
    if lock.passphrase:
        chunks = _Chunks(out, lock.passphrase)
        yield cast(BinaryIO, chunks)
        chunks.finish()
        return
    to = [x25519.Recipient.from_str(one) for one in lock.recipients]
    read, write = os.pipe()
    source, sink = os.fdopen(read, "rb", CHUNK), os.fdopen(write, "wb", CHUNK)
    with _beside(lambda: encrypt_io(source, out, to), source, sink):
        yield sink


@contextmanager
def opening(source: BinaryIO, key: Key) -> Iterator[BinaryIO]:
    """A file that reads what was encrypted in `source`, front to end.

    Raises NotOpened for another key and for a changed or cut file, at the latest when the block ends.
    """
    if key.passphrase:
        yield cast(BinaryIO, io.BufferedReader(_Unchunked(source, key.passphrase), CHUNK))
        return
    try:
        mine = [x25519.Identity.from_str(one) for one in key.identities]
    except IdentityError as error:
        raise NotOpened("this is no age identity", next_step="name the file of the key") from error
    read, write = os.pipe()
    plain, sink = os.fdopen(read, "rb", CHUNK), os.fdopen(write, "wb", CHUNK)
    with _beside(lambda: _decrypt(source, sink, mine), plain, sink, reads=True):
        yield plain


def _decrypt(source: BinaryIO, sink: BinaryIO, mine: list[object]) -> None:
    try:
        decrypt_io(source, sink, mine)
    except (DecryptError, OSError) as error:
        if getattr(error, "errno", None) is None:  # a chunk that is not as it was written
            raise _not_opened() from error
        raise


@contextmanager
def _beside(
    work: Callable[[], None], source: BinaryIO, sink: BinaryIO, *, reads: bool = False
) -> Iterator[None]:
    """Run `work` in a thread at the other end of a pipe; its error is raised here."""
    failed: list[BaseException] = []
    theirs, ours = (sink, source) if reads else (source, sink)

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            with suppress(OSError):
                theirs.close()  # whoever reads or writes at the other end goes on, or stops

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
        if reads:
            while ours.read(CHUNK):
                pass
        ours.close()
    except BaseException as error:
        with suppress(OSError):
            ours.close()
        thread.join()
        if failed and not isinstance(failed[0], BrokenPipeError):  # else it only met the end of this
            raise failed[0] from error
        raise
    thread.join()
    if failed:
        raise failed[0]


# Under a passphrase


def _not_opened() -> NotOpened:
    return NotOpened(
        "the package does not open: it is for another key or passphrase, or it was changed or cut short",
        next_step="use the key that it was made for; compare the file's SHA-256 with the one you noted",
    )


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes:
    data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _b64(data) != text:
        raise _not_opened()
    return data


def _wrapping(word: str, salt: bytes, log_n: int) -> ChaCha20Poly1305:
    work = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << log_n, r=8, p=1)
    return ChaCha20Poly1305(work.derive(word.encode()))


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")


def _nonce(count: int, last: bool) -> bytes:
    return count.to_bytes(11, "big") + struct.pack("?", last)


class _Chunks:
    """Takes bytes and writes header and chunks."""

    def __init__(self, out: BinaryIO, word: str) -> None:
        file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
        body = _wrapping(word, salt, LOG_N).encrypt(bytes(12), file_key, None)
        head = INTRO + b"-> scrypt " + _b64(salt) + f" {LOG_N}\n".encode() + _b64(body) + b"\n---"
        out.write(head + b" " + _b64(_mac(file_key, head)) + b"\n" + nonce)
        self._out, self._cipher = out, ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._held, self._count = bytearray(), 0

    def write(self, data: bytes) -> int:
        self._held += data
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def finish(self) -> None:
        self._seal(bytes(self._held), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._count, last), chunk, None))
        self._count += 1


class _Unchunked(io.RawIOBase):
    """Reads what `_Chunks` wrote; every byte handed out was authenticated first."""

    def __init__(self, source: BinaryIO, word: str) -> None:
        self._source, self._count, self._over = source, 0, False
        head = source.read(len(INTRO)) + b"".join(source.readline(200) for _ in range(3))
        found = _STANZA.fullmatch(head[len(INTRO) :])
        if not head.startswith(INTRO) or found is None or int(found[2]) > MOST_LOG_N:
            raise _not_opened()
        salt, body, mac = (_unb64(found[at]) for at in (1, 3, 4))
        try:
            file_key = _wrapping(word, salt, int(found[2])).decrypt(bytes(12), body, None)
        except InvalidTag as error:
            raise _not_opened() from error
        if not hmac.compare_digest(mac, _mac(file_key, head[: head.rindex(b"---") + 3])):
            raise _not_opened()
        self._cipher = ChaCha20Poly1305(_derived(file_key, source.read(16), b"payload"))
        self._ahead = source.read(CHUNK + TAG)
        self._plain = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        into = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._plain and not self._over:
            self._plain = self._next()
        given, self._plain = self._plain[: len(into)], self._plain[len(into) :]
        into[: len(given)] = given
        return len(given)

    def _next(self) -> bytes:
        chunk, self._ahead = self._ahead, self._source.read(CHUNK + TAG)
        self._over = not self._ahead
        try:
            plain = self._cipher.decrypt(_nonce(self._count, self._over), chunk, None)
        except (InvalidTag, ValueError) as error:
            raise _not_opened() from error
        self._count += 1
        return plain
