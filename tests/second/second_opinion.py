"""A second opinion: what a recipient sees of one column of one voter, for one purpose, at one moment.

Slow and obvious, written from the specification (agreements, sections 3, 5, 6, 11, 12; decisions 32, 64 to
66) and not from the compiler or the views, with which it shares no code: the roll's list of columns is all
that both read. It goes by what was signed alone. Whatever is not understood is denied.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from second_text import understood

from commonroll.roll.schema import COLUMNS

Row = Mapping[str, Any]
Rule = Mapping[str, Any]


class _Hidden:
    def __repr__(self) -> str:
        return "HIDDEN"


HIDDEN = _Hidden()
"""The answer where the recipient may not look: neither a value nor its absence."""


@dataclass(frozen=True)
class Key:
    """A member's key in the register: it signs from `since`, to the second `retired`, until `withdrawn`."""

    vkey: str
    since: datetime
    withdrawn: datetime | None = None
    retired: datetime | None = None


@dataclass(frozen=True)
class Said:
    """An event as it came in: its bytes, its note, and when."""

    document: bytes
    note: str
    arrived: datetime


@dataclass(frozen=True)
class Signed:
    """An agreement as both parties keep it, and what was said of it, in the order in which it came in."""

    document: bytes
    note: str
    owner_key: Key
    recipient_key: Key
    node_vkey: str
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, eq=False)
class Owner:
    """One owner: its agreements, what its state's file says of itself, the law over it, and who is left out.

    `law` are the rules as their files hold them, `elections` the days on which its voters vote, `suppressed`
    pairs of an id and a channel ("" is every one), `published` the columns that its state publishes, `floor`
    the last time in its log.
    """

    key: str
    state: str
    protected: str
    statement: bool
    published: frozenset[str]
    law: tuple[Rule, ...]
    elections: tuple[date, ...]
    agreements: tuple[Signed, ...]
    suppressed: frozenset[tuple[str, str]]
    voters: tuple[Row, ...]
    districts: tuple[Row, ...]
    history: tuple[Row, ...]
    floor: datetime | None = None


@dataclass(frozen=True)
class Asked:
    """A question: who asks, for what, how, when, of which columns (bare names), about whom.

    `fields` are shown (in lists) or split by (in counts). `about` is a column (bare, or `voted`) that the
    condition compares, `presence` whether it only asks if there is a value.
    """

    recipient: str
    kind: str
    purpose: str
    mode: str
    clock: datetime
    fields: tuple[str, ...]
    about: str = ""
    presence: bool = False


def decide(owner: Owner, row: Row, field: str, asked: Asked) -> Any:
    """What is seen of `field` of this voter, or HIDDEN."""
    found = granted(owner, asked)
    if found is None:
        return HIDDEN
    document, masks = found
    if not in_any_view(owner, row, asked) or not in_limits(owner, row, limits_of(document)):
        return HIDDEN
    return shown(row, field, masks, asked.clock.date())


@lru_cache(maxsize=4_000)
def granted(owner: Owner, asked: Asked) -> tuple[dict[str, Any], dict[str, str]] | None:
    """What no voter changes: the agreement that counts and each column's mask; None: nothing is answered."""
    document = agreement_for(owner, asked)
    if document is None or not answers(owner, document, asked):
        return None
    return document, masks_of(owner, document, asked)


# The agreement that counts


def agreement_for(owner: Owner, asked: Asked) -> dict[str, Any] | None:
    """The one agreement of the two for this purpose that is in force, None if there is none."""
    for signed in owner.agreements:
        document = read(signed.document)
        if document is None or not in_force(signed, document, owner, asked):
            continue
        if document["assignee"] != f"urn:commonroll:member:{asked.recipient}":
            continue
        if asked.purpose in permitted(owner, document, asked)["purposes"]:
            return document
    return None


