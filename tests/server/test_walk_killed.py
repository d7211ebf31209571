"""The site's own processes are killed while phones send, and while records are folded: nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import commonroll
from commonroll.field import sealing
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault

HERE = Path(__file__).parent
DOORS, BATCH, KILLS = 150, 10, 1
pytestmark = pytest.mark.vault


def environment(home: Path) -> dict[str, str]:
    path = [Path(commonroll.__file__).parents[1], HERE, HERE.parent, HERE.parent / "roll"]
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    kept["PYTHONPATH"] = ":".join(map(str, path))
    return kept | {"COMMONROLL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonroll.server.settings"}


def program(what: str, home: Path) -> str:
    line = [sys.executable, str(HERE / "killed_walk.py"), what, str(home)]
    done = subprocess.run(line, env=environment(home), check=True, timeout=120, stdout=subprocess.PIPE)
    return done.stdout.decode()


@contextmanager
def site(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The web server as `serve` starts it, in a group of its own, which is killed in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    line = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2"]
    line += [
        "--blocking-threads",
        "2",
        "--no-ws",
        "--log-level",
        "error",
        "commonroll.server.wsgi:application",
    ]
    process = subprocess.Popen(line, env=environment(home), start_new_session=True)
    try:
        base = f"http://localhost:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{base}/accounts/login/", timeout=2).close()
                break
            except OSError:
                time.sleep(0.05)
        yield base, process
    finally:
        killed(process)


def killed(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def post(url: str, body: Any, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=10) as reply:
        return json.load(reply)


def recorded(turf: str) -> list[dict[str, Any]]:
    """At every door a knock and an answer."""
    found: list[dict[str, Any]] = []
    begun = datetime.now(UTC) - timedelta(seconds=1)
    for door in range(DOORS):
        for kind, value in (
            ("attempt", {"result": "talked"}), ("answer", {"question": "gov", "answer": str(1 + door % 2)})
        ):  # fmt: skip
            seq = len(found) + 1
            found.append({
                "id": str(uuid.uuid4()), "turf": turf, "rev": 1, "seq": seq, "mono": seq,
                "at": begun.isoformat(),
                "kind": kind, "stop": door, "household": f"h{door}", "person": f"p{door}", "value": value,
                "replaces": None,
            })  # fmt: skip
    return found


def send(base: str, device: Any, batch: list[dict[str, Any]], acks: dict[str, list[str]]) -> None:
    """As a phone: what was not answered for stays in the outbox."""
    try:
        body = {"device": device["device"], "events": batch}
        reply = post(f"{base}/api/field/events", body, device["send_token"])
    except (OSError, ValueError, EOFError):
        return
    for ack in reply["acks"]:
        acks.setdefault(ack["id"], []).append(ack["status"])


def vault_rows(home: Path, table: str) -> list[dict[str, Any]]:
    files = list(Vault(home / "vaults", "nc").event_files(table))
    with closing(engine()) as con:
        return con.execute("FROM read_parquet(?)", [files]).to_arrow_table().to_pylist()


def test_nothing_is_lost_or_doubled_whenever_the_site_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    given = json.loads(program("begin", home))
    acks: dict[str, list[str]] = {}
    device: dict[str, str] = {}
    outbox: list[dict[str, Any]] = []
    for turn in range(KILLS + 1):
        with site(home) as (base, process):
            if not device:
                device = post(f"{base}/api/field/claim", {"code": given["code"]})
                key = sealing.point_of(device["server_key"])
                outbox = [sealing.seal(one, key).as_dict() for one in recorded(given["turf"])]
            waiting = [one for one in outbox if one["id"] not in acks]
            batches = [waiting[at : at + BATCH] for at in range(0, len(waiting), BATCH)]

            with ThreadPoolExecutor(4) as phones:
                sent = [phones.submit(send, base, device, batch, acks) for batch in batches]
                if turn < KILLS:
                    sent[len(sent) // 3].result()  # now others are in the middle of it
                    killed(process)
    assert set(acks) == {one["id"] for one in outbox}
    assert {status for each in acks.values() for status in each} <= {"ok", "dup"}
    with closing(sqlite3.connect(home / "commonroll.sqlite3")) as db:
        (many, different) = db.execute(
            "SELECT count(*), count(DISTINCT event) FROM server_fieldevent"
        ).fetchone()
    assert many == different == len(outbox) == 2 * DOORS
    program("fold", home)
    answers, attempts = vault_rows(home, "responses"), vault_rows(home, "attempts")
    for rows in (answers, attempts):
        assert len(rows) == len({one["event_id"] for one in rows}) == DOORS
        assert len({one["state_voter_id"] for one in rows}) == DOORS
    assert Vault(home / "vaults", "nc").check() == []
    with closing(sqlite3.connect(home / "commonroll.sqlite3")) as db:
        left = "SELECT count(*) FROM server_fieldevent WHERE folded_at IS NULL"
        assert db.execute(left).fetchone() == (0,)
