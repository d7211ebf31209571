"""Witnesses of the federation's logs: asked, verified, believed only with proof, missed when gone."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from receiver import certificate
from world import MACHINE, World, address

from commonroll.errors import Refusal
from commonroll.notes import load_plain_key, open_note
from commonroll.server import ahead, doctor, outgoing, startup, witnessing
from commonroll.server.actions import diary, questions, witnesses
from commonroll.server.actor import Actor, Forbidden
from commonroll.server.logs import folder, log_vkeys
from commonroll.server.models import Cosigned, Federation, Journal, User, Watched
from commonroll.transparency.log import LogFolder, init_log
from commonroll.transparency.policy import parse_policy
from commonroll.transparency.receipts import verify_receipt
from commonroll.transparency.sequencer import SequenceError
from commonroll.transparency.verify import verify_folder
from commonroll.transparency.witness.serving import Serving
from commonroll.transparency.witness.witness import Witness, init

pytestmark = pytest.mark.django_db


class Clock:
    """The witnesses' clock, so many seconds from ours."""

    off = 0.0
    later = 0.0

    def __call__(self) -> float:
        return timezone.now().timestamp() + self.later + self.off


class Witnesses:
    """Witnesses of members on this machine, by HTTPS."""

    def __init__(self, world: World, path: Path, pem: Path) -> None:
        self.world, self.path, self.pem, self.clock = world, path, pem, Clock()
        self.of: dict[str, Witness] = {}
        self.servers: dict[str, Serving] = {}

    def add(self, member: str, *, watches: bool = True) -> Witness:
        made = init(self.path / member, f"{member}.example/witness")
        made._clock = self.clock
        server = Serving(made, "127.0.0.1", 0, self.pem)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"https://localhost:{server.server_port}"
        witnesses.add(of=self.world.member(member), vkey=made.vkey, url=url, by=MACHINE)
        startup.fold(self.world.home)
        for log in witnessing.logs() if watches else ():
            made.watch(*log_vkeys(self.world.home, log))
        self.of[member], self.servers[member] = made, server
        return made

    def stop(self, member: str) -> None:
        server = self.servers.pop(member)
        server.shutdown()
        server.server_close()

    def ask(self, minutes: float = 0) -> int:
        """Show the log of Ohio, so many minutes from now."""
        now = timezone.now() + timedelta(minutes=minutes)
        self.clock.later = minutes * 60
        return witnessing.ask_log(self.world.home, "oh", now=now)

    def state(self, member: str) -> Watched:
        return Watched.objects.get(log="oh", witness__member__key=member)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def ours(
    world: World, tmp_path: Path, pem: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Witnesses]:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setattr(ahead, "_looked", set())
    settings.OUTGOING_NAMES, settings.OUTGOING_NETWORKS = outgoing.allowed("localhost,127.0.0.0/8,::1/128")
    found = Witnesses(world, tmp_path / "witnesses", pem)
    yield found
    for member in list(found.servers):
        found.stop(member)


def ohio(world: World) -> LogFolder:
    return folder(world.home, Federation.objects.get().origin, "oh")


def taken(world: World) -> int:
    """National takes rows of Ohio; the index of the entry."""
    questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("last_name",), format="csv", by=MACHINE,
    )  # fmt: skip
    startup.fold(world.home)
    index = Journal.objects.filter(log="oh", type="export.intent").latest("pk").index
    assert index is not None
    return index


def test_signatures_stand_under_the_checkpoint_and_in_receipts(world: World, ours: Witnesses) -> None:
    made = [ours.add(member) for member in ("oh", "national", "wa")]
    index = taken(world)
    assert ours.ask() == 3
    log = ohio(world)
    keys = [*log_vkeys(world.home, "oh"), *(one.vkey for one in made)]
    _, signed = open_note(log.checkpoint().note, keys)
    assert len(signed) == 4 and verify_folder(log.path, keys[0]).ok
    witnesses.set_quorum(number=3, by=MACHINE)
    startup.fold(world.home)
    assert ours.ask(minutes=1) == 3
    text = diary.receipt(home=world.home, log="oh", index=index, by=MACHINE)
    rules = witnesses.policy(home=world.home, log="oh", recipient="national")
    assert "group parties all national oh\ngroup others 1 wa\n" in rules
    verdict = verify_receipt(text, parse_policy(rules))
    assert verdict.ok and "national.example/witness, oh.example/witness, wa" in verdict.sentences[1]
    bare = text.replace(text[text.index("— oh.example/witness") :].split("\n")[0] + "\n", "")
    assert not verify_receipt(bare, parse_policy(rules)).ok
    taken(world)
    assert diary.receipt(home=world.home, log="oh", index=index, by=MACHINE) == text


