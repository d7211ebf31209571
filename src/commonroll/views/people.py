"""A member's own people: of each contact the row that counts, and claims about contacts who are voters."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from commonroll.views.claims import stands


def contacts(rows: ir.Table, imports: ir.Table) -> ir.Table:
    """The contacts that a member has: one row per owner and contact_id, with the columns of `contacts`.

    Of rows whose import stands the latest counts, by loaded_at and event_id; a contact whose latest row says
    `removed` is none.
    """
    held = rows.filter(stands(rows, imports))
    latest = held.mutate(
        place=ibis.row_number().over(
            group_by=[held.owner, held.contact_id], order_by=[held.loaded_at.desc(), held.event_id.desc()]
        )
    )
    return latest.filter(latest.place == 0, ~latest.removed).drop("place")


def of_voters(rows: ir.Table, people: ir.Table) -> ir.Table:
    """`rows` (facts or reachables) with those about a contact who is a voter as the voter's.

    `people`: `contacts`. A household's stay the household's.
    """
    known = people.filter(people.state_voter_id.notnull())
    turned = known.select(of_owner=known.owner, of_contact=known.contact_id, the_voter=known.state_voter_id)
    same = [rows.owner == turned.of_owner, rows.contact_id == turned.of_contact]
    joined = rows.left_join(turned, same)
    found = joined.the_voter.notnull()
    return joined.mutate(
        state_voter_id=ibis.coalesce(joined.state_voter_id, joined.the_voter),
        contact_id=ibis.ifelse(found, ibis.null("string"), joined.contact_id),
    ).select(*rows.columns)
