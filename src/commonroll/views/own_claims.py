"""What a reader's own vault claims of its own voters: facts, answers, the phones and e-mails of the roll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.errors import Refusal
from commonroll.identity.crowds import ADDRESS_ROWS
from commonroll.roll.schema import CONTACTS, FACTS, IMPORTS, REACHABLES, RESPONSES
from commonroll.views.access import Access
from commonroll.views.claims import best, claims, published
from commonroll.views.fact_words import FACT_WORDS, FactWord, Subject
from commonroll.views.people import contacts, of_voters
from commonroll.views.reach import reachable
from commonroll.views.scan import scan

_PUBLISHED = ("state_voter_id", "phone", "email", "source_file", "source_line")


class OwnClaims:
    """Claims of the owner who asks; of nobody else's voters, whatever stands in a file."""

    def __init__(self, con: Backend, owners: Sequence[Access], day: date) -> None:
        self.con = con
        self.day = day
        self.mine = next((access for access in owners if access.grant is None), None)

    def best(self, of: Subject, attribute: str) -> ir.Table:
        """of_owner_no, of_state_voter_id, and the fields of FACT_WORDS of the claim that counts: about the
        voter, or about the household that the voter lives in.

        Raises Refusal where a household is asked for and none are known.
        """
        facts = self._claims()
        facts = facts.filter(facts.attribute == attribute)
        found = best(facts, self._imports(), self.day)
        found = found.filter(found.subject_kind == of)
        if of == "household":
            homes = self._homes()
            found = found.drop("state_voter_id").inner_join(homes, found.subject_id == homes.home)
        said = [word for word in FACT_WORDS.values() if word.of == of]
        return found.select(
            of_owner_no=self.number,
            of_state_voter_id=found.state_voter_id,
            **{f"{word.name}('{attribute}')": _shown(found, word) for word in said},
        )

    def _homes(self) -> ir.Table:
        """state_voter_id and home, the household that each voter lives in; a dormitory is none."""
        if self.mine is None or self.mine.tables.places is None:
            raise Refusal(
                "No household is known: the addresses of your roll were not read apart yet.",
                where="household_fact",
                next_step=f"Run `commonroll places {self._member() or 'MEMBER'}`.",
            )
        places = self.con.read_parquet(self.mine.tables.places)
        lived = places.mutate(people=places.count().over(group_by=places.household_id))
        return lived.filter(lived.people <= ADDRESS_ROWS).select("state_voter_id", home=lived.household_id)

    def reachables(self) -> ir.Table:
        """state_voter_id, channel, value, line_type of phones and e-mails to be trusted."""
        held = of_voters(self._own(self._scan(REACHABLES.name, REACHABLES.names)), self._contacts())
        found = reachable(self._claims(), held, self._imports(), self.day)
        known = found.filter(found.trusted, found.state_voter_id.notnull())
        return known.select("state_voter_id", "channel", "value", "line_type")

    def _claims(self) -> ir.Table:
        voters = self._scan("voters", _PUBLISHED)
        on = (self.mine.tables.made_on if self.mine else None) or self.day
        return claims(
            self._own(self._scan(RESPONSES.name, RESPONSES.names)),
            of_voters(self._own(self._scan(FACTS.name, FACTS.names)), self._contacts()),
            published(voters, self._member(), on),
        )

    def _contacts(self) -> ir.Table:
        return contacts(self._own(self._scan(CONTACTS.name, CONTACTS.names)), self._imports())

    def _imports(self) -> ir.Table:
        return self._scan(IMPORTS.name, IMPORTS.names)

    def _member(self) -> str:
        return self.mine.tables.member if self.mine else ""

    @property
    def number(self) -> ir.Scalar:
        """The owner's place in the scan."""
        return ibis.literal(self.mine.number if self.mine else 0, "int16")

    def _own(self, rows: ir.Table) -> ir.Table:
        return rows.filter(rows.owner == self._member())

    def _scan(self, table: str, columns: Sequence[str]) -> ir.Table:
        files = self.mine.tables.files.get(table, ()) if self.mine else ()
        return scan(self.con, table, [(1, path) for path in files], columns)


def _shown(claims: ir.Table, word: FactWord) -> ir.Value:
    value = claims[word.column.removeprefix("facts.")]
    return number_of(value) if word.kind == "number" else value


def number_of(text: ir.StringValue) -> ir.FloatingValue:
    """A text as the number that it is written as: `1250`, `-0.4`, `$1,250.00`, `65%` is 65; else null."""
    bare = text.strip().re_replace(r"^([-+]?)[$]", r"\1").re_replace(r"[ ]?%$", "")
    plain = ibis.ifelse(bare.re_search(_GROUPED), bare.replace(",", ""), bare)
    return ibis.ifelse(plain.re_search(_PLAIN), plain, ibis.null("string")).try_cast("float64")


_PLAIN = r"^[-+]?([0-9]{1,15}([.][0-9]{0,9})?|[.][0-9]{1,9})$"
_GROUPED = r"^[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?$"
