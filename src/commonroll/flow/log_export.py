"""A log for an auditor: one folder that is read, printed and checked anywhere, without us.

`log/` is the log as it lies, `proofs/` a receipt each of the newest entries and of those asked for (of any
other `verify.py --proof` computes it from the tiles), `policy` whose signatures count, `verify.py`
the check as one file of the standard library, `entries.csv` the entries for a spreadsheet, `index.html` what
the check found and the entries, to be printed; `openings/` what its parties opened; `SHA256SUMS` over all.
"""

from __future__ import annotations

import csv
import hashlib
import html
import itertools
import json
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from commonroll.errors import Refusal
from commonroll.flow import leaving
from commonroll.transparency.checking import Check, check
from commonroll.transparency.handover import KEYS
from commonroll.transparency.log import LogFolder
from commonroll.transparency.policy import parse_policy
from commonroll.transparency.receipts import make_receipt
from commonroll.transparency.tiles import WIDTH, Tiles
from commonroll.views.export import harmless

COLUMNS = ("index", "at", "type", "owner", "recipient", "agreement", "purpose", "mode", "dataset", "columns",
           "rows", "count", "snapshot", "reason", "file", "detail", "strategy", "id")  # fmt: skip
PRINTED = ("index", "at", "type", "recipient", "purpose", "mode", "columns", "rows")
MOST_PROOFS = 10_000
MOST_PRINTED = 2_000
"""Entries that the page shows; all of them are in entries.csv."""


def write(
    log: LogFolder,
    to: Path,
    *,
    vkey: str,
    policy: str,
    openings: Mapping[int, str] | None = None,
    proofs: Collection[int] = (),
) -> int:
    """Write the folder `to`, which must be new; how many entries are in it.

    `policy` is the file that receipts are checked with; `openings` are documents that a party opened, by
    entry. Proofs are written for the newest MOST_PROOFS entries and for those in `proofs`. Raises a Refusal
    if the folder is there already, if an entry is not, and where the copy does not verify: what is damaged
    is no auditor's copy.
    """
    if beyond := [str(index) for index in sorted(proofs) if index >= log.size]:
        raise Refusal(
            f"the log has {log.size} entries, none is numbered {', '.join(beyond)}",
            next_step="see `commonroll log show` for the entries",
        )
    copy = _copied(log, to)
    found = _checked(copy, vkey, policy)
    (to / "policy").write_text(policy, "utf-8")
    shutil.copyfile(Path(leaving.__file__).with_name("verify.py"), to / "verify.py")
    _write_proofs(copy, {*range(max(0, found.size - MOST_PROOFS), found.size), *proofs}, to / "proofs")
    counts, newest = _write_entries(copy, found.size, to / "entries.csv")
    for index, text in sorted((openings or {}).items()):
        _put(to / "openings" / f"{index}.json", text)
    _put(to / "index.html", _page(found, counts, newest, policy, sorted(openings or {})))
    _put(to / "SHA256SUMS", _sums(to))
    return found.size


def _copied(log: LogFolder, to: Path) -> LogFolder:
    """A copy of the log as it is now: it grows meanwhile, so the checkpoint comes first."""
    if to.exists():
        raise Refusal("this folder is there already", where=str(to), next_step="name a new one")
    (to / "log").mkdir(parents=True)
    shutil.copyfile(log.path / "checkpoint", to / "log" / "checkpoint")
    for name in ("tile", KEYS):
        if (log.path / name).exists():
            shutil.copytree(log.path / name, to / "log" / name)
    return LogFolder(to / "log", log.origin)


def _checked(copy: LogFolder, vkey: str, policy: str) -> Check:
    """The check, with the witnesses that signed; without enough of them the words say so."""
    found = check(copy.path, vkey)
    if not found.ok:
        raise Refusal(found.problems[0], where=str(copy.path), next_step="see `commonroll doctor`")
    witnessed = check(copy.path, vkey, policy=parse_policy(policy), fresh=None)
    return witnessed if witnessed.ok else found


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _write_proofs(log: LogFolder, entries: Collection[int], to: Path) -> None:
    for index in sorted(entries):
        _put(to / f"{index}.tlog-proof", make_receipt(log, index))


def _write_entries(log: LogFolder, size: int, to: Path) -> tuple[Counter[tuple[str, str]], list[list[str]]]:
    """The spreadsheet; how many entries by recipient and type, and the newest as printed, newest first."""
    counts: Counter[tuple[str, str]] = Counter()
    newest: list[list[str]] = []
    with to.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for row in _rows(log, size):
            out.writerow([harmless(row[name]) for name in COLUMNS])
            counts[row["recipient"], row["type"]] += 1
            if int(row["index"]) >= size - MOST_PRINTED:
                newest.append([row[name] for name in PRINTED])
    return counts, newest[::-1]


def _rows(log: LogFolder, size: int) -> Iterator[dict[str, str]]:
    tiles = Tiles(log.path, size)
    bundles = (tiles.entries(n) for n in range(-(-size // WIDTH)))
    for index, entry in enumerate(itertools.chain.from_iterable(bundles)):
        yield {"index": str(index), **_cells(entry)}


def _cells(entry: bytes) -> dict[str, str]:
    """An entry's values as texts; of one whose form is not known, its place alone."""
    try:
        value = json.loads(entry)
    except (ValueError, RecursionError):
        value = None
    known = value if isinstance(value, dict) else {}
    return {name: _cell(name, known.get(name, "")) for name in COLUMNS[1:]}


def _cell(name: str, value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = str(value)
    return text.rpartition(":")[2] if name in ("owner", "recipient") else text


def _page(
    found: Check, counts: Counter[tuple[str, str]], newest: list[list[str]], policy: str, opened: list[int]
) -> str:
    by = [[who or "-", kind, f"{count:,}"] for (who, kind), count in sorted(counts.items())]
    return Template(Path(__file__).with_name("log_export.html").read_text("utf-8")).substitute(
        origin=html.escape(found.origin),
        size=f"{found.size:,}",
        span=html.escape(f"{found.first_at} to {found.last_at}" if found.first_at else "no dates"),
        root=html.escape(found.root),
        proved=_items(found.proved),
        not_proved=_items(found.not_proved),
        by=_body(by),
        head="".join(f"<th scope=col>{name}</th>" for name in PRINTED),
        entries=_body(newest),
        shown=f"{len(newest):,}",
        opened=", ".join(map(str, opened)) or "none",
        policy=html.escape(policy),
    )


def _items(lines: tuple[str, ...]) -> str:
    return "".join(f"<li>{html.escape(line)}</li>" for line in lines)


def _body(rows: list[list[str]]) -> str:
    return "\n".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)


def _sums(folder: Path) -> str:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in paths
    )
