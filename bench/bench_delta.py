"""Delta Sharing: the real client reads a table from the site, and the same bytes from a plain static server.

Both run under the same web server on this machine. The first reading cuts the files; the refresh fetches what
changed, one row of a hundred, and cuts anew. A receipt costs the same for any size, so fewer `--rows` than
5 million have a larger ratio.
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
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

ROWS, TIMES, BAR = 5_000_000, 3, 1.3
SECRET = "only for the bench"
SITE, STATIC = 8461, 8462
TABLE = "oh_to_natl.gotv.voters"
COLUMNS = (
    "state_voter_id", "first_name", "last_name", "birth_year", "status", "party", "county_fips", "precinct",
    "congressional_district", "state_house_district",
)  # fmt: skip
GIVEN = {
    "member": "'oh'", "state": "'OH'", "state_voter_id": "'OH' || (1000000000 + i)", "status": "'active'",
    "first_name": "'NAME' || (hash(i) % 4000)", "last_name": "'FAMILY' || (hash(i + 1) % 90000 + moved)",
    "birth_year": "1930 + hash(i + 2) % 75", "party": "['DEM', 'REP', 'NPA'][(1 + hash(i + 3) % 3)::BIGINT]",
    "county_fips": "'39' || lpad(((hash(i + 4) % 88) * 2 + 1)::VARCHAR, 3, '0')",
    "precinct": "'P' || (hash(i + 5) % 9000)", "congressional_district": "(1 + hash(i + 6) % 15)::VARCHAR",
    "state_house_district": "(1 + hash(i + 7) % 99)::VARCHAR", "confidential": "false",
    "shown_from": "DATE '2000-01-01'", "listed_from": "DATE '2000-01-01'", "source_file": "'invented.csv'",
    "source_line": "i",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ |= {"COMMONROLL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonroll.server.settings"}
        import django

        django.setup()
        profile = begin(Path(folder), rows)
        with_site = [sys.executable, "-m", "commonroll.cli", "serve", "--port", str(SITE)]
        site = subprocess.Popen(with_site, env=os.environ.copy())
        try:
            wait(SITE)
            measure(Path(folder), profile, rows)
        finally:
            site.terminate()
            site.wait(30)


def measure(folder: Path, profile: Path, rows: int) -> None:
    import delta_sharing

    def read(of: Path) -> Callable[[], Any]:
        return lambda: delta_sharing.load_as_pandas(f"{of}#{TABLE}", use_delta_format=False)

    cold = timed(read(profile), rows)
    with_static = copied(folder, profile)
    static = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(STATIC),
         "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
         "bench_delta:plain"],
        env=os.environ | {"STATIC_FOLDER": str(with_static), "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=Path(__file__).parent,
    )  # fmt: skip
    try:
        wait(STATIC)
        # in turn, so that whatever else runs here slows both
        there = read(with_static / "static.share")
        took = [(timed(read(profile), rows), timed(there, rows)) for _ in range(TIMES)]
    finally:
        static.terminate()
        static.wait(30)
    warm, reference = (statistics.median(each) for each in zip(*took, strict=True))
    changed = publish(rows, moved=True)
    began = time.perf_counter()
    news = delta_sharing.load_table_changes_as_pandas(f"{profile}#{TABLE}", starting_version=2)
    refreshed = time.perf_counter() - began
    assert len(news) == changed, (len(news), changed)
    say(f"Delta Sharing of {rows:,} rows x {len(COLUMNS)} columns", warm, reference, BAR)
    say("the first reading of it, with the cut", cold, reference, None)
    say(f"a refresh after {changed:,} rows changed, with the cut", refreshed, cold, None)


def say(name: str, seconds: float, reference: float, bar: float | None) -> None:
    ratio = seconds / reference
    print(
        json.dumps(
            {
                "name": name, "seconds": round(seconds, 3), "reference_seconds": round(reference, 3),
                "ratio": round(ratio, 2), "bar": f"at most {bar} x a static server" if bar else "",
                "ok": bar is None or ratio <= bar,
            }
        ),
        flush=True,
    )  # fmt: skip


def timed(read: Callable[[], Any], rows: int) -> float:
    """Seconds of one reading."""
    began = time.perf_counter()
    frame = read()
    took = time.perf_counter() - began
    assert len(frame) == rows
    return took


# The site


def begin(folder: Path, rows: int) -> Path:
    """A federation of one owner and one reader, the roll and the agreement; the reader's profile."""
    from django.conf import settings

    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation, share_profiles, statements
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor

    by, home = Actor.command_line(), settings.HOME
    home.create()
    startup.migrate()
    federation.begin(home=home, name="Bench", origin="bench.commonroll.invalid", by=by)
    for key, kind, state in (("oh", "state", "OH"), ("natl", "national", "")):
        federation.add_member(home=home, key=key, name=key, kind=kind, state=state, passphrase=SECRET, by=by)
    publish(rows, moved=False)
    owner, reader = federation.member("oh"), federation.member("natl")
    statements.make_statement(home=home, member=owner, passphrase=SECRET, by=by)
    now = datetime.now(UTC).replace(microsecond=0)
    wished = Wishes(["gotv"], ["count", "export"], COLUMNS, now, now + timedelta(days=9), export_free=True)
    text = agreements.draft(owner=owner, recipient=reader, wishes=wished, by=by)
    for party in (owner, reader):
        text = agreements.sign(home=home, agreement=text, member=party, passphrase=SECRET, by=by)
    _, file = share_profiles.create(
        of=reader, number=text.number, endpoint=f"http://127.0.0.1:{SITE}/sharing", by=by
    )
    startup.fold(home)
    path = folder / "natl.share"
    path.write_text(json.dumps(file))
    return path


