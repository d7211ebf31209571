"""Lines that did not load: file, line, reason and the line itself, written to Parquet as they come."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .part import Part

SCHEMA = pa.schema(
    [("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("bytes", pa.string())]
)
_BATCH = 20_000
_NUL_SHOWN = "\\0"


class RefusedLines:
    """Collects refused lines of one load into the Parquet file `path`; safe between threads.

    `counts`: lines by file and reason.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[tuple[str, str]] = Counter()
        self._rows: list[tuple[str, int, str, str]] = []
        self._writer: pq.ParquetWriter | None = None
        self._lock = threading.Lock()

    def add(self, file: str, line: int, reason: str, content: bytes) -> None:
        """Keep one line. Bytes that are no text show as U+FFFD, NUL as a backslash and 0."""
        text = content.replace(b"\0", _NUL_SHOWN.encode()).decode("utf-8", "replace")
        with self._lock:
            self.counts[file, reason] += 1
            self._rows.append((file, line, reason, text))
            if len(self._rows) >= _BATCH:
                self._flush()

    def keep(self, part: Part, reasons: Mapping[int, str | None]) -> None:
        """Keep lines of a part, by line number with the reason; lines without a reason state nothing."""
        wanted = {line: reason for line, reason in reasons.items() if reason is not None}
        if not wanted:
            return
        with part.raw.open("rb") as lines:
            for number, line in enumerate(lines, part.first):
                if number in wanted:
                    self.add(part.file, number, wanted[number], line.rstrip(b"\n"))

    def by_reason(self) -> Counter[str]:
        """Lines by reason, over all files."""
        counts: Counter[str] = Counter()
        for (_, reason), lines in self.counts.items():
            counts[reason] += lines
        return counts

    def _flush(self) -> None:
        columns = list(zip(*self._rows, strict=True)) or [(), (), (), ()]
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, SCHEMA, compression="zstd")
        arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
        self._writer.write_table(pa.table(arrays, schema=SCHEMA))
        self._rows.clear()

    def close(self) -> list[Path]:
        """Finish the file; a list of it, empty where every line loaded."""
        with self._lock:
            if self._rows:
                self._flush()
            if self._writer is None:
                return []
            self._writer.close()
            self._writer = None
            return [self.path]
