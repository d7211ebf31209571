"""`decoys`: invented voters in others' copies of a roll."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, progress, refusing, stdout, use


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--number", required=True, type=click.IntRange(min=1), help="How many voters to invent.")
@home_option
@refusing
def decoys(member_key: str, number: int, home: Path | None) -> None:
    """Invent voters for MEMBER's roll: each recipient's copy has some of them, by which a leak is traced.

    They are in no count, list or file of MEMBER's own, in no turf, call list or mailing.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import decoys as action
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor
    from commonroll.tracing.decoys import survives

    with progress("inventing voters"):
        made = action.make(
            home=found, owner=federation.member(member_key), number=number, by=Actor.command_line()
        )
        startup.fold(found)
    stdout.print(f"{made.count:,} invented voters. {survives(made.count)}")
