"""A small roll of invented people in a vault, published as it is written here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.gate import reports
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.renumbered import PAIRS
from commonroll.roll.vault.vault import Snapshot, Vault

FIRST = (
    "ANNA", "BEN", "CARLA", "DAVID", "ELSA", "FRANK", "GRETA", "HUGO", "IRIS", "JONAS", "KIRA", "LARS",
    "MONA", "NILS", "OLGA", "PABLO", "QUINN", "RITA",
)  # fmt: skip
LAST = (
    "RIVERA", "STONE", "COLE", "DUNN", "WONG", "FORBES", "SARTOR", "KRUEGER", "POTTS", "DAWSON", "GRIFFIN",
    "NAZAR", "CRAIG", "HUNT", "BENSON",
)  # fmt: skip
START = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = b"the secret of a node of invented people"


def voter(number: int, **given: Any) -> dict[str, Any]:
    """One registrant; nobody shares name, birth and address with another unless told to."""
    first, round_ = FIRST[number % len(FIRST)], number // len(FIRST)
    row: dict[str, Any] = dict.fromkeys(VOTERS.names)
    row |= {
        "member": "oh",
        "state": "OH",
        "state_voter_id": f"OH{number:06}",
        "status": "active",
        "first_name": first,
        "middle_name": LAST[(number + 4 * round_) % len(LAST)],
        "last_name": LAST[(2 * number + round_) % len(LAST)],
        "birth_date": date(1940, 1, 1) + timedelta(days=number * 37),
        "sex": "female" if first.endswith("A") else "male",
        "registered_on": date(2000, 1, 1) + timedelta(days=number),
        "residence_line1": f"{100 + number} ELM ST",
        "residence_city": "NEWARK",
        "residence_state": "OH",
        "residence_zip5": f"430{number % 40:02}",
        "county_fips": "39089" if number % 2 else "39049",
        "confidential": False,
        "shown_from": date(2000, 1, 1),
        "listed_from": date(2000, 1, 1),
        "source_file": "invented.csv",
        "source_line": number,
        **given,
    }
    row["birth_year"] = row["birth_date"].year if row["birth_date"] else given.get("birth_year")
    return row


def again(row: Mapping[str, Any], number: int, **given: Any) -> dict[str, Any]:
    """The same person under another number, with what is `given` written otherwise."""
    twin = {**row, "state_voter_id": f"OH{number:06}", "source_line": number, **given}
    twin["birth_year"] = twin["birth_date"].year if twin["birth_date"] else None
    return twin


SURE = voter(1)
FATHER = voter(2, first_name="JOHN", middle_name="LEE", last_name="COLEMAN", name_suffix="SR",
               birth_date=date(1950, 2, 3), sex="male")  # fmt: skip
TWIN = voter(3, first_name="MIA", middle_name="ANN", last_name="DUNNE", birth_date=date(1999, 1, 31))
DATELESS = (voter(4), voter(5))
PEOPLE = (
    *(voter(number) for number in range(10, 150)),
    SURE,
    again(SURE, 901, middle_name=SURE["middle_name"][0], residence_line1="9 OAK ST"),
    FATHER,
    again(FATHER, 902, name_suffix="JR", birth_date=date(1977, 8, 9)),
    TWIN,
    again(TWIN, 903, first_name="ZOE", middle_name="EVE"),
    *DATELESS,
    *(again(one, 900 + at, birth_date=None) for at, one in enumerate(DATELESS, 4)),
)
"""140 strangers; one person registered twice (1, 901); a father and his son (2, 902); twins (3, 903); two who
stand on the roll again without a date (4, 904 and 5, 905)."""


def publish(
    vault: Vault,
    people: tuple[Mapping[str, Any], ...] = PEOPLE,
    *,
    renumbered: Mapping[str, str] | None = None,
    reused: tuple[str, ...] = (),
    days: int = 0,
) -> Snapshot:
    """The next snapshot; what a load would keep of ids that turned."""
    head = vault.current()
    number = (head.number if head else 0) + 1
    load, at = f"load-{number}", START + timedelta(days=days or number)
    path = vault.stage("voters")
    pq.write_table(pa.Table.from_pylist(list(people), arrow_schema(VOTERS)), path)
    if renumbered:
        pairs = pa.table([list(renumbered), list(renumbered.values())], schema=PAIRS)
        reports.keep_renumbered(vault, load, pairs, at)
    if reused:
        ids = {"state_voter_id": list(reused), "county_fips": ["39049"] * len(reused)}
        reports.keep_reused(vault, load, pa.table(ids))
    return vault.publish(
        {"voters": [path]}, parent=head.number if head else None, load=load, state="OH", layouts=[], now=at
    )


def made(folder: Path) -> Vault:
    """A vault with the roll of PEOPLE."""
    vault = Vault(folder, "oh")
    publish(vault)
    return vault
