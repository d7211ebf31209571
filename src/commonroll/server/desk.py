"""Permits and receipts of one search: whose rolls may be looked through, what each owner's log says first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commonroll.agreements.profile import PURPOSES, Mode
from commonroll.errors import Refusal
from commonroll.roll.lookup.texts import SEARCHED
from commonroll.server.actor import Actor
from commonroll.server.finding import Asking, Shelf
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views.export import ExportFile
from commonroll.views.question import Gap, NothingGranted, Question
from commonroll.views.view import Plan


class Desk:
    """Where one search is permitted and written down."""

    def __init__(self, home: Home, viewer: Member, purpose: str, mode: Mode, by: Actor) -> None:
        if purpose not in PURPOSES:
            raise Refusal(
                f"there is no purpose {purpose[:40]!r}", next_step=f"purposes: {', '.join(sorted(PURPOSES))}"
            )
        self.asking = Asking(home, viewer, purpose, mode, datetime.now(UTC), by == Actor.command_line())
        self.by = by
        self.permits = DatabasePermits(home)

    def shelves(self, owner: Member | None = None) -> tuple[list[Shelf], tuple[Gap, ...]]:
        """Rolls that may be looked through, or one owner's; gaps for the others. Raises NothingGranted."""
        asking = self.asking
        if owner is not None:
            self.permits.only = (owner.key,)
        # of every column, for what budgets of contacts close
        question = Question(asking.viewer.key, asking.purpose, asking.mode, columns=SEARCHED)
        said = self.permits.permitted(question, asking.now)
        members = {member.key: member for member in Member.objects.filter(left_at=None)}
        found: list[Shelf] = []
        gaps: list[Gap] = []
        for owned in sorted(said.owned, key=lambda one: one.owner):
            try:
                found.append(Shelf(asking, members[owned.owner], owned, said))
            except NothingGranted as nothing:
                gaps += [gap for gap in nothing.gaps if gap.owner == owned.owner]
        if not found:
            what = "Nobody's voters may be looked for here."
            raise NothingGranted(
                what, tuple(gaps), where=f"purpose {asking.purpose}, mode {asking.mode}",
                next_step="Ask an owner for names, addresses, phones or ids, to be looked at.",
            )  # fmt: skip
        return found, tuple(gaps)

    @contextmanager
    def reading(self, plans: Sequence[Plan], rows: Mapping[str, int]) -> Iterator[Plan]:
        """Read rows of these plans' owners, `rows` of each; a receipt for every one of them comes before.

        What leaves for a program has its receipt by `leaves`, once it is known what it is.
        """
        used = {owner: use for plan in plans for owner, use in plan.used.items()}
        plan = replace(plans[0], used=used)
        with self.permits.reading(plan):
            if self.asking.mode == "view":
                receipts = self._receipts(rows)
                written = receipts.authorize(plan)
                # one person needs the row of the journal alone, as in every look at one
                if sum(rows.values()) > 1:
                    receipts.cover([row for row, owner in zip(written, used, strict=True) if rows[owner]])
            yield plan
        self.permits.still(plan, datetime.now(UTC))

    def leaves(self, plan: Plan, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Receipts of what leaves: rows with their owners, by their hash."""
        told = list(rows)
        counts = dict.fromkeys(plan.used, 0)
        for owner, _ in told:
            counts[owner] += 1
        digest = hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()
        receipts = self._receipts({})
        file = ExportFile(Path("people"), digest, len(told), counts, ())
        written = receipts.authorize(plan, file=file)
        if len(told) > 1:
            receipts.cover(written)

    def _receipts(self, rows: Mapping[str, int]) -> DatabaseReceipts:
        asking = self.asking
        return DatabaseReceipts(home=asking.home, viewer=asking.viewer, by=self.by, known=rows)
