"""How often two people agree by chance: counted on the data at hand, since rare levels have no sample.

True pairs are kept out by asking for other first initials, and the count is scaled back
(specs/linkage.md, 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from commonroll.identity.conditions import FULL, KIN, NEAR, NUMBER, OTHER_BIRTH, PLACE, STREET, UNLIKE_FIRST

SAMPLE = 200_000
"""Records of one side that are counted against all of the other: tens of thousands of homes among them."""
HOMES = 50_000
"""Records of the sample whose neighbours are compared."""

_PAIR_COLUMNS = (
    "first_name", "kin_first", "kin_middle", "last_name", "addrzip", "zip", "house", "unit", "addr", "state",
    "full_dob",
)  # fmt: skip
_BIRTH_COLUMNS = ("dob", "birth_year", "names", *KIN.values())


@dataclass(frozen=True)
class Sides:
    """Two relations of the engine with the columns of a record; `itself`: they are one table."""

    left: str
    right: str
    itself: bool


@dataclass(frozen=True)
class Counted:
    """Shares of pairs of two people, by level of surname and place and for the first name; `pairs` were
    seen."""

    u: dict[tuple[str, str], float]
    same_zip: float
    same_state: float
    pairs: float


def number(con: DuckDBPyConnection, sql: str) -> float:
    """The one figure that a statement gives, 0 for null. Fetched to the end: Splink shares the connection."""
    return float(con.execute(sql).fetchall()[0][0] or 0)


def counted_u(con: DuckDBPyConnection, sides: Sides) -> Counted:
    """u of every level that is counted. Reads `sides`; makes temporary tables that it drops."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE identity_sample AS SELECT * FROM {sides.left}
        ORDER BY hash(member, record) LIMIT {SAMPLE}
    """)
    try:
        return _counted(con, Sides("identity_sample", sides.right, sides.itself))
    finally:
        con.execute("DROP TABLE IF EXISTS identity_sample")


def same_dates(con: DuckDBPyConnection, sides: Sides) -> float:
    """Share of pairs with births on both sides that have one date."""
    return _mass(con, sides, "full_dob") / max(_pairs(con, sides, "born_from"), 1)


Share = tuple[int, int]
"""Cases and how many were looked at."""


@dataclass(frozen=True)
class Families:
    """Cases among pairs of two people that are not strangers, within one file, where each stands once.

    `namesakes`: first names equal, at one address and surname, births apart. `no_birth`: the same, births
    not asked. `one_day`: first names equal, births on one day, surname and state different. `twins`: births
    on one day, at one address and surname, first names unlike. `apart`: the same in one state, at two
    addresses. `couple`: as twins, of births in one year.
    """

    namesakes: Share
    no_birth: Share
    one_day: Share
    twins: Share
    apart: Share
    couple: Share


def families(con: DuckDBPyConnection, file: str) -> Families:
    """What relatives and people of one age share, in one file of records: names run in families and years."""
    columns = ", ".join(
        f"{side}.{c} AS {c}_{side}" for c in dict.fromkeys((*_PAIR_COLUMNS, *_BIRTH_COLUMNS)) for side in "lr"
    )
    some = f"(SELECT * FROM {file} ORDER BY hash(member, record) LIMIT {HOMES})"
    apart = "l.unique_id <> r.unique_id"
    homes = f"""(
        SELECT {columns} FROM {some} AS l JOIN {file} AS r USING (zip, house)
        WHERE l.last_name = r.last_name AND {apart}
    )"""
    known = "birth_year_l IS NOT NULL AND birth_year_r IS NOT NULL"
    namesakes, other, known_pairs, twins, unlike, couple, unlike_year = _cases(
        con,
        f"""
        SELECT count_if({OTHER_BIRTH} AND first_name_l = first_name_r), count_if({OTHER_BIRTH}),
            count_if({known} AND first_name_l <> first_name_r),
            count_if({FULL} AND dob_l = dob_r AND {UNLIKE_FIRST}), count_if({FULL} AND {UNLIKE_FIRST}),
            count_if(birth_year_l = birth_year_r AND dob_l <> dob_r AND {UNLIKE_FIRST}),
            count_if({UNLIKE_FIRST})
        FROM {homes} WHERE {PLACE} AND {known}
    """,
    )
    apart_twins, unlike_apart = _apart(con, file, some)
    same, days = _cases(
        con,
        f"""
        SELECT count_if(l.first_name = r.first_name), count(*)
        FROM {some} AS l JOIN {file} AS r USING (full_dob)
        WHERE l.last_name <> r.last_name AND l.state <> r.state AND {apart}
    """,
    )
    return Families(
        (namesakes, other),
        (namesakes, known_pairs + namesakes),
        (same, days),
        (twins, unlike),
        (apart_twins, unlike_apart),
        (couple, unlike_year),
    )


def _apart(con: DuckDBPyConnection, file: str, some: str) -> Share:
    """Pairs of one surname and state at two addresses with other first initials: born on one day, and all."""
    pairs = f"{some} AS l JOIN {file} AS r USING (last_name, state)"
    known = "l.full_dob IS NOT NULL AND r.full_dob IS NOT NULL AND l.first_name[1] <> r.first_name[1]"
    days, whole = _cases(
        con,
        f"""
        WITH pairs AS (
            SELECT l.full_dob = r.full_dob AND jaro_winkler_similarity(l.first_name, r.first_name) < 0.85
                AND l.addrzip <> r.addrzip AS same
            FROM {pairs} WHERE {known} AND l.full_dob = r.full_dob
        ), counts AS (
            SELECT last_name, state, count(*)::DOUBLE AS n FROM {file}
            WHERE full_dob IS NOT NULL AND first_name IS NOT NULL GROUP BY ALL
        ), initials AS (
            SELECT last_name, state, first_name[1] AS f, count(*)::DOUBLE AS n FROM {file}
            WHERE full_dob IS NOT NULL AND first_name IS NOT NULL GROUP BY ALL
        )
        SELECT (SELECT count_if(same) FROM pairs),
            (SELECT sum(c.n - i.n) FROM {some} AS s JOIN counts AS c USING (last_name, state)
             JOIN initials AS i ON i.last_name = s.last_name AND i.state = s.state
                AND i.f = s.first_name[1] WHERE s.full_dob IS NOT NULL)
    """,
    )
    return days, whole


def _cases(con: DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    return tuple(int(count or 0) for count in con.execute(sql).fetchall()[0])


def _counted(con: DuckDBPyConnection, sides: Sides) -> Counted:
    unlike = 1 - _mass(con, sides, "first_name[1]") / max(_pairs(con, sides, "first_name"), 1)
    unlike = max(unlike, 0.05)
    surnamed = max(_pairs(con, sides, "last_name"), 1)
    zipped, stated = (max(_pairs(con, sides, f"last_name, {place}"), 1) for place in ("zip", "state"))
    surname = _others(con, sides, "last_name") / unlike / surnamed
    of_state = _others(con, sides, "last_name, state") / unlike / stated
    of_zip = _others(con, sides, "last_name, zip") / unlike / zipped
    same_zip, same_state = _mass(con, sides, "zip") / zipped, _mass(con, sides, "state") / stated
    home, near, other = (n / unlike for n in _homes(con, sides))
    door, door_near, door_other = (n / unlike for n in _numbers(con, sides))
    close, close_near, close_other = (n / unlike for n in _streets(con, sides))
    named = {
        "address, surname": home,
        "former address, surname": home,
        "address, near surname": near,
        "address": other,
        # where no two of the sample live so, as rarely as one in ten thousand of a state or thousand of a ZIP
        "number, surname": max(door, of_state * 1e-4),
        "number, near surname": max(door_near, of_state * 1e-5),
        "number": max(door_other, same_state * 1e-6),
        "near address, surname": max(close, of_zip * 1e-2),
        "near address, near surname": max(close_near, of_zip * 1e-3),
        "near address": max(close_other, same_zip * 1e-4),
        "zip, surname": max(of_zip - home - close, of_zip * 0.05),
        "state, surname": max(of_state - of_zip, of_state * 0.05),
        "surname": max(surname - of_state, surname * 0.05),
        "zip": max(same_zip - of_zip - other - close_other, same_zip * 0.05),
        "state": max(same_state - same_zip, same_state * 0.05),
    }
    first = _mass(con, sides, "first_name") / max(_pairs(con, sides, "first_name"), 1)
    return Counted(
        {
            ("first_name", "same"): first,
            **{("surname_place", name): min(share, 1.0) for name, share in named.items()},
        },
        same_zip,
        same_state,
        surnamed,
    )


def _pairs(con: DuckDBPyConnection, sides: Sides, columns: str) -> float:
    """Pairs with values on both sides, records with themselves left out."""
    known = " AND ".join(f"{column.strip()} IS NOT NULL" for column in columns.split(","))
    left, right = (number(con, f"SELECT count(*) FROM {t} WHERE {known}") for t in (sides.left, sides.right))
    return left * right - left * sides.itself


def _mass(con: DuckDBPyConnection, sides: Sides, key: str) -> float:
    """Pairs with equal `key`: the sum over its values of the records on one side times those on the other."""
    left, right = (_groups(t, key) for t in (sides.left, sides.right))
    itself = number(con, f"SELECT count({key.split(',')[0]}) FROM {sides.left}") if sides.itself else 0
    return number(con, f"SELECT sum(x.n * y.n) FROM {left} AS x JOIN {right} AS y USING (k)") - itself


def _groups(table: str, key: str) -> str:
    known = " AND ".join(f"({column.strip()}) IS NOT NULL" for column in key.split(","))
    return f"(SELECT ({key}) AS k, count(*)::DOUBLE AS n FROM {table} WHERE {known} GROUP BY 1)"


def _others(con: DuckDBPyConnection, sides: Sides, key: str) -> float:
    """Pairs with equal `key` and other first initials."""
    return max(_mass(con, sides, key) - _mass(con, sides, f"{key}, first_name[1]"), 0.0)


def _homes(con: DuckDBPyConnection, sides: Sides) -> tuple[float, float, float]:
    """Shares of pairs at one address with other first initials: same surname, one near it, another."""
    return _met(con, sides, f"(SELECT {_both()} FROM {_some(sides)} AS l JOIN {sides.right} AS r "
                            "USING (zip, house))", PLACE, "house")  # fmt: skip


def _numbers(con: DuckDBPyConnection, sides: Sides) -> tuple[float, float, float]:
    """The same of pairs at one street and number in two ZIP codes."""
    pairs = f"(SELECT {_both()} FROM {_some(sides)} AS l JOIN {sides.right} AS r USING (addr, state))"
    return _met(con, sides, pairs, f"({NUMBER}) AND NOT coalesce({PLACE}, false)", "addr")


def _streets(con: DuckDBPyConnection, sides: Sides) -> tuple[float, float, float]:
    """The same of pairs in one street of a ZIP code, at addresses that are nearly one."""
    street = "regexp_replace({}.addr, '^[0-9]+ ', '')"
    pairs = f"""(
        SELECT {_both()} FROM {_some(sides)} AS l JOIN {sides.right} AS r
        ON l.zip = r.zip AND {street.format("l")} = {street.format("r")}
    )"""
    test = f"({STREET}) AND NOT coalesce({PLACE}, false) AND NOT coalesce({NUMBER}, false)"
    return _met(con, sides, pairs, test, "addr")


def _both() -> str:
    return ", ".join(f"{side}.{c} AS {c}_{side}" for c in _PAIR_COLUMNS for side in "lr")


def _some(sides: Sides) -> str:
    return f"(SELECT * FROM {sides.left} LIMIT {HOMES})"


def _met(
    con: DuckDBPyConnection, sides: Sides, pairs: str, test: str, known: str
) -> tuple[float, float, float]:
    """Shares of all pairs of records with `known` that are among `pairs`, meet `test` and have other first
    initials: same surname, one near it, another. Who was born on one day is left out too: where first names
    are often wrong, most of these are one person."""
    same, near, other = con.execute(f"""
        WITH pairs AS MATERIALIZED (
            SELECT * FROM {pairs}
            WHERE first_name_l[1] <> first_name_r[1] AND full_dob_l IS DISTINCT FROM full_dob_r
                OR first_name_l[1] <> first_name_r[1] AND full_dob_l IS NULL
        )
        SELECT count_if(last_name_l = last_name_r),
            count_if(last_name_l <> last_name_r AND coalesce({NEAR}, false)),
            count_if(last_name_l <> last_name_r AND NOT coalesce({NEAR}, false))
        FROM pairs WHERE {test}
    """).fetchall()[0]
    all_pairs = number(con, f"SELECT count({known}) FROM {_some(sides)}") * number(
        con, f"SELECT count({known}) FROM {sides.right}"
    )
    # of no pair at all the engine counts null: a list without addresses
    return (same or 0) / max(all_pairs, 1), (near or 0) / max(all_pairs, 1), (other or 0) / max(all_pairs, 1)
