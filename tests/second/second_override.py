"""Rules of law that an owner has set aside in writing, from decision 75: which, for what, until when."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from second_shapes import Aside, Asked, Owner, Rule
from second_signed import instant, json_in, signed_by

KEYS = {"@type", "by", "pack", "rule", "concerns", "reason", "issued", "until"}
TAKES = ("refuse_column", "refuse_mode", "refuse_purpose", "require_requester")
"""Rules that take something, or ask who is there: the others show or hide nothing."""


def law_left(owner: Owner, agreement: str, asked: Asked) -> list[Rule]:
    """The law over this agreement now, without the rules of the owner's own state that it has set aside."""
    gone = {
        document["rule"]
        for aside in owner.aside
        if (document := _understood(aside)) is not None and _counts(owner, document, agreement, asked)
    }
    own = [rule for rule in owner.own_law if not (rule["id"] in gone and _may_go(rule, asked.kind))]
    return [*owner.law, *own]


def _counts(owner: Owner, document: dict[str, Any], agreement: str, asked: Asked) -> bool:
    """Whether it is this owner's, about this version of its pack and this agreement, and its days hold now.

    A clock behind the log is not believed: what has ended stays ended.
    """
    moment = max(asked.clock, owner.floor) if owner.floor else asked.clock
    return (
        document["by"] == f"urn:commonroll:member:{owner.key}"
        and document["pack"] == owner.pack
        and document["concerns"] in (agreement, f"urn:commonroll:dataset:{owner.key}")
        and instant(document["issued"]) <= moment < instant(document["until"])
    )


def _may_go(rule: Rule, kind: str) -> bool:
    """What is firm or guards protected voters stays; so does who may ask, for vendors and unknown kinds."""
    if rule.get("firm") or rule["does"] not in TAKES or "voters.confidential" in rule.get("columns", ()):
        return False
    return rule["does"] != "require_requester" or kind not in ("", "vendor")


@lru_cache(maxsize=10_000)
def _understood(aside: Aside) -> dict[str, Any] | None:
    """The override in these bytes; None where a part is not known, or its owner's key did not sign it."""
    document = json_in(aside.document)
    if document is None or set(document) != KEYS or document["@type"] != "cr:LawOverride":
        return None
    reason, dataset = document["reason"], "urn:commonroll:dataset:"
    if not 20 <= len(reason) <= 400 or not re.fullmatch(r"\S+( \S+)*", reason):
        return None
    mine = document["by"].replace("urn:commonroll:member:", dataset)
    if document["concerns"].startswith(dataset) and document["concerns"] != mine:
        return None
    if instant(document["until"]) <= instant(document["issued"]):
        return None
    said = signed_by(aside.document, aside.note, "commonroll law-override v1", [aside.vkey], document["by"])
    return document if said else None
