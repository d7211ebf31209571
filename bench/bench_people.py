"""People over the VAN-compatible API, through the site as it is served: 10M voters of four owners.

50 requests a second for a minute, sent when they are due (people_client.py), of `GET people/{vanId}` and then
of `POST people/find`. Bars of the specification: 95 of 100 under 25 ms and under 60 ms, and no error. The
voters are made anew unless `--home` names a folder that has them. CPU is the site's: its web server's
process, and the sequencer's and worker's beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

VOTERS, RATE, SECONDS, PORT = 10_000_000, 50.0, 60.0, 8463
BARS = {"get": 25.0, "find": 60.0}
NAMES = {"get": "GET people/{vanId}", "find": "POST people/find"}
FINE = {"200", "404"}
"""404 is whoever may not be seen, and a candidate whom two voters meet."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, default=VOTERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="people-") as folder:
        home = given.home or Path(folder) / "home"
        os.environ |= {"COMMONROLL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonroll.server.settings"}
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
        if not (home / "asked.json").exists():
            made = "import django; django.setup(); import people_world; people_world.build(%d)"
            subprocess.run([sys.executable, "-c", made % given.voters], check=True)
        site = subprocess.Popen([sys.executable, "-m", "commonroll.cli", "serve", "--port", str(PORT)])
        try:
            wait()
            met = [measure(home, kind, given, site.pid) for kind in BARS]
            return 0 if all(met) else 1
        finally:
            site.terminate()
            site.wait(30)


def measure(home: Path, kind: str, given: argparse.Namespace, site: int) -> bool:
    client(home, kind, 20, 5)  # what a process reads once
    before = cpu(site)
    told = client(home, kind, given.rate, given.seconds)
    web, beside = (after - was for after, was in zip(cpu(site), before, strict=True))
    ms, sent = told["ms"], len(told["ms"]) + len(told["failed"])
    errors = len(told["failed"]) + sum(n for status, n in told["statuses"].items() if status not in FINE)
    slow = percentile(ms, 95)
    line = {
        "name": f"{NAMES[kind]} at {given.rate:g}/s, p95 of {sent:,}, {given.voters:,} voters",
        "seconds": round(slow / 1000, 4), "bar": f"< {BARS[kind]:g} ms, no error",
        "ok": slow < BARS[kind] and not errors, "p50_ms": statistics.median(ms), "p99_ms": percentile(ms, 99),
        "most_ms": ms[-1], "errors": errors, "statuses": told["statuses"],
        "web_cpu_ms_a_request": round(1000 * web / sent, 2),
        "beside_cpu_ms_a_request": round(1000 * beside / sent, 2),
        "client_cpu_ms_a_request": round(1000 * told["cpu"] / sent, 2), "load": os.getloadavg()[0],
    }  # fmt: skip
    print(json.dumps(line), flush=True)
    print(f"p50 {line['p50_ms']} p95 {slow} p99 {line['p99_ms']} ms; errors {errors} {told['failed']}",
          file=sys.stderr)  # fmt: skip
    return bool(line["ok"])


def percentile(values: list[float], of: int) -> float:
    return values[min(len(values) - 1, len(values) * of // 100)]


def client(home: Path, kind: str, rate: float, seconds: float) -> Any:
    command = [sys.executable, str(HERE / "people_client.py"), str(home / "asked.json"), str(PORT), kind]
    done = subprocess.run([*command, str(rate), str(seconds)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def cpu(site: int) -> tuple[float, float]:
    """CPU seconds of the web server, and of all else that the site's process runs."""
    web = beside = 0.0
    for process in [site, *descendants(site)]:
        try:
            said = Path(f"/proc/{process}/cmdline").read_bytes()
            times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        took = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
        if b"granian" in said:
            web += took
        else:
            beside += took
    return web, beside


def descendants(process: int) -> list[int]:
    children: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        children += map(int, task.read_text().split())
    return [*children, *(each for child in children for each in descendants(child))]


def wait() -> None:
    """Until the site answers anything."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v4/people/1", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the site does not answer")


if __name__ == "__main__":
    sys.exit(main())
