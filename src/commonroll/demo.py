"""The main job on invented people: files, members, loads, agreements, the national count, answers back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonroll import demo_walk
from commonroll.console import progress, say_answer, say_table, stderr, stdout
from commonroll.errors import Refusal
from commonroll.invented import generate

if TYPE_CHECKING:
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.home import Home

ORIGIN = "demo.commonroll.invalid"
PASSWORD = "invented-people-only"
SEED = 2026
STATES = {"nc": "North Carolina", "oh": "Ohio", "fl": "Florida", "wa": "Washington"}
OTHERS = {"national": ("National Committee", "national"), "rivera": ("Rivera for Ohio", "campaign")}
MARK = "demo.json"


def prepare(home: Path, voters: int) -> bool:
    """Whether a finished demo of this size stands in `home`; an unfinished or other one is removed.

    Only a folder that a demo made is ever removed; any other is refused.
    """
    if not home.exists() or not any(home.iterdir()):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _mark(home, voters, finished=False)
        return False
    mark = home / MARK
    if not mark.exists():
        raise Refusal(
            "this folder holds something that no demo made", where=str(home),
            next_step="name another folder with --home",
        )  # fmt: skip
    state = json.loads(mark.read_text())
    if state == {"voters": voters, "finished": True}:
        return True
    for entry in home.iterdir():
        if entry.name != MARK:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    _mark(home, voters, finished=False)
    return False


def _mark(home: Path, voters: int, *, finished: bool) -> None:
    part = home / f"{MARK}.part"
    part.write_text(json.dumps({"voters": voters, "finished": finished}))
    part.replace(home / MARK)


def tell(home: Home, *, voters: int, ready: bool) -> None:
    """Build the federation unless it is `ready`, then print the national count with its gaps."""
    from commonroll.server import startup

    startup.migrate()
    if not ready:
        build(home, voters)
        _mark(home.path, voters, finished=True)
    ask(home)
    startup.fold(home)


def passphrase(member: str) -> str:
    """The demo's passphrases are no secret: they guard invented people."""
    return f"{member} signs invented people"


def email(member: str) -> str:
    return f"{member}@{ORIGIN}"


def build(home: Home, voters: int) -> None:
    """Files, federation, loads, agreements, answers."""
    from commonroll.server import startup

    files = home.path / "official-files"
    with progress("inventing four states") as report:
        generate([s.upper() for s in STATES], voters, SEED, files, progress=report)
    found(home)
    for key in STATES:
        load(home, key, files / key.upper())
        place(home, key, files / "address-points" / f"{key.upper()}.csv")
    agree(home)
    bring_answers(home)
    demo_walk.bring_streets(home, files / "streets" / "OH.geojsonl")
    demo_walk.walk_town(home)
    match_later()
    startup.fold(home)


def found(home: Home) -> None:
    """The federation, its six members, one owner account each."""
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor
    from commonroll.server.models import Role, User

    by = Actor.command_line()
    federation.begin(home=home, name="Demo federation of invented people", origin=ORIGIN, by=by)
    members = {k: (name, "state", k.upper()) for k, name in STATES.items()}
    members |= {k: (name, kind, "") for k, (name, kind) in OTHERS.items()}
    for key, (name, kind, state) in members.items():
        made = federation.add_member(
            home=home, key=key, name=name, kind=kind, state=state, passphrase=passphrase(key), by=by
        )
        person = User.objects.enrol(email(key), PASSWORD)
        Role.objects.create(user=person, member=made, name=Role.Name.OWNER)


def load(home: Home, key: str, folder: Path) -> None:
    """One state's delivery through the real loader."""
    from commonroll.server.actions import federation, loads
    from commonroll.server.actor import Actor

    member = federation.member(key)
    loads.vault(home, member).mark_sample()
    with progress(f"loading {STATES[key]}") as report:
        result = loads.from_files(
            home=home, to=member, paths=[folder], accept="gate", layout=None,
            by=Actor.command_line(), progress=report,
        )  # fmt: skip
    rows = result.snapshot.rows["voters"] if result.snapshot else 0
    stderr.print(f"{STATES[key]}: {rows:,} voters loaded, verdict {result.verdict}", markup=False)


def place(home: Home, key: str, points: Path) -> None:
    """The doors of one state's roll, by the public address points that its counties would have."""
    from commonroll.server.actions import federation, places
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    places.geocode(home=home, of=federation.member(key), points=points, ranges=None, by=by)


def agree(home: Home) -> None:
    """The statement of the state that does not say who is protected, five different agreements, and two by
    which Ohio and Florida learn how many of their registrations stand on the other's roll too."""
    from commonroll.server.actions import agreements, federation, statements
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    statements.make_statement(home=home, member=federation.member("wa"), passphrase=passphrase("wa"), by=by)
    for owner, recipient, wishes in [*five_agreements(), *hygiene_agreements()]:
        parties = [federation.member(owner), federation.member(recipient)]
        text = agreements.draft(owner=parties[0], recipient=parties[1], wishes=wishes, by=by)
        for party in parties:
            agreements.sign(home=home, agreement=text, member=party, passphrase=passphrase(party.key), by=by)


