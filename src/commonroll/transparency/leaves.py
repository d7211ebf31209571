"""What a log entry may hold: codes, hashes, instants and names of columns, never a person's data.

A leaf is canonical JSON of texts and lists of texts. Each type has a closed list of keys and each key a
closed form, so that a name, an address, a WHERE or a user's name has no place to stand in. What only the
parties may read is committed to (`commit`) and kept beside the log, sealed (`seal`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt, encrypt, x25519

from commonroll.agreements.events import KINDS
from commonroll.agreements.negotiation import STATES
from commonroll.agreements.profile import MEMBER_KEY, MEMBER_URN, MODES, PURPOSES, RETURNABLE
from commonroll.errors import Refusal
from commonroll.notes import (
    NoteError,
    canonical,
    decode_base64,
    encode_base64,
    parse_canonical,
    parse_strict,
    parse_vkey,
    sha256_text,
)
from commonroll.roll.schema import COLUMNS

MAX_LEAF_BYTES = 8_192
SALT_BYTES = 32
FEDERATION = "federation"
FEDERATION_URN = "urn:commonroll:federation"

DENIED_REASONS = frozenset(
    {
        "agreement-ended", "closed", "foreign", "law-forbids", "log-behind", "no-agreement", "no-roll",
        "no-scope", "no-statement", "not-granted", "not-published", "order", "protected", "purpose", "quota",
        "rate", "role", "sign-in", "signature", "suspended", "terms", "universe",
    }
)  # fmt: skip
"""Why a request was turned down."""

OPERATOR_ACTIONS = frozenset(
    {
        "alarm.raised", "alarm.reopened", "alarm.rules", "alarm.settled",
        "api-key.made", "api-key.revoked", "backup.made", "backup.restored", "canary.heard",
        "correction.made",
        "correction.withdrawn", "data.redacted", "data.removed", "export.approved",
        "contacts.changed", "contacts.erased", "contacts.field_changed", "contacts.field_forgotten",
        "contacts.field_made", "contacts.field_removed", "contacts.field_restored", "contacts.listed",
        "contacts.made", "contacts.merged", "contacts.read",
        "export.declined", "group.named", "home.kept-out", "home.let-in", "hygiene.applied", "hygiene.undone",
        "job.cancelled", "job.started", "key.added", "key.withdrawn", "layout.removed", "layout.saved",
        "list.imported", "list.restored", "list.undone", "load.cancelled", "log.begun", "log.key.changed",
        "member.added", "member.changed", "member.left", "member.reinstated", "member.suspended",
        "onward.stated", "payment.stated", "proposal.answered", "proposal.made", "proposal.ratified",
        "proposal.told",
        "protected.listed", "role.changed", "settings.changed", "snapshot.removed", "user.changed",
        "user.invited", "user.joined", "user.removed", "witness.quorum",
        "turf.brought", "turf.changed", "turf.ended", "turf.given", "webhook.ended", "webhook.made",
        "webhook.renewed",
        "score.loaded", "score.withdrawn", "trace.made", "mark-key.opened",
        "script.approved", "script.published", "script.taken-back",
        "share-profile.made", "share-profile.revoked", "vocabulary.mapped", "vocabulary.named",
    }
)  # fmt: skip
"""What an operator or a member's admin can do to members, people, keys and jobs."""


KEY_STATES = frozenset({"added", "retired", "withdrawn"})
ADMISSION_STEPS = frozenset(
    {
        "published", "applied", "accepted", "declined", "overdue", "appealed", "upheld", "overturned",
        "admitted", "reopened", "officer", "office-end",
    }
)  # fmt: skip
DUTY_STATES = frozenset({"opened", "met", "overdue"})
OVERRIDE_STATES = frozenset({"made", "ended"})
STOP_STATES = frozenset({"asked", "undone", "looked-up"})
_STATES = {"duty": DUTY_STATES, "law.override": OVERRIDE_STATES, "stop": STOP_STATES}


