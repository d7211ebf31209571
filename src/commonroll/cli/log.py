"""`log`: who used whose data; is the log whole; a receipt to keep."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal


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
@click.option("--folder", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A copy of a log, with --key; needs no federation here.")  # fmt: skip
@click.option("--key", "vkey", help="The log's verifier key.")
@click.option("--since", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="An earlier checkpoint that the log must have grown from.")  # fmt: skip
@home_option
@json_option
@refusing
def verify(
    name: str, folder: Path | None, vkey: str | None, since: Path | None, home: Path | None, as_json: bool
) -> None:
    """Re-derive a log from all its entries and compare with its signed checkpoint."""
    from commonroll.transparency.verify import verify_folder

    if folder is None or vkey is None:
        if folder is not None or vkey is not None:
            raise Refusal(
                "a copied log needs both --folder and --key", next_step="name the other one as well"
            )
        found = use(home)
        from commonroll.server import startup
        from commonroll.server.actions import diary
        from commonroll.server.actor import Actor

        startup.fold(found)
        folder, vkey = diary.log_folder(home=found, log=name, by=Actor.command_line())
    verdict = verify_folder(folder, vkey, since=since.read_text() if since else None)
    if as_json:
        say_json(verdict.as_dict())
    else:
        for sentence in verdict.sentences:
            stdout.print(sentence, markup=False)
    if not verdict.ok:
        raise Refusal(
            "the log does not verify", next_step="keep this folder as evidence and ask its operator"
        )


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
