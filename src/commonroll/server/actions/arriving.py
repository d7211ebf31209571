"""A member arrives with the package that it left another home with: checked whole, then taken in at once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.flow.leaving import age, package, vault_files
from commonroll.flow.leaving.age import Key
from commonroll.flow.leaving.package import BadPackage, bad
from commonroll.notes import load_plain_key
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions.federation import FEDERATION_LOG, current_vkey, federation
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.leaving import contents, taken_in
from commonroll.server.leaving.rows import Row, read_json, require_names
from commonroll.server.models import Member
from commonroll.transparency import decisions
from commonroll.transparency.verify import verify_folder

PAGE = ("agreements", "federation", "final", "format", "keys", "made_at", "member", "origin", "parties")
ARRIVED = "arrived"
"""Folder of a vault that keeps what the package says of the home before, for which no table has a place."""
KEPT_PAGES = (
    "README.md",
    "package.json",
    "policy",
    "keys/public.json",
    "records/people.jsonl",
    "records/proposals.jsonl",
)
STATED = ("onward-", "payment-")
"""Files beside an agreement that others stated: kept as they were signed, and owed by nobody here."""
MARK = ".arriving"
ROOM = 1.1
"""Room on the disk that is asked for, in sizes of the package."""


@dataclass(frozen=True)
class Arrived:
    """A member that came in, and how much of what."""

    member: Member
    counts: dict[str, int]


def arrive(
    *, home: Home, file: Path, key: Key, by: Actor, progress: Callable[[str, float], None] | None = None
) -> Arrived:
    """Unpack, check and take in a package; raises Refusal, and nothing of it stays, where anything is off.

    Its agreements come as they ended; whoever it had them with is known here by name alone.
    """
    say = progress or (lambda stage, fraction: None)
    size = file.stat().st_size
    if size * ROOM > shutil.disk_usage(home.path).free:
        raise Refusal(
            "the disk has no room for what is in the package", next_step="make room, then try again"
        )
    folder = home.tmp / f"arriving-{os.urandom(8).hex()}"
    folder.mkdir(mode=0o700)
    try:
        say("unpacking", 0.0)
        with file.open("rb") as source, age.opening(source, key) as plain:
            sums = package.read(plain, most=size, into=folder)
        say("checking", 0.5)
        unpacked = _checked(home, folder, sums)
        say("taking in", 0.8)
        return _take_in(home, unpacked, by)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Unpacked:
    """A package in a folder of ours, its files and its log checked."""

    folder: Path
    page: Row
    key: str
    vault: Vault
    entries: int


def _checked(home: Home, folder: Path, sums: dict[str, str]) -> Unpacked:
    page = require_names(read_json(_file(folder, "package.json"), "package.json"), PAGE, "package.json")
    if page["format"] != contents.FORMAT:
        raise bad("this version does not know the package's form", "package.json")
    if page["final"] is not True:
        raise Refusal(
            "this package was made before its member left: its log goes on where it was",
            next_step="open it with any age program; the one made when the member has left arrives",
        )
    key = page["member"]
    _check_free(home, page, key)
    held = Vault(folder, key)
    if (folder / "vault").exists():
        (folder / "vault").rename(held.path)
        vault_files.check_arrived(held, sums, read_json(_file(folder, "snapshots.json"), "snapshots.json"))
    return Unpacked(folder, page, key, held, _check_log(folder, page, key))


def _file(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise bad("the package lacks a file", name) from error


def _check_free(home: Home, page: Row, key: Any) -> None:
    """Its key and those of its parties must be nobody's here; what a killed arrival left is cleared away."""
    keys = [row.get("key") if isinstance(row, dict) else None for row in page["parties"]]
    plain = all(isinstance(one, str) and taken_in.MEMBER_KEY.fullmatch(one) for one in (key, *keys))
    if not plain or key not in keys or len(set(keys)) != len(keys) or FEDERATION_LOG in keys:
        raise bad("the package does not say whose it is", "package.json")
    taken = set(Member.objects.filter(key__in=keys).values_list("key", flat=True))
    if key in taken:
        raise Refusal(
            f"there is a member {key} here already", next_step="nothing is left to do if it is the same"
        )
    if taken:
        raise Refusal(
            f"the package has dealings with {', '.join(sorted(taken))}, and such a member is here already",
            next_step="let it arrive in a home of its own: commonroll init --home DIR --name NAME",
        )
    if (home.vaults / key / MARK).exists():
        _clear(home, key)
    if (home.vaults / key).exists() or (home.logs / key).exists() or home.log_key(key).exists():
        raise Refusal(f"files of a member {key} lie here already", next_step="move them away, then try again")


