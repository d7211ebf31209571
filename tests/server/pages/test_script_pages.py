"""The pages of scripts and of the vocabulary, by forms alone: no script of the browser is needed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from world import MACHINE, World

from commonroll.server.actions import officers, scripts, vocabulary
from commonroll.server.models import Script

pytestmark = pytest.mark.django_db


def made(alice: Client) -> Script:
    alice.post("/scripts/make", {"name": "Doors"})
    return Script.objects.get(name="Doors")


def do(client: Client, script: Script, act: str, **fields: str) -> Script:
    answer = client.post(f"/scripts/{script.pk}/do", {"do": act, **fields})
    assert answer.status_code == 302, answer.content[:2000]
    return Script.objects.get(pk=script.pk)


def save(client: Client, script: Script, part: str, **fields: Any) -> Script:
    answer = client.post(f"/scripts/{script.pk}/save", {"part": part, **fields})
    assert answer.status_code == 302, answer.content[:2000]
    return Script.objects.get(pk=script.pk)


def test_a_script_is_written_walked_and_made_a_version(world: World, alice: Client) -> None:
    vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    script = do(alice, made(alice), "add", question="standard:governor")
    script = do(alice, script, "add", after="q1")
    answers = {"a0-en": "Roads", "a1-en": "Schools & buses", "a1-next": "end", "a3-en": "<b>Taxes</b>"}
    script = save(alice, script, "q2", **{"text-en": "What matters?", "kind": "many", **answers})
    page = alice.get(f"/scripts/{script.pk}").content.decode()
    assert "Answer 3 (en): it has HTML in it" in page
    assert "mend what is marked" in page and re.search(r'value="publish" disabled', page)
    answers["a3-en"] = "Taxes"
    script = save(alice, script, "q2", **{"text-en": "What matters?", "kind": "many", **answers})
    assert [one["answer"] for one in script.draft["questions"][1]["answers"]] == [
        "roads",
        "schools_buses",
        "taxes",
    ]
    assert [one["next"] for one in script.draft["questions"][1]["answers"]] == [None, None, None]
    script = save(
        alice, script, "words",
        **{"name": "Doors", "language": "en", "other-language": "es", "intro-en": "Hello.", "consent": "on"},
    )  # fmt: skip
    assert script.draft["languages"] == ["en", "es"] and script.draft["intro"]["en"] == "Hello."
    first = alice.get(f"/scripts/{script.pk}?w=begun").content.decode()
    assert "Governor" in first and "Strong support" in first
    last = alice.get(f"/scripts/{script.pk}?w=begun,q1=0,q2=1").content.decode()
    assert ">Done<" in last
    script = do(alice, script, "publish")
    version = alice.get(f"/scripts/{script.pk}/versions/1").content.decode()
    assert "Nobody answered yet" in version and "Strong support" in version
    kept = json.loads(alice.get(f"/scripts/{script.pk}/versions/1/file").content)
    again = SimpleUploadedFile("doors.json", json.dumps(kept).encode())
    assert alice.post("/scripts/make", {"name": "Doors 2", "file": again}).status_code == 302
    assert Script.objects.get(name="Doors 2").draft["questions"] == kept["questions"]
    meant = vocabulary.mapping(member=world.member("oh"), code="governor")
    assert meant is not None and ["governor", "1", "1"] in meant.pairs, "putting it says what it means"


def test_undo_redo_take_out_copy_put_away(alice: Client) -> None:
    script = made(alice)
    for after in ("", "q1", "q2"):
        script = do(alice, script, "add", after=after)
    script = do(alice, script, "delete", question="q2")
    assert [(one["id"], one["next"]) for one in script.draft["questions"]] == [("q1", "q3"), ("q3", None)]
    script = do(alice, script, "delete", question="q1")
    assert script.draft["start"] == "q3"
    script = do(alice, do(alice, script, "undo"), "undo")
    assert [one["id"] for one in script.draft["questions"]] == ["q1", "q2", "q3"]
    assert len(do(alice, script, "redo").draft["questions"]) == 2
    do(alice, script, "copy", name="Other doors")
    do(alice, script, "put-away")
    page = alice.get("/scripts/").content.decode()
    assert "Other doors" in page and "Take Doors back" in page
    do(alice, script, "back")
    stale = alice.post(f"/scripts/{script.pk}/save", {"part": "words", "name": "Doors", "edits": "0"})
    assert stale.status_code == 400 and "Somebody else changed" in stale.content.decode()


def test_a_version_that_says_how_to_vote_waits_for_somebody_else(world: World, alice: Client) -> None:
    script = save(
        alice, made(alice), "words", **{"name": "Doors", "intro-en": "Vote early: vote.example.gov"}
    )
    script = do(alice, script, "publish")
    page = alice.get(f"/scripts/{script.pk}/versions/1").content.decode()
    assert "waits for approval" in alice.get("/scripts/").content.decode() and "I read it" not in page
    assert alice.post(f"/scripts/{script.pk}/versions/1/do", {"do": "approve"}).status_code == 400
    scripts.approve(version=script.versions.get(), by=MACHINE)
    assert "approved it" in alice.get(f"/scripts/{script.pk}/versions/1").content.decode()
    for act, said in (("take-back", "Taken back by"), ("again", "approved it")):
        alice.post(f"/scripts/{script.pk}/versions/1/do", {"do": act})
        assert said in alice.get(f"/scripts/{script.pk}/versions/1").content.decode()


@pytest.mark.parametrize("file", [b"{", b"[]", b'{"questions": 1}', b"\xff\xfe", b'{"languages": ["en"]}'])
def test_a_file_that_is_no_script_is_refused(alice: Client, file: bytes) -> None:
    answer = alice.post("/scripts/make", {"name": "Doors", "file": SimpleUploadedFile("x.json", file)})
    assert answer.status_code == 400 and not Script.objects.exists()


def test_what_ones_own_answers_mean_and_what_all_come_to(world: World, alice: Client, bob: Client) -> None:
    vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    do(alice, made(alice), "add", question="standard:governor")
    page = alice.get("/vocabulary/governor").content.decode()
    own = [one.replace("&#x09;", "\t") for one in re.findall(r'name="own" value="([^"]*)"', page)]
    assert len(own) == 5
    alice.post("/vocabulary/governor/mean", {"own": own, "word": ["1", "1", "", "5", "5"]})
    found = vocabulary.mapping(member=world.member("oh"), code="governor")
    assert found is not None and found.version == 2 and len(found.pairs) == 4
    alice.post("/vocabulary/governor/mean", {"version": "1"})
    assert len(vocabulary.history(member=world.member("oh"), code="governor")[0].pairs) == 5
    added = bob.post("/vocabulary/governor/results", {"where": "age > 30"}).content.decode()
    assert "Strong support" in added and "under 10" in added
    assert "governor" not in re.findall(r'name="own" value="([^"\t]*)', added), (
        "another's codes are not shown"
    )
    assert "Ohio" in added


def test_words_of_ones_own_for_an_ending(world: World, alice: Client, bob: Client) -> None:
    said = {"word": ["Gate Keeper", ""], "means": ["not_home", "talked"]}
    page = alice.post("/vocabulary/_words", said, follow=True).content.decode()
    assert "Version 1 counts from now on" in page and 'value="gate keeper"' in page
    assert "gate keeper" not in bob.get("/vocabulary/").content.decode()
    alice.post("/vocabulary/_words", {"word": ["gate keeper"], "means": [""]})
    assert 'value="gate keeper"' not in alice.get("/vocabulary/").content.decode()
    page = alice.post("/vocabulary/_words", {"version": "1"}, follow=True).content.decode()
    assert 'value="gate keeper"' in page


def test_officers_name_the_federations_questions_on_a_page(world: World, alice: Client, bob: Client) -> None:
    assert bob.get("/federation/questions").status_code == 404
    assert "Name questions" not in alice.get("/vocabulary/").content.decode()
    officers.name(email=world.user("alice").email, by=MACHINE)
    assert "Name questions" in alice.get("/vocabulary/").content.decode()
    assert "No question yet" in alice.get("/federation/questions").content.decode()
    name = "/federation/questions/name"
    form = {"code": "issues", "title": "What matters", "kind": "issue"}
    form["answers"] = "roads = Roads\nrail = Rail"
    assert "What matters" in alice.post(name, form, follow=True).content.decode()
    wrong = alice.post(name, form | {"answers": "rail = <Rail>"})
    assert wrong.status_code == 400 and "rail = &lt;Rail&gt;" in wrong.content.decode()
    again = alice.get("/federation/questions?question=issues").content.decode()
    assert "Save version 2" in again and "rail = Rail" in again
    alice.post(name, form | {"answers": "roads = Roads\nrail = Trains", "retired": "yes"})
    now = vocabulary.question("issues")
    assert (now.version, now.retired, now.answers[1]["name"]) == (2, True, "Trains")
    assert bob.post(name, form | {"code": "mine"}).status_code == 404
    assert "What matters" in bob.get("/vocabulary/").content.decode(), "every member reads them"
