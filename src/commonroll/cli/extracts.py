"""`extract`: exports that wait for an owner's word, the word, and the file."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)

as_option = acting("For whom you act.")


@click.group()
def extract() -> None:
    """Exports that wait for the word of an owner, and receipts of those that came."""


@extract.command()
@as_option
@home_option
@refusing
def waiting(member_key: str, home: Path | None) -> None:
    """Exports that wait for the word of MEMBER: of whom, what for, how many of its rows, which columns."""
    use(home)
    from commonroll.server.actions import approvals, federation
    from commonroll.server.actor import Actor

    found = approvals.waiting(owner=federation.member(member_key), by=Actor.command_line())
    say_table(
        "",
        ("export", "recipient", "purpose", "rows", "columns"),
        [
            (str(one.pk), one.viewer.key, one.purpose, f"{one.rows_by_owner.get(member_key, 0):,}",
             ", ".join(one.columns))
            for one in found
        ],
        right=3,
    )  # fmt: skip


@click.command("waiting")
@as_option
@home_option
@json_option
@refusing
def of_agreements(member_key: str, home: Path | None, as_json: bool) -> None:
    """Exports that wait for MEMBER's word, with the agreement and the clause by which each waits."""
    use(home)
    from commonroll.server.actions import approvals, federation
    from commonroll.server.actor import Actor

    found = approvals.asked(owner=federation.member(member_key), by=Actor.command_line())
    rows = [
        {"export": str(one.extract.pk), "agreement": one.agreement.number, "clause": one.clause,
         "recipient": one.extract.viewer.key, "purpose": one.extract.purpose, "rows": one.rows,
         "columns": list(one.extract.columns), "asked": f"{one.extract.created_at:%Y-%m-%d %H:%M}"}
        for one in found
    ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    if not rows:
        stdout.print(f"no export waits for the word of {member_key}", markup=False)
        return
    cells = [
        [", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row.values()] for row in rows
    ]
    say_table("", tuple(rows[0]), cells)
    stdout.print(
        f"Next: commonroll extract approve EXPORT --as {member_key} [--no --reason WHY]", markup=False
    )


@extract.command()
@click.argument("export", type=click.UUID)
@as_option
@click.option("--no", is_flag=True, help="The word is no: the export ends.")
@click.option("--reason", default="", help="Why; a no needs one, and the recipient reads it.")
@home_option
@refusing
def approve(export: UUID, member_key: str, no: bool, reason: str, home: Path | None) -> None:
    """Say for MEMBER that an export may leave, or with --no that it may not."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import approvals, federation
    from commonroll.server.actor import Actor

    owner = federation.member(member_key)
    approvals.say(pk=str(export), owner=owner, yes=not no, reason=reason, by=Actor.command_line())
    startup.fold(found)
    stdout.print("the export ends" if no else "the recipient may finish the export")


@extract.command()
@click.argument("export", type=click.UUID)
@as_option
@click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False))
@home_option
@refusing
def finish(export: UUID, member_key: str, target: Path, home: Path | None) -> None:
    """Write the file of an export whose owners have said yes."""
    found = use(home)
    from commonroll.server.actions import approvals, federation, questions
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    one = questions.extract_of(viewer=federation.member(member_key), pk=str(export), by=by)
    approvals.finish(home=found, extract=one, by=by)
    questions.deliver(home=found, extract=one, target=target)
    stdout.print(f"{one.rows:,} rows in {target}")


@extract.command()
@click.argument("export", type=click.UUID)
@as_option
@click.option("--unsigned", is_flag=True, help="Print the receipts, to be signed offline and entered.")
@click.option("--text", "text_file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="The receipts, as `--unsigned` printed them; with --line for each, in order.")  # fmt: skip
@click.option("--line", "lines", multiple=True, help="A signature line made offline; with --text.")
@home_option
@passphrase_option
@refusing
def received(
    export: UUID, member_key: str, unsigned: bool, text_file: Path | None, lines: tuple[str, ...],
    home: Path | None, passphrase_file: Path | None,
) -> None:  # fmt: skip
    """Sign for MEMBER that the file of an export is what it got: a receipt for each owner of its rows."""
    if bool(text_file) != bool(lines):
        raise click.UsageError("--text and --line belong together")
    found = use(home)
    from commonroll.notes import parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import export_receipts, federation, questions
    from commonroll.server.actor import Actor

    by, member = Actor.command_line(), federation.member(member_key)
    one = questions.extract_of(viewer=member, pk=str(export), by=by)
    if unsigned:
        names = {member_key: federation.federation().key_name(member_key)}
        say_json({"receipts": export_receipts.to_sign(extract=one, by=by), "cr:keyNames": names})
        return
    if text_file is not None:
        documents = parse_strict(text_file.read_bytes())["receipts"]
        signed = export_receipts.enter(extract=one, documents=documents, lines=lines, by=by)
    else:
        secret = passphrase(passphrase_file)
        signed = export_receipts.sign(home=found, extract=one, passphrase=secret, by=by)
    startup.fold(found)
    for lent in signed:
        stdout.print(f"signed for {lent.agreement.owner.name}: {lent.rows:,} rows", markup=False)
