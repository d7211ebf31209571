"""A small federation for every test of the site.

Alice owns Ohio's file. Bob is an analyst of the national committee, with which Ohio and Washington share.
Charlie owns a campaign without any agreement: he must see nothing. Violet is a viewer of Ohio.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker
from tests.roles import OWNER, SERVING

from commonroll.invented import generate
from commonroll.server import policies, startup, wall
from commonroll.server.actions import agreements, federation, loads, statements
from commonroll.server.actions.wishes import Wishes
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Federation, Member, Role, User
from folders import restore

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSPHRASE = "only for tests"
PASSWORD = "a long password for tests"
MACHINE = Actor.command_line()
MEMBERS = {
    "oh": ("Ohio", "state", "OH"),
    "wa": ("Washington", "state", "WA"),
    "national": ("National", "national", ""),
    "rivera": ("Rivera", "campaign", ""),
}
PEOPLE = {
    "alice": ("oh", Role.Name.OWNER),
    "bob": ("national", Role.Name.ANALYST),
    "charlie": ("rivera", Role.Name.OWNER),
    "violet": ("oh", Role.Name.VIEWER),
    "nadia": ("national", Role.Name.OWNER),
}


def address(person: str) -> str:
    return f"{person}@example.org"


def shared_columns() -> list[str]:
    return [
        "voters.state_voter_id", "voters.first_name", "voters.last_name", "voters.birth_year",
        "registration", "district", "vote_history", "responses.question", "responses.answer",
    ]  # fmt: skip


def wishes(**changes: object) -> Wishes:
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    given: dict[str, object] = {
        "purposes": ["gotv"],
        "modes": ["count", "view", "export"],
        "columns": shared_columns(),
        "start": start,
        "until": start + timedelta(days=100),
        "rows_per_day": 100_000,
    }
    return Wishes(**(given | changes))  # type: ignore[arg-type]


def agree(owner: str, recipient: str, **changes: object) -> Agreement:
    """An agreement in force between two members."""
    home: Home = settings.HOME
    parties = [federation.member(owner), federation.member(recipient)]
    text = agreements.draft(owner=parties[0], recipient=parties[1], wishes=wishes(**changes), by=MACHINE)
    for party in parties:
        text = agreements.sign(home=home, agreement=text, member=party, passphrase=PASSPHRASE, by=MACHINE)
    return text


def _build(home: Home, files: Path) -> None:
    federation.begin(home=home, name="Test federation", origin="test.commonroll.invalid", by=MACHINE)
    for key, (name, kind, state) in MEMBERS.items():
        federation.add_member(
            home=home, key=key, name=name, kind=kind, state=state, passphrase=PASSPHRASE, by=MACHINE
        )
    for person, (key, role) in PEOPLE.items():
        user = User.objects.enrol(address(person), PASSWORD)
        Role.objects.create(user=user, member=Member.objects.get(key=key), name=role)
    generate(["OH", "WA"], 300, 7, files)
    for key in ("oh", "wa"):
        member = Member.objects.get(key=key)
        loads.vault(home, member).mark_sample()
        result = loads.from_files(
            home=home, to=member, paths=[files / key.upper()], accept="quarantine", layout=None, by=MACHINE
        )
        assert result.snapshot is not None
        statements.make_statement(home=home, member=member, passphrase=PASSPHRASE, by=MACHINE)
    agree("oh", "national")
    agree("wa", "national", modes=["count", "view"])
    startup.fold(home)


@contextmanager
def serving() -> Iterator[None]:
    """On PostgreSQL the role that serves; the test database belongs to another, as the guide has it."""
    used = connection.settings_dict
    if used["USER"] != OWNER:
        yield
        return
    policies.grant(SERVING)
    connection.close()
    used["USER"] = SERVING
    yield
    connection.close()
    used["USER"] = OWNER


_kept = tempfile.TemporaryDirectory(prefix="commonroll-world-")


@pytest.fixture(scope="session")
def template() -> Path:
    """One for every folder of tests that takes these fixtures: the federation is built once a session."""
    return Path(_kept.name)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, template: Path
) -> Iterator[None]:
    """The test database with the federation in it; tests roll back to this."""
    wall.whole_process()  # tests look at everything; requests are for whom they act
    with django_db_blocker.unblock(), serving():
        if not Federation.objects.exists():
            _build(settings.HOME, template / "files")
            shutil.copytree(settings.HOME.path, template / "home")
        yield


@pytest.fixture
def home(db: None, template: Path) -> Home:
    """The federation's folder as it was built."""
    found: Home = settings.HOME
    kept = template / "home"
    for entry in found.path.iterdir():
        if entry.is_dir() and not (kept / entry.name).exists():
            shutil.rmtree(entry)
    for entry in kept.iterdir():
        if entry.is_dir():
            restore(found.path / entry.name, entry)
    cache.clear()
    return found


@dataclass(frozen=True)
class World:
    """Members and signed-in people."""

    home: Home

    def member(self, key: str) -> Member:
        return Member.objects.get(key=key)

    def user(self, person: str) -> User:
        return User.objects.get(email=address(person))

    def client(self, person: str | None = None) -> Client:
        client = Client()
        if person is not None:
            client.force_login(self.user(person), backend=BACKEND)
        return client


@pytest.fixture
def world(home: Home) -> World:
    return World(home)


@pytest.fixture
def alice(world: World) -> Client:
    return world.client("alice")


@pytest.fixture
def bob(world: World) -> Client:
    return world.client("bob")


@pytest.fixture
def charlie(world: World) -> Client:
    return world.client("charlie")


@pytest.fixture
def nadia(world: World) -> Client:
    return world.client("nadia")


@pytest.fixture
def violet(world: World) -> Client:
    return world.client("violet")


@pytest.fixture
def nobody(world: World) -> Client:
    return world.client()
