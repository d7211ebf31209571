"""Lists on the site: who may bring one, what its page says, and that nothing counts before it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.identity.made_lists import listed
from world import MACHINE, World

from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import imports
from commonroll.server.models import Journal, ListImport

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

TERMS = {
    "kind": "donors", "source": "the spring gala", "licence": "own records", "basis": "consent on the card",
    "dated_on": "2026-01-05",
}  # fmt: skip


def vault(world: World) -> Vault:
    return Vault(world.home.vaults, "oh")


@pytest.fixture
def gala(world: World, tmp_path: Path) -> bytes:
    """Thirty of Ohio's voters, as a list has them."""
    held = vault(world)
    snapshot = held.current()
    assert snapshot is not None
    voters = ibis_engine().read_parquet(list(held.files(snapshot, "voters")))
    rows = voters.order_by("state_voter_id").limit(30).to_pyarrow().to_pylist()
    people = [
        [
            one["state_voter_id"],
            one["first_name"],
            one["last_name"],
            one["residence_line1"],
            one["residence_zip5"],
            25,
        ]
        for one in rows
    ]
    return listed(
        tmp_path / "gala.csv", ["Voter ID", "First", "Last", "Address", "Zip", "Gift"], people
    ).read_bytes()


def send(client: Client, data: bytes | None, **changes: str) -> tuple[int, str]:
    form: dict[str, object] = TERMS | changes
    if data is not None:
        form["files"] = SimpleUploadedFile("gala.csv", data)
    answer = client.post(reverse("import_bring"), form)
    return answer.status_code, str(answer.headers.get("Location", answer.content.decode()))


def work(world: World) -> ListImport:
    """Do what the job would do next."""
    found = ListImport.objects.get()
    imports.run(home=world.home, listed=found, by=MACHINE)
    return ListImport.objects.get()


def test_a_list_is_looked_at_tried_kept_and_undone(world: World, alice: Client, gala: bytes) -> None:
    status, page = send(alice, gala)
    assert status == 302
    assert "waiting for its turn" in alice.get(page).content.decode().lower()
    assert work(world).state == ListImport.State.HELD
    shown = alice.get(page).content.decode()
    assert "What the columns of this list hold" in shown and "What Gift holds" in shown

    roles = {f"role-{at}": role for at, role in enumerate(["voter_id", "first_name", "last_name"])}
    alice.post(f"{page}/go-on", {"step": "try", **roles, "role-5": "leave"})
    tried = work(world)
    assert tried.columns == {"Gift": "leave"}
    assert tried.report["sure"] == 30
    assert not vault(world).event_files("imports") or imports.standing(
        home=world.home, of=world.member("oh"), by=MACHINE
    ) == []  # fmt: skip

    shown = alice.get(page).content.decode()
    names = {line.split(",")[2] for line in gala.decode().splitlines()[1:]}
    assert not {name for name in names if len(name) > 4 and name in shown}

    alice.post(f"{page}/go-on", {"step": "keep", "role-5": "fact"})
    kept = work(world)
    assert (kept.state, kept.brought["facts"], kept.folder) == (ListImport.State.DONE, 30, "")
    assert not list(world.home.uploads.iterdir())
    shown = alice.get(page).content.decode()
    assert "What it brought" in shown

    rows = alice.post(f"{page}/rows.csv")
    text = b"".join(rows).decode()  # type: ignore[arg-type]
    assert rows.headers["Content-Disposition"].startswith("attachment")
    assert text.splitlines()[0].endswith('"commonroll_score","commonroll_reason"')
    leaf = Journal.objects.filter(log="oh", type="export.intent").latest("pk")
    assert (leaf.rows, leaf.index is not None) == (30, True)

    assert alice.post(f"{page}/undo", {"reason": "the wrong gala"}).status_code == 302
    assert "Bring it back" in alice.get(page).content.decode()
    assert alice.post(f"{page}/rows.csv").status_code == 400
    assert alice.post(f"{page}/restore").status_code == 302
    assert "Undo this import" in alice.get(page).content.decode()


@pytest.mark.parametrize("missing", TERMS)
def test_without_one_of_the_terms_no_file_is_kept(
    world: World, alice: Client, gala: bytes, missing: str
) -> None:
    status, said = send(alice, gala, **{missing: ""})
    assert status == 400 and "An import says" in said
    assert not ListImport.objects.exists()
    assert not list(world.home.uploads.iterdir())


def test_without_a_file_nothing_comes(world: World, alice: Client) -> None:
    status, said = send(alice, None)
    assert status == 400 and "file came with the form" in said
    assert not ListImport.objects.exists()


def test_a_viewer_and_a_stranger_bring_nothing(
    world: World, violet: Client, charlie: Client, gala: bytes
) -> None:
    assert [send(one, gala)[0] for one in (violet, charlie)] == [403, 400]
    assert not ListImport.objects.exists()


def test_nobody_elses_list_exists(world: World, alice: Client, charlie: Client, gala: bytes) -> None:
    _, page = send(alice, gala)
    work(world)
    assert charlie.get(page).status_code == 404
    assert [charlie.post(f"{page}/{act}", {"step": "keep"}).status_code for act in ("go-on", "drop")] == [
        404,
        404,
    ]
    assert ListImport.objects.get().state == ListImport.State.HELD


def test_a_refused_list_says_why_and_can_be_forgotten(world: World, alice: Client) -> None:
    _, page = send(alice, b"%PDF-1.7 and so on")
    with pytest.raises(Exception, match="PDF"):
        work(world)
    shown = alice.get(page).content.decode()
    assert "This is a PDF" in shown
    alice.post(f"{page}/drop")
    assert not ListImport.objects.exists() and not list(world.home.uploads.iterdir())


def test_a_killed_job_leaves_a_list_that_can_be_gone_on_with(
    world: World, alice: Client, gala: bytes
) -> None:
    _, page = send(alice, gala)
    work(world)
    ListImport.objects.update(state=ListImport.State.RUNNING, step="keep")
    assert imports.close_interrupted() == 1
    assert "Stopped; nothing of it counts" in alice.get(page).content.decode()
    alice.post(f"{page}/go-on", {"step": "look"})
    assert work(world).state == ListImport.State.HELD
