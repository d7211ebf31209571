"""What holds a pair back though its score is high: the cases in which two people look like one.

Each rule is a sentence. It is put to the link records of both sides, not to the model: a model that is
trained anew changes scores, not what a father and his son are.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from commonroll.identity import models

READ = (
    "first_name", "first_root", "middle_name", "middle_initial", "last_name", "suffix", "dob", "full_dob",
    "birth_year", "addrzip", "zip", "state", "phone", "email",
)  # fmt: skip
"""Columns of a link record that the rules read."""

NAME = ("first_name", "last_name")
CROWD = {"addrzip": 40, "phone": 8, "email": 8}
"""Records of one member from which on a shared value is no evidence: a dormitory, a switchboard."""
BIRTH_CROWD = 40
"""A birth date is crowded where so many times the average hold it: 1900-01-01, a clerk's stopgap."""
DAYS = 22_000
"""Birth dates of living adults, about sixty years of them."""
COMMON = 5e-6
"""Share of people from which on a full name is common: 1,300 adults of the nation bear it. Of two such
records of two states that share the date of birth and nothing else many are two people, however small the
rolls: equal names and dates are 3.6 times as frequent as counts of each alone say (Goel et al. 2020)."""
ALIKE = 0.85
"""Jaro-Winkler similarity from which on two first names may be one, mistyped."""


@ibis.udf.scalar.builtin(name="jaro_winkler_similarity")  # type: ignore[untyped-decorator]
def _similar(one: str, other: str) -> float:
    raise NotImplementedError("runs in the engine")


def beside(pairs: ir.Table, records: ir.Table, least: float, *, among: ir.Table | None = None) -> ir.Table:
    """`pairs` with the columns READ of both records (null below the probability `least`, where no rule is
    asked), `common` (the name is) and `crowded_<key>` for each key that may be shared by too many; crowds are
    counted over `among` (`records`)."""
    wanted = pairs.mutate(
        key_l=(pairs["match_probability"] >= least).ifelse(pairs["record_l"], ibis.null("string")),
        key_r=(pairs["match_probability"] >= least).ifelse(pairs["record_r"], ibis.null("string")),
    )
    worth = pairs.filter(pairs["match_probability"] >= least)
    sides = [worth.select(member=f"member_{side}", record=f"record_{side}") for side in "lr"]
    asked = records.semi_join(ibis.union(*sides), ["member", "record"])
    for side in "lr":
        named = asked.select(
            **{f"m_{side}": "member", f"k_{side}": "record"},
            **{f"{name}_{side}": name for name in READ},
        )
        on = [(f"member_{side}", f"m_{side}"), (f"key_{side}", f"k_{side}")]
        wanted = wanted.left_join(named, on).drop(f"m_{side}", f"k_{side}")
    return _with_crowds(_with_common(wanted), records, among)


def _with_common(pairs: ir.Table) -> ir.Table:
    """With `common`: whether the left record's full name is, among people at large."""
    shares = models.shipped().shares
    for column in NAME:
        known = ibis.memtable(shares.filter(pc.equal(shares["field"], column)))
        named = known.select(**{f"s_{column}": "value", f"share_{column}": "share"})
        pairs = pairs.left_join(named, [(f"{column}_l", f"s_{column}")]).drop(f"s_{column}")
    both = [pairs[f"share_{column}"].fill_null(0.0) for column in NAME]
    return pairs.mutate(common=both[0] * both[1] > COMMON).drop(*(f"share_{column}" for column in NAME))


def _with_crowds(pairs: ir.Table, records: ir.Table, among: ir.Table | None) -> ir.Table:
    for key in (*CROWD, "full_dob"):
        crowds = _crowds(records, among, key).mutate(crowded=True)
        crowded = crowds.select(**{f"c_{key}": key, f"crowded_{key}": "crowded"})
        pairs = pairs.left_join(crowded, [(f"{key}_l", f"c_{key}")]).drop(f"c_{key}")
        pairs = pairs.mutate(**{f"crowded_{key}": pairs[f"crowded_{key}"].fill_null(False)})
    return pairs


