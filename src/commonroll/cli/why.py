"""`why`: for whom a column is seen, by which clause, until when; and why it is not."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.cli.questions import as_option, purpose_option
from commonroll.console import home_option, json_option, refusing, say_json, stdout, use


@click.command()
@click.argument("column")
@as_option
@purpose_option
@click.option("--mode", default="view", show_default=True, help="count, view, contact, export")
@home_option
@json_option
@refusing
def why(column: str, member_key: str, purpose: str, mode: str, home: Path | None, as_json: bool) -> None:
    """Say of each owner why MEMBER sees COLUMN of its voters, or why it does not."""
    use(home)
    from django.utils import timezone

    from commonroll.server import explanations
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    found = explanations.why(
        viewer=federation.member(member_key),
        purpose=purpose,
        column=column,
        mode=mode,
        now=timezone.now(),
        by=Actor.command_line(),
    )
    if as_json:
        say_json(
            [
                {
                    "owner": owner.key,
                    "seen": one.seen,
                    "sentence": one.sentence,
                    "agreement": one.agreement,
                    "clause": one.clause,
                }
                for owner, one in found.items()
            ]
        )
        return
    for one in found.values():
        stdout.print(one.sentence, markup=False)
