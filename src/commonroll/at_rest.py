"""Secrets in files that are of no use without the home's master key.

A home has data keys (`secrets/data.key`), sealed under a master key that may lie outside of it; each secret
is sealed under a data key together with its place in the home, so that no file passes for another
(AES-256-GCM, NIST SP 800-38D). Changing the master key rewrites one file, changing the data key each secret,
and whatever dies in between leaves a home that opens. A file outside of a home, or of a home without data
keys yet, is read and written as it is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commonroll.errors import Refusal

ENVIRONMENT = "COMMONROLL_MASTER_KEY_FILE"
"""Names the file with the master key; without it that is `secrets/master.key` of the home."""

MAGIC = b"commonroll sealed v1\n"
FOLDER, DATA, MASTER = "secrets", "data.key", "master.key"
_NEXT = f"{MASTER}.next"
SEALED = (
    "vaults/*/marks/keys/*.key",
    "vaults/*/marks/decoys/register.parquet",
    "vaults/*/marks/decoys/reach.parquet",
    "vaults/*/marks/decoys/heard/*.json",
    "witness.key",
)
"""Places of secrets beside those in the folder `secrets`."""
_KEY_BYTES, _NONCE_BYTES, _NAME_BYTES = 32, 12, 8


@dataclass(frozen=True)
class Ring:
    """A home's data keys; the last one seals, all of them open."""

    home: Path
    keys: tuple[bytes, ...]

    def seal(self, path: Path, data: bytes) -> bytes:
        """What stands in the file `path` for the secret `data`."""
        return MAGIC + _sealed(self.keys[-1], self._place(path), data)

    def open(self, path: Path, sealed: bytes) -> bytes:
        """The secret in the file `path`. Raises Refusal where it was sealed elsewhere or changed."""
        body = sealed.removeprefix(MAGIC)
        for key in self.keys:
            if _name(key) == body[:_NAME_BYTES]:
                found = _opened(key, self._place(path), body)
                if found is not None:
                    return found
        raise Refusal(
            "This secret was sealed by another home or for another place, or is damaged.",
            where=self._place(path).decode(),
            next_step="Put the folder secrets back whole from the backup that the rest of the home is from.",
        )

    def seals(self, sealed: bytes) -> bool:
        """Whether a file's bytes are sealed under the key that seals now."""
        return sealed.startswith(MAGIC + _name(self.keys[-1]))

    def _place(self, path: Path) -> bytes:
        return path.absolute().relative_to(self.home).as_posix().encode()


def read(path: Path) -> bytes:
    """The secret in a file, sealed or not. Raises FileNotFoundError; Refusal where it cannot be opened."""
    seen = path.stat()
    return _read(path, (seen.st_mtime_ns, seen.st_ino, seen.st_size), ring_of(path))


@lru_cache(maxsize=64)
def _read(path: Path, seen: tuple[int, int, int], ring: Ring | None) -> bytes:
    """The secret in a file as it was seen: some are asked for several times by every request."""
    data = path.read_bytes()
    if not data.startswith(MAGIC):
        return data
    if ring is None:
        raise Refusal(
            "This secret is sealed, and the keys that open it are gone.", where=f"{FOLDER}/{DATA}",
            next_step="Put the folder secrets back whole from the backup of this home.",
        )  # fmt: skip
    return ring.open(path, data)


def sealed(path: Path, data: bytes) -> bytes:
    """What is to be written to `path` for the secret `data`: as it is where no home holds the file."""
    ring = ring_of(path)
    return data if ring is None else ring.seal(path, data)


def put(path: Path, data: bytes) -> None:
    """Write a secret in the place of a file, whole or not at all, for the owner of the process alone."""
    _put(path, sealed(path, data))


def replace(path: Path, data: bytes) -> None:
    """Write a file that is no secret in the place of a file, whole or not at all, mode 0600."""
    _put(path, data)


def put_new(path: Path, data: bytes) -> bool:
    """The same for a file that is not there yet; False, and nothing written, where it is."""
    return new_file(path, sealed(path, data))


def is_sealed(path: Path) -> bool:
    """Whether the file's secret is of no use without the home's keys."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def ring_of(path: Path) -> Ring | None:
    """The data keys of the home that holds a file; None outside of a home and in one that has none yet."""
    under = path.parent
    home = _homes.get(under) or next((each for each in path.absolute().parents if _data(each).exists()), None)
    if home is None:
        return None
    try:
        seen = _data(home).stat()
    except FileNotFoundError:  # a home that is another since, or none any more
        del _homes[under]
        return ring_of(path)
    if under.is_absolute():
        _homes[under] = home
    return _ring(home, seen.st_mtime_ns, seen.st_ino, os.environ.get(ENVIRONMENT, ""))


_homes: dict[Path, Path] = {}
"""The home of a folder, where it has data keys."""


def _data(home: Path) -> Path:
    return home / FOLDER / DATA


@lru_cache(maxsize=8)
def _ring(home: Path, changed: int, inode: int, named: str) -> Ring:
    data, body = home / FOLDER / DATA, (home / FOLDER / DATA).read_bytes().removeprefix(MAGIC)
    for master in _masters(home):
        found = _opened(_key_in(master), DATA.encode(), body)
        if found is not None:
            keys = [bytes.fromhex(line) for line in found.decode().split()]
            return Ring(home, tuple(keys))
    raise Refusal(
        "The master key of this home is not here, or is another one." if named else
        "The master key of this home is gone.",
        where=f"{ENVIRONMENT}, {FOLDER}/{MASTER}", next_step=f"Name the file that holds it in {ENVIRONMENT}; "
        f"without it the secrets of {data.parent.parent.name} cannot be opened by anybody.",
    )  # fmt: skip


def master_of(home: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the master key of a home lies, or will."""
    named = environ.get(ENVIRONMENT)
    return Path(named).expanduser().absolute() if named else home / FOLDER / MASTER


