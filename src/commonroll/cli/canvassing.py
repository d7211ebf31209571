"""`canvass`: what a member's programs ask voters: survey questions and activist codes."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, json_option, refusing, say_json, stdout, use

member_option = click.option("--member", "member_key", required=True, metavar="MEMBER", help="Who asks.")
name_argument = click.argument("name")


@click.group()
def canvass() -> None:
    """Survey questions and activist codes that programs use over the VAN-compatible API."""


@canvass.command()
@member_option
@name_argument
@click.option(
    "--answer", "options", multiple=True, required=True, metavar="TEXT", help="An answer. Repeat it."
)
@click.option("--script", default="", metavar="TEXT", help="What the canvasser says.")
@click.option("--cycle", type=int, default=None, metavar="YEAR", help="The election's year.")
@home_option
@json_option
@refusing
def question(
    member_key: str,
    name: str,
    options: tuple[str, ...],
    script: str,
    cycle: int | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Make a survey question with its answers."""
    use(home)
    from commonroll.server.actions import canvassing, federation
    from commonroll.server.actor import Actor

    made = canvassing.ask(
        of=federation.member(member_key), name=name, options=options, script=script, cycle=cycle,
        by=Actor.command_line(),
    )  # fmt: skip
    _said(made.pk, made.code, as_json)


@canvass.command()
@member_option
@name_argument
@click.option("--type", "kind", default="Volunteer", show_default=True, help="What the mark is about.")
@home_option
@json_option
@refusing
def code(member_key: str, name: str, kind: str, home: Path | None, as_json: bool) -> None:
    """Make an activist code."""
    use(home)
    from commonroll.server.actions import canvassing, federation
    from commonroll.server.actor import Actor

    made = canvassing.make_code(
        of=federation.member(member_key), name=name, type=kind, by=Actor.command_line()
    )
    _said(made.pk, made.code, as_json)


@canvass.command()
@member_option
@name_argument
@click.option("--least", type=float, default=0, show_default=True, help="The least value.")
@click.option("--most", type=float, default=100, show_default=True, help="The greatest value.")
@click.option("--description", default="", metavar="TEXT", help="What the model guesses, and how.")
@home_option
@json_option
@refusing
def score(
    member_key: str,
    name: str,
    least: float,
    most: float,
    description: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Make a score: values that a model guesses of voters, and programs load."""
    use(home)
    from commonroll.server.actions import federation, scores
    from commonroll.server.actor import Actor

    made = scores.make(
        of=federation.member(member_key), name=name, least=least, most=most, description=description,
        by=Actor.command_line(),
    )  # fmt: skip
    _said(made.pk, made.code, as_json)


@canvass.command()
@member_option
@click.argument("load", type=int)
@click.option("--reason", required=True, metavar="TEXT", help="Why it does not count any more.")
@home_option
@refusing
def unscore(member_key: str, load: int, reason: str, home: Path | None) -> None:
    """Undo a LOAD of a score (its scoreUpdateId): the load before counts again."""
    found = use(home)
    from commonroll.server.actions import federation, scores
    from commonroll.server.actor import Actor

    undone = scores.withdraw_load(
        home=found, of=federation.member(member_key), number=load, reason=reason, by=Actor.command_line()
    )
    stdout.print(f"{undone.score.name}: load {load} does not count any more.")


def _said(id: int, code: str, as_json: bool) -> None:
    if as_json:
        say_json({"id": id, "code": code})
    else:
        stdout.print(f"{id}: in answers it is called {code}")
