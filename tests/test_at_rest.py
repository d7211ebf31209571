"""Secrets are of no use without the master key, and a change of keys that dies leaves a home that opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll import at_rest
from commonroll.errors import Refusal

SECRETS = {
    "secrets/oh.log.key": b"signs",
    "secrets/django.key": b"",
    "vaults/oh/marks/keys/2026.key": b"ab\n",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of before: its secrets as they are."""
    monkeypatch.delenv(at_rest.ENVIRONMENT, raising=False)
    for name, secret in SECRETS.items():
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        at_rest.put(path, secret)
        assert path.read_bytes() == secret, "no keys yet"
    return tmp_path / "home"


def opens(home: Path) -> None:
    for name, secret in SECRETS.items():
        assert at_rest.read(home / name) == secret


def test_an_older_home_is_taken_up_once(home: Path) -> None:
    assert at_rest.take_up(home) == len(SECRETS) and at_rest.take_up(home) == 0
    opens(home)
    for name, secret in SECRETS.items():
        kept = home / name
        assert at_rest.is_sealed(kept) and kept.stat().st_mode & 0o077 == 0
        assert not secret or secret not in kept.read_bytes()
    assert {path.name for path in (home / "secrets").iterdir()} == {
        "oh.log.key", "django.key", at_rest.DATA, at_rest.MASTER
    }  # fmt: skip


BROKEN = {
    "in another's place": lambda home: (home / "secrets/oh.log.key").replace(home / "secrets/wa.log.key"),
    "changed": lambda home: _turned(home / "secrets/oh.log.key", -1),
    "of another home": lambda home: _turned(home / "secrets/oh.log.key", len(at_rest.MAGIC)),
    "without data keys": lambda home: (home / "secrets" / at_rest.DATA).unlink(),
    "without the master key": lambda home: (home / "secrets" / at_rest.MASTER).unlink(),
    "under another master key": lambda home: (home / "secrets" / at_rest.MASTER).write_text("00" * 32),
    "under no key at all": lambda home: (home / "secrets" / at_rest.MASTER).write_text("secret"),
}


def _turned(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("broken", BROKEN)
def test_what_does_not_open_is_refused_and_says_what_to_do(home: Path, broken: str) -> None:
    at_rest.take_up(home)
    BROKEN[broken](home)
    at_rest._ring.cache_clear()
    path = home / "secrets" / ("wa.log.key" if "another's" in broken else "oh.log.key")
    with pytest.raises(Refusal) as refusal:
        at_rest.read(path)
    assert refusal.value.where and refusal.value.next_step
    assert "signs" not in str(refusal.value)


@given(st.binary(max_size=200))
def test_what_is_sealed_comes_back(secret: bytes) -> None:
    ring = at_rest.Ring(Path("/home"), (bytes(32), bytes(range(32))))
    path = Path("/home/secrets/x.key")
    assert ring.open(path, ring.seal(path, secret)) == secret
    assert ring.seal(path, secret) != ring.seal(path, secret), "a nonce for each"


class Died(Exception):
    """In place of kill -9."""


@pytest.mark.parametrize("what", ["master", "moved", "data"])
def test_a_change_that_dies_before_any_step_leaves_a_home_that_opens(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    at_rest.take_up(home)
    outside, steps, step = tmp_path / "master.key", 0, 0
    changes = {
        "master": lambda: at_rest.change_master(home),
        "moved": lambda: at_rest.change_master(home, outside),
        "data": lambda: at_rest.change_data(home),
    }
    replace, link = Path.replace, at_rest.os.link

    def dying(real: object) -> object:
        def step_of(*given: object, **named: object) -> object:
            nonlocal step
            step += 1
            if step == steps:
                raise Died
            return real(*given, **named)  # type: ignore[operator]

        return step_of

    for last in range(1, 12):
        step, steps = 0, last
        outside.unlink(missing_ok=True)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", dying(replace))
            patch.setattr(at_rest.os, "link", dying(link))
            try:
                changes[what]()
                break
            except Died:
                pass
        at_rest._ring.cache_clear()
        opens(home)
    else:
        pytest.fail("the change has more steps than were tried")
    assert steps > 2
    if what == "moved":
        with pytest.raises(Refusal):
            at_rest.read(home / "secrets" / "oh.log.key")
        monkeypatch.setenv(at_rest.ENVIRONMENT, str(outside))
    at_rest._ring.cache_clear()
    opens(home)


def test_after_a_change_of_all_keys_the_old_ones_open_nothing(home: Path) -> None:
    at_rest.take_up(home)
    old = {name: (home / name).read_bytes() for name in SECRETS}
    data, master = (
        (home / "secrets" / at_rest.DATA).read_bytes(),
        (home / "secrets" / at_rest.MASTER).read_text(),
    )
    at_rest.change_master(home)
    assert at_rest.change_data(home) == len(SECRETS)
    opens(home)
    for name, sealed in old.items():
        (home / name).write_bytes(sealed)
        with pytest.raises(Refusal):
            at_rest.read(home / name)
    (home / "secrets" / at_rest.MASTER).write_text(master)
    at_rest._ring.cache_clear()
    with pytest.raises(Refusal, match="master key"):
        at_rest.read(home / "secrets" / "django.key")
    assert data != (home / "secrets" / at_rest.DATA).read_bytes()
