"""The files of a delivery, each with the layout it was recognised as and its columns in their own order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Refusal
from .layout import Layout, layout
from .parts import Shape
from .read import DeliveredFile
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
    found = [_incoming(file, key) for file in files if not file.passed_over]
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


def _incoming(file: DeliveredFile, key: str | None) -> Incoming:
    head = file.head()
    if key is not None:
        known, evidence = layout(key), "named by the user"
    else:
        from .recognise import recognise
        seen = recognise(head, file.name)
        known, evidence = seen.layout, seen.evidence
    return Incoming(file, known, columns_of(head, known, file.name), evidence)


def columns_of(head: bytes, known: Layout, name: str) -> Columns:
    """The file's columns in its own order, by official names, and the shape of its records."""
    wrapped = known.format.quoting == "every"
    header = head.partition(b"\n")[0].rstrip(b"\r") if known.format.header else None
    names = known.order if header is None else _spelled(header, known)
    unknown = [column for column in names if not known.knows(column)]
    missing = [column for column in known.order if column not in names and column not in known.optional]
    if unknown or missing or len(set(names)) < len(names):
        raise Refusal(
            f"The header is not that of {known.key}: missing {', '.join(missing) or 'none'}; "
            f"unknown {', '.join(unknown) or 'none'}.",
            where=name,
            next_step="Leave out --layout to let the loader recognise the file.",
        )
    shape = Shape(known.format.delimiter, wrapped, len(names), known.format.encoding, header)
    return Columns(tuple(names), shape)


def _spelled(header: bytes, known: Layout) -> tuple[str, ...]:
    cells = header.decode(known.format.encoding, "replace").split(known.format.delimiter)
    return tuple(known.canonical(cell.strip().strip('"').strip()) for cell in cells)
