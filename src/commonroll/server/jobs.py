"""Work for the background worker: thin, with plain arguments, each calling one action."""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings
from django_tasks import task

from commonroll.errors import Refusal
from commonroll.server.actions import loads, questions
from commonroll.server.actor import Actor
from commonroll.server.models import Extract, Load, User

log = logging.getLogger(__name__)


def _actor(label: str) -> Actor:
    """The person who asked for the work, with today's rights."""
    return Actor.of(User.objects.get(email=label, is_active=True))


@task()
def run_load(load_id: str) -> None:
    load = Load.objects.select_related("member").get(pk=load_id)
    try:
        loads.run(home=settings.HOME, load=load, paths=[Path(load.folder)], by=_actor(load.by))
    except Refusal:
        log.info("load %s was refused", load_id)


@task()
def run_extract(extract_id: str) -> None:
    extract = Extract.objects.select_related("viewer").get(pk=extract_id)
    try:
        questions.run_extract(home=settings.HOME, extract=extract, by=_actor(extract.by))
    except Refusal:
        log.info("extract %s was refused", extract_id)
