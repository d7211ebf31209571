"""Doors of cuts that were read under agreements which are over: they go."""

from __future__ import annotations

import shutil

from django.utils import timezone

from commonroll.server.home import Home
from commonroll.server.models import Agreement, Member, TurfCut, ended


def sweep(home: Home) -> int:
    """Delete doors and keys that were read under agreements which have ended; how many cuts lost theirs."""
    return sum(_swept(home, one) for one in TurfCut.objects.exclude(folder=""))


def _swept(home: Home, cut: TurfCut) -> bool:
    if not Agreement.objects.filter(urn__in=cut.agreements).filter(ended(timezone.now())).exists():
        return False
    _delete(home, cut)
    cut.folder, cut.gone = "", "an agreement that it was read under is over"
    cut.save(update_fields=["folder", "gone"])
    return True


def forget(home: Home, member: Member) -> None:
    """Delete a member's cuts, with their doors, when it goes."""
    for one in TurfCut.objects.filter(member=member):
        _delete(home, one)
        one.delete()


def _delete(home: Home, cut: TurfCut) -> None:
    if cut.folder:
        shutil.rmtree(home.turf / cut.folder, ignore_errors=True)
