"""Turfs of a cut changed by hand: blocks moved, turfs divided, joined, locked, the rest cut again; undone.

What somebody holds does not change until it is handed back. A turf that was out before is replaced by another
revision of its number, so that what was recorded at its doors stays where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import borders, moves
from commonroll.field.divide import Size
from commonroll.field.divide import Turf as Described
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import HandOut, Turf, TurfCut

EDITS = "edits"
"""Folder beside a cut's files: each change with where the doors were, the newest last."""


def in_hand(now: datetime | None = None) -> Q:
    """Hand-outs that somebody walks with now; a printed list is out until it is closed."""
    return Q(returned_at=None, revoked_at=None) & (Q(paper=True) | Q(ends_at__gt=now or timezone.now()))


def holders(cut: TurfCut) -> QuerySet[HandOut]:
    """Who has which turf of a cut now."""
    return HandOut.objects.filter(in_hand(), turf__cut=cut).select_related("turf")


def size_of(cut: TurfCut) -> Size:
    return Size("minutes" if cut.size_by == "minutes" else "doors", cut.size, cut.at_door)


# Changes


def give(
    *,
    home: Home,
    cut: TurfCut,
    blocks: Collection[int],
    to: int | None,
    even: bool = True,
    across: bool = False,
    by: Actor,
) -> list[int]:
    """Give blocks to another turf, or to a new one (None); the turfs that are others now. Raises Refusal for
    a turf that would cross a border which the cut keeps, but `across`."""
    to_words = "a new turf" if to is None else f"turf {to}"
    said = f"{len(blocks)} block{'s' if len(blocks) != 1 else ''} to {to_words}"

    def work(folder: Path) -> moves.After:
        after = moves.given(folder, size_of(cut), blocks, to, even=even)
        return after if across else _inside(cut, folder, after)

    return _change(home, cut, work, said + (", across a border" if across else ""), by)


def divide(*, home: Home, cut: TurfCut, number: int, into: int = 2, by: Actor) -> list[int]:
    """Cut one turf into several; the first keeps the number."""
    if not 2 <= into <= 8:
        raise Refusal("A turf is divided into 2 to 8.", where=f"into {into}", next_step="Cut anew instead.")
    said = f"turf {number} divided into {into}"
    return _change(home, cut, lambda at: moves.divided(at, size_of(cut), number, into), said, by)


def join(*, home: Home, cut: TurfCut, numbers: Sequence[int], across: bool = False, by: Actor) -> list[int]:
    """Put the doors of several turfs into the first of them; over a border of the cut only `across`."""
    known = set(cut.turfs.filter(number__in=numbers).values_list("number", flat=True))
    if len(known) < 2:
        raise Refusal("Two turfs are needed for joining.", next_step="Choose another turf of this cut.")
    kept = [number for number in dict.fromkeys(numbers) if number in known]
    said = f"turfs {', '.join(map(str, kept))} joined"

    def work(folder: Path) -> moves.After:
        after = moves.merged(folder, kept)
        return after if across else _inside(cut, folder, after)

    return _change(home, cut, work, said + (", across a border" if across else ""), by)


def _inside(cut: TurfCut, folder: Path, after: moves.After) -> moves.After:
    over = borders.crossed(folder, after)
    if over:
        several = ", ".join(map(str, over))
        raise Refusal(
            f"Turf {several} would cross a border: this cut keeps each turf within one {cut.within}.",
            where=f"turf {several}",
            next_step="Choose a turf on the same side, or tick that it may cross the border.",
        )
    return after


def again(*, home: Home, cut: TurfCut, seed: int | None = None, by: Actor) -> list[int]:
    """Cut anew whatever is neither locked nor in somebody's hands."""
    kept = set(cut.turfs.filter(locked=True).values_list("number", flat=True))
    kept |= {one.turf.number for one in holders(cut)}
    said = "cut again" + (f" but {len(kept)}" if kept else "")
    seed = cut.seed + 1 + len(_edits(home, cut)) if seed is None else seed
    return _change(home, cut, lambda at: moves.again(at, size_of(cut), kept, seed=seed), said, by)


def placed(
    *,
    home: Home,
    cut: TurfCut,
    door: int,
    at: tuple[float, float] | None,
    fixed: Collection[int] = (),
    by: Actor,
) -> list[int]:
    """Put a door's building at a place, into the nearest turf but those `fixed`, or (None) back to nowhere.
    Whoever takes it back asks `free` before: the doors are written first."""

    def work(folder: Path) -> moves.After:
        return moves.unplaced(folder, door) if at is None else moves.placed(folder, door, *at, fixed=fixed)

    return _change(home, cut, work, None, by)


