"""The signed gate report of a load: a JSON document and a page of its own, beside the roll it is about."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from commonroll.errors import Refusal
from commonroll.notes import Signer, load_plain_key, sha256_text
from commonroll.roll.gate.gate_report import document, signed, signed_page
from commonroll.server.home import Home
from commonroll.server.models import Federation, Load
from commonroll.server.pages import plots
from commonroll.transparency import leaves

TEMPLATE = "report/gate.html"


@dataclass(frozen=True)
class SignedReport:
    """The two files of one load's report, and the hash of the document by which the log knows it."""

    json: Path
    html: Path
    sha256: str


def of(home: Home, load: Load) -> SignedReport:
    """The load's report, signed now where that has not been done. Raises Refusal where there is none."""
    if not load.verdict:
        raise Refusal(
            "the gate made no report of this load",
            next_step="see the list of loads: what could not be read at all has a reason instead",
        )
    folder = home.vaults / load.member.key / "reports"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    files = [folder / f"{load.pk}.report.{kind}" for kind in ("json", "html")]
    if not all(path.exists() for path in files):
        _sign(home, load, *files)
    return SignedReport(files[0], files[1], sha256_text(files[0].read_bytes()))


def _sign(home: Home, load: Load, json: Path, html: Path) -> None:
    signer = _signer(home, load)
    about = {
        "load": f"urn:uuid:{load.pk}",
        "member": load.member.urn,
        "state": load.member.state,
        "at": leaves.instant(load.ended_at or load.created_at),
        "by": load.by,
        **({"snapshot": str(load.snapshot)} if load.snapshot else {}),
    }
    said = document(load.report, **about)
    _put(json, signed(said, signer))
    _put(html, signed_page(_page(load, about, signer), about["load"], signer))


def _signer(home: Home, load: Load) -> Signer:
    key = load.member.key
    return load_plain_key(home.log_key(key), Federation.objects.get().log_origin(key))


def _page(load: Load, about: dict[str, str], signer: Signer) -> bytes:
    context: dict[str, Any] = {
        **plots.context(load.report),
        "about": about,
        "load": load,
        "member": load.member,
        "vkey": signer.vkey,
    }
    style = render_to_string("report/style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return render_to_string(TEMPLATE, {**context, "style": style, "style_hash": digest}).encode()


def _put(path: Path, data: bytes) -> None:
    part = path.with_suffix(f"{path.suffix}.part")
    part.touch(mode=0o600)
    part.write_bytes(data)
    part.replace(path)
