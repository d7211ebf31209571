"""Recalls of extracts, and the signed statements of deletion that meet them (docs/adr/0071).

A recall names extracts by their ids and, where people and not a whole agreement are recalled, rows by their
numbers in the file and by the pseudonym that the file itself gave them. It says no name, no state's id, and
not why somebody must leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from commonroll.agreements.document import instant
from commonroll.agreements.profile import MEMBER_URN
from commonroll.agreements.reading import read_instant, read_keys, require, wrong
from commonroll.agreements.signing import check_signers, signed_text
from commonroll.notes import canonical, parse_canonical, sha256_text

_RECALL_LINE = "commonroll recall v1"
_DELETION_LINE = "commonroll deletion v1"
DELETED = "cr:statement/deleted"

About = Literal["agreement", "people"]
"""What must go: all rows that came under an agreement, or those of some people."""


@dataclass(frozen=True)
class Row:
    """A row of an extract: its number in the file from 1, and its pseudonym if the file has pseudonyms."""

    number: int
    voter_ref: str = ""


@dataclass(frozen=True)
class Out:
    """An extract that is out: its id (urn:uuid), its file's hash, the rows to go: all if none is named."""

    extract: str
    file: str
    rows: tuple[Row, ...] = ()


def recall(
    *,
    id: str,
    owner: str,
    recipient: str,
    agreement: str,
    agreement_hash: str,
    about: About,
    extracts: Sequence[Out],
    opened: datetime,
    due: datetime,
) -> dict[str, Any]:
    """The document by which `owner` asks `recipient` to delete what it holds; signed by the owner's node."""
    return {
        "@type": "cr:Recall",
        "id": id,
        "owner": MEMBER_URN + owner,
        "recipient": MEMBER_URN + recipient,
        "agreement": agreement,
        "agreementHash": agreement_hash,
        "about": f"cr:recall/{about}",
        "extracts": [_said(one) for one in sorted(extracts, key=lambda one: one.extract)],
        "opened": instant(opened),
        "due": instant(due),
    }


def _said(one: Out) -> dict[str, Any]:
    rows = [
        {"row": str(row.number)} | ({"voter_ref": row.voter_ref} if row.voter_ref else {})
        for row in sorted(one.rows, key=lambda row: row.number)
    ]
    return {"extract": one.extract, "file": one.file} | ({"rows": rows} if rows else {})


def recall_text(document: Mapping[str, Any]) -> str:
    """The text that the owner's node signs."""
    return signed_text(_RECALL_LINE, document["id"], canonical(document))


def extracts_in(document: Mapping[str, Any]) -> tuple[Out, ...]:
    """The extracts that a recall names."""
    return tuple(
        Out(
            one["extract"],
            one["file"],
            tuple(Row(int(row["row"]), row.get("voter_ref", "")) for row in one.get("rows", ())),
        )
        for one in document["extracts"]
    )


# The statement of deletion


def deletion(document: Mapping[str, Any], *, by: str, issued: datetime) -> dict[str, Any]:
    """The statement, to be signed by the recipient `by`, that all copies of what a recall names are gone."""
    return {
        "@type": "cr:DeletionStatement",
        "says": DELETED,
        "recall": document["id"],
        "recallHash": sha256_text(canonical(document)),
        "agreement": document["agreement"],
        "by": MEMBER_URN + by,
        "extracts": [one["extract"] for one in document["extracts"]],
        "issued": instant(issued),
    }


def deletion_text(statement: Mapping[str, Any]) -> str:
    """The text that the recipient signs."""
    return signed_text(_DELETION_LINE, str(statement["recall"]), canonical(statement))


def verify_deletion(
    data: bytes, signed: str, document: Mapping[str, Any], vkey: str, *, now: datetime
) -> dict[str, Any]:
    """The statement in `data` if it answers this recall as a whole and the holder of `vkey` signed it.

    Raises NoteError, TermsRefused or SignatureRefused for a statement of another recall, of other extracts,
    of somebody else, of the future or from before the recall, and for any changed byte.
    """
    wanted = deletion(document, by="", issued=now.replace(microsecond=0))
    found = read_keys(parse_canonical(data), "statement", tuple(wanted))
    for key in ("@type", "says", "recall", "recallHash", "agreement"):
        require(found[key], wanted[key], f"statement.{key}")
    require(found["by"], document["recipient"], "statement.by")
    if found["extracts"] != [one["extract"] for one in document["extracts"]]:
        raise wrong(
            "statement.extracts",
            "The statement lists other extracts than the recall.",
            "Delete all that the recall names, then sign a statement that lists exactly those.",
        )
    issued = read_instant(found["issued"], "statement.issued")
    if not read_instant(document["opened"], "recall.opened") <= issued <= now:
        raise wrong(
            "statement.issued",
            "The statement was made before the recall, or in the future.",
            "Sign anew.",
        )
    check_signers(signed, deletion_text(found), (vkey,))
    return found


def check_recall(document: Mapping[str, Any], signed: str, vkey: str) -> None:
    """Raise NoteError or SignatureRefused unless the owner's node signed the recall."""
    check_signers(signed, recall_text(document), (vkey,))
