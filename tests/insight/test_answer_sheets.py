"""A sheet of answers: what loads, what does not and why; the same file gives the same events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.insight.answers import COLUMNS, MALFORMED, Sheet, read_sheet
from commonroll.insight.came_back import came_back, outstanding
from commonroll.roll import schema

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD = ",".join(("owner", "state_voter_id", *COLUMNS[1:]))


@pytest.fixture(scope="module")
def voters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    path = tmp_path_factory.mktemp("voters") / "oh.parquet"
    pq.write_table(pa.table({"state_voter_id": ["OH001", "OH002"]}), path)
    return {"oh": [str(path)]}


def read(folder: Path, text: str | bytes, voters: dict[str, list[str]], at: datetime = NOW) -> Sheet:
    path = folder / "answers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_sheet(path, gathered_by="national", voters=voters, resolve=resolve, loaded_at=at)


def resolve(owner: str, refs: pa.Array) -> pa.Table:
    """One pseudonym is known: that of Ohio's second voter."""
    known = [ref for ref in refs.to_pylist() if (owner, ref) == ("oh", "f00d")]
    return pa.table({"voter_ref": pa.array(known, pa.string()), "state_voter_id": ["OH002"] * len(known)})


CHANNELS = "an opt-out names its channel: all, door, phone, text, mail, email"
LINES = {
    "oh,OH001,support,1,2026-11-01,door": None,
    'oh,OH002,issue,"schools, roads",2026-11-01,phone': None,
    " oh , OH001 , Support , 5 , 2026-11-24 , Door ": None,
    "oh,OH001,optout,text,2026-11-01,text": None,
    ",OH001,support,1,2026-11-01,door": "no owner",
    "oh,,support,1,2026-11-01,door": "no voter id",
    "oh,OH1,support,1,2026-11-01,door": "no voter of this owner has this id",
    "wa,OH001,support,1,2026-11-01,door": "no voter of this owner has this id",
    "oh,OH001,,1,2026-11-01,door": "no question",
    "oh,OH001,how are you?,1,2026-11-01,door": "the question is no code",
    "oh,OH001,support,,2026-11-01,door": "no answer",
    "oh,OH001,support,1,11/01/2026,door": "no date as YYYY-MM-DD",
    "oh,OH001,support,1,2026-11-25,door": "the date lies ahead",
    "oh,OH001,support,1,1999-11-01,door": "the date is before 2000",
    "oh,OH001,support,1,2026-11-01,fax": "the channel is none of door, phone, text, mail, event, other",
    "oh,OH001,optout,never,2026-11-01,door": CHANNELS,
    "oh,OH001": MALFORMED,
    "oh,OH001,support,1,2026-11-01,door,more": MALFORMED,
}


@pytest.mark.parametrize(("line", "reason"), LINES.items())
def test_what_loads_and_why_not(
    tmp_path: Path, voters: dict[str, list[str]], line: str, reason: str | None
) -> None:
    sheet = read(tmp_path, f"{HEAD}\n{line}\n", voters)
    loaded = sheet.responses.num_rows + sheet.optouts.num_rows
    assert [(r.reason, r.count) for r in sheet.refused] == ([] if reason is None else [(reason, 1)])
    assert loaded == (1 if reason is None else 0)


def test_the_tables_have_the_vaults_columns(tmp_path: Path, voters: dict[str, list[str]]) -> None:
    text = f"{HEAD}\n" + "\n".join(line for line, reason in LINES.items() if reason is None)
    sheet = read(tmp_path, text, voters)
    assert tuple(sheet.responses.column_names) == schema.RESPONSES.names
    assert tuple(sheet.optouts.column_names) == schema.OPTOUTS.names
    assert set(sheet.responses["kind"].to_pylist()) == {"told"}
    assert set(sheet.responses["gathered_by"].to_pylist()) == {"national"}
    assert sheet.responses["source_line"].to_pylist() == [2, 3, 4]
    assert sheet.owners() == ("oh",)


def test_the_same_file_gives_the_same_events_and_another_does_not(
    tmp_path: Path, voters: dict[str, list[str]]
) -> None:
    text = f"{HEAD}\noh,OH001,support,1,2026-11-01,door\n"
    later = datetime(2026, 12, 1, tzinfo=UTC)
    one, two = read(tmp_path, text, voters), read(tmp_path, text, voters, later)
    other = read(tmp_path, text + "\n", voters)
    assert one.responses["event_id"] == two.responses["event_id"]
    assert one.responses["event_id"] != other.responses["event_id"]


