"""`alarms`: unusual uses of an owner's rows, listed and settled with a note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use

member_option = click.option("--member", "member_key", required=True, metavar="MEMBER", help="Whose rows.")


@click.group()
def alarms() -> None:
    """Uses of an owner's rows that are unusual by its rules."""


@alarms.command("list")
@member_option
@click.option("--settled", is_flag=True, help="Those that have a note, in place of those that wait.")
@home_option
@json_option
@refusing
def list_alarms(member_key: str, settled: bool, home: Path | None, as_json: bool) -> None:
    """What waits for a note, newest first."""
    use(home)
    from commonroll.server import members
    from commonroll.server.actions import alarms as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    found = actions.alarms(of=federation.member(member_key), by=Actor.command_line(), open=not settled)
    names = members.names()
    rows = [actions.as_dict(one, names) for one in found]
    if as_json:
        say_json(rows)
    elif rows:
        shown = [[row["alarm"], row["at"][:16], row["entry"], row["said"], row["note"]] for row in rows]
        say_table("", ["alarm", "at", "entry", "what was seen", "note"], shown)
    else:
        stdout.print("Nothing was settled yet." if settled else "Nothing waits.")


@alarms.command()
@click.argument("alarm", type=int)
@member_option
@click.option("--note", required=True, help="What came of it: whom you asked, what they said.")
@home_option
@json_option
@refusing
def settle(alarm: int, member_key: str, note: str, home: Path | None, as_json: bool) -> None:
    """Settle one with a note, which the member's log commits to."""
    _act("settle", home, member_key, as_json, alarm_id=alarm, note=note)


@alarms.command()
@click.argument("alarm", type=int)
@member_option
@home_option
@json_option
@refusing
def reopen(alarm: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """Have a settled one wait again."""
    _act("reopen", home, member_key, as_json, alarm_id=alarm)


def _act(what: str, home: Path | None, member_key: str, as_json: bool, **given: Any) -> None:
    found = use(home)
    from commonroll.server import members, startup
    from commonroll.server.actions import alarms as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    done = getattr(actions, what)(of=federation.member(member_key), by=Actor.command_line(), **given)
    startup.fold(found)
    if as_json:
        say_json(actions.as_dict(done, members.names()))
    else:
        stdout.print(f"Alarm {done.pk} {'is settled' if done.settled_at else 'waits again'}.", markup=False)