def publish(rows: int, *, moved: bool) -> int:
    """The roll as the vault's next snapshot; with `moved` one row of a hundred has another last name."""
    from django.conf import settings

    from commonroll.roll.engine import engine
    from commonroll.roll.schema import VOTERS
    from commonroll.roll.vault.vault import Vault

    vault = Vault(settings.HOME.vaults, "oh")
    vault.mark_sample()
    path, types = (
        vault.stage(VOTERS.name),
        {"string": "VARCHAR", "int16": "SMALLINT", "int64": "BIGINT", "bool": "BOOLEAN"},
    )
    columns = ", ".join(
        f'({GIVEN.get(name, "NULL")})::{types.get(VOTERS[name].type, VOTERS[name].type)} AS "{name}"'
        for name in VOTERS.names
    )
    with engine() as con:
        con.execute(
            f"COPY (SELECT {columns} FROM (SELECT i, if($moved AND i % 100 = 0, 1, 0) AS moved "
            f"FROM range($rows) AS r(i)) ORDER BY i) TO '{path}' (FORMAT parquet, COMPRESSION zstd)",
            {"rows": rows, "moved": moved},
        ).fetchall()
    head = vault.current()
    vault.publish(
        {VOTERS.name: [path]}, parent=head.number if head else None, load=f"load-{moved}", state="OH",
        layouts=[], now=datetime.now(UTC),
    )  # fmt: skip
    return rows // 100


# The static server


def copied(folder: Path, profile: Path) -> Path:
    """What the site answers and its files, as a static server has them, and a profile that reads there."""
    to = folder / "static"
    to.mkdir()
    said = json.loads(profile.read_text())
    address = f"{said['endpoint']}/shares/oh_to_natl/schemas/gotv/tables/voters/query"
    request = urllib.request.Request(
        address, b"{}", {"Authorization": f"Bearer {said['bearerToken']}", "Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        lines = [json.loads(line) for line in answer.read().splitlines()]
    for line in lines[2:]:
        name = f"{line['file']['id']}.parquet"
        with urllib.request.urlopen(line["file"]["url"]) as file:
            (to / name).write_bytes(file.read())
        line["file"]["url"] = f"http://127.0.0.1:{STATIC}/{name}"
    (to / "query").write_text("".join(json.dumps(line) + "\n" for line in lines))
    there = said | {"endpoint": f"http://127.0.0.1:{STATIC}/sharing"}
    (to / "static.share").write_text(json.dumps(there))
    return to


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A static server: files with ranges, one answer for the table; it asks for nothing and notes nothing."""
    folder = Path(os.environ["STATIC_FOLDER"])
    name = environ["PATH_INFO"].rpartition("/")[2]
    path = folder / name
    if not path.is_file():
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    size = path.stat().st_size
    asked = environ.get("HTTP_RANGE", "")
    first, last = 0, size - 1
    if asked:
        start, _, end = asked.removeprefix("bytes=").partition("-")
        first = int(start) if start else size - int(end)
        last = min(int(end), size - 1) if start and end else size - 1
    headers = [("Content-Length", str(last - first + 1)), ("Accept-Ranges", "bytes")]
    headers += [("Delta-Table-Version", "1"), ("Content-Type", "application/octet-stream")]
    headers += [("Content-Range", f"bytes {first}-{last}/{size}")] if asked else []
    start_response("206 Partial Content" if asked else "200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else _pieces(path, first, last - first + 1)


def _pieces(path: Path, first: int, left: int) -> Iterable[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while left and (piece := file.read(min(1 << 20, left))):
            left -= len(piece)
            yield piece


def wait(port: int) -> None:
    """Until the server answers anything."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server does not answer")


if __name__ == "__main__":
    main()
