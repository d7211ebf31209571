"""`trace`: whose copies a leaked file was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonroll.console import acting, home_option, json_option, progress, refusing, say_json, stdout, use
from commonroll.errors import Refusal

NOBODY, NOT_ENOUGH = 3, 4
"""Exit codes of a trace that names nobody, and of one that cannot."""

_FORMS = (".json", ".md", ".html")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@acting("The owner whose rows the file may hold.")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="REPORT",
              help="Write the report here too: .json, .md or .html.")  # fmt: skip
@click.option("--open-keys", is_flag=True,
              help="For a court: the report shows the mark keys, which are burnt by it.")  # fmt: skip
@home_option
@json_option
@refusing
@click.pass_context
def trace(
    context: click.Context, file: Path, member_key: str, target: Path | None, open_keys: bool,
    home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Tell whose copies FILE (CSV, workbook, JSON) was made of, whatever became of its columns and rows.

    The report's hash goes into MEMBER's log. Exit 0 where somebody is named, 3 nobody, 4 not enough to tell.
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
            by=Actor.command_line(),
        )  # fmt: skip
        startup.fold(found)
    if target is not None:
        target.write_bytes(_written(made, target.suffix.lower()))
    if as_json:
        say_json(made.document)
    else:
        _say(made.document, made.sha256)
    context.exit({"named": 0, "nobody": NOBODY, "not enough": NOT_ENOUGH}[made.document["verdict"]])


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
    if said["sentence"]:
        stdout.print(said["sentence"])
    file = said["file"]
    stdout.print(f"{file['matched']:,} of {file['rows']:,} rows are of {said['owner']}.", markup=False)
    for layer in said["layers"]:
        why = layer["why_not"] or f"{layer['positions']:,} marked rows read"
        stdout.print(f"  {layer['layer']}: {why}", markup=False)
    stdout.print(f"Report sha256 {sha256}; its hash is in the log. It names a source, no person.")
