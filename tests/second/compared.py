"""The product against the second opinion; what differs is made small and told without values."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from drawn import Clerk
from drawn_texts import text
from product import Cells, Product, entered, pseudonym_key, write
from second_life import counted
from second_opinion import decide, granted
from second_shapes import HIDDEN, Asked, Owner, Row, Said
from second_signed import hash_of, limits_of, read
from worlds import Roll, World, question, roll, world

from commonroll.roll.engine import ibis_engine


@dataclass
class Tally:
    """What was compared: questions, decisions, how many of them showed something, and what differed."""

    questions: int = 0
    decisions: int = 0
    shown: int = 0
    mismatches: int = 0
    first: str = ""


class Both:
    """Rolls made once for a seed, and worlds of agreements over them asked of both."""

    def __init__(self, folder: Path, seed: int, *, owners: int, rows: int) -> None:
        clerk = Clerk(seed)
        self.folder = folder
        self.rolls: dict[str, Roll] = {f"m{at:02d}": roll(clerk, rows) for at in range(owners)}
        files = {owner: write(folder, owner, of) for owner, of in self.rolls.items()}
        self.product = Product(ibis_engine(), files)

    def compare(
        self, seed: int, questions: int, tally: Tally, *, until: int = 1_000_000_000, tell: bool = True
    ) -> None:
        """Ask one world's questions of both, until `until` mismatches were found; `tell` the first."""
        made = world(seed, self.rolls)
        self._compare_events(made, tally)
        clerk = Clerk(seed + 1)
        for _ in range(questions):
            asked, where, meets = question(clerk, made)
            expected, shown = second_opinion(made.owners, asked, meets)
            tally.questions += 1
            tally.decisions += sum(len(owner.voters) for owner in made.owners) * len(asked.fields)
            tally.shown += shown
            if self.product.cells(made.owners, asked, where) != expected:
                tally.mismatches += 1
                tally.first = tally.first or (self.told(made, asked, where, meets) if tell else "something")
                if tally.mismatches >= until:
                    return

    def _compare_events(self, made: World, tally: Tally) -> None:
        """What was said of agreements: the same is entered, in the same order."""
        for owner in made.owners:
            for signed in owner.agreements:
                if read(signed.document) is None:
                    continue
                ours, theirs = ([*map(hash_of, counted(signed))], [event.hash for event in entered(signed)])
                tally.decisions += len(signed.said)
                if ours != theirs:
                    tally.mismatches += 1
                    kinds = [json.loads(said.document)["event"] for said in signed.said]
                    at = [
                        at
                        for at, said in enumerate(signed.said)
                        if (_hash(said) in ours) != (_hash(said) in theirs)
                    ]
                    tally.first = (
                        tally.first or f"seed {made.seed}, owner {owner.key}: of {kinds} those at {at} differ"
                    )

    # What differed

    def told(self, made: World, asked: Asked, where: str, meets: Any) -> str:
        """The smallest part of the question in which the two differ: one owner, column, voter, if it can."""
        for owner in made.owners:
            for part in (*(replace(asked, fields=(field,)) for field in asked.fields), asked):
                for condition in (("", None), (where, meets)):
                    about = part if condition[0] else replace(part, about="", presence=False)
                    if self._differ(owner, about, *condition):
                        return self._story(
                            made, self._one_voter(owner, about, *condition), about, condition[0]
                        )
        use = f"{asked.mode} for {asked.purpose} at {text(asked.clock)}"
        return f"seed {made.seed}: several owners at once, {use}"

    def _differ(self, owner: Owner, asked: Asked, where: str, meets: Any) -> bool:
        return self._cells(owner, asked, where) != second_opinion([owner], asked, meets)[0]

    def _cells(self, owner: Owner, asked: Asked, where: str) -> Cells:
        return self.product.cells([owner], asked, where)

    def _one_voter(self, owner: Owner, asked: Asked, where: str, meets: Any) -> Owner:
        smaller = self.folder / "smaller"
        smaller.mkdir(exist_ok=True)
        for at, row in enumerate(owner.voters):
            # another name for each, since what a file stands for never changes
            one = replace(owner, voters=(row,), suppressed=owner.suppressed)
            kept = (one.voters, _of(owner.districts, row), _of(owner.history, row))
            place = smaller / f"{abs(hash((owner.key, at, id(owner))))}"
            place.mkdir(exist_ok=True)
            alone = Product(self.product.con, {owner.key: write(place, owner.key, kept)})
            if alone.cells([one], asked, where) != second_opinion([one], asked, meets)[0]:
                return one
        return owner

    def _story(self, made: World, owner: Owner, asked: Asked, where: str) -> str:
        told = [
            f"seed {made.seed}, owner {owner.key} of {owner.state}: {asked.mode} for {asked.purpose} by a"
            f" {asked.kind or 'recipient of no kind'}, {', '.join(asked.fields)} where {where or 'anything'}",
            f"clock {text(asked.clock)}, log {text(owner.floor) if owner.floor else 'empty'}, protected"
            f" {owner.protected}, statement {owner.statement}",
            f"second opinion: {_seen(owner, asked)}",
        ]
        for signed in owner.agreements:
            constraints = json.loads(signed.document)["permission"][0]["constraint"]
            told += [
                "agreement:",
                *(
                    f"  {c.get('leftOperand', 'rows')} {c.get('operator', '')} "
                    f"{c.get('rightOperand', c.get('and'))}"
                    for c in constraints[:10]
                ),
            ]
            told += [f"  said: {json.loads(said.document)} at {said.arrived}" for said in signed.said]
            told += [
                f"  key: {k.since}, withdrawn {k.withdrawn}, retired {k.retired}"
                for k in (signed.owner_key, signed.recipient_key)
            ]
        told += [
            f"law: { {k: v for k, v in rule.items() if k not in ('says', 'cites')} }"
            for rule in (*owner.law, *owner.own_law)
        ]
        told += [f"set aside: {json.loads(aside.document)}" for aside in owner.aside]
        told.append(f"suspended by the federation: owner {owner.suspended}, who asks {asked.suspended}")
        if len(owner.voters) == 1:
            told.append(f"voter: {', '.join(_without_value(owner.voters[0]))}")
        return "\n".join(told)


