"""`witness`: sign that logs only grew; and, in a federation, whose witnesses watch its logs."""

from __future__ import annotations

import time
from pathlib import Path

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stderr, stdout, use
from commonroll.errors import Refusal

folder_option = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="Where the witness keeps its key and its memory.",
)  # fmt: skip


@click.group()
def witness() -> None:
    """A witness of logs, on a machine of one's own; and the witnesses of a federation."""


@witness.command()
@folder_option
@click.option(
    "--name", required=True, help="Name of its key, such as ga.example.org/witness; it never changes."
)
@json_option
@refusing
def init(folder: Path, name: str, as_json: bool) -> None:
    """Make a witness: its key and an empty memory. Prints its verifier key, which is given to federations."""
    from commonroll.transparency.witness.witness import init as make

    made = make(folder, name)
    say_json({"name": name, "vkey": made.vkey}) if as_json else click.echo(made.vkey)


@witness.command()
@folder_option
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False),
              help="Keep the master key in this new file, which a copy of the folder lacks.")  # fmt: skip
@refusing
def seal(folder: Path, to: Path | None) -> None:
    """Seal the witness's key under a new master key; without that file nobody can sign with the key."""
    from commonroll import at_rest
    from commonroll.transparency.witness.witness import seal as under

    place = under(folder, to)
    stdout.print(f"The key is sealed; the master key is in {place}.", markup=False)
    if to is not None:
        stdout.print(f"Name it whenever the witness runs: {at_rest.ENVIRONMENT}={place}", markup=False)


@witness.command()
@folder_option
@click.argument("vkey", metavar="LOG-KEY")
@refusing
def watch(folder: Path, vkey: str) -> None:
    """Watch the log that LOG-KEY verifies. Get the key from the log's owner, not over the log's own site."""
    from commonroll.transparency.witness.witness import load

    stdout.print(f"{load(folder).watch(vkey)} is watched.", markup=False)


@witness.command()
@folder_option
@click.argument("vkey", metavar="LOG-KEY")
@refusing
def forget(folder: Path, vkey: str) -> None:
    """Trust LOG-KEY no longer; what was seen of its log is remembered."""
    from commonroll.notes import parse_vkey
    from commonroll.transparency.witness.witness import load

    store = load(folder).store
    if vkey not in store.vkeys(parse_vkey(vkey).name):
        raise Refusal("this key is not trusted here", next_step="see `commonroll witness show`")
    store.remove_log(parse_vkey(vkey).name, vkey)
    stdout.print(f"This key of {parse_vkey(vkey).name} is not trusted any more.", markup=False)


@witness.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8100, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="PEM file of a certificate and its key; else a server in front speaks TLS.")  # fmt: skip
@refusing
def serve(folder: Path, host: str, port: int, certificate: Path | None) -> None:
    """Answer logs that ask for a signature."""
    from commonroll.transparency.witness.serving import Serving
    from commonroll.transparency.witness.witness import load

    with Serving(load(folder), host, port, certificate) as serving:
        stderr.print(f"The witness listens at {host}:{port}.", markup=False)
        serving.serve_forever()


@witness.command()
@folder_option
@json_option
@refusing
def show(folder: Path, as_json: bool) -> None:
    """What this witness watches, up to where it signed, and what it refused."""
    from commonroll.transparency.witness.witness import load

    found = load(folder)
    rows = []
    for origin in sorted({origin for origin, _ in found.store.logs()}):
        seen, refused = found.store.seen(origin), found.store.evidence(origin)
        rows.append({
            "log": origin, "size": seen.size if seen else None, "signed_at": _day(seen.at) if seen else None,
            "refused": len(refused), "last_refused": refused[-1].why if refused else "",
        })  # fmt: skip
    if as_json:
        say_json({"vkey": found.vkey, "logs": rows})
        return
    click.echo(found.vkey)
    head = ["log", "entries", "signed", "refused", "why"]
    shown = [
        [r["log"], "" if r["size"] is None else r["size"], r["signed_at"] or "never", r["refused"],
         r["last_refused"]]
        for r in rows
    ]  # fmt: skip
    say_table("", head, shown) if rows else stdout.print("It watches no log yet.")


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