class LeafError(Refusal):
    """An entry that the log does not take."""


@dataclass(frozen=True)
class Form:
    """The keys of one type, beyond `v`, `type`, `at`, `id`, `owner`; `recipient` among them where it may be.

    `use` marks a use of the owner's rows: the owner's own has no `recipient`, `agreement`, `terms`; everybody
    else's has all three.
    """

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    use: str = ""


def _form(required: str, optional: str = "", use: str = "") -> Form:
    return Form(frozenset(required.split()), frozenset(optional.split()), use)


_DEALING = "recipient agreement terms"
_USE = "purpose mode columns snapshot detail"

FORMS: Mapping[str, Form] = {
    "load": _form("verdict rows", "load snapshot dataset layouts files refused detail"),
    "agreement.finalized": _form(f"{_DEALING} until"),
    "agreement.event": _form(f"{_DEALING} event eventHash effective"),
    "agreement.step": _form(f"{_DEALING} negotiation step"),
    "count": _form(_USE, f"{_DEALING} strategy questions", use="count"),
    "view": _form(_USE, f"{_DEALING} strategy rows", use="view"),
    "contact": _form(_USE, f"{_DEALING} strategy rows", use="contact"),
    "export.intent": _form(f"{_USE} dataset rows file", f"{_DEALING} strategy marks", use="export"),
    "export.received": _form(f"{_DEALING} extract file rows receiptHash"),
    "share.open": _form(f"{_USE} dataset rows file files", f"{_DEALING} strategy marks", use="export"),
    "responses.returned": _form(f"{_DEALING} tables rows", "file snapshot purpose detail"),
    "member.key": _form("member vkey state", "statement"),
    "log.key": _form("member vkey state"),
    "witness.key": _form("member vkey state"),
    "law.override": _form("lawPack rule override state until", "recipient agreement terms"),
    "duty": _form(f"{_DEALING} duty state run due", "detail statement"),
    "admission": _form("step run", "recipient criteria detail"),
    "denied": _form("reason count detail", "recipient agreement purpose mode"),
    "operator": _form("action detail"),
    "opening": _form("entry part ground", "recipient detail"),
    "dispute.rule": _form("terms threshold count state"),
    "decisions": _form("root count"),
    "mark.key": _form("commitment"),
    "mark.burnt": _form("commitment detail"),
    "decoys": _form("commitment count"),
    "statement": _form("about statement effective", "snapshot detail"),
    "stop": _form("state count run detail"),
}
"""Every type and its keys. `detail` commits to what both may read, `strategy` to the recipient's own."""

_COMMON = frozenset({"v", "type", "at", "id", "owner"})


