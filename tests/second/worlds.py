"""Worlds drawn at random: rolls of invented people, agreements as signed JSON, events, law, and questions.

One seed gives one world. Texts are written here and not by the product; values and moments are drawn from
small pools, so that they meet often, a second before and after too. Nothing in a world is anybody's.
"""

from __future__ import annotations

import json
import random
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from second_shapes import Asked, Key, Owner, Row, Said, Signed
from second_signed import canonical, hash_of

import commonroll
from commonroll.notes import Signer, generate
from commonroll.roll.schema import COLUMNS

RECIPIENT, KINDS = "national", ("committee", "campaign", "civic", "vendor", "party", "")
SECOND = timedelta(seconds=1)
STATES = ("OH", "NC", "FL", "WA", "VA", "TX")
LAYOUTS = Path(commonroll.__file__).parent / "layouts"
PURPOSES = ("gotv", "persuasion", "fundraising", "volunteer", "research", "hygiene", "list-building")
FIELDS = (
    "state_voter_id",
    "county_voter_id",
    "status",
    "first_name",
    "middle_name",
    "birth_date",
    "birth_year",
    "age",
    "sex",
    "race",
    "party",
    "registered_on",
    "residence_line1",
    "residence_zip5",
    "mail_line1",
    "mail_zip",
    "phone",
    "email",
    "county_fips",
    "precinct",
    "ward",
    "congressional_district",
    "permanent_absentee",
)
SPLIT = (
    "status",
    "birth_year",
    "age",
    "sex",
    "race",
    "party",
    "registered_on",
    "county_fips",
    "precinct",
    "permanent_absentee",
)
MASKS = {
    "birth_date": ("plain", "plain", "decade", "year", "null"),
    "birth_year": ("decade", "null"),
    "age": ("bucket10",),
    "residence_zip5": ("zip3",),
    "mail_zip": ("zip3",),
    "phone": ("last4", "null"),
    "first_name": ("initial", "plain"),
    "middle_name": ("initial",),
    "county_voter_id": ("last4", "token"),
    "state_voter_id": ("last4", "token", "null"),
    "party": ("null",),
    "registered_on": ("year", "decade"),
}
VOTED = (date(2024, 11, 5), date(2022, 11, 8))
REGISTERED = (date(2024, 1, 1), date(2023, 12, 31), date(2010, 6, 1))
SCOPES = {
    "county_fips": ("39001", "39003", "39005"),
    "precinct": ("1", "2"),
    "party": ("DEM", "NPA", "REP"),
    "status": ("active", "inactive", "removed"),
    "congressional_district": ("1", "12"),
    "state": STATES,
    "district/council": ("1", "2", "3"),
    "district/school": ("1", "EAST"),
}

# A condition of a question: its text, the field it compares, whether it only asks for presence, its meaning
ABOUT: tuple[tuple[str, str, bool, Any], ...] = (
    ("", "", False, None),
    ("party = 'DEM'", "party", False, lambda v: v == "DEM"),
    ("NOT party = 'DEM'", "party", False, lambda v: v is not None and v != "DEM"),
    ("party IS NULL", "party", True, lambda v: v is None),
    ("status = 'removed'", "status", False, lambda v: v == "removed"),
    ("phone IS NOT NULL", "phone", True, lambda v: v is not None),
    ("phone LIKE '%01%'", "phone", False, lambda v: v is not None and "01" in v),
    ("birth_date >= '1985-06-15'", "birth_date", False, lambda v: v is not None and v >= date(1985, 6, 15)),
    ("NOT age >= 60", "age", False, lambda v: v is not None and v < 60),
    ("county_fips IN ('39001', '39005')", "county_fips", False, lambda v: v in ("39001", "39005")),
    ("voted('2024-11-05')", "voted", False, None),
)


@dataclass(frozen=True)
class World:
    """One draw: `seed` makes it again; `moments` are those at which something begins or ends."""

    seed: int
    owners: tuple[Owner, ...]
    moments: tuple[datetime, ...]


