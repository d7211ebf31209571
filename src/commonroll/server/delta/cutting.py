"""Files are cut for a version, and handed out once their receipts are covered by a checkpoint.

Cutting releases nothing: the files lie here until somebody asks. Whoever asks again gets the same files, and
every time a receipt of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.flow import Permitted
from commonroll.roll.vault.locks import exclusive
from commonroll.server import duties
from commonroll.server.actor import Actor
from commonroll.server.delta import kept
from commonroll.server.delta.declined import Declined
from commonroll.server.delta.shares import Share
from commonroll.server.delta.versions import Present, present, version_of
from commonroll.server.home import Home
from commonroll.server.models import Cut, CutPart, ShareVersion
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views import cut as cuts
from commonroll.views.cut import CutFiles
from commonroll.views.export import ExportFile
from commonroll.views.lent import Record
from commonroll.views.protection import channels
from commonroll.views.question import check
from commonroll.views.view import Plan, Question

At = Callable[[int], Path]

WHOLE = -1
WAIT = 600.0
"""Seconds that a second client waits for the first one's cut."""


class Alone(DatabasePermits):
    """What one owner lets the viewer see, and nobody else: not the viewer's own roll either."""

    def __init__(self, home: Home, owner: str) -> None:
        super().__init__(home)
        self.owner = owner

    def permitted(self, question: Question, now: datetime) -> Permitted:
        said = super().permitted(question, now)
        return replace(
            said,
            owned=tuple(one for one in said.owned if one.owner == self.owner),
            denied={key: why for key, why in said.denied.items() if key == self.owner},
        )


@dataclass(frozen=True)
class Asked:
    """A table at its present version, as one question to the governed view."""

    home: Home
    share: Share
    purpose: str
    now: Present
    version: ShareVersion

    @property
    def question(self) -> Question:
        return Question(self.share.recipient.key, self.purpose, "export", columns=self.now.columns)

    @property
    def permits(self) -> Alone:
        return Alone(self.home, self.share.owner.key)

    def plan(self) -> Plan:
        """The plan under what is in force now; declines where the version is over meanwhile."""
        found = flow.permit(self.question, self.permits)
        used = found.used.get(self.share.owner.key)
        if used is None or used.agreement != self.share.agreement.urn:
            raise Declined(403, "Another agreement is in force for this purpose; ask with its profile.")
        if present(self.home, self.share).content != self.version.content:
            raise Declined(403, "The table has changed this moment; ask again.")
        return found


def asked_for(home: Home, share: Share, purpose: str) -> Asked:
    """The table as it is now."""
    now = present(home, share)
    return Asked(home, share, purpose, now, version_of(share, purpose, now))


# Files


def whole(asked: Asked) -> Cut:
    """The version's files; cut here where nobody has."""
    with _lock(asked):
        return _known(asked, WHOLE) or _cut(asked, WHOLE)


def since(asked: Asked, number: int) -> Cut:
    """Files of what changed after version `number` (0: everything is new); declines one that nobody read."""
    before = kept.marks(asked.home, asked.share, asked.purpose, number)
    if number and not before.exists():
        raise Declined(
            400,
            f"Nobody read version {number}, or it was too long ago; load the table anew, or start earlier.",
        )
    with _lock(asked):
        if _known(asked, WHOLE) is None:
            _cut(asked, WHOLE)
        return _known(asked, number) or _cut(asked, number)


def _lock(asked: Asked) -> AbstractContextManager[None]:
    path = asked.home.tmp / f"cut-{asked.version.pk}.lock"
    return exclusive(path, member=asked.share.owner.key, doing="cutting files to share", wait=WAIT)


def _known(asked: Asked, after: int) -> Cut | None:
    """The files if all of them are still there; of a cut that lost some nothing stays."""
    found = Cut.objects.filter(version=asked.version, since=after).first()
    if found is None:
        return None
    marked = kept.marks(asked.home, asked.share, asked.purpose, asked.version.number).exists()
    if marked and all(
        part.sha256 and (asked.home.extracts / part.file).exists() for part in found.parts.all()
    ):
        return found
    kept.remove(asked.home, found)
    return None


