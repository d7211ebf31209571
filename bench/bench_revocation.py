"""How soon a revocation is seen by other processes under load.

Three processes ask in a loop, one writes some hundred receipts a second. Twenty owners have an agreement each
with one viewer; the time runs from before the revocation is begun to the first answer without it, in the
slowest of the asking processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

OWNERS, ASKERS, REVOKED = 20, 3, 4
BAR_SECONDS = 1.0
SECRET = "only for the bench"


def use(home: str) -> None:
    os.environ["COMMONROLL_HOME"] = home
    os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
    import django

    django.setup()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = f"{folder}/home"
        use(home)
        numbers = begin()
        askers = [start(home, "ask", SECONDS) for _ in range(ASKERS)]
        writer = start(home, "write", SECONDS)
        for process in (*askers, writer):
            assert process.stdout is not None
            process.stdout.readline()
        gone = {}
        for number in numbers[:REVOKED]:
            gone[number] = time.time()
            revoke(number)
            time.sleep(0.5)
        seen = [json.loads(process.communicate(timeout=120)[0]) for process in askers]
        written = json.loads(writer.communicate(timeout=120)[0])
    waits = [found["first"][str(number)] - at for number, at in gone.items() for found in seen]
    print(
        json.dumps(
            {
                "name": "revocation seen by other processes",
                "seconds": round(max(waits), 3),
                "median_seconds": round(sorted(waits)[len(waits) // 2], 3),
                "bar": f"under {BAR_SECONDS:.0f} s",
                "ok": max(waits) < BAR_SECONDS,
                "askers": ASKERS,
                "questions_per_second": round(sum(found["asked"] for found in seen) / float(SECONDS)),
                "receipts_per_second": round(written / float(SECONDS)),
            }
        )
    )


SECONDS = "30"


def start(home: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, *words, home], text=True, stdout=subprocess.PIPE, env=os.environ.copy()
    )


def begin() -> list[int]:
    """A federation of twenty owners and a viewer; the numbers of the agreements in force."""
    from django.conf import settings

    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor

    by, home = Actor.command_line(), settings.HOME
    home.create()
    startup.migrate()
    federation.begin(home=home, name="Bench", origin="bench.commonroll.invalid", by=by)
    members = [(f"o{n}", "state", "OH") for n in range(OWNERS)] + [("natl", "national", "")]
    for key, kind, state in members:
        federation.add_member(home=home, key=key, name=key, kind=kind, state=state, passphrase=SECRET, by=by)
    now = datetime.now(UTC).replace(microsecond=0)
    wished = Wishes(["gotv"], ["count"], ["district"], now, now + timedelta(days=9))
    found = []
    for key, *_ in members[:-1]:
        parties = federation.member(key), federation.member("natl")
        text = agreements.draft(owner=parties[0], recipient=parties[1], wishes=wished, by=by)
        for party in parties:
            text = agreements.sign(home=home, agreement=text, member=party, passphrase=SECRET, by=by)
        found.append(text.number)
    return found


def revoke(number: int) -> None:
    from django.conf import settings

    from commonroll.server.actions import agreement_events, agreements
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    text = agreements.visible(number=number, by=by)
    agreement_events.revoke(
        home=settings.HOME, agreement=text, member=text.owner, cause="safety", passphrase=SECRET, by=by
    )


def ask(seconds: str) -> None:
    """Ask who may be read, again and again; when each agreement was first missing."""
    from commonroll.server.actions.federation import member
    from commonroll.server.permits import grants_in_force

    viewer, until = member("natl"), time.monotonic() + float(seconds)
    first: dict[int, float] = {}
    before: set[int] = set()
    asked = 0
    print("ready", flush=True)
    while time.monotonic() < until:
        now = {grant.number or 0 for grant in grants_in_force(viewer, "gotv", datetime.now(UTC)).values()}
        for number in before - now:
            first.setdefault(number, time.time())
        before, asked = now, asked + 1
    print(json.dumps({"first": first, "asked": asked}))


def write(seconds: str) -> None:
    """Receipts into one log after the other, as counts write them."""
    from django.db import transaction

    from commonroll.server import journal
    from commonroll.server.actions.federation import member

    until, written = time.monotonic() + float(seconds), 0
    print("ready", flush=True)
    while time.monotonic() < until:
        with transaction.atomic():
            journal.operator(member(f"o{written % OWNERS}"), "settings.changed", {"n": str(written)})
        written += 1
        time.sleep(0.005)
    print(json.dumps(written))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        command, span, folder = sys.argv[1:]
        use(folder)
        done: Any = {"ask": ask, "write": write}[command](span)
    else:
        main()