def in_force(signed: Signed, document: dict[str, Any], owner: Owner, asked: Asked) -> bool:
    """Signed by both with keys that count now, inside its days, neither ended nor suspended.

    A clock behind the log is not believed; one before the first day opens nothing, whatever the log says.
    """
    moment = max(asked.clock, owner.floor) if owner.floor else asked.clock
    keys = (signed.owner_key, signed.recipient_key)
    if not signed_by(signed.document, signed.note, "commonroll agreement v1", [k.vkey for k in keys]):
        return False
    made = instant(document["timestamp"])
    for key in keys:
        if made < key.since or (key.retired and made > key.retired):
            return False
        if key.withdrawn and key.withdrawn <= moment:
            return False
    if asked.clock < starts(document) or not starts(document) <= moment < ends(document):
        return False
    events = counted(signed)
    if any(
        event["event"] in ("Revoked", "Amended") and instant(event["effective"]) <= moment for event in events
    ):
        return False
    lifted = [e["after"] for e in events if e["event"] == "Resumed" and instant(e["issued"]) <= moment]
    return not any(
        event["event"] == "Suspended" and instant(event["issued"]) <= moment and hash_of(event) not in lifted
        for event in events
    )


@lru_cache(maxsize=10_000)
def counted(signed: Signed) -> tuple[dict[str, Any], ...]:
    """The events that may be entered, in the order in which they came."""
    document = read(signed.document)
    if document is None:
        return ()
    entered: list[dict[str, Any]] = []
    for said in signed.said:
        event = _json(said.document)
        if event is not None and _may_be_said(signed, document, event, said, entered):
            entered.append(event)
    return tuple(entered)


PARTY_KEYS = {
    "Revoked": {"by", "cause", "issued", "effective"},
    "Suspended": {"by", "cause", "issued", "after"},
    "Resumed": {"by", "issued", "after"},
    "Amended": {"issued", "effective", "replacedBy", "replacedByHash"},
    "Expired": {"effective"},
}
TERMINAL = ("Revoked", "Amended", "Expired")
CAUSES = ("convenience", "breach", "law", "safety")


def _may_be_said(
    signed: Signed, document: dict[str, Any], event: dict[str, Any], said: Said, entered: list[dict[str, Any]]
) -> bool:
    kind = event.get("event")
    if kind not in PARTY_KEYS or set(event) != {
        "@type",
        "event",
        "agreement",
        "agreementHash",
        *PARTY_KEYS[kind],
    }:
        return False
    if event["@type"] != "cr:AgreementEvent" or event["agreement"] != document["@id"]:
        return False
    if event["agreementHash"] != hash_of(document) or hash_of(event) in map(hash_of, entered):
        return False
    if not _said_by_whom_it_may(signed, document, event, said):
        return False
    issued = instant(event["effective"] if kind == "Expired" else event["issued"])
    takes_effect = instant(event["effective"] if kind in TERMINAL else event["issued"])
    if kind == "Expired" and takes_effect != ends(document):
        return False  # it is a record of what the clock did
    if (kind != "Expired" and issued > said.arrived) or takes_effect < issued:
        return False
    if any(e["event"] in TERMINAL and instant(e["effective"]) <= takes_effect for e in entered):
        return False
    # to suspend without cause would be the way around it
    without_cause = event.get("cause") == "cr:cause/convenience"
    if without_cause and _in_blackout(document, takes_effect):
        return False
    return kind in TERMINAL or _in_order(document, event, entered)


def _said_by_whom_it_may(signed: Signed, document: dict[str, Any], event: dict[str, Any], said: Said) -> bool:
    owner, recipient = document["assigner"], document["assignee"]
    keys = {owner: signed.owner_key.vkey, recipient: signed.recipient_key.vkey}
    if event["event"] == "Amended":
        wanted = list(keys.values())
    elif event["event"] == "Expired":
        wanted = [signed.node_vkey]
    elif event["event"] == "Revoked":
        causes = {owner: CAUSES, recipient: ("renounced",)}.get(event["by"], ())
        if event["cause"] not in [f"cr:cause/{cause}" for cause in causes]:
            return False
        wanted = [keys[event["by"]]]
    else:  # suspending and resuming is the owner's alone
        if event["by"] != owner or event.get("cause") not in (
            None,
            *(f"cr:cause/{cause}" for cause in CAUSES),
        ):
            return False
        wanted = [keys[owner]]
    return signed_by(said.document, said.note, "commonroll agreement-event v1", wanted, document["@id"])


def _in_order(document: dict[str, Any], event: dict[str, Any], entered: list[dict[str, Any]]) -> bool:
    """A suspension follows a resumption and a resumption a suspension, each naming the one before it."""
    chain = [e for e in entered if e["event"] in ("Suspended", "Resumed")]
    suspended = bool(chain) and chain[-1]["event"] == "Suspended"
    if suspended == (event["event"] == "Suspended"):
        return False
    if event["after"] != hash_of(chain[-1] if chain else document):
        return False
    return not chain or instant(event["issued"]) >= instant(chain[-1]["issued"])


