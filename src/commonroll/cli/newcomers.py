"""`newcomer`: who applies by the public form, words on it, and the federation's criteria for members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal

if TYPE_CHECKING:
    from commonroll.server.models import Asking

id_argument = click.argument("application_id", metavar="APPLICATION", type=click.UUID)
reason_option = click.option("--reason", required=True, help="Why; the newcomer reads it.")
yes_option = click.option("--yes/--no", "accept", required=True, help="Whether the newcomer gets in.")
for_option = click.option(
    "--as", "member_key", metavar="MEMBER",
    help="The owner, or whoever hears the appeal; without it those who run the federation act.",
)  # fmt: skip


@click.group()
def newcomer() -> None:
    """Candidates and groups that apply by the public form, without an account."""


@newcomer.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@home_option
@refusing
def standard(file: Path, home: Path | None) -> None:
    """Publish the federation's criteria for members from a JSON FILE.

    The file holds title, questions, papers, decideDays, appealDays; numbers are written as texts.
    """
    found = use(home)
    from commonroll.notes import parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import membership
    from commonroll.server.actor import Actor

    chosen = parse_strict(file.read_bytes())
    if not isinstance(chosen, dict):
        raise Refusal("this is no object", where=file.name, next_step="see `commonroll newcomer standard -h`")
    made = membership.publish(chosen=chosen, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"version {made.version} of the federation's criteria for members is published")


@newcomer.command("list")
@for_option
@home_option
@json_option
@refusing
def list_(member_key: str | None, home: Path | None, as_json: bool) -> None:
    """Who asks to be a member; with --as, what newcomers ask of an owner, and appeals that it may decide."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import askings, federation
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    lists = {"to_decide": askings.of_centre(by=by)} if member_key is None else {}
    if member_key is not None:
        of = federation.member(member_key)
        lists = {"to_decide": askings.of_owner(of=of, by=by), "to_hear": askings.to_hear(of=of, by=by)}
    startup.fold(found)
    if as_json:
        say_json({name: [_row(one) for one in rows] for name, rows in lists.items()})
        return
    if not any(lists.values()):
        stdout.print("no newcomer waits or waited here")
    for name, rows in lists.items():
        if rows:
            title = {"to_decide": "Newcomers", "to_hear": "Appeals to decide"}[name]
            cells = [[str(cell) for cell in _row(one).values()] for one in rows]
            say_table(title, tuple(_row(rows[0])), cells)


def _row(one: Asking) -> dict[str, Any]:
    member = one.newcomer.member
    return {
        "application": str(one.pk), "newcomer": str(one.newcomer_id), "name": one.newcomer.name,
        "kind": one.newcomer.kind, "for": one.race, "state": one.state, "due": f"{one.due:%Y-%m-%d %H:%M}",
        "overdue": one.overdue_at is not None, "member": member.key if member else None,
    }  # fmt: skip


@newcomer.command()
@id_argument
@for_option
@home_option
@json_option
@refusing
def show(application_id: UUID, member_key: str | None, home: Path | None, as_json: bool) -> None:
    """One application: what was said, how the newcomer is reached, what was decided with which reason."""
    use(home)
    from commonroll.server.actions import askings

    one = _one(application_id, member_key)
    said = askings.document_of(one)
    steps = [
        {"at": f"{s.at:%Y-%m-%d %H:%M}", "step": s.step, "by": s.who, "reason": s.reason}
        for s in one.steps.all()
    ]
    if as_json:
        say_json({**_row(one), "contact": one.newcomer.contact, "said": said, "steps": steps})
        return
    head = f"{one.newcomer.name} for {one.race}: {one.get_state_display()}"
    stdout.print(head, style="bold", markup=False)
    stdout.print(f"  reached at: {one.newcomer.contact}", markup=False)
    for question, answer in zip(askings.asked(one).questions, said["answers"], strict=True):
        stdout.print(f"  {question} {answer}", markup=False)
    for name, digest in said["papers"].items():
        stdout.print(f"  {name}: {digest}", markup=False)
    for step in steps:
        line = f"  {step['at']} UTC {step['step']} ({step['by']}) {step['reason']}"
        stdout.print(line.rstrip(), markup=False)


def _one(application_id: UUID, member_key: str | None) -> Asking:
    from commonroll.server.actions import askings, federation
    from commonroll.server.actor import Actor

    of = federation.member(member_key) if member_key else None
    return askings.one(pk=str(application_id), of=of, by=Actor.command_line())