def test_a_log_is_shown_again_when_it_grew_and_each_hour(world: World, ours: Witnesses) -> None:
    ours.add("wa")
    assert [ours.ask(), ours.ask(), ours.ask(59)] == [1, 0, 0]
    before = ours.state("wa")
    assert ours.ask(61) == 1
    after = ours.state("wa")
    assert after.size == before.size and after.at is not None and before.at is not None
    taken(world)
    assert ours.ask(61.2) == 1
    note = ohio(world).checkpoint().note
    assert note.count("wa.example/witness") == 1 and ours.state("wa").size == ohio(world).size


def test_witnesses_that_do_not_sign_say_why(world: World, ours: Witnesses) -> None:
    ours.add("oh", watches=False)
    assert ours.ask() == 0 and "does not watch this log" in ours.state("oh").said
    ours.add("wa")
    ours.clock.off = -3_600
    assert ours.ask() == 0 and "60 minutes behind ours" in ours.state("wa").said
    ours.clock.off = -3_900
    assert ours.ask(2) == 0 and "s behind what it signed last" in ours.state("wa").said
    ours.stop("wa")
    assert ours.ask(4) == 0 and ours.state("wa").state == Watched.State.SILENT
    assert not Cosigned.objects.exists() and "wa.example" not in ohio(world).checkpoint().note


def test_another_key_than_the_known_one_signs_nothing(world: World, ours: Witnesses, tmp_path: Path) -> None:
    made = ours.add("wa")
    other = init(tmp_path / "other", "wa.example/witness")
    made._signer = other._signer
    assert ours.ask() == 0 and "no signature of the key" in ours.state("wa").said


def test_a_rewritten_log_is_refused_and_told_to_all(
    world: World, ours: Witnesses, alice: Client, charlie: Client, tmp_path: Path
) -> None:
    made = ours.add("wa")
    taken(world)
    assert ours.ask() == 1
    log, real = ohio(world), tmp_path / "real"
    entries = list(log.entries(0, log.size))
    shutil.copytree(log.path, real)
    shutil.rmtree(log.path)
    signer = load_plain_key(world.home.log_key("oh"), log.origin)
    init_log(log.path, log.origin, signer).append([*entries[:-1], entries[-1] + b" "], signer)
    assert ours.ask(61) == 0
    assert "others than those that were signed before" in ours.state("wa").said
    assert len(made.store.evidence(log.origin)) == 1
    with pytest.raises(Refusal):
        taken(world)
    for person in (alice, charlie):
        page = person.get("/witnesses").content.decode()
        assert "others than those that were signed" in page and "tag bad" in page
        assert "has a witness that refuses" in person.get("/").content.decode()