def _in_blackout(document: dict[str, Any], moment: datetime) -> bool:
    window = _limit(document, "cr:blackout", "eq")
    return bool(window) and instant(window["from"]) <= moment < instant(window["until"])


# What was signed


@lru_cache(maxsize=10_000)
def _json(data: bytes) -> dict[str, Any] | None:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    try:
        value = json.loads(data, object_pairs_hook=once)
    except ValueError:
        return None
    return value if isinstance(value, dict) and canonical(value) == data else None


@lru_cache(maxsize=10_000)
def read(data: bytes) -> dict[str, Any] | None:
    """The agreement in these bytes, None where anything in it is not understood."""
    value = _json(data)
    return value if value is not None and understood(value) else None


def canonical(value: Any) -> bytes:
    """RFC 8785 for texts, lists and objects with ASCII keys: what both parties sign."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_of(value: dict[str, Any]) -> str:
    return "sha256:" + base64.b64encode(hashlib.sha256(canonical(value)).digest()).decode()


@lru_cache(maxsize=10_000)
def _signed_by(data: bytes, note: str, line: str, vkeys: tuple[str, ...], about: str) -> bool:
    text = f"{line}\n{about}\nsha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}\n"
    if len(set(vkeys)) < len(vkeys) or not note.startswith(text + "\n"):
        return False
    lines = note[len(text) + 1 :].split("\n")
    if lines.pop() != "" or len(lines) != len(vkeys):
        return False
    return all(any(_stands(text, each, vkey) for each in lines) for vkey in vkeys)


def signed_by(data: bytes, note: str, line: str, vkeys: Sequence[str], about: str = "") -> bool:
    """Whether the note is of these bytes and carries a signature of each of these keys and no other."""
    return _signed_by(data, note, line, tuple(vkeys), about or (_json(data) or {}).get("@id", ""))


def _stands(text: str, line: str, vkey: str) -> bool:
    name, _, public = vkey.split("+", 2)
    raw = base64.b64decode(public)  # a type byte, then the key
    number = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not line.startswith(f"— {name} "):
        return False
    signature = base64.b64decode(line.rsplit(" ", 1)[1])
    try:
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], text.encode())
    except InvalidSignature:
        return False
    return signature[:4] == number


@lru_cache(maxsize=10_000)
def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _limit(document: dict[str, Any], operand: str, operator: str) -> Any:
    for constraint in document["permission"][0]["constraint"]:
        if (constraint.get("leftOperand"), constraint.get("operator")) == (operand, operator):
            return constraint["rightOperand"]
    return None


def starts(document: dict[str, Any]) -> datetime:
    return instant(_limit(document, "dateTime", "gteq"))


def ends(document: dict[str, Any]) -> datetime:
    return instant(_limit(document, "dateTime", "lt"))


def limits_of(document: dict[str, Any]) -> dict[str, Any]:
    """Name after `cr:row/` to the values, `universe` to its tree."""
    found = {}
    for constraint in document["permission"][0]["constraint"]:
        for limit in constraint.get("and", ()):
            found[limit["leftOperand"].removeprefix("cr:row/")] = limit["rightOperand"]
        if constraint.get("leftOperand") == "cr:universe":
            found["universe"] = constraint["rightOperand"]
    return found


# What it permits under the law


def permitted(owner: Owner, document: dict[str, Any], asked: Asked) -> dict[str, set[str]]:
    """Purposes, modes and columns that are left under today's law; all empty where the agreement falls."""
    nothing: dict[str, set[str]] = {"purposes": set(), "modes": set(), "columns": set()}
    purposes = {name.removeprefix("cr:purpose/") for name in _limit(document, "purpose", "isAnyOf")}
    modes = {name.removeprefix("cr:mode/") for name in _limit(document, "cr:mode", "isAnyOf")}
    columns = set(_limit(document, "cr:columns", "isPartOf"))
    classes = {COLUMNS[name].cls for name in columns}
    if "provenance" in classes or ("contact" in classes and "research" in purposes):
        return nothing
    if ("hygiene" in purposes and "export" in modes) or ("financial" in classes and "export" in modes):
        return nothing
    for rule in owner.law:
        if rule["does"] == "refuse_purpose":
            purposes -= set(_several(rule["value"]))
        if rule["does"] == "refuse_mode":
            modes -= set(_several(rule["value"]))
    rules = [rule for rule in owner.law if _hides(rule, purposes, modes, asked.kind)]
    columns = {name for name in columns if not any(_touches(rule, name) for rule in rules)}
    # whoever is among the rows has the value: rows cannot be chosen by what the law hides
    if any(_touches(rule, name) for rule in rules for name in _chosen_by(limits_of(document))):
        return nothing
    if not purposes or not modes or not columns:
        return nothing
    return {"purposes": purposes, "modes": modes, "columns": columns}


