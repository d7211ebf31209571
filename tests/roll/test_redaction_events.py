"""A redacted voter's answers, facts, phones and contacts go; those of everybody else stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deliveries import line, taken, vault_of, written
from made_claims import claimed
from test_redaction import holding

from commonroll.roll.places.places import make_places, places_file
from commonroll.roll.redaction.redaction import kept, prospect, redact
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GONE, STAYS = "AA000002", "AA000003"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    found = vault_of(tmp_path / "vaults")
    rows = [line(n, res_street_address=f"{n} HERON WAY") for n in range(1, 5)]
    taken(found, written(tmp_path / "ncvoter_Statewide.txt", rows))
    return found


def held(vault: Vault, table: str, column: str = "source_file") -> set[str]:
    """What the tests wrote into `column` of the events that are left."""
    return {row[column] for path in vault.event_files(table) for row in pq.read_table(path).to_pylist()}


@pytest.mark.parametrize("reason", ["protected", "erased"])
def test_what_is_held_about_a_redacted_voter_goes(vault: Vault, reason: str) -> None:
    for table in ("responses", "facts", "reachables"):
        vault.append_events(table, claimed(table, state_voter_id=GONE, source_file="secret"))
        vault.append_events(table, claimed(table, state_voter_id=STAYS, source_file="another"))
        vault.append_events(table, claimed(table, state_voter_id=GONE, owner="wa", source_file="of wa"))
    for table in ("facts", "reachables"):
        vault.append_events(table, claimed(table, contact_id="c1", source_file="secret"))
        vault.append_events(table, claimed(table, contact_id="c2", source_file="another contact"))
    vault.append_events("contacts", claimed("contacts", contact_id="c1", source_file="secret"))
    known = claimed("contacts", contact_id="c1", state_voter_id=GONE, source_file="secret")
    vault.append_events("contacts", known)
    vault.append_events("contacts", claimed("contacts", contact_id="c2", source_file="another"))
    vault.suppress([GONE], reason)
    before = prospect(vault).files
    done = redact(vault, now=NOW)
    assert before > 0 and list(holding(vault, b"secret")) == []
    assert held(vault, "responses") == {"another", "of wa"}
    assert held(vault, "facts") == held(vault, "reachables") == {"another", "of wa", "another contact"}
    assert held(vault, "contacts") == {"another"}
    assert {one.place.partition("/")[0] for one in done.files} >= {
        "responses", "facts", "reachables", "contacts",
    }  # fmt: skip
    assert GONE not in str(list(kept(vault)))
    assert redact(vault, now=NOW).files == ()


def test_what_is_held_about_their_household_goes(vault: Vault) -> None:
    make_places(vault)
    snapshot = vault.current()
    assert snapshot is not None
    places = pq.read_table(places_file(vault, snapshot)).to_pylist()
    homes = {row["state_voter_id"]: row["household_id"] for row in places}
    assert homes[GONE] != homes[STAYS]
    vault.append_events("facts", claimed(household_id=homes[GONE], source_file="secret"))
    vault.append_events("facts", claimed(household_id=homes[STAYS], source_file="another"))
    vault.suppress([GONE], "protected")
    redact(vault, now=NOW)
    assert held(vault, "facts") == {"another"}


def test_who_wants_to_be_left_alone_keeps_what_is_held_and_the_request_stays(vault: Vault) -> None:
    vault.append_events("facts", claimed(state_voter_id=GONE, source_file="kept"))
    vault.suppress([GONE], "opt-out")
    vault.suppress([STAYS], "erased")
    redact(vault, now=NOW)
    assert held(vault, "facts") == {"kept"}


def test_events_are_appended_after_a_redaction_as_before(vault: Vault) -> None:
    vault.append_events("facts", claimed(state_voter_id=GONE, event_id="a"))
    vault.append_events("facts", claimed(state_voter_id=STAYS, event_id="b"))
    vault.suppress([GONE], "erased")
    redact(vault, now=NOW)
    assert vault.append_events("facts", claimed(state_voter_id=STAYS, event_id="b")) == 0
    assert vault.append_events("facts", claimed(state_voter_id=STAYS, event_id="c")) == 1
    assert held(vault, "facts", "event_id") == {"b", "c"}
    assert vault.vacuum(keep=1) == []


def test_rows_of_lists_that_are_or_may_be_theirs_go(vault: Vault) -> None:
    folder = vault.path / "lists" / "list-1"
    folder.mkdir(parents=True)
    pq.write_table(
        pa.table({"line": [2, 3, 4, 5], "Name": ["secret", "secret", "secret", "SAM"]}),
        folder / "rows.parquet",
    )
    match = pa.schema([
        ("line", pa.int64()), ("state_voter_id", pa.string()), ("home_voters", pa.list_(pa.string())),
        ("alternatives", pa.list_(pa.struct([("voter", pa.string()), ("weight", pa.float64())]))),
    ])  # fmt: skip
    other = [{"voter": STAYS, "weight": 2.0}]
    rows = [
        (2, GONE, None, other), (3, None, None, [*other, {"voter": GONE, "weight": 1.0}]),
        (4, None, [STAYS, GONE], []), (5, STAYS, [STAYS], other),
    ]  # fmt: skip
    columns = ("line", "state_voter_id", "home_voters", "alternatives")
    matched = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=match)
    pq.write_table(matched, folder / "matched.parquet")
    for at, contact in ((3, "unsure"), (5, "sam")):
        for table in ("facts", "contacts"):
            said = {"import_id": "list-1", "source_line": at, "contact_id": contact}
            vault.append_events(table, claimed(table, **said, source_file="secret" if at == 3 else "another"))
    vault.append_events("reachables", claimed("reachables", contact_id="unsure", source_file="secret"))
    vault.append_events(
        "facts", claimed(contact_id="sam", import_id="list-2", source_line=3, source_file="another")
    )
    vault.suppress([GONE], "erased")
    redact(vault, now=NOW)
    assert list(holding(vault, b"secret")) == [] and list(holding(vault, GONE.encode())) == [
        vault.path / "catalogue.sqlite3"
    ]
    assert pq.read_table(folder / "rows.parquet").to_pylist() == [{"line": 5, "Name": "SAM"}]
    assert pq.read_table(folder / "matched.parquet").to_pylist() == matched.slice(3).to_pylist()
    assert held(vault, "facts") == held(vault, "contacts") == {"another"}
