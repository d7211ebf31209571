"""A list of 10,000 people that 50 callers call: how many numbers a minute it hands out, each to one of them.

Every caller takes the next person as the page does (the person is asked for anew, and the owner's log has
it first), says how the call ended, and takes the next at once, for two minutes or until nobody waits. Bar:
nobody is handed out twice, and the list gives more than 50 numbers a minute: what 50 callers use whose calls
take a minute. Seconds are by the clock; the log is folded beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "tests" / "server"), str(ROOT / "tests")]
PEOPLE, CALLERS, SECONDS = 10_000, 50, 120.0
OBSERVED = date(2026, 10, 1)


def build(people: int) -> Any:
    """Ohio with so many voters whose phones it has, and a list of all of them."""
    import django

    django.setup()
    import pyarrow as pa
    import pyarrow.parquet as pq
    from django.conf import settings

    from commonroll.invented.generate import generate
    from commonroll.roll.schema import FACTS
    from commonroll.roll.vault.bulk import arrow_schema
    from commonroll.server import startup, wall
    from commonroll.server.actions import calls, federation, loads
    from commonroll.server.actor import Actor

    by, home = Actor.command_line(), settings.HOME
    wall.whole_process()
    startup.migrate()
    home.create()
    federation.begin(home=home, name="Bench", origin="bench.commonroll.invalid", by=by)
    ohio = federation.add_member(
        home=home, key="oh", name="Ohio", kind="state", state="OH", passphrase="only for benches", by=by
    )
    files = Path(tempfile.mkdtemp())
    generate(["OH"], people + people // 10 + 50, 7, files)
    held = loads.vault(home, ohio)
    held.mark_sample()
    loads.from_files(home=home, to=ohio, paths=[files / "OH"], accept="quarantine", layout=None, by=by)
    head = held.current()
    voters = pq.read_table(list(held.files(head, "voters")), columns=["state_voter_id"])
    rows = [
        dict.fromkeys(FACTS.names)
        | {"owner": "oh", "state_voter_id": id_, "gathered_by": "oh", "loaded_at": datetime.now(UTC),
           "source": "bench", "licence": "bench", "basis": "contract", "event_id": str(at),
           "attribute": "phone", "value": f"+1614{at:07}", "kind": "bought", "observed_on": OBSERVED}
        for at, id_ in enumerate(voters["state_voter_id"].to_pylist())
    ]  # fmt: skip
    held.append_events("facts", pa.Table.from_pylist(rows, arrow_schema(FACTS)))
    made = calls.make(home=home, member=ohio, name="Reminders", purpose="gotv", by=by)
    first = made.people.values_list("pk", flat=True)[people:]
    made.people.filter(pk__in=list(first)).delete()
    return made


def call(of: Any, number: int, until: float, told: list[tuple[float, int]]) -> None:
    """One caller until the time is over: how long each next number took, and whose it was."""
    from django.conf import settings
    from django.db import connection

    from commonroll.server.actions import call_line, call_records
    from commonroll.server.actor import Actor

    me = Actor(f"caller {number}")
    try:
        while time.monotonic() < until:
            began = time.monotonic()
            line = call_line.next_one(home=settings.HOME, of=of, by=me)
            if line is None:
                return
            told.append((time.monotonic() - began, line.person.pk))
            call_records.record(home=settings.HOME, of=of, key=line.person.key, ending="refused", by=me)
    finally:
        connection.close()


def folding(over: threading.Event) -> None:
    """The sequencer's part: what was written goes into the log."""
    from django.conf import settings
    from django.db import connection

    from commonroll.server import startup

    while not over.wait(0.1):
        startup.fold(settings.HOME)
    connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--callers", type=int, default=CALLERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    home = tempfile.mkdtemp(prefix="calls-")
    os.environ |= {"COMMONROLL_HOME": home, "DJANGO_SETTINGS_MODULE": "commonroll.server.settings"}
    os.environ.pop("DATABASE_URL", None)
    of, told, over = build(given.people), list[tuple[float, int]](), threading.Event()
    began = time.monotonic()
    callers = [
        threading.Thread(target=call, args=(of, one, began + given.seconds, told))
        for one in range(given.callers)
    ]
    sequencer = threading.Thread(target=folding, args=(over,))
    for one in (sequencer, *callers):
        one.start()
    for one in callers:
        one.join()
    seconds = time.monotonic() - began
    over.set()
    sequencer.join()
    took, whose = sorted(wait for wait, _ in told), Counter(pk for _, pk in told)
    once, rate = max(whose.values()) == 1, 60 * len(told) / seconds
    print(
        json.dumps({
            "name": f"numbers of {given.people:,} handed to {given.callers} callers", "handed_out": len(told),
            "seconds": round(seconds, 1), "a_minute": round(rate), "p50_s": round(took[len(took) // 2], 2),
            "p95_s": round(took[int(len(took) * 0.95)], 2), "each_once": once,
            "bar": f"each once, over {given.callers} a minute", "ok": once and rate > given.callers,
        })
    )  # fmt: skip
    return 0 if once and rate > given.callers else 1


if __name__ == "__main__":
    sys.exit(main())
