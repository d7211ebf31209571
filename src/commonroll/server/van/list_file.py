"""The file of an exported list as the API's clients read it: CSV with the reader's VAN ids first.

The extract itself is what its receipts have the hash of, and stays as it is; this text is made of it piece by
piece while it is downloaded, each piece only while the agreements are in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.vault import Vault
from commonroll.server import cuts, decoy_lookup
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Extract, Member
from commonroll.server.van import ids, list_marks
from commonroll.server.van.person import DISTRICTS
from commonroll.views.export import guarded
from commonroll.views.members import places_of, refs_of
from commonroll.views.pseudonyms import agreement_key

ROWS = 20_000
LIST_EXPORT, TEXTING = 4, 8
"""Types of export jobs."""

CHANGES = 0
"""A file of what changed."""

COLUMNS: Mapping[str, str] = {
    "FirstName": "first_name", "MiddleName": "middle_name", "LastName": "last_name", "Suffix": "name_suffix",
    "StreetAddress": "residence_line1", "Unit": "residence_unit", "City": "residence_city",
    "State": "residence_state", "ZipOrPostal": "residence_zip5", "County": "county_name", "Phone": "phone",
    "Email": "email", "Party": "party", "CongressionalDistrict": "congressional_district",
    "StateSenate": "state_senate_district", "StateHouse": "state_house_district",
}  # fmt: skip
"""Heads of the file and the columns of a view behind them."""

LISTED: Mapping[str, str] = {
    "StateFileID": "state_voter_id", "FirstName": "first_name", "MiddleName": "middle_name",
    "LastName": "last_name", "Suffix": "name_suffix", "Sex": "sex", "DateOfBirth": "birth_date",
    "Party": "party", "AddressLine1": "residence_line1", "AddressLine2": "residence_unit",
    "City": "residence_city", "State": "residence_state", "ZipOrPostal": "residence_zip5",
    "MailingAddressLine1": "mail_line1", "MailingAddressLine2": "mail_line2", "MailingCity": "mail_city",
    "MailingState": "mail_state", "MailingZipOrPostal": "mail_zip", "HomePhone": "phone", "CellPhone": "",
    "WorkPhone": "", "Email": "email", "County": "county_name", "Precinct": "precinct",
    "CongressionalDistrict": "congressional_district", "StateSenate": "state_senate_district",
    "StateHouse": "state_house_district",
}  # fmt: skip
"""Heads of a list's file after VanID, all of them always, and the columns of a view behind them. The number
that a roll publishes stands where `people` has it, among those at home."""

ASKED = tuple(dict.fromkeys(column for column in {**COLUMNS, **LISTED}.values() if column))
"""What is asked of a view, as far as all owners of the list grant it."""

TEXTED = (
    "CanvassFileRequestID", "VanID", "Address", "FirstName", "LastName", "StreetAddress", "City", "State",
    "ZipOrPostal", "County", "Employer", "Occupation", "Email", "HomePhone", "IsHomePhoneACellExchange",
    "CellPhone", "WorkPhone", "IsWorkPhoneACellExchange", "Phone", "OptInPhone", "OptInStatus",
    "OptInPhoneType", "CongressionalDistrict", "StateHouse", "StateSenate", "Party", "PollingLocation",
    "PollingAddress", "PollingCity",
)  # fmt: skip
"""Heads of a file for texting tools, in the order that they read."""


@dataclass(frozen=True)
class Numbered:
    """VAN ids of one owner's persons: by the state's id or, where that is not granted, by pseudonym."""

    keys: pa.Array
    van: np.ndarray[tuple[int], np.dtype[np.int64]]
    column: str
    beside: Mapping[str, tuple[pa.Array, pa.Array]]
    """Columns of what the reader noted: VAN ids, and the text of each."""

    def of(self, rows: pa.Table) -> pa.Array:
        """The VAN id of each row (int64)."""
        at = pc.index_in(rows.column(self.column).combine_chunks(), value_set=self.keys)
        return pa.array(self.van, pa.int64()).take(at)


def pieces(home: Home, extract: Extract) -> Iterator[bytes]:
    """The text of the file; raises Refusal where an agreement ends meanwhile."""
    path = home.extracts / extract.file
    job, kind = int(extract.listed.get("job", 0)), int(extract.listed["type"])
    yield (",".join(heads(kind, extract)) + "\n").encode()
    numbered: dict[str, Numbered] = {}
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            cuts.check(extract)
            rows = pa.Table.from_batches([batch])
            for owner in pc.unique(rows.column("member")).to_pylist():
                theirs = rows.filter(pc.equal(rows.column("member"), owner))
                if owner not in numbered:
                    numbered[owner] = _numbered(home, extract, owner, theirs)
                yield _text(theirs, numbered[owner], kind, job, extract)


def heads(kind: int, extract: Extract) -> list[str]:
    if kind == TEXTING:
        return list(TEXTED)
    if kind == CHANGES:
        return ["VanID", *COLUMNS, "DateModified", "ChangeTypeName", "IsActive"]
    beside = list_marks.heads(extract.listed.get("beside", {}))
    return ["VanID", *LISTED, *beside]


def _numbered(home: Home, extract: Extract, key: str, rows: pa.Table) -> Numbered:
    """VAN ids of an owner's persons on the list, of the version of the roll that was read last."""
    owner = Member.objects.get(key=key)
    vault = Vault(home.vaults, key)
    snapshot = vault.current()
    assert snapshot is not None
    tables = vault.owner_tables(snapshot, statement=True)
    con, members = ibis_engine(), home.lists / Path(str(extract.listed["file"])).name
    index = decoy_lookup.of_viewer(home, owner, extract.viewer, tables)
    known = places_of(con, members, key, index.files)
    voters = known.column("state_voter_id").combine_chunks()
    van = ids.van_ids(home, extract.viewer, owner, index.numbers(known.column("place").to_numpy()))
    beside = list_marks.of_voters(home, extract.viewer, owner, extract.listed.get("beside", {}))
    if "state_voter_id" in rows.column_names and not rows.column("state_voter_id").null_count:
        return Numbered(voters, van, "state_voter_id", beside)
    agreement = Agreement.objects.get(urn=rows.column("agreement")[0].as_py())
    refs = refs_of(con, voters, agreement_key(home.reference_secret(), agreement.urn))
    return Numbered(refs, van, "voter_ref", beside)


