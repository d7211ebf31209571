"""One process of the site on PostgreSQL, which looks through the wall from every side and says what it saw.

`row_security_site.py SERVING OWNER SUPERUSER`: three addresses of one empty database. The answer is one JSON
document; `test_row_security` reads it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"], SUPERUSER = sys.argv[1:]

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from row_security_rows import everything  # noqa: E402

from commonroll.errors import Refusal  # noqa: E402
from commonroll.server import field_keys, models, policies, startup, wall  # noqa: E402
from commonroll.server.actions import hand_outs  # noqa: E402
from commonroll.server.database import as_owner, postgres  # noqa: E402
from commonroll.server.models import Agreement, Load, Member, Role, User  # noqa: E402
from commonroll.server.models.walled import WALLED  # noqa: E402

PEOPLE = {"alice": "oh", "walter": "wa", "bob": "national", "charlie": "rivera"}
Seen = dict[str, list[str]]


def seen() -> Seen:
    """Every row of every walled model that comes when nothing is filtered."""
    return {
        name: sorted(str(pk) for pk in getattr(models, name).objects.values_list("pk", flat=True))
        for name in WALLED
    }


def loads() -> list[str]:
    return sorted(Load.objects.values_list("member__key", flat=True))


# Pages that ask for everything


def all_rows(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"seen": seen(), "pid": _pid()})


def fails(request: HttpRequest) -> HttpResponse:
    """A page that asks in a transaction and then goes wrong there, once by the database's own word."""
    with transaction.atomic():
        list(Load.objects.all())
        if request.GET.get("by") == "database":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        raise RuntimeError


def piece_by_piece(request: HttpRequest) -> HttpResponse:
    """Asks while the answer leaves, when the page has returned long since."""
    return StreamingHttpResponse(",".join(loads()) + ";" for _ in range(2))


def by_cursor(request: HttpRequest) -> HttpResponse:
    """Rows by a cursor of the server's, inside a transaction and outside."""
    outside = sorted(Load.objects.values_list("member__key", flat=True).iterator(1))
    with transaction.atomic():
        inside = sorted(Load.objects.values_list("member__key", flat=True).iterator(1))
    return JsonResponse([outside, inside], safe=False)


def changes(request: HttpRequest) -> HttpResponse:
    """What comes of writing for others: rows changed and deleted, and the refusals of the database."""
    touched = Load.objects.exclude(member__key="rivera").update(stage="mine now")
    gone, _ = models.SavedUniverse.objects.exclude(member__key="rivera").delete()
    said = [_refused(lambda: Load.objects.create(member=Member.objects.get(key="oh"), by="x"))]
    mine = Load.objects.get(member__key="rivera")
    mine.member = Member.objects.get(key="oh")
    said += [_refused(mine.save), _refused(lambda: _run("DELETE FROM server_journal"))]
    return JsonResponse([touched, gone, *said], safe=False)


def _refused(act: Callable[[], Any]) -> str:
    try:
        with transaction.atomic():
            return f"done: {act()}"
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", ""))


