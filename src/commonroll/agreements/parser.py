"""The strict reader of an agreement: a closed world in which whatever is not known is refused.

"Valid against the schema" says nothing about meaning: the Dataspace Protocol's schemas accept unknown
actions, misspelt keys and permissions without limits (specs: agreements, section 2). Each refusal
names the JSON path.
"""

from __future__ import annotations

from typing import Any

from commonroll.agreements.document import build
from commonroll.agreements.obligations import read_obligations
from commonroll.agreements.permission import read_permission
from commonroll.agreements.profile import DATASET_URN, PROFILES, PROHIBITIONS, Terms, Version
from commonroll.agreements.reading import (
    one_of,
    read_clauses,
    read_instant,
    read_keys,
    read_matching,
    read_member,
    read_text,
    require,
    wrong,
)

_AGREEMENT = (
    "@id", "@type", "profile", "target", "timestamp", "assigner", "assignee",
    "permission", "prohibition", "obligation",
)  # fmt: skip
_UUID = r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CONSTRAINTS = "agreement.permission[0].constraint"


def parse(document: Any) -> Terms:
    """The terms of one ODRL agreement object; raises TermsRefused with the path of the first thing wrong.

    Nothing is ignored and no default widens: a missing limit is a refusal, not "no limit".
    """
    agreement = read_keys(document, "agreement", _AGREEMENT)
    require(agreement["@type"], "Agreement", "agreement.@type")
    profile = _profile(agreement["profile"], "agreement.profile")
    owner = read_member(agreement["assigner"], "agreement.assigner")
    recipient = read_member(agreement["assignee"], "agreement.assignee")
    if owner == recipient:
        raise wrong("agreement.assignee", "Owner and recipient are the same member.")
    require(agreement["target"], DATASET_URN + owner, "agreement.target")
    terms = Terms(
        profile=profile,
        id=read_matching(agreement["@id"], _UUID, "agreement.@id", "a lower-case urn:uuid"),
        owner=owner,
        recipient=recipient,
        timestamp=read_instant(agreement["timestamp"], "agreement.timestamp"),
        **read_permission(agreement["permission"], "agreement.permission", owner, profile),
        **read_obligations(agreement["obligation"], "agreement.obligation", owner, recipient, profile),
    )
    _check_prohibitions(agreement["prohibition"], "agreement.prohibition", terms)
    _check_dates(terms)
    _check_onward(terms)
    _check_order(document, terms)
    return terms


def _profile(value: Any, path: str) -> Version:
    urn = read_text(value, path)
    for version, known in PROFILES.items():
        if urn == known:
            return version
    raise wrong(path, "The profile is not known.", f"Known are {one_of(PROFILES.values())}.")


def _check_order(document: Any, terms: Terms) -> None:
    """One meaning has one text, so that a hash of terms names them wherever it was computed."""
    for key, part in build(terms).items():
        if document[key] != part:
            raise wrong(f"agreement.{key}", "The parts stand in another order than the profile's.")


def _check_dates(terms: Terms) -> None:
    if terms.until <= terms.start:
        raise wrong(_CONSTRAINTS, "The agreement ends before it begins.", "Put the end after the beginning.")
    if terms.until <= terms.timestamp:
        raise wrong(_CONSTRAINTS, "The agreement would be over before it was made.", "Put the end later.")
    if terms.blackout and not terms.start <= terms.blackout[0] < terms.blackout[1] <= terms.until:
        raise wrong(
            _CONSTRAINTS,
            "The blackout does not lie inside the agreement's days.",
            "Put its beginning before its end, and both inside.",
        )
    if terms.appeal_days > terms.notice_days:
        raise wrong(
            "agreement.obligation",
            "There is more time to appeal than there is notice.",
            "Give as many days of notice as days to appeal, or more.",
        )


def _check_onward(terms: Terms) -> None:
    if {terms.owner, terms.recipient} & set(terms.onward):
        raise wrong(
            _CONSTRAINTS, "Owner and recipient are no others to license on to.", "Name the members alone."
        )


def _check_prohibitions(value: Any, path: str, terms: Terms) -> None:
    rules = [
        read_keys(rule, f"{path}[{at}]", ("action",))["action"]
        for at, rule in enumerate(read_clauses(value, path))
    ]
    wanted = [name for name in PROHIBITIONS if name != "distribute" or not terms.onward]
    if sorted(map(str, rules)) != sorted(wanted):
        raise wrong(
            path,
            f"An agreement carries exactly {'five' if terms.onward else 'the six'} prohibitions.",
            f"They are {one_of(wanted)}.",
        )
