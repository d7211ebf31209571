"""Which of several claims about one person counts: told before seen before bought before guessed.

Claims are rows as the table `facts` has them; none is changed. One place states the rule, for a voter's page,
for lists and for imports (docs/adr/0060).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir

from commonroll.roll.schema import FACT_KINDS, FACTS, WITHDRAWN_ANSWER

KINDS: Mapping[str, str] = {
    "told": "said by the person",
    "seen": "seen or published",
    "bought": "bought",
    "guessed": "estimated",
}
"""Kinds of claims in words, the strongest first."""

STANDINGS: Mapping[str, str] = {
    "counts": "this one counts",
    "weaker": "a stronger kind of claim counts",
    "older": "a later claim of its kind counts",
    "expired": "its last day is over",
    "ahead": "its day lies ahead",
    "corrected": "a claim at least as strong corrects it",
    "takes_back": "it takes another claim back and says nothing itself",
    "withdrawn": "its import was withdrawn",
    "unfinished": "its import was never finished",
}
"""What became of a claim, and why in words."""

SUBJECT = ("owner", "subject_kind", "subject_id")
_OF = (*SUBJECT, "attribute")
_NEWEST_FIRST = ("observed_on", "loaded_at", "event_id")


def best(facts: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """The claim that counts: one row per subject and attribute that has one.

    `facts`, `imports`: the tables of schema.py. Returns the columns of `facts`, `subject_kind` (voter,
    contact, household) and `subject_id`, `claims` (how many of them count), `disputed` (whether one of those
    says otherwise).

    Told comes before seen before bought before guessed; then the later `observed_on`, the later `loaded_at`,
    the greater `event_id`. A claim counts until its `expires_on`, that day included, and not before its
    `observed_on`; not with a withdrawn import; not where one of its kind or a stronger one corrects it.
    """
    found = counting(facts, imports, today)
    of = [found[name] for name in _OF]
    said = found.mutate(
        place=ibis.row_number().over(group_by=of, order_by=_order(found)),
        claims=found.count().over(group_by=of),
        disputed=found["value"].min().over(group_by=of) != found["value"].max().over(group_by=of),
    )
    return said.filter(said.place == 0).drop("place")


def counting(facts: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """Every claim that may count, also beside a stronger: columns of `facts`, subject_kind, subject_id."""
    found = _judged(facts, imports, today)
    return found.filter(found.standing == "counts").drop("standing", "rank")


def standings(facts: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """Every claim with its `standing` (a key of STANDINGS): that of `best` counts, of each other why not.

    Columns as `facts` has them, subject_kind, subject_id, standing.
    """
    found = _judged(facts, imports, today)
    of = [*(found[name] for name in _OF), found.standing]
    placed = found.mutate(
        place=ibis.row_number().over(group_by=of, order_by=[found["rank"], *_order(found)[1:]]),
        strongest=found["rank"].min().over(group_by=of),
    )
    beaten = ibis.ifelse(placed["rank"] > placed.strongest, "weaker", "older")
    standing = ibis.ifelse((placed.standing == "counts") & (placed.place > 0), beaten, placed.standing)
    return placed.mutate(standing=standing).drop("place", "strongest", "rank")


def live_imports(imports: ir.Table) -> ir.Table:
    """import_id of imports that stand: of each the latest event is `added`."""
    latest = imports.mutate(
        place=ibis.row_number().over(
            group_by=imports.import_id, order_by=[imports["at"].desc(), imports.event_id.desc()]
        )
    )
    return latest.filter(latest.place == 0, latest.action == "added").select("import_id")


def stands(rows: ir.Table, imports: ir.Table) -> ir.BooleanValue:
    """Whether a row's import stands; a row without one does. `rows` has import_id."""
    return rows.import_id.isnull() | rows.import_id.isin(live_imports(imports).import_id).fill_null(False)


def with_subject(rows: ir.Table) -> ir.Table:
    """`rows` with subject_kind and subject_id; of the three ids one has a value."""
    kind = ibis.cases(
        (rows.state_voter_id.notnull(), "voter"), (rows.contact_id.notnull(), "contact"), else_="household"
    )
    subject = ibis.coalesce(rows.state_voter_id, rows.contact_id, rows.household_id)
    return rows.mutate(subject_kind=kind, subject_id=subject)


def _order(rows: ir.Table) -> list[ir.Value]:
    return [rank(rows.kind), *(rows[name].desc() for name in _NEWEST_FIRST)]


def rank(kind: ir.Value) -> ir.Value:
    """A kind's place, 0 for told."""
    return kind.cases(*((name, number) for number, name in enumerate(FACT_KINDS)), else_=len(FACT_KINDS))


