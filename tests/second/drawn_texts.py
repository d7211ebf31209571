"""Agreements as JSON in both versions of the profile, written here and not by the product."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from drawn import FIELDS, MASKS, RECIPIENT, REGISTERED, SCOPES, SECOND, VOTED, Clerk
from second_signed import canonical

from commonroll.roll.schema import COLUMNS


def atom(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def document(
    clerk: Clerk, owner: str, purposes: Sequence[str], start: datetime, until: datetime
) -> dict[str, Any]:
    """An agreement's text in version 1 or 2, in the profile's order."""
    second = clerk.chance(0.75)
    recipient = RECIPIENT if clerk.chance(0.97) else "rivera"
    modes = clerk.some(("contact", "count", "export", "view"), clerk.one((1, 3, 3, 4)))
    if "hygiene" in purposes and not clerk.chance(0.1):
        modes = [mode for mode in modes if mode != "export"] or ["count"]
    if "count" in modes and len(modes) == 1 and clerk.chance(0.8):
        modes.append("view")
    columns = sorted(
        {f"voters.{name}" for name in FIELDS if clerk.chance(0.95)}
        | ({"history.election_date"} if clerk.chance(0.7) else set())
    )
    if "research" in purposes and not clerk.chance(0.1):
        columns = [name for name in columns if COLUMNS[name].cls != "contact"]
    wanted = {f"voters.{name}": clerk.one(masks) for name, masks in MASKS.items() if clerk.chance(0.25)}
    masks = {
        name: f"cr:mask/{mask}"
        for name, mask in sorted(wanted.items())
        if name in columns and (second or mask != "initial")
    }
    limits = [name for name in clerk.some(sorted(SCOPES), 0, 2) if second or not _new(name)]
    rows = {f"cr:row/{name}": clerk.some(SCOPES[name], len(SCOPES[name]) // 2) for name in limits}
    rows = rows or {"cr:row/member": [owner]}
    constraints = [
        atom("purpose", "isAnyOf", sorted(f"cr:purpose/{name}" for name in purposes)),
        atom("cr:mode", "isAnyOf", sorted(f"cr:mode/{mode}" for mode in modes)),
        atom("cr:columns", "isPartOf", columns),
        *([atom("cr:masks", "eq", masks)] if masks else []),
        {"and": [atom(name, "isAnyOf", rows[name]) for name in sorted(rows)]},
        *([atom("cr:universe", "eq", universe(clerk))] if second and clerk.chance(0.5) else []),
        atom("dateTime", "gteq", text(start)),
        atom("dateTime", "lt", text(until)),
        atom("spatial", "eq", "US"),
        *_limits(clerk, second, modes, start, until),
        atom("cr:lawPacks", "isAllOf", ["law:us:2026.1"]),
    ]
    return {
        "@id": f"urn:uuid:{uuid.UUID(int=clerk.random.getrandbits(128))}",
        "@type": "Agreement",
        "profile": f"urn:commonroll:profile:agreement:{2 if second else 1}",
        "target": f"urn:commonroll:dataset:{owner}",
        "timestamp": text(start - timedelta(days=3)),
        "assigner": f"urn:commonroll:member:{owner}",
        "assignee": f"urn:commonroll:member:{recipient}",
        "permission": [{"action": "use", "constraint": constraints}],
        "prohibition": [{"action": name} for name in PROHIBITED],
        "obligation": obligations(owner, recipient),
    }


PROHIBITED = ("distribute", "sell", "transfer", "cr:commercialUse", "cr:removeMarks", "cr:reidentify")


def _new(name: str) -> bool:
    return name == "state" or name.startswith("district/")


def _limits(clerk: Clerk, second: bool, modes: Sequence[str], start: datetime, until: datetime) -> list[Any]:
    found = []
    quota = {"count": "3", "per": "household", "window": "P30D"}
    if "export" in modes and second:
        found.append(
            clerk.one([atom("cr:rowsPerDay", "lteq", "9999"), atom("cr:export", "eq", "cr:export/free")])
        )
    elif "export" in modes:
        found += [atom("cr:rowsPerExport", "lteq", "9999"), atom("cr:exportsPerDay", "lteq", "4")]
    if "export" in modes or "contact" in modes:
        found.append(atom("cr:contactQuota", "lteq", [{"channel": "any", **quota}] if second else quota))
    if second and clerk.chance(0.4):
        middle = start + (until - start) / 2
        window = {"from": text(middle), "until": text(until - SECOND)}
        found.append(atom("cr:blackout", "eq", window))
    return [*found, atom("cr:applicableLaw", "eq", "us-oh")] if second else found


def obligations(owner: str, recipient: str) -> list[dict[str, Any]]:
    mine, theirs = f"urn:commonroll:member:{owner}", f"urn:commonroll:member:{recipient}"

    def duty(action: str, by: str, *constraints: dict[str, Any]) -> dict[str, Any]:
        return {"action": action, "assignee": by, "constraint": list(constraints)}

    week = atom("delayPeriod", "lteq", "P7D")
    return [
        duty(
            "delete",
            theirs,
            atom("event", "gt", "cr:event/ended"),
            week,
            atom("cr:evidence", "eq", "cr:evidence/signedStatement"),
        ),
        duty(
            "cr:returnResponses",
            theirs,
            atom("cr:tables", "isAllOf", ["attempts", "optouts", "responses"]),
            week,
        ),
        duty(
            "inform",
            theirs,
            atom("event", "gt", "cr:event/breachDiscovered"),
            atom("delayPeriod", "lteq", "PT48H"),
        ),
        duty(
            "cr:giveNotice",
            mine,
            atom("event", "lt", "cr:event/revokedWithoutCause"),
            atom("delayPeriod", "gteq", "P14D"),
        ),
    ]


def universe(clerk: Clerk, depth: int = 2, word: str = "") -> dict[str, Any]:
    """A tree as its one text: parts flat, sorted by their bytes, each once."""
    if depth == 0 or clerk.chance(0.4):
        return _leaf(clerk)
    word = "any" if word == "all" else "all" if word == "any" else clerk.one(("all", "any"))
    parts = {canonical(part): part for part in (universe(clerk, depth - 1, word) for _ in range(3))}
    if len(parts) == 1:
        return next(iter(parts.values())) if word not in next(iter(parts.values())) else _leaf(clerk)
    return {word: [parts[key] for key in sorted(parts)]}


def _leaf(clerk: Clerk) -> dict[str, Any]:
    kind = clerk.random.randrange(7)
    if kind == 0:
        return {"column": "voters.party", "in": clerk.some(("DEM", "NPA", "REP"))}
    if kind == 1:
        return {"column": "voters.ward", "in": clerk.some(("1", "EAST", "7"))}
    if kind == 2:
        return {"column": "voters.registered_on", **_ends(clerk, [str(day) for day in sorted(REGISTERED)])}
    if kind == 3:
        return {"column": "voters.birth_year", **_ends(clerk, ["1956", "1985", "1990"])}
    if kind == 4:
        return {"column": "voters.age", **_ends(clerk, ["18", "40", "98"])}
    return {"voted": str(clerk.one(VOTED))}


def _ends(clerk: Clerk, values: Sequence[str]) -> dict[str, str]:
    low, high = sorted((clerk.one(values), clerk.one(values)))
    return clerk.one(({"from": low}, {"to": high}, {"from": low, "to": high}))


def spoilt(clerk: Clerk, whole: dict[str, Any]) -> dict[str, Any]:
    """The text with one thing in it that nobody knows."""
    value = json.loads(json.dumps(whole))
    constraints = value["permission"][0]["constraint"]
    clerk.one(
        (
            lambda: value.update(more="x"),
            lambda: constraints.append(atom("cr:frobnicate", "eq", "x")),
            lambda: constraints[0].update(operator="isAllOf"),
            lambda: constraints[0]["rightOperand"].append("cr:purpose/zeal"),
            lambda: (
                constraints[2]["rightOperand"].reverse()
                if len(constraints[2]["rightOperand"]) > 1
                else value.update(more="x")
            ),
            lambda: constraints.pop(),
            lambda: constraints.insert(3, atom("cr:masks", "eq", {"voters.zeal": "cr:mask/plain"})),
            lambda: value.update(profile="urn:commonroll:profile:agreement:3"),
        )
    )()
    return value