def _matches(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _one_of(values: frozenset[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in values


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(check, value)) and value == sorted(set(value))


def _is_vkey(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(parse_vkey(value))
    except NoteError:
        return False


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and _INSTANT.fullmatch(value) is not None and _real(value)


def _real(value: str) -> bool:
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_HASH = _matches(r"sha256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_UUID = _matches(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COUNT = _matches(r"0|[1-9][0-9]{0,14}")
_MEMBER = _matches(rf"{MEMBER_URN}{MEMBER_KEY.pattern}|{FEDERATION_URN}")

CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "v": _one_of(frozenset({"1"})),
    "type": _one_of(frozenset(FORMS)),
    "at": _is_instant,
    "id": _UUID,
    "owner": _MEMBER,
    "recipient": _MEMBER,
    "member": _MEMBER,
    "agreement": _UUID,
    "terms": _HASH,
    "until": _is_instant,
    "event": _one_of(frozenset(KINDS)),
    "eventHash": _HASH,
    "negotiation": _UUID,
    "step": _one_of(frozenset({"DRAFTED", *STATES}) | ADMISSION_STEPS),
    "criteria": _HASH,
    "effective": _is_instant,
    "purpose": _one_of(frozenset(PURPOSES)),
    "mode": _one_of(frozenset(MODES)),
    "columns": _list_of(_one_of(frozenset(COLUMNS))),
    "dataset": _matches(rf"urn:commonroll:dataset:{MEMBER_KEY.pattern}"),
    "snapshot": _COUNT,
    "rows": _COUNT,
    "refused": _COUNT,
    "count": _COUNT,
    "questions": _COUNT,
    "extract": _UUID,
    "file": _HASH,
    "receiptHash": _HASH,
    "root": _HASH,
    "files": _list_of(_HASH),
    "detail": _HASH,
    "strategy": _HASH,
    "load": _UUID,
    "verdict": _one_of(frozenset({"accept", "quarantine", "refuse"})),
    "layouts": _list_of(_matches(r"[a-z]{2}/[0-9]{4}-[0-9]{2}(\.(registration|history|absentee))?")),
    "tables": _list_of(_one_of(frozenset(RETURNABLE[3]))),
    "vkey": _is_vkey,
    "state": _one_of(KEY_STATES | DUTY_STATES | OVERRIDE_STATES | STOP_STATES),
    "lawPack": _matches(r"law:us-[a-z]{2}:[0-9]{4}\.[0-9]{1,3}"),
    "rule": _matches(r"[A-Z]{2,7}-[0-9A-Za-z-]{1,30}"),
    "override": _HASH,
    "commitment": _matches(r"[0-9a-f]{64}"),
    "marks": _list_of(_matches(r"[0-9a-f]{64}")),
    "duty": _one_of(frozenset({"delete"})),
    "run": _UUID,
    "due": _is_instant,
    "reason": _one_of(DENIED_REASONS),
    "action": _one_of(OPERATOR_ACTIONS),
    "entry": _UUID,
    "part": _one_of(frozenset({"detail", "strategy"})),
    "ground": _one_of(frozenset({"own", "dispute", "asked", "arbiters"})),
    "threshold": _COUNT,
    "about": _one_of(frozenset({"protected"})),
    "statement": _HASH,
}
"""What each key may hold. Numbers are decimal texts; lists are sorted and without duplicates."""


def member_urn(key: str) -> str:
    """The URN of a member's key; `federation` stands for the federation itself."""
    return FEDERATION_URN if key == FEDERATION else MEMBER_URN + key.removeprefix(MEMBER_URN)


def instant(at: datetime) -> str:
    """An aware time as a log writes it: UTC, whole seconds."""
    if at.tzinfo is None:
        raise LeafError("A time without a time zone has no place in a log.", where="at")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def leaf(
    type: str,
    *,
    at: datetime,
    id: str,
    owner: str,
    recipient: str | None = None,
    keys: Mapping[str, str | Sequence[str]],
) -> bytes:
    """The canonical bytes of one entry, at most 8,192.

    `owner`, `recipient` and the key `member` are member keys (`ga`) or `federation`; `id` is a fresh
    urn:uuid; `keys` are the further keys of the type (`FORMS`), lists in any order. Raises LeafError, which
    names the key and never its value, for anything that does not belong in a log.
    """
    parties = {"owner": owner, "recipient": recipient, "member": keys.get("member")}
    value = {
        **{key: item if isinstance(item, str) else _sorted(key, item) for key, item in keys.items()},
        **{key: member_urn(party) for key, party in parties.items() if isinstance(party, str)},
        "v": "1",
        "type": type,
        "at": instant(at),
        "id": id,
    }
    if taken := (_COMMON | {"recipient"}) & set(keys):
        raise LeafError("The key is not given among the further keys.", where=", ".join(sorted(taken)))
    check_value(value)
    return _sized(canonical(value))


def _sorted(key: str, items: Sequence[str]) -> list[str]:
    if not isinstance(items, Sequence) or not all(isinstance(item, str) for item in items):
        raise LeafError("An entry holds only texts and lists of texts.", where=key)
    return sorted(set(items))


def _sized(data: bytes) -> bytes:
    if len(data) > MAX_LEAF_BYTES:
        raise LeafError(f"An entry has {len(data)} bytes; at most {MAX_LEAF_BYTES} fit.")
    return data


def check_leaf(data: bytes) -> dict[str, Any]:
    """The leaf in `data`; raises LeafError unless it is canonical and holds only what its type allows."""
    try:
        value = parse_canonical(_sized(data))
    except NoteError as error:
        raise LeafError(error.what) from error
    return check_value(value)


def check_value(value: Any) -> dict[str, Any]:
    """The parsed leaf `value`; raises LeafError unless it has the keys and forms of its type."""
    if not isinstance(value, dict):
        raise LeafError("An entry is an object.")
    form = FORMS.get(str(value.get("type")))
    if form is None:
        raise LeafError("The log has no such type of entry.", where="type")
    _check_keys(value, form)
    for key, item in value.items():
        if not CHECKS[key](item):
            raise LeafError(
                "The value has a form that the log does not take.", where=f"{value['type']}, {key}"
            )
    states = _STATES.get(value["type"], KEY_STATES)
    if value.get("state", next(iter(states))) not in states:
        raise LeafError("The type has no such state.", where=f"{value['type']}, state")
    if form.use:
        _check_use(value, form)
    return value


def _check_keys(value: Mapping[str, Any], form: Form) -> None:
    missing = (_COMMON | form.required) - set(value)
    unknown = set(value) - _COMMON - form.required - form.optional
    if missing:
        raise LeafError(f"The entry lacks {', '.join(sorted(missing))}.", where=str(value["type"]))
    if unknown:
        raise LeafError(
            f"The entry has {len(unknown)} key(s) that its type does not know.",
            where=str(value["type"]),
            next_step="Commit to it in `detail` and keep it sealed beside the log.",
        )


def _check_use(value: Mapping[str, Any], form: Form) -> None:
    if value["mode"] != form.use:
        raise LeafError("The mode is not that of the type.", where=str(value["type"]))
    dealing = {"recipient", "agreement", "terms"} & set(value)
    if len(dealing) not in (0, 3) or value.get("recipient") == value["owner"]:
        raise LeafError(
            "Another's use names recipient, agreement and terms; the owner's own use names none of them.",
            where=str(value["type"]),
        )


# Details: committed to in the leaf, stored beside the log


def commit(details: Any, salt: bytes) -> str:
    """The commitment to `details` (texts, lists, objects) under 32 random bytes known to their readers."""
    if len(salt) != SALT_BYTES:
        raise LeafError("A salt has 32 bytes.")
    return sha256_text(b"commonroll commit v1\n" + salt + canonical(details))


def new_reader() -> tuple[str, str]:
    """A fresh age (X25519) identity, secret, and the recipient that details are sealed to."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def seal(details: Any, salt: bytes, recipients: Sequence[str]) -> bytes:
    """`details` and their salt, age-encrypted to each of `recipients` (`age1...`)."""
    commit(details, salt)
    content = canonical({"details": details, "salt": encode_base64(salt)})
    try:
        return bytes(encrypt(content, [x25519.Recipient.from_str(recipient) for recipient in recipients]))
    except (EncryptError, RecipientError) as error:
        raise LeafError("Details can be sealed only to age recipients, and to one at least.") from error


def open_sealed(data: bytes, identity: str) -> tuple[Any, bytes]:
    """The details and their salt; raises LeafError unless they were sealed to `identity`."""
    try:
        content = parse_strict(bytes(decrypt(data, [x25519.Identity.from_str(identity)])))
    except (DecryptError, IdentityError) as error:
        raise LeafError(
            "The details cannot be opened with this key.",
            next_step="Use the key of a party to the agreement, or ask that party for them.",
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("salt"), str) or "details" not in content:
        raise LeafError("What was sealed is not details with their salt.")
    return content["details"], decode_base64(content["salt"])