def _crowds(records: ir.Table, among: ir.Table | None, key: str) -> ir.Table:
    """Values of `key` in `records` that too many records of one member, of `among`, share, each once."""
    everybody = records if among is None else among
    known = everybody.filter(everybody[key].notnull())
    asked = known if among is None else known.semi_join(records, key)  # few of the values of a whole roll
    counted = asked.group_by("member", key).agg(n=asked.count())
    if key != "full_dob":
        return counted.filter(counted["n"] > CROWD[key]).select(key).distinct()
    whole = known.group_by("member").agg(of=known.count())
    counted = counted.join(whole, "member")
    usual = (counted["of"] / DAYS).clip(lower=1.0)
    return counted.filter(counted["n"] > usual * BIRTH_CROWD).select(key).distinct()


def reason(pairs: ir.Table, kind: str, sure_bits: float, margin: float) -> ir.StringValue:
    """Why each pair is held back, or null; of several reasons the first of `rules`."""
    return ibis.cases(
        *((held.fill_null(False), name) for name, held in rules(pairs, kind, sure_bits, margin)),
        else_=ibis.null("string"),
    )


def rules(p: ir.Table, kind: str, sure_bits: float, margin: float) -> Iterator[tuple[str, ir.BooleanValue]]:
    """Reason and condition, the most telling first. `p`: pairs as `beside` makes them, with best and
    ahead."""
    at_home = (p["addrzip_l"] == p["addrzip_r"]).fill_null(False)
    one_name = _one_first_name(p) & (p["last_name_l"] == p["last_name_r"])
    weak = (p["match_weight"] < sure_bits) | (p["ahead"] < margin) | ~p["best"]
    elsewhere = (p["state_l"] != p["state_r"]).fill_null(False)

    yield "father_and_son", at_home & one_name & _two_generations(p, kind)
    one_family = at_home | (p["last_name_l"] == p["last_name_r"]).fill_null(False)
    yield "twins", one_family & _same_day(p) & _two_first_names(p) & ~_one_middle_name(p)
    yield "household", at_home & ~_same_day(p) & (_two_first_names(p) | _no_first_name(p))
    yield "crowded_key", _crowd_alone(p)
    yield (
        "strangers",
        elsewhere & _same_day(p) & _nothing_else(p) & (p["common"] | (p["match_weight"] < sure_bits)),
    )
    yield "year_only_interstate", elsewhere & ~_no_birth(p) & ~both_full(p) & weak
    yield "no_birth", _no_birth(p) & (weak | (kind == "roll"))


def _one_first_name(p: ir.Table) -> ir.BooleanValue:
    roots: ir.BooleanValue = (p["first_root_l"] == p["first_root_r"]) | (
        p["first_name_l"] == p["first_name_r"]
    )
    return roots.fill_null(False)


def _no_first_name(p: ir.Table) -> ir.BooleanValue:
    """A first name is missing on a side, or only its initial stands there."""
    return _initial(p["first_name_l"]) | _initial(p["first_name_r"])


def _initial(name: ir.StringValue) -> ir.BooleanValue:
    return name.isnull() | (name.length() == 1)


def _two_first_names(p: ir.Table) -> ir.BooleanValue:
    """Both are known, and neither is the other's short form, nickname, misspelling or middle name."""
    one, other = p["first_name_l"], p["first_name_r"]
    akin = (
        one.startswith(other)
        | other.startswith(one)
        | (_similar(one, other) >= ALIKE)
        | (one == p["middle_name_r"]).fill_null(False)
        | (other == p["middle_name_l"]).fill_null(False)
    )
    if "gamma_first_name" in p.columns:  # any level but the last: the comparison knows all nicknames
        akin = akin | (p["gamma_first_name"] > 0)
    return ~_one_first_name(p) & ~akin.fill_null(True)


