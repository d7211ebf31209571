"""Loads of files over the VAN-compatible API: scores and saved lists, held against the vaults."""

from __future__ import annotations

from typing import Any

import pyarrow.dataset as ds
import pytest
from django.utils import timezone
from van_client import ask, error, key_of, told
from van_files import NAME, brought, described, done, file_of, packed
from world import MACHINE, World

from commonroll.agreements.law import next_election
from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import list_folders, questions, scores
from commonroll.server.models import FileJob, Journal, SavedList, Score, ScoreUpdate

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


@pytest.fixture
def turnout(world: World) -> Score:
    return scores.make(of=world.member("national"), name="Turnout", least=0, most=100, by=MACHINE)


def ohio(world: World) -> list[dict[str, Any]]:
    """Voters of Ohio's vault whom views show."""
    vault = Vault(world.home.vaults, "oh")
    snapshot, day = vault.current(), next_election("OH", timezone.now().date())
    assert snapshot is not None
    rows: list[dict[str, Any]] = ds.dataset(list(vault.files(snapshot, "voters"))).to_table().to_pylist()
    return [row for row in rows if row["listed_from"] <= day]


def van_id(key: str, row: dict[str, Any]) -> int:
    found = told(ask(key, "GET", f"people/StateFileID:{row['state_voter_id']}"))
    return int(found["vanId"])


def test_values_of_a_district_are_those_of_a_count_with_its_receipt(world: World, key: str) -> None:
    before = Journal.objects.filter(log="oh").count()
    found = told(ask(key, "GET", "districtFields/1"))
    counted = questions.count(
        home=world.home, viewer=world.member("national"), purpose="gotv", by_columns=("county_name",),
        by=MACHINE,
    )  # fmt: skip
    assert [one["name"] for one in found["districtFieldValues"]] == sorted(
        str(cell) for (cell,), _ in counted.grouped() if cell
    )
    assert found["districtFieldValues"] and Journal.objects.filter(log="oh").count() > before
    error(ask(key, "GET", "districtFields/99"), 404)
    error(ask(key, "GET", "customFields/1"), 404)


def test_a_score_is_its_members_alone(world: World, key: str, turnout: Score) -> None:
    item = told(ask(key, "GET", f"scores/{turnout.pk}/committeeAccess"))["items"]
    assert item == [
        {"committeeId": world.member("national").pk, "committeeName": world.member("national").name}
    ]
    error(ask(key_of(world, "rivera"), "GET", f"scores/{turnout.pk}/committeeAccess"), 404)


def score_load(key: str, score: Score, rows: list[tuple[Any, Any]], average: float | None = None) -> Any:
    action = {
        "actionType": "score", "personIdColumn": "VanID", "personIdType": "vanid", "scoreColumn": "score",
        "scoreId": str(score.pk),
    }  # fmt: skip
    if average is not None:
        action["approvalCriteria"] = {"average": average, "tolerance": 0.1}
    body = {
        "description": "A description",
        "file": file_of(key, ("VanID", "score"), rows),
        "actions": [action],
    }
    return done(key, "fileLoadingJobs", body)