@newcomer.command()
@id_argument
@for_option
@yes_option
@reason_option
@home_option
@refusing
def decide(
    application_id: UUID, member_key: str | None, accept: bool, reason: str, home: Path | None
) -> None:
    """The first word: the owner's with --as, else the federation's on a member."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, membership
    from commonroll.server.actor import Actor, Unknown

    one = _one(application_id, member_key)
    if member_key and federation.member(member_key) != one.owner:
        raise Unknown(f"{member_key} does not decide this", next_step="hear it, where it is an appeal")
    done = membership.decide(asking=one, accept=accept, reason=reason, by=Actor.command_line())
    startup.fold(found)
    _said(done)


@newcomer.command()
@id_argument
@click.option("--as", "member_key", metavar="MEMBER", required=True, help="Who hears it.")
@yes_option
@reason_option
@home_option
@refusing
def hear(application_id: UUID, member_key: str, accept: bool, reason: str, home: Path | None) -> None:
    """The second decision, for a MEMBER that has no part in the first."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, membership
    from commonroll.server.actor import Actor

    done = membership.hear(
        asking=_one(application_id, member_key), member=federation.member(member_key), accept=accept,
        reason=reason, by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    _said(done)


@newcomer.command()
@id_argument
@for_option
@reason_option
@home_option
@refusing
def reopen(application_id: UUID, member_key: str | None, reason: str, home: Path | None) -> None:
    """Take the first word back: a no until it is appealed against, a yes for an hour."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import membership
    from commonroll.server.actor import Actor

    one = _one(application_id, member_key)
    done = membership.reopen(asking=one, reason=reason, by=Actor.command_line())
    startup.fold(found)
    _said(done)


@newcomer.command()
@click.argument("email")
@click.option("--end", is_flag=True, help="End the office instead.")
@home_option
@refusing
def officer(email: str, end: bool, home: Path | None) -> None:
    """Let the person of EMAIL decide on newcomers, for the federation, on the page Newcomers."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import officers
    from commonroll.server.actor import Actor

    act = officers.end if end else officers.name
    made = act(email=email, by=Actor.command_line())
    startup.fold(found)
    words = "is no officer any more" if end else "is an officer and decides on newcomers"
    stdout.print(f"{made.user.email} {words}", markup=False)


@newcomer.command("officers")
@home_option
@json_option
@refusing
def list_officers(home: Path | None, as_json: bool) -> None:
    """Who decides on newcomers for the federation, and who did."""
    use(home)
    from commonroll.server.actions import officers
    from commonroll.server.actor import Actor

    rows = [
        {"email": one.user.email, "since": f"{one.since:%Y-%m-%d}",
         "until": f"{one.until:%Y-%m-%d}" if one.until else None}
        for one in officers.listed(by=Actor.command_line())
    ]  # fmt: skip
    if as_json:
        say_json(rows)
    elif rows:
        say_table("Officers", tuple(rows[0]), [[str(cell or "") for cell in row.values()] for row in rows])
    else:
        stdout.print("nobody is an officer; this machine's command line decides")


def _said(done: Asking) -> None:
    drafted = done.application.agreement if done.application else None
    more = f"; agreement {drafted.number} is drafted" if drafted else ""
    words = f"{done.newcomer.name} for {done.race}: {done.get_state_display()}{more}"
    stdout.print(words, markup=False)


@newcomer.command()
@click.argument("newcomer_id", metavar="NEWCOMER", type=click.UUID)
@click.argument("member_key", metavar="MEMBER")
@home_option
@refusing
def admit(newcomer_id: UUID, member_key: str, home: Path | None) -> None:
    """Say that NEWCOMER is MEMBER now, added before with its own key; what owners said yes to is drafted."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, membership
    from commonroll.server.actor import Actor, Unknown
    from commonroll.server.models import Newcomer

    known = Newcomer.objects.filter(pk=newcomer_id).first()
    if known is None:
        raise Unknown("there is no such newcomer", next_step="see `commonroll newcomer list`")
    member = federation.member(member_key)
    made = membership.admit(newcomer=known, member=member, by=Actor.command_line())
    startup.fold(found)
    for one in made:
        number = one.agreement.number if one.agreement else ""
        words = f"agreement {number} of {one.criteria.owner.name} for {one.race} is drafted"
        stdout.print(words, markup=False)
    stdout.print(f"{known.name} is the member {member.name}", markup=False)
