"""Person ids: the written rule, step by step and against a slow telling of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.identity.judgements import PAIR
from commonroll.identity.persons import NOBODY, Run, Turn, person_id, settle
from thorough import dear

SECRET = b"a secret of forty bytes, more or less..."
START = datetime(2026, 1, 1, tzinfo=UTC)
MEMBER = "oh"
GROUPED = pa.schema(
    [("member", pa.string()), ("record", pa.string()), ("cluster", pa.int64()), ("human", pa.bool_())]
)
ROLL = pa.schema([("member", pa.string()), ("state_voter_id", pa.string()), ("registered_on", pa.date32())])
MOVED = pa.schema([("earlier_id", pa.string()), ("state_voter_id", pa.string())])
REUSED = pa.schema([("state_voter_id", pa.string())])
APART = pa.schema([(name, pa.string()) for name in PAIR])


@dataclass
class World:
    """A roll and its ledger, linked again and again."""

    folder: Path
    ledger: list[dict[str, Any]] = field(default_factory=list)
    runs: int = 0
    roll: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)

    def link(
        self,
        ids: str,
        groups: str = "",
        *,
        moved: Mapping[str, str] | None = None,
        reused: str = "",
        human: bool = False,
        apart: Sequence[str] = (),
        registered: Mapping[str, date] | None = None,
        turned: bool = False,
        carried: bool = False,
    ) -> list[tuple[str, str, str | None]]:
        """Link a roll of one-letter ids; `groups` are clusters. What turned: turn, id that stays, other id,
        each told by its registrant. `turned`: the roll's rows in another order. `carried`: who is new is
        told, so that the rule is put to those alone about whom something may be."""
        self.runs += 1
        standing = [(MEMBER, one, (registered or {}).get(one)) for one in (reversed(ids) if turned else ids)]
        clusters = [
            (MEMBER, one, number, human) for number, group in enumerate(groups.split()) for one in group
        ]
        turn = Turn(_table((moved or {}).items(), MOVED), _table([(one,) for one in reused], REUSED))
        settled = settle(
            _table(standing, ROLL),
            _table(reversed(clusters) if turned else clusters, GROUPED),
            _table([(MEMBER, one, MEMBER, other) for one, other in apart], APART),
            pa.Table.from_pylist(self.ledger, NOBODY.schema) if self.ledger else NOBODY,
            [turn] if moved or reused else [],
            Run(f"run {self.runs}", START + timedelta(days=self.runs), SECRET),
            self.folder / "persons.parquet",
            arrived=pa.table({"record": pa.array(sorted(set(ids) - set(self.roll)), pa.string())})
            if carried and self.ledger
            else None,
        )
        self.roll, self.counts = ids, (settled.registrants, settled.persons, settled.new)
        rows = pq.read_table(self.folder / "persons.parquet").to_pylist()
        self.ledger = sorted(rows, key=lambda row: (row["state_voter_id"], row["incarnation"]))
        return sorted(
            (event["turn"], name(event["person_id"]), event["other_id"] and name(event["other_id"]))
            for event in settled.events.to_pylist()
        )

    @property
    def persons(self) -> str:
        """Each registrant of the roll with its person: `a=a b=a`."""
        here = sorted(
            (row["state_voter_id"], row["person_id"]) for row in self.ledger if row["until"] is None
        )
        return " ".join(f"{one}={name(who)}" for one, who in here)


def _table(rows: Any, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)


NAMES = {person_id(SECRET, MEMBER, one, at): one + "'" * at for one in "abcdefgh" for at in range(9)}


def name(who: str) -> str:
    """A person id by the registrant that it was made of; a tick for each one who had the id before."""
    return NAMES[who]


# The rule


def test_r1_a_new_cluster_is_named_by_its_anchor(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.link("abc", "bc") == []
    assert world.persons == "a=a b=b c=b"
    assert [row["by"] for row in world.ledger] == ["rule", "model", "model"]


def test_r1_the_anchor_is_who_registered_first(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("abc", "abc", registered={"b": date(1990, 1, 1), "a": date(2001, 1, 1)})
    assert world.persons == "a=b b=b c=b"


def test_r2_an_id_stays_when_somebody_joins(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("b")
    assert world.link("ab", "ab", registered={"a": date(1990, 1, 1)}) == []
    assert world.persons == "a=b b=b"


def test_r3_of_several_the_oldest_stays_and_the_others_are_aliases(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("c")
    world.link("abc")
    assert world.link("abc", "abc") == [("joined", "c", "a"), ("joined", "c", "b")]
    assert world.persons == "a=c b=c c=c"


def test_r4_the_founder_keeps_the_id_and_the_other_gets_its_own_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("ab")
    world.link("ab", "ab")
    before = world.persons
    [stays] = {row["person_id"] for row in world.ledger}
    assert world.link("ab", apart=["ab"]) == [("split", name(stays), "ab".replace(name(stays), ""))]
    assert before in ("a=a b=a", "a=b b=b") and world.persons == "a=a b=b"


def test_r4_without_a_founder_the_larger_part_keeps_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("abcd", "abcd")
    world.link("bcd", "bcd")
    assert world.link("bcd", "cd") == [("split", "a", "b")]
    assert world.persons == "a=a b=b c=a d=a"


def test_r4_a_part_that_had_no_id_gets_a_new_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("abc", "abc")
    assert world.link("abc", "bc") == [("split", "a", "b")]
    assert world.persons == "a=a b=b c=b"


def test_r5_who_left_comes_back_as_the_same_person(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("ab")
    world.link("a")
    assert world.persons == "a=a b=b"
    assert world.link("ab") == []
    assert world.persons == "a=a b=b"


def test_r5_who_left_follows_an_id_that_became_an_alias(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("a")
    world.link("abc", "bc")
    world.link("ab")
    assert world.link("ab", "ab") == [("joined", "a", "b")]
    assert world.persons == "a=a b=a c=a"


def test_r5_a_new_number_is_the_same_person(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("ab")
    assert world.link("bc", moved={"a": "c"}) == [("renumbered", "a", None)]
    assert world.persons == "b=b c=a"


def test_r5_numbers_that_change_places(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("ab")
    world.link("ab", moved={"a": "b", "b": "a"})
    assert world.persons == "a=b b=a"


def test_r5_a_reused_number_is_a_new_person(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("ab")
    assert world.link("ab", reused="a") == [("reused", "a", None)]
    assert world.persons == "a=a' b=b"
    assert [row["person_id"] for row in world.ledger if row["until"]] == [person_id(SECRET, MEMBER, "a")]


def test_r5_a_number_that_its_owner_left_and_another_has_now(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("a")
    world.link("ac", moved={"a": "c"}, reused="a")
    assert world.persons == "a=a' c=a"
    assert world.link("ac") == []
    assert world.persons == "a=a' c=a"


def test_joined_by_people_and_parted_by_people(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.link("ab")
    world.link("ab", "ab", human=True)
    assert {row["by"] for row in world.ledger} == {"human"}


def test_ids_are_keyed_and_look_like_nothing() -> None:
    one = person_id(SECRET, MEMBER, "a")
    assert len(one) == 32 and int(one, 16) >= 0
    assert (
        len(
            {
                one,
                person_id(b"other", MEMBER, "a"),
                person_id(SECRET, "fl", "a"),
                person_id(SECRET, MEMBER, "a", 1),
            }
        )
        == 4
    )


# The same, told slowly


@dataclass(frozen=True)
class Line:
    """A registrant in the slow ledger. `own`: the id made of it, if one ever was."""

    id: str
    origin: str
    turn: int
    who: str
    since: int
    own: str | None = None
    closed: bool = False


def slowly(lines: list[Line], step: Step, now: int) -> list[Line]:
    """The rule R1 to R5 as docs/guide/identity.md has it, one registrant after the other."""
    lines = _turned(lines, step)
    open_ = {line.id: line for line in lines if not line.closed}
    fresh = []
    for one in step.ids:
        if one not in open_:
            turn = 1 + max((line.turn for line in lines if line.origin == one), default=-1)
            open_[one] = Line(one, one, turn, "", now)
            fresh.append(open_[one])
    groups = [set(group) for group in step.groups]
    groups += [{one} for one in step.ids if not any(one in group for group in groups)]
    claims = {who: [g for g in groups if any(open_[one].who == who for one in g)] for who in
              {open_[one].who for one in step.ids} - {""}}  # fmt: skip
    kept: dict[int, list[str]] = {}
    for who, parts in claims.items():

        def worth(part: set[str], who: str = who) -> tuple[Any, ...]:
            mine = sorted(one for one in part if open_[one].who == who)
            return not any(open_[one].own == who for one in mine), -len(mine), mine[0]

        kept.setdefault(id(min(parts, key=worth)), []).append(who)
    after: dict[tuple[str, int], Line] = {(line.origin, line.turn): line for line in [*lines, *fresh]}
    aliases: dict[str, str] = {}
    for group in groups:
        mine = kept.get(id(group), [])
        since = {who: min(open_[one].since for one in group if open_[one].who == who) for who in mine}
        former = [line.own for one in sorted(group) if (line := open_[one]).own and line.own != line.who]
        anchor = open_[min(group)]
        made = not mine and not former
        chosen = min(mine, key=lambda who: (since[who], who)) if mine else former[0] if former else (
            person_id(SECRET, MEMBER, anchor.origin, anchor.turn))  # fmt: skip
        aliases |= {who: chosen for who in mine if who != chosen}
        for one in group:
            line = open_[one]
            own = chosen if made and line is anchor else line.own
            when = line.since if line.who == chosen else now
            after[line.origin, line.turn] = replace(line, who=chosen, since=when, own=own)
    here = {(open_[one].origin, open_[one].turn) for one in step.ids}
    for key, line in after.items():
        if key not in here and line.who in aliases:
            after[key] = replace(line, who=aliases[line.who], since=now)
    return list(after.values())


def _turned(lines: list[Line], step: Step) -> list[Line]:
    found = []
    for line in lines:
        if not line.closed and line.id in step.moved:
            line = replace(line, id=step.moved[line.id])
        elif not line.closed and (line.id in step.reused or line.id in step.moved.values()):
            line = replace(line, closed=True)
        found.append(line)
    return found


@dataclass(frozen=True)
class Step:
    """One delivery and what was linked of it."""

    ids: str
    groups: tuple[str, ...]
    moved: Mapping[str, str]
    reused: str


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Deliveries one after the other: who stays, leaves, returns, is renumbered; ids that are reused."""
    found: list[Step] = []
    before: set[str] = set()
    for _ in range(draw(st.integers(2, 4))):
        ids = "".join(sorted(draw(st.sets(st.sampled_from("abcdef"), min_size=1))))
        came, went = sorted(set(ids) - before), sorted(before - set(ids))
        both = sorted(before & set(ids))
        moved = dict(zip(went, came, strict=False)) if draw(st.booleans()) else {}
        reused = draw(st.sets(st.sampled_from(both), max_size=2)) if both else set()
        drawn = draw(st.lists(st.integers(0, 3), min_size=len(ids), max_size=len(ids)))
        groups = {n: "".join(one for one, at in zip(ids, drawn, strict=True) if at == n) for n in range(3)}
        found.append(
            Step(ids, tuple(g for g in groups.values() if len(g) > 1), moved, "".join(sorted(reused)))
        )
        before = set(ids)
    return found


