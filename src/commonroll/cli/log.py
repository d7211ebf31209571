"""`log`: who used whose data; is the log whole; a receipt to keep."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, use


@click.group()
def log() -> None:
    """The transparency log of a member, or of the federation."""


@log.command()
@click.argument("name", metavar="MEMBER")
@click.option("--last", default=50, show_default=True, type=click.IntRange(1))
@home_option
@json_option
@refusing
def show(name: str, last: int, home: Path | None, as_json: bool) -> None:
    """The last entries: who used the member's data, for what, under which agreement."""
    found = use(home)
    from commonroll.server.actions import diary
    from commonroll.server.actor import Actor

    rows = diary.entries(home=found, log=name, last=last, by=Actor.command_line())
    if as_json:
        say_json(rows)
        return
    head = ["index", "at", "type", "recipient", "agreement", "purpose", "columns", "rows"]
    shown = [
        [r["index"] if r["index"] is not None else "waiting", r["at"], r["type"], r["recipient"],
         r["agreement"], r["purpose"], len(r["columns"]) or "", r["rows"] if r["rows"] is not None else ""]
        for r in rows
    ]  # fmt: skip
    say_table("", head, shown)


@log.command()
@click.argument("name", metavar="MEMBER")
@click.argument("index", type=click.IntRange(0))
@home_option
@refusing
def receipt(name: str, index: int, home: Path | None) -> None:
    """Print the receipt (.tlog-proof) of one entry."""
    found = use(home)
    from commonroll.server.actions import diary
    from commonroll.server.actor import Actor

    click.echo(diary.receipt(home=found, log=name, index=index, by=Actor.command_line()), nl=False)
