"""`link`: who is one person, on a roll and, as agreed, on two; `link report`: how right that is."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.cli.link_report import report
from commonroll.console import home_option, json_option, progress, refusing, say_json, say_table, stdout, use

if TYPE_CHECKING:
    from commonroll.identity.across import Run
    from commonroll.identity.linking import Outcome
    from commonroll.server.actor import Actor
    from commonroll.server.home import Home
    from commonroll.server.models import Member


@click.group(invoke_without_command=True)
@click.option("--members", "keys", default="", metavar="MEMBER,...", help="These alone, not all with a roll.")
@click.option(
    "--anew", is_flag=True, help="Compare every registrant, not only who changed since the last time."
)
@home_option
@json_option
@click.pass_context
@refusing
def link(context: click.Context, keys: str, anew: bool, home: Path | None, as_json: bool) -> None:
    """Find who is one person: on each member's roll, and on two rolls whose owners agreed to list hygiene.

    Registrants get ids that outlive reloads, moves, marriages and new numbers. Pairs that are not sure wait
    for somebody to look; nothing is removed from any roll. Counts alone are printed, no names.
    """
    if context.invoked_subcommand is not None:
        return
    found = use(home)
    from commonroll.identity import hygiene
    from commonroll.server import startup
    from commonroll.server.actor import Actor

    by, members = Actor.command_line(), _members(found, keys)
    own = [_own(found, member, anew, by) for member in members]
    across = _across(found, members, by)
    startup.fold(found)
    if as_json:
        pairs = [_between(run) for run in across]
        say_json({"members": [one.as_dict() for one in own], "across": pairs})
        return
    _say(own)
    for run in across:
        words = ", ".join(f"{hygiene.said(n)} {verdict}" for verdict, n in run.told.items())
        stdout.print(f"{' and '.join(run.members)}: {words or 'no pairs'}.", markup=False)


link.add_command(report)


def _members(home: Home, keys: str) -> list[Member]:
    from commonroll.server.actions import federation
    from commonroll.server.models import Member

    named = [key.strip() for key in keys.split(",") if key.strip()]
    every = Member.objects.filter(left_at=None).exclude(state="").order_by("key")
    return [federation.member(key) for key in named] or [one for one in every if _has_roll(home, one)]


def _has_roll(home: Home, member: Member) -> bool:
    from commonroll.roll.vault.vault import Vault

    return Vault(home.vaults, member.key).current() is not None


def _own(home: Home, member: Member, anew: bool, by: Actor) -> Outcome:
    from commonroll.server.actions import linkings

    with progress(f"linking {member.key}") as tell:
        return linkings.link(home=home, of=member, anew=anew, progress=tell, by=by)


def _across(home: Home, members: list[Member], by: Actor) -> list[Run]:
    """Matches of every two of the members that agreed to any."""
    from commonroll.server.actions import hygiene
    from commonroll.views.question import NothingGranted

    found = []
    for one, other in combinations(members, 2):
        try:
            found.append(hygiene.match(home=home, one=one, other=other, by=by))
        except NothingGranted:
            continue
    return found


def _between(run: Run) -> dict[str, object]:
    return {
        "members": list(run.members),
        "rows": dict(run.rows),
        "pairs": dict(run.told),
        "gaps": list(run.gaps),
    }


def _say(own: list[Outcome]) -> None:
    head = [
        "member",
        "registrants",
        "persons",
        "compared",
        "new",
        "sure pairs",
        "to look at",
        "joined",
        "split",
    ]
    rows = [
        [
            one.member, one.registrants, one.persons, one.changed, one.new, one.sure, one.unsure, one.joined,
            one.split,
        ]
        for one in own
    ]  # fmt: skip
    if rows:
        say_table("", head, rows, right=1)
    else:
        stdout.print("No member has a roll yet: load one first.")
