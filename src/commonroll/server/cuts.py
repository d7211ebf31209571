"""Files of extracts under agreements that are over: nobody downloads them, then they go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import matches, stopped_files, turf_files, wall
from commonroll.server.delta import kept as shared
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Extract, Journal, Lent, ended
from commonroll.server.permits import in_force_grant

STREAM_BYTES = 1 << 18
"""A download asks anew before each piece of this size."""


@wall.node()
def sweep(home: Home) -> int:
    """Delete what is kept here of rows under agreements that have ended; how much went."""
    gone = matches.sweep(home) + shared.sweep(home) + turf_files.sweep(home)
    return gone + sum(_cut(home, extract) for extract in _kept(home))


def _kept(home: Home) -> Iterator[Extract]:
    for extract in Extract.objects.filter(state=Extract.State.DONE).exclude(file=""):
        if (home.extracts / extract.file).exists():
            yield extract


def _cut(home: Home, extract: Extract) -> bool:
    over = Agreement.objects.filter(urn__in=_read(extract)).filter(ended(timezone.now()))
    if not over.exists():
        return False
    (home.extracts / extract.file).unlink(missing_ok=True)
    return True


def _read(extract: Extract) -> dict[str, set[str]]:
    """The columns that were read under each agreement, by its name."""
    found: dict[str, set[str]] = {}
    used = Journal.objects.filter(pk__in=extract.receipts).exclude(agreement="")
    for urn, columns in used.values_list("agreement", "columns"):
        found.setdefault(urn, set()).update(columns)
    return found


def check(extract: Extract) -> None:
    """Raise Refusal where an agreement that the extract's rows were released under is not in force now, or
    where some of its people must leave."""
    stopped_files.look(extract)
    read = _read(extract)
    texts = Agreement.objects.filter(urn__in=read).select_related("owner", "recipient")
    if texts.count() < len(read):
        raise Refusal(
            "an agreement of this extract is not known; the extract stays", next_step="make it again"
        )
    for text in texts.prefetch_related("signatures", "events"):
        grant = in_force_grant(text)
        if grant is None:
            raise Refusal(
                f"agreement {text.number} is not in force any more; the extract stays here",
                next_step="make it again without the rows of that owner",
            )
        if not read[text.urn] <= grant.columns.keys() or "export" not in grant.modes:
            raise Refusal(
                f"the law lets less of agreement {text.number} out than this extract holds; it stays here",
                next_step="make it again without those columns",
            )
    if Lent.objects.filter(extract=extract.pk, touched=True).exists():
        raise Refusal("this extract was recalled; it stays here", next_step="make it again")


def stream(extract: Extract, path: Path) -> Iterator[bytes]:
    """The file piece by piece, each only while the agreements are in force; raises Refusal where one ends."""
    with path.open("rb") as file:
        while piece := file.read(STREAM_BYTES):
            check(extract)
            yield piece
