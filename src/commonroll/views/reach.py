"""How a person can be reached: phones and e-mails from every source, each number of a person once.

A number is read as it is held: on the roll, in an answer, in the table `reachables`. Of what was said of it,
that it works or belongs to somebody else, the last counts.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from commonroll.roll.layout.cells import email as email_of
from commonroll.roll.layout.cells import us_phone
from commonroll.roll.schema import REACH_CHANNELS, REACHABLES
from commonroll.views.claims import counting, rank, stands

MOST_SHARING = 5
"""People on whose rows one number may stand: a household shares a landline, five hundred share an error."""

BAD = ("bounced", "wrong_person", "disconnected")
"""What is known of a number that nobody should use for the person."""

_OF = ("owner", "state_voter_id", "contact_id", "channel", "value")
_CARRIED = (*_OF, "line_type", "status", "kind", "source", "licence", "basis", "observed_on", "confirmed_on",
            "gathered_by", "loaded_at", "event_id")  # fmt: skip


def phone_of(text: ir.StringValue) -> ir.StringValue:
    """A phone as people write it in E.164; null where it is none.

    Ten digits, or eleven with a leading 1, are of the North American plan; another country's has its plus.
    """
    plain = text.re_replace(r"(?i)[ ,;]*(ext|x|#)[. ]*[0-9]{1,6}[ ]*$", "").re_replace(r"[^0-9+]", "")
    abroad = plain.re_search(r"^[+][2-9][0-9]{6,14}$")
    home = plain.re_extract(r"^[+]?1?([0-9]{10})$", 1)
    return ibis.ifelse(abroad, plain, us_phone(home))


def reachable(facts: ir.Table, reachables: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """Every phone and e-mail of every person, one row each: what is known of it, and whether to trust it.

    `facts` are claims (`claims.claims`): those of a phone or an email that count are read as numbers.
    Returns owner, state_voter_id, contact_id, channel, value; line_type and status, the last that are known;
    kind, the strongest, source, licence and basis of it; observed_on, confirmed_on, the latest; `sharing`, on
    how many people's rows the number stands; `trusted`: neither bad, nor guessed, nor on more than
    MOST_SHARING rows.
    """
    held = reachables.filter(stands(reachables, imports), reachables.observed_on <= today)
    rows = ibis.union(held.select(*_CARRIED).cast(_types()), _from_claims(facts, imports, today))
    newest = ibis.struct({name: rows[name] for name in ("observed_on", "loaded_at", "event_id")})
    strongest = ibis.struct({"rank": -rank(rows.kind), "newest": newest})
    known = rows.group_by(list(_OF)).agg(
        line_type=rows.line_type.argmax(newest, where=rows.line_type != "unknown").fill_null("unknown"),
        status=rows.status.argmax(newest, where=rows.status != "unknown").fill_null("unknown"),
        **{name: rows[name].argmax(strongest) for name in ("kind", "source", "licence", "basis")},
        observed_on=rows.observed_on.max(),
        confirmed_on=rows.confirmed_on.max(),
    )
    number = [known.owner, known.channel, known["value"]]
    known = known.mutate(sharing=known.count().over(group_by=number))
    usable = known.status.notin(BAD) & (known.kind != "guessed") & (known.sharing <= MOST_SHARING)
    return known.mutate(trusted=usable)


def _types() -> dict[str, str]:
    kinds = {name: REACHABLES[name].type for name in _CARRIED}
    return {name: "timestamp('UTC', 6)" if kind == "timestamp" else kind for name, kind in kinds.items()}


def _from_claims(facts: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """Claims of a phone or an e-mail as rows of `reachables`; a household's number is nobody's own."""
    told = facts.filter(facts.attribute.isin(REACH_CHANNELS), facts.household_id.isnull())
    told = counting(told, imports, today)
    value = ibis.cases(
        # as the roll and the table have them: most of the rows
        (told["value"].re_search(r"^[+]1[2-9][0-9]{2}[2-9][0-9]{6}$"), told["value"]),
        (told.attribute == "phone", phone_of(told["value"])),
        (told.attribute == "email", email_of(told["value"].strip())),
    )
    known = told.mutate(
        channel=told.attribute,
        value=value,
        line_type=ibis.literal("unknown"),
        status=ibis.literal("unknown"),
        confirmed_on=ibis.null("date"),
    )
    return known.filter(known["value"].notnull()).select(*_CARRIED).cast(_types())
