"""`correct`: a member mends a field of one of its own voters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from commonroll.console import home_option, refusing, stdout, use

A_YEAR = 365


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("voter", metavar="STATE_VOTER_ID")
@click.argument("field")
@click.argument("new")
@click.option("--reason", required=True, help="Why the state's file is wrong here.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day it holds; else a year on.")
@home_option
@refusing
def correct(
    member_key: str, voter: str, field: str, new: str, reason: str, until: datetime | None, home: Path | None
) -> None:
    """Correct a field of one voter from the next load on, until the state writes something else there."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import corrections, federation
    from commonroll.server.actor import Actor

    today = datetime.now(UTC).date()
    made = corrections.correct(
        home=found, of=federation.member(member_key), voter=voter, field=field, new=new, reason=reason,
        on=today, until=until.date() if until else today + timedelta(days=A_YEAR), by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    stdout.print(f"{field} is corrected from the next load on, until {made.until}", markup=False)
