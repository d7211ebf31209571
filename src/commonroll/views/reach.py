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
from commonroll.roll.schema import FACT_KINDS, REACH_CHANNELS, REACHABLES
from commonroll.views.claims import counting, rank, stands

MOST_SHARING = 5
"""People on whose rows one number may stand: a household shares a landline, five hundred share an error."""

BAD = ("bounced", "wrong_person", "disconnected")
"""What is known of a number that nobody should use for the person."""

_OF = ("owner", "state_voter_id", "contact_id", "channel", "value")
_EITHER = ("state_voter_id", "contact_id")
_LATER = ("observed_on", "loaded_at", "event_id")
_GUESSED = FACT_KINDS.index("guessed")
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
    held = _known(reachables, imports, today)
    rows = numbers(facts, reachables, imports, today)
    rows = rows.mutate(rank=rank(rows.kind))
    strongest = ibis.struct({"rank": -rows["rank"], **{name: rows[name] for name in _LATER}})
    known = rows.group_by(list(_OF)).agg(
        rank=rows["rank"].min(),
        observed_on=rows.observed_on.max(),
        confirmed_on=rows.confirmed_on.max(),
        # what nobody asks for is not computed: lists ask for none of them
        **{name: rows[name].argmax(strongest) for name in ("source", "licence", "basis")},
    )
    known = _with_last(_with_last(known, held, "status"), held, "line_type")
    known = _with_sharing(known)
    usable = known.status.notin(BAD) & (known["rank"] < _GUESSED) & (known.sharing <= MOST_SHARING)
    kind = known["rank"].cases(*enumerate(FACT_KINDS))
    return known.mutate(trusted=usable, kind=kind).drop("rank")


def numbers(facts: ir.Table, reachables: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    """Each time that a number of a person is held, a row with the columns of `reachables`."""
    held = _known(reachables, imports, today)
    return ibis.union(held.select(*_CARRIED).cast(_types()), _from_claims(facts, imports, today))


def _known(reachables: ir.Table, imports: ir.Table, today: date) -> ir.Table:
    return reachables.filter(stands(reachables, imports), reachables.observed_on <= today)


def _with_last(known: ir.Table, held: ir.Table, column: str) -> ir.Table:
    """The numbers with the last of `column` that is not unknown; few rows say anything of it."""
    said = held.filter(held[column] != "unknown")
    place = ibis.row_number().over(
        group_by=[said[name] for name in _OF], order_by=[said[name].desc() for name in _LATER]
    )
    last = said.mutate(place=place).filter(ibis._.place == 0)
    last = last.select(**{f"of_{name}": last[name] for name in _OF}, **{column: last[column]})
    same = [
        known[name] == last[f"of_{name}"] if name not in _EITHER
        else known[name].identical_to(last[f"of_{name}"])
        for name in _OF
    ]  # fmt: skip
    found = known.left_join(last, same).drop(*(f"of_{name}" for name in _OF))
    return found.mutate(**{column: found[column].fill_null("unknown")})


def _with_sharing(known: ir.Table) -> ir.Table:
    """The numbers, and on how many people's rows each stands."""
    number = ("owner", "channel", "value")
    counted = known.group_by(list(number)).agg(sharing=known.count())
    counted = counted.rename({f"of_{name}": name for name in number})
    same = [known[name] == counted[f"of_{name}"] for name in number]
    return known.inner_join(counted, same).drop(*(f"of_{name}" for name in number))


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
