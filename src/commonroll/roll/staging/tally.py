"""What a load counts while it reads."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping

from ..gate.gate import Delivered, FileRead
from ..reading.parts import Spread
from ..recognition.recognition import Incoming


class Tally:
    """What a load counts while it reads; safe between threads. No personal value."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.files: list[FileRead] = []
        self.spreads: dict[str, Spread] = {}
        self.lines = 0
        self.bytes = 0
        self.refused: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.counties: Counter[str] = Counter()
        self.codes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.lost: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._guard = threading.Lock()

    def add_file(self, one: Incoming, spread: Spread, folder: str) -> None:
        """A file that was read to its end."""
        records = spread.lines - one.columns.shape.skip
        with self._guard:
            self.files.append(FileRead(one.file.name, one.layout.key, one.evidence, records))
            self.spreads[folder] = spread
            self.lines += records

    def share_read(self, size: int) -> float:
        """Count bytes read; the share of the whole delivery that was."""
        with self._guard:
            self.bytes += size
            return min(1.0, self.bytes / max(self.total, self.bytes, 1))

    def add_left_out(self, counted: Mapping[str, int]) -> None:
        with self._guard:
            self.left_out.update(counted)

    def add_lost(self, table: str, counted: Mapping[str, Mapping[str, int]]) -> None:
        with self._guard:
            for column, reasons in counted.items():
                if reasons:
                    self.lost[f"{table}.{column}"].update(reasons)

    def add_refused(self, counties: Mapping[str, int], codes: Mapping[str, Mapping[str, int]]) -> None:
        """Refused lines by county, and by code that the layout does not list."""
        with self._guard:
            self.counties.update(counties)
            for column, counted in codes.items():
                self.codes[column].update(counted)

    def delivered(self) -> Delivered:
        """The counts, as the gate wants them."""
        return Delivered(
            files=tuple(self.files),
            lines=self.lines,
            refused=dict(self.refused.most_common()),
            refused_by_county=self._by_county(),
            unknown_codes={column: dict(codes.most_common()) for column, codes in self.codes.items()},
            left_out=dict(self.left_out.most_common()),
            lost={column: dict(reasons) for column, reasons in self.lost.items()},
        )

    def _by_county(self) -> dict[str, int]:
        """Lines that are no records, and those that repeat another, were refused without a county."""
        rest = self.refused.total() - self.counties.total()
        return dict(self.counties + Counter({"": rest}))

    def as_read(self) -> list[dict[str, object]]:
        """Each file as delivered: name, folder of its raw lines, bytes, lines, SHA-256, blocks not UTF-8."""
        return [
            {"name": file.name, "folder": folder, **vars(spread)}
            for file, (folder, spread) in zip(self.files, self.spreads.items(), strict=True)
        ]
