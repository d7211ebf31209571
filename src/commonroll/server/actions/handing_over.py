"""Scores and other things that a gatherer made go to the owners of the voters on the day of the terms.

One row says what of it stands with an owner (`CameHome`). A thing that is changed is brought anew on its day,
one that is taken back counts with the owner no more. The receipt is written first, then the vault, then the
row says that it came: a crash in between is made good by the next look, with no second receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import MADE
from commonroll.errors import Refusal
from commonroll.server import journal, members, wall
from commonroll.server.actions import lists_home, scores_home, scripts_home
from commonroll.server.actions.handed_over import Maker, Thing
from commonroll.server.actions.returning import receipt
from commonroll.server.actions.sharing import returns
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import CameHome, Member

MAKERS: Mapping[str, Maker] = {
    CameHome.Kind.LISTS.value: Maker(
        lists_home.things,
        lists_home.rows,
        lists_home.stand,
        lists_home.fall,
        lists_home.gone,
        lists_home.read,
    ),
    CameHome.Kind.SCORES.value: Maker(
        scores_home.things, scores_home.rows, scores_home.stand, scores_home.fall, scores_home.gone
    ),
    CameHome.Kind.SCRIPTS.value: Maker(
        scripts_home.things, scripts_home.rows, scripts_home.stand, scripts_home.fall, scripts_home.gone
    ),
}
"""By kind, as `profile.MADE` names them."""
assert set(MAKERS) == set(MADE)

_TAKEN_BACK = "the gatherer took it back"


def release(home: Home, member: Member, grant: Grant, last: Mapping[str, date], now: datetime) -> int:
    """Bring an owner what is of its kind's `last` day and before, and take away what was taken back; how many
    rows came. The same again changes nothing."""
    came = 0
    for kind in sorted(MAKERS.keys() & returns(grant).keys()):
        due = {
            one.source: one for one in MAKERS[kind].things(member, grant.owner) if one.of_day <= last[kind]
        }
        there = CameHome.objects.filter(member=member, owner__key=grant.owner, kind=kind)
        rows = {one.source: one for one in there.select_related("owner", "member")}
        for source in sorted({*due, *rows}):
            came += _settle(home, member, grant, due.get(source), rows.get(source), now)
    return came


def _settle(
    home: Home, member: Member, grant: Grant, due: Thing | None, row: CameHome | None, now: datetime
) -> int:
    if row is not None and row.kept_out_at is not None:
        return 0
    if due is not None and (row is None or row.version != due.version or not row.stands):
        return _bring(home, member, grant, due, row, now)
    if row is not None and row.stands and MAKERS[row.kind].gone(row):
        MAKERS[row.kind].fall(home, row, row.member.name, _TAKEN_BACK)
        with transaction.atomic():
            row.gone_at = now
            row.save(update_fields=["gone_at"])
            receipt(member, grant, [row.kind], 0)
    return 0


def _bring(home: Home, member: Member, grant: Grant, due: Thing, row: CameHome | None, now: datetime) -> int:
    maker = MAKERS[due.kind]
    before = row.before if row is not None and row.came_at is None else row.version if row else ""
    if row is None or row.version != due.version or row.came_at is not None:
        rows = maker.rows(home, due, grant.owner)
        if not rows and row is None:
            return 0
        row = _begin(member, grant, due, row, rows, before)
    maker.stand(home, row, before)
    row.came_at = now
    row.save(update_fields=["came_at"])
    return row.rows


@transaction.atomic
def _begin(
    member: Member, grant: Grant, due: Thing, row: CameHome | None, rows: int, before: str
) -> CameHome:
    """The receipt, and the row on its way."""
    row = row or CameHome(member=member, owner=members.of_key(grant.owner), kind=due.kind, source=due.source)
    # a thing that is renamed keeps the code by which the owner's universes ask for it
    row.code = row.code or due.code
    row.name, row.version, row.of_day = due.name, due.version, due.of_day
    row.read = MAKERS[due.kind].read(due, grant.owner)
    row.rows, row.agreement, row.before = rows, grant.number, before
    row.came_at = row.gone_at = None
    row.save()
    receipt(member, grant, [due.kind], rows)
    return row


# The owner's word


def came(*, of: Member, by: Actor) -> list[CameHome]:
    """What came home to an owner, by gatherer, kind and name."""
    by.require("read", of)
    found = CameHome.objects.filter(owner=of, came_at__isnull=False).select_related("owner", "member")
    return list(found.order_by("member__name", "kind", "name", "pk"))


def keep_out(*, home: Home, of: Member, number: int, by: Actor) -> CameHome:
    """Let a thing that came home count no more, nor what comes of it later, until it is let in again."""
    by.require("load", of)
    row = _of_owner(of, number)
    if row.kept_out_at is None:
        with wall.node():  # it is the gatherer's, whose rows the owner does not see
            MAKERS[row.kind].fall(home, row, by.label, "the owner keeps it out")
        _said(row, "home.kept-out", timezone.now(), by)
    return row


def let_in(*, home: Home, of: Member, number: int, by: Actor) -> CameHome:
    """Let a thing count again that was kept out; it stands as it last came."""
    by.require("load", of)
    row = _of_owner(of, number)
    with wall.node():
        gone = row.gone_at is not None or MAKERS[row.kind].gone(row)
    if gone:
        raise Refusal(
            "The gatherer took it back.", where=row.name, next_step="Ask the gatherer to bring it again."
        )
    if row.kept_out_at is not None:
        with wall.node():
            MAKERS[row.kind].stand(home, row, "")
        _said(row, "home.let-in", None, by)
    return row


def _said(row: CameHome, action: str, at: datetime | None, by: Actor) -> None:
    with transaction.atomic():
        row.kept_out_at, row.kept_out_by = at, by.label[:200] if at else ""
        row.save(update_fields=["kept_out_at", "kept_out_by"])
        journal.operator(row.owner, action, {"from": row.member.key, "kind": row.kind, "code": row.code})


def _of_owner(of: Member, number: int) -> CameHome:
    found = CameHome.objects.filter(owner=of, pk=number, came_at__isnull=False)
    row = found.select_related("owner", "member").first()
    if row is None:
        raise Unknown("nothing of this number came home", next_step="see the page Came home")
    return row