def test_scores_count_once_they_are_approved(world: World, key: str, turnout: Score) -> None:
    first, second, third = ohio(world)[:3]
    of = {row["state_voter_id"]: van_id(key, row) for row in (first, second, third)}
    one, two, three = of.values()
    rows = [(one, 10), (one, 20), (two, "80.5"), (three, 101), (999, 5), ("=1+1", 5), (three, "")]
    job = score_load(key, turnout, rows, average=50)
    assert job["status"] == "CompletedWithErrors", job["message"]
    assert job["savedList"] is None
    assert [one["row"] for one in job["errors"]] == [5, 6] and not job["errorsTruncated"]
    (load,) = job["scoreUpdates"]
    assert load["loadStatus"] == "Completed"
    update = told(ask(key, "GET", f"scoreUpdates/{load['scoreUpdateId']}"))
    assert update["updateStatistics"] == {
        "totalRows": 7, "duplicateRows": 2, "matchedRows": 5, "matchPercent": 71.43, "increasedBy": 0,
        "decreasedBy": 0, "nulledOut": 0, "added": 2, "outOfRange": 1, "badValues": 0, "maxValue": 80.5,
        "minValue": 20.0, "averageValue": 50.25, "medianValue": 50.25,
    }  # fmt: skip
    assert update["score"] == told(ask(key, "GET", f"scores/{turnout.pk}"))
    person = told(ask(key, "GET", f"people/{one}?$expand=scores"))
    assert person["scores"] == [{"scoreId": turnout.pk, "name": "Turnout", "value": 20.0}]
    assert told(ask(key, "GET", f"people/{three}?$expand=scores"))["scores"] == []
    again = score_load(key, turnout, [(one, 30), (two, "")])
    (load,) = again["scoreUpdates"]
    assert again["status"] == "Completed" and load["loadStatus"] == "PendingApproval"
    assert told(ask(key, "GET", f"people/{one}?$expand=scores"))["scores"][0]["value"] == 20.0
    path = f"scoreUpdates/{load['scoreUpdateId']}"
    answer = ask(key, "PATCH", path, {"loadStatus": "approved"})
    assert answer.status_code == 204 and not answer.content
    found = told(ask(key, "GET", path))
    assert found["loadStatus"] == "Completed" and found["dateProcessed"]
    assert (found["updateStatistics"]["increasedBy"], found["updateStatistics"]["nulledOut"]) == (1, 1)
    assert told(ask(key, "GET", f"people/{two}?$expand=scores"))["scores"] == []
    assert told(ask(key, "GET", f"people/{one}?$expand=scores"))["scores"][0]["value"] == 30.0
    error(ask(key, "PATCH", path, {"loadStatus": "Disapproved"}), 400, "loadStatus")
    assert [row["loadStatus"] for row in told(ask(key, "GET", f"scoreUpdates?scoreId={turnout.pk}"))["items"]]
    rivera = key_of(world, "rivera")
    assert not told(ask(rivera, "GET", "scores"))["items"] + told(ask(rivera, "GET", "scoreUpdates"))["items"]
    for one in (f"scores/{turnout.pk}", path, f"fileLoadingJobs/{job['jobId']}"):
        error(ask(rivera, "GET", one), 404)


def test_a_load_leaves_a_receipt_and_names_whom_the_member_may_see_alone(
    world: World, key: str, turnout: Score
) -> None:
    before = Journal.objects.filter(log="oh", type="view").count()
    job = score_load(key, turnout, [(van_id(key, ohio(world)[0]), 1)])
    assert job["status"] == "Completed"
    assert Journal.objects.filter(log="oh", type="view").count() == before + 1
    strangers = scores.make(of=world.member("rivera"), name="Turnout", least=0, most=100, by=MACHINE)
    other = score_load(key_of(world, "rivera"), strangers, [(1, 5), (2**31 - 2, 5)])
    assert [one["code"] for one in other["errors"]] == ["NOT_FOUND", "NOT_FOUND"]
    assert ScoreUpdate.objects.get(score=strangers).statistics["matchedRows"] == 0


def test_scores_of_the_own_roll_are_guessed_facts_and_a_newer_load_takes_their_place(world: World) -> None:
    member, key = world.member("oh"), key_of(world, "oh")
    score = scores.make(of=member, name="Turnout", least=0, most=100, by=MACHINE)
    rows = ohio(world)[:4]
    ids = [van_id(key, row) for row in rows]
    score_load(key, score, [(id, 90) for id in ids], average=90)

    def count(where: str) -> int | None:
        return questions.count(home=world.home, viewer=member, purpose="gotv", where=where, by=MACHINE).total

    assert count("fact_number('score_turnout') > 80") == 4
    assert count("fact_kind('score_turnout') = 'guessed'") == 4
    score_load(key, score, [(ids[0], 10), (ids[1], "")], average=10)
    assert count("fact_number('score_turnout') > 80") == 2
    assert count("fact_number('score_turnout') < 20") == 1
    last = ScoreUpdate.objects.latest("pk")
    undo = {"home": world.home, "of": member, "number": last.pk, "by": MACHINE}
    with pytest.raises(Refusal, match="reason"):
        scores.withdraw_load(reason=" ", **undo)  # type: ignore[arg-type]
    scores.withdraw_load(reason="a wrong model", **undo)  # type: ignore[arg-type]
    assert count("fact_number('score_turnout') > 80") == 4
    assert told(ask(key, "GET", f"people/{ids[0]}?$expand=scores"))["scores"][0]["value"] == 90.0
    with pytest.raises(Refusal, match="counts now"):
        scores.withdraw_load(reason="again", **undo)  # type: ignore[arg-type]