def _judged(facts: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """`facts` with subject, rank and standing: `counts` for all that may, else why not."""
    rows = with_subject(facts)
    rows = rows.mutate(rank=rank(rows.kind))
    known = rows.import_id.isin(imports.import_id).fill_null(False)
    standing = ibis.cases(
        (rows.import_id.notnull() & ~known, "unfinished"),
        (~stands(rows, imports), "withdrawn"),
        (rows.observed_on > today, "ahead"),
        (rows.event_id.isin(_corrected(rows, imports, today).event_id), "corrected"),
        (rows["value"].isnull(), "takes_back"),
        ((rows.expires_on < today).fill_null(False), "expired"),
        else_="counts",
    )
    return rows.mutate(standing=standing)


def _corrected(rows: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """event_id of claims that one of the same subject and attribute replaces, of their kind or a stronger."""
    known = rows.filter(rows.replaces.notnull(), rows.observed_on <= today)
    known = known.filter(stands(known, imports))
    later = known.select(corrects=known.replaces, by_rank=known["rank"], **{
        f"by_{name}": known[name] for name in _OF
    })  # fmt: skip
    same = [rows[name] == later[f"by_{name}"] for name in _OF]
    found = rows.inner_join(later, [rows.event_id == later.corrects, *same])
    return found.filter(found.by_rank <= found["rank"]).select("event_id")


# Claims that stand in other tables

_TYPES: Mapping[str, str] = {
    column.name: "timestamp('UTC', 6)" if column.type == "timestamp" else column.type for column in FACTS
}


def claims(responses: ir.Table, facts: ir.Table, *others: ir.Table) -> ir.Table:
    """The claims of `facts`, the answers of `responses` as such, and `others` (see `published`)."""
    return ibis.union(facts.select(*FACTS.names).cast(_TYPES), told(responses), *others)


def not_withdrawn(responses: ir.Table) -> ir.Table:
    """The answers that their gatherer did not take back."""
    of = responses.question
    taken = responses.filter(of == WITHDRAWN_ANSWER).select(
        taken=responses.answer, taken_by=responses.gathered_by
    )
    said = responses.filter(of != WITHDRAWN_ANSWER)
    return said.anti_join(taken, [said.event_id == taken.taken, said.gathered_by == taken.taken_by])


def standing(attempts: ir.Table) -> ir.Table:
    """The attempts that their gatherer did not take back."""
    gone = attempts.filter(attempts.result == WITHDRAWN_ANSWER)
    gone = gone.select(taken=gone.replaces, taken_by=gone.gathered_by)
    made = attempts.filter(attempts.result != WITHDRAWN_ANSWER)
    return made.anti_join(gone, [made.event_id == gone.taken, made.gathered_by == gone.taken_by])


def told(responses: ir.Table) -> ir.Table:
    """Answers as claims of kind told: the question is the attribute, the channel the source."""
    found = not_withdrawn(responses)
    said = found.filter(found.kind == "told")
    return _claim(
        said,
        event_id=said.event_id,
        attribute=said.question,
        value=said.answer,
        kind="told",
        source=said.channel.cases(*SPOKEN_AT.items(), else_="answer"),
        licence="the person's own words",
        basis="the person answered",
        observed_on=said.answered_on,
        gathered_by=said.gathered_by,
        loaded_at=said.loaded_at,
    )


def published(voters: ir.Table, member: ir.StringValue | str, on: ir.DateValue | date) -> ir.Table:
    """Phone and e-mail that the state publishes, as claims of kind seen; `on` is the day of the roll."""
    return ibis.union(*(_published(voters, member, on, attribute) for attribute in ("phone", "email")))


def _published(
    voters: ir.Table, member: ir.StringValue | str, on: ir.DateValue | date, attribute: str
) -> ir.Table:
    rows = voters.filter(voters[attribute].notnull()).mutate(owner=ibis.literal(member))
    day = ibis.literal(on, "date") if isinstance(on, date) else on
    return _claim(
        rows,
        event_id=ibis.literal(f"roll:{attribute}:") + rows.state_voter_id,
        attribute=attribute,
        value=rows[attribute],
        kind="seen",
        source="the state's voter file",
        licence="as the state publishes it",
        basis="public record",
        observed_on=day,
        gathered_by=member,
        loaded_at=day.cast("timestamp"),
    )


def chosen(listings: ir.Table) -> ir.Table:
    """Places on lists that came home as claims of kind guessed: somebody's choice, not the person's word."""
    return _claim(
        listings,
        event_id=listings.event_id,
        attribute=listings.list,
        value=ibis.literal("on the list ") + listings.name,
        kind="guessed",
        source=ibis.literal("list of ") + listings.gathered_by,
        licence="released under an agreement",
        basis="a choice of the gatherer's, nobody's word",
        import_id=listings.import_id,
        observed_on=listings.listed_on,
        gathered_by=listings.gathered_by,
        loaded_at=listings.loaded_at,
        source_file=ibis.null("string"),
        source_line=ibis.null("int64"),
    )


SPOKEN_AT: Mapping[str, str] = {
    "door": "answer at the door",
    "phone": "answer on the phone",
    "text": "answer by text",
    "mail": "answer by mail",
    "event": "answer at an event",
}


def _claim(rows: ir.Table, **given: ir.Value | str) -> ir.Table:
    """Rows of voters as `facts` has them: the columns given, the rest of `rows` or empty."""
    carried = {"owner", "state_voter_id", "source_file", "source_line"}
    columns = {
        name: given[name] if name in given else rows[name] if name in carried else ibis.null(kind)
        for name, kind in _TYPES.items()
    }
    return rows.select(**{
        name: (ibis.literal(value) if isinstance(value, str) else value).cast(_TYPES[name])
        for name, value in columns.items()
    })  # fmt: skip
