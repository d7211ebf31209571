"""`log decisions` and `log decision`: who might do what for a member, and one of it to show."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal


@click.command("decisions")
@click.argument("name", metavar="MEMBER")
@click.option("--last", default=50, show_default=True, type=click.IntRange(1))
@click.option("--person", default="", metavar="WHO", help="Of this e-mail, or this key (key:ID), alone.")
@home_option
@json_option
@refusing
def list_decisions(name: str, last: int, person: str, home: Path | None, as_json: bool) -> None:
    """The last decisions on who might do what for MEMBER: allowed or refused, without names."""
    found = use(home)
    from commonroll.server.actions import decision_records
    from commonroll.server.actions.federation import member
    from commonroll.server.actor import Actor

    rows = decision_records.recent(
        home=found, of=member(name), last=last, person=person, by=Actor.command_line()
    )
    if as_json:
        say_json(rows)
        return
    head = ["id", "at", "act", "as", "who", "", "why not", "entry"]
    shown = [
        [r["id"], r["at"], r["act"], r["as"], r["actor"], r["decision"], r.get("reason", ""),
         "waiting" if r["entry"] is None else r["entry"]]
        for r in rows
    ]  # fmt: skip
    say_table("", head, shown) if rows else stdout.print("Nothing was decided yet.")


@click.command()
@click.argument("name", metavar="MEMBER")
@click.argument("id", metavar="ID")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="A file to hand on, which `log check` verifies.")  # fmt: skip
@home_option
@refusing
def decision(name: str, id: str, to: Path, home: Path | None) -> None:
    """Show decision ID of MEMBER with the proof that its log has it: no other decision is in the file."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import decision_records
    from commonroll.server.actions.federation import member
    from commonroll.server.actor import Actor

    if to.exists():
        raise Refusal("this file is there already", where=str(to), next_step="name a new one")
    startup.fold(found)
    shown = decision_records.shown(home=found, of=member(name), id=id, by=Actor.command_line())
    to.touch(mode=0o600)
    to.write_text(str(shown))
    stdout.print(f"{to}: hand it on with the log's key; `commonroll log check` verifies it.", markup=False)
