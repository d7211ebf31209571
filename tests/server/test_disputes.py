"""Who can open what a recipient searched for: the guide's table, tried; each opening stands in both logs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.server import logs, startup
from commonroll.server.actions import disputes, openings, questions
from commonroll.server.actor import Actor, Forbidden
from commonroll.server.models import DisputeRule, Federation, Journal
from commonroll.transparency import disputes as passed
from commonroll.transparency import escrow
from commonroll.transparency.leaves import new_reader
from commonroll.transparency.openings import Opening, check_opening

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "disputes.md"
KEYS = [new_reader() for _ in range(3)]
ARBITERS = [escrow.Arbiter(f"Arbiter {n}", public) for n, (_, public) in enumerate(KEYS)]


def table() -> Iterator[tuple[str, str, str]]:
    for line in GUIDE.read_text("utf-8").splitlines():
        if (found := re.fullmatch(r"\| (.+) \| (opens|refused) \| (opens|refused) \|", line)) is not None:
            yield found[1], found[2], found[3]


@dataclass(frozen=True)
class Case:
    """A federation with or without a rule, and an entry that National left in Ohio's log."""

    world: World
    index: int
    before: int
    """An entry from before there was a rule."""

    @property
    def vkey(self) -> str:
        return logs.log_vkey(self.world.home, Federation.objects.get(), "oh")

    def recipient(self) -> Opening:
        return openings.open_entry(
            home=self.world.home, log="oh", index=self.index, of=self.world.member("national"),
            part="strategy", passphrase=PASSPHRASE, dispute=True, by=MACHINE,
        )  # fmt: skip

    def owner_alone(self) -> Opening:
        return openings.open_entry(
            home=self.world.home, log="oh", index=self.index, of=self.world.member("oh"), part="strategy",
            passphrase=PASSPHRASE, by=MACHINE,
        )  # fmt: skip

    def request(self, index: int | None = None) -> passed.Request:
        return disputes.ask(
            home=self.world.home, of=self.world.member("oh"), index=self.index if index is None else index,
            why="whom was it about?", by=MACHINE,
        )  # fmt: skip

    def parts(self, *arbiters: int, request: passed.Request | None = None) -> list[bytes]:
        asked = request or self.request()
        return [passed.give(asked, self.vkey, KEYS[one][0]).encode() for one in arbiters]

    def with_parts(self, *arbiters: int) -> Opening:
        return self.opened(self.parts(*arbiters))

    def opened(self, parts: list[bytes], of: str = "oh", index: int | None = None) -> Opening:
        return disputes.open_entry(
            home=self.world.home, of=self.world.member(of), index=self.index if index is None else index,
            parts=parts, passphrase=PASSPHRASE, by=MACHINE,
        )  # fmt: skip

    def of_another(self) -> Opening:
        return self.opened(self.parts(0, 1, request=self.request(asked(self.world, "status = 'inactive'"))))

    def unasked(self) -> Opening:
        """The log says that another's opening was asked for."""
        other = self.request(asked(self.world, "status = 'inactive'"))
        return self.opened(self.parts(0, 1, request=replace(self.request(), asked=other.asked)))

    def exchanged(self) -> Opening:
        other = self.request(asked(self.world, "status = 'inactive'"))
        return self.opened(self.parts(0, 1, request=replace(self.request(), sealed=other.sealed)))

    def somebody_else(self) -> Opening:
        return Opening("strategy", passed.take(self.parts(0, 1), "urn:uuid:x", new_reader()[0]), b"", "")

    def from_before(self) -> Opening:
        return self.opened(self.parts(0, 1, request=self.request(self.before)), index=self.before)

    def after_the_end(self) -> Opening:
        if DisputeRule.objects.filter(until=None).exists():
            disputes.end_rule(by=MACHINE)
        return self.with_parts(1, 2)


LINES: dict[str, Callable[[Case], Opening]] = {
    "the recipient, with its passphrase": Case.recipient,
    "the owner, with its passphrase": Case.owner_alone,
    "the owner, with the part of one arbiter": lambda case: case.with_parts(1),
    "the owner, with one arbiter's part twice": lambda case: case.with_parts(1, 1),
    "the owner, with the parts of any two arbiters": lambda case: [
        case.with_parts(*two) for two in ((0, 1), (2, 0), (1, 2))
    ][-1],
    "the owner, with the parts of all three": lambda case: case.with_parts(0, 1, 2),
    "the owner, with two parts of another entry": Case.of_another,
    "two arbiters, asked for an entry of which the log does not say so": Case.unasked,
    "two arbiters, with a request that names one entry and holds another": Case.exchanged,
    "somebody else, with the parts that two arbiters gave the owner": Case.somebody_else,
    "two arbiters, for an entry from before there was a rule": Case.from_before,
    "two arbiters, for an entry from before the rule ended": Case.after_the_end,
}


