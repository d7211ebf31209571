"""`member suspend|reinstate`: the federation holds up what a member gives and gets, never its own tools."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, refusing, stdout, use

reason_option = click.option("--reason", required=True, help="Kept, sealed for the member, in both logs.")


@click.command()
@click.argument("member_key", metavar="MEMBER")
@reason_option
@home_option
@refusing
def suspend(member_key: str, reason: str, home: Path | None) -> None:
    """No agreement with MEMBER gives anything from now on; its own rows and tools stay its own."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, suspensions
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    suspensions.suspend_member(member=member, reason=reason, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{member.name} is suspended; what it does with its own rows is not touched", markup=False)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@reason_option
@home_option
@refusing
def reinstate(member_key: str, reason: str, home: Path | None) -> None:
    """Agreements with MEMBER that stand give again what they say."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, suspensions
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    suspensions.reinstate_member(member=member, reason=reason, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{member.name} is reinstated", markup=False)
