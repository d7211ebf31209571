"""`trace`: whose copies a leaked file was made of."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commonroll.console import acting, home_option, json_option, progress, refusing, say_json, stdout, use
from commonroll.errors import Refusal

NOBODY, NOT_ENOUGH, REFUSED = 3, 4, 5
"""Exit codes of a trace that names nobody, of one that cannot, and of one that the log does not bear out."""

CODES = {"named": 0, "nobody": NOBODY, "not enough": NOT_ENOUGH, "refused": REFUSED}
_FORMS = (".json", ".md", ".html")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@acting("The owner whose rows the file may hold.")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="REPORT",
              help="Write the report here too: .json, .md or .html.")  # fmt: skip
@click.option("--open-keys", is_flag=True,
              help="For a court: the report shows the mark keys, which are burnt by it.")  # fmt: skip
@click.option("--seen-on", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the file was seen.")
@home_option
@json_option
@refusing
@click.pass_context
def trace(
    context: click.Context, file: Path, member_key: str, target: Path | None, open_keys: bool,
    seen_on: datetime | None, home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Tell whose copies FILE (CSV, workbook, JSON) was made of, whatever became of its columns and rows.

    The report's hash goes into MEMBER's log. Nobody is accused whom the log does not say to have had a copy
    by the day of --seen-on. Exit 0 where somebody is named, 1 where FILE is no table of rows, 3 nobody,
    4 not enough to tell, 5 where the log speaks against naming whom the marks point to.
    """
    if target is not None and target.suffix.lower() not in _FORMS:
        raise Refusal("the report's name says no format", next_step=f"end it in {', '.join(_FORMS)}")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, traces
    from commonroll.server.actor import Actor

    with progress(f"tracing {file.name}"):
        made = traces.make(
            home=found, owner=federation.member(member_key), file=file, open_keys=open_keys,
            seen_on=seen_on.date() if seen_on else None, by=Actor.command_line(),
        )  # fmt: skip
        startup.fold(found)
    if target is not None:
        target.write_bytes(_written(made, target.suffix.lower()))
    if as_json:
        say_json(made.document)
    else:
        _say(made.document, made.sha256)
    context.exit(CODES[made.document["verdict"]])


def _written(made: Any, form: str) -> bytes:
    from commonroll.tracing import report

    if form == ".json":
        return bytes(made.content)
    said = report.as_markdown(made.document) if form == ".md" else report.as_html(made.document)
    return said.encode()


def _say(said: dict[str, Any], sha256: str) -> None:
    stdout.print(said["says"], style="bold")
    for one in said["accused"]:
        layers = ", ".join(one["layers"])
        stdout.print(f"  {one['recipient']}: ln of the odds {one['bound_ln']} (by {layers})", markup=False)
        if "evidence" in one:
            stdout.print(f"    {one['evidence']['says']}", markup=False)
    for one in said["refused"]:
        stdout.print(f"  {one['recipient']} is not accused. {one['why']}", markup=False)
    for text in said["unused"]:
        stdout.print(f"  {text}", markup=False)
    if said["sentence"]:
        stdout.print(said["sentence"])
    file = said["file"]
    stdout.print(f"{file['matched']:,} of {file['rows']:,} rows are of {said['owner']}.", markup=False)
    for layer in said["layers"]:
        why = layer["why_not"] or f"{layer['positions']:,} marked rows read"
        stdout.print(f"  {layer['layer']}: {why}", markup=False)
    stdout.print(f"Report sha256 {sha256}; its hash is in the log. It names a source, no person.")
