"""What every command shares: the home, Django, refusals as exit codes, output as text or JSON."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from commonroll.errors import Refusal

stderr = Console(stderr=True, highlight=False, soft_wrap=True)
stdout = Console(highlight=False, soft_wrap=True)
PIPED_WIDTH = 10_000
Command = TypeVar("Command", bound=Callable[..., Any])

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="The federation's folder; else $COMMONROLL_HOME, else ./commonroll-home.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File whose first line opens the signing key; asked for on a terminal otherwise.",
)


def acting(help: str) -> Callable[[Command], Command]:
    """The option `--as MEMBER` of a command; `help` says what the member does in it."""
    return click.option("--as", "member_key", required=True, metavar="MEMBER", help=help)


def passphrase(file: Path | None, *, confirm: bool = False) -> str:
    """From a file or the terminal; never from an argument, where other users of the machine could read it."""
    if file is not None:
        return file.read_text().split("\n", 1)[0]
    if not sys.stdin.isatty():
        raise Refusal("a passphrase is needed", next_step="name a file with --passphrase-file")
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True))


def table_format(target: Path) -> str:
    """csv or parquet, as the file's name says; raises Refusal, also where its folder is not there."""
    kind = target.suffix.lower().removeprefix(".")
    if kind not in {"csv", "parquet"}:
        raise Refusal("the file's name says no format", next_step="end it in .csv or .parquet")
    if not target.parent.is_dir():
        raise Refusal("this folder is not there", where=str(target.parent), next_step="make it first")
    return kind


def use(home: Path | None, *, existing: bool = True) -> Any:
    """Set Django up for a home and return it; refused where no federation lives."""
    from commonroll.server.home import Home

    found = Home.find(home)
    if existing:
        found.require()
    os.environ["COMMONROLL_HOME"] = str(found.path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonroll.server.settings")
    import django

    django.setup()
    from commonroll.server import wall

    wall.whole_process()
    return found


def refusing(command: Command) -> Command:
    """Turn a refusal, or a disk, a file or a database that cannot be read, into sentences on stderr and exit
    code 1."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            _say_refusal(refusal, as_json=bool(kwargs.get("as_json")))
            sys.exit(1)
        except BrokenPipeError:
            raise
        except OSError as error:
            _say_refusal(_disk(error), as_json=bool(kwargs.get("as_json")))
            sys.exit(1)
        except KeyboardInterrupt:
            stderr.print("Stopped; nothing was left half done.")
            sys.exit(130)
        except Exception as error:
            unread = _unread(error) or _unanswered(error)
            if unread is None:
                raise
            _say_refusal(unread, as_json=bool(kwargs.get("as_json")))
            sys.exit(1)

    return run  # type: ignore[return-value]


def _unread(error: Exception) -> Refusal | None:
    """The refusal for rows that the engine cannot read; None for any other error, and for a wrong statement.

    The engine's own words may hold values of the rows that it read, so none of them are passed on.
    """
    duckdb, arrow = sys.modules.get("duckdb"), sys.modules.get("pyarrow")
    of_engine = duckdb is not None and isinstance(error, duckdb.Error)
    of_arrow = arrow is not None and isinstance(error, arrow.ArrowException)
    if not (of_engine or of_arrow) or type(error).__name__ in _WRONG_STATEMENTS:
        return None
    return Refusal(
        f"the engine did not come to the end of what it reads for this ({type(error).__name__})",
        next_step="look for a damaged file with `commonroll doctor --deep`, which says what restores it, and "
        "whether memory and disk have room",
    )


_WRONG_STATEMENTS = ("BinderException", "CatalogException", "ParserException", "SyntaxException")


def _unanswered(error: Exception) -> Refusal | None:
    from commonroll.server.database import unanswered

    return unanswered(error)


def _say_refusal(refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        say_json({"refused": refusal.as_dict()})
    where = f"{refusal.where}: " if refusal.where else ""
    stderr.print(f"Refused: {where}{refusal.what}", style="bold", markup=False)
    if refusal.next_step:
        stderr.print(f"Next: {refusal.next_step}", markup=False)


def _disk(error: OSError) -> Refusal:
    return Refusal(
        f"the machine says: {error.strerror or type(error).__name__}",
        where=str(error.filename or ""),
        next_step="check the path, the rights there and the room on the disk, then try again",
    )


def say_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def say_table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]], *, right: int = 99) -> None:
    """A table on stdout; columns from `right` on are numbers. In a pipe no cell is folded."""
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for index, name in enumerate(head):
        table.add_column(name, justify="right" if index >= right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    console = stdout if stdout.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
    console.print(table, soft_wrap=False)


def say_gaps(gaps: list[dict[str, Any]]) -> None:
    """Every gap has a voice."""
    for gap in gaps:
        stdout.print(f"  {gap['sentence']}", markup=False)


def say_answer(document: dict[str, Any]) -> None:
    stdout.print(f"{document['total']:,} voters", style="bold")
    if document["by"]:
        rows = [[*(row[c] for c in document["by"]), row["n"]] for row in document["rows"]]
        say_table("", [*document["by"], "voters"], rows, right=len(document["by"]))
    say_gaps(document["gaps"])


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on a terminal's stderr; silent where stderr is no terminal."""
    if not stderr.is_terminal:
        yield lambda stage, fraction: None
        return
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=stderr, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(title, total=1.0)
        yield lambda stage, fraction: bar.update(task, description=f"{title}: {stage}", completed=fraction)
