"""Scripts that came home, read in the vault of the owner whose voters were asked by them."""

from __future__ import annotations

from ibis.backends.duckdb import Backend

from commonroll.roll.schema import IMPORTS, SCRIPTS
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.claims import stands
from commonroll.views.scan import scan

COLUMN = "scripts.document"
"""What an agreement grants of them."""


def document(con: Backend, tables: OwnerTables, code: str) -> str | None:
    """The document, as JSON, that stands in a vault under a code; None where none does.

    Whoever calls has asked the agreements, and written the receipt.
    """
    said = scan(con, SCRIPTS.name, [(1, path) for path in tables.files.get(SCRIPTS.name, ())], SCRIPTS.names)
    imports = scan(
        con, IMPORTS.name, [(1, path) for path in tables.files.get(IMPORTS.name, ())],
        ("event_id", "import_id", "action", "at"),
    )  # fmt: skip
    found = said.filter(said.script == code, stands(said, imports)).order_by(said.loaded_at.desc()).limit(1)
    rows = con.to_pyarrow(found.select("document")).to_pylist()
    return str(rows[0]["document"]) if rows else None