def _hides(rule: Rule, purposes: set[str], modes: set[str], kind: str) -> bool:
    """Whether the rule takes columns out of this agreement. One about some uses takes them out for all:
    an agreement is every purpose with every mode, and law only narrows."""
    if rule["does"] == "require_requester":
        qualified = kind in _several(rule["value"])
    else:
        qualified = rule["does"] != "refuse_column"
    if qualified:
        return False
    for_some = not rule.get("purposes") or purposes & set(_several(rule["purposes"]))
    in_some = not rule.get("modes") or modes & set(_several(rule["modes"]))
    return bool(for_some and in_some)


def _touches(rule: Rule, column: str) -> bool:
    columns, classes = _several(rule.get("columns", ())), _several(rule.get("classes", ()))
    if not columns and not classes:
        return True
    return column in columns or COLUMNS[column].cls in classes


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _chosen_by(limits: Mapping[str, Any]) -> set[str]:
    """The columns that decide who is among the rows."""
    found = set()
    for name, value in limits.items():
        if name == "universe":
            found |= _of_tree(value)
        elif name.startswith("district/"):
            found |= {"districts.type", "districts.id"}
        elif name != "member":
            found.add(f"voters.{name}")
    return found


def _of_tree(tree: Mapping[str, Any]) -> set[str]:
    if "voted" in tree:
        return {"history.election_date"}
    if "column" in tree:
        return {tree["column"]}
    return {name for part in tree.get("all", tree.get("any")) for name in _of_tree(part)}


def masks_of(owner: Owner, document: dict[str, Any], asked: Asked) -> dict[str, str]:
    """Each readable column and how it is shown: plain but where said, a birth date as its year."""
    said = _limit(document, "cr:masks", "eq") or {}
    found = {}
    for name in permitted(owner, document, asked)["columns"]:
        usual = "cr:mask/year" if name == "voters.birth_date" else "cr:mask/plain"
        found[name] = said.get(name, usual).removeprefix("cr:mask/")
    return found


# Whether the owner answers at all

AGE = ("voters.birth_date", "voters.birth_year", "voters.age")
"""Age is worked out from any of these."""


def answers(owner: Owner, document: dict[str, Any], asked: Asked) -> bool:
    """Whether the owner grants the whole question: an owner answers all of it or nothing."""
    left = permitted(owner, document, asked)
    if asked.mode not in left["modes"]:
        return False
    if asked.purpose == "hygiene" and asked.mode != "count":
        return False
    if asked.mode == "count" and not left["modes"] & {"view", "export"}:
        return False  # such counts carry noise, which is not there yet
    if owner.protected == "unstated" and not owner.statement:
        return False
    masks = masks_of(owner, document, asked)
    for field in asked.fields:
        if not any(
            _readable(owner, name, masks, asked, listed=asked.mode != "count") for name in _sources(field)
        ):
            return False
    if not asked.about:
        return True
    return any(_readable(owner, name, masks, asked, listed=False) for name in _sources(asked.about))


def _sources(field: str) -> tuple[str, ...]:
    if field == "age":
        return AGE
    return ("history.election_date",) if field == "voted" else (f"voters.{field}",)


def _readable(owner: Owner, name: str, masks: dict[str, str], asked: Asked, *, listed: bool) -> bool:
    if name not in masks or name not in owner.published:
        return False
    if masks[name] in ("marked", "token"):
        return False  # need a key of the recipient, which is not there yet
    if masks[name] == "null":
        return listed
    return COLUMNS[name].cls != "contact" or asked.mode != "count" or asked.presence


# The voter


