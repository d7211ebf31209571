"""What a member's package costs: made and read back, and taken in elsewhere, for 200,000 voters.

Seconds are the processor's, of one process each, without its start. They go with the bytes of the vault, so a
vault of 5 million voters takes 25 times as long; the disk needs room for the package once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

VOTERS = 200_000
SECONDS_PER_GIB, LARGER = 25.0, 1.01
SECRET = "only for the bench"
GIB = 1 << 30


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = at(f"{folder}/home", "leave", folder)
        taken = at(f"{folder}/elsewhere", "arrive", folder)
    larger = made["bytes"] / made["vault"]
    said = {"voters": VOTERS, "vault_bytes": made["vault"], "package_bytes": made["bytes"]}
    say("a package is made and read back", made, said | {"larger": round(larger, 4)}, larger <= LARGER)
    say(
        "a member arrives with its package",
        taken,
        {"voters": taken["voters"]},
        taken["voters"] == made["voters"],
    )


def say(name: str, cost: dict[str, float], said: dict[str, float], right: bool) -> None:
    rate = cost["seconds"] / (cost["bytes"] / GIB)
    bar = f"{SECONDS_PER_GIB:.0f} s a GiB"
    ok = right and rate <= SECONDS_PER_GIB
    print(
        json.dumps(
            {
                "name": name,
                "seconds": cost["seconds"],
                "per_gib": round(rate, 1),
                "bar": bar,
                "ok": ok,
                **said,
            }
        )
    )


def at(home: str, work: str, folder: str) -> dict[str, float]:
    """One half of the work, in a process of its own: Django has one home a process."""
    environment = {
        **os.environ,
        "COMMONROLL_HOME": home,
        "DJANGO_SETTINGS_MODULE": "commonroll.server.settings",
    }
    done = subprocess.run(
        [sys.executable, __file__, work, folder],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def begin(origin: str) -> None:
    from django.conf import settings

    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    settings.HOME.create()
    startup.migrate()
    federation.begin(home=settings.HOME, name="Bench", origin=origin, by=Actor.command_line())


def leave(folder: Path) -> dict[str, float]:
    from django.conf import settings

    from commonroll.flow.leaving import age
    from commonroll.invented import generate
    from commonroll.server.actions import federation, leaving, loads
    from commonroll.server.actor import Actor

    by, home = Actor.command_line(), settings.HOME
    begin("bench.commonroll.invalid")
    oh = federation.add_member(
        home=home, key="oh", name="Ohio", kind="state", state="OH", passphrase=SECRET, by=by
    )
    generate(["OH"], VOTERS, 3, folder / "files")
    loads.vault(home, oh).mark_sample()
    files = [folder / "files" / "OH"]
    loads.from_files(home=home, to=oh, paths=files, accept="quarantine", layout=None, by=by)
    identity, recipient = age.new_identity()
    (folder / "key").write_text(identity)
    vault = sum(path.stat().st_size for path in (home.vaults / "oh").rglob("*") if path.is_file())
    began = time.process_time()
    begun = leaving.begin(home=home, of=oh, recipients=[recipient], passphrase=SECRET, by=by)
    done = leaving.run(home=home, leaving=begun, to=folder / "oh.age", by=by)
    return {"seconds": _since(began), "bytes": done.bytes or 0, "vault": vault, "voters": VOTERS}


def arrive(folder: Path) -> dict[str, float]:
    from django.conf import settings

    from commonroll.flow.leaving import age
    from commonroll.roll.vault.vault import Vault
    from commonroll.server.actions import arriving
    from commonroll.server.actor import Actor

    begin("elsewhere.commonroll.invalid")
    file, key = folder / "oh.age", age.Key(((folder / "key").read_text(),))
    began = time.process_time()
    arriving.arrive(home=settings.HOME, file=file, key=key, by=Actor.command_line())
    current = Vault(settings.HOME.vaults, "oh").current()
    return {
        "seconds": _since(began),
        "bytes": file.stat().st_size,
        "voters": current.rows["voters"] if current else 0,
    }


def _since(began: float) -> float:
    return round(time.process_time() - began, 2)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import django

        django.setup()
        print(json.dumps({"leave": leave, "arrive": arrive}[sys.argv[1]](Path(sys.argv[2]))))
