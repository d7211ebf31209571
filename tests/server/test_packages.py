"""Packages: opened by the age program, checked without Commonroll, refused where anything is off."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.flow.leaving import age, package
from commonroll.flow.leaving.age import Key, Lock, NotOpened
from commonroll.flow.leaving.package import BadPackage, Writer

IDENTITY, RECIPIENT = age.new_identity()
WORD = "ten thousand doors"
BY_KEY = (Lock((RECIPIENT,)), Key((IDENTITY,)))
BY_WORD = (Lock(passphrase=WORD), Key(passphrase=WORD))


pytestmark = pytest.mark.vault


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a passphrase costs is not what is tested."""
    monkeypatch.setattr(age, "LOG_N", 10)


def encrypted(data: bytes, lock: Lock) -> bytes:
    out = io.BytesIO()
    with age.sealing(out, lock) as sink:
        sink.write(data)
    return out.getvalue()


def decrypted(data: bytes, key: Key) -> bytes:
    with age.opening(io.BytesIO(data), key) as plain:
        return plain.read()


# Streams


@settings(max_examples=25)
@given(size=st.sampled_from([0, 1, 65_535, 65_536, 65_537, 131_072, 200_001]), by_word=st.booleans())
def test_what_was_encrypted_is_read_back(size: int, by_word: bool) -> None:
    lock, key = BY_WORD if by_word else BY_KEY
    data = bytes(at % 251 for at in range(size))
    assert decrypted(encrypted(data, lock), key) == data


@pytest.mark.parametrize(("lock", "key"), [BY_KEY, BY_WORD], ids=["key", "passphrase"])
@pytest.mark.parametrize("change", ["cut", "longer", "first", "last", "header"])
def test_a_changed_stream_does_not_open(lock: Lock, key: Key, change: str) -> None:
    whole = bytearray(encrypted(bytes(150_000), lock))
    at = {"first": -150_000, "last": -1, "header": 60}.get(change)
    changed = whole[:-9] if change == "cut" else whole + b"x" if change == "longer" else whole
    if at is not None:
        changed[at] ^= 1
    with pytest.raises(NotOpened):
        decrypted(bytes(changed), key)


@pytest.mark.parametrize("key", [Key((age.new_identity()[0],)), Key(passphrase="another")])
@pytest.mark.parametrize("lock", [BY_KEY[0], BY_WORD[0]], ids=["key", "passphrase"])
def test_another_key_opens_nothing(lock: Lock, key: Key) -> None:
    with pytest.raises(NotOpened):
        decrypted(encrypted(b"x", lock), key)


def test_work_that_a_stranger_asks_for_is_bounded() -> None:
    head = encrypted(b"x", BY_WORD[0]).replace(b" 10\n", b" 22\n", 1)
    with pytest.raises(NotOpened):
        decrypted(head, BY_WORD[1])


def test_pyrage_opens_what_a_passphrase_locked() -> None:
    from pyrage import passphrase

    assert passphrase.decrypt(encrypted(b"doors", BY_WORD[0]), WORD) == b"doors"
    assert decrypted(passphrase.encrypt(b"doors", WORD), BY_WORD[1]) == b"doors"


def test_the_age_program_opens_a_package(tmp_path: Path) -> None:
    program = shutil.which("age")
    assert program, "`make test` installs it (Debian: apt-get install age)"
    (tmp_path / "key").write_text(f"{IDENTITY}\n")
    (tmp_path / "package").write_bytes(encrypted(bytes(200_000), BY_KEY[0]))
    opened = subprocess.run(
        [program, "-d", "-i", str(tmp_path / "key"), str(tmp_path / "package")],
        capture_output=True,
        check=True,
    )
    assert opened.stdout == bytes(200_000)


# Packages


def made(fill: Callable[[Writer], None]) -> bytes:
    out = io.BytesIO()
    writer = Writer(out)
    fill(writer)
    writer.close()
    return out.getvalue()


def some(writer: Writer) -> None:
    writer.put("README.md", b"read me")
    writer.put("vault/voters/part-1.parquet", b"PAR1" * 300)


