"""The files of a delivery, each with the layout it was recognised as and its columns in their own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Refusal
from .layout import Layout, layout
from .parts import Shape
from .read import DeliveredFile
from .recognise import Recognised, recognise
from .statements import Columns


@dataclass(frozen=True)
class Incoming:
    """A file of the delivery: its layout, its columns, and what showed that it is that layout."""

    file: DeliveredFile
    layout: Layout
    columns: Columns
    evidence: str


def incoming(
    files: Sequence[DeliveredFile], *, state: str | None = None, key: str | None = None
) -> list[Incoming]:
    """Recognises every file. `state`: the only state allowed; `key`: read all files with that layout.

    Raises Refusal where a file is of no known layout, of another state, or the delivery mixes states.
    """
    found = [_incoming(file, head, key) for file, head in _heads(files)]
    states = sorted({one.layout.state for one in found})
    if state is not None and states != [state.upper()]:
        stranger = next(one for one in found if one.layout.state != state.upper())
        raise Refusal(
            f"This is a file of {stranger.layout.state}, the roll is of {state.upper()}.",
            where=stranger.file.name,
            next_step="Load it into the vault of the member that owns that state's roll.",
        )
    if len(states) > 1:
        raise Refusal(
            f"The delivery mixes the files of {' and '.join(states)}.",
            where=", ".join(one.file.name for one in found[:5]),
            next_step="Load each state's files into its own member's vault.",
        )
    return found


def _heads(files: Sequence[DeliveredFile]) -> list[tuple[DeliveredFile, bytes]]:
    """Each file with its first bytes; an empty file among others is left out, as a county may have no row."""
    heads = [(file, file.head()) for file in files if not file.passed_over]
    filled = [(file, head) for file, head in heads if head.strip()]
    if not filled:
        raise Refusal(
            "The file is empty.",
            where=", ".join(file.name for file, _ in heads[:5]),
            next_step="Get the delivery again from the state.",
        )
    return filled


def _incoming(file: DeliveredFile, head: bytes, key: str | None) -> Incoming:
    seen = recognise(head, file.name, layouts=None if key is None else [layout(key)])
    shape = _shape(seen)
    return Incoming(file, seen.layout, Columns(seen.columns, shape), seen.evidence)


def _shape(seen: Recognised) -> Shape:
    read = seen.layout.format
    skip = 1 if seen.has_header else 0
    return Shape(read.delimiter, read.quoting == "every", len(seen.columns), read.encoding, skip)
