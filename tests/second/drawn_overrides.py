"""Overrides of law as their owner signs them, written here and not by the product; some say too much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from drawn import Clerk
from drawn_lives import note_of, pens
from drawn_texts import text
from second_shapes import Aside, Rule, Signed
from second_signed import canonical, json_in

OTHERS = (("law:us:2026.1", "US-1"), ("law:us:2026.1", "ALL-1"), ("law:default:2026.1", "DEFAULT-1"))
"""Rules that nobody sets aside."""


def overrides(
    clerk: Clerk,
    owner: str,
    pack: str,
    own: Sequence[Rule],
    signed: Sequence[Signed],
    moments: Sequence[datetime],
) -> tuple[Aside, ...]:
    """None, or up to three."""
    return tuple(_override(clerk, owner, pack, own, signed, moments) for _ in range(clerk.one((0, 1, 2, 3))))


def _override(
    clerk: Clerk,
    owner: str,
    pack: str,
    own: Sequence[Rule],
    signed: Sequence[Signed],
    moments: Sequence[datetime],
) -> Aside:
    of, rule = clerk.one(OTHERS)
    if own and clerk.chance(0.9):
        takes = [each for each in own if each["does"] != "warn"]
        of, rule = pack, clerk.one(takes if takes and clerk.chance(0.9) else own)["id"]
    if clerk.chance(0.15):
        of = of.replace("2026.1", "2025.4")
    issued, until = clerk.near(moments), clerk.near(moments)
    if clerk.chance(0.8):
        issued, until = moments[0], clerk.near(moments[1:])
    member = owner if clerk.chance(0.95) else "rivera"
    made = {
        "@type": "cr:LawOverride",
        "by": f"urn:commonroll:member:{member}",
        "pack": of,
        "rule": rule,
        "concerns": _concerns(clerk, owner, signed),
        "reason": "Counsel reads the statute narrowly." if clerk.chance(0.96) else "We want it so.",
        "issued": text(issued),
        "until": text(until),
    }
    return _signed(clerk, owner, made)


def _concerns(clerk: Clerk, owner: str, signed: Sequence[Signed]) -> Any:
    if clerk.chance(0.35):
        return f"urn:commonroll:dataset:{owner if clerk.chance(0.95) else 'rivera'}"
    agreement: Mapping[str, Any] = json_in(clerk.one(signed).document) or {}
    return agreement.get("@id", "")


def _signed(clerk: Clerk, owner: str, made: dict[str, Any]) -> Aside:
    """Mostly by its owner's key over what it says."""
    who, data = pens(owner), canonical(made)
    signer = clerk.one((who.stranger, who.recipient)) if clerk.chance(0.2) else who.owner
    over = canonical({**made, "reason": "Counsel reads it otherwise here."}) if clerk.chance(0.03) else data
    return Aside(data, note_of("commonroll law-override v1", made["by"], over, signer), who.owner.vkey)