def test_the_states_own_ids_name_voters_where_they_are_granted(world: World) -> None:
    key = key_of(world, "oh")
    score = scores.make(of=world.member("oh"), name="Turnout", least=0, most=1, by=MACHINE)
    rows = ohio(world)[:2]
    action = {"actionType": "score", "personIdColumn": "id", "personIdType": "statefileid",
              "scoreColumn": "score", "scoreId": score.pk}  # fmt: skip
    ids = [(f" {row['state_voter_id']} ", 0.5) for row in rows]
    file = file_of(key, ("id", "score"), [*ids, ("OH0000", 0.5), (van_id(key, rows[0]), 0.5)])
    job = done(key, "fileLoadingJobs", {"file": file, "actions": [action]})
    assert [each["row"] for each in job["errors"]] == [3, 4]
    assert ScoreUpdate.objects.get().statistics["matchedRows"] == 2
    washington = key_of(world, "national")
    theirs = scores.make(of=world.member("national"), name="Turnout", least=0, most=1, by=MACHINE)
    action["scoreId"] = theirs.pk
    wa = Vault(world.home.vaults, "wa")
    snapshot = wa.current()
    assert snapshot is not None
    known = (
        ds.dataset(list(wa.files(snapshot, "voters"))).to_table().slice(0, 3)["state_voter_id"].to_pylist()
    )
    file = file_of(washington, ("id", "score"), [(id, 0.5) for id in known])
    job = done(washington, "fileLoadingJobs", {"file": file, "actions": [action]})
    assert [each["code"] for each in job["errors"]] == ["NOT_FOUND"] * 3


def test_a_list_is_loaded_and_loaded_over(world: World, key: str) -> None:
    rows = ohio(world)[:3]
    folder = list_folders.make(member=world.member("national"), name="Loaded", by=MACHINE)
    ids = [van_id(key, row) for row in rows]

    def load(name: str, wanted: list[Any], **more: Any) -> Any:
        action = {
            "actionType": "LoadSavedListFile", "listName": name, "listDescription": "d",
            "folderId": folder.pk, "personIdColumn": "vanid", "personIdType": "VANID",
        } | more  # fmt: skip
        file = file_of(key, ("vanid",), [(id,) for id in wanted])
        listeners = [{"type": "URL", "value": "https://www.example.com"}, {"type": "EMAIL", "value": None}]
        return done(key, "fileLoadingJobs", {"file": file, "actions": [action], "listeners": listeners})

    job = load("Mine", [*ids[:2], 4])
    made = job["savedList"]
    assert (made["originalRowCount"], made["matchedRowsCount"], made["unmatchedRowsCount"]) == (3, 2, 1)
    listed = SavedList.objects.get(pk=made["savedListId"])
    assert (listed.name, listed.folder, listed.rows_by_owner) == ("Mine", folder, {"oh": 2})
    names = {row["last_name"] for row in rows[:2]}
    assert set(told_names(world, listed)) == names
    over = load("Mine", ids, overwriteExistingListId=listed.pk)["savedList"]
    assert over["savedListId"] == listed.pk and set(told_names(world, listed)) == {
        r["last_name"] for r in rows
    }
    assert load("Nobody", [4, 5])["status"] == "Failed"


def told_names(world: World, listed: SavedList) -> list[str]:
    from commonroll.server.actions import list_reading

    listed.refresh_from_db()
    shown = list_reading.page(home=world.home, listed=listed, columns=["last_name"], by=MACHINE)
    return [str(row["last_name"]) for row in shown.rows.to_pylist()]


