"""Officers see on a page whether the site is whole, and mend what is safe; nobody else finds the page."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from test_newcomers import text
from world import MACHINE, World

from commonroll.server import jobs
from commonroll.server.actions import officers
from commonroll.server.doctor import report

pytestmark = pytest.mark.django_db
ORPHAN = "extracts/0b8ae2f0.csv"


@pytest.fixture(autouse=True)
def not_examined_yet(world: World) -> None:
    report.stopped(world.home)


@pytest.fixture
def officer(world: World, bob: Client) -> Client:
    officers.name(email="bob@example.org", by=MACHINE)
    return bob


def leave_orphan(world: World) -> None:
    path = world.home.path / ORPHAN
    path.write_text("QUAGGAHORSE")
    os.utime(path, (time.time() - 3 * 24 * 3600,) * 2)


def asked(officer: Client, what: str) -> str:
    """The page once the worker has done what was asked for."""
    assert officer.post(reverse("doctor_examine"), {"what": what}).status_code == 302
    assert "worker examines" in text(officer.get(reverse("doctor")))
    task = DBTaskResult.objects.get(status="READY")
    assert task.task_path == "commonroll.server.jobs.examine"
    jobs.examine.call(*task.args_kwargs["args"])
    task.delete()
    return text(officer.get(reverse("doctor")))


def test_an_officer_has_the_site_examined_and_mends_what_is_safe(officer: Client, world: World) -> None:
    assert "Not examined yet" in text(officer.get(reverse("doctor")))
    assert "The site is whole" in asked(officer, "look")
    leave_orphan(world)
    (world.home.logs / "oh").rename(world.home.logs / "ohi")
    shown = asked(officer, "look")
    assert ORPHAN in shown and "Mend what is safe (1)" in shown and "QUAGGAHORSE" not in shown
    assert "3 things are wrong" in shown, "the orphan, a log that is gone and one that is nobody's"
    assert (world.home.path / ORPHAN).exists(), "to look changes nothing"
    shown = asked(officer, "mend")
    assert "What was mended" in shown and "2 things are wrong" in shown and "Mend what is safe" not in shown
    assert (world.home.path / "found" / ORPHAN).exists() and not (world.home.path / ORPHAN).exists()


def test_one_examination_at_a_time_and_a_dead_one_is_said(officer: Client, world: World) -> None:
    for _ in range(2):
        officer.post(reverse("doctor_examine"), {"what": "look"})
    assert DBTaskResult.objects.count() == 1
    dead = report.Report(timezone.now() - report.DEAD - timedelta(minutes=1))
    report._keep(world.home, dead)
    assert "has no result" in text(officer.get(reverse("doctor")))
    assert report.begin(world.home)


def test_no_page_says_how_long_a_members_log_is(world: World) -> None:
    said = "the journal counts 5,302 entries, the log has 4: the log was set back"
    line = report._line(report.Finding("log", "log/oh", said, "stop"))
    assert "5,302" not in line.what and "set back" in line.what


def test_nobody_else_finds_the_page(world: World, alice: Client, charlie: Client, nobody: Client) -> None:
    for client, status in ((alice, 404), (charlie, 404), (nobody, 302)):
        for name in ("doctor", "doctor_progress"):
            assert client.get(reverse(name)).status_code == status
        assert client.post(reverse("doctor_examine"), {"what": "mend"}).status_code == status
    assert report.last(world.home) is None and not DBTaskResult.objects.exists()
