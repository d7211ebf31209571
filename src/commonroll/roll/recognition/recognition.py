"""The files of a delivery, each with the layout it was recognised as and its columns in their own order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from ...errors import Refusal
from ..canonical.statements import Columns
from ..layout.layout import Layout, all_layouts, layout
from ..reading.read import DeliveredFile
from .head import Head
from .recognise import Recognised, goes_on, recognise


@dataclass(frozen=True)
class Incoming:
    """A file of the delivery: its layout, its columns, and what showed that it is that layout."""

    file: DeliveredFile
    layout: Layout
    columns: Columns
    evidence: str


@dataclass(frozen=True)
class Recognition:
    """A delivery: `files` to read, and the reasons of those `passed` over, by name."""

    files: Sequence[Incoming]
    passed: Mapping[str, str]


def incoming(
    files: Sequence[DeliveredFile],
    *,
    state: str | None = None,
    key: str | None = None,
    layouts: Sequence[Layout] | None = None,
) -> list[Incoming]:
    """The files of a delivery that are read; see `recognition`."""
    return list(recognition(files, state=state, key=key, layouts=layouts).files)


def recognition(
    files: Sequence[DeliveredFile],
    *,
    state: str | None = None,
    key: str | None = None,
    layouts: Sequence[Layout] | None = None,
) -> Recognition:
    """Recognises every file. `state`: the only state allowed; `key`: read all files with that layout.

    `layouts`: those to choose from, in place of all that come with the program. Raises Refusal where a file
    is of no known layout, of another state, or the delivery mixes states.
    """
    known = all_layouts() if layouts is None else layouts
    if key is not None:
        known = [layout(key) if layouts is None else _named(key, layouts)]
    heads, passed = _heads(files)
    found = _Delivery(known, state)
    for file, head in heads:
        found.add(file, head)
    seen, unread = found.whole()
    _check_states(seen, state)
    made = [Incoming(file, one.layout, Columns(one.columns, one.shape), _evidence(one)) for file, one in seen]
    return Recognition(made, passed | unread)


def _evidence(seen: Recognised) -> str:
    return f"{seen.evidence}; {seen.layout.own}" if seen.layout.own else seen.evidence


def _named(key: str, layouts: Iterable[Layout]) -> Layout:
    return layout(key, layouts)


def _heads(files: Sequence[DeliveredFile]) -> tuple[list[tuple[DeliveredFile, Head]], dict[str, str]]:
    """Each file with its first lines, and why others are not read.

    An empty file among others is left out, as a county may have no row.
    """
    passed = {file.name: file.passed_over for file in files if file.passed_over}
    heads = [(file, file.head()) for file in files if not file.passed_over]
    filled = [(file, Head(head, sheet=file.is_sheet)) for file, head in heads if head.strip()]
    if not filled:
        raise Refusal(
            "The file is empty.",
            where=", ".join(file.name for file, _ in heads[:5]),
            next_step="Get the delivery again from the state.",
        )
    return filled, passed | {file.name: "an empty file" for file, head in heads if not head.strip()}


class _Delivery:
    """What has been recognised of a delivery; a file may need to hear of the others."""

    def __init__(self, layouts: Sequence[Layout], state: str | None) -> None:
        self.layouts = layouts
        self.state = state
        self.seen: list[tuple[DeliveredFile, Head, Recognised | Refusal]] = []

    def add(self, file: DeliveredFile, head: Head) -> None:
        """Recognise one file; the layouts of the state at hand are compared before the others."""
        likely = [one for one in self.layouts if self.state and one.state == self.state.upper()]
        seen: Recognised | Refusal | None = None
        for layouts in (likely, self.layouts):
            if layouts and not isinstance(seen, Recognised):
                seen = _judged(head, file.name, layouts)
        assert seen is not None
        if isinstance(seen, Recognised):
            self.state = self.state or seen.layout.state
        self.seen.append((file, head, seen))

    def whole(self) -> tuple[list[tuple[DeliveredFile, Recognised]], dict[str, str]]:
        """The files with what they are, and why others are passed over. Raises the first Refusal left."""
        found: list[tuple[DeliveredFile, Recognised]] = []
        passed: dict[str, str] = {}
        refusals: list[Refusal] = []
        for file, head, seen in self.seen:
            seen = self._continued(file, head, seen)
            if isinstance(seen, Recognised):
                found.append((file, seen))
            elif reason := self._beside(file):
                passed[file.name] = reason
            else:
                refusals.append(seen)
        if refusals or not found:
            raise refusals[0] if refusals else _nothing(passed)
        return found, passed

    def _continued(self, file: DeliveredFile, head: Head, seen: Recognised | Refusal) -> Recognised | Refusal:
        """A file without a header, with the columns of one that has it; otherwise as it was seen."""
        if isinstance(seen, Recognised) and (seen.has_header or not seen.layout.format.header):
            return seen
        tried = set()
        for other, _, begun in self.seen:
            if not isinstance(begun, Recognised) or not begun.has_header:
                continue
            if isinstance(seen, Recognised):
                related = begun.layout is seen.layout
            else:
                related = file.book == other.book
            if related and (begun.layout.key, begun.columns) not in tried:
                tried.add((begun.layout.key, begun.columns))
                if continued := goes_on(head, begun, other.name):
                    return continued
        return seen

    def _beside(self, file: DeliveredFile) -> str:
        """Why a file that no layout knows is no voters' file; empty where nothing says so."""
        name = PurePosixPath(file.name).name.lower()
        for one in self.layouts:
            if one.state == (self.state or "").upper():
                for pattern, reason in one.beside.items():
                    if fnmatch(name, pattern.lower()):
                        return reason
        others = [seen for other, _, seen in self.seen if other.book == file.book]
        if file.is_sheet and any(isinstance(seen, Recognised) for seen in others):
            return "a sheet that no layout knows"
        return ""


def _judged(head: Head, name: str, layouts: Sequence[Layout]) -> Recognised | Refusal:
    try:
        return recognise(head, name, layouts=layouts)
    except Refusal as refusal:
        return refusal


def _nothing(passed: Mapping[str, str]) -> Refusal:
    return Refusal(
        "The delivery holds no file to read.",
        where=", ".join(list(passed)[:5]),
        next_step="Name the state's files, or the folder or archive that holds them.",
    )


def _check_states(seen: Sequence[tuple[DeliveredFile, Recognised]], state: str | None) -> None:
    states = sorted({one.layout.state for _, one in seen})
    if state is not None and states != [state.upper()]:
        file, stranger = next((file, one) for file, one in seen if one.layout.state != state.upper())
        raise Refusal(
            f"This is a file of {stranger.layout.state}, the roll is of {state.upper()}.",
            where=file.name,
            next_step="Load it into the vault of the member that owns that state's roll.",
        )
    if len(states) > 1:
        raise Refusal(
            f"The delivery mixes the files of {' and '.join(states)}.",
            where=", ".join(file.name for file, _ in seen[:5]),
            next_step="Load each state's files into its own member's vault.",
        )