def asked(world: World, where: str) -> int:
    """National counts Ohio's rows: the index of its entry."""
    questions.count(home=world.home, viewer=world.member("national"), purpose="gotv", where=where, by=MACHINE)
    startup.fold(world.home)
    return int(Journal.objects.filter(log="oh", type="count").latest("pk").index or 0)


def case_of(world: World, *, rule: bool) -> Case:
    before = asked(world, "birth_year > 1990")
    if rule:
        disputes.set_rule(threshold=2, arbiters=ARBITERS, by=MACHINE)
    return Case(world, asked(world, "birth_year < 1971"), before)


def test_every_line_of_the_guides_table_is_tried() -> None:
    assert [line for line, _, _ in table()] == list(LINES)


@pytest.mark.parametrize("rule", [False, True], ids=["no rule", "two of three"])
def test_the_table_says_what_is_so(world: World, rule: bool) -> None:
    case = case_of(world, rule=rule)
    for line, without, with_rule in table():
        if (with_rule if rule else without) == "opens":
            good, _ = check_opening(LINES[line](case), case.vkey)
            assert good and "1971" in LINES[line](case).details["where"], line
        else:
            with pytest.raises(Refusal) as refused:
                LINES[line](case)
            assert refused.value.next_step and "1971" not in str(refused.value), line


def test_both_logs_say_it_before_anything_is_shown(world: World) -> None:
    case = case_of(world, rule=True)
    request = case.request()
    with pytest.raises(Refusal, match="1 of 2 parts"):
        case.opened(case.parts(0, request=request))
    case.opened(case.parts(0, 2, request=request))
    startup.fold(world.home)
    row = Journal.objects.get(log="oh", index=case.index)
    for log, other in (("oh", "national"), ("national", "oh")):
        said = Journal.objects.filter(log=log, type="opening").order_by("pk")
        assert [(row.leaf_id.encode() in bytes(one.leaf), one.recipient) for one in said] == [
            (True, other)
        ] * 2
        assert [re.search(rb'"ground":"(\w+)"', bytes(one.leaf))[1] for one in said] == [
            b"asked",
            b"arbiters",
        ]  # type: ignore[index]
        assert b"whom was it" not in b"".join(bytes(one.leaf) for one in said)


def test_without_a_rule_nothing_is_kept_for_anybody(world: World) -> None:
    asked(world, "birth_year < 1971")
    assert not Journal.objects.exclude(sealed_dispute=None).exists()
    disputes.set_rule(threshold=2, arbiters=ARBITERS, by=MACHINE)
    mine = {"home": world.home, "viewer": world.member("oh"), "purpose": "gotv", "by": MACHINE}
    questions.count(where="member = 'oh'", **mine)
    assert not Journal.objects.exclude(sealed_dispute=None).exists(), "an owner's own use"
    asked(world, "birth_year < 1971")
    assert Journal.objects.exclude(sealed_dispute=None).get(log="oh").recipient == "national"


@pytest.mark.parametrize(
    ("threshold", "arbiters", "says"),
    [
        (1, ARBITERS, "no rule"), (4, ARBITERS, "no rule"), (2, [ARBITERS[0]] * 2, "one name"),
        (2, [ARBITERS[0], replace(ARBITERS[1], key=ARBITERS[0].key)], "one key"),
        (2, [ARBITERS[0], escrow.Arbiter("B", "age1x")], "no arbiter's key"),
        (2, [ARBITERS[0], escrow.Arbiter("", ARBITERS[1].key)], "a name"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(
    db: None, threshold: int, arbiters: list[escrow.Arbiter], says: str
) -> None:
    with pytest.raises(Refusal, match=says):
        disputes.set_rule(threshold=threshold, arbiters=arbiters, by=MACHINE)


def test_the_operator_alone_enters_a_rule(world: World) -> None:
    with pytest.raises(Forbidden):
        disputes.set_rule(threshold=2, arbiters=ARBITERS, by=Actor.of(world.user("alice")))
