"""The gate's report as a signed document: canonical JSON, or a page, that the public key alone checks.

Both carry a signed note (`notes.py`) over the SHA-256 of what it stands beside: the JSON document's `report`
in canonical form, or the page's bytes before the note. A note's first line says which; no checkpoint of a
log begins like that, so the log's key may sign both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.errors import Refusal
from commonroll.notes import NoteError, Signer, canonical, open_note, parse_canonical, sha256_text

DOCUMENT, PAGE = "commonroll gate report v1", "commonroll gate report page v1"
KEYED_BY_DATA = frozenset(
    {"refused", "left_out", "lost", "unknown_codes", "codes", "births", "rows", "filled"}
)
"""Parts of a report whose keys come from files: in a signed document they are lists of `key` and `value`."""

_OPENS, _CLOSES = b"<!-- signed note\n", b"-->\n"


def document(report: Mapping[str, Any], **about: str) -> dict[str, Any]:
    """A report (`GateReport.as_dict`) as texts, lists and objects; `about`: member, load, at and the like.

    Numbers become texts, what is empty is left out, keys that files chose become lists.
    """
    found = {**about, **{key: _plain(value, key in KEYED_BY_DATA) for key, value in report.items()}}
    return {key: value for key, value in found.items() if value is not None}


def _plain(value: Any, keyed: bool = False) -> Any:
    if isinstance(value, Mapping):
        pairs = [(str(key), _plain(item, keyed)) for key, item in value.items()]
        if keyed:
            pairs.sort(key=lambda pair: pair[0])  # a database may give them back in another order
            return [{"key": _text(key), "value": item} for key, item in pairs if item is not None]
        return {key: item for key, item in pairs if item is not None}
    if isinstance(value, list | tuple):
        return ["" if item is None else _plain(item, keyed) for item in value]
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else _text(str(value))


def _text(value: str) -> str:
    """`value` as valid Unicode: a file's name may hold bytes that are none."""
    return value.encode("utf-8", "replace").decode("utf-8")


def signed(report: Mapping[str, Any], signer: Signer) -> bytes:
    """The signed document of a `document`: `report` and `note`, as canonical JSON."""
    text = _note_text(DOCUMENT, str(report["load"]), canonical(report))
    return canonical({"report": report, "note": _note(text, signer)})


def signed_page(page: bytes, load: str, signer: Signer) -> bytes:
    """The page with a signed note as its last comment."""
    note = _note(_note_text(PAGE, load, page), signer)
    return page + _OPENS + note.encode() + _CLOSES


def _note_text(kind: str, load: str, content: bytes) -> str:
    return f"{kind}\n{load}\n{sha256_text(content)}\n"


def _note(text: str, signer: Signer) -> str:
    return f"{text}\n{signer.line(text)}\n"


@dataclass(frozen=True)
class ReportVerdict:
    """Whether a report is as it was signed; `sentences` say so in words. `load` is "" where it is not."""

    ok: bool
    load: str
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The verdict, JSON-ready."""
        return {"ok": self.ok, "load": self.load, "sentences": list(self.sentences)}


def verify(data: bytes, vkey: str) -> ReportVerdict:
    """Check a signed report, document or page, with the public key of the member's log alone."""
    try:
        kind, content, note = _taken_apart(data)
        text, _ = open_note(note, [vkey])
        load = text.split("\n")[1]
        if text != _note_text(kind, load, content):
            raise NoteError("The report is not the one that was signed.")
    except (Refusal, IndexError) as error:
        what = error.what if isinstance(error, Refusal) else "The note names no load."
        return ReportVerdict(False, "", (what,))
    name = vkey.partition("+")[0]
    return ReportVerdict(True, load, (f"The report of load {load} is as {name} signed it.",))


def _taken_apart(data: bytes) -> tuple[str, bytes, str]:
    """Kind, what was signed, and the note. Raises NoteError where it is no signed report."""
    if data.endswith(_CLOSES):
        content, opens, note = data.removesuffix(_CLOSES).rpartition(_OPENS)
        if opens:
            return PAGE, content, note.decode("utf-8", "replace")
    found = parse_canonical(data)
    if not isinstance(found, dict) or set(found) != {"report", "note"} or not isinstance(found["note"], str):
        raise NoteError("This is not a signed gate report.", next_step="Take the file as it was downloaded.")
    return DOCUMENT, canonical(found["report"]), found["note"]