def _cut(asked: Asked, after: int) -> Cut:
    begun, made = timezone.now(), uuid4()
    record = Record(asked.home.vaults, str(made), asked.share.recipient.key)
    paths: list[Path] = []

    def at(number: int) -> Path:
        paths.append(asked.home.extracts / f".{made}.{number}.parquet.part")
        return paths[-1]

    try:
        files = _all(asked, at, record) if after == WHOLE else _changed(asked, after, at, record)
        record.keep()
        with transaction.atomic():
            cut = _noted(asked, after, made, files, begun)
            for number, path in enumerate(files.paths):
                path.replace(asked.home.extracts / f"{made}.{number}.parquet")
        return cut
    except BaseException:
        record.discard()
        for path in paths:
            path.unlink(missing_ok=True)
        raise


def _all(asked: Asked, at: At, record: Record) -> CutFiles:
    planned, permits = asked.plan(), asked.permits
    with permits.reading(planned):
        files = cuts.write(planned, at, lambda: permits.still(planned, datetime.now(UTC)), record)
    permits.still(planned, datetime.now(UTC))
    marks = kept.marks(asked.home, asked.share, asked.purpose, asked.version.number)
    marks.parent.mkdir(mode=0o700, exist_ok=True)
    cuts.mark(files, marks)
    return files


def _changed(asked: Asked, after: int, at: At, record: Record) -> CutFiles:
    asked.plan()
    now = Cut.objects.get(version=asked.version, since=WHOLE)
    marks = kept.marks(asked.home, asked.share, asked.purpose, asked.version.number)
    before = kept.marks(asked.home, asked.share, asked.purpose, after)
    if not after:
        cuts.no_marks(before)
    paths = [asked.home.extracts / part.file for part in now.parts.all()]
    return cuts.changes(paths, marks, before, asked.share.owner.key, at, record)


def _noted(asked: Asked, after: int, made: UUID, files: CutFiles, begun: datetime) -> Cut:
    cut = Cut.objects.create(
        id=made, version=asked.version, since=after, purpose=asked.purpose, columns=list(asked.now.columns),
        fields=[list(field) for field in files.fields], rows=files.rows, deletes=files.deletes,
        sha256=files.sha256, begun=begun, used_at=begun,
    )  # fmt: skip
    for number, (rows, size, sha256) in enumerate(files.parts):
        CutPart.objects.create(
            name=_name(asked, after, number), cut=cut, number=number, rows=rows, size=size, sha256=sha256
        )
    return cut


def _name(asked: Asked, after: int, number: int) -> str:
    """The same each time the same is cut, another wherever agreement, terms, snapshot or part differ."""
    agreement = asked.share.agreement
    said = {
        "agreement": agreement.urn, "hash": agreement.document_hash, "content": asked.version.content,
        "purpose": asked.purpose, "version": asked.version.number, "since": after, "part": number,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


# Handed out


def hand_out(asked: Asked, cut: Cut) -> None:
    """Quota, receipt, checkpoint; then links to the files may leave. Raises Refusal where one is denied."""
    planned, owner = asked.plan(), asked.share.owner.key
    by = Actor(asked.share.profile.label)
    receipts = DatabaseReceipts(home=asked.home, viewer=asked.share.recipient, by=by)
    file = ExportFile(
        Path(), cut.sha256, cut.rows, {owner: cut.rows}, tuple(name for name, _ in cut.fields),
        files=tuple(part.sha256 for part in cut.parts.all()),
    )  # fmt: skip
    rows = receipts.authorize(planned, file=file)
    first = cut.lent_at is None
    _lend(asked, cut, file)
    receipts.cover(rows)
    asked.permits.still(planned, datetime.now(UTC))
    if first:
        # whoever was to leave while the rows were written is in them
        duties.recall_people(asked.home, asked.share.owner)


@transaction.atomic
def _lend(asked: Asked, cut: Cut, file: ExportFile) -> None:
    now = timezone.now()
    found = Cut.objects.select_for_update().get(pk=cut.pk)
    if found.lent_at is None and cut.rows:
        opened = channels(check(asked.question, now))
        duties.lend(cut, file, [asked.share.agreement.urn], opened, cut.begun)
    found.lent_at, found.used_at = found.lent_at or now, now
    found.save(update_fields=["lent_at", "used_at"])


def refused(refusal: Refusal) -> Declined:
    """What the governed view or a quota refuses: the whole reason, for the client's user."""
    return Declined(403, str(refusal))
