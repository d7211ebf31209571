"""`init`, `member`, `invite`: a federation, its members, its people."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll import at_rest
from commonroll.console import (
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)  # fmt: skip


@click.command()
@home_option
@click.option("--name", required=True, help="The federation's name.")
@click.option("--origin", default="commonroll.invalid", show_default=True,
              help="Host name under which the logs are known; it can never change.")  # fmt: skip
@refusing
def init(home: Path | None, name: str, origin: str) -> None:
    """Make a new federation in a folder."""
    from commonroll.server.home import Home

    Home.find(home).create()
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    startup.migrate()
    federation.begin(home=found, name=name, origin=origin, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{name} lives in {found.path}", markup=False)


@click.command()
@home_option
@refusing
def upgrade(home: Path | None) -> None:
    """Bring a home to this version's tables, after a new version was installed."""
    found = use(home)
    from commonroll.server import policies, startup, tallies
    from commonroll.server.actions import diary_counties

    startup.migrate()
    if sealed := at_rest.take_up(found.path):
        stdout.print(f"{sealed} secrets are sealed now: see `commonroll secrets show`")
    if filled := diary_counties.fill():
        stdout.print(f"{filled:,} uses entered before have the counties of their terms")
    tallies.run()
    stdout.print(f"{found.path} is of this version", markup=False)
    if weakness := policies.weakness():
        stderr.print(weakness, markup=False)


@click.group()
def member() -> None:
    """The members of a federation."""


@member.command("add")
@click.argument("key")
@click.option("--name", required=True)
@click.option(
    "--kind", type=click.Choice(["state", "national", "campaign", "group", "vendor"]), required=True
)
@click.option("--state", default="", help="Two letters, for a member that owns a state's file.")
@home_option
@passphrase_option
@refusing
def add(key: str, name: str, kind: str, state: str, home: Path | None, passphrase_file: Path | None) -> None:
    """Add a member: its vault, its log, its signing key under a passphrase."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    made = federation.add_member(
        home=found,
        key=key,
        name=name,
        kind=kind,
        state=state.upper(),
        passphrase=passphrase(passphrase_file, confirm=True),
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"{made.name} joined as {made.key}", markup=False)


@member.command("list")
@home_option
@json_option
@refusing
def list_members(home: Path | None, as_json: bool) -> None:
    """Who is in the federation, with the snapshot each works on."""
    found = use(home)
    from commonroll.server.actions.loads import vault
    from commonroll.server.models import Member

    rows = []
    for row in Member.objects.all():
        current = vault(found, row).current()
        rows.append(
            {
                "key": row.key,
                "name": row.name,
                "kind": row.kind,
                "state": row.state,
                "snapshot": current.number if current else None,
                "voters": current.rows.get("voters", 0) if current else 0,
            }
        )
    if as_json:
        say_json(rows)
    else:
        say_table("", ["key", "name", "kind", "state", "snapshot", "voters"],
                  [[r[k] if r[k] is not None else "" for k in r] for r in rows], right=4)  # fmt: skip


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("email")
@click.option(
    "--role", type=click.Choice(["owner", "analyst", "viewer"]), default="analyst", show_default=True
)
@home_option
@refusing
def invite(member_key: str, email: str, role: str, home: Path | None) -> None:
    """Invite a person to work for a member; prints the address of the invitation, once."""
    use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    _, secret = federation.invite(
        to=federation.member(member_key), email=email, role=role, by=Actor.command_line()
    )
    stdout.print(f"/invitation/{secret}", markup=False)
