"""The doctor finds each thing that is broken, exactly it, and nothing in a home that is whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from world import World

from commonroll import at_rest
from commonroll.server import doctor
from commonroll.server.home import Home
from commonroll.server.models import Extract, Journal

OLD = 3 * 24 * 3600


def tile(home: Home) -> Path:
    return next(path for path in sorted((home.logs / "oh" / "tile" / "entries").rglob("*")) if path.is_file())


def spoil_log(home: Home) -> None:
    data = bytearray(tile(home).read_bytes())
    data[-5] ^= 1
    tile(home).write_bytes(data)


def lose_tables(home: Home) -> None:
    for path in (home.vaults / "oh" / "voters").glob("*.parquet"):
        path.unlink()


def cut_a_table(home: Home) -> None:
    path = next((home.vaults / "oh" / "voters").glob("*.parquet"))
    os.truncate(path, path.stat().st_size // 2)


def swap_log_keys(home: Home) -> None:
    at_rest.put(home.log_key("oh"), at_rest.read(home.log_key("wa")))


def change_a_row(home: Home) -> None:
    row = Journal.objects.filter(log="oh").order_by("index")[1]
    Journal.objects.filter(pk=row.pk).update(leaf=bytes(row.leaf).replace(b"20", b"21", 1))


def set_journal_back(home: Home) -> None:
    last = Journal.objects.filter(log="oh").order_by("-index")[0]
    Journal.objects.filter(pk=last.pk).delete()


def set_log_back(home: Home) -> None:
    last = Journal.objects.filter(log="oh").order_by("-index")[0]
    Journal.objects.filter(pk=last.pk).update(index=9_999)


def leave_waiting(home: Home) -> None:
    last = Journal.objects.filter(log="oh").order_by("-index")[0]
    hour_ago = timezone.now() - timedelta(hours=1)
    Journal.objects.filter(pk=last.pk).update(index=None, at=hour_ago)


def leave_extract(home: Home) -> None:
    (home.extracts / "0b8ae2f0.csv").write_text("x")
    os.utime(home.extracts / "0b8ae2f0.csv", (time.time() - OLD,) * 2)


def hang(home: Home) -> None:
    member = doctor.Member.objects.get(key="oh")
    made = Extract.objects.create(viewer=member, purpose="gotv", by="x", state=Extract.State.RUNNING)
    Extract.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=3))


BROKEN: dict[str, tuple[Callable[[Home], object], str, str, str]] = {
    "a changed byte of an entry": (spoil_log, "log", "log/oh", "does not verify"),
    "a lost log": (lambda home: (home.logs / "oh").rename(home.tmp / "oh"), "log", "log/oh", "missing"),
    "another log's key": (swap_log_keys, "log", "secrets/oh.log.key", "key"),
    "the file of another log's key": (
        lambda home: home.log_key("oh").write_bytes(home.log_key("wa").read_bytes()),
        "log", "secrets/oh.log.key", "another place",
    ),
    "a secret that is not sealed": (
        lambda home: home.log_key("oh").write_bytes(at_rest.read(home.log_key("oh"))),
        "unsealed", "secrets/oh.log.key", "whoever has a copy",
    ),
    "a lost log key": (lambda home: home.log_key("oh").unlink(), "log", "secrets/oh.log.key", "missing"),
    "a changed row of the journal": (change_a_row, "log", "log/oh", "1 entries differ"),
    "a database set back": (set_journal_back, "log", "log/oh", "the database was set back"),
    "a log set back": (set_log_back, "log", "log/oh", "the log was set back"),
    "receipts that wait": (leave_waiting, "pending", "log/oh", "wait for the log"),
    "lost files of a table": (lose_tables, "vault", "vaults/oh", "files are missing"),
    "half a file of a table": (cut_a_table, "vault", "vaults/oh", "cannot be read"),
    "an extract of no row": (leave_extract, "orphan", "extracts/0b8ae2f0.csv", "no row"),
    "an open secret": (lambda home: home.log_key("oh").chmod(0o644), "rights", "secrets/oh.log.key", "0644"),
    "an open key of a member": (
        lambda home: home.signing_key("oh").chmod(0o640), "rights", "vaults/oh/signing.key", "0640"
    ),
    "a lost secret": (
        lambda home: (home.secrets / "references.key").unlink(),
        "secret", "secrets/references.key", "missing",
    ),
    "work that hangs": (hang, "pending", "extracts", "1 running"),
}  # fmt: skip


def test_a_whole_home_has_nothing(world: World) -> None:
    assert doctor.examine(world.home) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_and_nothing_else(world: World, name: str) -> None:
    breaks, check, where, what = BROKEN[name]
    breaks(world.home)
    found = doctor.examine(world.home)
    assert [(one.check, one.where) for one in found] == [(check, where)]
    assert what in found[0].what
    assert found[0].next_step


def test_what_is_safe_is_mended_and_the_rest_is_left(world: World) -> None:
    leave_extract(world.home)
    world.home.log_key("oh").chmod(0o644)
    lose_tables(world.home)
    mended = doctor.mend(doctor.examine(world.home))
    assert {one.check for one in mended} == {"rights", "orphan"}
    left = {(one.check, str(one.weight)) for one in doctor.examine(world.home)}
    assert left == {("orphan", "note"), ("vault", "wrong")}
    assert (world.home.path / "found" / "extracts" / "0b8ae2f0.csv").exists()


def test_one_member_is_examined_alone(world: World) -> None:
    lose_tables(world.home)
    assert doctor.examine(world.home, "wa") == []
    assert [one.where for one in doctor.examine(world.home, "oh")] == ["vaults/oh"]