class Clerk:
    """Draws from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)

    def one(self, of: Sequence[Any]) -> Any:
        return self.random.choice(of)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def some(self, of: Sequence[Any], least: int = 1, most: int | None = None) -> list[Any]:
        n = self.random.randint(least, min(most or len(of), len(of)))
        return sorted(self.random.sample(list(of), n))

    def near(self, moments: Sequence[datetime]) -> datetime:
        """One of the moments, or a second before or after."""
        return self.one(moments) + self.one((-SECOND, timedelta(0), timedelta(0), SECOND))


# Rolls


def voters(clerk: Clerk, rows: int) -> tuple[Row, ...]:
    return tuple(_voter(clerk, number) for number in range(rows))


def _voter(clerk: Clerk, number: int) -> Row:
    def maybe(*values: Any, p: float = 0.1) -> Any:
        return None if clerk.chance(p) else clerk.one(values)

    # 18 on 3 November 2026, or a day too late; some with a year alone, some with an age alone
    born = maybe(
        date(2008, 11, 3),
        date(2008, 11, 4),
        date(1956, 2, 29),
        date(1985, 6, 15),
        date(1985, 6, 14),
        date(1985, 6, 16),
        date(1999, 12, 31),
        date(2010, 12, 31),
        p=0.3,
    )
    return {
        "state_voter_id": f"{number:05d}",
        "county_voter_id": maybe("77001", "1234", "12345"),
        "state": maybe(*STATES, p=0.1),
        "status": maybe("active", "active", "active", "active", "inactive", "pending", "removed", p=0.06),
        "confidential": clerk.one((False,) * 14 + (True, None)),
        "first_name": maybe("ANN", "Łucja", "B", ""),
        "middle_name": maybe("Q", "JO"),
        "birth_date": born,
        "birth_year": maybe(1956, 1985, 1990, 2007, 2008, 2009, p=0.3),
        "age": maybe(17, 18, 40, 99, p=0.3),
        "sex": maybe("female", "male"),
        "race": maybe("WHITE", "ASIAN"),
        "party": maybe("DEM", "REP", "NPA"),
        "registered_on": maybe(*REGISTERED),
        "residence_line1": maybe("1 ELM ST"),
        "residence_zip5": maybe("43001", "44001"),
        "mail_line1": maybe("BOX 1"),
        "mail_zip": maybe("43001", "440"),
        "phone": maybe("+16145550100", "+16145550199", "0101", "01011"),
        "email": maybe("a@example.org"),
        "county_fips": maybe("39001", "39003", "39005", ""),
        "precinct": maybe("1", "2", ""),
        "ward": maybe("1", "EAST"),
        "congressional_district": maybe("1", "12"),
        "permanent_absentee": maybe(True, False),
    }


def districts(clerk: Clerk, people: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(
        {"state_voter_id": row["state_voter_id"], "type": kind, "id": number}
        for row in people
        for kind, number in clerk.some(
            [
                ("council", "1"),
                ("council", "2"),
                ("council", "9"),
                ("school", "1"),
                ("school", "EAST"),
                ("fire", "1"),
                ("fire", "3"),
            ],
            0,
            3,
        )
    )


def history(clerk: Clerk, people: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(
        {
            "state_voter_id": row["state_voter_id"],
            "election_date": None if on == "" else date.fromisoformat(on),
        }
        for row in people
        for on in clerk.some(["", *map(str, VOTED), "2020-11-03"], 0, 2)
    )


# Agreements as JSON


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


# Signing and what is said afterwards


@dataclass(frozen=True)
class Pens:
    """Those who can sign: the owner, the recipient, the owner's node, and somebody else."""

    owner: Signer
    recipient: Signer
    node: Signer
    stranger: Signer


