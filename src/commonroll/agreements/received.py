"""The recipient's signed receipt of an export: this file is what I got, and its marks stay in it.

One for each owner whose rows stand in the file, so that no owner learns of another. Whoever signed it cannot
deny later to have had the file; whoever has none of it cannot say that it was sent (leak-tracing, section 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commonroll.agreements.document import instant
from commonroll.agreements.profile import MEMBER_URN
from commonroll.agreements.reading import read_instant, read_keys, require, wrong
from commonroll.agreements.signing import check_signers, signed_text
from commonroll.notes import canonical, parse_canonical

TYPE = "cr:ExportReceipt"
RECEIVED, MARKED = "cr:statement/received", "cr:statement/marksStay"
_LINE = "commonroll export receipt v1"


def receipt(
    *,
    extract: str,
    file: str,
    rows: int,
    agreement: str,
    agreement_hash: str,
    owner: str,
    by: str,
    issued: datetime,
) -> dict[str, Any]:
    """The receipt of an owner's rows in a file, to be signed by the recipient `by` (member keys).

    `extract`: urn:uuid; `file`, `agreement_hash`: sha256:<base64>; `rows`: the owner's in it.
    """
    return {
        "@type": TYPE,
        "says": RECEIVED,
        "knows": MARKED,
        "extract": extract,
        "file": file,
        "rows": str(rows),
        "agreement": agreement,
        "agreementHash": agreement_hash,
        "owner": MEMBER_URN + owner,
        "by": MEMBER_URN + by,
        "issued": instant(issued),
    }


def receipt_text(document: Mapping[str, Any]) -> str:
    """The text that the recipient signs."""
    return signed_text(_LINE, str(document["extract"]), canonical(document))


def verify_receipt(
    data: bytes, signed: str, wanted: Mapping[str, Any], vkey: str, *, made: datetime, now: datetime
) -> dict[str, Any]:
    """The receipt in `data` if it is of this file (`wanted`: as `receipt` says it) and `vkey` signed it.

    `made`: when the file was. Raises NoteError, TermsRefused or SignatureRefused for a receipt of another
    file, of somebody else, of the future or from before the file, and for any changed byte.
    """
    found = read_keys(parse_canonical(data), "receipt", tuple(wanted))
    for key in wanted.keys() - {"issued"}:
        require(found[key], wanted[key], f"receipt.{key}")
    issued = read_instant(found["issued"], "receipt.issued")
    if not made.replace(microsecond=0) <= issued <= now:
        raise wrong("receipt.issued", "The receipt was made before the file, or in the future.", "Sign anew.")
    check_signers(signed, receipt_text(found), (vkey,))
    return found
