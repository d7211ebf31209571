"""Two campaigns in one race, Rivera and Stone, to both of which Ohio lends its voters: what each of them has,
what Rivera does, and every request that Stone can make."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import click
from click.testing import CliRunner
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from doorstep import hand, turf_of, voter
from row_security_rows import of_one
from test_endpoints import TABLE, Page
from van_client import ask
from walked import OHIO, TEN, place
from world import BACKEND, MACHINE, PASSPHRASE, PASSWORD, World, address, agree, shared_columns

from commonroll.cli import main
from commonroll.server.actions import (
    call_keeping,
    canvassing,
    federation,
    folding,
    gatherings,
    hand_outs,
    keys,
    list_folders,
    lists,
    questions,
    scripts,
    share_profiles,
    turf,
    universes,
    vocabulary,
)
from commonroll.server.models import CallList, CallPerson, CallRecord, Journal, Member, Role, User
from commonroll.server.van import routes

WORD = "ZEBRAFINCH"
"""Stands in every name, text and answer of Rivera's, and in nothing else."""

ADDRESS = ("voters.residence_line1", "voters.residence_city", "voters.residence_zip5")
MODES = ["count", "view", "export", "contact"]


@dataclass(frozen=True)
class Rival:
    """A campaign: its member, its key for programs, its token for shares."""

    member: Member
    key: str
    share: str


