"""Ways to break what decides, each by one line of the product's own text, for as long as a test lasts."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import FunctionType
from typing import Any

from commonroll.agreements import ceiling, compile, events, granting, overrides, signing
from commonroll.roll.engine import ibis_engine
from commonroll.views import access, grants, protection, relation, within
from commonroll.views.kept import forget

Break = tuple[Any, str, str]
"""A function, a piece of its text, and what is put in its place."""

MUTATIONS: Mapping[str, tuple[Break, ...]] = {
    "the last second is one too many": (
        (compile.in_force, "moment < grant.until", "moment <= grant.until"),
        (access._use, "now < grant.until", "now <= grant.until"),
    ),
    "the first second is missing": ((compile.in_force, "grant.start <= moment", "grant.start < moment"),),
    "masks are dropped": (
        (granting.granted, "terms.masks.get(name, _default_mask(name))", "_default_mask(name)"),
    ),
    "a birth date is shown whole": ((granting._default_mask, '"year"', '"plain"'),),
    "an unknown county is in every scope": (
        (within.Within._inside, "found.notnull()", "rows[limit(column)].isnull() | found.notnull()"),
    ),
    "the empty text is in scope": (
        (grants.scope_table, 'if value != ""', "if True"),
        (within.Within._inside, "found.notnull()", "(rows[limit(column)] == '') | found.notnull()"),
    ),
    "the universe is ignored": ((within.Within.keep, "if self.shapes.shapes:", "if False:"),),
    "a range ends a day early": ((within.Within._between, "value <= high", "value < high"),),
    "districts of any type count": ((within.Within._lives, "rows.type == table.of_type, ", ""),),
    "a suspension is ignored": (
        (events.condition, 'return "suspended" if held else "standing"', 'return "standing"'),
    ),
    "a revocation begins a second late": (
        (events.condition, "event.effective <= moment", "event.effective < moment"),
    ),
    "a party that the federation suspends goes on": ((compile.in_force, "not suspended and", "True and"),),
    "one's own rows are taken": ((access._gaps, "own = one.owner == asked.question.viewer", "own = False"),),
    "nobody sets law aside": ((overrides.lift, "if one.about(agreement, owner)", "if False"),),
    "an override has no last day": (
        (overrides.Override.stands, "self.issued <= now < self.until", "self.issued <= now"),
    ),
    "an override of one agreement is one of all": (
        (overrides.Override.about, "self.concerns in", "True or"),
    ),
    "firm law is set aside": ((overrides.stays, "if rule.firm:", "if False:"),),
    "what guards protected voters is set aside": (
        (overrides.stays, 'if "voters.confidential" in rule.columns:', "if False:"),
    ),
    "a vendor passes for a party": ((overrides.lift, "recipient_kind not in (None, *COMMERCIAL)", "True"),),
    "an override of an older pack holds": (
        (overrides.lift, "(pack.id, rule.id) in meant", "rule.id in {name for _, name in meant}"),
        (overrides.lift, "meant[pack.id, rule.id]", "next(iter(meant.values()))"),
    ),
    "anybody sets law aside": (
        (overrides.verify, "check_signers(note, text_of(document), (vkey,))", "pass"),
    ),
    "anybody's event is entered": (
        (events.verify_event, "check_signers(signed, event_text(value), signers)", "pass"),
    ),
    "a blackout holds nothing back": (
        (events.check_blackout, "raise TermsRefused(", "return None\n        raise TermsRefused("),
    ),
    "an event may come twice": (
        (events.check_event, "if event.hash and any(", "if False and any("),
        (events._check_chain, "if suspended ==", "if False and suspended =="),
        (events._check_chain, "if event.after !=", "if False and event.after !="),
    ),
    "a withdrawn key still counts": ((signing.KeyRecord.usable, "self.withdrawn is None or", "True or"),),
    "the law about columns is not read": (
        (ceiling.forbids_columns, "if rule.does ==", "return False\n    if rule.does =="),
    ),
    "rows are chosen by what the law hides": ((ceiling.forbidden_limit, "if hidden and", "if False and"),),
    "opt-outs of a channel are ignored": (
        (protection.channels, "reach = _CHANNELS.get(asked.question.mode)", "reach = None"),
    ),
    "nobody signed, and rows leave": ((access._gaps, 'if one.tables.protected == "unstated"', "if False"),),
    "18 a day late": (
        (
            protection.readable,
            'day <= ibis.literal(max(elections), "date")',
            'day < ibis.literal(max(elections), "date")',
        ),
    ),
    "conditions look below the masks": (
        (
            relation.Relation._source,
            "masked(qualified, value,",
            "value if True else masked(qualified, value,",
        ),
    ),
}


@contextmanager
def broken(name: str) -> Iterator[None]:
    """The product with one of MUTATIONS in it."""
    with ExitStack() as stack:
        for function in dict.fromkeys(each for each, _, _ in MUTATIONS[name]):
            pieces = [(old, new) for each, old, new in MUTATIONS[name] if each is function]
            stack.enter_context(_replaced(function, pieces))
        # what the whole product compiled is not what the broken one would, nor the other way round
        forget(ibis_engine())
        stack.callback(forget, ibis_engine())
        yield


@contextmanager
def _replaced(function: FunctionType, pieces: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Its code in place, so that whoever imported it has the broken one too."""
    text = textwrap.dedent(inspect.getsource(function))
    for old, new in pieces:
        if old not in text:
            raise AssertionError(f"{function.__qualname__} reads otherwise now: write this mutation anew")
        text = text.replace(old, new)
    made: dict[str, Callable[..., Any]] = {}
    exec(f"from __future__ import annotations\n{text}", function.__globals__, made)
    whole = function.__code__
    function.__code__ = made[function.__name__].__code__  # type: ignore[attr-defined]
    try:
        yield
    finally:
        function.__code__ = whole