def undo(*, home: Home, cut: TurfCut, by: Actor) -> str:
    """Take back the newest change; what it was."""
    edits = _edits(home, cut)
    if not edits:
        raise Refusal("Nothing was changed by hand.", next_step="The turfs are as they were cut.")
    said = json.loads(edits[-1].read_text("utf-8"))
    before = {int(door): turf for door, turf in said["before"].items()}
    _change(home, cut, lambda at: before, None, by)
    edits[-1].unlink()
    return str(said["what"])


def last(home: Home, cut: TurfCut) -> Mapping[str, Any] | None:
    """The newest change that can be taken back: what, by whom, when."""
    edits = _edits(home, cut)
    if not edits:
        return None
    said: dict[str, Any] = json.loads(edits[-1].read_text("utf-8"))
    return {name: said[name] for name in ("what", "by", "at")}


def lock(*, cut: TurfCut, number: int, locked: bool, by: Actor) -> None:
    """A locked turf stays as it is, whatever is moved or cut again, until it is opened."""
    by.require("view", cut.member)
    cut.turfs.filter(number=number).update(locked=locked)


# One change


def _change(
    home: Home, cut: TurfCut, work: Callable[[Path], moves.After], what: str | None, by: Actor
) -> list[int]:
    by.require("view", cut.member)
    folder = home.turf / cut.folder
    if not cut.folder or cut.put_away_at is not None:
        raise Refusal(
            "This cut's doors are not here.", where=cut.gone or "it is put away", next_step="Cut again."
        )
    with transaction.atomic():
        TurfCut.objects.select_for_update().get(pk=cut.pk)
        after = work(folder)
        numbers, before = moves.touched(folder, after)
        if not numbers:
            raise Refusal("That changes nothing.", next_step="Choose a block of another turf.")
        free(cut, numbers)
        change = moves.put(folder, after, cut.at_door)
        try:
            _rows(cut, change)
            if what is not None:
                _note(home, cut, what, before, by)
        except BaseException:
            moves.put(folder, before, cut.at_door)
            raise
    return numbers


def free(cut: TurfCut, numbers: Iterable[int]) -> None:
    """Raise Refusal where somebody holds one of them, or it is locked."""
    held = holders(cut).filter(turf__number__in=numbers, turf__replaced_at=None).first()
    if held is not None:
        raise Refusal(
            f"{held.walker} has turf {held.turf.number} in hand; it does not change while it is walked.",
            where=f"turf {held.turf.number}",
            next_step="Wait until it is handed back, or take it out of these hands first.",
        )
    locked = cut.turfs.filter(number__in=numbers, locked=True).first()
    if locked is not None:
        raise Refusal(
            f"Turf {locked.number} is locked.", where=f"turf {locked.number}", next_step="Open it first."
        )


def _rows(cut: TurfCut, change: moves.Change) -> None:
    now = timezone.now()
    known = {one.number: one for one in cut.turfs.filter(number__in=list(change.turfs))}
    for number, said in change.turfs.items():
        row = known.get(number)
        if row is not None and row.hand_outs.exists():
            row.replaced_at = now
            row.save(update_fields=["replaced_at"])
            row = None
        if said is None:
            if row is not None:
                row.delete()
        elif row is None:
            revision = _revisions(cut, number) + 1
            Turf.objects.create(cut=cut, number=number, revision=revision, **_described(said))
        else:
            for name, value in _described(said).items():
                setattr(row, name, value)
            row.save()


def _revisions(cut: TurfCut, number: int) -> int:
    found = Turf.objects.filter(cut=cut, number=number).order_by("-revision").first()
    return found.revision if found else 0


def _described(said: Described) -> dict[str, Any]:
    found = asdict(said)
    del found["number"]
    return found | {"name": said.name[:200]}


def _note(home: Home, cut: TurfCut, what: str, before: moves.After, by: Actor) -> None:
    folder = home.turf / cut.folder / EDITS
    folder.mkdir(exist_ok=True, mode=0o700)
    edits = _edits(home, cut)
    number = int(edits[-1].stem) + 1 if edits else 1
    said = {"what": what, "by": by.label, "at": timezone.now().isoformat(), "before": before}
    (folder / f"{number:05}.json").write_text(json.dumps(said), "utf-8")


def _edits(home: Home, cut: TurfCut) -> list[Path]:
    folder = home.turf / cut.folder / EDITS if cut.folder else None
    return sorted(folder.glob("*.json")) if folder is not None and folder.exists() else []
