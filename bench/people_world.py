"""A federation for measuring the VAN-compatible API: four rolls of invented voters, one reader of all.

The largest roll has seven tenths of the voters. Two owners grant some counties alone, all leave some voters
out. The rows are made by the engine and mean nothing; names, numbers and addresses are as many as in a roll.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SECRET = "only for the bench"
SHARES = {"oh": 0.7, "nc": 0.1, "wa": 0.1, "fl": 0.1}
LIMITED = ("nc", "wa")
"""Owners that grant some counties alone."""

ASKED = 3_000
"""Requests of each kind, each another voter's."""
LEFT_OUT = 5_000

GRANTED = (
    "state_voter_id", "first_name", "middle_name", "last_name", "name_suffix", "birth_date", "sex", "party",
    "status", "residence_line1", "residence_unit", "residence_city", "residence_state", "residence_zip5",
    "phone", "email", "county_fips", "county_name", "precinct", "congressional_district",
    "state_senate_district", "state_house_district",
)  # fmt: skip
TYPES = {"string": "VARCHAR", "int16": "SMALLINT", "int64": "BIGINT", "bool": "BOOLEAN"}
MADE = {
    "member": "'{key}'",
    "state": "upper('{key}')",
    "state_voter_id": "upper('{key}') || i",
    "status": "if(hash(i + 12) % 9 = 0, 'inactive', 'active')",
    "first_name": "'FN' || hash(i + 1) % 5000",
    "middle_name": "chr((65 + hash(i + 2) % 26)::INT)",
    "last_name": "'LN' || hash(i + 3) % 90000",
    "birth_date": "DATE '1940-01-01' + (hash(i + 4) % 22000)::INT",
    "birth_year": "1940 + hash(i + 5) % 60",
    "sex": "if(hash(i + 6) % 2 = 0, 'female', 'male')",
    "party": "['DEM', 'REP', 'NPA'][(1 + hash(i + 7) % 3)::BIGINT]",
    "registered_on": "DATE '1990-01-01' + (hash(i + 8) % 12000)::INT",
    "residence_line1": "hash(i + 9) % 9999 || ' STREET' || hash(i + 10) % 5000",
    "residence_city": "'CITY' || hash(i + 11) % 900",
    "residence_state": "upper('{key}')",
    "residence_zip5": "lpad((hash(i + 11) % 1200 + 43000)::VARCHAR, 5, '0')",
    "phone": "if(hash(i + 13) % 3 = 0, '+1614' || lpad((hash(i + 14) % 9000000)::VARCHAR, 7, '0'), NULL)",
    "email": "if(hash(i + 15) % 8 = 0, 'v' || hash(i + 16) % 90000000 || '@example.org', NULL)",
    "county_fips": "'39' || lpad((1 + 2 * (hash(i + 17) % 80))::VARCHAR, 3, '0')",
    "county_name": "'COUNTY' || hash(i + 17) % 80",
    "precinct": "'P' || hash(i + 18) % 9000",
    "congressional_district": "(1 + hash(i + 19) % 15)::VARCHAR",
    "state_senate_district": "(1 + hash(i + 20) % 33)::VARCHAR",
    "state_house_district": "(1 + hash(i + 21) % 99)::VARCHAR",
    "confidential": "false",
    "shown_from": "DATE '2000-01-01'",
    "listed_from": "DATE '2000-01-01'",
    "source_file": "'invented.csv'",
    "source_line": "i",
}
PIECE = 1_000_000
"""Rows of a file, as the loader's lanes write several."""