def _one_middle_name(p: ir.Table) -> ir.BooleanValue:
    """One middle name, written out on both sides: twins have two."""
    same = (p["middle_name_l"] == p["middle_name_r"]) & (p["middle_name_l"].length() > 1)
    return same.fill_null(False)


def _two_generations(p: ir.Table, kind: str) -> ir.BooleanValue:
    """The suffixes or the births differ, or one side has no year of birth.

    Two suffixes that differ are two people, unless born on one day. Where one side alone has a suffix the
    years of birth decide, since rolls lose suffixes. A wrong digit in the year leaves day and month alike.
    Where neither roll says when anybody was born, or a list does not, a namesake at the address would show as
    a runner-up; the suffix alone is asked there.
    """
    years = p["birth_year_l"] == p["birth_year_r"]
    suffixes = (_generation(p["suffix_l"]) != _generation(p["suffix_r"])) & ~_same_day(p)
    one_suffix = (p["suffix_l"].isnull() != p["suffix_r"].isnull()) & ~years.fill_null(False)
    digit = (p["full_dob_l"].right(6) == p["full_dob_r"].right(6)) & _one_digit(p)
    births = ~years & ~digit.fill_null(False)
    unknown = p["dob_l"].isnull() | p["dob_r"].isnull()
    alone = p["dob_l"].isnull() != p["dob_r"].isnull()
    if kind == "roll":
        alone = unknown
    if kind == "list":
        alone = ibis.literal(False)
    return suffixes.fill_null(False) | one_suffix | births.fill_null(False) | alone


def _generation(suffix: ir.StringValue) -> ir.StringValue:
    """II and JR are written for one another."""
    written: ir.StringValue = (suffix == "II").ifelse("JR", suffix)
    return written


def _one_digit(p: ir.Table) -> ir.BooleanValue:
    """The years differ in one digit."""
    apart = [(p["full_dob_l"].substr(at, 1) != p["full_dob_r"].substr(at, 1)).cast("int8") for at in range(4)]
    return sum(apart[1:], apart[0]) == 1


def _same_day(p: ir.Table) -> ir.BooleanValue:
    same: ir.BooleanValue = p["full_dob_l"] == p["full_dob_r"]
    return same.fill_null(False)


def both_full(p: ir.Table) -> ir.BooleanValue:
    """Both records have a full date of birth."""
    return p["full_dob_l"].notnull() & p["full_dob_r"].notnull()


def by_day(p: ir.Table) -> ir.BooleanValue:
    """Both have a full date of birth, and it is one day, or both are of one state: a slip of the date beside
    a move to another state is not told from a stranger."""
    here: ir.BooleanValue = (p["state_l"] == p["state_r"]).fill_null(False)
    return both_full(p) & (here | _same_day(p))


def _no_birth(p: ir.Table) -> ir.BooleanValue:
    """A side has neither a date nor a year; a span of years from an age is none either."""
    return p["dob_l"].isnull() | p["dob_r"].isnull()


def _nothing_else(p: ir.Table) -> ir.BooleanValue:
    """No middle name, place, phone or e-mail in common."""
    same = [
        (p[f"{name}_l"] == p[f"{name}_r"]).fill_null(False)
        for name in ("middle_initial", "zip", "phone", "email")
    ]
    return ~(same[0] | same[1] | same[2] | same[3])


def _crowd_alone(p: ir.Table) -> ir.BooleanValue:
    """What the records share beyond the name is shared by too many, and by nobody few."""
    strong, crowded = [], []
    for key in (*CROWD, "full_dob"):
        same = (p[f"{key}_l"] == p[f"{key}_r"]).fill_null(False)
        crowded.append(same & p[f"crowded_{key}"])
        strong.append(same & ~p[f"crowded_{key}"])
    return ibis.or_(*crowded) & ~ibis.or_(*strong)
