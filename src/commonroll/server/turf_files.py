"""Doors of cuts that were read under agreements which are over: they go."""

from __future__ import annotations

import shutil
import time

from django.utils import timezone

from commonroll.server.home import Home
from commonroll.server.models import Agreement, TurfCut, ended

MAKING = 3600.0
"""Seconds that a cut may take; a folder that is older and of no cut was left by a process that died."""


def sweep(home: Home) -> int:
    """Delete doors and keys that were read under agreements which have ended, and what died half made; how
    many went."""
    cuts = list(TurfCut.objects.exclude(folder=""))
    read = {urn for one in cuts for urn in one.agreements}
    over = Agreement.objects.filter(urn__in=read).filter(ended(timezone.now())).values_list("urn", flat=True)
    gone = set(over)
    swept = [one for one in cuts if not gone.isdisjoint(one.agreements)]
    left = _left(home, {one.folder for one in cuts})
    for cut in swept:
        _delete(home, cut)
        cut.folder, cut.gone = "", "an agreement that it was read under is over"
        cut.save(update_fields=["folder", "gone"])
    return len(swept) + left


def _left(home: Home, known: set[str]) -> int:
    there = [place for place in home.turf.iterdir() if place.name not in known] if home.turf.exists() else []
    dead = [place for place in there if time.time() - place.stat().st_mtime > MAKING]
    for place in dead:
        shutil.rmtree(place, ignore_errors=True)
    return len(dead)


def _delete(home: Home, cut: TurfCut) -> None:
    if cut.folder:
        shutil.rmtree(home.turf / cut.folder, ignore_errors=True)