def _text(rows: pa.Table, numbered: Numbered, kind: int, job: int, extract: Extract) -> bytes:
    van = numbered.of(rows)
    shown = {head: _cells(rows, column) for head, column in {**COLUMNS, **LISTED}.items()}
    shown["VanID"] = van
    for head, (known, texts) in numbered.beside.items():
        shown[head] = texts.take(pc.index_in(van, value_set=known))
    for id in extract.listed.get("beside", {}).get("districtFields", ()):
        shown[f"DF_{id}"] = _cells(rows, DISTRICTS[id][1])
    if kind == TEXTING:
        region = _joined(" ", shown["State"], shown["ZipOrPostal"])
        shown["Address"] = _joined(", ", shown["StreetAddress"], shown["City"], region)
        shown["CanvassFileRequestID"] = pa.repeat(pa.scalar(job, pa.int64()), len(rows))
    if kind == CHANGES:
        same = {"DateModified": extract.listed["at"], "ChangeTypeName": "Created or updated", "IsActive": "1"}
        shown |= {head: pa.repeat(pa.scalar(value), len(rows)) for head, value in same.items()}
    none = pa.nulls(len(rows), pa.string())
    table = guarded(pa.table({head: shown.get(head, none) for head in heads(kind, extract)}))
    out = BytesIO()
    pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(include_header=False))
    return out.getvalue()


def _joined(between: str, *parts: pa.Array) -> pa.Array:
    """The parts that are there; `binary_join_element_wise` itself skips wrongly where all are null."""
    whole = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), between)
    once = pc.replace_substring_regex(whole, f"({between}){{2,}}", between)
    return pc.utf8_trim(once, characters=between)


def _cells(rows: pa.Table, column: str) -> pa.Array:
    if column not in rows.column_names:
        return pa.nulls(len(rows), pa.string())
    return rows.column(column).cast(pa.string()).combine_chunks()