@cache
def pens(owner: str) -> Pens:
    origin = "test.example"
    return Pens(
        *(
            generate(f"{origin}/{name}")
            for name in (f"{owner}/agreements", "national/agreements", f"{owner}/log", "nobody/agreements")
        )
    )


def note_of(line: str, about: str, data: bytes, *signers: Signer) -> str:
    said = f"{line}\n{about}\nsha256 {hash_of(json.loads(data)).removeprefix('sha256:')}\n"
    return said + "\n" + "".join(f"{signer.line(said)}\n" for signer in signers)


def signed(clerk: Clerk, owner: str, whole: dict[str, Any], moments: Sequence[datetime]) -> Signed:
    """The agreement as both keep it: mostly well signed, by keys that mostly count."""
    who = pens(owner)
    data = canonical(whole)
    signers = [who.owner, who.recipient]
    if clerk.chance(0.06):
        signers = clerk.one(
            (
                [who.owner],
                [who.recipient],
                [who.owner, who.stranger],
                [*signers, who.stranger],
                [who.owner, who.owner],
            )
        )
    note = note_of("commonroll agreement v1", whole["@id"], data, *signers)
    if clerk.chance(0.02):
        other = {**whole, "timestamp": whole["timestamp"].replace("20", "19", 1)}
        note = note_of("commonroll agreement v1", whole["@id"], canonical(other), *signers)
    made = datetime.strptime(whole["timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    keys = [_key(clerk, pen.vkey, made, moments) for pen in (who.owner, who.recipient)]
    return Signed(data, note, *keys, who.node.vkey)


def _key(clerk: Clerk, vkey: str, made: datetime, moments: Sequence[datetime]) -> Key:
    since = made + SECOND if clerk.chance(0.02) else made
    withdrawn = clerk.near(moments) if clerk.chance(0.06) else None
    retired = clerk.one((made - SECOND, made, made + SECOND)) if clerk.chance(0.05) else None
    return Key(vkey, since, withdrawn, retired)


def event(whole: Mapping[str, Any], kind: str, **said: str) -> dict[str, Any]:
    return {
        "@type": "cr:AgreementEvent",
        "event": kind,
        "agreement": whole["@id"],
        "agreementHash": hash_of(dict(whole)),
        **said,
    }


def said(clerk: Clerk, owner: str, made: dict[str, Any], by: str, arrived: datetime) -> Said:
    """The event under the signature of `by` (`both`, or a party), seldom under somebody else's."""
    who = pens(owner)
    signers = {
        "both": [who.owner, who.recipient],
        "owner": [who.owner],
        "recipient": [who.recipient],
        "node": [who.node],
    }[by]
    if clerk.chance(0.08):
        signers = clerk.one(([who.stranger], [who.recipient], [who.owner], [who.node]))
    data = canonical(made)
    return Said(data, note_of("commonroll agreement-event v1", made["agreement"], data, *signers), arrived)


def life(clerk: Clerk, owner: str, whole: dict[str, Any], moments: Sequence[datetime]) -> tuple[Said, ...]:
    """What is said of an agreement: nothing, one end, suspensions and resumptions, or several things."""
    found: list[Said] = []
    last = hash_of(whole)
    for _ in range(clerk.one((0, 0, 0, 1, 1, 2, 3))):
        issued = clerk.near(moments)
        later = max(issued, clerk.near(moments)) if clerk.chance(0.7) else clerk.near(moments)
        kind = clerk.one(("Revoked", "Suspended", "Suspended", "Resumed", "Resumed", "Expired"))
        mine = f"urn:commonroll:member:{owner}"
        cause = f"cr:cause/{clerk.one(('convenience', 'convenience', 'breach', 'law', 'safety'))}"
        by, name = "owner", mine
        if kind == "Revoked":
            if clerk.chance(0.3):
                by, name, cause = "recipient", f"urn:commonroll:member:{RECIPIENT}", "cr:cause/renounced"
            made = event(whole, kind, by=name, cause=cause, issued=text(issued), effective=text(later))
        elif kind == "Suspended":
            made = event(whole, kind, by=name, cause=cause, issued=text(issued), after=last)
        elif kind == "Resumed":
            made = event(whole, kind, by=name, issued=text(issued), after=last)
        else:
            until = next(
                c["rightOperand"] for c in whole["permission"][0]["constraint"] if c.get("operator") == "lt"
            )
            by, made = "node", event(whole, kind, effective=until if clerk.chance(0.5) else text(issued))
        if kind in ("Suspended", "Resumed") and not clerk.chance(0.1):
            last = hash_of(made)
        arrived = issued - SECOND if clerk.chance(0.05) else issued
        found.append(said(clerk, owner, made, by, arrived))
        if clerk.chance(0.05):
            found.append(found[0])
    return tuple(found)


def agreements(clerk: Clerk, owner: str, moments: Sequence[datetime]) -> tuple[Signed, ...]:
    """One or two agreements about different purposes, or one that another takes the place of."""
    purposes = ["gotv", *clerk.random.sample(PURPOSES[1:], 5)]
    start, until = sorted(clerk.random.sample(list(moments), 2))
    if clerk.chance(0.75):
        start, until = moments[0], moments[-1]
    first = document(clerk, owner, purposes[:4], start, until)
    if clerk.chance(0.2) and until - start > 4 * SECOND:
        return _amended(clerk, owner, first, purposes[:4], moments, start, until)
    found = [first]
    if clerk.chance(0.5):
        found.append(document(clerk, owner, purposes[4:], *sorted(clerk.random.sample(list(moments), 2))))
    if clerk.chance(0.06):
        found[0] = spoilt(clerk, found[0])
    return tuple(
        replace(signed(clerk, owner, each, moments), said=life(clerk, owner, each, moments)) for each in found
    )


def _amended(
    clerk: Clerk,
    owner: str,
    first: dict[str, Any],
    purposes: Sequence[str],
    moments: Sequence[datetime],
    start: datetime,
    until: datetime,
) -> tuple[Signed, ...]:
    middle = [moment for moment in moments if start < moment < until]
    at = clerk.one(middle) if middle else start + SECOND
    second = document(clerk, owner, purposes, at, max(moments) + timedelta(days=30))
    made = event(
        first,
        "Amended",
        issued=text(start),
        effective=text(at),
        replacedBy=second["@id"],
        replacedByHash=hash_of(second),
    )
    who = pens(owner)
    data = canonical(made)
    note = note_of("commonroll agreement-event v1", made["agreement"], data, who.owner, who.recipient)
    old = replace(signed(clerk, owner, first, moments), said=(Said(data, note, at),))
    return old, signed(clerk, owner, second, moments)


# Law


@cache
def law_of(state: str) -> tuple[tuple[dict[str, Any], ...], tuple[date, ...], tuple[dict[str, Any], ...]]:
    """The rules over a state, the days of its elections, and its own rules, as the files hold them."""
    federal, own = (
        tomllib.loads((LAYOUTS / s / "law.toml").read_text("utf-8")) for s in ("us", state.lower())
    )
    rules = list(federal["rule"])
    if not all("checked_by" in rule for rule in own.get("rule", ())):
        rules += federal["default"]
    days = {e["date"] for pack in (federal, own) for e in pack.get("election", ())}
    return tuple(rules), tuple(sorted(days)), tuple(own.get("rule", ()))


def made_law(clerk: Clerk) -> tuple[dict[str, Any], ...]:
    """A pack that somebody might write: one to three rules."""
    return tuple(
        {"id": f"ZZ-{at}", "cites": "Statute", "says": "So.", **_rule(clerk)}
        for at in range(clerk.one((1, 1, 2, 3)))
    )


def _rule(clerk: Clerk) -> dict[str, Any]:
    kind = clerk.random.randrange(6)
    if kind == 0:
        return {"does": "refuse_purpose", "value": clerk.some(PURPOSES, 1, 2)}
    if kind == 1:
        return {"does": "refuse_mode", "value": clerk.some(("contact", "export", "view"), 1, 1)}
    if kind == 2:
        return {"does": "warn", "columns": ["voters.phone"]}
    names = clerk.one(
        (
            {"columns": [f"voters.{name}" for name in clerk.some(FIELDS, 1, 3)]},
            {"columns": ["districts.id"]},
            {"columns": ["history.election_date", "voters.county_fips"]},
            {"classes": clerk.some(("ballot", "demographic", "contact", "registration", "district"), 1, 1)},
        )
    )
    when: dict[str, Any] = {}
    if clerk.chance(0.4):
        when["purposes"] = clerk.some(PURPOSES, 1, 2)
    if clerk.chance(0.4):
        when["modes"] = clerk.some(("contact", "count", "export", "view"), 1, 2)
    if kind == 3:
        return {
            "does": "require_requester",
            "value": clerk.some(("campaign", "committee", "party"), 1, 2),
            **names,
            **when,
        }
    return {"does": "refuse_column", **names, **when}


# Owners, questions

Roll = tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]
"""Voters, districts, history of one owner."""

EVERYTHING = frozenset(
    name for name, column in COLUMNS.items() if column.table in ("voters", "districts", "history")
)


def roll(clerk: Clerk, rows: int) -> Roll:
    people = voters(clerk, rows)
    return people, districts(clerk, people), history(clerk, people)


def world(seed: int, rolls: Mapping[str, Roll]) -> World:
    """Agreements, law and lists over these rolls."""
    clerk = Clerk(seed)
    # election day ends at midnight: from then on the next one decides who is 18
    moments = tuple(sorted({datetime(2026, 11, 4, tzinfo=UTC), *(_moment(clerk) for _ in range(5))}))
    owners = tuple(_owner(clerk, key, rolls[key], moments) for key in sorted(rolls))
    return World(seed, owners, moments)


def _moment(clerk: Clerk) -> datetime:
    return datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=clerk.random.randrange(15_000_000))


