"""`log dispute-rule`, `arbiter-key`, `dispute` and `part`: opening one entry by the charter's rule."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    refusing,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)
from commonroll.errors import Refusal

FILE = click.Path(path_type=Path, dir_okay=False)
GIVEN = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("dispute-rule")
@click.option("--of", "threshold", type=int, help="How many arbiters are needed, two at least.")
@click.option("--arbiter", "arbiters", multiple=True, metavar="NAME=KEY",
              help="An arbiter and what `log arbiter-key` printed for it. Repeat it.")  # fmt: skip
@click.option("--end", is_flag=True, help="From now on nothing is sealed to arbiters.")
@home_option
@json_option
@refusing
def rule(
    threshold: int | None, arbiters: tuple[str, ...], end: bool, home: Path | None, as_json: bool
) -> None:
    """The charter's rule on disputes: K of these arbiters together open what a recipient searched for.

    Shows it; with --of and --arbiter a new one is in force for what is entered from now on.
    """
    found = use(home)
    from commonroll.server import dispute_rules, startup
    from commonroll.server.actions import disputes
    from commonroll.server.actor import Actor
    from commonroll.transparency.escrow import Arbiter

    by = Actor.command_line()
    if end:
        disputes.end_rule(by=by)
    elif threshold is not None or arbiters:
        named = [Arbiter(*(part.strip() for part in one.partition("=")[::2])) for one in arbiters]
        disputes.set_rule(threshold=threshold or 0, arbiters=named, by=by)
    startup.fold(found)
    standing = dispute_rules.in_force()
    if as_json:
        say_json(disputes.described(standing))
    elif standing is None:
        stdout.print("There is no rule on disputes: what a recipient searched for, it alone can open.")
    else:
        stdout.print(f"{standing.threshold} of these together open one entry:")
        say_table("", ["arbiter", "key"], [[one.name, one.key] for one in standing.arbiters])


@click.command("arbiter-key")
@click.argument("file", type=FILE)
@refusing
def arbiter_key(file: Path) -> None:
    """Make an arbiter's key in FILE and print its public half, which the rule names.

    FILE is a key of age: it stays with the arbiter, on a machine of its own.
    """
    from commonroll.transparency.leaves import new_reader

    if file.exists():
        raise Refusal("this file is there already", where=str(file), next_step="name a new one")
    secret, public = new_reader()
    file.touch(mode=0o600)
    file.write_text(f"# public key: {public}\n{secret}\n")
    click.echo(public)


@click.command("dispute")
@click.argument("index", type=click.IntRange(0))
@acting("The owner of the log, who asks.")
@click.option("--reason", required=True, help="What the dispute is about; arbiters and recipient read it.")
@click.option("--to", type=FILE, required=True, help="The request, for the arbiters.")
@home_option
@refusing
def ask(index: int, member_key: str, reason: str, to: Path, home: Path | None) -> None:
    """Ask arbiters to open what the recipient of entry INDEX searched for.

    Both logs say that it was asked for, before there is a request.
    """
    found = use(home)
    from commonroll.server.actions import disputes, federation
    from commonroll.server.actor import Actor

    request = disputes.ask(
        home=found, of=federation.member(member_key), index=index, why=reason, by=Actor.command_line()
    )
    to.touch(mode=0o600)
    to.write_text(str(request))
    stdout.print(
        f"{to}: give it to the arbiters, with the log's key. Both logs say that you asked.", markup=False
    )


@click.command("part")
@click.argument("request", type=GIVEN)
@click.option("--arbiter-key", "key_file", type=GIVEN, required=True, help="The arbiter's own file.")
@click.option("--key", "vkey", required=True, help="The log's verifier key.")
@click.option("--to", type=FILE, required=True, help="The part, for the owner that asks.")
@refusing
def part(request: Path, key_file: Path, vkey: str, to: Path) -> None:
    """Give an arbiter's part for REQUEST: needs no federation, nothing but the arbiter's key and the log's.

    Refused unless the log says that the opening of this very entry was asked for.
    """
    from commonroll.transparency import disputes

    asked = disputes.parse_request(request.read_bytes())
    lines = [line for line in key_file.read_text().splitlines() if line and not line.startswith("#")]
    given = disputes.give(asked, vkey, lines[0] if lines else "")
    to.touch(mode=0o600)
    to.write_text(given)
    stderr.print("The reason given:")
    stdout.print(asked.why, markup=False)
    stderr.print(f"{to}: give it to the owner that asks.", markup=False)


COMMANDS = (rule, arbiter_key, ask, part)