def _check_log(folder: Path, page: Row, key: str) -> int:
    origin = page["origin"]
    (own,) = [row for row in page["parties"] if row["key"] == key]
    try:
        signer = load_plain_key(folder / "keys" / "log.key", f"{origin}/log/{key}")
        verdict = verify_folder(folder / "log", str(own.get("log_vkey")))
    except Refusal as error:
        raise bad("the key of the log cannot be used", "keys/log.key") from error
    if not verdict.ok:
        raise bad(verdict.sentences[0], "log")
    if signer.vkey != own.get("log_vkey"):
        raise bad("the key of the log is another than the one that signed it", "keys/log.key")
    return verdict.size


def _take_in(home: Home, one: Unpacked, by: Actor) -> Arrived:
    try:
        with _undone(home, one.key), transaction.atomic():
            member, counts = taken_in.take_in(one.folder, one.page, one.key, one.entries, federation().origin)
            _say(member, by)
            _move_in(home, one)
    except IntegrityError as error:
        raise Refusal(
            "something of the package is here already", next_step="let it arrive in a home of its own"
        ) from error
    (home.vaults / one.key / MARK).unlink()
    return Arrived(member, counts)


def _say(member: Member, by: Actor) -> None:
    """The log goes on: the member came here, and signs here."""
    vkey = current_vkey(member)
    for log in (FEDERATION_LOG, member.key):
        journal.record(
            log=log,
            type="member.key",
            keys={"member": member.urn, "vkey": vkey, "state": "added"},
            owner=member.key,
        )
    journal.operator(member, "member.added", {"by": by.label, "at": timezone.now().isoformat()})


def _move_in(home: Home, one: Unpacked) -> None:
    one.vault.path.mkdir(exist_ok=True, mode=0o700)
    for name in KEPT_PAGES:
        _keep(one, name)
    for path in sorted((one.folder / "receipts").glob("as-recipient-*.jsonl")):
        _keep(one, f"receipts/{path.name}")
    _take_decisions(home, one)
    for place in ("agreements", "licences", "overrides"):
        for path in sorted((one.folder / place).glob("**/*")):
            if path.is_file() and (place != "agreements" or path.name.startswith(STATED)):
                _keep(one, path.relative_to(one.folder).as_posix(), flat=False)
    (one.vault.path / MARK).touch(mode=0o600)
    one.vault.path.rename(home.vaults / one.key)
    (one.folder / "log").rename(home.logs / one.key)
    at_rest.put(home.log_key(one.key), (one.folder / "keys" / "log.key").read_bytes())
    at_rest.take_up(home.path)


def _take_decisions(home: Home, one: Unpacked) -> None:
    """Hours that the log has roots of; whoever asks is shown them here as before."""
    for path in sorted((one.folder / "receipts").glob("decisions-*.jsonl")):
        root = path.name.removeprefix("decisions-")
        if decisions.hash_of(decisions.lines(path)).hex() != root.removesuffix(decisions.SUFFIX):
            raise bad("decisions are not those of the root that they are named by", path.name)
        folder = home.decisions / one.key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.rename(folder / root)


def _keep(one: Unpacked, name: str, *, flat: bool = True) -> None:
    to = one.vault.path / ARRIVED / one.page["made_at"][:10] / (Path(name).name if flat else name)
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    (one.folder / name).rename(to)


@contextmanager
def _undone(home: Home, key: str) -> Iterator[None]:
    """Where the rows are not taken in, neither are the files."""
    try:
        yield
    except BaseException:
        if (home.vaults / key / MARK).exists():
            _clear(home, key)
        raise


def _clear(home: Home, key: str) -> None:
    for folder in (home.logs / key, home.vaults / key, home.decisions / key):
        shutil.rmtree(folder, ignore_errors=True)
    home.log_key(key).unlink(missing_ok=True)


__all__ = ["Arrived", "BadPackage", "arrive"]
