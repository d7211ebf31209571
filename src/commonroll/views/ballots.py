"""Ballots beside the voters of a question: how far they are, what to chase and to cure, who has voted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from commonroll.agreements.cures import OTHER, REASONS, UNKNOWN_DAYS, Cure
from commonroll.agreements.law import cure_of
from commonroll.agreements.profile import Mask
from commonroll.roll.lengths import rows_in
from commonroll.roll.schema import BALLOTS
from commonroll.views.access import Access
from commonroll.views.ballot_words import BALLOT_WORDS, VOTED, BallotField
from commonroll.views.grants import per_owner
from commonroll.views.masks import CODES, masked
from commonroll.views.protection import channels
from commonroll.views.question import Checked

ASKING = ("gotv", "persuasion")
"""Purposes that ask for a vote."""

_NOBODY_KNOWS = date(9999, 12, 31)


def asks_for_votes(asked: Checked) -> bool:
    """Whether the question's rows are there to ask people for their vote: a contact under such a purpose, or
    rows that leave with a way to reach them; whoever has voted is not among them."""
    question = asked.question
    if (question.cause or question.purpose) not in ASKING:
        return False
    return question.mode == "contact" or (question.mode == "export" and bool(channels(asked)))


def any_ballots(owners: Sequence[Access]) -> bool:
    """Whether any owner's roll has a ballot at all."""
    return any(rows_in(path) for access in owners for path in access.tables.files.get(BALLOTS.name, ()))


def without_voted(voters: ir.Table, ballots: ir.Table, day: date) -> ir.Table:
    """`voters` but those whose ballot for a coming election, or today's, is back and not known to be lost."""
    back = ballots.filter(ballots.status.isin(VOTED), ballots.election_date >= ibis.literal(day, "date"))
    return voters.anti_join(back, ["owner_no", "state_voter_id"])


def of_election(
    ballots: ir.Table, election: date, words: Collection[str], owners: Sequence[Access], day: date
) -> ir.Table:
    """of_owner_no, of_state_voter_id and a field for each word, one row a voter: the ballot that counts, else
    the one sent last."""
    rows = ballots.filter(ballots.election_date == ibis.literal(election, "date"))
    rank = ibis.cases(
        (rows.status.isin(VOTED), 3), (rows.status == "spoiled", 1), else_=2
    ) * ibis.literal(100_000, "int64") + rows.sent_on.epoch_days().fill_null(0)  # fmt: skip
    first = ibis.row_number().over(group_by=[rows.owner_no, rows.state_voter_id], order_by=rank.desc())
    rows = rows.mutate(first=first).filter(lambda one: one["first"] == 0)
    return rows.select(
        of_owner_no=rows.owner_no,
        of_state_voter_id=rows.state_voter_id,
        **{f"{word}('{election}')": _said(rows, word, election, owners, day) for word in sorted(words)},
    )


def _said(rows: ir.Table, word: str, election: date, owners: Sequence[Access], day: date) -> ir.Value:
    if not BALLOT_WORDS[word].computed:
        return rows[BALLOT_WORDS[word].sources[0].partition(".")[2]]
    if word == "chase":
        return (rows.status == "sent") & ibis.literal(day <= election, "boolean")
    rejected, why = rows.status == "rejected", rows.reason.upper()
    if word == "cure_why":
        said = ibis.cases(*((why.re_search(one.pattern), one.says) for one in REASONS), else_=OTHER)
        return ibis.cases((rejected, said), else_=ibis.null("string"))
    curable = rejected & ibis.cases(
        *((why.re_search(one.pattern), one.curable) for one in REASONS), else_=True
    )  # fmt: skip
    known = {access.tables.state: cure_of(access.tables.state, election) for access in owners}
    if word == "cure_by":
        days = [_until(known[access.tables.state], election) for access in owners]
        until = per_owner(owners, days, "date", rows.owner_no).nullif(ibis.literal(_NOBODY_KNOWS, "date"))
        return ibis.cases((curable, until), else_=ibis.null("date"))
    open_ = [_open(known[access.tables.state], election, day) for access in owners]
    return curable & per_owner(owners, open_, "boolean", rows.owner_no)


def _until(cure: Cure | None, election: date) -> date:
    return (cure.until(election) if cure else None) or _NOBODY_KNOWS


def _open(cure: Cure | None, election: date, day: date) -> bool:
    if cure is None:
        return day <= election + timedelta(days=UNKNOWN_DAYS)
    until = cure.until(election)
    return until is not None and day <= until


def shown(
    field: BallotField, value: ir.Value, source: str, masks: Collection[Mask], code: ir.Value | None
) -> ir.Value:
    """`value` as each owner shows `source`, one of its columns; what is more than that column's own value
    only where the column is shown plain."""
    if source == field.sources[0] and not BALLOT_WORDS[field.word].computed:
        return masked(source, value, masks, code)
    nothing = ibis.null(value.type())
    if code is None:
        return value if set(masks) == {"plain"} else nothing
    return ibis.cases((code == CODES["plain"], value), else_=nothing)
