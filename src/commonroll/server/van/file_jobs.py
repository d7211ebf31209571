"""Jobs over files: noted when they are asked for, done by the worker, told to whom they named."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.accounts import came_from
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import ApiKey, FileJob
from commonroll.server.van.asked import Asked
from commonroll.server.van.errors import Declined, not_found
from commonroll.server.van.limits import LOOPBACK

AN_HOUR = 60
"""Jobs that one key asks for in an hour, but for programs on the machine itself."""

LASTS, LASTS_LONG = timedelta(days=1), timedelta(days=20)
"""How long files of jobs are there, and those of what changed."""

MOST_ERRORS = 1000
"""Errors of rows that are kept and told."""

State = FileJob.State
STOPPED = "the work stopped; nothing of the file counts, send it again"


@dataclass
class Work:
    """What a job has while it is done: a folder that goes with its end, and the errors of its rows."""

    home: Home
    job: FileJob
    key: ApiKey
    folder: Path
    errors: list[dict[str, Any]] = field(default_factory=list)
    failed: int = 0

    @property
    def actor(self) -> Actor:
        return Actor.of_key(self.key)

    def all(self, rows: Sequence[int], code: str, text: str) -> None:
        """Note what is wrong with rows of the file; never what stands in them."""
        self.failed += len(rows)
        kept = rows[: MOST_ERRORS - len(self.errors)]
        self.errors += [{"row": row, "code": code, "text": text} for row in kept]


Do = Callable[[Work], None]


# Asked for


def make(asked: Asked, kind: str, said: Mapping[str, Any]) -> tuple[FileJob, bool]:
    """Note a job, and whether it is new: the same request while it waits or runs is the same job."""
    _not_too_many(asked)
    same = FileJob.objects.filter(
        member=asked.key.member, purpose=asked.key.purpose, key=asked.key.pk, kind=kind,
        state__in=(State.WAITING, State.RUNNING),
    )  # fmt: skip
    for known in same:
        if known.asked == said:
            return known, False
    job = FileJob.objects.create(
        member=asked.key.member, purpose=asked.key.purpose, kind=kind, asked=dict(said), base=asked.base,
        key=asked.key.pk, by=asked.by.label,
    )  # fmt: skip
    return job, True


def start(job: FileJob, new: bool) -> None:
    """Hand a new job to the worker."""
    from commonroll.server import jobs

    if new:
        transaction.on_commit(lambda: jobs.run_file_job.enqueue(job.pk))


def _not_too_many(asked: Asked) -> None:
    if (came_from(asked.request) or "") in LOOPBACK:
        return
    since = timezone.now() - timedelta(hours=1)
    if FileJob.objects.filter(key=asked.key.pk, created_at__gte=since).count() >= AN_HOUR:
        raise Declined(429, "This key asked for too many jobs.", hint=f"{AN_HOUR} an hour")


def job_of(asked: Asked, kind: str) -> FileJob:
    """The job of the path, of the key's member and purpose."""
    found = FileJob.objects.filter(
        member=asked.key.member, purpose=asked.key.purpose, kind=kind, pk=asked.id()
    ).first()
    if found is None:
        raise not_found("There is no such job.")
    return found


def jobs_of(asked: Asked, kind: str) -> list[FileJob]:
    """All of them, the newest last."""
    mine = FileJob.objects.filter(member=asked.key.member, purpose=asked.key.purpose, kind=kind)
    return list(mine.order_by("pk"))


def digest_of(job: FileJob, file_digest: str) -> str:
    """Of the file's bytes and of what is to be done with them; where the file lay is no part of it."""
    source = {name: value for name, value in job.asked["file"].items() if name not in ("url", "file_name")}
    said = {"file": source, "actions": job.asked["actions"], "bytes": file_digest}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


# Done


def run(home: Home, job: FileJob, do: Do, told: Callable[[FileJob], None]) -> None:
    """Do a job in this process; its row says what came of it, and then whoever it named is told."""
    if job.state != State.WAITING:
        return
    job.state = State.RUNNING
    job.save(update_fields=["state"])
    try:
        key = ApiKey.objects.select_related("member").get(pk=job.key)
        if key.revoked_at is not None or key.expires_at < timezone.now():
            raise Refusal("the key that asked for this is not good any more", next_step="make a new one")
        with tempfile.TemporaryDirectory(dir=home.tmp) as folder:
            work = Work(home, job, key, Path(folder))
            do(work)
        _end(job, State.ERRORS if work.failed else State.DONE, "", work)
    except Refusal as refusal:
        _end(job, State.FAILED, str(refusal))
    except BaseException:
        _end(job, State.FAILED, STOPPED)
        raise
    finally:
        told(job)


def _end(job: FileJob, state: str, message: str, work: Work | None = None) -> None:
    job.state, job.message, job.ended_at = FileJob.State(state), message[:500], timezone.now()
    if work is not None:
        job.errors, job.truncated = work.errors, work.failed > len(work.errors)
        job.report = job.report | {"failed": work.failed}
    job.save()


def claim(job: FileJob, digest: str) -> None:
    """State which file this job brings in; raises Refusal where another job did, and stands."""
    job.digest = digest
    try:
        with transaction.atomic():
            job.save(update_fields=["digest"])
    except IntegrityError:
        job.digest = ""
        others = FileJob.objects.filter(member=job.member, kind=job.kind, digest=digest)
        known = others.exclude(state__in=(State.FAILED, State.UNDONE)).first()
        raise Refusal(
            f"this file was imported already, by job {known.pk if known else '?'}",
            where="file.sourceUrl",
            next_step="nothing is left to do; undo that job to import it again",
        ) from None


def close_interrupted() -> int:
    """Jobs that a killed process left running."""
    running = list(FileJob.objects.filter(state=State.RUNNING))
    for job in running:
        _end(job, State.FAILED, STOPPED)
    return len(running)


def sweep(home: Home) -> int:
    """Delete files that programs brought or fetch, whose time is over; how many."""
    now, gone = timezone.now().timestamp(), 0
    for path in home.uploads.glob("v4-*"):
        lasts = LASTS_LONG if path.name.startswith("v4-changes-") else LASTS
        if path.stat().st_mtime < now - lasts.total_seconds():
            path.unlink(missing_ok=True)
            gone += 1
    for path in home.lists.glob("changes-*"):
        if path.stat().st_mtime < now - LASTS_LONG.total_seconds():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None
