"""`log change-key`: another key follows the one that signs a log."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, json_option, refusing, say_json, stdout, use


@click.command("change-key")
@click.argument("name", metavar="LOG")
@click.option("--finish", is_flag=True, help="Withdraw the former key; the next one signs alone.")
@home_option
@json_option
@refusing
def change_key(name: str, finish: bool, home: Path | None, as_json: bool) -> None:
    """Let another key sign a member's log, or the federation's: both sign until `--finish`."""
    found = use(home)
    from commonroll.server.actions import log_keys
    from commonroll.server.actor import Actor

    act = log_keys.finish if finish else log_keys.begin
    vkey = act(home=found, log=name, by=Actor.command_line())
    if as_json:
        say_json({"log": name, "key": vkey, "both_sign": not finish})
        return
    signs = "signs alone from now on" if finish else "signs beside the former one; tell witnesses and members"
    stdout.print(f"{vkey}\n{signs}", markup=False)
