"""Decisions on who might do what: recorded as they are made, an hour of them one entry of the member's log.

A record names nobody (docs/adr/0106). It is with the kernel before anything is done, so whoever kills the
process loses none; whoever folds the logs closes an hour and enters its root. Where a decision cannot be
recorded nothing is done.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import digest_text
from commonroll.server import journal, members, wall
from commonroll.server.home import Home
from commonroll.server.models import Journal, Member
from commonroll.transparency import decisions
from commonroll.transparency.leaves import instant

LOCK = "closing.lock"
TOKEN_CHARS = 16
MOST_REMEMBERED = 10_000

_noted: dict[tuple[str, ...], str] = {}
"""When each decision was last recorded: the same one in the same second is one record."""


class NotRecorded(Refusal):
    """What is decided cannot be recorded; HTTP 503."""


def note(
    member: Member, act: str, *, label: str, as_: str, reason: str = "", owners: Sequence[str] = ()
) -> None:
    """Record that `label` may do an act for a member, or for what `reason` not. Raises NotRecorded.

    The records of a member that left are closed with its log.
    """
    if member.left_at is not None:
        return
    home, at = settings.HOME, instant(timezone.now())
    which = (str(home.path), member.key, act, label, as_, reason, *owners)
    if _noted.get(which) == at:
        return
    actor = token(home, member.key, label)
    line = decisions.record(
        at=at, act=act, actor=actor, as_=as_, member=member.key, reason=reason, owners=owners
    )
    try:
        home.decisions.mkdir(mode=0o700, exist_ok=True)
        decisions.append(home.decisions / member.key, line)
    except OSError as error:
        raise NotRecorded(
            "who may do this cannot be recorded, so it is not done",
            next_step="ask the operator to look at the home's disk and the rights of its folder decisions",
        ) from error
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[which] = at


def token(home: Home, member: str, label: str) -> str:
    """Who asked, for one member alone: two members' records cannot be held side by side."""
    return _token(home.path, member, label)


@lru_cache(maxsize=4_096)
def _token(home: Path, member: str, label: str) -> str:
    said = f"commonroll decision v1\n{member}\n{label}".encode()
    return hmac.new(Home(home).reference_secret(), said, hashlib.sha256).hexdigest()[:TOKEN_CHARS]


# Closing


@wall.node()
def close(home: Home, *, now: datetime | None = None) -> int:
    """Enter the hours that are over into the members' logs; the entries made.

    The time of its first record says which hour a file is of.
    """
    hour, made = _hour(instant(now or timezone.now())), 0
    for folder in sorted(home.decisions.iterdir()) if home.decisions.is_dir() else ():
        begun = decisions.first(folder)
        over = begun is not None and _hour(str(begun["at"])) != hour
        if over or (folder / decisions.CLOSING).exists():
            made += close_of(home, folder.name)
    return made


@wall.node()
def close_of(home: Home, member: str) -> int:
    """Enter what a member's open file holds, whatever the time; the entries made, 0 or 1."""
    folder = home.decisions / member
    if member not in members.every() or not folder.is_dir():
        return 0
    with _alone(folder) as mine:
        return int(mine and decisions.close(folder, partial(_enter, member)) > 0)


def _hour(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp()) // (3600 * settings.DECISION_HOURS)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process closes this folder's file now."""
    with (folder / LOCK).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@transaction.atomic
def _enter(member: str, root: bytes, count: int) -> None:
    """The entry, unless the last one of decisions is of this very root: a crash came after it."""
    said = digest_text(root)
    last = Journal.objects.filter(log=member, type="decisions").order_by("-pk").first()
    if last is None or root_of(last) != said:
        keys = {"root": said, "count": str(count)}
        journal.record(log=member, type="decisions", keys=keys, owner=member, late=True)


def root_of(row: Journal) -> str:
    """The root that an entry of decisions names."""
    return str(json.loads(bytes(row.leaf))["root"])


def file_of(home: Home, row: Journal) -> Path:
    """Where the decisions of an entry are kept."""
    root = base64.b64decode(root_of(row).removeprefix("sha256:")).hex()
    return home.decisions / row.log / f"{root}{decisions.SUFFIX}"
