"""Link records of a roll that are kept from one linking to the next: a base, and what stands in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq


@dataclass(frozen=True)
class Patched:
    """Parquet files: `base`, records of a roll as it was once; `patch`, those that are new or other since;
    `replaced`, the ids (`record`) of all that are not what the base says, or have left."""

    base: Path
    patch: Path
    replaced: Path

    @property
    def is_patched(self) -> bool:
        """Whether there is a patch: what changed at last stands in it."""
        return int(pq.read_metadata(self.patch).num_rows) > 0

    def sql(self) -> str:
        """SQL: a relation of the records as they are."""
        base, patch, replaced = (parquet(path) for path in (self.base, self.patch, self.replaced))
        return (
            f"(SELECT b.* FROM {base} AS b ANTI JOIN {replaced} AS r USING (record) "
            f"UNION ALL SELECT * FROM {patch})"
        )


def parquet(*paths: Path | str) -> str:
    """SQL: the relation of Parquet files."""
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}])"