def test_a_log_restored_from_an_old_copy_is_not_signed_on(
    world: World, ours: Witnesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.add("wa")
    log = ohio(world)
    old = shutil.copytree(log.path, tmp_path / "old")
    taken(world)
    assert ours.ask() == 1
    new = shutil.copytree(log.path, tmp_path / "new")
    shutil.rmtree(log.path)
    shutil.copytree(old, log.path)
    # the database is as old as the folder
    Journal.objects.filter(log="oh", index__gte=log.size).delete()
    monkeypatch.setattr(ahead, "_looked", set())
    size = log.size
    with pytest.raises(Refusal):
        taken(world)
    with pytest.raises(SequenceError, match="this is an old copy"):
        ahead.guard(log, "oh", log_vkeys(world.home, "oh"))
    (found,) = (one for one in doctor.examine(world.home, "oh") if one.check == "log")
    assert "old copy" in found.what and "member's copy" in found.next_step
    assert log.size == size
    shutil.rmtree(log.path)
    shutil.copytree(new, log.path)
    ahead.guard(log, "oh", log_vkeys(world.home, "oh"))
    assert ours.state("wa").evidence == ""


def test_a_witness_alone_stops_no_log(world: World, ours: Witnesses) -> None:
    """It names a size that it cannot show: that is noted, and the log goes on."""
    made = ours.add("wa")
    assert ours.ask() == 1
    with made.store.transaction() as memory:
        seen = memory.seen(ohio(world).origin)
        assert seen is not None
        memory.keep(replace(seen, size=seen.size + 900))
    assert ours.ask(61) == 0 and ours.state("wa").evidence == ""
    taken(world)


def test_without_a_quorum_for_a_day_nothing_more_leaves(world: World, ours: Witnesses) -> None:
    for member in ("oh", "wa"):
        ours.add(member)
    witnesses.set_quorum(number=2, by=MACHINE)
    startup.fold(world.home)
    assert ours.ask() == 2
    taken(world)
    Cosigned.objects.update(enough_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(witnessing.Unwitnessed, match="fewer than 2 witnesses have signed the log of oh"):
        taken(world)
    questions.export(
        home=world.home, viewer=world.member("oh"), purpose="gotv", where="", columns=("last_name",),
        format="csv", by=MACHINE,
    )  # fmt: skip
    startup.fold(world.home)
    assert ours.ask(2) == 2
    taken(world)


def test_the_owners_own_witness_is_among_enough(world: World, ours: Witnesses) -> None:
    for member in ("oh", "wa", "national"):
        ours.add(member)
    witnesses.set_quorum(number=2, by=MACHINE)
    startup.fold(world.home)
    ours.stop("oh")
    assert ours.ask() == 2
    assert Cosigned.objects.get(log="oh").enough_at is None


REFUSED = {
    "a log's key": ("oh.example/witness+00000000+AAAA", "https://localhost"),
    "no key": ("hello", "https://localhost"),
    "no https": (None, "http://localhost"),
    "an inner address": (None, "https://10.0.0.1"),
    "a query": (None, "https://localhost/?a=b"),
}


@pytest.mark.parametrize(("vkey", "url"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_witness_is_refused(
    world: World, ours: Witnesses, tmp_path: Path, vkey: str | None, url: str
) -> None:
    good = init(tmp_path / "w", "oh.example/witness").vkey
    with pytest.raises(Refusal):
        witnesses.add(of=world.member("oh"), vkey=vkey or good, url=url, by=MACHINE)
    ours.add("wa")
    with pytest.raises(Refusal, match="another has its key or its name"):
        witnesses.add(of=world.member("oh"), vkey=ours.of["wa"].vkey, url="https://localhost", by=MACHINE)


def test_members_add_and_end_their_own_and_the_operator_says_how_many(
    world: World, ours: Witnesses, alice: Client, violet: Client
) -> None:
    vkey = init(ours.path / "mine", "oh.example/witness").vkey
    form = {"what": "add", "vkey": vkey, "url": "https://localhost:4443/"}
    assert violet.post("/witnesses/change", form).status_code == 403
    assert alice.post("/witnesses/change", form).status_code == 302
    leaves = Journal.objects.filter(type="witness.key")
    assert sorted(leaves.values_list("log", flat=True)) == ["federation", "oh"]
    assert "https://localhost:4443 since" in alice.get("/witnesses").content.decode()
    bad = alice.post("/witnesses/change", {"what": "add", "vkey": "hello", "url": "https://localhost"})
    assert bad.status_code == 400 and b"commonroll witness init" in bad.content
    with pytest.raises(Forbidden):
        witnesses.set_quorum(number=1, by=Actor.of(User.objects.get(email=address("alice"))))
    with pytest.raises(Refusal, match="2 witnesses cannot sign where there are 1"):
        witnesses.set_quorum(number=2, by=MACHINE)
    assert alice.post("/witnesses/change", {"what": "end"}).status_code == 302
    with contextlib.suppress(Refusal):
        assert not witnesses.end(of=world.member("oh"), by=MACHINE)
    rules = alice.get("/witnesses/policy/oh").content.decode()
    assert rules.endswith("quorum none\n") and parse_policy(rules).witnessed([])
