"""What a reader's own vault claims of its own voters: facts, answers, the phones and e-mails of the roll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.roll.schema import CONTACTS, FACTS, IMPORTS, REACHABLES, RESPONSES
from commonroll.views.access import Access
from commonroll.views.claims import best, claims, published
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

    def best(self, attribute: str) -> ir.Table:
        """of_owner_no, of_state_voter_id, and fact('...') and fact_kind('...') of the claim that counts."""
        facts = self._claims()
        facts = facts.filter(facts.attribute == attribute)
        found = best(facts, self._imports(), self.day)
        voters = found.filter(found.subject_kind == "voter")
        return voters.select(
            of_owner_no=self.number,
            of_state_voter_id=voters.state_voter_id,
            **{f"fact('{attribute}')": voters["value"], f"fact_kind('{attribute}')": voters.kind},
        )

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
