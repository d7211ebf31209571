"""The governed relation: one scan of all owners' voters, masked, asked, kept within the row scopes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cached_property

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.roll.schema import (
    ATTEMPTS,
    BALLOTS,
    IMPORTS,
    LISTINGS,
    REACHABLES,
    RESPONSES,
    SPOKEN_WITH,
    TABLES,
    VOTERS,
)
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views import ballots, codes
from commonroll.views.access import Access
from commonroll.views.age import age
from commonroll.views.ballot_words import BallotField
from commonroll.views.claims import not_withdrawn, standing, stands
from commonroll.views.derived import AGE, CONTACTS_MADE, OWNER_COLUMNS, Visible
from commonroll.views.fact_words import FactField
from commonroll.views.grants import (
    masks_of,
    per_owner,
    suppressed_table,
)  # fmt: skip
from commonroll.views.inside import Inside, large
from commonroll.views.listed import of_list
from commonroll.views.masks import CODES, masked
from commonroll.views.own_claims import OwnClaims
from commonroll.views.predicate import condition
from commonroll.views.protection import DECIDES, channels, readable
from commonroll.views.pseudonyms import with_ids, with_persons
from commonroll.views.question import Checked
from commonroll.views.scan import Files, scan
from commonroll.views.score_words import ScoreField
from commonroll.views.scored import with_score
from commonroll.views.within import Within

_ANSWERED = ("owner_no", "state_voter_id", "question", "answer", "answered_on")
_CONTACTED = ("owner_no", "state_voter_id", "answered_on")
_COUNTS = ("event_id", "loaded_at", "gathered_by")
"""What decides which of several answers counts."""

KEY = "voter_key"
"""The voter's id within the engine: joins use it, no output carries it."""


