"""Alarms on unusual use: what each rule says of a history; each is told once, settled, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.core import mail
from django.utils import timezone
from world import MACHINE, World

from commonroll.cli import main
from commonroll.errors import Refusal
from commonroll.server import alarm_rules, denied, startup
from commonroll.server.actions import alarms, questions, webhooks
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.alarm_rules import Past, Uses
from commonroll.server.models import Agreement, Alarm, AlarmSetting, Journal

DAY = date(2026, 10, 6)
GOTV = frozenset({"gotv"})


def before(rows: int = 0, nights: int = 0, **more: Any) -> Past:
    """A recipient of some days: rows on each of ten days, and nights on which it worked at 2."""
    days = [DAY - timedelta(days=n) for n in range(1, 11)]
    hours = {day: frozenset({14, 2} if n < nights else {14}) for n, day in enumerate(days)}
    given = {"used": True, "purposes": GOTV, "taken": dict.fromkeys(days, rows), "hours": hours}
    return Past(**{**given, **more})


def now(**more: Any) -> Uses:
    return Uses(DAY, **{"purposes": GOTV, "hours": frozenset({14}), **more})


NOTHING: list[str] = []
CASES: list[tuple[str, Past, Uses, list[str]]] = [
    ("as every day", before(2_000), now(taken=2_000), NOTHING),
    ("three times its largest day", before(2_000), now(taken=6_000), ["volume"]),
    ("the same in two parts", before(2_000, today=4_000), now(taken=2_000), ["volume"]),
    ("much for it, yet little", before(100), now(taken=900), NOTHING),
    ("the first rows of one that only counted", before(0), now(taken=1_000), ["volume"]),
    ("counts take no rows", before(0, today=1_000), now(), NOTHING),
    ("never seen", Past(), now(taken=50_000), ["recipient"]),
    ("refused before it ever used them", Past(refused=3), now(purposes=frozenset(), refused=3), NOTHING),
    ("at night", before(), now(hours=frozenset({2, 14})), ["hour"]),
    ("at night, as on two nights before", before(nights=2), now(hours=frozenset({2})), ["hour"]),
    ("at night, as is its way", before(nights=3), now(hours=frozenset({2})), NOTHING),
    ("at eleven in the evening", before(), now(hours=frozenset({23})), ["hour"]),
    ("at five, when the night is over", before(), now(hours=frozenset({5})), NOTHING),
    ("another purpose", before(), now(purposes=frozenset({"gotv", "fundraising"})), ["purpose"]),
    ("days before the end", before(), now(ends={7: 14}), ["ending"]),
    ("well before the end", before(), now(ends={7: 15}), NOTHING),
    ("refused often", before(), now(refused=20), ["denials"]),
    ("refused often within the hour", before(refused=15), now(refused=5), ["denials"]),
    ("refused now and then", before(), now(refused=19), NOTHING),
    ("many refusals, but none now", before(refused=99), now(), NOTHING),
]


@pytest.mark.parametrize(
    ("past", "new", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_rule_speaks_of(past: Past, new: Uses, said: list[str]) -> None:
    found = list(alarm_rules.unusual(alarm_rules.defaults(), past, new))
    assert [one.kind for one in found] == said
    for one in found:
        assert "National" in alarm_rules.words(one.kind, one.saw, "National")
        assert len(one.kind) + len(one.about) < 60


def test_a_rule_that_is_off_says_nothing() -> None:
    rules = {kind: {**rule, "on": 0} for kind, rule in alarm_rules.defaults().items()}
    assert not list(alarm_rules.unusual(rules, Past(), now(taken=10**6, hours=frozenset({2}), refused=99)))


@pytest.mark.parametrize("typed", ["", "0", "-3", "1e3", "101", "²", "9" * 40])
def test_a_number_beyond_its_bounds_is_refused_by_name(typed: str) -> None:
    with pytest.raises(Refusal, match="times its largest day") as refused:
        alarm_rules.checked({"volume": {"times": typed}})
    assert (refused.value.where, refused.value.next_step) == ("volume-times", "give 2 to 100")


# In a log


def taken(world: World) -> None:
    """National takes rows of Ohio."""
    questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("last_name",), format="csv", by=MACHINE,
    )  # fmt: skip
    startup.fold(world.home)


def kinds() -> list[str]:
    return sorted(Alarm.objects.values_list("kind", flat=True))


def wanted(world: World, email: str = "", **rules: Mapping[str, int]) -> None:
    """Ohio wants these rules alone."""
    alarms.change(
        of=world.member("oh"), mail=email, by=MACHINE,
        rules={kind: {"on": 1, **rule} for kind, rule in rules.items()},
    )  # fmt: skip


@pytest.mark.django_db
def test_a_use_is_told_once_after_it_stands_in_the_log(world: World) -> None:
    assert alarms.run() == 0  # what was before is the past
    wanted(world, recipient={})
    taken(world)
    assert alarms.run() == 1 and alarms.run() == 0
    taken(world)
    assert alarms.run() == 0 and kinds() == ["recipient"]
    [alarm] = Alarm.objects.all()
    assert (alarm.member.key, alarm.recipient) == ("oh", "national")
    assert Journal.objects.get(log="oh", index=alarm.index).recipient == "national"
    startup.fold(world.home)
    leaves = Journal.objects.filter(log="oh", type="operator").order_by("-pk")
    assert webhooks.event_of({"type": "operator", "action": "alarm.raised"}) == "alarm"
    assert b"alarm.raised" in bytes(leaves[0].leaf) and b"national" not in bytes(leaves[0].leaf)


@pytest.mark.django_db
def test_the_owners_hours_and_the_agreements_end_are_looked_at(world: World) -> None:
    alarms.run()
    taken(world)
    alarms.run()
    Alarm.objects.all().delete()
    wanted(world, hour={"from": 1, "to": 4}, ending={"days": 30})
    taken(world)
    # two in the night in Ohio is six or seven in the morning of UTC
    night = datetime.combine(timezone.now().date(), datetime.min.time(), UTC).replace(hour=7, minute=30)
    last = Journal.objects.filter(log="oh", type="export.intent").latest("pk")
    Journal.objects.filter(pk=last.pk).update(at=night)
    agreement = Agreement.objects.get(urn=last.agreement)
    Agreement.objects.filter(pk=agreement.pk).update(until=night + timedelta(days=5, hours=1))
    alarms.run()
    assert kinds() == ["ending", "hour"]
    ending = Alarm.objects.get(kind="ending")
    assert ending.saw == {"agreement": agreement.number, "days": 5}


@pytest.mark.django_db
def test_refusals_of_an_hour_are_counted(world: World) -> None:
    alarms.run()
    wanted(world, denials={"count": 3})
    national = world.member("national")
    for _ in range(3):
        with pytest.raises(Refusal):
            questions.count(
                home=world.home,
                viewer=national,
                purpose="gotv",
                where="residence_line1 LIKE 'ELM%'",
                by=MACHINE,
            )
    denied.coalesce(now=timezone.now() + timedelta(minutes=2))
    startup.fold(world.home)
    alarms.run()
    assert kinds() == ["denials"]


@pytest.mark.django_db
def test_a_mail_is_tried_until_it_leaves_and_says_nothing_of_voters(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms.run()
    wanted(world, "lead@ohio.example", recipient={})
    taken(world)
    alarms.run()
    settings.EMAIL_BACKEND = "no.such.Backend"
    assert alarms.mail() == 0 and Alarm.objects.get().mail_failures == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert alarms.mail() == 1 and alarms.mail() == 0
    [sent] = mail.outbox
    assert sent.to == ["lead@ohio.example"] and "for the first time" in sent.body
    assert "last_name" not in sent.body and "member =" not in sent.body


@pytest.mark.django_db
def test_alarms_are_their_owners_alone_and_settled_by_its_leads(world: World) -> None:
    alarms.run()
    taken(world)
    alarms.run()
    [alarm] = Alarm.objects.filter(kind="recipient")
    for person in ("charlie", "bob"):
        assert b"for the first time" not in world.client(person).get("/diary/alarms").content
    violet, alice = world.client("violet"), world.client("alice")
    assert b"for the first time" in violet.get("/diary/alarms").content
    assert b'name="note"' not in violet.get("/diary/alarms").content
    with pytest.raises(Forbidden):
        alarms.settle(of=alarm.member, alarm_id=alarm.pk, note="x", by=Actor.of(world.user("violet")))
    with pytest.raises(Unknown):
        alarms.settle(of=world.member("wa"), alarm_id=alarm.pk, note="x", by=MACHINE)
    said = {"alarm": alarm.pk}
    refused = alice.post("/diary/alarms/settle", {**said, "note": " "})
    assert refused.status_code == 400 and b"whom you asked" in refused.content
    alice.post("/diary/alarms/settle", {**said, "note": "Planned; asked Bob."})
    alarm.refresh_from_db()
    assert alarm.note == "Planned; asked Bob." and alarm.settled_at
    alice.post("/diary/alarms/settle", {**said, "what": "reopen"})
    alarm.refresh_from_db()
    assert (alarm.note, alarm.settled_at) == ("", None)


@pytest.mark.django_db
def test_rules_typed_wrongly_stand_as_typed_and_change_nothing(world: World) -> None:
    alice = world.client("alice")
    form = {
        "rules": "1",
        "mail": "lead@ohio.example",
        "volume-on": "on",
        "volume-times": "0",
        "volume-rows": "7,000",
    }
    answer = alice.post("/diary/alarms/rules", form)
    assert answer.status_code == 400 and b"give 2 to 100" in answer.content
    assert (
        b'value="lead@ohio.example"' in answer.content
        and not AlarmSetting.objects.filter(mail__gt="").exists()
    )
    form |= {"volume-times": "4", "hour-from": "22", "hour-to": "6", "ending-days": "7", "denials-count": "9"}
    assert alice.post("/diary/alarms/rules", form).status_code == 302
    assert b'value="7000"' in alice.get("/diary/alarms").content
    mine = AlarmSetting.objects.get(member__key="oh")
    assert mine.rules["volume"] == {"on": 1, "times": 4, "rows": 7000} and mine.rules["hour"]["on"] == 0


@pytest.mark.django_db
def test_the_command_line_lists_and_settles(world: World) -> None:
    def said(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, ["alarms", *words, "--member", "oh", "--home", str(world.home.path)])
        assert done.exit_code == code, done.output
        return done.stdout or done.stderr

    alarms.run()
    assert "Nothing waits" in said("list")
    wanted(world, recipient={})
    taken(world)
    alarms.run()
    [waiting] = json.loads(said("list", "--json"))
    one = str(waiting["alarm"])
    assert "for the first time" in waiting["said"] and waiting["note"] == ""
    assert "whom you asked" in said("settle", one, "--note", " ", code=1)
    assert "no such alarm" in said("settle", "999999", "--note", "x", code=1)
    assert "is settled" in said("settle", one, "--note", "Planned; asked them.")
    [settled] = json.loads(said("list", "--settled", "--json"))
    assert (settled["note"], settled["settled_by"] != "") == ("Planned; asked them.", True)
    assert "waits again" in said("reopen", one) and "for the first time" in said("list")
