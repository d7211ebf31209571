"""What was said at doors that concerns every member: that a voter moved, died, or nobody should ring there.

It goes to the owner at once. It binds others once two canvassers say so or the owner does, by the owner's
suppression table, as opt-outs do; it ends by itself, and is taken back with a reason. No row is erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.fold import SOURCES_NEEDED
from commonroll.roll.vault import suppression
from commonroll.roll.vault.vault import Vault
from commonroll.server import behind, wall
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import DoorWord, Member

Word = DoorWord.Word

CLOSES: Mapping[str, tuple[str, ...]] = {
    Word.MOVED: ("door",),
    Word.DO_NOT_WALK: ("door",),
    Word.DECEASED: ("door", "email", "mail", "phone", "text"),
}
"""Channels on which whoever is meant is left alone."""

LASTS: Mapping[str, timedelta] = {
    Word.MOVED: timedelta(days=365),
    Word.DO_NOT_WALK: timedelta(days=365),
    Word.DECEASED: timedelta(days=730),
}
"""After these days it binds nobody, unless it is said again: each cycle some of the dead vote."""

MOST_REASON = 200


def standing(owner: Member, numbers: Iterable[int], now: datetime) -> dict[tuple[int, str], list[DoorWord]]:
    """Words that were not taken back and have not ended, by the voter's number and the word."""
    found: dict[tuple[int, str], list[DoorWord]] = {}
    rows = DoorWord.objects.filter(owner=owner, number__in=set(numbers), taken_back_at=None, ends_at__gt=now)
    for row in rows:
        found.setdefault((row.number, row.word), []).append(row)
    return found


def binds(words: Sequence[DoorWord]) -> bool:
    """Whether enough say so: two canvassers, of one member or of two, or the owner's lead."""
    sources = {(one.member_id, one.by) for one in words}
    return len(sources) >= SOURCES_NEEDED or any(one.confirms for one in words)


@wall.node()
def settle(home: Home, owner: Member, numbers: Iterable[int], now: datetime | None = None) -> None:
    """Let the owner's vault leave alone those whom a word binds, and nobody else of them. Idempotent."""
    now, wanted = now or timezone.now(), sorted(set(numbers))
    ids = behind.voters(home, owner.key, wanted)
    words = standing(owner, wanted, now)
    closed: dict[str, set[str]] = {channel: set() for channel in CLOSES[Word.DECEASED]}
    for (number, word), said in words.items():
        if number in ids and binds(said):
            for channel in CLOSES[word]:
                closed[channel].add(ids[number])
    vault = Vault(home.vaults, owner.key)
    for channel, voters in closed.items():
        if voters:
            suppression.add(vault.catalogue, sorted(voters), reason=suppression.DOOR, channel=channel, at=now)
        if spared := set(ids.values()) - voters:
            vault.lift(sorted(spared), suppression.DOOR, channel=channel)


@wall.node()
def sweep(home: Home, now: datetime | None = None) -> int:
    """What has ended binds nobody any more; how many words ended since they were looked at last."""
    now = now or timezone.now()
    over = DoorWord.objects.filter(taken_back_at=None, ends_at__lte=now, ends_at__gt=now - LOOKED_BACK)
    by_owner: dict[Member, set[int]] = {}
    for row in over.select_related("owner"):
        by_owner.setdefault(row.owner, set()).add(row.number)
    for owner, numbers in by_owner.items():
        settle(home, owner, numbers, now)
    return sum(map(len, by_owner.values()))


LOOKED_BACK = timedelta(days=7)
"""A site that was off for longer settles them when it is told anything of these voters again."""


# The owner's part


def of_owner(owner: Member, by: Actor, now: datetime | None = None) -> list[DoorWord]:
    """What stands about the owner's voters, the newest first."""
    by.require("raw", owner)
    found = DoorWord.objects.filter(owner=owner, taken_back_at=None, ends_at__gt=now or timezone.now())
    return list(found.select_related("member").order_by("-pk"))


def confirm(*, home: Home, owner: Member, word: int, by: Actor) -> DoorWord:
    """The owner says so too: from now on it binds everybody."""
    by.require("raw", owner)
    row, now = _of(owner, word), timezone.now()
    with transaction.atomic():
        said = DoorWord.objects.create(
            member=owner, owner=owner, number=row.number, word=row.word, confirms=True, by=by.label,
            said_at=now, ends_at=now + LASTS[row.word],
        )  # fmt: skip
    settle(home, owner, [row.number])
    return said


def take_back(*, home: Home, owner: Member, word: int, reason: str, by: Actor) -> DoorWord:
    """All that stands of one voter and one word counts no more, with a reason; the rows stay."""
    by.require("raw", owner)
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON or not reason.isprintable():
        raise Refusal(f"Say why, in one line of at most {MOST_REASON} characters.", next_step="Add a reason.")
    row = _of(owner, word)
    DoorWord.objects.filter(owner=owner, number=row.number, word=row.word, taken_back_at=None).update(
        taken_back_at=timezone.now(), taken_back_by=by.label, taken_back_why=reason
    )
    settle(home, owner, [row.number])
    row.refresh_from_db()
    return row


def _of(owner: Member, word: int) -> DoorWord:
    row = DoorWord.objects.filter(owner=owner, pk=word, taken_back_at=None).first()
    if row is None:
        raise Unknown("Nothing of that number stands.", next_step="See the list.")
    return row
