"""Files for mail and ads: what one would come to, and making it; each for its own purpose and a cause."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll import flow
from commonroll.agreements.law import LawRule, packs_for
from commonroll.agreements.profile import CAUSES, PURPOSES
from commonroll.errors import Refusal
from commonroll.server import carried
from commonroll.server.actions import questions
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.listed import described, kept_to
from commonroll.server.models import Extract, Member, SavedList
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views import audience, mail_file, return_codes
from commonroll.views.made_files import CameTo
from commonroll.views.question import Gap, check
from commonroll.views.view import Plan, Question

Kind = Extract.Kind

PREVIEWS: Mapping[str, Callable[..., CameTo]] = {
    Kind.MAIL: mail_file.preview,
    Kind.AUDIENCE: audience.preview,
}
_TRIES = 50


@dataclass(frozen=True)
class Law:
    """What a state's law has one bear in mind, and the owners whose rows it is about."""

    id: str
    says: str
    cites: str
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """What a file would come to: pieces (households; rows of an audience), persons behind them, who of the
    persons asked for is left out by reason, owners that give nothing (`gaps` say why), and `laws` to heed."""

    pieces: int
    persons: int
    asked: int
    left_out: Mapping[str, int]
    gaps: tuple[Gap, ...]
    laws: tuple[Law, ...] = ()


def preview(
    *, home: Home, viewer: Member, kind: str, cause: str, where: str = "", listed: SavedList | None = None,
    by: Actor,
) -> Preview:  # fmt: skip
    """Count what a file would come to; a receipt of the count is in each owner's log first."""
    by.require("export", viewer)
    draft = _draft(home, viewer, kind, cause, where, listed, "csv", by)
    asked = _asked(home, draft)
    permits = DatabasePermits(home)
    plan = flow.permit(asked, permits, keyed=True)
    everybody = dataclasses.replace(asked, mode="count", columns=(), optional=frozenset())
    known = flow.permit(everybody, DatabasePermits(home, only=plan.owners))
    receipts = DatabaseReceipts(home=home, viewer=viewer, by=by, live=True)
    with permits.reading(plan):
        receipts.authorize(dataclasses.replace(plan, question=everybody))
        came_to = PREVIEWS[Kind(kind)](plan, **carried.beside(home, draft))
        persons = sum(came_to.persons.values())
        reached = persons + came_to.unreached
        unspent = _unspent(home, asked, plan, permits, reached)
    whole = sum(row["n"] for row in known.con.to_pyarrow(known.expression).to_pylist())
    left_out = {
        "asked to stop": whole - reached - unspent,
        "contact budget": unspent,
        **came_to.left_out,
    }
    left_out = {why: n for why, n in left_out.items() if n}
    return Preview(came_to.pieces, persons, whole, left_out, plan.gaps, _laws(plan))


def _laws(plan: Plan) -> tuple[Law, ...]:
    """The warnings of the owners' law packs that a file of such rows meets."""
    columns = [f"voters.{name}" for name in plan.question.columns]
    owners: dict[LawRule, list[str]] = {}
    for owner, state in zip(plan.owners, plan.states, strict=True):
        for rule in (rule for pack in packs_for(state) for rule in pack.rules if rule.does == "warn"):
            meets = plan.question.purpose in rule.purposes or not rule.purposes
            if meets and ("export" in rule.modes or not rule.modes) and any(map(rule.touches, columns)):
                owners.setdefault(rule, []).append(owner)
    return tuple(Law(rule.id, rule.says, rule.cites, tuple(keys)) for rule, keys in owners.items())


def _unspent(home: Home, asked: Question, plan: Plan, permits: DatabasePermits, reached: int) -> int:
    """Persons whom contact budgets leave out: counted by asking without them."""
    if not permits.spent:
        return 0
    without = flow.permit(asked, DatabasePermits(home, only=plan.owners, budgets=False), keyed=True)
    rows = without.expression.aggregate(n=without.expression.count())
    return int(without.con.to_pyarrow(rows)["n"][0].as_py()) - reached


def ask(
    *, home: Home, viewer: Member, kind: str, cause: str, where: str = "", listed: SavedList | None = None,
    format: str = "csv", by: Actor,
) -> Extract:  # fmt: skip
    """Note a file to be made by a job; what cannot be asked is refused at once."""
    by.require("export", viewer)
    extract = _draft(home, viewer, kind, cause, where, listed, format, by)
    check(_asked(home, extract), timezone.now())
    return _kept(extract)


def make(**asked: Any) -> Extract:
    """Make a file in this process; takes what `ask` takes."""
    extract = ask(**asked)
    questions.run_extract(home=asked["home"], extract=extract, by=asked["by"])
    return extract


def _draft(
    home: Home, viewer: Member, kind: str, cause: str, where: str, listed: SavedList | None, format: str,
    by: Actor,
) -> Extract:  # fmt: skip
    if kind not in PREVIEWS:
        raise Refusal("there is no such file", next_step=f"files: {', '.join(PREVIEWS)}")
    if cause not in CAUSES:
        named = PURPOSES.get(cause, cause[:40])
        raise Refusal(f"no file is made for {named}", next_step=f"act for one of {', '.join(CAUSES)}")
    if format not in Extract.Format.values:
        raise Refusal("there is no such format", next_step=f"formats: {', '.join(Extract.Format.values)}")
    if listed is not None and listed.purpose != cause:
        raise Refusal(
            f"the list was saved for {PURPOSES[listed.purpose]}", where=listed.name, next_step="act for it"
        )
    return Extract(
        viewer=viewer, kind=kind, purpose=carried.PURPOSE_OF[kind], cause=cause, where=where,
        columns=list(carried.COLUMNS[kind]), format=format, by=by.label,
        listed=described(listed) if listed else {},
    )  # fmt: skip


def _asked(home: Home, extract: Extract) -> Question:
    asked = carried.question_of(extract)
    if extract.listed:
        asked = dataclasses.replace(asked, listed=kept_to(home, extract.listed))
    return asked


def _kept(extract: Extract) -> Extract:
    """Saved; a mail file under a code that no other of the member has."""
    if extract.kind != Kind.MAIL:
        extract.save()
        return extract
    for _ in range(_TRIES):
        extract.code = return_codes.file_code()
        try:
            with transaction.atomic():
                extract.save(force_insert=True)
            return extract
        except IntegrityError:
            if not Extract.objects.filter(viewer=extract.viewer, code=extract.code).exists():
                raise
    raise Refusal("no code for another mail file was found", next_step="try again")


def file_dict(extract: Extract) -> dict[str, Any]:
    """A finished file as one JSON document."""
    return questions.extract_dict(extract) | {"kind": extract.kind, "cause": extract.cause, **extract.made}