def _seen(owner: Owner, asked: Asked) -> str:
    found = granted(owner, asked)
    if found is None:
        return "no agreement answers"
    if len(owner.voters) > 1:
        return "answers"
    seen = decide(owner, owner.voters[0], asked.fields[0], asked) is not HIDDEN
    return f"the voter is {'shown' if seen else 'hidden'} under {limits_of(found[0])}"


def _without_value(row: Row) -> list[str]:
    """The state of each of the voter's columns: unknown, empty, or of which kind; never what it holds."""
    return [
        f"{name} {'unknown' if value is None else 'empty' if value == '' else type(value).__name__}"
        for name, value in row.items()
    ]


# What the second opinion expects


def second_opinion(owners: Sequence[Owner], asked: Asked, meets: Any) -> tuple[Cells, int]:
    """The cells that a question may give, decision by decision, and how many decisions showed something."""
    cells: Cells = Counter()
    shown = 0
    for owner in owners:
        for row in owner.voters:
            values = tuple(decide(owner, row, field, asked) for field in asked.fields)
            if HIDDEN in values:
                assert set(values) == {HIDDEN}
                continue
            shown += len(values)
            if _meets(owner, row, asked, meets):
                cells[_cell(owner, row, values, asked)] += 1
    return cells, shown


def _meets(owner: Owner, row: Row, asked: Asked, meets: Any) -> bool:
    if asked.about == "voted":
        return any(h["election_date"] == date(2024, 11, 5) for h in _of(owner.history, row))
    return meets is None or bool(meets(decide(owner, row, asked.about, asked)))


def _cell(owner: Owner, row: Row, values: tuple[Any, ...], asked: Asked) -> tuple[Any, ...]:
    if asked.mode == "count":
        return owner.key, values
    if asked.recipient == owner.key:
        shown = "state_voter_id" in asked.fields or asked.mode == "view"
        return owner.key, "", None if shown else row["state_voter_id"], None, values
    found = granted(owner, asked)
    assert found is not None
    document, masks = found
    number = pseudonym = None
    if asked.mode in ("contact", "export"):
        if masks.get("voters.state_voter_id") == "plain":
            number = row["state_voter_id"]
        else:
            key = pseudonym_key(document["@id"])
            pseudonym = hmac.new(key, row["state_voter_id"].encode(), hashlib.sha256).hexdigest()[:32]
    shown = "state_voter_id" in asked.fields
    return owner.key, document["@id"], None if shown else number, pseudonym, values


def _hash(said: Said) -> str:
    return hash_of(json.loads(said.document))


def _of(rows: Sequence[Mapping[str, Any]], voter: Row) -> tuple[Row, ...]:
    return tuple(row for row in rows if row["state_voter_id"] == voter["state_voter_id"])
