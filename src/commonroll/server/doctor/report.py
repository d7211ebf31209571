"""The last examination that a page asked for, kept in one small file of the home.

It is of files and codes alone and names no person. How many entries a member's log has is left out: it would
tell whoever reads it how busy that member is.
"""

from __future__ import annotations

import json
import re
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
"""What began longer ago and has no end died with its worker."""
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
    """An examination: when it began and ended (None: not yet), what was mended, and what is left."""

    began: datetime
    ended: datetime | None = None
    mended: tuple[Line, ...] = ()
    found: tuple[Line, ...] = ()

    @property
    def running(self) -> bool:
        """Whether a worker is at it."""
        return self.ended is None and timezone.now() - self.began < DEAD

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
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def begin(home: Home) -> bool:
    """Note that an examination is asked for; False where one is under way."""
    known = last(home)
    if known is not None and known.running:
        return False
    _keep(home, Report(timezone.now()))
    return True


def run(home: Home, mending: bool) -> Report:
    """Examine the home whole, mend what is safe where that is asked, keep what was found."""
    known = last(home)
    began = known.began if known is not None and known.running else timezone.now()
    found = doctor.examine(home)
    mended = doctor.mend(found) if mending else []
    left = doctor.examine(home) if mended else found
    made = Report(began, timezone.now(), tuple(map(_line, mended)), tuple(map(_line, left)))
    _keep(home, made)
    return made


def stopped(home: Home) -> None:
    """It ended without a result: another can be asked for."""
    (home.path / NAME).unlink(missing_ok=True)


def _line(one: Finding) -> Line:
    return Line(str(one.weight), one.where, _COUNTS.sub("entries", one.what), one.next_step, one.mends)


def _keep(home: Home, made: Report) -> None:
    ended = made.ended.isoformat() if made.ended else ""
    said = asdict(made) | {"began": made.began.isoformat(), "ended": ended}
    path: Path = home.path / NAME
    at_rest.replace(path, (json.dumps(said, indent=1) + "\n").encode())