def build(voters: int) -> None:
    """The federation in this process's home; what is asked of it lies in `asked.json` there."""
    from django.conf import settings

    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation, statements
    from commonroll.server.actions import keys as api_keys
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor

    by, home = Actor.command_line(), settings.HOME
    home.create()
    startup.migrate()
    federation.begin(home=home, name="Bench", origin="bench.commonroll.invalid", by=by)
    kinds = {key: ("state", key.upper()) for key in SHARES} | {"natl": ("national", "")}
    for key, (kind, state) in kinds.items():
        federation.add_member(home=home, key=key, name=key, kind=kind, state=state, passphrase=SECRET, by=by)
    reader, now = federation.member("natl"), datetime.now(UTC).replace(microsecond=0)
    for key, share in SHARES.items():
        publish(key, int(voters * share))
        owner = federation.member(key)
        statements.make_statement(home=home, member=owner, passphrase=SECRET, by=by)
        counties = [f"39{county:03}" for county in range(1, 120, 2)]
        wished = Wishes(
            ["gotv"], ["count", "view", "export"], GRANTED, now, now + timedelta(days=90),
            rows={"county_fips": counties} if key in LIMITED else {}, rows_per_day=5_000_000,
            export_free=True,
        )  # fmt: skip
        text = agreements.draft(owner=owner, recipient=reader, wishes=wished, by=by)
        for party in (owner, reader):
            text = agreements.sign(home=home, agreement=text, member=party, passphrase=SECRET, by=by)
    key_text = api_keys.create(of=reader, purpose="gotv", scopes=("ask", "answers"), note="bench", by=by)[1]
    startup.fold(home)
    asked = {"key": key_text, "get": [], "find": []}
    for method, path, body in requests(home):
        asked["get" if method == "GET" else "find"].append([method, path, body])
    (home.path / "asked.json").write_text(json.dumps(asked))


def publish(key: str, rows: int) -> None:
    """The roll as the vault's first snapshot, and whom its owner leaves out."""
    from django.conf import settings

    from commonroll.roll.engine import engine
    from commonroll.roll.schema import VOTERS
    from commonroll.server.actions import federation, loads

    vault = loads.vault(settings.HOME, federation.member(key))
    vault.mark_sample()
    columns = ", ".join(
        f"({MADE.get(name, 'NULL').format(key=key)})::{TYPES.get(VOTERS[name].type, VOTERS[name].type)} "
        f'AS "{name}"'
        for name in VOTERS.names
    )
    staged: list[Path] = []
    first = 1_000_000_000 * (1 + list(SHARES).index(key))  # no two owners have the same voters
    with engine() as con:
        for start in range(0, rows, PIECE):
            staged.append(vault.stage(VOTERS.name))
            con.execute(
                f"COPY (SELECT {columns} FROM range($start::BIGINT, $stop::BIGINT) AS r(i) ORDER BY i) "
                f"TO '{staged[-1]}' (FORMAT parquet, COMPRESSION zstd)",
                {"start": first + start, "stop": first + min(rows, start + PIECE)},
            ).fetchall()
    vault.publish(
        {VOTERS.name: staged}, parent=None, load="bench", state=key.upper(), layouts=[], now=datetime.now(UTC)
    )
    some = random.Random(key).sample(range(rows), min(LEFT_OUT, rows // 100))
    vault.suppress([f"{key.upper()}{first + number}" for number in some], reason="protected")


def requests(home: Any) -> list[tuple[str, str, Any]]:
    """Look-ups by VAN id, and match candidates of the kinds that programs send, of voters drawn anywhere."""
    from commonroll.roll.lookup.index import index_of
    from commonroll.roll.vault.vault import Vault
    from commonroll.server.actions import federation
    from commonroll.server.van import ids

    rng, found = random.Random(10), []
    reader = federation.member("natl")
    for key, share in SHARES.items():
        vault, owner = Vault(home.vaults, key), federation.member(key)
        head = vault.current()
        assert head is not None
        index = index_of(vault.path, key, vault.files(head, "voters"), ids.salt(home, owner))
        places = rng.sample(range(head.rows["voters"]), int(ASKED * share))
        van_ids = ids.van_ids(home, reader, owner, index.numbers(places))
        for van_id, row in zip(van_ids, index.rows(places).to_pylist(), strict=True):
            found.append(("GET", f"people/{van_id}?$expand=phones,emails,addresses,districts", None))
            found.append(("POST", "people/find", candidate(row, rng)))
    rng.shuffle(found)
    return found


def candidate(row: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """What a program knows of a voter: a name with a birthday, an address, a number, or an e-mail alone."""
    names = {"firstName": row["first_name"], "lastName": row["last_name"]}
    address = {"addressLine1": row["residence_line1"], "zipOrPostalCode": row["residence_zip5"]}
    ways = [
        names | {"dateOfBirth": row["birth_date"].isoformat(), "addresses": [address]},
        names | {"addresses": [address]},
    ]
    if row["phone"]:
        ways.append(names | {"phones": [{"phoneNumber": row["phone"]}]})
    if row["email"]:
        ways.append({"emails": [{"email": row["email"]}]})
    return rng.choice(ways)