def race(world: World) -> Rival:
    """Stone, which deals with Ohio as Rivera does."""
    place(world)
    stone = federation.add_member(
        home=world.home, key="stone", name="Stone", kind="campaign", state="", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    Role.objects.create(
        user=User.objects.enrol(address("beth"), PASSWORD), member=stone, name=Role.Name.OWNER
    )
    terms = {key: agree("oh", key, modes=MODES, columns=[*shared_columns(), *ADDRESS])
             for key in ("rivera", "stone")}  # fmt: skip
    _, file = share_profiles.create(
        of=stone, number=terms["stone"].number, endpoint="https://roll.example/sharing", by=MACHINE
    )
    scopes = ("ask", "answers")
    text = keys.create(of=stone, purpose="gotv", scopes=scopes, note="x", by=MACHINE)[1]
    vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    return Rival(stone, text, file["bearerToken"])


def has(world: World, member: Member, word: str) -> dict[str, Any]:
    """A thing of each kind that a campaign makes, by the words that stand for them in addresses."""
    home, mine = world.home, {"member": member, "by": MACHINE}
    where = f"{OHIO} AND last_name <> '{word}'"
    kept = universes.save(name=word, purpose="gotv", where=where, **mine)
    folder = list_folders.make(name=word, **mine)
    listed = lists.make(home=home, name=word, purpose="gotv", where=where, **mine)
    said = scripts.make(name=word, **mine)
    scripts.publish(script=said, by=MACHINE)
    cut = turf.cut(home=home, name=word, purpose="gotv", where=OHIO, size=TEN, **mine)
    given, code = hand_outs.give(home=home, turf=hand_outs.turf_of(cut, 1), walker=word, by=MACHINE)
    got = hand_outs.claim(home=home, code=code, address=None)
    event = gatherings.make(
        name=word, kind=1, day=date(2026, 11, 1), shifts=["10:00-12:00 Morning"], place=word, **mine
    )
    gatherings.sign_up(
        home=home, event=event, name=f"Ada {word}", email=f"{word.lower()}@example.org",
        shift=event.shifts.get().pk, by=MACHINE,
    )  # fmt: skip
    out = questions.export(
        home=home, viewer=member, purpose="gotv", where=where, columns=("state_voter_id",), format="csv",
        by=MACHINE,
    )  # fmt: skip
    calling = CallList.objects.create(
        member=member, name=word, purpose="gotv", by=word, made_at=cut.made_at, where=where
    )
    return {
        "universe": kept.pk, "folder": folder.pk, "saved": listed.pk, "script": said.pk, "n": 1,
        "cut": cut.pk, "hand_out": given.pk, "event": event.pk, "calls": calling.pk, "extract": out.pk,
        "token": got.token,
    }  # fmt: skip


def works(world: World, member: Member) -> dict[str, Any]:
    """All that Rivera does: a row of each kind that is walled, and calls on Ohio's voters by every way."""
    list(of_one(member))
    Journal.objects.filter(leaf_id=f"own-{member.key}").delete()  # no leaf that a log can hold
    things = has(world, member, WORD)
    oakwood = turf_of(member, world.member("oh"), name=f"{WORD} again")
    _walks(world, oakwood)
    _calls(world, member, things["calls"], oakwood)
    _programs(world, member, voter(oakwood, "p3"))
    questions.count(
        home=world.home, viewer=member, purpose="gotv", where=f"{OHIO} AND last_name = '{WORD}'", by=MACHINE
    )
    return things


def _walks(world: World, at: Any) -> None:
    phone = hand(at, WORD)
    said = phone.said(
        phone.event("attempt", value={"result": "talked"}), phone.event("answer"),
        phone.event("attempt", household="h2"), phone.event("note", value={"text": WORD}),
        phone.event("building_note", value={"text": WORD}),
        phone.event("person_added", value={"name": WORD}),
        phone.event("correction", value={"field": "first_name", "is": WORD}),
    )  # fmt: skip
    assert {status for status, _ in said} == {"ok"}
    folding.run(world.home)


def _calls(world: World, member: Member, number: int, at: Any) -> None:
    calling = CallList.objects.get(pk=number)
    behind = at.households.get(key="h3").people.first()
    called = CallPerson.objects.create(
        call_list=calling, key="BCDFK", owner=behind.owner, number=behind.number, place=1
    )
    CallRecord.objects.create(
        call_list=calling, person=called, ending="talked", caller=WORD, at=calling.made_at,
        received_at=calling.made_at, answers=[{"question": WORD.lower(), "answer": WORD.lower()}],
    )  # fmt: skip
    assert call_keeping.keep(home=world.home, of=calling, before=timezone.now(), by=MACHINE) == 1


def _programs(world: World, member: Member, state_id: str) -> None:
    """A note, a code, a score of a program of Rivera's about a voter of Ohio's."""
    key = keys.create(of=member, purpose="gotv", scopes=("ask", "answers"), note=WORD, by=MACHINE)[1]
    code = canvassing.make_code(of=member, name=WORD, by=MACHINE)
    whom = f"people/StateFileID:{state_id}"
    sent = [
        ask(key, "POST", f"{whom}/notes", {"text": WORD, "isViewRestricted": "false"}),
        ask(key, "POST", f"{whom}/canvassResponses", {
            "canvassContext": {"contactTypeId": 2}, "resultCodeId": None,
            "responses": [{"type": "activistCode", "activistCodeId": code.pk, "action": "Apply"}],
        }),
        ask(key, "POST", f"{whom}/canvassResponses", {"resultCodeId": 1}),
        ask(key, "POST", "codes", {"name": WORD, "codeType": "Tag", "supportedEntities": []}, mode="|1"),
    ]  # fmt: skip
    assert {one.status_code // 100 for one in sent} == {2}, [one.content[:300] for one in sent]


# Every request of Stone's


def requests(things: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every address of the table, for the things named: its method, path and form."""
    for name, row in TABLE.items():
        if name.startswith(("account_", "mfa_")) or name in ("van", "delta"):
            continue
        path = _path(name, things)
        if isinstance(row, Page):
            yield "GET", path + row.query, {}
        else:
            yield "POST", path, dict(row.form)


KNOWN = {"log": "oh", "file": "checkpoint", "what": "back", "code": "governor"}


def _path(name: str, things: Mapping[str, Any]) -> str:
    """Where no thing stands for a word of the path: one of Ohio's or of nobody, of the word's kind."""
    possibilities, _, _, kinds = get_resolver().reverse_dict.getlist(name)[0]
    spare = {"IntConverter": 1, "UUIDConverter": things["extract"]}
    given = {
        word: things.get(word, KNOWN.get(word, spare.get(type(kinds.get(word)).__name__, "made-up")))
        for word in possibilities[0][1]
    }
    if "pk" in given:
        given["pk"] = things[_whose(name)]
    return reverse(name, kwargs=given)


def _whose(name: str) -> str:
    if name in ("turf_out_act", "turf_paper") or name.startswith("turf_paper_"):
        return "cut" if name == "turf_paper_make" else "hand_out"
    return {"turf": "cut", "call": "calls"}.get(name.split("_")[0], "event")


QUESTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "search", {"q": WORD[:6]}),
    ("GET", "rows", {"where": OHIO, "columns": "state_voter_id,responses.question,responses.answer"}),
    ("GET", "universe", {"where": "contacted_since('2020-01-01')", "down": "state"}),
    ("POST", "universe_live", {"where": "contacted_since('2020-01-01')"}),
    ("POST", "universe_live", {"where": "NOT contacted_since('2020-01-01')"}),
    ("POST", "universe_live", {"where": "answered('support_gov')"}),
    ("POST", "universe_live", {"where": "said('governor')"}),
    ("POST", "universe_counts", {"where": OHIO, "down": "status"}),
    ("POST", "find", {"q": WORD[:6].lower()}),
    ("POST", "vocabulary_results", {}),
)
"""What else to ask at addresses whose one form in the table asks for little."""


def answers(world: World, person: str, things: list[Mapping[str, Any]]) -> dict[str, str]:
    """What somebody gets from every address, for each of these things; what a request changes is undone."""
    client = Client(raise_request_exception=False)
    client.force_login(world.user(person), backend=BACKEND)
    client.post(reverse("purpose"), {"purpose": "gotv"})
    all_ = {(method, path): form for known in things for method, path, form in requests(known)}
    found = {f"{method} {path}": undone(client, method, path, form) for (method, path), form in all_.items()}
    for method, name, form in QUESTIONS:
        path = _path(name, things[0])
        found[f"{method} {name} {form}"] = undone(client, method, path, form)
    return found


def undone(client: Client, method: str, path: str, form: Mapping[str, str]) -> str:
    with transaction.atomic():
        send = client.get if method == "GET" else client.post
        said = text_of(send(path, dict(form)) if form else send(path))
        transaction.set_rollback(True)
    return said


def phone(token: str) -> dict[str, str]:
    """What the phone of a walker gets."""
    return {
        f"phone {path}": sent(f"/api/field/{path}", token, asked)
        for path, asked in (("bundle", {}), ("events?after=0", None), ("flags", None))
    }


def programs(rival: Rival, ids: list[int], people: list[str]) -> dict[str, str]:
    """What the rival's programs get: every GET of /v4/ with these numbers and people, /api/ and /sharing/."""
    found = {}
    for route in (one for one in routes.table() if one.method == "GET" and one.served):
        for path in _paths(route.path, ids, people):
            for mode in ("|0", "|1"):
                found[f"v4 {path} {mode}"] = text_of(ask(rival.key, "GET", path, mode=mode))
    for path, asked in (
        ("columns", None), ("vocabulary", None), ("extracts", None),
        ("count", {"where": OHIO}), ("count", {"where": "contacted_since('2020-01-01')"}),
        ("people", {"text": WORD[:6]}), ("results", {"question": "governor"}),
    ):  # fmt: skip
        found[f"api {path} {asked}"] = sent(f"/api/{path}", rival.key, asked)
    at = "/sharing/shares"
    share = json.loads(sent(at, rival.share))["items"][0]["name"]
    tables = json.loads(sent(f"{at}/{share}/all-tables", rival.share))["items"]
    assert tables
    for one in tables:
        table = f"{at}/{share}/schemas/{one['schema']}/tables/{one['name']}"
        for path, asked in (("version", None), ("metadata", None), ("query", {})):
            found[f"{table}/{path}"] = sent(f"{table}/{path}", rival.share, asked)
    return found


def _paths(path: str, ids: list[int], people: list[str]) -> list[str]:
    if "{" not in path:
        return [path]
    words = people if "{vanId}" in path or "{p}" in path else [str(one) for one in ids]
    return [re.sub(r"\{\w+\}", word, path) for word in words]


def sent(path: str, key: str, asked: Any = None) -> str:
    head = {"Authorization": f"Bearer {key}"}
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        if asked is None:
            said = client.get(path, headers=head)
        else:
            said = client.post(path, json.dumps(asked), content_type="application/json", headers=head)
        text = text_of(said)
        transaction.set_rollback(True)
    return text if not path.startswith("/sharing") else text.partition("\n")[2]


def text_of(response: Any) -> str:
    """Status and body; what is another at each asking is taken out: tokens, times, ids of chance."""
    held: HttpResponse = response
    body = b"".join(held) if held.streaming else held.content  # type: ignore[arg-type]
    if held.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return f"{held.status_code}\n{plain(body.decode(errors='replace'))}"


CHANCE = re.compile(
    r"""csrfmiddlewaretoken"[ ]value="[^"]+" | "x-csrftoken":[ ]*"[^"]+"
    | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | \d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?[.\d]*(Z|\+00:00)? | \b\d\d:\d\d(:\d\d)?\b | \b[0-9a-f]{32,64}\b
    | \b1[78]\d{11}\b | [?&]e=\d{10} | [ ]in[ ]\d+\.\d\d[ ]s; | \bage1\w{40,} | AGE-SECRET-KEY-\w+
    | just[ ]now | \b\d+[ ]minutes[ ]ago
    | \b[A-Za-z0-9+/]{43}= | \b[A-Za-z0-9+/]{90,}=*  # a hash of a log, a signature
    """,
    re.VERBOSE | re.IGNORECASE,
)


LENGTH = re.compile(r'"receipt":\d+|"[hp][0-9a-f]{10}"')
"""An index in the owner's log, which grows with every use by whomever (docs/adr/0101); keys of a bundle."""


def plain(text: str) -> str:
    return LENGTH.sub("*", CHANCE.sub("*", text))


# The command line


def leaves(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(group, click.Group):
        for name, one in group.commands.items():
            yield from leaves(one, (*path, name))
    else:
        yield path, group


def lines(member: str, things: Mapping[str, Any]) -> Iterator[list[str]]:
    """Every command that prints JSON and needs no more than a member, a purpose and numbers."""
    known = {
        "member_key": member, "purpose": "gotv", "question": "governor", "column": "party",
        "election": "2026-11-03", "name": member,
    }  # fmt: skip
    numbers = {"list": "saved", "turf": "cut"}
    writes = {
        "doctor",  # for whoever runs the node: it counts what is in every member's log
        "leave",
        "load",
        "retain",
        "redact",
        "geocode",
        "make",
        "fold",
        "create",
        "code",
        "score",
        "change-key",  # each time another key
        "secrets",  # for whoever runs the node
        "cut",
        "decisions",  # of its own: each asking is among them
    }
    for path, one in leaves(main):
        needed = [each for each in one.params if each.required]
        if not any(each.name == "as_json" for each in one.params) or writes & set(path):
            continue
        given = known | ({"number": str(things[numbers[path[0]]])} if path[0] in numbers else {})
        if all(each.name in given for each in needed):
            words = list(path)
            for each in needed:
                flag = [] if each.param_type_name == "argument" else [each.opts[0]]
                words += [*flag, given[str(each.name)]]
            yield [*words, "--json"]


def shell(world: World, things: list[Mapping[str, Any]], member: str) -> dict[str, str]:
    found = {}
    for words in {" ".join(line): line for known in things for line in lines(member, known)}.values():
        with transaction.atomic():
            said = CliRunner().invoke(main, [*words, "--home", str(world.home.path)])
            transaction.set_rollback(True)
        found[" ".join(words)] = f"{said.exit_code}\n{plain(said.output)}"
    return found
