"""Files that are fetched from another site, and calls to the addresses that jobs named."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from receiver import Receiver, received
from van_client import ask, error, key_of, told
from van_files import described, done, packed, rows_of
from world import MACHINE, World

from commonroll.server import outgoing
from commonroll.server.actions import lists, scores
from commonroll.server.actions.webhooks import signature
from commonroll.server.models import FileJob, JobCall
from commonroll.server.van import calls, file_jobs

pytestmark = pytest.mark.django_db
EXTENSIONS = {"HTTP_X_COMMONROLL_EXTENSIONS": "1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with received(tmp_path_factory.mktemp("receiver")) as found:
        yield found


@pytest.fixture
def known(site: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Receiver:
    """The receiver, whose certificate is trusted and whose network the operator allows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    settings.OUTGOING_NAMES, settings.OUTGOING_NETWORKS = outgoing.allowed("localhost, 127.0.0.0/8, ::1/128")
    site.came.clear()
    site.answers.clear()
    site.page, site.location = b"ok", ""
    return site


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


def test_a_file_is_fetched_and_who_listens_is_told(world: World, key: str, known: Receiver) -> None:
    score = scores.make(of=world.member("national"), name="Turnout", least=0, most=1, by=MACHINE)
    known.page = packed(rows_of(("VanID", "score"), [(5, 1)]))
    action = {"actionType": "score", "personIdColumn": "VanID", "scoreColumn": "score", "scoreId": score.pk}
    body = {
        "description": "d", "file": described(("VanID", "score"), known.url), "actions": [action],
        "listeners": [{"type": "URL", "value": f"{known.url}/hook"}],
    }  # fmt: skip
    job = done(key, "fileLoadingJobs", body)
    assert job["status"] == "CompletedWithErrors" and job["scoreUpdates"]
    known.came.clear()
    assert calls.tell(world.home) == 1 and calls.tell(world.home) == 0
    ((headers, sent),) = known.came
    assert json.loads(sent) == {"description": "d", "message": "", "status": "CompletedWithErrors"}
    profile = told(ask(key, "GET", "apiKeyProfiles", **EXTENSIONS))["items"][0]
    assert headers["x-commonroll-signature"] == signature(profile["webhookSecret"], sent)
    assert "webhookSecret" not in told(ask(key, "GET", "apiKeyProfiles"))["items"][0]
    shown = told(ask(key, "GET", f"fileLoadingJobs/{job['jobId']}", **EXTENSIONS))
    assert shown["webhook"] == {"state": "arrived", "tries": 1, "said": "200"}
    known.location = f"{known.url}/elsewhere"
    known.answers[:] = [302]
    assert done(key, "fileLoadingJobs", body | {"description": "moved"})["status"] == "Failed"


def test_an_export_job_tells_its_address_and_tries_again(world: World, key: str, known: Receiver) -> None:
    listed = lists.make(
        home=world.home, member=world.member("national"), name="Mine", purpose="gotv",
        where="member = 'oh' AND birth_year > 1985", by=MACHINE,
    )  # fmt: skip
    body = {"savedListId": listed.pk, "type": 4, "webhookUrl": f"{known.url}/hook"}
    job = told(ask(key, "POST", "exportJobs", body), 201)
    known.answers[:] = [500, 204]
    assert calls.tell(world.home) == 0
    call = JobCall.objects.get()
    assert (call.tries, call.said, call.state) == (1, "500", "waiting") and call.next_at is not None
    assert calls.tell(world.home) == 0 and len(known.came) == 1
    JobCall.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert calls.tell(world.home) == 1
    assert json.loads(known.came[-1][1]) == job and job["status"] == "Completed"
    told(ask(key, "POST", "exportJobs", body | {"webhookUrl": "https://www.example.com"}), 201)
    assert JobCall.objects.latest("pk").state == JobCall.State.NOBODY and calls.tell(world.home) == 0
    for url in ("https://10.0.0.1/", "ftp://a.us/", 5, []):
        error(ask(key, "POST", "exportJobs", body | {"webhookUrl": url}), 400, "webhookUrl")


def test_after_five_failures_nobody_is_called(world: World, known: Receiver) -> None:
    calls.later(member=world.member("oh"), key="k", about="x/1", url=known.url, said={"a": 1})
    known.answers[:] = [500] * 9
    for _ in range(7):
        calls.tell(world.home)
        JobCall.objects.update(next_at=None)
    assert len(known.came) == 5 and JobCall.objects.get().state == JobCall.State.GIVEN_UP


def test_what_a_killed_worker_left_is_closed_and_files_go_with_their_day(world: World, key: str) -> None:
    member = world.member("national")
    job = FileJob.objects.create(
        member=member, purpose="gotv", kind="load", base="x", key=key.split("_")[1], by="x", state="running",
        asked={"listeners": [], "description": ""},
    )  # fmt: skip
    assert file_jobs.close_interrupted() == 1
    assert told(ask(key, "GET", f"fileLoadingJobs/{job.pk}"))["status"] == "Failed"
    old = world.home.uploads / "v4-old.zip"
    old.write_bytes(b"x")
    assert file_jobs.sweep(world.home) == 0
    os.utime(old, (1, 1))
    assert file_jobs.sweep(world.home) == 1 and not old.exists()
