"""`proposal`: one text to many owners, told, answered, voted on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from commonroll.cli.agreement_life import as_option, changes_in, changes_options
from commonroll.cli.agreements import DAY
from commonroll.console import (
    acting,
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    stdout,
    use,
)  # fmt: skip


@click.group()
def proposal() -> None:
    """One text put to many owners; each signs for itself, and a vote decides whether it may bind."""


@proposal.command()
@click.argument("author")
@click.argument("recipient")
@click.option("--owner", "owners", multiple=True, required=True, help="An owner that is asked; repeat it.")
@click.option("--deadline", type=DAY, required=True, help="Day on which the vote ends, UTC.")
@click.option("--association", default="", help="In whose name the author speaks, if not only in its own.")
@click.option("--purpose", "purposes", multiple=True, required=True)
@click.option("--mode", "modes", multiple=True, required=True, help="count, view, contact, export")
@click.option("--column", "columns", multiple=True, required=True, help="A column or a class of columns.")
@click.option("--from", "start", type=DAY, required=True)
@click.option("--until", type=DAY, required=True, help="First day on which it no longer holds, UTC.")
@home_option
@refusing
def make(
    author: str,
    recipient: str,
    owners: tuple[str, ...],
    deadline: datetime,
    association: str,
    purposes: tuple[str, ...],
    modes: tuple[str, ...],
    columns: tuple[str, ...],
    start: datetime,
    until: datetime,
    home: Path | None,
) -> None:
    """Put the same terms for RECIPIENT to every --owner; AUTHOR is the recipient or one of them."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, proposals
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor

    made = proposals.propose(
        author=federation.member(author),
        recipient=federation.member(recipient),
        owners=[federation.member(owner) for owner in owners],
        wishes=Wishes(purposes, modes, columns, start.replace(tzinfo=UTC), until.replace(tzinfo=UTC)),
        deadline=deadline.replace(tzinfo=UTC),
        association=association,
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"proposal {made.pk} is put to {len(owners)} owners")


@proposal.command()
@click.argument("number", type=int)
@home_option
@json_option
@refusing
def show(number: int, home: Path | None, as_json: bool) -> None:
    """What a proposal changes for each owner, who was told, and how the vote stands."""
    use(home)
    from commonroll.server.actions import proposals
    from commonroll.server.actions.votes import tally
    from commonroll.server.actor import Actor

    found = proposals.visible(pk=number, by=Actor.command_line())
    votes = tally(found)
    rows = [_row(proposals.shown(one)) for one in found.addressees.select_related("owner", "proposal")]
    if as_json:
        say_json({"state": found.state, "adopted": votes.adopted, "needed": votes.needed, "owners": rows})
        return
    stdout.print(f"Proposal {found.pk}: {found.get_state_display()}", style="bold", markup=False)
    stdout.print(f"  {votes.adopted} of {votes.asked} have adopted; {votes.needed} carry it ({votes.rule})")
    for row in rows:
        stdout.print(f"  {row['owner']}: {row['answer']}, told {row['told'] or 'not yet'}", markup=False)
        for line in row["changes"]:
            stdout.print(f"    {line}", markup=False)


def _row(shown: Any) -> dict[str, Any]:
    one = shown.addressee
    first = one.told.first()
    return {
        "owner": one.owner.key,
        "answer": one.get_answer_display(),
        "told": f"{first.at:%Y-%m-%d %H:%M}" if first else "",
        "changes": ["all of it is new"] if shown.changes is None else shown.changes,
    }


@proposal.command()
@click.argument("number", type=int)
@acting("The owner that answers.")
@click.option("--decline", is_flag=True)
@home_option
@passphrase_option
@refusing
def answer(
    number: int, member_key: str, decline: bool, home: Path | None, passphrase_file: Path | None
) -> None:
    """Adopt a proposal for one owner, which drafts and signs its agreement; or decline it."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import proposals
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    asked = _asked(number, member_key)
    if decline:
        proposals.decline(addressee=asked, by=by)
        stdout.print(f"{member_key} declines proposal {number}")
    else:
        made = proposals.adopt(home=found, addressee=asked, passphrase=passphrase(passphrase_file), by=by)
        stdout.print(f"{member_key} adopts proposal {number} as agreement {made.number}")
    startup.fold(found)


@proposal.command()
@click.argument("number", type=int)
@as_option
@changes_options
@home_option
@refusing
def counter(number: int, member_key: str, home: Path | None, **given: Any) -> None:
    """Answer a proposal with other terms for one owner; they go before the recipient and are no vote."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import negotiations, proposals
    from commonroll.server.actor import Actor

    asked = _asked(number, member_key)
    terms = changes_in(given).of(negotiations.terms_in(asked))
    made = proposals.counter(addressee=asked, terms=terms, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{member_key} answers proposal {number} with agreement {made.number}")


@proposal.command()
@click.argument("number", type=int)
@click.argument("text")
@as_option
@home_option
@refusing
def comment(number: int, text: str, member_key: str, home: Path | None) -> None:
    """Say TEXT to all who have a part in a proposal."""
    use(home)
    from commonroll.server.actions import federation, proposals
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    found = proposals.visible(pk=number, by=by)
    proposals.comment(proposal=found, member=federation.member(member_key), text=text, by=by)
    stdout.print(f"{member_key} says so to all parties of proposal {number}")


def _asked(number: int, member_key: str) -> Any:
    from commonroll.server.actions import proposals
    from commonroll.server.actor import Actor, Unknown

    found = proposals.visible(pk=number, by=Actor.command_line()).addressees.filter(owner__key=member_key)
    asked = found.select_related("owner", "proposal__recipient").first()
    if asked is None:
        raise Unknown(f"{member_key} is not asked", next_step="see `commonroll proposal show`")
    return asked


@proposal.command()
@click.argument("rule", type=click.Choice(["majority", "two-thirds", "all"]))
@home_option
@refusing
def rule(rule: str, home: Path | None) -> None:
    """The charter's vote rule, for proposals from now on."""
    use(home)
    from commonroll.server.actions import proposals
    from commonroll.server.actor import Actor

    proposals.set_rule(rule=rule, by=Actor.command_line())
    stdout.print(f"A proposal is carried by: {rule}")
