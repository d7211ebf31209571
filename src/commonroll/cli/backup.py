"""`backup` and `restore`: a home in one sealed file, and a home of such a file."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, passphrase, refusing, stderr, stdout, use

word_option = click.option(
    "--backup-passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File whose first line opens the backup; asked for on a terminal otherwise.",
)


@click.command()
@click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--recipient", "recipients", multiple=True, metavar="AGE1...",
              help="Seal it to this age recipient instead of a passphrase; again for more.")  # fmt: skip
@click.option("--database-dump", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="On PostgreSQL: what `pg_dump --format=custom` wrote with the site stopped.")  # fmt: skip
@word_option
@home_option
@refusing
def backup(
    target: Path, recipients: tuple[str, ...], database_dump: Path | None,
    backup_passphrase_file: Path | None, home: Path | None,
) -> None:  # fmt: skip
    """Seal the whole home into one new file, secrets and all; the site may go on."""
    found = use(home)
    from commonroll.flow.leaving import age
    from commonroll.server.backups import taking

    to = age.check_recipients(recipients)
    lock = age.Lock(to) if to else age.Lock(passphrase=passphrase(backup_passphrase_file, confirm=True))
    taken = taking.take(home=found, to=target.absolute(), lock=lock, dump=database_dump)
    stdout.print(f"{taken.files:,} files, {taken.bytes:,} bytes; read back whole: {target}", markup=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--identity", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="File of the age identity it was sealed to; else its passphrase.")  # fmt: skip
@word_option
@home_option
@refusing
def restore(
    file: Path, identity: Path | None, backup_passphrase_file: Path | None, home: Path | None
) -> None:
    """Make a new home of a backup, then examine it as `doctor` does."""
    from commonroll.flow.leaving import age
    from commonroll.server.backups import restoring
    from commonroll.server.home import Home

    key = age.Key(age.identities_in(identity)) if identity else age.Key(passphrase=passphrase(
        backup_passphrase_file))  # fmt: skip
    to = Home.find(home)
    files = restoring.restore(file, to.path, key)
    stdout.print(f"{files:,} files, every checksum right: {to.path}", markup=False)
    if (to.path / "database.dump").exists():
        stderr.print(
            "Next: `pg_restore` database.dump into an empty database as a superuser, set DATABASE_URL to it, "
            "then, before the site starts, run `commonroll doctor`, which asks the witnesses of each log.",
            markup=False,
        )  # fmt: skip
        return
    _examine(to.path)


def _examine(home: Path) -> None:
    from commonroll.cli.doctor import doctor

    use(home)
    doctor.main(["--home", str(home)], standalone_mode=False)
