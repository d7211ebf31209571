"""What a saved list costs: 100,000 of 10M voters of 100 owners, each with an agreement of its own.

Bars of the specification: the list is exported in under 5 s, a page of 200 in under 150 ms. Measured through
the governed view, planning and compiling included; a site adds receipts and the page's own HTML. Files as
bench_view. A page reads the files of its own persons' owners: here two of 100,000 voters at most, not a large
one. CPU seconds. The first page in a process, which loads what all need, is a figure of its own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench_view import NOW, OWNERS, _print, make_files, member, owned, question

from commonroll.roll.engine import configure, ibis_engine
from commonroll.views.counts import count
from commonroll.views.export import rows, write
from commonroll.views.members import combined, part, read_members, sampled, write_members
from commonroll.views.question import Listed
from commonroll.views.view import Owned, plan

SIZE, PAGE = 100_000, 200
COLUMNS = ("first_name", "last_name", "status")
PAGES = (0, 1, 17, 250, 499)


def owners() -> list[Owned]:
    """100 owners of 100,000 voters: each file stands for two."""
    found = []
    for number in range(2 * OWNERS):
        one = owned(number % OWNERS)
        key = member(number)
        assert one.grant is not None
        given = replace(one.grant, owner=key, agreement=f"urn:{key}", number=number + 1, rows_per_export=None)
        found.append(replace(one, tables=replace(one.tables, member=key), grant=given))
    return found


def seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def main() -> int:
    configure(memory="3GB", threads=2)
    con = ibis_engine()
    make_files(con)
    held = owners()

    def planned(mode: str, columns: tuple[str, ...], listed: Listed | None = None, members: bool = False):  # type: ignore[no-untyped-def]
        asked = replace(question(mode, None, columns=columns), listed=listed, limit=None)
        return plan(con, asked, held, denied={}, names={}, now=NOW, members=members,
                    pseudonyms={one.owner: b"a key of the bench" for one in held},
                    person_key=b"another key")  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        everybody, path, other = (Path(folder) / f"{name}.parquet" for name in ("all", "list", "other"))
        took = seconds(lambda: write_members(planned("view", ("member",), members=True), everybody))
        kept = read_members(everybody)
        _print(f"lists: keep {kept.rows:,} of 10M", took, None, "", True)
        _print(
            "lists: sample of 100,000",
            seconds(lambda: sampled(con, everybody, SIZE, "1", path)),
            None,
            "",
            True,
        )
        found = read_members(path)
        listed = Listed(str(path), "bench", tuple((owner, ()) for owner in sorted(found.by_owner)))
        part(con, everybody, 50, 1, "1", other)
        took = seconds(lambda: combined(con, "difference", path, other, Path(folder) / "made.parquet"))
        _print("lists: difference of 100,000 and 2%", took, None, "", True)
        times = []
        for page in PAGES:
            placed = listed.page(page * PAGE, (page + 1) * PAGE - 1, found.by_owner)
            times.append(seconds(lambda placed=placed: rows(planned("view", COLUMNS, placed))))  # type: ignore[misc]
        worst = max(times[1:])
        _print("lists: first page of 200 in a process", times[0], None, "", True)
        _print("lists: page of 200, worst of four", worst, None, "<= 150 ms", worst <= 0.150)
        took = seconds(lambda: count(planned("count", (), listed)))
        _print("lists: how many may be seen", took, None, "", True)
        took = seconds(lambda: write(planned("export", COLUMNS, listed), Path(folder) / "out.csv", "csv"))
        _print("lists: export of 100,000", took, None, "<= 5 s", took <= 5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
