"""Work for the background worker: thin, with plain arguments, each calling one action."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django_tasks import task

from commonroll.errors import Refusal
from commonroll.roomy import roomy
from commonroll.server import looked, wall
from commonroll.server.actions import (
    ballots,
    hygiene,
    imports,
    linkings,
    loads,
    packing,
    places,
    questions,
    redactions,
    scores,
    streets,
    trace_uploads,
)
from commonroll.server.actor import Actor
from commonroll.server.doctor import report
from commonroll.server.models import (
    ApiKey,
    Extract,
    FileJob,
    Leaving,
    Linking,
    ListImport,
    Load,
    Member,
    ScoreUpdate,
    User,
)
from commonroll.server.models.keys import KEY_LABEL

log = logging.getLogger(__name__)


def _actor(label: str) -> Actor:
    """The person, or the key, that asked for the work, with today's rights."""
    if label.startswith(KEY_LABEL):
        return Actor.of_key(ApiKey.objects.get(pk=label.removeprefix(KEY_LABEL)))
    return Actor.of(User.objects.get(email=label, is_active=True))


@contextmanager
def _said(work: str) -> Iterator[None]:
    """Say that work stopped, by the kind of error and its place alone: its text may hold a person's data."""
    try:
        yield
    except Refusal:
        log.info("%s was refused", work)
    except Exception as error:
        places = traceback.extract_tb(error.__traceback__)
        log.error("%s stopped: %s at %s", work, type(error).__name__, places[-1].name if places else "?")
        raise


@task()
@roomy
@wall.node()
def run_load(load_id: str) -> None:
    load = Load.objects.select_related("member").get(pk=load_id)
    with _said(f"load {load_id}"):
        loads.run(home=settings.HOME, load=load, paths=[Path(load.folder)], by=_actor(load.by), small=True)


@task()
@roomy
@wall.node()
def run_ballots(load_id: str) -> None:
    load = Load.objects.select_related("member").get(pk=load_id)
    with _said(f"ballots {load_id}"):
        ballots.run_uploaded(home=settings.HOME, load=load, by=_actor(load.by))


@task()
@roomy
@wall.node()
def run_extract(extract_id: str) -> None:
    extract = Extract.objects.select_related("viewer").get(pk=extract_id)
    with _said(f"extract {extract_id}"):
        questions.run_extract(home=settings.HOME, extract=extract, by=_actor(extract.by))


@task()
@roomy
@wall.node()
def run_import(listed_id: str) -> None:
    listed = ListImport.objects.select_related("member").get(pk=listed_id)
    with _said(f"list {listed_id}"):
        imports.run(home=settings.HOME, listed=listed, by=_actor(listed.by))


@task()
@roomy
@wall.node()
def run_file_job(job_id: int) -> None:
    from commonroll.server.van import working

    with _said(f"file job {job_id}"):
        working.run(settings.HOME, FileJob.objects.select_related("member").get(pk=job_id))


@task()
@roomy
@wall.node()
def complete_score(update_id: int) -> None:
    with _said(f"load of a score {update_id}"):
        scores.complete(
            settings.HOME, ScoreUpdate.objects.select_related("score__member", "job").get(pk=update_id)
        )


@task()
@roomy
@wall.node()
def redact(member: str, by: str) -> None:
    with _said(f"redaction of {member}"):
        redactions.redact(home=settings.HOME, of=Member.objects.get(key=member), by=_actor(by))


@task()
@roomy
@wall.node()
def make_lookup(member: str) -> None:
    with _said(f"words of {member}"):
        looked.make(settings.HOME, member)


@task()
@roomy
@wall.node()
def make_places(member: str, by: str) -> None:
    with _said(f"places of {member}"):
        places.make(home=settings.HOME, of=Member.objects.get(key=member), by=_actor(by))


@task()
@roomy
@wall.node()
def read_streets(member: str, name: str, by: str) -> None:
    with _said(f"streets of {member}"):
        of = Member.objects.get(key=member)
        streets.read_uploaded(home=settings.HOME, of=of, name=name, by=_actor(by))


@task()
@roomy
@wall.node()
def trace_leak(member: str, name: str, by: str) -> None:
    with _said(f"trace of {member}"):
        owner = Member.objects.get(key=member)
        trace_uploads.run(home=settings.HOME, owner=owner, name=name, by=_actor(by))


@task()
@roomy
@wall.node()
def match_members(member: str, other: str, by: str) -> None:
    with _said(f"matching {member} and {other}"):
        one, two = (Member.objects.get(key=key) for key in (member, other))
        hygiene.match(home=settings.HOME, one=one, other=two, by=_actor(by))


@task()
@roomy
@wall.node()
def link_roll(linking_id: str) -> None:
    linking = Linking.objects.select_related("member").get(pk=linking_id)
    with _said(f"linking {linking_id}"):
        linkings.run(home=settings.HOME, linking=linking, by=_actor(linking.by))


@task()
@roomy
@wall.node()
def leave(leaving_id: str) -> None:
    row = Leaving.objects.select_related("member").get(pk=leaving_id)
    to = settings.HOME.extracts / f"{row.member.key}-{row.pk.hex[:8]}.tar.age"
    with _said(f"leaving {leaving_id}"):
        packing.run(home=settings.HOME, leaving=row, to=to, by=_actor(row.by))


@task()
@roomy
@wall.node()
def examine(mending: bool, deep: bool = False) -> None:
    with _said("examination"):
        try:
            report.run(settings.HOME, mending, deep)
        except BaseException:
            report.stopped(settings.HOME)
            raise