def _owner(clerk: Clerk, key: str, of: Roll, moments: Sequence[datetime]) -> Owner:
    people, lives, voted = of
    state = clerk.one(STATES)
    rules, days, own = law_of(state)
    ids = [row["state_voter_id"] for row in people]
    channels = ("", "phone", "text", "email", "door", "mail")
    published = EVERYTHING - ({f"voters.{clerk.one(FIELDS)}"} if clerk.chance(0.3) else set())
    return Owner(
        key=key,
        state=state,
        protected=clerk.one(("flagged", "flagged", "withheld", "unstated")),
        statement=clerk.chance(0.7),
        published=frozenset(published),
        law=(*rules, *(own if clerk.chance(0.5) else made_law(clerk))),
        elections=days,
        agreements=agreements(clerk, key, moments),
        suppressed=frozenset((clerk.one(ids), clerk.one(channels)) for _ in range(clerk.one((0, 2, 5)))),
        voters=people,
        districts=lives,
        history=voted,
        floor=clerk.near(moments) if clerk.chance(0.25) else None,
    )


def question(clerk: Clerk, moments: Sequence[datetime]) -> tuple[Asked, str, Any]:
    """A question, the text of its condition, and the condition's meaning over the value that is seen."""
    mode = clerk.one(("view", "view", "contact", "export", "count"))
    purpose = clerk.one((*PURPOSES[:1] * 5, *PURPOSES))
    about = clerk.one((ABOUT[0],) * 6 + ABOUT[1:])
    fields = clerk.random.sample(SPLIT if mode == "count" else FIELDS, clerk.one((1, 1, 2, 3)))
    asked = Asked(
        RECIPIENT,
        clerk.one(KINDS),
        purpose,
        mode,
        clerk.near(moments[1:-1] * 3 + moments),
        tuple(fields),
        about[1],
        about[2],
    )
    return asked, about[0], about[3]