def read(data: bytes, into: Path | None = None, most: int = 1 << 20) -> dict[str, str]:
    return package.read(io.BytesIO(data), most=most, into=into)


def test_a_package_is_a_plain_tar_with_checksums_that_other_programs_know(tmp_path: Path) -> None:
    (tmp_path / "p.tar").write_bytes(made(some))
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xf", "../p.tar"], cwd=tmp_path / "out", check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    assert read(made(some), tmp_path / "again").keys() == {"README.md", "vault/voters/part-1.parquet"}
    assert (tmp_path / "again/vault/voters/part-1.parquet").stat().st_mode & 0o077 == 0


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for head, data in members:
            archive.addfile(head, io.BytesIO(data))
    return out.getvalue()


def head(name: str, size: int = 0, **more: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = size
    for key, value in more.items():
        setattr(made, key, value)
    return made


NAMES = (
    "../evil", "/etc/passwd", "vault/../../evil", "vault//x", "vault/./x", "vault/a\\..\\b", "elsewhere/x",
    "vault/" + "/".join("d" * 20), "README.md/x", "vault", "vault/new\nline", "notes.txt",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadPackage):
        read(tar((head(name, 1), b"x")), tmp_path / "out")
    assert not list(tmp_path.rglob("*evil*"))


KINDS = {
    "symbolic link": {"type": tarfile.SYMTYPE, "linkname": "/etc"},
    "hard link": {"type": tarfile.LNKTYPE, "linkname": "README.md"},
    "device": {"type": tarfile.CHRTYPE},
    "pipe": {"type": tarfile.FIFOTYPE},
    "folder": {"type": tarfile.DIRTYPE},
    "sparse": {"type": tarfile.GNUTYPE_SPARSE},
    "long name": {"type": tarfile.GNUTYPE_LONGNAME},
    "extended header": {"type": tarfile.XHDTYPE},
}


@pytest.mark.parametrize("kind", KINDS)
def test_something_else_than_a_plain_file_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(BadPackage, match="plain files"):
        read(tar((head("vault/x", **KINDS[kind]), b"")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bomb_is_refused_by_its_own_size(tmp_path: Path) -> None:
    bomb = head("vault/x", 1 << 40).tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(BadPackage, match="more than its own size"):
        read(bomb + bytes(1024), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def without(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a changed byte": lambda data: without(data, 512),
    "a changed checksum": lambda data: without(data, data.rindex(b"  README.md") - 5),
    "a missing end": lambda data: data[: data.rindex(b"SHA256SUMS")],
    "something behind the end": lambda data: data + b"x",
    "two of a name": lambda data: data[:1024] + data,
    "no checksums": lambda data: data[: data.index(b"SHA256SUMS")] + bytes(1024),
    "no archive": lambda data: b"x" * 4096,
    "nothing": lambda data: b"",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_package_that_is_not_as_it_was_written_is_refused(damage: str) -> None:
    with pytest.raises(BadPackage):
        read(DAMAGE[damage](made(some)))


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "README.md").symlink_to(tmp_path / "outside")
    with pytest.raises(BadPackage, match="another stands"):
        read(made(some), tmp_path / "out")
    assert not (tmp_path / "outside").exists()


def test_a_link_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    with pytest.raises((Refusal, OSError)):
        Writer(io.BytesIO()).put_file("vault/link", tmp_path / "link")


# The verifier


def test_the_verifier_needs_the_standard_library_alone() -> None:
    source = Path(package.__file__).with_name("verify.py").read_text("utf-8")
    imported = {line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("byte", [None, 0, 40])
def test_the_verifiers_signatures_are_those_of_the_standard(byte: int | None) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from commonroll.flow.leaving import verify

    key = Ed25519PrivateKey.generate()
    signature = bytearray(key.sign(b"text"))
    if byte is not None:
        signature[byte] ^= 1
    public = key.public_key().public_bytes_raw()
    assert verify.signed(public, b"text", bytes(signature)) == (byte is None)
    assert not verify.signed(public, b"other", bytes(signature))
