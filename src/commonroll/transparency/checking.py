"""A member's check of a log with nothing but its key: what is proved, since when, by whom, and what not.

What was seen at the last check is kept in a small file of its own; without one the log is trusted as it is
first seen, and the words say so. Offline: the folder, the file and the policy are all that is read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from commonroll.errors import Refusal
from commonroll.notes import open_note, parse_strict, parse_vkey
from commonroll.transparency.checkpoint import read_checkpoint
from commonroll.transparency.handover import follow, read_handovers
from commonroll.transparency.policy import Policy
from commonroll.transparency.tiles import CHECKPOINT, TileError, Tiles
from commonroll.transparency.verify import Verdict, verify_folder

KIND = "commonroll log seen 1"
FRESH = timedelta(hours=24)
"""How old a witness's signature may be; exports stop after as long without enough of them."""
DRIFT = timedelta(minutes=5)
"""By how much two clocks may differ."""
NOT_PROVED = (
    "That the operator entered everything: compare the receipts that you hold with the log's entries.",
    "That the times are true: they are the operator's own, and only witnesses' signatures bound them.",
    "What lies behind a hash in an entry, until one of its parties opens it.",
)
ALONE = (
    "That everybody was shown this same log: no witness's signature was checked. Give a policy with --policy."
)


@dataclass(frozen=True)
class Seen:
    """What the last check saw: the signed checkpoint, and when it was checked; "" if that is not known."""

    note: str
    checked_at: str = ""

    @property
    def size(self) -> int:
        return read_checkpoint(self.note).size


@dataclass(frozen=True)
class Cosigned:
    """A witness of the policy, and when it signed this checkpoint; None if it did not."""

    witness: str
    at: str | None


@dataclass(frozen=True)
class Check:
    """What a check found; `before` is how many entries the last one had seen, None at the first.

    Times are UTC. `proved` and `not_proved` are sentences, `problems` say what is wrong, in which file or
    entry; `notes` are about files that are no part of the log.
    """

    ok: bool
    origin: str
    size: int
    root: str
    first_at: str | None
    last_at: str | None
    before: int | None
    witnesses: tuple[Cosigned, ...]
    proved: tuple[str, ...]
    not_proved: tuple[str, ...]
    problems: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def check(
    folder: Path,
    vkey: str,
    *,
    policy: Policy | None = None,
    seen: Seen | None = None,
    now: datetime | None = None,
    fresh: timedelta | None = FRESH,
) -> Check:
    """Verify the log in `folder`, that it grew from what was `seen`, and who witnessed it.

    `fresh` is how old the witnesses' signatures may be at `now`; None for a copy out of an archive. Nothing
    is raised for a bad log.
    """
    at = now or datetime.now(UTC)
    verdict = verify_folder(folder, vkey, since=seen.note if seen else None)
    if not verdict.ok:
        return _found(verdict, seen, None, (), verdict.sentences)
    note = (folder / CHECKPOINT).read_text("utf-8")
    try:
        signed = _cosigned(note, folder, vkey, policy)
    except Refusal as error:
        return _found(verdict, seen, None, (), (f"{CHECKPOINT}: {error.what}",))
    problems = [
        *_of_clocks(verdict, seen, signed, at),
        *(_of_witnesses(signed, policy, at, fresh) if policy else ()),
    ]
    witnesses = tuple(Cosigned(name, _words(when) if when else None) for name, when in signed.items())
    return _found(verdict, seen, _first_at(folder, verdict.size), witnesses, tuple(problems))


def _found(
    verdict: Verdict,
    seen: Seen | None,
    first_at: str | None,
    witnesses: tuple[Cosigned, ...],
    problems: tuple[str, ...],
) -> Check:
    whole = verdict.as_dict()
    return Check(
        ok=not problems,
        origin=verdict.origin,
        size=verdict.size,
        root=str(whole["root"]),
        first_at=first_at,
        last_at=verdict.last_at,
        before=seen.size if seen else None,
        witnesses=witnesses,
        proved=() if problems else (*verdict.sentences, *_since(seen), *_signed_by(witnesses)),
        not_proved=(*NOT_PROVED, *(() if any(one.at for one in witnesses) else (ALONE,))),
        problems=problems,
    )


