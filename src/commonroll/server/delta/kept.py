"""What is kept of shares: cut files beside the extracts, marks of versions in the vault; and their end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.db.models import Q
from django.utils import timezone

from commonroll.server import wall
from commonroll.server.delta.shares import Share
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Cut, ShareVersion, ended
from commonroll.views import lent
from commonroll.views.cut import FOLDER

UNUSED = timedelta(hours=24)
"""A cut that nobody asked for this long goes; it is cut anew."""

VERSIONS = 12
"""Versions of a table whose marks are kept: from each of them a recipient can refresh."""


def marks(home: Home, share: Share, purpose: str, number: int) -> Path:
    """The marks of a version; 0 stands for before the first."""
    return _folder(home, share.agreement) / f"{_stem(share.agreement, purpose)}-{number:08}.parquet"


def _folder(home: Home, agreement: Agreement) -> Path:
    return home.vaults / agreement.owner.key / FOLDER


def _stem(agreement: Agreement, purpose: str) -> str:
    return f"{agreement.urn.rpartition(':')[2]}-{purpose}"


def remove(home: Home, cut: Cut) -> None:
    """The files of a cut and its rows here. Who is in it stays known where it was lent."""
    for path in home.extracts.glob(f"{cut.pk}.*.parquet"):
        path.unlink(missing_ok=True)
    if cut.lent_at is None:
        lent.record_of(home.vaults, cut.version.agreement.owner.key, str(cut.pk)).unlink(missing_ok=True)
    cut.delete()


@wall.node()
def sweep(home: Home) -> int:
    """Delete cuts of agreements that are over or that nobody asks for, and marks nobody can start from."""
    now = timezone.now()
    over = Agreement.objects.filter(Q(until__lte=now) | ended(now))
    gone = Cut.objects.filter(Q(version__agreement__in=over) | Q(used_at__lt=now - UNUSED))
    done = 0
    for cut in gone.select_related("version__agreement__owner"):
        remove(home, cut)
        done += 1
    for agreement in Agreement.objects.filter(versions__isnull=False).distinct().select_related("owner"):
        _clear(home, agreement, agreement in over)
    return done


def _clear(home: Home, agreement: Agreement, over: bool) -> None:
    purposes = ShareVersion.objects.filter(agreement=agreement).order_by().values_list("purpose", flat=True)
    for purpose in purposes.distinct():
        files = sorted(_folder(home, agreement).glob(f"{_stem(agreement, purpose)}-*.parquet"))
        for path in files if over else files[:-VERSIONS]:
            path.unlink(missing_ok=True)
