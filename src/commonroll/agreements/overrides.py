"""A rule of the owner's state law that the owner sets aside, for a reason that it signs.

An override names one rule of one version of a pack, one agreement or the owner's dataset, and a day on which
it ends. A new version of the pack makes it void; federal rules, the default, and rules that a pack marks firm
stay (specs: agreements, section 11; ADR 75).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from commonroll.agreements.document import instant
from commonroll.agreements.law import LawPack, LawRule
from commonroll.agreements.profile import MEMBER_URN
from commonroll.agreements.reading import (
    read_instant,
    read_keys,
    read_matching,
    read_member,
    read_text,
    require,
    wrong,
)
from commonroll.agreements.signing import check_signers, signed_text
from commonroll.notes import Signer, canonical, parse_canonical, sha256_text, sign_note

_LINE = "commonroll law-override v1"
_END_LINE = "commonroll law-override-end v1"
_KEYS = ("@type", "by", "pack", "rule", "concerns", "reason", "issued", "until")
_END_KEYS = ("@type", "by", "override", "issued")
_PACK = r"law:[a-z-]{2,10}:[0-9]{4}\.[0-9]{1,3}"
_RULE = r"[A-Z]{2,7}-[0-9A-Za-z-]{1,30}"
_CONCERNS = r"urn:uuid:[0-9a-f-]{36}|urn:commonroll:dataset:[a-z][a-z0-9-]{1,30}"
_HASH = r"sha256:[A-Za-z0-9+/]{43}="
DATASET_URN = "urn:commonroll:dataset:"
REASON = (20, 400)
"""Shortest and longest reason, in characters."""

LIFTABLE = ("refuse_column", "refuse_mode", "refuse_purpose", "require_duty", "require_requester")
"""Verbs that take something or ask for something; the others have nothing to set aside."""
COMMERCIAL = ("vendor",)
"""Kinds of recipient that no override lets through a rule on who may ask: commercial use stays forbidden."""


@dataclass(frozen=True)
class Override:
    """One override as its owner `by` signed it; `hash` is that of its canonical bytes."""

    by: str
    pack: str
    rule: str
    concerns: str
    reason: str
    issued: datetime
    until: datetime
    hash: str

    def stands(self, now: datetime) -> bool:
        """Whether its days hold `now`; whether it was ended is for the caller to know."""
        return self.issued <= now < self.until

    def about(self, agreement: str, owner: str) -> bool:
        """Whether it concerns this agreement of this owner."""
        return self.by == owner and self.concerns in (agreement, DATASET_URN + owner)


# Which rules


def stays(pack: LawPack, rule: LawRule) -> str:
    """Why nobody overrides this rule, in words; empty where the owner may."""
    if pack.state == "US":
        return "it is federal"
    if pack.state == "DEFAULT":
        return "it is the default for states whose law no counsel has checked"
    if rule.firm:
        return "the pack marks it as firm"
    if rule.does not in LIFTABLE:
        return "it takes nothing that could be given back"
    if "voters.confidential" in rule.columns:
        return "it guards protected voters"
    return ""


def overridable(law: Sequence[LawPack]) -> list[tuple[LawPack, LawRule]]:
    """The rules that an owner under `law` may set aside, with their packs."""
    return [(pack, rule) for pack in law for rule in pack.rules if not stays(pack, rule)]


def lift(
    law: Sequence[LawPack],
    overrides: Iterable[Override],
    *,
    agreement: str,
    owner: str,
    recipient_kind: str | None,
) -> tuple[tuple[LawPack, ...], tuple[tuple[LawRule, Override], ...]]:
    """`law` without the rules that these overrides set aside here, and which those are.

    `overrides` are those that verify and stand now. One that names another version of a pack does nothing,
    nor one on who may ask for a commercial recipient, or for one of unknown kind.
    """
    meant = {(one.pack, one.rule): one for one in overrides if one.about(agreement, owner)}
    lifted: list[tuple[LawRule, Override]] = []
    packs = []
    for pack in law:
        gone = [rule for rule in pack.rules if (pack.id, rule.id) in meant and not stays(pack, rule)]
        gone = [
            rule
            for rule in gone
            if rule.does != "require_requester" or recipient_kind not in (None, *COMMERCIAL)
        ]
        lifted += [(rule, meant[pack.id, rule.id]) for rule in gone]
        packs.append(replace(pack, rules=tuple(rule for rule in pack.rules if rule not in gone)))
    return tuple(packs), tuple(lifted)


# Documents


def override(
    *, by: str, pack: str, rule: str, concerns: str, reason: str, issued: datetime, until: datetime
) -> dict[str, Any]:
    """The document that the owner `by` signs; raises TermsRefused for what none may hold."""
    document = {
        "@type": "cr:LawOverride",
        "by": MEMBER_URN + by,
        "pack": pack,
        "rule": rule,
        "concerns": concerns,
        "reason": reason,
        "issued": instant(issued),
        "until": instant(until),
    }
    read_override(document)
    return document


def read_override(value: Any) -> Override:
    """Read an override; raises TermsRefused naming the path."""
    keys = read_keys(value, "override", _KEYS)
    require(keys["@type"], "cr:LawOverride", "override.@type")
    found = Override(
        by=read_member(keys["by"], "override.by"),
        pack=read_matching(keys["pack"], _PACK, "override.pack", "a version of a law pack"),
        rule=read_matching(keys["rule"], _RULE, "override.rule", "a rule's id"),
        concerns=read_matching(keys["concerns"], _CONCERNS, "override.concerns", "an agreement or dataset"),
        reason=_reason(keys["reason"]),
        issued=read_instant(keys["issued"], "override.issued"),
        until=read_instant(keys["until"], "override.until"),
        hash=sha256_text(canonical(keys)),
    )
    if found.until <= found.issued:
        raise wrong("override.until", "The override ends before it begins.")
    if found.concerns.startswith(DATASET_URN) and found.concerns != DATASET_URN + found.by:
        raise wrong("override.concerns", "An owner overrides the law for its own dataset alone.")
    return found


def _reason(value: Any) -> str:
    text = read_text(value, "override.reason")
    shortest, longest = REASON
    if not shortest <= len(text) <= longest or text != " ".join(text.split()):
        raise wrong(
            "override.reason", f"A reason has {shortest} to {longest} characters on one line.", "Say why."
        )
    if any(unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") for character in text):
        raise wrong("override.reason", "A reason holds characters that nobody sees.")
    return text


def ending(document: Mapping[str, Any], *, issued: datetime) -> dict[str, Any]:
    """The document by which the owner takes an override back, from now on."""
    return {
        "@type": "cr:LawOverrideEnd",
        "by": document["by"],
        "override": sha256_text(canonical(document)),
        "issued": instant(issued),
    }


def text_of(document: Mapping[str, Any]) -> str:
    """The text that the owner signs over an override or its end."""
    first = _LINE if document["@type"] == "cr:LawOverride" else _END_LINE
    return signed_text(first, document["by"], canonical(document))


def sign(document: Mapping[str, Any], signer: Signer) -> str:
    """The signed note of an override or its end."""
    return sign_note(text_of(document), signer)


def verify(data: bytes, note: str, vkey: str) -> Override:
    """The override in the stored bytes, if exactly this key signed it; raises Refusal otherwise."""
    document = parse_canonical(data)
    found = read_override(document)
    check_signers(note, text_of(document), (vkey,))
    return found


def verify_ending(data: bytes, note: str, override: bytes, vkey: str) -> datetime:
    """Since when the override in `override` is over, if exactly this key signed its end."""
    document = parse_canonical(data)
    keys = read_keys(document, "end", _END_KEYS)
    require(keys["@type"], "cr:LawOverrideEnd", "end.@type")
    require(keys["by"], parse_canonical(override)["by"], "end.by")
    require(keys["override"], sha256_text(override), "end.override")
    read_matching(keys["override"], _HASH, "end.override", "a hash")
    check_signers(note, text_of(document), (vkey,))
    return read_instant(keys["issued"], "end.issued")