def in_any_view(owner: Owner, row: Row, asked: Asked) -> bool:
    """Whether the voter is in a view at all, whatever was agreed; what is unknown is out."""
    if row["confidential"] is not False:
        return False
    if row["status"] is None:
        return False
    speaks_of_status = "status" in asked.about or (asked.mode == "count" and "status" in asked.fields)
    if row["status"] == "removed" and (not speaks_of_status or asked.mode == "contact"):
        return False
    if not adult(row, next(day for day in owner.elections if day >= asked.clock.date())):
        return False
    return not any((row["state_voter_id"], channel) in owner.suppressed for channel in ("", *opened(asked)))


def adult(row: Row, election: date) -> bool:
    """18 on election day at the youngest: by the birth date, else as if born on the last day of the year,
    else by the published age."""
    if row["birth_date"] is not None:
        born = row["birth_date"]
        had_birthday = (born.month, born.day) <= (election.month, election.day)
        return bool(election.year - born.year - (0 if had_birthday else 1) >= 18)
    if row["birth_year"] is not None:
        return bool(date(row["birth_year"] + 18, 12, 31) <= election)
    return row["age"] is not None and row["age"] >= 18


def opened(asked: Asked) -> set[str]:
    """The channels that the columns shown open where people are contacted or rows leave."""
    found: set[str] = set()
    if asked.mode not in ("contact", "export"):
        return found
    for field in asked.fields:
        if field == "phone":
            found |= {"phone", "text"}
        if field == "email":
            found |= {"email"}
        if field.startswith("residence_"):
            found |= {"door"} if asked.mode == "contact" else {"door", "mail"}
        if field.startswith("mail_"):
            found |= {"mail"}
    return found


def in_limits(owner: Owner, row: Row, limits: Mapping[str, Any]) -> bool:
    """Whether the voter is among the rows that were agreed, by the owner's own values."""
    for name, values in limits.items():
        if name == "universe":
            if not _in_tree(owner, row, values):
                return False
        elif name == "member":
            if values != [owner.key]:
                return False
        elif name.startswith("district/"):
            kind = name.removeprefix("district/")
            if not any(d["type"] == kind and d["id"] in values for d in _of(owner.districts, row)):
                return False
        elif row[name] is None or row[name] == "" or row[name] not in values:
            return False
    return True


def _of(rows: Sequence[Row], voter: Row) -> list[Row]:
    return [row for row in rows if row["state_voter_id"] == voter["state_voter_id"]]


def _in_tree(owner: Owner, row: Row, tree: Mapping[str, Any]) -> bool:
    if "all" in tree:
        return all(_in_tree(owner, row, part) for part in tree["all"])
    if "any" in tree:
        return any(_in_tree(owner, row, part) for part in tree["any"])
    if "voted" in tree:
        return any(str(h["election_date"]) == tree["voted"] for h in _of(owner.history, row))
    value = row[tree["column"].removeprefix("voters.")]
    if value is None:
        return False
    if "in" in tree:
        return value in tree["in"]
    kind = date.fromisoformat if isinstance(value, date) else int
    return ("from" not in tree or kind(tree["from"]) <= value) and (
        "to" not in tree or value <= kind(tree["to"])
    )


# The value


def shown(row: Row, field: str, masks: Mapping[str, str], today: date) -> Any:
    """The value as the recipient sees it."""
    if field == "age":
        return age(row, masks, today)
    return masked(row[field], masks.get(f"voters.{field}", "null"))


def age(row: Row, masks: Mapping[str, str], today: date) -> int | None:
    """Exactly from a plain birth date, else by a year, else by a masked date's year, else as published."""
    born, how = row["birth_date"], masks.get("voters.birth_date", "null")
    if born is not None and how == "plain":
        return int(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
    year = masked(row["birth_year"], masks.get("voters.birth_year", "null"))
    if year is not None:
        return int(today.year - year)
    told = masked(born, how)
    if told is not None:
        return int(today.year - told.year)
    published: int | None = masked(row["age"], masks.get("voters.age", "null"))
    return published


def masked(value: Any, mask: str) -> Any:
    """The value under a mask of section 3.4."""
    if value is None or mask in ("null", "token", "marked"):
        return None
    if mask == "plain":
        return value
    if mask == "year":
        return date(value.year, 1, 1)
    if mask == "decade":
        return date(value.year // 10 * 10, 1, 1) if isinstance(value, date) else value // 10 * 10
    if mask == "zip3":
        return value[:3]
    if mask == "initial":
        return value[:1]
    if mask == "last4":
        return value[-4:] if len(value) > 4 else None
    if mask == "bucket10":
        return value // 10 * 10
    raise AssertionError("no such mask")