def _since(seen: Seen | None) -> tuple[str, ...]:
    if seen is None:
        return (
            "This is the first check here: that nothing was taken back before today is taken on trust, and "
            "every later check proves it from today on.",
        )
    return (f"The last check here was at {seen.checked_at}.",) if seen.checked_at else ()


def _signed_by(witnesses: tuple[Cosigned, ...]) -> tuple[str, ...]:
    return tuple(f"The witness {one.witness} signed it at {one.at}." for one in witnesses if one.at)


def _cosigned(note: str, folder: Path, vkey: str, policy: Policy | None) -> dict[str, datetime | None]:
    if policy is None:
        return {}
    origin = parse_vkey(vkey).name
    if read_checkpoint(note).origin != origin or not policy.keys_of(origin):
        raise Refusal("The policy is of another log.")
    signed = open_note(note, [*follow(read_handovers(folder), vkey).keys, *policy.witnesses.values()])[1]
    names = sorted(parse_vkey(one).name for one in policy.witnesses.values())
    return {name: _moment(signed.get(name)) for name in names}


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refusal("A witness's time is none.") from error


def _of_witnesses(
    signed: dict[str, datetime | None], policy: Policy, now: datetime, fresh: timedelta | None
) -> list[str]:
    there = {name: when for name, when in signed.items() if when}
    if not policy.witnessed(there):
        return [
            f"{CHECKPOINT}: too few witnesses signed it: {', '.join(there) or 'none'}; the policy asks for "
            "more."
        ]
    if fresh is None or policy.witnessed([name for name, when in there.items() if now - when <= fresh]):
        return []
    stale = [
        f"{name} at {_words(when)}" for name, when in there.items() if when is not None and now - when > fresh
    ]
    return [f"{CHECKPOINT}: the witnesses' signatures are stale: {', '.join(stale)} was the last."]


def _of_clocks(
    verdict: Verdict, seen: Seen | None, signed: dict[str, datetime | None], now: datetime
) -> list[str]:
    problems = []
    last = _read(verdict.last_at) if verdict.last_at else None
    if seen and seen.checked_at and _read(seen.checked_at) > now + DRIFT:
        problems.append(
            f"This machine's clock is set back: its last check is dated {seen.checked_at}, now it shows "
            f"{_words(now)}."
        )
    for name, when in signed.items():
        if when and last and last > when + DRIFT:
            problems.append(
                f"Entry {verdict.size - 1} is dated {verdict.last_at}, after the witness {name} had signed "
                f"it at {_words(when)}: the clock of one of them is wrong."
            )
    return problems


def _first_at(folder: Path, size: int) -> str | None:
    """When the first entry is dated, None if it has a form that is not known."""
    try:
        value = json.loads(Tiles(folder, size).entries(0)[0]) if size else None
    except (TileError, ValueError, RecursionError):
        return None
    at = value.get("at") if isinstance(value, dict) else None
    return at if isinstance(at, str) else None


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _words(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# What was seen


def read_seen(path: Path, vkey: str) -> Seen | None:
    """What the last check kept in `path`; None if there was none.

    Raises a Refusal if the file is of another log or was changed: a check does not go on as if it were the
    first.
    """
    if not path.exists():
        return None
    try:
        value = parse_strict(path.read_bytes())
        if value["kind"] != KIND:
            raise ValueError
        seen = Seen(value["checkpoint"], value["checked_at"])
        _read(seen.checked_at)
        # its signature is verified with the log's, whose folder says by which key
        if read_checkpoint(seen.note).origin != parse_vkey(vkey).name:
            raise ValueError
    except (Refusal, KeyError, TypeError, ValueError) as error:
        raise Refusal(
            "the file does not hold what was seen of this log",
            where=str(path),
            next_step="find the right file; delete it only if the log is to be trusted anew as it stands",
        ) from error
    return seen


def keep_seen(path: Path, folder: Path, now: datetime) -> None:
    """Keep what a good check saw, for the next one."""
    value = {
        "kind": KIND,
        "checkpoint": (folder / CHECKPOINT).read_text("utf-8"),
        "checked_at": _words(now),
    }
    writing = path.with_name(f"{path.name}.writing")
    writing.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
    writing.replace(path)
