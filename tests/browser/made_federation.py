"""Run as a program: a small federation with its own home, for a site that a browser drives.

`made_federation.py HOME FILES` writes the official files of invented people below FILES and prints, as one
JSON line, what a client may know: the verifier key of each log.

Ohio has a roll and no agreement yet. Washington has two snapshots, a refused load, an agreement with National
and an extract under it, so that every page has something to show.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from invented_site import MEMBERS, OFFICER, PASSPHRASE, PASSWORD, PEOPLE, VOTERS, address

from commonroll.console import use
from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.server.home import Home

SEED = 11
CUT_LINES = 3


def write_files(files: Path) -> None:
    """Two deliveries of each state, Washington's second with cut lines; Ohio's broken in two ways."""
    for number in (1, 2):
        generate(["OH", "WA"], VOTERS, SEED, files / str(number), snapshot=number)
    with next((files / "2" / "WA").glob("*VRDB*")).open("ab") as washington:
        washington.write(b"7|CUT\n" * CUT_LINES)
    good = sorted((files / "2" / "OH").glob("*.txt"))
    for name in ("renamed", "halved"):
        (files / name).mkdir()
    for file in good:
        head, *lines = file.read_bytes().splitlines(keepends=True)
        renamed = head.replace(b"RESIDENTIAL_CITY", b"RESIDENTIAL_TOWN")
        (files / "renamed" / file.name).write_bytes(renamed + b"".join(lines))
        (files / "halved" / file.name).write_bytes(head + b"".join(lines[: len(lines) // 3]))


def found(home: Home) -> None:
    from commonroll.server.actions import federation, officers
    from commonroll.server.actor import Actor
    from commonroll.server.models import Member, Role, User

    by = Actor.command_line()
    federation.begin(home=home, name="Test federation", origin="test.commonroll.invalid", by=by)
    for key, (name, kind, state) in MEMBERS.items():
        federation.add_member(
            home=home, key=key, name=name, kind=kind, state=state, passphrase=PASSPHRASE, by=by
        )
    for person, (key, role) in PEOPLE.items():
        user = User.objects.enrol(address(person), PASSWORD)
        Role.objects.create(user=user, member=Member.objects.get(key=key), name=role)
    User.objects.enrol(address(OFFICER), PASSWORD)
    officers.name(email=address(OFFICER), by=by)


def load(home: Home, key: str, folder: Path) -> None:
    from commonroll.server.actions import federation, loads
    from commonroll.server.actor import Actor

    member = federation.member(key)
    loads.vault(home, member).mark_sample()
    result = loads.from_files(
        home=home, to=member, paths=[folder], accept="quarantine", layout=None, by=Actor.command_line()
    )
    if result.snapshot is None:
        raise Refusal("the gate refused what the browser's federation needs", where=key)


def load_refused(home: Home, key: str, folder: Path) -> None:
    """A delivery of the wrong state, for a page that shows a refusal."""
    from commonroll.server.actions import federation, loads
    from commonroll.server.actor import Actor

    try:
        loads.from_files(
            home=home, to=federation.member(key), paths=[folder], accept="gate", layout=None,
            by=Actor.command_line(),
        )  # fmt: skip
    except Refusal:
        return
    raise Refusal("another state's file was taken", where=key)


def agree(home: Home) -> None:
    from commonroll.server.actions import agreements, federation, statements
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    for key in ("oh", "wa"):
        statements.make_statement(home=home, member=federation.member(key), passphrase=PASSPHRASE, by=by)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    wishes = Wishes(
        purposes=["gotv"], modes=["count", "view", "export"],
        columns=["voters.state_voter_id", "voters.first_name", "voters.last_name", "voters.birth_year",
                 "registration", "district", "vote_history"],
        start=start, until=start + timedelta(days=100), rows_per_day=50_000,
    )  # fmt: skip
    parties = [federation.member("wa"), federation.member("national")]
    text = agreements.draft(owner=parties[0], recipient=parties[1], wishes=wishes, by=by)
    for party in parties:
        text = agreements.sign(home=home, agreement=text, member=party, passphrase=PASSPHRASE, by=by)


def extract(home: Home) -> None:
    from commonroll.server.actions import federation, questions
    from commonroll.server.actor import Actor

    questions.export(
        home=home, viewer=federation.member("national"), purpose="gotv", where="county_name LIKE 'K%'",
        columns=("state_voter_id", "first_name", "last_name"), format="csv", by=Actor.command_line(),
    )  # fmt: skip


def ask_newcomers() -> None:
    """What the federation asks of newcomers, for the public form."""
    from commonroll.server.actions import membership
    from commonroll.server.actor import Actor

    membership.publish(
        chosen={"title": "Who keeps the charter", "questions": ["Do you keep the charter?"], "papers": [],
                "decideDays": "7", "appealDays": "14"},
        by=Actor.command_line(),
    )  # fmt: skip


def build(home: Home, files: Path) -> None:
    from commonroll.server import startup

    startup.migrate()
    write_files(files)
    found(home)
    load(home, "oh", files / "1" / "OH")
    for number in ("1", "2"):
        load(home, "wa", files / number / "WA")
    load_refused(home, "wa", files / "1" / "OH")
    agree(home)
    ask_newcomers()
    extract(home)
    startup.fold(home)


def verifier_keys() -> dict[str, str]:
    from commonroll.server.models import Member

    return dict(Member.objects.values_list("key", "log_vkey"))


if __name__ == "__main__":
    at = Path(sys.argv[1])
    Home(at).create()
    here = use(at)
    build(here, Path(sys.argv[2]))
    sys.stdout.write(json.dumps(verifier_keys()) + "\n")
