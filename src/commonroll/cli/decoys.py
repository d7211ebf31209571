"""`decoys`: invented voters in others' copies of a roll."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, progress, refusing, stdout, use


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--number", type=click.IntRange(min=1), help="How many voters to invent.")
@click.option("--reach", "reach_file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Phones, e-mails and mailing addresses that MEMBER controls, one a line.")  # fmt: skip
@home_option
@refusing
def decoys(member_key: str, number: int | None, reach_file: Path | None, home: Path | None) -> None:
    """Invent voters for MEMBER's roll: each recipient's copy has some of them, by which a leak is traced.

    They are in no count, list or file of MEMBER's own, in no turf, call list or mailing. With --reach the
    file's lines stand on some of them from then on, and no others.
    """
    if number is None and reach_file is None:
        raise click.UsageError("say --number, --reach, or both")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import decoy_reach, federation
    from commonroll.server.actions import decoys as action
    from commonroll.server.actor import Actor
    from commonroll.tracing.decoys import survives

    owner, by = federation.member(member_key), Actor.command_line()
    if number is not None:
        with progress("inventing voters"):
            made = action.make(home=found, owner=owner, number=number, by=by)
        stdout.print(f"{made.count:,} invented voters. {survives(made.count)}")
    if reach_file is not None:
        given = decoy_reach.give(home=found, owner=owner, lines=reach_file.read_text("utf-8"), by=by)
        stdout.print(f"{given.standing} stand on decoys: {given.new} new, {given.ended} taken back.")
    startup.fold(found)
