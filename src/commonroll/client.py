"""A client of our API: governed counts, crosstabs and lists as Arrow, pandas or Polars.

It knows the HTTP interface alone, so it runs in a notebook far from the site. A key acts for one member and
one purpose; every answer is under the agreements in force, and its receipts are in the owners' logs.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from commonroll.errors import Refusal

if TYPE_CHECKING:
    import pyarrow as pa

URL, KEY = "COMMONROLL_URL", "COMMONROLL_KEY"
"""Names of environment variables; a key in a notebook's text is soon in a repository."""

ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
"""Seconds between two questions whether an extract is done: each half as long again as the one before."""
TRIES = 4
"""How often a request is sent that was refused for coming too often, or met a log that is behind."""
COME_AGAIN = (429, 503)
WAITS_AT_MOST = 60.0
"""Seconds; a site that wants a longer wait is told to the caller."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key goes to the site that it was given for, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class Table:
    """An answer's rows, with what it counted, and what is missing and why.

    `gaps` are owners whose voters are not in it, each with a sentence. `receipts` are the proofs that each
    owner's log holds the answer (`.tlog-proof`, C2SP), by owner; of extracts alone.
    """

    arrow: pa.Table
    total: int
    by_owner: Mapping[str, int]
    gaps: Sequence[Mapping[str, Any]] = ()
    receipts: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def to_arrow(self) -> pa.Table:
        return self.arrow

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; needs pandas."""
        return self.arrow.to_pandas()

    def to_polars(self) -> Any:
        """A polars.DataFrame; needs Polars, which Commonroll does not bring."""
        import polars

        return polars.from_arrow(self.arrow)

    def _repr_html_(self) -> str:
        missing = "".join(f"<li>{_escaped(gap['sentence'])}</li>" for gap in self.gaps)
        shown: str = self.to_pandas()._repr_html_()
        return f"{shown}<ul>{missing}</ul>" if missing else shown


class Client:
    """What a key opens at a site.

    Raises commonroll.errors.Refusal for what the site refuses, in its words, and where it does not answer.
    """

    def __init__(self, url: str = "", key: str = "", *, timeout: float = 60.0) -> None:
        self._url = (url or os.environ.get(URL, "")).rstrip("/")
        self._key = key or os.environ.get(KEY, "")
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirects)
        if not self._url or not self._key:
            raise Refusal(
                "the client has no site, or no key", next_step=f"set {URL} and {KEY}, or give url= and key="
            )
        parts = urllib.parse.urlsplit(self._url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE):
            raise Refusal("a key goes over https alone", where="url", next_step="write https://…")

    def __repr__(self) -> str:
        return f"Client({self._url!r})"

    def columns(self) -> Table:
        """The names to ask with: kind, class, meaning, closed values, and how many owners grant each."""
        import pyarrow as pa

        found = self._json("GET", "/api/columns")["columns"]
        rows = [{**one, **one.pop("owners")} for one in found]
        return Table(pa.Table.from_pylist(rows), len(rows), {})

    def count(self, where: str = "", by: Sequence[str] = ()) -> Table:
        """Voters that meet `where`, split by up to three names: a row for each combination, with `n`."""
        import pyarrow as pa

        found = self._json("POST", "/api/count", {"where": where, "by": list(by)})
        types = [pa.field(name, pa.string()) for name in found["by"]]
        names = pa.schema([*types, pa.field("n", pa.int64())])
        rows = [{**{name: _said(row[name]) for name in found["by"]}, "n": row["n"]} for row in found["rows"]]
        return Table(pa.Table.from_pylist(rows, names), found["total"], found["by_owner"], found["gaps"])

    def crosstab(self, where: str, down: str, across: str) -> Table:
        """A row for each value of `down`, a column for each of `across`, and the sum of each row as `all`."""
        import pyarrow as pa

        counted = self.count(where, by=(down, across))
        cells: dict[str | None, dict[str, int]] = {}
        for row in counted.arrow.to_pylist():
            line = cells.setdefault(row[down], {})
            line[row[across] or "unknown"] = row["n"]
        heads = sorted({head for line in cells.values() for head in line})
        names = pa.schema([(down, pa.string()), *((head, pa.int64()) for head in heads), ("all", pa.int64())])
        rows = [
            {down: value, **{head: line.get(head, 0) for head in heads}, "all": sum(line.values())}
            for value, line in sorted(cells.items(), key=lambda item: (item[0] is None, item[0] or ""))
        ]
        return Table(pa.Table.from_pylist(rows, names), counted.total, counted.by_owner, counted.gaps)

    def list(self, where: str, columns: Sequence[str], *, wait: float = 600.0) -> Table:
        """Rows of voters, as an extract that the site keeps and can recall.

        Waits at most `wait` seconds. Raises Refusal where it is refused, or waits for an owner's word.
        """
        import pyarrow.parquet as pq

        asked = {"where": where, "columns": list(columns), "format": "parquet"}
        made = self._done(self._json("POST", "/api/extracts", asked), wait)
        data = self._bytes("GET", made["file"])
        if hashlib.sha256(data).hexdigest() != made["sha256"]:
            raise Refusal("the file is not the one that was made", next_step="ask again")
        receipts = self._json("GET", f"{made['self']}/receipts")["receipts"]
        rows = pq.read_table(io.BytesIO(data))
        return Table(rows, made["rows"], made["rows_by_owner"], made["gaps"], receipts)

    def _done(self, extract: dict[str, Any], wait: float) -> dict[str, Any]:
        until, pause = time.monotonic() + wait, FIRST_WAIT
        while extract["state"] in ("waiting", "running"):
            if time.monotonic() > until:
                raise Refusal(
                    f"the extract was not made within {wait:,.0f} seconds", where=extract["id"],
                    next_step="its state is at the site; ask with a longer wait=",
                )  # fmt: skip
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_WAIT)
            extract = self._json("GET", extract["self"])
        if extract["state"] != "done":
            said = extract["message"] or f"the extract is {extract['state']}"
            raise Refusal(said, where=extract["id"], next_step="ask its owners, or ask otherwise")
        return extract

    def _json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._bytes(method, path, body))
        return found

    def _bytes(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)
        request.add_header("Authorization", f"Bearer {self._key}")
        request.add_header("Content-Type", "application/json")
        for left in reversed(range(TRIES)):
            try:
                with self._opener.open(request, timeout=self._timeout) as answer:
                    found: bytes = answer.read()
                    return found
            except urllib.error.HTTPError as error:
                pause = _seconds(error.headers.get("Retry-After", ""))
                if error.code not in COME_AGAIN or not left or pause > WAITS_AT_MOST:
                    raise _refusal(error) from None
                time.sleep(pause)
            except (urllib.error.URLError, OSError) as error:
                raise Refusal(
                    "the site does not answer",
                    where=self._url,
                    next_step="look whether it runs, and try again",
                ) from error
        raise AssertionError


def _seconds(header: str) -> float:
    return float(header) if header.isdecimal() else 1.0


def _refusal(error: urllib.error.HTTPError) -> Refusal:
    try:
        said = json.loads(error.read())["refused"]
        return Refusal(said["what"], where=said.get("where", ""), next_step=said.get("next", ""))
    except (ValueError, KeyError, TypeError):
        return Refusal(f"the site answered {error.code}", next_step="look whether its address is right")


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
