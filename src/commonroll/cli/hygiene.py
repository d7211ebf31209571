"""`hygiene`: what a member learns of its registrations on other members' rolls, and leaving them alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal

if TYPE_CHECKING:
    from commonroll.server.actions.hygiene import Partner


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--with", "other_key", metavar="OTHER", help="The other member, for --apply.")
@click.option("--apply", "kinds", default="", metavar="KIND,...",
              help="Leave these registrations alone: later, deceased.")  # fmt: skip
@click.option("--channels", default="door,mail,phone,text", show_default=True, metavar="CHANNEL,...",
              help="Where they are left alone.")  # fmt: skip
@click.option("--undo", is_flag=True, help="Take back all that was left alone.")
@home_option
@json_option
@refusing
def hygiene(
    member_key: str,
    other_key: str | None,
    kinds: str,
    channels: str,
    undo: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """How many of MEMBER's registrations stand on another member's roll too, by agreement.

    Counts alone, and none below ten. The rolls are matched first, with `commonroll link --members`.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actions import hygiene as actions
    from commonroll.server.actor import Actor

    me, by = federation.member(member_key), Actor.command_line()
    if undo:
        taken = actions.undo(home=found, of=me, by=by)
        stdout.print(f"{taken:,} registrations are not left alone any more.")
    elif kinds:
        if other_key is None:
            raise Refusal("the other member is not named", next_step="add --with OTHER")
        done = actions.apply(
            home=found, of=me, other=federation.member(other_key), by=by,
            kinds=_words(kinds), channels=_words(channels),
        )  # fmt: skip
        stdout.print(f"{done:,} registrations are left alone: {channels}. `--undo` takes it back.")
    else:
        _say(actions.partners(home=found, of=me, by=by), as_json)
    startup.fold(found)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _say(partners: list[Partner], as_json: bool) -> None:
    from commonroll.identity.hygiene import said

    if as_json:
        say_json([partner.as_dict() for partner in partners])
        return
    if not partners:
        stdout.print("No agreement for list hygiene is in force.")
    for partner in partners:
        if partner.learned is None:
            stdout.print(f"{partner.member.name}: {partner.refusal}", markup=False)
            continue
        document = partner.as_dict()
        rows = [[told["means"], said(told["registrations"])] for told in document["registrations"]]
        say_table(partner.member.name, ["your registrations", "how many"], rows, right=1)
        for sentence in document["gaps"]:
            stdout.print(f"  {sentence}", markup=False)