def body(key: str, turnout: Score) -> dict[str, Any]:
    action = {"actionType": "score", "personIdColumn": "VanID", "scoreColumn": "score", "scoreId": turnout.pk}
    return {
        "description": "d", "actions": [action],
        "file": described(("VanID", "score"), "https://files.commonroll.net/rows.zip"),
    }  # fmt: skip


class Gone:
    """The body of a client that hangs up."""

    def read(self, *_: int) -> bytes:
        raise OSError

    readline = read


BAD: list[tuple[str, Any, str]] = [
    ("file", None, "file"), ("file", 7, "file"), ("file", [], "file"),
    ("file.sourceUrl", None, "file.sourceUrl"), ("file.sourceUrl", 7, "file.sourceUrl"),
    ("file.sourceUrl", {}, "file.sourceUrl"),
    ("file.sourceUrl", "http://files.commonroll.net/a.zip", "file.sourceUrl"),
    ("file.sourceUrl", "file:///etc/passwd", "file.sourceUrl"),
    ("file.sourceUrl", "https://127.0.0.1/a.zip", "file.sourceUrl"),
    ("file.sourceUrl", "https://169.254.169.254/latest", "file.sourceUrl"),
    ("file.sourceUrl", "https://[::ffff:10.0.0.1]/", "file.sourceUrl"),
    ("file.sourceUrl", "https://localhost/a.zip", "file.sourceUrl"),
    ("file.fileName", None, "file.fileName"), ("file.fileName", True, "file.fileName"),
    ("file.columnDelimiter", ";", "file.columnDelimiter"),
    ("file.columnDelimiter", 1, "file.columnDelimiter"),
    ("file.hasHeader", "maybe", "file.hasHeader"), ("file.hasQuotes", [], "file.hasQuotes"),
    ("file.columns", None, "file.columns"), ("file.columns", {}, "file.columns"),
    ("file.columns", ["VanID"], "file.columns[0]"),
    ("file.columns", [{"name": 0.5}, {}], "file.columns[1].name"),
    ("file.columns", [{"name": "a"}, {"name": "A"}], "file.columns[1].name"),
    ("actions", None, "actions"), ("actions", {}, "actions"), ("actions", [7], "actions[0]"),
    ("actions", [{}], "actions[0].actionType"),
    ("actions.actionType", "phonesFile", "actions[0].actionType"),
    ("actions.personIdColumn", "nope", "actions[0].personIdColumn"),
    ("actions.personIdColumn", None, "actions[0].personIdColumn"),
    ("actions.personIdType", "DWID", "actions[0].personIdType"),
    ("actions.scoreId", 999, "actions[0].scoreId"), ("actions.scoreId", None, "actions[0].scoreId"),
    ("actions.scoreId", "x", "actions[0].scoreId"), ("actions.scoreId", 2**40, "actions[0].scoreId"),
    ("actions.scoreColumn", 9, "actions[0].scoreColumn"),
    ("actions.approvalCriteria", 5, "actions[0].approvalCriteria"),
    ("actions.approvalCriteria", {"average": "x"}, "actions[0].approvalCriteria.average"),
    ("actions.approvalCriteria", {"tolerance": 0.2}, "actions[0].approvalCriteria.tolerance"),
    ("description", {}, "description"), ("listeners", 5, "listeners"),
    ("listeners", [{"type": "SMS"}], "listeners[0].type"),
    ("listeners", [{"type": "URL", "value": "https://10.0.0.1/"}], "listeners[0].value"),
    ("listeners", [{"type": "EMAIL", "value": []}], "listeners[0].value"),
    ("interventionCallbackUrl", "https://[::1]/", "interventionCallbackUrl"),
]  # fmt: skip


