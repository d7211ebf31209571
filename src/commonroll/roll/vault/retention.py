"""Which snapshots stay: a rule of days and months, what it would remove, and the removal.

The current snapshot stays whatever the rule says, and so does one that is being read or that an extract under
an agreement in force was cut from. Nothing goes before it is said: the caller writes to the owner's log
between the choice and the first deletion, under the vault's lock. A process that dies before the snapshots
are put away has changed nothing; one that dies after leaves files that the next sweep removes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from commonroll.errors import Refusal
from commonroll.roll.vault import locks, raw
from commonroll.roll.vault.catalogue import Snapshot
from commonroll.roll.vault.vault import Vault

SETTING = "retention"
"""The vault's setting that holds the rule by which every load removes."""
LONGEST = 10_000
_PART = re.compile(r"(newest|daily|monthly):([1-9][0-9]{0,4})", re.ASCII)


@dataclass(frozen=True)
class Rule:
    """What stays: the `newest` so many, all of the last `daily` days, the first of each of `monthly` months.

    Days and months are those of UTC, today's and this month's among them. A snapshot stays where one part
    keeps it.
    """

    newest: int = 0
    daily: int = 0
    monthly: int = 0

    def __str__(self) -> str:
        return ",".join(f"{f.name}:{getattr(self, f.name)}" for f in fields(self) if getattr(self, f.name))

    @property
    def words(self) -> str:
        """The rule as a sentence's end."""
        newest = "the newest snapshot" if self.newest == 1 else f"the newest {self.newest} snapshots"
        daily = (
            "every snapshot of today" if self.daily == 1 else f"every snapshot of the last {self.daily} days"
        )
        of = "this month" if self.monthly == 1 else f"each of the last {self.monthly} months"
        said = {newest: self.newest, daily: self.daily, f"the first snapshot of {of}": self.monthly}
        return ", and ".join(part for part, number in said.items() if number)


USUAL = Rule(newest=60)
"""Where the owner has set no rule: a year of weekly deliveries and some."""


def rule_of(text: str) -> Rule:
    """The rule that `text` writes, such as `daily:14,monthly:24`. Raises Refusal where it writes none."""
    found = [_PART.fullmatch(part.strip()) for part in text.split(",")]
    named = {match[1]: int(match[2]) for match in found if match}
    if not all(found) or len(named) != len(found) or max(named.values()) > LONGEST:
        raise Refusal(
            "This is not a rule of what stays.",
            where="retention",
            next_step="Write parts such as daily:14 (every snapshot of the last 14 days), monthly:24 (the "
            "first of each of the last 24 months) or newest:60, with commas between them, each once.",
        )
    return Rule(**named)


def rule_in_force(vault: Vault) -> Rule:
    """The owner's rule for this vault, or the usual one."""
    kept = vault.catalogue.setting(SETTING)
    return rule_of(kept) if kept else USUAL


def keep_to(vault: Vault, rule: Rule) -> None:
    """Make this the rule of the vault: every load removes by it from now on."""
    vault.catalogue.set(SETTING, str(rule))


@dataclass(frozen=True)
class Sweep:
    """What a rule comes to today: the snapshots that stay, each with why; those that go; bytes that go free.

    Newest first. `freed` counts the tables' files alone.
    """

    rule: Rule
    stays: Sequence[tuple[Snapshot, str]]
    goes: Sequence[Snapshot]
    freed: int


def preview(vault: Vault, rule: Rule, *, pinned: Mapping[int, str], now: datetime) -> Sweep:
    """What the rule would remove now; removes nothing.

    `pinned`: snapshot -> why it stays whatever the rule says.
    """
    snapshots = vault.snapshots()
    why = dict(_why(rule, snapshots, now))
    for number in locks.leased(vault.path / "leases", now):
        why.setdefault(number, "it is being read")
    for number, reason in pinned.items():
        why.setdefault(number, reason)
    goes = [one for one in snapshots if one.number not in why]
    stays = [(one, why[one.number]) for one in snapshots if one.number in why]
    return Sweep(rule, stays, goes, _bytes_alone(vault, goes, [one for one, _ in stays]))


def _why(rule: Rule, snapshots: Sequence[Snapshot], now: datetime) -> Iterator[tuple[int, str]]:
    """Snapshot -> why the rule keeps it, the plainest reason last; `snapshots` are the readable ones."""
    for one in snapshots[: rule.newest]:
        yield one.number, f"one of the newest {rule.newest}"
    first: dict[date, Snapshot] = {}
    for one in reversed(snapshots):
        first.setdefault(_day(one).replace(day=1), one)
    since = _months_back(now.astimezone(UTC).date(), rule.monthly - 1) if rule.monthly else date.max
    for month, one in first.items():
        if month >= since:
            yield one.number, f"the first of {month:%B %Y}"
    earliest = now.astimezone(UTC).date() - timedelta(days=rule.daily)
    for one in snapshots:
        if _day(one) > earliest:
            yield one.number, f"of the last {rule.daily} days"
    for one in snapshots[:1]:
        yield one.number, "the current one"


def _day(snapshot: Snapshot) -> date:
    return snapshot.made_at.astimezone(UTC).date()


def _months_back(day: date, months: int) -> date:
    """The first day of the month that many months before `day`, at most the first there is."""
    index = max(day.year * 12 + day.month - 1 - months, 12)
    return date(index // 12, index % 12 + 1, 1)


def _bytes_alone(vault: Vault, goes: Sequence[Snapshot], stays: Sequence[Snapshot]) -> int:
    needed = _paths(vault, stays)
    alone = [path for path in _paths(vault, goes) - needed if path.exists()]
    return sum(path.stat().st_size for path in alone)


def _paths(vault: Vault, snapshots: Collection[Snapshot]) -> set[Path]:
    return {Path(path) for one in snapshots for table in one.versions for path in vault.files(one, table)}


def sweep(
    vault: Vault,
    rule: Rule,
    *,
    pinned: Callable[[], Mapping[int, str]],
    say: Callable[[Sweep], None],
    now: datetime,
    wait: float = 0,
) -> Sweep:
    """Remove what the rule does not keep; what was removed.

    `say` is called once the choice is made and nothing is touched yet, if anything goes; where it raises,
    everything stays. `pinned` is asked under the vault's lock; who takes a lease in between keeps the files
    until the reading ends. Raises VaultBusy while a load runs.
    """
    with vault.lock(wait=wait, doing="retention"):
        found = preview(vault, rule, pinned=pinned(), now=now)
        if found.goes:
            say(found)
            vault.catalogue.put_away([one.number for one in found.goes], now)
        raw.sweep(vault)
        vault.vacuum(keep=max(len(found.stays), 1), now=now)
    return found
