"""The demo's town being walked: a script, turf, three walkers on their way, a turf for the reader's phone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonroll.console import stderr, stdout
from commonroll.errors import Refusal
from commonroll.invented.walk import walk

if TYPE_CHECKING:
    from commonroll.server.home import Home
    from commonroll.server.models import Turf

WALKING = "rivera"
PEOPLE = 900
"""About so many of a town's voters make turf for three walkers and a visitor."""

WALKERS = (("Ada Quince", 1.0, 200), ("Ben Okafor", 0.7, 110), ("Carla Ruiz", 0.4, 60))
"""Who walks, what share of the turf is done, and how many minutes ago it began."""

SENT_AT_ONCE, SENT_AFTER = 3, timedelta(seconds=4)
"""A phone sends what it recorded a few at a time, seconds later."""

MAPPED = date(2026, 1, 1)
"""As of when the demo's map is."""

GUEST = "A visitor"
"""Whose turf the demo's link is."""

SCRIPT: dict[str, Any] = {
    "languages": ["en", "es"],
    "intro": {
        "en": "Hello, I'm a volunteer with Rivera for Ohio. Do you have a minute?",
        "es": "Hola, soy voluntario de Rivera por Ohio. ¿Tiene un minuto?",
    },
    "consent": False,
    "shows": ["age"],
    "start": "support",
    "questions": [
        {"id": "support", "code": "support_rivera", "of": "person", "kind": "one", "next": "issue",
         "text": {"en": "Can Sam Rivera count on your support?",
                  "es": "¿Puede Sam Rivera contar con su apoyo?"},
         "answers": [
             {"answer": "1", "text": {"en": "Strong yes", "es": "Sí, seguro"}, "next": None},
             {"answer": "2", "text": {"en": "Leaning yes", "es": "Más bien sí"}, "next": None},
             {"answer": "3", "text": {"en": "Undecided", "es": "No lo sabe"}, "next": None},
             {"answer": "4", "text": {"en": "Leaning no", "es": "Más bien no"}, "next": None},
             {"answer": "5", "text": {"en": "Strong no", "es": "No, seguro"}, "next": "end"}]},
        {"id": "issue", "code": "issue", "of": "person", "kind": "one", "next": None,
         "text": {"en": "What matters most to you?", "es": "¿Qué le importa más?"},
         "answers": [
             {"answer": "schools", "text": {"en": "Schools", "es": "Escuelas"}, "next": None},
             {"answer": "roads", "text": {"en": "Roads", "es": "Calles"}, "next": None},
             {"answer": "health", "text": {"en": "Health care", "es": "Salud"}, "next": None},
             {"answer": "prices", "text": {"en": "Prices", "es": "Precios"}, "next": None}]},
    ],
    "closing": {"en": "Thank you for your time.", "es": "Gracias por su tiempo."},
}  # fmt: skip


def bring_streets(home: Home, path: Path) -> None:
    """The map of the streets that the invented people live in: Rivera's, since it walks."""
    from commonroll.server.actions import federation, streets
    from commonroll.server.actor import Actor

    made = streets.load(
        home=home, of=federation.member(WALKING), paths=[path], source="Invented streets",
        licence="no licence needed: nothing in it is real", as_of=MAPPED, by=Actor.command_line(),
    )  # fmt: skip
    stderr.print(f"Rivera for Ohio: {made.kept:,} lines of streets", markup=False)


def walk_town(home: Home) -> None:
    """Rivera's people walk a town; a very small demo has nobody there."""
    from commonroll.server.actions import federation, scripts, turf
    from commonroll.server.actor import Actor

    by, rivera = Actor.command_line(), federation.member(WALKING)
    made = scripts.make(member=rivera, name="At the door", draft=SCRIPT, by=by)
    scripts.publish(script=made, by=by)
    name_questions()
    try:
        cut = turf.cut(
            home=home, member=rivera, name="First pass", purpose="gotv",
            where=_town(home), by=by,
        )  # fmt: skip
    except Refusal as refusal:
        stderr.print(f"Rivera for Ohio walks nowhere yet: {refusal.what}", markup=False)
        return
    turfs = list(cut.turfs.order_by("number"))
    stderr.print(f"Rivera for Ohio: {cut.doors:,} doors in {len(turfs)} turfs", markup=False)
    # the last one is the visitor's
    for at, (one, (walker, share, minutes)) in enumerate(zip(turfs[:-1], WALKERS, strict=False), 1):
        _walked(home, one, walker, share, timedelta(minutes=minutes), seed=at)


