"""`count`, `export`, `answers`, `ledger`: questions to the view, rows that leave, answers that come back."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.cli.batches import say_batch
from commonroll.console import (
    acting,
    home_option,
    json_option,
    progress,
    refusing,
    say_answer,
    say_gaps,
    say_json,
    say_table,
    stderr,
    stdout,
    table_format,
    use,
)  # fmt: skip

as_option = acting("For whom you ask.")
purpose_option = click.option("--purpose", required=True, help="Why: gotv, persuasion, fundraising, …")
where_option = click.option("--where", default="", help="Which voters, e.g. \"party = 'DEM' AND age < 30\".")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@click.command()
@as_option
@purpose_option
@where_option
@click.option("--by", "by_columns", default="", metavar="COL,...", help="Count by up to three columns.")
@home_option
@json_option
@refusing
def count(
    member_key: str, purpose: str, where: str, by_columns: str, home: Path | None, as_json: bool
) -> None:
    """Count voters across all owners that let MEMBER use them for this purpose."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, questions
    from commonroll.server.actor import Actor

    answer = questions.count(
        home=found,
        viewer=federation.member(member_key),
        purpose=purpose,
        where=where,
        by_columns=_words(by_columns),
        by=Actor.command_line(),
    )
    startup.fold(found)
    document = questions.as_dict(answer)
    if as_json:
        say_json(document)
    else:
        say_answer(document)


@click.command()
@as_option
@purpose_option
@where_option
@click.option("--columns", required=True, metavar="COL,...")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="FILE.csv or FILE.parquet")  # fmt: skip
@home_option
@json_option
@refusing
def export(
    member_key: str, purpose: str, where: str, columns: str, target: Path, home: Path | None, as_json: bool
) -> None:
    """Write rows to a file; its receipts go to FILE.tlog-proof beside it."""
    found = use(home)
    from commonroll.server.actions import federation, questions
    from commonroll.server.actor import Actor

    kind = table_format(target)
    with progress("exporting"):
        extract = questions.export(
            home=found,
            viewer=federation.member(member_key),
            purpose=purpose,
            where=where,
            columns=_words(columns),
            format=kind,
            by=Actor.command_line(),
        )
        proofs = questions.deliver(home=found, extract=extract, target=target)
    if as_json:
        say_json(questions.extract_dict(extract))
        return
    stdout.print(f"{extract.rows:,} rows in {target}")
    for owner, rows in sorted(extract.rows_by_owner.items()):
        stdout.print(f"  {owner}: {rows:,}", markup=False)
    say_gaps(extract.gaps)
    for proof in proofs:
        stderr.print(f"receipt: {proof}", markup=False)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@home_option
@json_option
@refusing
def answers(member_key: str, file: Path, home: Path | None, as_json: bool) -> None:
    """Load a CSV of answers that MEMBER gathered; what the terms release goes back to the owners."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import answers as action
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    batch = action.load(
        home=found, gathered_by=federation.member(member_key), file=file, by=Actor.command_line()
    )
    startup.fold(found)
    say_batch(action.as_dict(batch), f"{batch.loaded:,} answers loaded", as_json)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@json_option
@refusing
def ledger(member_key: str, home: Path | None, as_json: bool) -> None:
    """Give and get: what MEMBER lent and received, and what came back."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import ledger as action
    from commonroll.server.actor import Actor

    lines = action.lines(home=found, of=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json(lines)
    else:
        head = [
            "gave",
            "to",
            "rows lent",
            "columns seen",
            "answers",
            "attempts",
            "bounces",
            "addresses",
            "overdue",
        ]
        keys = ["owner", "recipient", "rows_lent", "columns_seen", "answers_returned", "attempts_returned",
                "bounces_returned", "addresses_returned", "overdue"]  # fmt: skip
        say_table("", head, [[line[k] for k in keys] for line in lines], right=2)