class Relation:
    """The rows that the admitted owners' grants leave for one question."""

    def __init__(
        self,
        con: Backend,
        asked: Checked,
        owners: Sequence[Access],
        mine: OwnerTables | None,
        keys: Mapping[str, bytes],
        person_key: bytes | None = None,
    ) -> None:
        self.con = con
        self.asked = asked
        self.owners = owners
        self.mine = mine
        self.keys = keys
        self.person_key = person_key

    @cached_property
    def within(self) -> Within | Inside:
        if large(self.owners):
            return Inside(self.con, self.owners, self.asked)
        return Within(self.owners, {column.name: column.type for column in VOTERS})

    @cached_property
    def own(self) -> OwnClaims:
        return OwnClaims(self.con, self.owners, self.asked.day)

    @cached_property
    def fields(self) -> tuple[Visible, ...]:
        """The question's fields, each once."""
        return tuple(dict.fromkeys((*self.asked.where_fields, *self.asked.by, *self.asked.shown)))

    def rows(self, *also: str) -> ir.Table:
        """owner_no, FILE where it orders them, ids where rows carry them, the columns shown, as the reader
        may see them; `also` is KEY where whoever asks takes it off again."""
        rows = self.within.keep(self._selected())
        ids: dict[str, ir.Value] = {}
        if self.asked.carries_ids:
            rows, ids = with_ids(self.con, rows, self.owners, self.keys, KEY)
            rows, persons = with_persons(self.con, rows, self.owners, self.person_key, KEY)
            ids |= persons
        shown = {column.name: rows[column.name] for column in self.asked.shown}
        return rows.select("owner_no", *self.within.placed, *also, **(ids | shown))

    def members(self) -> ir.Table:
        """owner_no and KEY, for a list that is kept on this machine."""
        return self.within.keep(self._selected()).select("owner_no", KEY)

    def records(self) -> ir.Table:
        """KEY and the columns shown, for what is computed on this machine; the key leaves in no output."""
        rows = self.within.keep(self._selected())
        return rows.select(KEY, *(column.name for column in self.asked.shown))

    def counts(self) -> ir.Table:
        """owner_no, the columns counted by (but those that the owner's number stands for), n.

        Rows are counted before they are held against the row scopes, together with the scopes' columns: the
        same rows remain, and a scope meets each combination once instead of each row.
        """
        by = ["owner_no", *(c.name for c in self.asked.by if c.name not in OWNER_COLUMNS)]
        selected = self._selected()
        if not self.within.carried:
            return selected.group_by(by).agg(n=selected.count())
        cells = selected.group_by([*by, *self.within.carried]).agg(n=selected.count())
        cells = self.within.keep(cells)
        return cells.group_by(by).agg(n=cells.n.sum())

    def _selected(self) -> ir.Table:
        """owner_no, the id, the fields after masks and the scopes' columns, of the voters asked for."""
        seen = self._seen(self._readable())
        where = self.asked.question.where
        asked = seen.filter(condition(where.tree, _Seen(self, seen))) if where else seen
        return self.within.with_bits(asked, self._of_owners)

    def _readable(self) -> ir.Table:
        """The voters who are in a view at all, whatever was agreed."""
        voters = self._voters()
        if isinstance(self.within, Within):
            voters = readable(voters, self.asked, self.owners)
        if self.asked.question.listed is not None:
            kept = of_list(self.con, self.asked.question.listed, self.owners)
            voters = voters.semi_join(kept, ["owner_no", "state_voter_id"])
        gone = suppressed_table(self.owners, channels(self.asked))
        if gone.num_rows:
            voters = voters.anti_join(ibis.memtable(gone), ["owner_no", "state_voter_id"])
        return self._without_voted(voters)

    def _without_voted(self, voters: ir.Table) -> ir.Table:
        """Whoever is asked for a vote that is cast already is not among them."""
        if ballots.asks_for_votes(self.asked) and ballots.any_ballots(self.owners):
            told = self.scan(BALLOTS.name, ("state_voter_id", "election_date", "status"))
            return ballots.without_voted(voters, told, self.asked.day)
        return voters

    def _seen(self, voters: ir.Table) -> ir.Table:
        voters = self._with_ballots(self._with_facts(voters.mutate(**self._codes(voters))))
        for field in self.fields:
            if isinstance(field, ScoreField):
                asked = self.asked.question
                voters = with_score(self.con, voters, self.owners, field, asked.viewer, asked.told)
        shown = {field.name: self._field(voters, field) for field in self.fields}
        limits = self.within.values(voters)
        return voters.select("owner_no", **{KEY: voters.state_voter_id}, **limits, **shown)

    def _with_facts(self, voters: ir.Table) -> ir.Table:
        """`voters` and, for each attribute asked for, the value and kind of the claim that counts."""
        asked = sorted({(field.of, field.attribute) for field in self.fields if isinstance(field, FactField)})
        for of, attribute in asked:
            found = self.own.best(of, attribute)
            same = [voters[name] == found[f"of_{name}"] for name in ("owner_no", "state_voter_id")]
            voters = voters.left_join(found, same).drop("of_owner_no", "of_state_voter_id")
        return voters

    def _with_ballots(self, voters: ir.Table) -> ir.Table:
        """`voters` and, for each election asked for, what is said of their ballot."""
        asked: dict[date, set[str]] = {}
        for field in self.fields:
            if isinstance(field, BallotField):
                asked.setdefault(field.election, set()).add(field.word)
        for election, words in sorted(asked.items()):
            told = self.scan(BALLOTS.name, BALLOTS.names)
            found = ballots.of_election(told, election, words, self.owners, self.asked.day)
            same = [voters[name] == found[f"of_{name}"] for name in ("owner_no", "state_voter_id")]
            voters = voters.left_join(found, same).drop("of_owner_no", "of_state_voter_id")
            # nobody without a ballot is unknown to be chased
            sure = {
                name: voters[name].fill_null(False)
                for name in found.columns
                if found[name].type().is_boolean()
            }
            voters = voters.mutate(**sure) if sure else voters
        return voters

    def _codes(self, voters: ir.Table) -> dict[str, ir.Value]:
        """Each owner's masks, where they differ."""
        owners, number = self.owners, voters.owner_no
        sources = sorted({source for field in self.fields for source in (*field.sources, *field.also)})
        masks = {source: [CODES[mask] for mask in masks_of(owners, source)] for source in sources}
        return {
            _code(source): per_owner(owners, codes, "int8", number)
            for source, codes in masks.items()
            if len(set(codes)) > 1
        }

    # Fields as the reader may see them

    def _field(self, voters: ir.Table, field: Visible) -> ir.Value:
        if field.name in OWNER_COLUMNS:
            named = [getattr(access.tables, field.name) for access in self.owners]
            return per_owner(self.owners, named, "string", voters.owner_no)
        if field.name == AGE.name:
            return self._age(voters)
        if isinstance(field, FactField):
            return voters[field.name]
        if isinstance(field, ScoreField):
            source = field.sources[0]
            masks, code = masks_of(self.owners, source), self._code_of(voters, source)
            return masked(source, voters[field.name], masks, code)
        if isinstance(field, BallotField):
            value = voters[field.name]
            for source in (field.sources[0], *field.also):
                masks, code = masks_of(self.owners, source), self._code_of(voters, source)
                value = ballots.shown(field, value, source, masks, code)
            return value
        return self._source(voters, field.sources[0])

    def _source(self, voters: ir.Table, qualified: str) -> ir.Value:
        value = voters[qualified.partition(".")[2]]
        return masked(qualified, value, masks_of(self.owners, qualified), self._code_of(voters, qualified))

    def _code_of(self, voters: ir.Table, qualified: str) -> ir.Value | None:
        """Each owner's mask as a number; None where it is one for all."""
        return voters[_code(qualified)] if _code(qualified) in voters.columns else None

    def _age(self, voters: ir.Table) -> ir.Value:
        birth_date, birth_year, published = AGE.sources
        return age(
            self.asked.day,
            voters.birth_date,
            masks_of(self.owners, birth_date),
            self._code_of(voters, birth_date),
            self._source(voters, birth_year),
            self._source(voters, published),
        )

    # Tables of the owners

    def _voters(self) -> ir.Table:
        """The columns of `voters` that the question needs; each further one would take time to compile."""
        sources = {s.removeprefix("voters.") for field in self.fields for s in field.sources}
        columns = [name for name in VOTERS.names if name in sources.union(DECIDES, self.within.read)]
        return scan(
            self.con, "voters", self._files("voters"), columns, self.within.limits, lines=self.within.lines
        )

    def _files(self, table: str) -> Files:
        return [(a.number, path) for a in self.owners for path in a.tables.files.get(table, ())]

    def scan(self, table: str, columns: Sequence[str]) -> ir.Table:
        """`columns` of `table` of all owners, and owner_no."""
        return scan(self.con, table, self._files(table), columns)

    def _of_owners(self, table: str, columns: Sequence[str], owners: Collection[int]) -> ir.Table:
        return scan(self.con, table, [f for f in self._files(table) if f[0] in owners], columns)

    def rows_of(self, table: str) -> ir.Table:
        """A table's rows that a function may look at, and owner_no."""
        if table == RESPONSES.name:
            return self.answers()
        if table == CONTACTS_MADE:
            return self._contacts()
        if table == LISTINGS.name:
            return self._listings()
        if table == codes.TABLE:
            return codes.in_standard_words(self._gathered(*_ANSWERED, *_COUNTS), self.asked.question.codes)
        return self.scan(table, TABLES[table].names)

    def answers(self) -> ir.Table:
        """owner_no, state_voter_id, question, answer, answered_on: what the reader may know.

        That is what it or the owner gathered, and what came home from gatherers that it is told of. An answer
        may stand in both vaults and come twice.
        """
        return self._gathered(*_ANSWERED)

    def _gathered(self, *columns: str) -> ir.Table:
        return self._known("responses", RESPONSES.names, not_withdrawn).select(*columns)

    def _contacts(self) -> ir.Table:
        """owner_no, state_voter_id, answered_on: answers, and attempts at which somebody was spoken with."""
        made = self._known("attempts", ATTEMPTS.names, standing)
        spoken = made.filter(made.result.isin(SPOKEN_WITH)).rename(answered_on="attempted_on")
        return ibis.union(self._gathered(*_CONTACTED), spoken.select(*_CONTACTED))

    def _known(
        self, table: str, columns: Sequence[str], counting: Callable[[ir.Table], ir.Table]
    ) -> ir.Table:
        """Rows that count of a table of events about the owners' voters, and that the reader may know of."""
        viewer, told = self.asked.question.viewer, self.asked.question.told
        theirs = counting(self.scan(table, columns))
        member = self._member(theirs)
        known = (theirs.gathered_by == member) | (theirs.gathered_by == viewer) | (member == viewer)
        if told:
            known |= theirs.gathered_by.isin(sorted(told))
        names = (*columns, "owner_no")
        found = theirs.filter(theirs.owner == member, known).select(*names)
        if self.mine is None:
            return found
        files = [(0, path) for path in self.mine.files.get(table, ())]
        own = counting(scan(self.con, table, files, columns))
        numbers = [(access.tables.member, access.number) for access in self.owners]
        number = own.owner.cases(*numbers, else_=None).cast("int16")
        return ibis.union(found, own.mutate(owner_no=number).select(*names))

    def _listings(self) -> ir.Table:
        """Who stands on lists that came home: all of the reader's own vault, of others' those it may know."""
        rows = self.scan(LISTINGS.name, LISTINGS.names)
        member = self._member(rows)
        known = member == self.asked.question.viewer
        for one in self.asked.question.handed:
            known |= (member == one.owner) & (rows.list == one.code)
        imports = self.scan(IMPORTS.name, ("event_id", "import_id", "action", "at"))
        return rows.filter(rows.owner == member, known, stands(rows, imports))

    def _member(self, rows: ir.Table) -> ir.Value:
        named = [access.tables.member for access in self.owners]
        return per_owner(self.owners, named, "string", rows.owner_no)


def _code(qualified: str) -> str:
    """The name under which a column's mask goes along."""
    return "as_" + qualified.replace(".", "_")


class _Seen:
    """A universe's reader over the masked rows: nothing below the masks is in its reach."""

    def __init__(self, relation: Relation, seen: ir.Table) -> None:
        self.relation = relation
        self.seen = seen

    def field(self, name: str) -> ir.Value:
        return self.seen[name]

    def exists(self, table: str, meets: Callable[[ir.Table], ir.BooleanValue]) -> ir.BooleanValue:
        relation = self.relation
        if table == REACHABLES.name:
            # apart from the voters: the engine would work out each one's numbers for each of them
            found = relation.own.reachables()
            mine = self.seen.owner_no == relation.own.number
            return mine & self.seen[KEY].isin(found.filter(meets(found)).state_voter_id)
        other = relation.rows_of(table)
        same = (other.owner_no == self.seen.owner_no) & (other.state_voter_id == self.seen[KEY])
        return (same & meets(other)).any()
