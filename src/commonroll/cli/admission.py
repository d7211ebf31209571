"""`admission`: criteria that an owner publishes, applications under them, decisions and appeals."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)
from commonroll.errors import Refusal
from commonroll.notes import sha256_text

as_option = acting("For whom you act.")
id_argument = click.argument("application_id", metavar="APPLICATION", type=click.UUID)
reason_option = click.option("--reason", required=True, help="Why; owner and applicant read it.")
yes_option = click.option("--yes/--no", "accept", required=True, help="Whether the applicant gets in.")


@click.group()
def admission() -> None:
    """Who gets in: the same criteria, price and term for all in one race."""


@admission.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_option
@home_option
@passphrase_option
@refusing
def publish(file: Path, member_key: str, home: Path | None, passphrase_file: Path | None) -> None:
    """Publish a version of MEMBER's criteria from a JSON FILE, signed.

    The file holds title, template, races (race -> limits of rows), questions, papers, priceCents, payDays,
    start, until, decideDays, appealDays; numbers are written as texts.
    """
    found = use(home)
    from commonroll.notes import parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import admissions, federation
    from commonroll.server.actor import Actor

    chosen = parse_strict(file.read_bytes())
    if not isinstance(chosen, dict):
        raise Refusal("this is no object", where=file.name, next_step="see `commonroll admission publish -h`")
    made = admissions.publish(
        home=found, owner=federation.member(member_key), chosen=chosen,
        passphrase=passphrase(passphrase_file), by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    stdout.print(f"version {made.version} of the criteria of {member_key} is published")


@admission.command()
@click.argument("owner_key", metavar="OWNER")
@home_option
@json_option
@refusing
def criteria(owner_key: str, home: Path | None, as_json: bool) -> None:
    """The criteria that OWNER has published, newest first."""
    use(home)
    from commonroll.notes import parse_canonical
    from commonroll.server.actions import admissions, federation
    from commonroll.server.actor import Actor

    found = admissions.published(owner=federation.member(owner_key), by=Actor.command_line())
    if as_json:
        say_json([parse_canonical(bytes(one.document)) for one in found])
        return
    for one in found:
        said = admissions.read(one)
        stdout.print(f"Version {one.version}: {said.title}", style="bold", markup=False)
        stdout.print(
            f"  {', '.join(said.races)}; ${said.price_cents / 100:,.2f}; {said.start:%Y-%m-%d} until "
            f"{said.until:%Y-%m-%d}; a word within {said.decide_days} days, an appeal within "
            f"{said.appeal_days}",
            markup=False,
        )
        for number, question in enumerate(said.questions, 1):
            stdout.print(f"  {number}. {question}", markup=False)
        if said.papers:
            stdout.print(f"  papers: {', '.join(said.papers)}", markup=False)


@admission.command()
@click.argument("owner_key", metavar="OWNER")
@as_option
@click.option("--race", required=True, help="A race that the criteria list.")
@click.option("--answer", "answers", multiple=True, help="Repeat it, in the order of the questions.")
@click.option(
    "--paper", "papers", multiple=True, metavar="NAME=FILE", help="A paper; its hash alone is kept."
)
@click.option("--version", type=int, help="The version of the criteria that you read.")
@home_option
@refusing
def apply(
    owner_key: str, member_key: str, race: str, answers: tuple[str, ...], papers: tuple[str, ...],
    version: int | None, home: Path | None,
) -> None:  # fmt: skip
    """Apply to OWNER for a race."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import admissions, federation
    from commonroll.server.actor import Actor

    if wrong := next((text for text in papers if "=" not in text), None):
        raise click.BadParameter(f"{wrong!r} is not NAME=FILE")
    hashes = {name: _hash(Path(file)) for name, _, file in (text.partition("=") for text in papers)}
    made = admissions.apply(
        owner=federation.member(owner_key), applicant=federation.member(member_key), race=race,
        answers=answers, papers=hashes, version=version, by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    stdout.print(f"application {made.pk} waits for a decision until {made.due:%Y-%m-%d %H:%M} UTC")


def _hash(file: Path) -> str:
    return sha256_text(file.read_bytes())


@admission.command("list")
@as_option
@home_option
@json_option
@refusing
def list_(member_key: str, home: Path | None, as_json: bool) -> None:
    """Applications to MEMBER, by MEMBER, and appeals that it may decide."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import admissions, federation
    from commonroll.server.actor import Actor

    asked: dict[str, Any] = {"of": federation.member(member_key), "by": Actor.command_line()}
    lists = {
        "to_decide": admissions.of_owner(**asked), "own": admissions.of_applicant(**asked),
        "to_hear": admissions.to_hear(**asked),
    }  # fmt: skip
    startup.fold(found)
    if as_json:
        say_json({name: [_row(one) for one in rows] for name, rows in lists.items()})
        return
    titles = {"to_decide": "To you", "own": "Yours", "to_hear": "Appeals for you to decide"}
    for name, rows in lists.items():
        if rows:
            head = ("application", "owner", "applicant", "race", "version", "stands", "due (UTC)", "overdue")
            say_table(titles[name], head, [[str(cell) for cell in _row(one).values()] for one in rows])


def _row(one: Any) -> dict[str, Any]:
    return {
        "application": str(one.pk), "owner": one.criteria.owner.key, "applicant": one.applicant.key,
        "race": one.race, "version": one.criteria.version, "state": one.state,
        "due": f"{one.due:%Y-%m-%d %H:%M}", "overdue": one.overdue_at is not None,
    }  # fmt: skip


@admission.command()
@id_argument
@as_option
@home_option
@json_option
@refusing
def show(application_id: UUID, member_key: str, home: Path | None, as_json: bool) -> None:
    """One application: what was said, and what was decided with which reason."""
    use(home)
    from commonroll.server.actions import admissions, federation
    from commonroll.server.actor import Actor

    one = admissions.one(pk=str(application_id), of=federation.member(member_key), by=Actor.command_line())
    said = admissions.document_of(one)
    steps = [
        {"at": f"{s.at:%Y-%m-%d %H:%M}", "step": s.step, "by": s.member.key, "reason": s.reason}
        for s in one.steps.select_related("member")
    ]
    agreement = one.agreement.number if one.agreement else None
    if as_json:
        say_json({**_row(one), "agreement": agreement, "said": said, "steps": steps})
        return
    stdout.print(
        f"{one.applicant.name} for {one.race}: {one.get_state_display()}", style="bold", markup=False
    )
    for question, answer in zip(admissions.read(one.criteria).questions, said["answers"], strict=True):
        stdout.print(f"  {question} {answer}", markup=False)
    for name, digest in said["papers"].items():
        stdout.print(f"  {name}: {digest}", markup=False)
    for step in steps:
        stdout.print(
            f"  {step['at']} UTC {step['step']} ({step['by']}) {step['reason']}".rstrip(), markup=False
        )
    if agreement:
        stdout.print(f"  agreement {agreement}")


@admission.command()
@id_argument
@as_option
@yes_option
@reason_option
@home_option
@refusing
def decide(application_id: UUID, member_key: str, accept: bool, reason: str, home: Path | None) -> None:
    """The owner's word; a yes drafts the agreement that everybody in the race gets."""
    _do("decide", application_id, member_key, home, accept=accept, reason=reason)


@admission.command()
@id_argument
@as_option
@reason_option
@home_option
@refusing
def appeal(application_id: UUID, member_key: str, reason: str, home: Path | None) -> None:
    """Ask for a second decision by others: of a no, or of silence beyond the days."""
    _do("appeal", application_id, member_key, home, reason=reason)


@admission.command()
@id_argument
@as_option
@yes_option
@reason_option
@home_option
@refusing
def hear(application_id: UUID, member_key: str, accept: bool, reason: str, home: Path | None) -> None:
    """The second decision, for a MEMBER that is neither the owner nor anybody in the race."""
    _do("hear", application_id, member_key, home, accept=accept, reason=reason)


def _do(what: str, application_id: UUID, member_key: str, home: Path | None, **said: Any) -> None:
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import admissions, federation
    from commonroll.server.actor import Actor, Unknown

    by, member = Actor.command_line(), federation.member(member_key)
    one = admissions.one(pk=str(application_id), of=member, by=by)
    if what == "hear":
        said["member"] = member
    elif member != {"decide": one.criteria.owner, "appeal": one.applicant}[what]:
        raise Unknown(f"{member.name} does not {what} this", next_step="act for the member whose part it is")
    done = getattr(admissions, what)(application=one, by=by, **said)
    startup.fold(found)
    drafted = f"; agreement {done.agreement.number} is drafted" if done.agreement else ""
    stdout.print(f"{done.applicant.name} for {done.race}: {done.get_state_display()}{drafted}", markup=False)
