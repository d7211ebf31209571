"""Questions that keep to the persons of a saved list: a file of owners' keys (`members`)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend
from sqlglot import exp

from commonroll.views.access import Access
from commonroll.views.question import Listed

SCHEMA = ibis.schema({"owner": "string", "state_voter_id": "string", "place": "int64"})


def of_list(con: Backend, listed: Listed, owners: Sequence[Access]) -> ir.Table:
    """owner_no, state_voter_id of the persons whom a question keeps to, of the owners that are in it."""
    rows = file(con, listed.path)
    numbers = [(access.tables.member, access.number) for access in owners]
    found = rows.select(
        "state_voter_id", "place", owner_no=rows.owner.cases(*numbers, else_=None).cast("int16")
    )
    if listed.places is not None:
        first, last = listed.places
        found = found.filter(found.place.between(first, last))
    return found.filter(found.owner_no.notnull()).select("owner_no", "state_voter_id")


_MADE = "commonroll_lists"


def file(con: Backend, path: str) -> ir.Table:
    """The file under a name of its own; what a name stands for never changes."""
    name = f"listed_{hashlib.sha256(path.encode()).hexdigest()[:20]}"
    known: set[str] = vars(con).setdefault(_MADE, set())
    if name not in known:
        read = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(path)])
        view = exp.Create(
            this=exp.Table(this=exp.to_identifier(name, quoted=True)),
            kind="VIEW",
            expression=exp.select(*SCHEMA.names).from_(read),
            replace=True,
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        )
        con.raw_sql(view.sql("duckdb"))
        known.add(name)
    return ibis.table(SCHEMA, name=name)
