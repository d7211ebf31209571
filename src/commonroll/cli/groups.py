"""`group`: members under one name, and one text offered to each of them."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import (
    acting,
    home_option,
    passphrase,
    passphrase_option,
    refusing,
    say_table,
    stdout,
    use,
)  # fmt: skip

as_option = acting("The owner that acts.")


@click.group()
def group() -> None:
    """Members under one name; an agreement for a group is one agreement for each of them."""


@group.command()
@click.argument("key")
@click.option("--title", default="", help="What people call it.")
@click.option("--member", "members", multiple=True, required=True, help="A member of it; repeat it.")
@home_option
@refusing
def name(key: str, title: str, members: tuple[str, ...], home: Path | None) -> None:
    """Name a group, or its next version with other members; who joins later gets nothing by itself."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, groups
    from commonroll.server.actor import Actor

    made = groups.name(
        key=key, title=title, members=[federation.member(one) for one in members], by=Actor.command_line()
    )
    startup.fold(found)
    stdout.print(f"{made.name} has {len(made.members)} members")


@group.command("list")
@home_option
@refusing
def listed(home: Path | None) -> None:
    """The groups with their members, newest versions."""
    use(home)
    from commonroll.server.actions import groups

    rows = [(one.key, str(one.version), one.title, ", ".join(one.members)) for one in groups.listed()]
    say_table("", ("group", "version", "title", "members"), rows)


@group.command()
@click.argument("key")
@as_option
@click.option("--like", "number", type=int, required=True, help="The agreement whose terms each gets.")
@home_option
@refusing
def draft(key: str, member_key: str, number: int, home: Path | None) -> None:
    """Draft for each member of a group the terms of an agreement that MEMBER gave."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation, groups
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    made = groups.draft_like(
        owner=federation.member(member_key),
        group=groups.newest(key),
        text=agreements.visible(number=number, by=by),
        by=by,
    )
    startup.fold(found)
    stdout.print(f"drafted: {', '.join(f'agreement {text.number}' for text in made)}")


@group.command()
@click.argument("key")
@as_option
@home_option
@refusing
def show(key: str, member_key: str, home: Path | None) -> None:
    """What MEMBER would sign for a group: the text, and each recipient."""
    use(home)
    from commonroll.server.actions import federation, groups
    from commonroll.server.actor import Actor

    found = groups.shown(
        owner=federation.member(member_key), group=groups.newest(key), by=Actor.command_line()
    )
    for sentence in found.says:
        stdout.print(sentence, markup=False)
    rows = [(str(text.number), text.recipient.name, why) for text, why in found.texts]
    say_table("", ("agreement", "recipient", "in the way"), rows)


@group.command()
@click.argument("key")
@as_option
@click.option("--agreement", "numbers", type=int, multiple=True, required=True,
              help="Each agreement that `show` listed.")  # fmt: skip
@home_option
@passphrase_option
@refusing
def sign(
    key: str, member_key: str, numbers: tuple[int, ...], home: Path | None, passphrase_file: Path | None
) -> None:
    """Sign and offer the drafts for a group in one act; each recipient signs its own."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, groups
    from commonroll.server.actor import Actor

    signed = groups.sign(
        home=found,
        owner=federation.member(member_key),
        group=groups.newest(key),
        numbers=numbers,
        passphrase=passphrase(passphrase_file),
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"{len(signed)} agreements are signed and before their recipients")