def _masters(home: Path) -> list[Path]:
    """Files that may hold the master key; in the middle of a change two of them are there."""
    named, inside = master_of(home), home / FOLDER
    known = (named, named.with_name(f"{named.name}.next"), inside / MASTER, inside / _NEXT)
    return [path for path in dict.fromkeys(known) if path.exists()]


def _key_in(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (ValueError, OSError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise Refusal(
            "The file holds no master key.", where=path.name,
            next_step=f"Name another one in {ENVIRONMENT}; a master key is {_KEY_BYTES} bytes, hexadecimal.",
        )  # fmt: skip
    return key


# Made, taken up, changed


def make(home: Path) -> bool:
    """Give a home its keys where it has none; whether they were made now. Of two who do it one's stay."""
    data = home / FOLDER / DATA
    if data.exists():
        return False
    master = master_of(home)
    if not master.exists():
        new_file(master, _text(secrets.token_bytes(_KEY_BYTES)))
    return new_file(data, _data_file(_key_in(master), [secrets.token_bytes(_KEY_BYTES)]))


def take_up(home: Path) -> int:
    """Seal every secret of a home that is not sealed yet, or under an older data key; how many that were."""
    make(home)
    ring = ring_of(home / FOLDER / DATA)
    assert ring is not None
    found = [path for path in every(home) if not ring.seals(path.read_bytes())]
    for path in found:
        put(path, read(path))
    return len(found)


def every(home: Path) -> Iterator[Path]:
    """The files of a home, or of a witness's folder, whose secrets are sealed: the site's, the logs', mark
    keys, which voters are invented, what stands on them and what was heard there."""
    own = {DATA, MASTER, _NEXT}
    yield from (path for path in sorted((home / FOLDER).glob("*.key")) if path.name not in own)
    for places in SEALED:
        yield from sorted(home.glob(places))


def change_master(home: Path, to: Path | None = None) -> Path:
    """A new master key, in the file `to` where one is named, which must not exist; where it lies.

    Only the file of data keys is written again. Raises Refusal where the present master key is not here.
    """
    take_up(home)
    ring = ring_of(home / FOLDER / DATA)
    assert ring is not None
    old, new = master_of(home), secrets.token_bytes(_KEY_BYTES)
    aside = to.expanduser().absolute() if to else old.with_name(f"{old.name}.next")
    if to is None:
        aside.unlink(missing_ok=True)
    if not new_file(aside, _text(new)):
        raise Refusal("This file stands already.", where=aside.name, next_step="Name another one.")
    _put(home / FOLDER / DATA, _data_file(new, ring.keys))
    if to is None:
        aside.replace(old)
        return old
    if old.is_relative_to(home):
        old.unlink(missing_ok=True)
    return aside


def change_data(home: Path) -> int:
    """A new data key, every secret sealed under it, the old keys forgotten; how many secrets."""
    take_up(home)
    ring = ring_of(home / FOLDER / DATA)
    assert ring is not None
    master = next(key for key in map(_key_in, _masters(home)) if _opens(home, key))
    new = secrets.token_bytes(_KEY_BYTES)
    _put(home / FOLDER / DATA, _data_file(master, (*ring.keys, new)))
    count = take_up(home)
    _put(home / FOLDER / DATA, _data_file(master, (new,)))
    return count


def _opens(home: Path, master: bytes) -> bool:
    body = (home / FOLDER / DATA).read_bytes().removeprefix(MAGIC)
    return _opened(master, DATA.encode(), body) is not None


# Bytes


def _data_file(master: bytes, keys: tuple[bytes, ...] | list[bytes]) -> bytes:
    return MAGIC + _sealed(master, DATA.encode(), b"\n".join(key.hex().encode() for key in keys))


def _sealed(key: bytes, place: bytes, data: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _name(key) + nonce + AESGCM(key).encrypt(nonce, data, MAGIC + place)


def _opened(key: bytes, place: bytes, body: bytes) -> bytes | None:
    nonce, rest = body[_NAME_BYTES : _NAME_BYTES + _NONCE_BYTES], body[_NAME_BYTES + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, MAGIC + place)
    except (InvalidTag, ValueError):
        return None


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"commonroll key name v1\n" + key).digest()[:_NAME_BYTES]


def _text(key: bytes) -> bytes:
    return key.hex().encode() + b"\n"


def new_file(path: Path, data: bytes) -> bool:
    """Write a file that is not there yet, as it is; False where it is: a key is never written over."""
    beside = _beside(path, data)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    _sync(path.parent)
    return True


def _put(path: Path, data: bytes) -> None:
    _beside(path, data).replace(path)
    _sync(path.parent)


def _beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return beside


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
