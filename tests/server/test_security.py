"""Attacks on the site that are not about one page: addresses, headers, markup, other people's numbers."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from world import MACHINE, PASSWORD, World, agree
from world import address as email

from commonroll.errors import Refusal
from commonroll.server import startup
from commonroll.server.actions import diary, federation, questions, universes
from commonroll.server.actor import LEAST_ROLE, Actor, Forbidden, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Journal, Load, Member, Role
from commonroll.transparency.checkpoint import read_checkpoint

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


# Addresses


def test_another_host_is_not_answered(nobody: Client) -> None:
    assert nobody.get("/accounts/login/", headers={"host": "elsewhere.example"}).status_code == 400


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"]
)
def test_a_form_leads_back_to_this_site_alone(alice: Client, target: str) -> None:
    for form in ({"purpose": "research"}, {"member": "oh"}):
        name = "purpose" if "purpose" in form else "acting"
        assert "elsewhere" not in alice.post(reverse(name), {**form, "next": target})["Location"]


@pytest.mark.parametrize(
    "file",
    [
        "../../secrets/django.key", "..%2f..%2fsecrets%2fdjango.key", "checkpoint/../../secrets/django.key",
        "tile/0/../../checkpoint", "tile/0/x001", "tile/64/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/entries/000 ", "checkpoint%0a", "checkpoint%00", "journal.lock", ".", "",
    ],
)  # fmt: skip
def test_the_log_serves_tiles_and_nothing_else(alice: Client, world: World, file: str) -> None:
    answer = alice.get(f"/log/oh/{file}")
    assert answer.status_code in (301, 404)
    assert (world.home.secrets / "django.key").read_bytes() not in answer.content


def sized(world: World, log: str) -> int:
    """Of a log with less than one full bundle."""
    size = read_checkpoint((world.home.logs / log / "checkpoint").read_text("utf-8")).size
    assert 0 < size < 256
    return size


def test_whose_log_may_be_read_by_whom(world: World) -> None:
    """A member's by its people; the federation's by whoever has a role, its checkpoint by everybody."""
    bundle, checkpoint = "tile/entries/000.p/{}", "checkpoint"
    named = {log: bundle.format(sized(world, log)) for log in ("oh", "federation")}
    Role.objects.filter(user=world.user("violet")).delete()
    seen = {
        (log, person): tuple(
            world.client(person).get(f"/log/{log}/{file}").status_code for file in (checkpoint, named[log])
        )
        for log in named
        for person in ("alice", "bob", "charlie", "violet", None)
    }
    inside = {("oh", "alice"), ("federation", "alice"), ("federation", "bob"), ("federation", "charlie")}
    outside = {("federation", "violet"), ("federation", None)}
    assert {who for who, (_, leaves) in seen.items() if leaves == 200} == inside
    assert {who for who, (first, _) in seen.items() if first == 200} == inside | outside


def test_entries_come_packed_to_whoever_takes_that(alice: Client, world: World) -> None:
    name = f"tile/entries/000.p/{sized(world, 'oh')}"
    asked = ({"accept-encoding": how} for how in ("", "gzip, br"))
    plain, packed = (alice.get(f"/log/oh/{name}", headers=how) for how in asked)
    assert packed["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain
    assert gzip.decompress(packed.content) == plain.content == (world.home.logs / "oh" / name).read_bytes()
    assert len(packed.content) < len(plain.content)
    for answer in (plain, packed):
        assert answer["Vary"].startswith("Accept-Encoding") and "immutable" in answer["Cache-Control"]
        assert answer["Content-Type"] == "application/octet-stream"


# Roles


def test_a_person_without_a_role_sees_an_empty_site(world: World) -> None:
    Role.objects.filter(user=world.user("charlie")).delete()
    charlie = world.client("charlie")
    assert {charlie.get(path).status_code for path in ("/", "/roll/", "/log/", "/universe/")} == {403}


def test_a_role_that_is_taken_away_ends_at_once(world: World, violet: Client) -> None:
    assert violet.get("/roll/").status_code == 200
    Role.objects.filter(user=world.user("violet")).delete()
    assert violet.get("/roll/").status_code == 403


def test_acting_for_a_member_needs_a_role_there(world: World, charlie: Client) -> None:
    session = charlie.session
    session["member"] = "oh"
    session.save()
    assert "Rivera" in charlie.get("/").content.decode()
    load = Load.objects.filter(member__key="oh").earliest("created_at")
    assert charlie.get(reverse("load", args=[load.pk])).status_code == 404


def test_with_two_roles_one_acts_for_one_member_at_a_time(world: World) -> None:
    Role.objects.create(user=world.user("bob"), member=world.member("rivera"), name=Role.Name.OWNER)
    bob = world.client("bob")
    bob.post(reverse("acting"), {"member": "rivera"})
    assert bob.get(reverse("agreement", args=[1])).status_code == 404
    bob.post(reverse("acting"), {"member": "national"})
    assert bob.get(reverse("agreement", args=[1])).status_code == 200


@pytest.mark.parametrize("act", [*LEAST_ROLE, "an act that is not listed"])
def test_a_stranger_may_nothing_and_is_not_told_what_there_is(world: World, act: str) -> None:
    with pytest.raises(Unknown):
        Actor.of(world.user("charlie")).require(act, world.member("oh"))


def test_an_act_that_is_not_listed_is_nobodys(world: World) -> None:
    for actor in (Actor.of(world.user("alice")), MACHINE):
        assert not actor.may("an act that is not listed", world.member("oh"))


def test_an_inactive_person_may_nothing(world: World) -> None:
    alice = world.user("alice")
    alice.is_active = False
    alice.save()
    assert not Actor.of(alice).may("read", world.member("oh"))


def test_a_receipt_is_for_owner_and_recipient(world: World) -> None:
    questions.count(home=world.home, viewer=world.member("national"), purpose="gotv", by=MACHINE)
    startup.fold(world.home)
    row = Journal.objects.filter(log="oh", type="count").latest("pk")
    assert row.index is not None
    for person in ("alice", "bob"):
        assert diary.receipt(home=world.home, log="oh", index=row.index, by=Actor.of(world.user(person)))
    with pytest.raises(Unknown):
        diary.receipt(home=world.home, log="oh", index=row.index, by=Actor.of(world.user("charlie")))


# Markup and text


def test_names_are_text_on_every_page(world: World, alice: Client) -> None:
    ohio = world.member("oh")
    Member.objects.filter(key="rivera").update(name=SCRIPT)
    Load.objects.filter(member=ohio).update(files=[SCRIPT], message=SCRIPT, stage=SCRIPT)
    saved = universes.save(member=ohio, name=SCRIPT[:120], purpose="gotv", where="", by=MACHINE)
    agree("oh", "rivera")
    load = Load.objects.filter(member=ohio).earliest("created_at")
    paths = [
        "/", "/roll/", "/agreements/", "/agreements/3", "/universe/", f"/universe/?saved={saved.pk}", "/log/",
        "/extracts/", "/give-and-get/", "/people/", f"/universe/?where={SCRIPT}", "/agreements/draft",
        f"/extracts/?where={SCRIPT}", reverse("load", args=[load.pk]), f"/log/?recipient={SCRIPT}",
        reverse("load_progress", args=[load.pk]), f"/roll/loads/{load.pk}/refused?reason={SCRIPT}",
    ]  # fmt: skip
    for path in paths:
        page = alice.get(path).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page, path
    assert "&lt;script&gt;alert" in alice.get("/universe/").content.decode()
    for path, field in (("/find", "q"), ("/people/", "text")):
        page = alice.post(path, {field: SCRIPT}).content.decode()
        assert "&lt;script&gt;alert" in page and "<script>alert" not in page


def test_a_refusal_is_text_too(alice: Client) -> None:
    answer = alice.post(reverse("universe_save"), {"name": "x", "where": f"party = '{SCRIPT}"})
    assert answer.status_code == 400 and "<script>alert" not in answer.content.decode()


def test_a_refusal_is_json_for_who_reads_json(alice: Client) -> None:
    answer = alice.post(
        reverse("universe_save"), {"name": "x", "where": "partty = 1"}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 400 and set(answer.json()["refused"]) >= {"what", "where", "next"}


@pytest.mark.parametrize("where", ["1=1; DROP TABLE voters", "x' OR '1'='1", "read_csv('/etc/passwd')", "\0"])
def test_a_where_is_never_run_as_text(world: World, where: str) -> None:
    with pytest.raises(Refusal):
        questions.count(home=world.home, viewer=world.member("oh"), purpose="gotv", where=where, by=MACHINE)


@pytest.mark.parametrize(
    "query", ["before=x", "before=99999999999999999999", "agreement=' OR 1=1", "type=\0", "log=../oh"]
)
def test_the_diary_reads_no_odd_words(alice: Client, query: str) -> None:
    assert alice.get(f"/log/?{query}").status_code in (200, 400)


def test_a_nul_is_turned_away_before_any_page_reads_it(nadia: Client) -> None:
    for answer in (
        nadia.get("/universe/?where=%00"),
        nadia.post("/universe/save", {"name": "a\0b", "where": ""}),
        nadia.post("/find", {"q": "\0"}),
    ):
        assert answer.status_code == 400 and "no text has" in answer.content.decode()


def test_numbers_beyond_every_limit_are_no_pages(alice: Client) -> None:
    huge = 10**30
    paths = (
        f"/agreements/{huge}",
        f"/log/receipts/oh/{huge}",
        f"/universe/?saved={huge}",
        f"/roll/changes?old={huge}",
    )
    assert {alice.get(path).status_code for path in paths} <= {200, 400, 404}


# Behind a proxy, and without one


def test_nobodys_word_is_taken_for_an_address(world: World, nobody: Client) -> None:
    cache.clear()
    nobody.post(
        "/accounts/login/", {"login": email("alice"), "password": "wrong"},
        headers={"x-forwarded-for": "203.0.113.7"},
    )  # fmt: skip
    assert AccessAttempt.objects.get().ip_address == "127.0.0.1"


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_behind_a_proxy_the_last_address_counts(world: World, nobody: Client) -> None:
    cache.clear()
    nobody.post(
        "/accounts/login/", {"login": email("alice"), "password": "wrong"},
        headers={"x-forwarded-for": "198.51.100.9, 203.0.113.7"},
    )  # fmt: skip
    assert AccessAttempt.objects.get().ip_address == "203.0.113.7"


BEHIND_TLS = """
import json, django
django.setup()
from django.test import Client
plain = Client().get("/accounts/login/", headers={"host": "localhost"})
sent = Client().get("/accounts/login/", headers={"host": "localhost", "x-forwarded-proto": "https"})
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location", "")],
    "sent": sent.status_code,
    "hsts": sent.headers.get("Strict-Transport-Security", ""),
    "secure": [bool(cookie["secure"]) for cookie in sent.cookies.values()],
}))
"""


@pytest.mark.vault
def test_with_https_on_everything_is_secure_and_nothing_goes_round(tmp_path: Path) -> None:
    Home(tmp_path).create()
    environment = {
        **os.environ, "COMMONROLL_HOME": str(tmp_path), "COMMONROLL_HTTPS": "1",
        "DJANGO_SETTINGS_MODULE": "commonroll.server.settings", "DATABASE_URL": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", BEHIND_TLS], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["plain"] == [301, "https://localhost/accounts/login/"]
    assert found["sent"] == 200 and "max-age=31536000" in found["hsts"]
    assert found["secure"] and all(found["secure"])


# Secrets on the disk


def test_secrets_are_for_their_owner_alone(world: World, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    for path in (home.path, home.secrets, home.vaults, home.uploads, *home.secrets.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path.name
    for member in ("oh", "national"):
        for key in (
            world.home.signing_key(member),
            world.home.reader_key(member),
            world.home.log_key(member),
        ):
            assert key.stat().st_mode & 0o077 == 0, key.name


def test_passwords_and_invitations_are_not_stored_as_they_are(world: World) -> None:
    _, secret = federation.invite(to=world.member("oh"), email="d@example.org", role="viewer", by=MACHINE)
    dump = world.home.tmp / "dump.json"
    call_command("dumpdata", "--output", str(dump), verbosity=0)
    assert secret not in dump.read_text() and PASSWORD not in dump.read_text()


def test_violet_reads_no_refused_line(world: World) -> None:
    with pytest.raises(Forbidden):
        Actor.of(world.user("violet")).require("raw", world.member("oh"))
