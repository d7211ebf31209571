"""The real client of the protocol, Polars and DuckDB against the running site."""

from __future__ import annotations

import io
import json
import logging
from datetime import date
from pathlib import Path

import delta_sharing
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from delta_sharing.protocol import DeltaSharingProfile, Table
from delta_sharing.rest_client import DataSharingRestClient
from served import profile
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.insight import shared_scores
from commonroll.notes import sha256_text
from commonroll.roll.vault.vault import Vault
from commonroll.server import duties
from commonroll.server.actions import agreement_events, questions
from commonroll.server.delta import files
from commonroll.server.models import Agreement, Cut, Journal, Lent, Recall

pytestmark = pytest.mark.django_db

AT = "oh_to_national.gotv.voters"
TABLE = Table("voters", "oh_to_national", "gotv")


def ohios() -> Agreement:
    return Agreement.objects.get(owner__key="oh", recipient__key="national")


def rest(path: Path) -> DataSharingRestClient:
    return DataSharingRestClient(DeltaSharingProfile.read_from_file(str(path)))


def links(path: Path, table: Table = TABLE) -> list[str]:
    return [file.url for file in rest(path).list_files_in_table(table).add_files]


def revoke(world: World, agreement: Agreement) -> None:
    agreement_events.revoke(
        home=world.home, agreement=agreement, member=agreement.owner, cause="convenience",
        passphrase=PASSPHRASE, by=MACHINE, at_once=True,
    )  # fmt: skip


def test_what_is_read_is_what_an_extract_has(
    world: World, site: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for ours in ("commonroll", "django"):
        caplog.set_level(logging.DEBUG, logger=ours)
    made, path = profile(site, tmp_path, ohios())
    client = delta_sharing.SharingClient(str(path))
    assert [(t.share, t.schema, t.name) for t in client.list_all_tables()] == [tuple(AT.split("."))]
    assert [s.name for s in client.list_shares()] == ["oh_to_national"]

    frame = delta_sharing.load_as_pandas(f"{path}#{AT}")
    extract = questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=list(frame.columns), format="parquet", by=MACHINE,
    )  # fmt: skip
    expected = pd.read_parquet(world.home.extracts / extract.file).drop(columns=["member", "agreement"])
    expected = expected.sort_values("state_voter_id", ignore_index=True)
    pd.testing.assert_frame_equal(frame.sort_index(axis=1), expected.sort_index(axis=1))
    assert len(frame) == extract.rows and len(frame) > 200

    as_delta = delta_sharing.load_as_pandas(f"{path}#{AT}", use_delta_format=True)
    assert list(as_delta.state_voter_id) == list(frame.state_voter_id)
    assert len(delta_sharing.load_as_pandas(f"{path}#{AT}", limit=10)) == 10

    (link,) = links(path)
    raw = requests.get(link, timeout=5).content
    assert pq.read_schema(io.BytesIO(raw)).names == list(frame.columns)
    assert pq.read_schema(io.BytesIO(raw)).metadata is None and b"residence" not in raw
    polars = pl.read_parquet(link)
    assert polars["state_voter_id"].to_list() == list(frame.state_voter_id)
    (tmp_path / "cut.parquet").write_bytes(raw)
    with duckdb.connect() as con:
        count = "SELECT count(*) FROM read_parquet(?) WHERE status = 'active'"
        assert con.execute(count, [str(tmp_path / "cut.parquet")]).fetchone() == (
            (frame.status == "active").sum(),
        )

    receipts = Journal.objects.filter(log="oh", type="share.open", recipient="national")
    mine = [row for row in receipts if row.pk not in extract.receipts]
    assert [row.rows for row in mine] == [len(frame)] * 4, "one for each query, whatever it fetched"
    assert all(row.index is not None for row in mine), "covered by a checkpoint"
    named = sha256_text(raw)
    assert all(named in json.loads(bytes(row.leaf))["files"] for row in mine), "the file that was fetched"
    assert Lent.objects.filter(agreement=made.agreement, rows=len(frame)).count() == 2
    said = [r.getMessage() for r in caplog.records if r.name.partition(".")[0] in ("commonroll", "django")]
    assert not any("crs_" in line or "X-Amz" in line for line in said)


