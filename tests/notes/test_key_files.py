"""Key files: encrypted for members, plain for the operator's log keys, never written over."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from commonroll.notes import NoteError, generate, load_key, load_plain_key, save_key, save_plain_key

NAME = "ga.commonroll.example/agreements"


def test_a_saved_key_signs_as_before(tmp_path: Path) -> None:
    signer = generate(NAME)
    save_key(tmp_path / "keys" / "sign.pem", signer, "correct horse")
    loaded = load_key(tmp_path / "keys" / "sign.pem", NAME, "correct horse")
    assert loaded.vkey == signer.vkey
    assert loaded.line("a\n") == signer.line("a\n")


def test_only_the_owner_of_the_file_may_read_it_and_nothing_else_lies_beside(tmp_path: Path) -> None:
    save_key(tmp_path / "sign.pem", generate(NAME), "correct horse")
    save_plain_key(tmp_path / "log.pem", generate("commonroll.example/log"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.pem", "sign.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_the_file_is_encrypted(tmp_path: Path) -> None:
    save_key(tmp_path / "sign.pem", generate(NAME), "correct horse")
    assert (tmp_path / "sign.pem").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize("passphrase", ["wrong", ""])
def test_a_wrong_passphrase_is_a_clear_sentence(tmp_path: Path, passphrase: str) -> None:
    save_key(tmp_path / "sign.pem", generate(NAME), "correct horse")
    with pytest.raises(NoteError, match="passphrase"):
        load_key(tmp_path / "sign.pem", NAME, passphrase)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    first = generate(NAME)
    save_key(tmp_path / "sign.pem", first, "correct horse")
    with pytest.raises(NoteError, match="already"):
        save_key(tmp_path / "sign.pem", generate(NAME), "correct horse")
    assert load_key(tmp_path / "sign.pem", NAME, "correct horse").vkey == first.vkey
    assert len(list(tmp_path.iterdir())) == 1


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoteError, match="passphrase"):
        save_key(tmp_path / "sign.pem", generate(NAME), "")
    assert not list(tmp_path.iterdir())


def test_plain_keys_load_without_a_passphrase_only(tmp_path: Path) -> None:
    signer = generate("commonroll.example/log")
    save_plain_key(tmp_path / "log.pem", signer)
    assert load_plain_key(tmp_path / "log.pem", signer.name).vkey == signer.vkey
    with pytest.raises(NoteError, match="not encrypted"):
        load_key(tmp_path / "log.pem", signer.name, "x")


def test_missing_damaged_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(NoteError, match="no key file"):
        load_plain_key(tmp_path / "none.pem", NAME)
    (tmp_path / "bad.pem").write_text("not a key")
    with pytest.raises(NoteError, match="damaged"):
        load_plain_key(tmp_path / "bad.pem", NAME)
    foreign = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "ec.pem").write_bytes(foreign)
    with pytest.raises(NoteError, match="Ed25519"):
        load_plain_key(tmp_path / "ec.pem", NAME)
