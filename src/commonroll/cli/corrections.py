"""`correct`: a member mends a field of one of its own voters, lists what it mended, takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from commonroll.console import home_option, refusing, stdout, use

if TYPE_CHECKING:
    from commonroll.roll.vault.corrections import Correction

A_YEAR = 365


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("voter", metavar="STATE_VOTER_ID", required=False)
@click.argument("field", required=False)
@click.argument("new", required=False)
@click.option("--reason", help="Why the state's file is wrong here.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day it holds; else a year on.")
@click.option("--withdraw", is_flag=True, help="Take the correction of this voter's field back.")
@click.option("--list", "listing", is_flag=True, help="Show the corrections that stand.")
@home_option
@refusing
def correct(
    member_key: str, voter: str | None, field: str | None, new: str | None, reason: str | None,
    until: datetime | None, withdraw: bool, listing: bool, home: Path | None,
) -> None:  # fmt: skip
    """Correct a field of one voter from the next load on, until the state writes something else there.

    With --withdraw the next load has what the state says again.
    """
    _check(voter, field, new, reason, withdraw, listing)
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import corrections, federation
    from commonroll.server.actor import Actor

    of, by = federation.member(member_key), Actor.command_line()
    if listing:
        _show(corrections.standing(home=found, of=of, by=by))
        return
    assert voter and field
    if withdraw:
        corrections.withdraw(home=found, of=of, voter=voter, field=field, by=by)
        stdout.print(f"{field} is what the state says, from the next load on", markup=False)
    else:
        assert new is not None and reason
        today = datetime.now(UTC).date()
        made = corrections.correct(
            home=found, of=of, voter=voter, field=field, new=new, reason=reason,
            on=today, until=until.date() if until else today + timedelta(days=A_YEAR), by=by,
        )  # fmt: skip
        stdout.print(f"{field} is corrected from the next load on, until {made.until}", markup=False)
    startup.fold(found)


def _check(
    voter: str | None, field: str | None, new: str | None, reason: str | None, withdraw: bool, listing: bool
) -> None:
    if listing and (voter or withdraw):
        raise click.UsageError("--list stands alone")
    if not listing and not (voter and field):
        raise click.UsageError("name the voter's id and the field")
    if not listing and not withdraw and (new is None or not reason):
        raise click.UsageError("a correction needs the new value and --reason")
    if withdraw and new is not None:
        raise click.UsageError("--withdraw takes no new value")


def _show(lines: Sequence[Correction]) -> None:
    table = Table("voter", "field", "new value", "until", "by", "reason")
    for one in lines:
        table.add_row(*map(escape, (one.value, one.field, one.new, str(one.until), one.by, one.reason)))
    stdout.print(table if lines else "no correction stands")