def test_who_refreshes_gets_what_changed(world: World, site: str, tmp_path: Path) -> None:
    made, path = profile(site, tmp_path, ohios())
    url = f"{path}#{AT}"
    before = delta_sharing.load_as_pandas(url)
    gone, back = list(before.state_voter_id[:3]), before.state_voter_id[0]
    vault = Vault(world.home.vaults, "oh")
    vault.suppress(gone, reason="opt-out")
    assert rest(path).query_table_version(TABLE).delta_table_version == 2

    for delta in (False, True):
        changes = delta_sharing.load_table_changes_as_pandas(url, starting_version=2, use_delta_format=delta)
        assert set(changes._change_type) == {"delete"} and set(changes._commit_version) == {2}
        assert sorted(changes.state_voter_id) == sorted(gone)
        assert changes.last_name.isna().all(), "a delete says whom, and nothing else"

    vault.lift([back], reason="opt-out")
    changes = delta_sharing.load_table_changes_as_pandas(url, starting_version=2)
    assert list(changes.state_voter_id) == gone[1:], "from before to now in one step"
    changes = delta_sharing.load_table_changes_as_pandas(url, starting_version=3)
    assert list(zip(changes.state_voter_id, changes._change_type, strict=True)) == [(back, "insert")]
    assert Journal.objects.filter(type="share.open", recipient="national", rows=1).exists()
    assert delta_sharing.load_table_changes_as_pandas(url, starting_version=4).empty
    now = delta_sharing.load_as_pandas(url)
    assert sorted(now.state_voter_id) == sorted(set(before.state_voter_id) - set(gone[1:]))

    duties.sweep(world.home)
    recall = Recall.objects.get(about="people", agreement=made.agreement)
    assert recall.met_at is None, "what left before they asked to stop is recalled, as of any extract"


def test_links_die_with_the_agreement(
    world: World, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = agree("oh", "rivera", columns=["voters.last_name", "voters.status"], rows={"status": ["active"]})
    _, path = profile(site, tmp_path, ohios())
    _, other = profile(site, tmp_path, few)
    (link,), (others,) = links(path), links(other, Table("voters", "oh_to_rivera", "gotv"))
    cut = pd.read_parquet(io.BytesIO(requests.get(others, timeout=5).content))
    assert set(cut.columns) == {"voter_ref", "last_name", "status"} and set(cut.status) == {"active"}

    monkeypatch.setattr(files, "PIECE", 1000)
    monkeypatch.setattr(files, "ASK_EVERY", 0.0)
    assert requests.get(link, headers={"Range": "bytes=0-3"}, timeout=5).content == b"PAR1"
    running = world.client().get(link.partition(site)[2])
    stream = iter(running.streaming_content)
    assert next(stream)[:4] == b"PAR1"
    revoke(world, ohios())
    with pytest.raises(Exception, match="was revoked"):
        next(stream)
    ended = requests.get(link, timeout=5)
    assert ended.status_code == 403 and "was revoked on" in ended.json()["message"]
    with pytest.raises(requests.HTTPError, match="was revoked"):
        delta_sharing.load_as_pandas(f"{path}#{AT}")
    assert delta_sharing.SharingClient(str(path)).list_shares() == []
    assert requests.get(others, timeout=5).status_code == 200, "the other agreement stands"
    assert not Cut.objects.filter(version__agreement=ohios()).exists()
    assert not list((world.home.vaults / "oh" / "shared").glob(f"{ohios().urn[9:]}*"))


def test_scores_come_with_the_marks_of_an_extract(world: World, site: str, tmp_path: Path) -> None:
    vault = Vault(world.home.vaults, "oh")
    snapshot = vault.current()
    assert snapshot is not None
    ids = pd.read_parquet(vault.files(snapshot, "voters")[0], columns=["state_voter_id"])
    ids["value"] = [n * 37 % 1001 / 10 for n in range(len(ids))]
    table = pa.Table.from_pandas(ids, preserve_index=False)
    shared_scores.share(vault, "turnout", table, on=date(2026, 10, 1), load="ab" * 16)
    agreed = agree("oh", "rivera", columns=["voters.state_voter_id", "voters.last_name", "scores.value"])
    _, path = profile(site, tmp_path, agreed)
    at = Table("voters", "oh_to_rivera", "gotv")
    url = f"{path}#oh_to_rivera.gotv.voters"
    for delta in (False, True):
        frame = delta_sharing.load_as_pandas(url, use_delta_format=delta)
        assert set(frame.columns) == {"state_voter_id", "last_name", "score_turnout"}
    extract = questions.export(
        home=world.home, viewer=world.member("rivera"), purpose="gotv", where="member = 'oh'",
        columns=["state_voter_id", "score('turnout')"], format="parquet", by=MACHINE,
    )  # fmt: skip
    copy = pd.read_parquet(world.home.extracts / extract.file).set_index("state_voter_id")["score('turnout')"]
    shared = frame.set_index("state_voter_id").score_turnout
    assert shared.equals(copy[shared.index].rename("score_turnout")), "the same score, the same mark"
    own = ids.set_index("state_voter_id").value[shared.index]
    assert 20 < (shared != own).sum() < 0.6 * len(shared)
    intents = [json.loads(bytes(row.leaf)) for row in Journal.objects.filter(type="share.open")]
    assert all(one["marks"] for one in intents if one["recipient"].endswith("rivera"))

    version = rest(path).query_table_version(at).delta_table_version
    again = pa.Table.from_pandas(ids.assign(value=ids.value.shift(fill_value=1.0)), preserve_index=False)
    shared_scores.share(vault, "turnout", again, on=date(2026, 10, 2), load="cd" * 16)
    assert rest(path).query_table_version(at).delta_table_version == version + 1
    changes = delta_sharing.load_table_changes_as_pandas(url, starting_version=version + 1)
    assert len(changes) > 0.9 * len(shared), "a new load is new rows"
