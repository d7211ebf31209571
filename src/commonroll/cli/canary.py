"""`canary`: decoys that were rung up or written to, and whose copies have them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commonroll.console import acting, home_option, json_option, refusing, say_json, stdout, use

as_option = acting("The owner of the invented voters.")


@click.group()
def canary() -> None:
    """Phones, mailboxes and e-mails of invented voters that somebody used."""


@canary.command()
@click.argument("contacted")
@as_option
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the contact; today if not given.")
@click.option("--said", default="", help="What came, in a few words; it stays in MEMBER's vault.")
@home_option
@json_option
@refusing
def report(
    contacted: str, member_key: str, on: datetime | None, said: str, home: Path | None, as_json: bool
) -> None:
    """Note that CONTACTED (a phone, e-mail or address on a decoy) was used, and tell whose copies have it."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import canaries, federation
    from commonroll.server.actor import Actor

    day = on.date() if on else datetime.now().astimezone().date()
    one = canaries.report(
        home=found, owner=federation.member(member_key), contacted=contacted, on=day, said=said,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    if as_json:
        say_json(_told(one))
    else:
        _say(one)


@canary.command("list")
@as_option
@home_option
@json_option
@refusing
def list_(member_key: str, home: Path | None, as_json: bool) -> None:
    """What was heard of MEMBER's decoys, and who holds all that spoke."""
    found = use(home)
    from commonroll.server.actions import canaries, federation
    from commonroll.server.actor import Actor

    notes = canaries.every(home=found, owner=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json([_told(one) for one in notes])
        return
    for one in notes:
        _say(one)
    if not notes:
        stdout.print("nothing was heard", markup=False)
        return
    together = canaries.together(notes)
    holders = ", ".join(together.holders) or "nobody"
    stdout.print(f"All {together.decoys} stand in the copies of: {holders}.", markup=False)
    if together.holders:
        stdout.print(f"Any copy has all of them by chance once in {together.one_in:,}.", markup=False)


def _told(one: Any) -> dict[str, Any]:
    held = [{"recipient": each.recipient, "extracts": list(each.extracts)} for each in one.held]
    return {"id": one.id, "reached": one.reached, "on": one.on, "said": one.said, "held": held}


def _say(one: Any) -> None:
    stdout.print(f"{one.on} {one.reached} {one.said}", style="bold", markup=False)
    for held in one.held:
        days = ", ".join(f"{each['rows']:,} rows on {each['on']}" for each in held.extracts)
        stdout.print(
            f"  {held.recipient}: {days or 'on screens, in searches and shares alone'}", markup=False
        )
    stdout.print("  A contact is no proof: whoever took a file may use it as agreed, and may be robbed.")
