"""Districts that stand in lists beside a voters' file: the lists as one table, and what a line finds in it.

Lists hold places, not people: a few thousand lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.roll import schema
from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout import cells
from commonroll.roll.layout.places import FILLS, PlacesBeside
from commonroll.roll.layout.verbs import text_of

KNOWN_PLACES = "districts_of_places"
"""The engine's table of places: those of the lists that came in the delivery."""

PLACES_SCHEMA = pa.schema([(name, pa.string()) for name in ("place", "type", "id", "label", "name")])
"""A place, and a district that it lies in; of a numbered column's place, only the type of its numbers; of a
number of such a column, only the name. A place without any district has a row of its own."""

UNLISTED, SEVERAL, UNNAMED = "unlisted", "several", "unnamed"
"""What is wrong with a voter's districts: a place that no list has; two districts where a voter has one; a
number that the list of numbers does not have."""

LABELLED = "other"
"""The type of districts that the roll has no word for; the state's stands before their numbers."""


def places_known(delivered: Sequence[Path]) -> pa.Table:
    """PLACES_SCHEMA. `delivered`: Parquet files of LISTED_PLACES' columns."""
    if not delivered:
        return PLACES_SCHEMA.empty_table()
    engine = ibis_engine()
    return engine.to_pyarrow(places_of(engine.read_parquet([str(path) for path in delivered])))


def places_of(read: ir.Table) -> ir.Table:
    """PLACES_SCHEMA, from rows of LISTED_PLACES."""
    spread = read.select(
        place=read["place"].upper(),
        type=ibis.array([ibis.literal(kind) for kind in schema.DISTRICT_TYPES]).unnest(),
        id=ibis.array([cells.without_zeros(read[kind]) for kind in schema.DISTRICT_TYPES]).unnest(),
    )
    found = spread.filter(spread["id"].notnull())
    districts = found.mutate(label=ibis.null(str), name=ibis.null(str))
    whole = read.select("type", "label", "name", place=read["place"].upper(), id=ibis.null(str))
    alone = whole.filter(
        whole["type"].notnull() | whole["name"].notnull() | whole["place"].notin(found["place"])
    )
    return districts.select(*PLACES_SCHEMA.names).union(alone.select(*PLACES_SCHEMA.names))


def looked_up(tidied: ir.Table, beside: PlacesBeside, places: ir.Table) -> ir.Table:
    """What each place of a line is found to be: source_line, type, id, name, `unlisted` and `unnamed`.

    `tidied`: the lines, their cells tidy. `places`: PLACES_SCHEMA. A place without a district has null in
    type and id.
    """
    asked = _asked(tidied, beside)
    known = places.view()
    found = asked.left_join(known, asked["place"] == known["place"]).select(
        asked["source_line"],
        asked["place"],
        asked["code"],
        known["type"],
        known["label"],
        known["id"],
        unlisted=known["place"].isnull(),
    )
    names = places.view()
    number = found["place"] + " " + found["code"]
    named = found.left_join(names, number.upper() == names["place"]).select(
        found["source_line"],
        found["type"],
        found["label"],
        found["unlisted"],
        names["name"],
        unnamed=found["code"].notnull() & names["place"].isnull(),
        id=ibis.coalesce(found["id"], cells.without_zeros(found["code"])),
    )
    labelled = (named["type"] == LABELLED) & named["label"].notnull()
    return named.select(
        "source_line",
        "unlisted",
        "unnamed",
        type=ibis.cases((named["id"].notnull(), named["type"])),
        id=ibis.cases((labelled, named["label"] + " " + named["id"]), else_=named["id"]),
        name=named["name"],
    ).distinct()


def _asked(tidied: ir.Table, beside: PlacesBeside) -> ir.Table:
    """One row per line and place that it names: source_line, place, code."""
    said = [text_of(zone.place, [tidied[name] for name in zone.place.columns]) for zone in beside.zones]
    codes = [tidied[zone.code] if zone.code else ibis.null(str) for zone in beside.zones]
    numbered = [ibis.literal(zone.code is not None) for zone in beside.zones]
    # unnested side by side, the lists stay in step
    asked = tidied.select(
        "source_line",
        place=ibis.array(said).unnest(),
        code=ibis.array(codes).unnest(),
        numbered=ibis.array(numbered).unnest(),
    )
    there = asked.filter(asked["place"].notnull(), asked["code"].notnull() | ~asked["numbered"])
    return there.select("source_line", "code", place=there["place"].upper())


def with_places(voters: ir.Table, found: ir.Table, beside: PlacesBeside, places: ir.Table) -> ir.Table:
    """The voters (by `source_line`) with the districts that they have one of, and in `lost_districts`
    what is wrong with them. `found`: as `looked_up`. Where no list came at all, nothing is said."""
    some = found.group_by("source_line").agg(
        **{FILLS[kind]: found["id"].max(where=found["type"] == kind) for kind in beside.fills},
        **{f"count_{kind}": found["id"].nunique(where=found["type"] == kind) for kind in beside.fills},
        unlisted=found["unlisted"].any(),
        unnamed=found["unnamed"].any(),
    )
    joined = voters.drop(*(FILLS[kind] for kind in beside.fills), "lost_districts").left_join(
        some, "source_line", rname="{name}_"
    )
    came = places.count().as_scalar() > 0
    numbers_came = places["name"].count().as_scalar() > 0
    several = ibis.or_(*(joined[f"count_{kind}"] > 1 for kind in beside.fills))
    why = ibis.cases(
        (joined["unlisted"] & came, UNLISTED),
        (several, SEVERAL),
        (joined["unnamed"] & numbers_came, UNNAMED),
    )
    one_each = {
        FILLS[kind]: ibis.cases((joined[f"count_{kind}"] == 1, joined[FILLS[kind]])) for kind in beside.fills
    }
    return joined.mutate(**one_each, lost_districts=why).select(*voters.columns)
