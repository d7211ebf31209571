"""The report on a linking: against truth, against what people judged, against the linking before."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.errors import Refusal
from commonroll.identity import across, judgements, report
from commonroll.identity.judgements import Pair
from commonroll.roll.layout.standing import EARLIEST
from commonroll.roll.schema import JUDGEMENTS, PERSONS, VOTERS
from commonroll.roll.vault import persons as linkings
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 12, tzinfo=UTC)
SIDES = ("member_l", "record_l", "member_r", "record_r")
# ids of each invented person: three stand twice on the roll
PEOPLE = {1: ("AA1", "AA2"), 2: ("AA3", "AA4"), 3: ("AA5", "AA6"), 4: ("AA7",), 5: ("AA8",)}
FOUND = {
    ("AA1", "AA2"): (20.0, "sure", None),
    ("AA3", "AA4"): (2.0, "unsure", "band"),
    ("AA7", "AA8"): (8.0, "sure", None),
    ("AA1", "AA8"): (-3.0, "no", None),
}


def rolled(tmp_path, member="nc", people=PEOPLE):
    """A vault with one snapshot of these people, two invented ones at each address."""
    vault = Vault(tmp_path / "vaults", member)
    vault.mark_sample()
    ids = [one for many in people.values() for one in many]
    rows = [
        dict.fromkeys(VOTERS.names) | {
            "member": member, "state": member.upper(), "state_voter_id": one, "status": "active",
            "first_name": f"FIRST{number}", "last_name": "GARCIA", "birth_year": 1950 + number,
            "sex": "female", "residence_line1": f"{number // 2} MAIN ST", "residence_zip5": "27000",
            "county_fips": "37183", "confidential": False, "shown_from": EARLIEST, "listed_from": EARLIEST,
            "source_file": "roll.txt", "source_line": number + 2,
        }
        for number, one in enumerate(ids)
    ]  # fmt: skip
    path = vault.stage("voters")
    pq.write_table(pa.Table.from_pylist(rows, arrow_schema(VOTERS)), path)
    vault.publish(
        {"voters": [path]},
        parent=None,
        load="load-1",
        state=member.upper(),
        layouts=["nc/2022-02.registration"],
        now=NOW,
    )
    return vault


def linked(vault, found, *, run="first", at=NOW, after=None):
    """Make `found` the last linking of a vault, with the persons that follow from its sure pairs."""
    folder = vault.path / linkings.LINKS
    folder.mkdir(exist_ok=True)
    rows = [dict(zip(SIDES, (vault.member, one, vault.member, other), strict=True))
            | {"match_weight": bits, "match_probability": 1 / (1 + 2**-bits), "gamma_birth": 1,
               "verdict": verdict, "reason": reason}
            for (one, other), (bits, verdict, reason) in found.items()]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    worth = pa.Table.from_pylist([row for row in rows if row["verdict"] != "no"], table.schema)
    pq.write_table(table.drop_columns(["verdict", "reason"]), folder / f"{run}.pairs.parquet")
    pq.write_table(worth, folder / f"{run}.verdicts.parquet")
    ids = {one: f"{n:032}" for n, one in enumerate(f"AA{i}" for i in range(1, 9))}
    ids |= {other: ids[one] for (one, other), (_, verdict, _) in found.items() if verdict == "sure"}
    blank = dict.fromkeys(PERSONS.names) | {"member": vault.member}
    persons = [blank | {"state_voter_id": one, "person_id": person} for one, person in ids.items()]
    pq.write_table(pa.Table.from_pylist(persons), folder / f"{run}.persons.parquet")
    files = {what: f"{linkings.LINKS}/{run}.{what}.parquet" for what in ("pairs", "verdicts", "persons")}
    counts = {"registrants": 8, "persons": 6}
    with vault.lock(wait=1, doing="linking"):
        fresh = Linked(run, at.isoformat(), 1, "roll", "m1", files, counts)
        linkings.swap(vault.catalogue, fresh, after=after)


def told(folder, states=("NC",), people=PEOPLE):
    """A `truth` folder as `commonroll generate` writes it."""
    folder.mkdir(exist_ok=True)
    rows = [{"person": who, "state": state, "state_voter_id": one}
            for state in states for who, ids in people.items() for one in ids]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), folder / "registrations.parquet")
    return folder


@pytest.fixture
def vault(tmp_path):
    made = rolled(tmp_path)
    linked(made, FOUND)
    return made


def test_without_truth_it_tells_what_was_found(vault):
    made = report.report(vault)
    assert made.found.verdicts == {"no": 1, "sure": 2, "unsure: band": 1}
    assert (made.found.records, made.found.model, made.truth, made.drift, made.looked) == (
        8,
        "m1",
        *[None] * 3,
    )


def test_links_and_persons_against_the_truth(vault, tmp_path):
    truth = report.report(vault, told(tmp_path / "truth")).truth
    assert truth.registrants == 8
    links = truth.links
    assert (links.linked, links.right, links.true, links.reached, links.unsure_right) == (2, 1, 3, 2, 1)
    assert (truth.persons.linked, truth.persons.right, truth.persons.true) == (2, 1, 3)
    (origin,) = [one for one in truth.slices if one.name == "origin"]
    assert (origin.value, origin.accuracy.true, origin.judged) == ("hispanic", 3, False)
    assert truth.calibration.pairs == 2


def test_a_report_holds_no_id_and_no_name(vault, tmp_path):
    text = json.dumps(report.report(vault, told(tmp_path / "truth")).as_dict())
    assert "AA1" not in text and "GARCIA" not in text and "MAIN ST" not in text


def test_what_people_judged_is_told_by_the_models_verdict(vault):
    minds = {"AA7 AA8": "different", "AA3 AA4": "same", "AA5 AA6": "same", "AA1 AA3": "unsure"}
    rows = []
    for ids, mind in minds.items():
        one, other = ids.split()
        pair = Pair("nc", one, "nc", other)
        rows.append(judgements.event(pair, mind, by="alice", reason="looked", at=NOW))
    vault.append_events(JUDGEMENTS.name, pa.concat_tables(rows))
    looked = report.report(vault).looked
    assert looked.same == {"not found": 1, "unsure": 1}
    assert looked.different == {"sure": 1}


def test_the_next_linking_is_compared_with_the_last_one_kept(vault):
    report.keep(vault, report.report(vault))
    linked(vault, FOUND, run="second", at=LATER, after="first")
    made = report.report(vault)
    assert made.compared_with == "first"
    assert made.drift.sentences == ()
    assert made.drift.per_thousand["sure"] == (250.0, 250.0)
    report.keep(vault, made)
    assert [one["run"] for one in report.kept(vault)] == ["second", "first"]


def test_figures_against_the_truth_stay_when_the_report_is_made_again(vault, tmp_path):
    report.keep(vault, report.report(vault, told(tmp_path / "truth")))
    report.keep(vault, report.report(vault))
    (only,) = report.kept(vault)
    assert only["truth"]["links"]["true"] == 3


def test_a_roll_that_was_never_linked(tmp_path):
    with pytest.raises(Refusal, match="never linked"):
        report.report(rolled(tmp_path))


@pytest.mark.parametrize("states, said", [((), "no registrations.parquet"), (("OH",), "none of this roll")])
def test_the_truth_of_other_files_is_refused(vault, tmp_path, states, said):
    folder = tmp_path / "truth"
    if states:
        told(folder, states)
    else:
        folder.mkdir()
    with pytest.raises(Refusal, match=said):
        report.report(vault, folder)


def test_pairs_of_two_members_against_the_truth(tmp_path):
    vaults = [rolled(tmp_path, member) for member in ("nc", "oh")]
    sides = [
        ("nc", "AA7", "oh", "AA7", "sure"),
        ("nc", "AA8", "oh", "AA7", "sure"),
        ("nc", "AA8", "oh", "AA8", "unsure"),
    ]
    rows = [dict.fromkeys(across.KEPT) | dict(zip((*SIDES, "verdict"), one, strict=True)) for one in sides]
    run = across.Run(
        members=("nc", "oh"), snapshots={"nc": 1, "oh": 1}, terms={}, agreements={}, columns=(), birth="full",
        persons=False, gaps=(), matched_at="2026-03-01",
    )  # fmt: skip
    schema = pa.schema(
        [(name, pa.float64() if name.startswith("match_") else pa.string()) for name in across.KEPT]
    )
    across.keep(tmp_path / "identity", run, pa.Table.from_pylist(rows, schema))
    (made,) = report.across_members(tmp_path / "identity", vaults, told(tmp_path / "truth", ("NC", "OH")))
    assert made.members == ("nc", "oh")
    # three people stand twice on either roll, four pairs each; two once
    assert (made.pairs.linked, made.pairs.right, made.pairs.true, made.pairs.unsure_right) == (2, 1, 14, 1)
