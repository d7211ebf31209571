"""`custom`: what a member notes of its own people beside names and addresses, in fields of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import (
    home_option,
    json_option,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)  # fmt: skip

if TYPE_CHECKING:
    from commonroll.server.models import CustomField

member_option = click.option(
    "--member", "member_key", required=True, metavar="MEMBER", help="Whose people they are."
)
number_argument = click.argument("number", type=int, metavar="FIELD")
value_option = click.option(
    "--value", "choices", multiple=True, metavar="TEXT", help="A value to choose, in order. Repeat it."
)


@click.group()
def custom() -> None:
    """Custom fields of a member's own people (MyCampaign of the VAN-compatible API)."""


@custom.command(name="add")
@member_option
@click.argument("name")
@click.option("--group", required=True, metavar="TEXT", help="The group; a new one is made.")
@click.option(
    "--type", "kind", required=True, type=click.Choice(["B", "S", "T", "D", "N", "M"]),
    help="B yes or no, S one of some values, T text, D day, N number, M any of some values.",
)  # fmt: skip
@value_option
@click.option("--longest", type=int, default=None, metavar="N", help="Characters of a text.")
@home_option
@json_option
@refusing
def add(
    member_key: str, name: str, group: str, kind: str, choices: tuple[str, ...], longest: int | None,
    home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make a field."""
    use(home)
    from commonroll.server.actions import custom_fields, federation
    from commonroll.server.actor import Actor

    made = custom_fields.define(
        of=federation.member(member_key), group=group, name=name, type=kind, choices=choices, longest=longest,
        by=Actor.command_line(),
    )  # fmt: skip
    if as_json:
        say_json({"id": made.number, "group": made.group})
    else:
        stdout.print(f"{made.number}: {made.name} is in group {made.group}")


@custom.command(name="list")
@member_option
@home_option
@json_option
@refusing
def every(member_key: str, home: Path | None, as_json: bool) -> None:
    """Say which fields there are, and how many people have a value in each."""
    use(home)
    from commonroll.server.actions import custom_fields, custom_values, federation

    of = federation.member(member_key)
    groups = custom_fields.groups_of(of)
    told = [
        {
            "id": one.number, "name": one.name, "group": groups[one.group].name, "group_id": one.group,
            "type": one.type, "people": custom_values.used(one).people, "values": one.open_choices,
            "removed": one.removed_at is not None,
        }
        for one in [*custom_fields.fields_of(of), *custom_fields.removed(of)]
    ]  # fmt: skip
    if as_json:
        say_json(told)
        return
    rows = [
        [str(one["id"]), f"{one['group']}: {one['name']}", str(one["type"]), f"{one['people']:,}",
         "removed" if one["removed"] else ""]
        for one in told
    ]  # fmt: skip
    say_table("", ["id", "field", "type", "people", ""], rows)


@custom.command(name="change")
@member_option
@number_argument
@click.option("--name", default=None, metavar="TEXT", help="Another name.")
@value_option
@home_option
@refusing
def change(
    member_key: str, number: int, name: str | None, choices: tuple[str, ...], home: Path | None
) -> None:
    """Rename a FIELD, or say all of its values anew. One that somebody has cannot be left out."""
    use(home)
    from commonroll.server.actions import custom_fields
    from commonroll.server.actor import Actor

    field = _field(member_key, number)
    kept = choices or tuple(str(one["name"]) for one in field.open_choices)
    custom_fields.change(field=field, name=name or field.name, choices=kept, by=Actor.command_line())
    stdout.print(f"{field.number}: {field.name}")


@custom.command(name="remove")
@member_option
@number_argument
@click.option("--forget", is_flag=True, help="Delete its values, too: they do not come back.")
@home_option
@refusing
def remove(member_key: str, number: int, forget: bool, home: Path | None) -> None:
    """Take a FIELD away; `custom restore` brings it back with its values."""
    use(home)
    from commonroll.server.actions import custom_fields
    from commonroll.server.actor import Actor

    field, by = _field(member_key, number), Actor.command_line()
    custom_fields.remove(field=field, by=by)
    if forget:
        custom_fields.forget(field=field, by=by)
    stdout.print(f"{field.name} is removed{', and its values are deleted' if forget else ''}.")


@custom.command(name="restore")
@member_option
@number_argument
@home_option
@refusing
def restore(member_key: str, number: int, home: Path | None) -> None:
    """Bring a removed FIELD back."""
    use(home)
    from commonroll.server.actions import custom_fields
    from commonroll.server.actor import Actor

    field = _field(member_key, number)
    custom_fields.restore(field=field, by=Actor.command_line())
    stdout.print(f"{field.name} is back.")


def _field(member_key: str, number: int) -> CustomField:
    from commonroll.server.actions import custom_fields, federation
    from commonroll.server.actor import Actor

    return custom_fields.field_of(of=federation.member(member_key), number=number, by=Actor.command_line())