def name_questions() -> None:
    """The federation's questions, and what National and Rivera mean by them."""
    from commonroll.server.actions import canvassing, federation, vocabulary
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    national, rivera = federation.member("national"), federation.member(WALKING)
    support, issue = SCRIPT["questions"]
    words = [one["answer"] for one in support["answers"]]
    vocabulary.name(code="support-rivera", title="Sam Rivera for Congress", kind="support", by=by)
    matters = [(one["answer"], one["text"]["en"]) for one in issue["answers"]]
    vocabulary.name(code="issues", title="What matters most", kind="issue", answers=matters, by=by)
    canvassing.ask(of=national, name="support", options=words, by=by)
    for member, code in ((national, "support"), (rivera, support["code"])):
        pairs = [(code, word, word) for word in words]
        vocabulary.mean(member=member, code="support-rivera", given=pairs, by=by)
    said = [(issue["code"], word, word) for word, _ in matters]
    vocabulary.mean(member=rivera, code="issues", given=said, by=by)


def _town(home: Home) -> str:
    """The town that has about as many people as are walked; everywhere, where no town is named."""
    from commonroll.server.actions import federation, questions
    from commonroll.server.actor import Actor

    counted = questions.count(
        home=home, viewer=federation.member(WALKING), purpose="gotv", by_columns=("municipality",),
        by=Actor.command_line(),
    )  # fmt: skip
    towns = sorted((abs(n - PEOPLE), str(name)) for (name,), n in counted.grouped() if name and n)
    return f"municipality = '{towns[0][1]}'" if towns else ""


def _walked(home: Home, turf: Turf, walker: str, share: float, ago: timedelta, *, seed: int) -> None:
    """What a phone would send: sealed, and taken in by the doors for phones."""
    from commonroll.field import sealing
    from commonroll.server import bundles, field_keys
    from commonroll.server.actions import hand_outs, walked
    from commonroll.server.actor import Actor
    from commonroll.server.models import HandOut

    now = datetime.now(UTC)
    given, code = hand_outs.give(
        home=home, turf=turf, walker=walker, script=_script(), by=Actor.command_line()
    )
    hand_outs.claim(home=home, code=code, address=None)
    # an invented history: it began before this demo did
    HandOut.objects.filter(pk=given.pk).update(made_at=now - ago, claimed_at=now - ago)
    given = HandOut.objects.select_related("turf__cut__member", "member").get(pk=given.pk)
    bundle = bundles.bundle(home, given, Actor(f"device:{given.device}", device=True))
    key = field_keys.sealing_key(home)
    events = walk(bundle, began=now - ago, share=share, seed=seed)
    for first in range(0, len(events), SENT_AT_ONCE):
        some = events[first : first + SENT_AT_ONCE]
        walked.take(
            home=home, hand_out=given, now=datetime.fromisoformat(some[-1]["at"]) + SENT_AFTER,
            envelopes=[sealing.seal(one, key.public_key()).as_dict() for one in some],
            opened=lambda one: sealing.open_(sealing.read(one), key),
        )  # fmt: skip


def _script() -> dict[str, Any]:
    from commonroll.server.actions import federation, scripts

    return scripts.document(scripts.usable(federation.member(WALKING))[0])


def say_phone(home: Home, port: int) -> None:
    """A link that opens a turf on a phone, or in this machine's browser: good once, for half an hour."""
    from commonroll.server.actions import hand_outs
    from commonroll.server.actor import Actor
    from commonroll.server.models import HandOut, Turf

    by = Actor.command_line()
    free = Turf.objects.filter(cut__member__key=WALKING, cut__put_away_at=None).exclude(cut__folder="")
    others = HandOut.objects.exclude(walker=GUEST)
    turf = free.exclude(hand_outs__in=others).order_by("-metres", "number").first()
    if turf is None:
        return
    waiting = HandOut.objects.filter(turf=turf, walker=GUEST, claimed_at=None).first()
    if waiting is not None and not hand_outs.over(waiting):
        code = hand_outs.new_code(home=home, hand_out=waiting, by=by)
    else:
        code = hand_outs.give(home=home, turf=turf, walker=GUEST, script=_script(), by=by)[1]
    stdout.print(
        f"A turf to walk yourself, once, within half an hour: http://localhost:{port}/f/#{code}", markup=False
    )
