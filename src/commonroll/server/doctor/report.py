"""The last examination that a page asked for, kept in one small file of the home.

It is of files and codes alone and names no person. How many entries a member's log has is left out: it would
tell whoever reads it how busy that member is. So are names of damaged files in a vault: they tell of decoys
and of leaks that were traced.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from commonroll import at_rest
from commonroll.server import doctor
from commonroll.server.doctor.findings import Finding, Weight
from commonroll.server.home import Home

NAME = "last-examination"
DEAD = timedelta(hours=2)
"""What gave no sign of life for longer and has no end died with its worker."""
_TELLS = 2.0
"""Seconds between two such signs."""
_COUNTS = re.compile(r"\d[\d,]* entries")


@dataclass(frozen=True)
class Line:
    """One finding as a page shows it; `mends` is empty where nobody but the operator can mend it."""

    weight: str
    where: str
    what: str
    next_step: str
    mends: str


@dataclass(frozen=True)
class Report:
    """An examination: when it began and ended (None: not yet), what was mended, and what is left.

    `alive`: its last sign of life; `stage`, `fraction`: how far one is that reads every file (`deep`).
    """

    began: datetime
    ended: datetime | None = None
    mended: tuple[Line, ...] = ()
    found: tuple[Line, ...] = ()
    alive: datetime | None = None
    stage: str = ""
    fraction: float = 0.0
    deep: bool = False

    @property
    def running(self) -> bool:
        """Whether a worker is at it."""
        return self.ended is None and timezone.now() - (self.alive or self.began) < DEAD

    @property
    def wrong(self) -> int:
        """How much is wrong, beside what is only worth knowing."""
        return sum(one.weight == Weight.WRONG for one in self.found)

    @property
    def safe(self) -> int:
        """How much of it can be mended without losing anything."""
        return sum(bool(one.mends) for one in self.found)


def last(home: Home) -> Report | None:
    """The last one, under way or done; None where there was none, or its file cannot be read."""
    try:
        said = json.loads((home.path / NAME).read_bytes())
        return Report(
            began=datetime.fromisoformat(said["began"]),
            ended=datetime.fromisoformat(said["ended"]) if said["ended"] else None,
            mended=tuple(Line(**one) for one in said["mended"]),
            found=tuple(Line(**one) for one in said["found"]),
            alive=datetime.fromisoformat(said["alive"]) if said.get("alive") else None,
            stage=str(said.get("stage", "")),
            fraction=float(said.get("fraction", 0)),
            deep=bool(said.get("deep")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(home: Home, deep: bool = False) -> bool:
    """Note that an examination is asked for; False where one is under way."""
    known = last(home)
    if known is not None and known.running:
        return False
    _keep(home, Report(timezone.now(), deep=deep))
    return True


def run(home: Home, mending: bool, deep: bool = False) -> Report:
    """Examine the home whole, mend what is safe where that is asked, keep what was found.

    `deep`: read every file to its last byte, too.
    """
    known = last(home)
    began = known.began if known is not None and known.running else timezone.now()
    found = _examined(home, began, deep)
    mended = doctor.mend(found) if mending else []
    left = _examined(home, began, deep) if mended else found
    made = Report(began, timezone.now(), _lines(mended), _lines(left), deep=deep)
    _keep(home, made)
    return made


def _examined(home: Home, began: datetime, deep: bool) -> list[Finding]:
    return doctor.examine(home) + (doctor.deep.examine(home, tell=_Alive(home, began)).found if deep else [])


class _Alive:
    """Keeps how far a deep examination is, now and then."""

    def __init__(self, home: Home, began: datetime) -> None:
        self._home, self._began, self._last = home, began, 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        if time.monotonic() - self._last >= _TELLS:
            self._last = time.monotonic()
            now = Report(self._began, alive=timezone.now(), stage=stage, fraction=fraction, deep=True)
            _keep(self._home, now)


def stopped(home: Home) -> None:
    """It ended without a result: another can be asked for."""
    (home.path / NAME).unlink(missing_ok=True)


def _lines(found: Sequence[Finding]) -> tuple[Line, ...]:
    return tuple(_line(one) for one in found if one.check != doctor.deep.CHECK) + tuple(
        _line(one) for one in doctor.deep.on_page([one for one in found if one.check == doctor.deep.CHECK])
    )


def _line(one: Finding) -> Line:
    return Line(str(one.weight), one.where, _COUNTS.sub("entries", one.what), one.next_step, one.mends)


def _keep(home: Home, made: Report) -> None:
    ended = made.ended.isoformat() if made.ended else ""
    alive = made.alive.isoformat() if made.alive else ""
    said = asdict(made) | {"began": made.began.isoformat(), "ended": ended, "alive": alive}
    path: Path = home.path / NAME
    at_rest.replace(path, (json.dumps(said, indent=1) + "\n").encode())