@pytest.mark.parametrize(
    "data",
    [b"", b"   \n", b"a,b\n1,2\n", HEAD.encode() + b",extra\n", b"\xff\xfe" + HEAD.encode("utf-16-le"),
     HEAD.encode() + b"\noh,\xe9,a,b,c,d\n", HEAD.encode() + b"\n\0\n"],
)  # fmt: skip
def test_another_file_is_refused_whole(tmp_path: Path, voters: dict[str, list[str]], data: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        read(tmp_path, data, voters)
    assert refusal.value.next_step


def test_an_extracts_own_names_do(tmp_path: Path, voters: dict[str, list[str]]) -> None:
    head = HEAD.replace("owner", "member")
    assert read(tmp_path, f"{head}\noh,OH001,support,1,2026-11-01,door\n", voters).responses.num_rows == 1


def test_a_pseudonym_leads_to_the_owners_voter(tmp_path: Path, voters: dict[str, list[str]]) -> None:
    head = HEAD.replace("state_voter_id", "voter_ref")
    lines = ["oh,f00d,support,1,2026-11-01,door", "oh,beef,support,1,2026-11-01,door"]
    sheet = read(tmp_path, "\n".join([head, *lines]), voters)
    assert sheet.responses["state_voter_id"].to_pylist() == ["OH002"]
    assert [(r.reason, r.count) for r in sheet.refused] == [("no voter of this owner has this id", 1)]


cell = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cell, min_size=6, max_size=6), max_size=8))
def test_no_line_is_lost_and_nothing_else_is_raised(
    tmp_path: Path, voters: dict[str, list[str]], rows: list[list[str]]
) -> None:
    quoted = [",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows]
    sheet = read(tmp_path, "\n".join([HEAD, *quoted]) + "\n", voters)
    refused = sum(line.count for line in sheet.refused)
    assert sum(table.num_rows for table in sheet.tables().values()) + refused == len(rows)


def test_outstanding_and_overdue(tmp_path: Path, voters: dict[str, list[str]]) -> None:
    lines = ["oh,OH001,support,1,2026-11-01,door", "oh,OH002,support,2,2026-11-01,door"]
    sheet = read(tmp_path, "\n".join([HEAD, *lines]), voters)
    gathered, returned = tmp_path / "gathered.parquet", tmp_path / "returned.parquet"
    pq.write_table(sheet.responses, gathered)
    pq.write_table(sheet.responses.slice(0, 1), returned)

    def compare(due: datetime) -> tuple[int, int, int]:
        held, back = {"responses": [str(gathered)]}, {"responses": [str(returned)]}
        found = outstanding(held, back, owner="oh", gathered_by="national", due={"responses": due})[
            "responses"
        ]
        return found.gathered, found.missing, found.overdue

    assert compare(datetime(2026, 11, 25, tzinfo=UTC)) == (2, 1, 1)
    assert compare(datetime(2026, 11, 23, tzinfo=UTC)) == (2, 1, 0)
    nothing = outstanding({}, {}, owner="oh", gathered_by="national", due={"responses": NOW})
    assert nothing["responses"].gathered == 0


BOUNCES = """
oh,OH001,bounced,Disconnected,2026-11-01,phone
oh,OH002,bounced,wrong_person,2026-11-01,email
oh,OH001,address,12 QUOKKA ST,2026-11-01,mail
oh,OH001,bounced,gone,2026-11-01,phone
oh,OH001,bounced,bounced,2026-11-01,door
oh,OH001,support,1,2026-11-01,email
"""


def test_bounces_and_addresses_are_no_answers_and_late_by_their_own_days(
    tmp_path: Path, voters: dict[str, list[str]]
) -> None:
    sheet = read(tmp_path, HEAD + BOUNCES, voters)
    out = sheet.found_out.select(["what", "channel", "value"]).to_pylist()
    assert [tuple(row.values()) for row in out] == [
        ("bounces", "phone", "disconnected"),
        ("bounces", "email", "wrong_person"),
        ("addresses", "mail", "12 QUOKKA ST"),
    ]
    assert sheet.responses.num_rows == 0 and sum(line.count for line in sheet.refused) == 3
    assert {kind: rows.num_rows for kind, rows in sheet.kinds("oh").items()} == {
        "responses": 0, "optouts": 0, "bounces": 2, "addresses": 1
    }  # fmt: skip
    file, early, late = tmp_path / "found.parquet", NOW - timedelta(days=9), NOW + timedelta(days=9)
    pq.write_table(sheet.found_out, file)
    held = {"found_out": [str(file)]}
    found = outstanding(
        held, {}, owner="oh", gathered_by="national", due={"bounces": late, "addresses": early}
    )
    assert {kind: (one.missing, one.overdue) for kind, one in found.items()} == {
        "bounces": (2, 2), "addresses": (1, 0)
    }  # fmt: skip
    brought = came_back(held, owner="oh")["national"]
    assert (brought.bounces, brought.addresses, brought.answers) == (2, 1, 0)
