"""`person`: one person, found by any part of a name, an address, a number or an id."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    refusing,
    say_gaps,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)  # fmt: skip

if TYPE_CHECKING:
    from commonroll.server.actions.search import Person


@click.group()
def person() -> None:
    """One person among those that a member may look at."""


@person.command()
@click.argument("text", default="-")
@acting("For whom you look.")
@click.option("--purpose", required=True, help="Why: gotv, persuasion, fundraising, …")
@home_option
@json_option
@refusing
def find(text: str, member_key: str, purpose: str, home: Path | None, as_json: bool) -> None:
    """Find a person by TEXT: words of a name or address, a phone number's last digits, part of an id.

    Without TEXT one line of standard input is read, which no history of commands keeps. Each search stands
    in the log of every owner whose roll is looked through, without its text.
    """
    found_home = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, search
    from commonroll.server.actor import Actor

    typed = sys.stdin.readline().strip() if text == "-" else text
    found = search.find(
        home=found_home, viewer=federation.member(member_key), purpose=purpose, text=typed,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found_home)
    document = search.as_dict(found)
    if as_json:
        say_json(document)
        return
    say_table("", ["id", "name", "born", "address", "roll", "found by"], [_row(one) for one in found.persons])
    if not found.persons:
        stdout.print("Nobody whom you may look at has all of these words.")
    if found.more:
        stderr.print(f"These are the first {search.SHOWN}; type more to find the one you mean.")
    say_gaps(document["gaps"])


def _row(one: Person) -> list[str]:
    from commonroll.server import person_words as words

    return [
        str(one.van_id), words.name(one.seen), words.born(one.seen), words.address(one.seen), one.owner.name,
        ", ".join(words.LABELS[column] for column in one.why),
    ]  # fmt: skip