def test_a_bad_load_is_refused_with_the_property_at_fault(world: World, key: str, turnout: Score) -> None:
    for place, value, named in BAD:
        wanted = body(key, turnout)
        outer, _, inner = place.partition(".")
        if not inner:
            wanted[outer] = value
        elif outer == "actions":
            wanted[outer][0][inner] = value
        else:
            wanted[outer][inner] = value
        answer = ask(key, "POST", "//fileLoadingJobs", wanted)
        assert answer.status_code == 400, (place, value)
        error(answer, 400, named)
    listing = {"actionType": "LoadSavedListFile", "personIdColumn": "VanID", "listName": "x"}
    for name, value in (
        ("folderId", 999),
        ("overwriteExistingListId", 999),
        ("listName", ""),
        ("folderId", []),
    ):
        wanted = body(key, turnout) | {"actions": [listing | {name: value}]}
        error(ask(key, "POST", "fileLoadingJobs", wanted), 400, f"actions[0].{name}")
    assert not FileJob.objects.exists()
    for path in (
        "fileLoadingJobs/0",
        "fileLoadingJobs/x",
        "fileLoadingJobs/99/stats",
        "scores/999999",
        "scoreUpdates/999999",
    ):
        error(ask(key, "GET", path), 404)
    for path, name in (("scores?$top=100000000", "$top"), ("scoreUpdates?scoreId=x", "scoreId"),
                       ("scoreUpdates?createdBefore=now", "createdBefore"),
                       ("fileLoadingJobs?$skip=-1", "$skip")):  # fmt: skip
        error(ask(key, "GET", path), 400, name)
    error(ask(key, "POST", "fileLoadingJobs", b"[" * 100_000), 400, "body")
    error(ask(key, "POST", "fileLoadingJobs", b" " * (1 << 21)), 413)
    error(ask(key, "POST", "uploads", b"", content_type="application/zip"), 400, "body")
    error(ask(key, "POST", "uploads", b"x", content_type="application/zip", CONTENT_LENGTH="200000000"), 413)
    gone = {"wsgi.input": Gone()}
    error(ask(key, "POST", "uploads", b"x", content_type="application/zip", **gone), 400, "body")
    assert not list(world.home.uploads.glob("v4-*"))
    error(ask(key, "POST", "fileLoadingJobs", body(key, turnout), mode="|1"), 403)
    error(ask(key_of(world, "oh", scopes=("answers",)), "POST", "fileLoadingJobs", body(key, turnout)), 403)


@pytest.mark.parametrize("data", [
    packed("a,b\r\n" * 3)[:40], b"no archive", packed("x", "other.csv"), packed(b"\0" * (20 << 20)),
    packed("../x", "../../etc/x"), packed(b"a,b\r\n\xff\xfe,x\r\n"),
], ids=["cut", "none", "name", "bomb", "climbs", "bytes"])  # fmt: skip
def test_a_bad_file_fails_its_job_and_leaves_nothing(
    world: World, key: str, turnout: Score, data: bytes
) -> None:
    wanted = body(key, turnout)
    wanted["file"]["sourceUrl"] = brought(key, data)
    wanted["file"]["columns"] = [{"name": "VanID"}, {"name": "score"}]
    job = done(key, "fileLoadingJobs", wanted)
    assert job["status"] == "Failed" and job["message"]
    assert not ScoreUpdate.objects.exists() and not list(world.home.tmp.glob("**/packed.zip"))


def test_an_upload_is_its_members_alone(world: World, key: str, turnout: Score) -> None:
    wanted = body(key, turnout)
    wanted["file"]["sourceUrl"] = brought(key_of(world, "oh"), packed("VanID,score\r\n1,2\r\n"))
    job = done(key, "fileLoadingJobs", wanted)
    assert job["status"] == "Failed" and "upload" in job["message"]
    wanted["file"]["sourceUrl"] += "x"
    assert done(key, "fileLoadingJobs", wanted)["status"] == "Failed"
    assert NAME in wanted["file"]["fileName"]


def test_the_same_request_while_the_job_waits_is_the_same_job(world: World, key: str, turnout: Score) -> None:
    wanted = body(key, turnout)
    first = told(ask(key, "POST", "fileLoadingJobs", wanted), 201)
    assert told(ask(key, "POST", "fileLoadingJobs", wanted), 201) == first
    assert [job["jobId"] for job in told(ask(key, "GET", "fileLoadingJobs"))["items"]] == [first["jobId"]]