@settings(max_examples=dear(20), deadline=None)
@given(steps())
def test_the_rule_told_slowly(tmp_path_factory: Any, found: list[Step]) -> None:
    world, other = World(tmp_path_factory.mktemp("w")), World(tmp_path_factory.mktemp("o"))
    lines: list[Line] = []
    for now, step in enumerate(found, 1):
        groups = " ".join(step.groups)
        events = world.link(step.ids, groups, moved=step.moved, reused=step.reused)
        told = other.link(step.ids, groups, moved=step.moved, reused=step.reused, turned=True, carried=True)
        assert (told, other.counts) == (events, world.counts), "whoever is left out has nothing to tell"
        lines = slowly(lines, step, now)
        wanted = sorted((line.origin, line.turn, line.id, name(line.who), line.closed) for line in lines)
        here = sorted(
            (
                row["origin_id"],
                row["incarnation"],
                row["state_voter_id"],
                name(row["person_id"]),
                row["until"] is not None,
            )
            for row in world.ledger
        )
        assert here == wanted
        assert other.ledger == world.ledger, "no order of rows matters"
        _whole(world, step, events)


def _whole(world: World, step: Step, events: list[tuple[str, str, str | None]]) -> None:
    """Every registrant has one person, and one person is one cluster."""
    who = {row["state_voter_id"]: row["person_id"] for row in world.ledger if row["until"] is None}
    assert set(step.ids) <= set(who)
    clusters = [*step.groups, *(one for one in step.ids if not any(one in group for group in step.groups))]
    ids = [{who[one] for one in group} for group in clusters]
    assert all(len(found) == 1 for found in ids)
    assert max(Counter(next(iter(found)) for found in ids).values()) == 1
    for turn, stays, gone in events:
        if turn == "joined":
            assert name_holders(world, gone) == 0 and name_holders(world, stays) > 0


def name_holders(world: World, who: str | None) -> int:
    return sum(name(row["person_id"]) == who for row in world.ledger)