@witness.command()
@folder_option
@click.argument("log", metavar="LOG")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="A new folder for what was kept.")  # fmt: skip
@refusing
def evidence(folder: Path, log: str, to: Path) -> None:
    """Write out the requests that were refused though the log's key signed them.

    Each is one text: what was signed before, and the request. Where both checkpoints carry the log's
    signature and contradict each other, these two alone convict the log before anybody.
    """
    from commonroll.transparency.witness.witness import load

    kept = load(folder).store.evidence(log)
    if not kept:
        raise Refusal("nothing was refused of this log", next_step="see `commonroll witness show`")
    to.mkdir()
    for number, one in enumerate(kept, 1):
        text = f"{_day(one.at)}\n{one.why}\n\nsigned before\n\n{one.known}\nasked\n\n"
        (to / f"{number}.txt").write_bytes(text.encode() + one.request)
    stdout.print(f"{len(kept)} written to {to}", markup=False)


# Of a federation


@witness.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("vkey", metavar="WITNESS-KEY")
@click.argument("url", metavar="URL")
@home_option
@refusing
def add(member_key: str, vkey: str, url: str, home: Path | None) -> None:
    """The logs of the federation ask MEMBER's witness at URL from now on."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, witnesses
    from commonroll.server.actor import Actor

    made = witnesses.add(of=federation.member(member_key), vkey=vkey, url=url, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{made.name} is asked from now on. Let it watch these logs:", markup=False)
    for line in witnesses.standing(home=found):
        click.echo(line.vkey)


@witness.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@refusing
def end(member_key: str, home: Path | None) -> None:
    """MEMBER's witness is asked no more."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, witnesses
    from commonroll.server.actor import Actor

    ended = witnesses.end(of=federation.member(member_key), by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{ended.name} is asked no more.", markup=False)


@witness.command()
@click.argument("number", type=click.IntRange(0))
@home_option
@refusing
def quorum(number: int, home: Path | None) -> None:
    """NUMBER witnesses must have signed each log; where they have not for 24 hours, exports stop. 0: none."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import witnesses
    from commonroll.server.actor import Actor

    witnesses.set_quorum(number=number, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{number} witnesses must have signed." if number else "No witness must have signed.")


@witness.command()
@home_option
@refusing
def ask(home: Path | None) -> None:
    """Show every log to its witnesses now; the site does so by itself."""
    found = use(home)
    from commonroll.server import startup, witnessing

    startup.fold(found)
    stdout.print(f"{witnessing.run(found)} signatures came.")


@witness.command("list")
@home_option
@json_option
@refusing
def list_witnesses(home: Path | None, as_json: bool) -> None:
    """How far each witness has signed each log, and which do not."""
    found = use(home)
    from commonroll.server.actions import witnesses

    rows = [
        {"log": line.log, "entries": line.size, "witness": cell.witness.name, "signed": cell.size,
         "at": cell.at.isoformat(timespec="seconds") if cell.at else None, "stands": cell.stands,
         "said": cell.said, "log_key": line.vkey}
        for line in witnesses.standing(home=found) for cell in line.cells
    ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    head = ["log", "entries", "witness", "signed", "at", "", "said"]
    shown = [[r["log"], r["entries"], r["witness"], r["signed"], r["at"] or "never", r["stands"], r["said"]]
             for r in rows]  # fmt: skip
    say_table("", head, shown) if rows else stdout.print("No witness watches the logs.")


@witness.command()
@click.argument("log", metavar="MEMBER")
@click.option("--with", "recipient", default="", metavar="MEMBER", help="The recipient of what is receipted.")
@home_option
@refusing
def policy(log: str, recipient: str, home: Path | None) -> None:
    """Print the policy file by which receipts of MEMBER's log are checked anywhere."""
    found = use(home)
    from commonroll.server.actions import federation, witnesses

    for key in filter(None, (log if log != federation.FEDERATION_LOG else "", recipient)):
        federation.member(key)
    click.echo(witnesses.policy(home=found, log=log, recipient=recipient), nl=False)
