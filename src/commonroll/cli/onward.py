"""`agreement onward` and `agreement account`: statements of those who take rows on, and what is owed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from commonroll.console import acting, home_option, passphrase, passphrase_option, refusing, stdout, use

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("number", type=int)
@acting("The member that takes the rows.")
@click.option(
    "--pays", required=True, metavar="DOLLARS", help="What it pays, such as 1200.00; 0.00 if nothing."
)
@click.option("--until", type=DAY, required=True, help="First day on which it no longer holds, UTC.")
@home_option
@passphrase_option
@refusing
def onward(
    number: int, member_key: str, pays: str, until: datetime, home: Path | None, passphrase_file: Path | None
) -> None:
    """State, for a member that an agreement names, that rows are licensed on to it."""
    whole, point, part = pays.partition(".")
    if not (whole.isdecimal() and point and part.isdecimal() and len(part) == 2 and len(whole) < 10):
        raise click.BadParameter("write dollars and cents, such as 1200.00", param_hint="--pays")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actions import onward as actions
    from commonroll.server.actor import Actor

    actions.state(
        home=found,
        number=number,
        member=federation.member(member_key),
        cents=int(whole + part),
        until=until.replace(tzinfo=UTC),
        passphrase=passphrase(passphrase_file),
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"the licence under agreement {number} counts now")


@click.command()
@acting("Whose account.")
@home_option
@refusing
def account(member_key: str, home: Path | None) -> None:
    """Prices, royalties and credit of the agreements of MEMBER, as CSV."""
    use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import onward as actions
    from commonroll.server.actor import Actor

    found = actions.account(of=federation.member(member_key), by=Actor.command_line())
    click.echo(actions.statement_of_account(found), nl=False)


COMMANDS = (account, onward)