def five_agreements() -> Sequence[tuple[str, str, Wishes]]:
    """Owner, recipient, wishes: five that differ in purposes, columns, rows, modes and dates."""
    from commonroll.agreements.profile import ContactQuota
    from commonroll.server.actions.wishes import Wishes

    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    year = start + timedelta(days=365)
    everything = ["identity", "contact", "registration", "district", "demographic", "vote_history", "ballot"]
    work = ["count", "view", "contact", "export"]
    quota = [ContactQuota(3, "household", 30)]
    no_phone = [
        "voters.state_voter_id", "voters.first_name", "voters.last_name", "voters.birth_date",
        "voters.birth_year", "voters.sex", "voters.residence_line1", "voters.residence_city",
        "voters.residence_zip5", "voters.email", "registration", "district", "vote_history",
    ]  # fmt: skip
    return [
        ("nc", "national", Wishes(
            purposes=["gotv", "persuasion", "fundraising", "list-building"], modes=work, columns=everything,
            start=start, until=year, rows_per_day=2_000_000, contact=quota)),
        ("oh", "national", Wishes(
            purposes=["gotv", "persuasion"], modes=work,
            columns=["identity", "contact", "registration", "district", "vote_history", "voters.birth_year",
                     "responses.question", "responses.answer"],
            masks={"voters.birth_date": "plain"}, start=start, until=year,
            rows_per_day=1_200_000, contact=quota)),
        ("fl", "national", Wishes(
            purposes=["gotv", "fundraising"], modes=work, columns=no_phone, start=start, until=year,
            rows={"status": ["active"]}, rows_per_day=200_000, contact=quota)),
        ("wa", "national", Wishes(
            purposes=["gotv", "research"], modes=["count", "view"],
            columns=["registration", "district", "demographic", "vote_history"], start=start, until=year)),
        ("oh", "rivera", Wishes(
            purposes=["gotv"], modes=work,
            columns=["identity", "contact", "registration", "district", "vote_history", "voters.birth_year"],
            rows={"county_fips": ["39049", "39061"]}, start=start, until=start + timedelta(days=343),
            rows_per_day=50_000, contact=[ContactQuota(2, "household", 30)],
            notice_days=7)),
    ]  # fmt: skip


def hygiene_agreements() -> Sequence[tuple[str, str, Wishes]]:
    """Owner, recipient, wishes: list hygiene between Ohio and Florida, both of which publish birth dates."""
    from commonroll.agreements.templates import TEMPLATES
    from commonroll.server.actions.wishes import Wishes

    template = TEMPLATES["hygiene"]
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    wishes = Wishes(
        purposes=template.purposes, modes=template.modes, columns=template.columns, masks=template.masks,
        start=start, until=start + timedelta(days=365),
    )  # fmt: skip
    return [("oh", "fl", wishes), ("fl", "oh", wishes)]


def match_later() -> None:
    """Ohio and Florida are matched by the worker, as soon as the site runs: nobody waits for it."""
    from commonroll.server import jobs

    jobs.match_members.enqueue("oh", "fl", email("oh"))


def bring_answers(home: Home) -> None:
    """National exports Ohio voters, asks eighty of them (invented answers), and brings the answers back."""
    from commonroll.server.actions import answers, federation, questions
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    national = federation.member("national")
    extract = questions.export(
        home=home, viewer=national, purpose="gotv", where="member = 'oh' AND party = 'DEM'",
        columns=("state_voter_id", "first_name", "last_name"), format="csv", by=by,
    )  # fmt: skip
    target = home.tmp / "ohio.csv"
    questions.deliver(home=home, extract=extract, target=target)
    sheet = home.tmp / "answers.csv"
    sheet.write_text(invented_answers(target.read_text().splitlines()[1:81]))
    answers.load(home=home, gathered_by=national, file=sheet, by=by)
    for file in home.tmp.iterdir():
        file.unlink() if file.is_file() else None


def invented_answers(lines: Sequence[str]) -> str:
    """A sheet of answers to one question for the exported lines, whose third cell is the voter's id; given so
    long ago that they are due with their owner."""
    day = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    rows = ["owner,state_voter_id,question,answer,date,channel"]
    for number, line in enumerate(lines):
        cells = line.split(",")
        rows.append(f"{cells[0]},{cells[2]},support,{number % 5 + 1},{day},door")
    return "\n".join(rows) + "\n"


def ask(home: Home) -> None:
    """The national count by state and party, and a question that meets every kind of gap."""
    from commonroll.server.actions import federation, questions
    from commonroll.server.actor import Actor

    national, by = federation.member("national"), Actor.command_line()

    def counted(purpose: str, where: str, by_columns: tuple[str, ...]) -> dict[str, Any]:
        answer = questions.count(
            home=home, viewer=national, purpose=purpose, where=where, by_columns=by_columns, by=by
        )
        return questions.as_dict(answer)

    stdout.print("\nThe national count for get out the vote, by state", style="bold")
    say_answer(counted("gotv", "status = 'active'", ("state",)))
    stdout.print("\n… and by state and party", style="bold")
    say_answer(counted("gotv", "status = 'active'", ("state", "party")))
    stdout.print("\nWho has a phone, for fundraising", style="bold")
    say_answer(counted("fundraising", "phone IS NOT NULL", ("state",)))


def say_sign_ins(port: int) -> None:
    """The address and the accounts of the demo."""
    stdout.print(f"\nThe site: http://localhost:{port}", style="bold")
    rows = [[name, email(key), PASSWORD, passphrase(key)] for key, name in _names().items()]
    say_table("Demo sign-ins", ["member", "e-mail", "password", "passphrase to sign"], rows)
    stdout.print("Stop with Ctrl-C; the next `make demo` goes on from here.")


def _names() -> dict[str, str]:
    return STATES | {key: name for key, (name, _) in OTHERS.items()}