def _run(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def _pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


urlpatterns = [path(page.__name__, page) for page in (all_rows, fails, piece_by_piece, by_cursor, changes)]


# What is looked at


def build() -> dict[str, Any]:
    """Members, people and rows, made by the node; whose each row is, by model and key."""
    with wall.node():
        models.Federation.objects.create(name="Walled", origin="test.commonroll.invalid")
        for person, key in PEOPLE.items():
            kind, state = ("state", key.upper()) if len(key) == 2 else ("campaign", "")
            member = Member.objects.create(
                key=key, name=key, kind=kind, state=state, log_vkey="x", reader="x"
            )
            user = User.objects.enrol(f"{person}@example.org")
            Role.objects.create(user=user, member=member, name=Role.Name.OWNER)
        User.objects.enrol("nobody@example.org")
        return [[type(row).__name__, str(row.pk), sorted(whose)] for row, whose in everything()]


def client(person: str | None) -> Client:
    made = Client(raise_request_exception=False)
    if person is not None:
        user = User.objects.get(email=f"{person}@example.org")
        made.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made


@override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"])
def through_requests() -> dict[str, Any]:
    """Each person's question for everything, one after the other on one connection, failures between."""
    people = {person: client(person) for person in (*PEOPLE, "nobody", None)}
    found: dict[str, Any] = {"seen": {}, "after": {}, "pids": set()}
    for person, browser in people.items():
        answer = browser.get("/all_rows").json()
        found["seen"][str(person)] = answer["seen"]
        found["pids"].add(answer["pid"])
    for by in ("page", "database"):
        failed = people["bob"].get(f"/fails?by={by}").status_code
        nobody, charlie = (people[who].get("/all_rows").json() for who in (None, "charlie"))
        found["after"][by] = [failed, nobody["seen"], charlie["seen"]["Load"]]
        found["pids"] |= {nobody["pid"], charlie["pid"]}
    found["pids"] = len(found["pids"])
    streamed = people["charlie"].get("/piece_by_piece")
    found["left on the connection"] = loads()
    found["streamed"] = b"".join(streamed.streaming_content).decode()  # type: ignore[attr-defined]
    found["cursor"] = people["charlie"].get("/by_cursor").json()
    found["changes"] = people["charlie"].get("/changes").json()
    return found


def blocks() -> dict[str, Any]:
    """Blocks in blocks, savepoints that go back, another thread, a key that is none."""
    found: dict[str, Any] = {"outside": loads()}
    with wall.acting("oh"), transaction.atomic():
        with wall.node():
            found["node inside a member's transaction"] = len(loads())
        found["the member again"] = loads()
    with wall.node(), transaction.atomic():
        loads()
        with wall.acting("oh"):
            _gone_back(loads)
            found["a member after a savepoint went back to the node"] = loads()
    with wall.acting("oh"), transaction.atomic():
        loads()
        with wall.node():
            _gone_back(loads)
        found["a member after the node's savepoint went back"] = loads()
        with wall.acting(None):
            found["nobody in a member's transaction"] = loads()
    with wall.acting("oh"):
        found["another thread"] = _in_threads(loads, 1)
        proposals = Agreement.objects.count(), models.Proposal.objects.count(), len(loads())
        found["proposals, then loads"] = proposals
    try:
        with wall.acting("oh' OR true"):
            pass
    except ValueError:
        found["no key"] = "refused"
    return found


def _gone_back(act: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            act()
            raise RuntimeError
    except RuntimeError:
        return


def claims() -> list[str]:
    """What eight phones get that bring one code at once."""
    with wall.node():
        given = models.HandOut.objects.filter(member__key="oh").latest("pk")
        later = timezone.now() + timedelta(hours=1)
        given.code_hash, given.code_until = field_keys.code_hash(settings.HOME, "BCDFGHJK"), later
        given.ends_at = later
        given.save()
        models.TurfCut.objects.filter(pk=given.turf.cut_id).update(folder="here")
    ready = threading.Barrier(8)

    def bring() -> list[str]:
        ready.wait(20)
        try:
            got = hand_outs.claim(home=settings.HOME, code="bcdf-ghjk", address="192.0.2.7")
        except Refusal as refusal:
            return [type(refusal).__name__]
        return ["claimed" if hand_outs.of_token(got.token) else "lost"]

    return _in_threads(bring, 8)


def _in_threads(ask: Callable[[], list[str]], many: int) -> list[str]:
    found: list[str] = []

    def run() -> None:
        found.extend(ask())
        connection.close()

    asking = [threading.Thread(target=run) for _ in range(many)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    return found


def standing() -> Iterator[tuple[str, Any]]:
    """How the wall stands for each role, and that it is mended by migrating."""
    for role, used in (
        ("serving", None),
        ("owner", settings.OWNER_DATABASE),
        ("superuser", postgres(SUPERUSER)),
    ):
        with as_owner(used):
            yield role, policies.weakness()
    yield "serving takes it off", _refused(lambda: _run("ALTER TABLE server_load DISABLE ROW LEVEL SECURITY"))
    yield "serving empties", _refused(lambda: _run("TRUNCATE server_load CASCADE"))
    yield "nothing to do", policies.build()
    with as_owner(settings.OWNER_DATABASE):
        _run("ALTER TABLE server_load NO FORCE ROW LEVEL SECURITY")
        yield "the owner without FORCE sees", len(loads())
        _run("DROP POLICY commonroll ON server_agreement")
    yield "taken off", policies.weakness()
    startup.migrate()
    yield "mended", policies.weakness()
    with as_owner(settings.OWNER_DATABASE):
        yield "the owner sees", len(loads())
        yield "views", _run("SELECT FROM pg_views WHERE schemaname = current_schema()")


startup.migrate()
truth = build()
print(  # noqa: T201
    json.dumps({
        "truth": truth, "requests": through_requests(), "blocks": blocks(), "standing": dict(standing()),
        "claims": claims(),
        "home": str(settings.HOME.path),
    })
)  # fmt: skip
