"""`agreement onward|paid|take-back|payments|account|dues`: licences passed on, what was paid and is owed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

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
    cents = _cents(pays, "--pays")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actions import onward as actions
    from commonroll.server.actor import Actor

    actions.state(
        home=found,
        number=number,
        member=federation.member(member_key),
        cents=cents,
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


@click.command()
@click.argument("number", type=int)
@acting("Whoever paid, or the owner that received it.")
@click.option("--amount", required=True, metavar="DOLLARS", help="What was paid, such as 1200.00.")
@click.option("--for", "what", type=click.Choice(["price", "royalty"]), required=True)
@click.option("--on", type=DAY, required=True, help="The day of the payment, UTC.")
@home_option
@passphrase_option
@refusing
def paid(
    number: int, member_key: str, amount: str, what: str, on: datetime, home: Path | None,
    passphrase_file: Path | None,
) -> None:  # fmt: skip
    """State, signed, that money under an agreement was paid; as the owner, that it was received."""
    cents = _cents(amount, "--amount")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, payments
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    made = payments.state(
        home=found, number=number, member=member, what=what, cents=cents, on=on.replace(tzinfo=UTC),
        passphrase=passphrase(passphrase_file), by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    verb = "received" if made.member_id == made.agreement.owner_id else "paid"
    stdout.print(f"agreement {number}: {member.name} signed that ${amount} was {verb}", markup=False)


@click.command()
@click.argument("number", type=int)
@acting("A side of the agreement, or whoever is licensed on.")
@home_option
@json_option
@refusing
def payments(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """Who signed what of the payments under an agreement, each with its hash."""
    use(home)
    from commonroll.server.actions import dues as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    found = actions.account(number=number, of=federation.member(member_key), by=Actor.command_line())
    rows = [
        {"statement": one.row.document_hash, "by": one.row.member.key,
         "says": "received" if one.received else "paid", "amount": one.dollars, "for": one.said.what,
         "on": f"{one.said.on:%Y-%m-%d}", "taken_back": one.taken_back}
        for one in found.stated
    ]  # fmt: skip
    if as_json:
        say_json(rows)
    elif rows:
        say_table("", tuple(rows[0]), [[str(cell) for cell in row.values()] for row in rows])
    else:
        stdout.print(f"nobody has stated a payment under agreement {number}", markup=False)


@click.command("take-back")
@click.argument("statement")
@acting("Whoever signed the statement.")
@home_option
@passphrase_option
@refusing
def paid_back(statement: str, member_key: str, home: Path | None, passphrase_file: Path | None) -> None:
    """Take back a statement of a payment, named by its hash; it counts no more."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actions import payments as actions
    from commonroll.server.actor import Actor

    actions.take_back(
        home=found, statement=statement, member=federation.member(member_key),
        passphrase=passphrase(passphrase_file), by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    stdout.print("taken back; what is right can be stated anew", markup=False)


@click.command()
@acting("Whose dues.")
@home_option
@json_option
@refusing
def dues(member_key: str, home: Path | None, as_json: bool) -> None:
    """What agreements of MEMBER owe their owners: owed, stated as paid, received, open."""
    use(home)
    from commonroll.server.actions import dues as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    rows = [
        {"agreement": one.agreement.number, "owner": one.agreement.owner.key, "for": one.what, **one.dollars,
         "by": f"{one.by:%Y-%m-%d}" if one.by else "", "late": one.late}
        for one in actions.dues(of=federation.member(member_key), by=Actor.command_line())
    ]  # fmt: skip
    if as_json:
        say_json(rows)
    elif rows:
        say_table("", tuple(rows[0]), [[str(cell) for cell in row.values()] for row in rows])
    else:
        stdout.print(f"nothing is due under agreements of {member_key}", markup=False)


def _cents(dollars: str, option: str) -> int:
    whole, point, part = dollars.partition(".")
    if not (whole.isdecimal() and point and part.isdecimal() and len(part) == 2 and len(whole) < 10):
        raise click.BadParameter("write dollars and cents, such as 1200.00", param_hint=option)
    return int(whole + part)


COMMANDS = (account, dues, onward, paid, paid_back, payments)
