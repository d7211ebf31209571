"""A vault of three voters of Ohio, for what is held about them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from claimed import NOON, arrow
from list_vault import LOADED, oh_vault

from commonroll.roll.vault.vault import Vault


def made(root: Path, *ids: str, phones: dict[str, str] | None = None) -> Vault:
    """Ohio's vault with these voters, loaded on 1 June."""
    voters = [
        {
            "member": "oh", "state": "OH", "state_voter_id": one, "status": "active", "confidential": False,
            "birth_year": 1980, "residence_line1": f"{number} ELM ST", "residence_city": "TOLEDO",
            "residence_zip5": "43604", "phone": (phones or {}).get(one),
        }
        for number, one in enumerate(ids, 2)
    ]  # fmt: skip
    return oh_vault(root, voters)


def put(vault: Vault, table: str, rows: Iterable[dict[str, Any]]) -> None:
    vault.append_events(table, arrow(table, rows))


def person(contact_id: str, **given: Any) -> dict[str, Any]:
    """A row of a contact: a volunteer of Ohio."""
    row = dict.fromkeys(("person_id", "middle_name", "name_suffix", "birth_date", "birth_year", "import_id"))
    return row | {
        "event_id": contact_id, "contact_id": contact_id, "owner": "oh", "kind": "volunteer",
        "state_voter_id": None, "first_name": "ANN", "last_name": "LEE", "residence_line1": None,
        "residence_unit": None, "residence_city": None, "residence_state": None, "residence_zip5": None,
        "removed": False, "source": "sign-up sheet", "licence": "own list", "basis": "signed up",
        "recorded_on": LOADED.date(), "gathered_by": "oh", "loaded_at": NOON, "source_file": None,
        "source_line": None,
    } | given  # fmt: skip


def number(event_id: str, value: str, **given: Any) -> dict[str, Any]:
    """A phone of Ohio's first voter, bought."""
    return {
        "event_id": event_id, "owner": "oh", "state_voter_id": "OH1", "contact_id": None, "channel": "phone",
        "value": value, "line_type": "unknown", "status": "unknown", "kind": "bought", "source": "Acme Data",
        "licence": "contract 7", "basis": "contract", "import_id": None, "observed_on": LOADED.date(),
        "confirmed_on": None, "gathered_by": "oh", "loaded_at": NOON, "source_file": None,
        "source_line": None,
    } | given  # fmt: skip
