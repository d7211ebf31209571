"""`doctor`: is this home whole, and what to do where it is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import home_option, json_option, refusing, say_json, stdout, use

if TYPE_CHECKING:
    from commonroll.server.doctor import Finding


@click.command()
@click.option("--member", default="", metavar="MEMBER", help="This member's log, vault, keys and work alone.")
@click.option(
    "--mend", "mending", is_flag=True, help="Mend what is safe; what would be mended is said first."
)
@home_option
@json_option
@refusing
def doctor(member: str, mending: bool, home: Path | None, as_json: bool) -> None:
    """Examine a home: logs, vaults, files, rights, work. Exit 0: nothing is wrong; 1: something is."""
    found = use(home)
    from commonroll.server import doctor as examining

    findings = examining.examine(found, member)
    if not as_json:
        for one in findings:
            _say(one, mending)
    mended = examining.mend(findings) if mending else []
    left = [one for one in findings if one not in mended]
    wrong = [one for one in left if one.weight == examining.Weight.WRONG]
    if as_json:
        parts = {"findings": left, "mended": mended}
        say_json(
            {"whole": not wrong} | {name: [one.as_dict() for one in part] for name, part in parts.items()}
        )
    else:
        stdout.print("This home is whole." if not findings else _sum(len(wrong), len(mended)))
    if wrong:
        sys.exit(1)


def _say(one: Finding, mending: bool) -> None:
    style = "bold red" if one.weight == "wrong" else "bold"
    stdout.print(f"{one.weight}  {one.where}: {one.what}", style=style, markup=False)
    stdout.print(f"       Next: {one.next_step}", markup=False)
    if one.mends:
        stdout.print(f"       {'Mending' if mending else '--mend would'}: {one.mends}", markup=False)


def _sum(wrong: int, mended: int) -> str:
    return f"{wrong} wrong, {mended} mended." if mended else f"{wrong} wrong."
