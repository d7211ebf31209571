"""`facts`, `imports`: what a member holds about one of its voters, and the lists that came in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from commonroll.cli.history import of_one_voter
from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonroll.insight.held import Claim, Held


@click.command()
@of_one_voter
@home_option
@json_option
@refusing
def facts(
    member_key: str,
    voter_id: str,
    county_id: bool,
    county: str,
    purpose: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """What MEMBER holds about one of its voters, from whom, and which claim counts.

    Told comes before seen, seen before bought, bought before guessed. The look is in the member's log first,
    30 an hour at most.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import facts as action
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    seen, held = action.look(
        home=found, of=federation.member(member_key), voter=voter_id, by_county_id=county_id, county=county,
        purpose=purpose, by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    if as_json:
        say_json({"id": seen.id, "hidden": seen.hidden, "known": bool(seen.standings), **held.as_dict()})
    elif seen.hidden:
        stdout.print(f"Not shown. {seen.hidden}", markup=False)
    elif not seen.standings:
        stdout.print(f"None of {seen.snapshots} snapshots has this id; ids keep their leading zeros.")
    else:
        _say(held)


def _say(held: Held) -> None:
    if not held.claims and not held.household and not held.numbers:
        stdout.print("Nothing is held beyond the roll.")
    _say_claims("the voter", held.claims)
    _say_claims("the household", held.household)
    if held.numbers:
        rows = [
            [escape(n.value), n.line_type, n.status.replace("_", " "), n.kind, escape(n.source),
             f"on {n.sharing} people's rows" if n.sharing > 1 else "", "" if n.trusted else "not to be used"]
            for n in held.numbers
        ]  # fmt: skip
        say_table("phones and e-mails", ["number", "line", "status", "kind", "source", "", ""], rows)


def _say_claims(title: str, claims: Sequence[Claim]) -> None:
    if not claims:
        return
    rows = [
        [
            f"{'*' if one.counts else ' '} {one.attribute}",
            "(taken back)" if one.value is None else escape(one.value),
            one.kind,
            escape(one.source),
            escape(one.licence),
            one.observed_on.isoformat(),
            one.expires_on.isoformat() if one.expires_on else "",
            one.why,
        ]
        for one in claims
    ]
    head = ["attribute", "value", "kind", "source", "licence", "on", "until", "what became of it"]
    say_table(title, head, rows)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@json_option
@refusing
def imports(member_key: str, home: Path | None, as_json: bool) -> None:
    """Lists that came into MEMBER's vault: on which terms, what they brought, which were withdrawn."""
    found = use(home)
    from commonroll.server.actions import facts as action
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    known = action.imports(home=found, of=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json([one.as_dict() for one in known])
        return
    rows = [
        [
            one.import_id,
            one.kind,
            escape(one.source),
            one.dated_on.isoformat(),
            escape(one.file_name),
            one.rows,
            sum(one.brought.values()),
            "" if one.stands else escape(f"withdrawn {one.withdrawn_at:%Y-%m-%d}: {one.reason}"),
        ]
        for one in known
    ]
    head = ["import", "kind", "source", "dated", "file", "rows", "kept", ""]
    say_table("", head, rows) if rows else stdout.print("No list came in yet.")
