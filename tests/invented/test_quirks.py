"""Each file is wrong in the ways of its state, seldom and always."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import reading


def share(rows: list[reading.Row], column: str, *values: str) -> float:
    return sum(row[column] in values for row in rows) / len(rows)


def iso(american: str) -> str:
    return f"{american[6:]}-{american[:2]}-{american[3:5]}"


def test_north_carolina(large: Path) -> None:
    rows = reading.nc(large)
    removed = [row for row in rows if row["status_cd"] == "R "]
    assert 0.03 < len(removed) / len(rows) < 0.1
    assert all(row["res_street_address"] == row["mail_addr1"] == row["zip_code"] == "" for row in removed)
    assert all(row["voter_status_reason_desc"] for row in rows)
    masked = [row for row in rows if row["registr_dt"] == "##/##/####"]
    assert masked and all(row["confidential_ind"] == "Y" and not row["res_street_address"] for row in masked)
    assert 0 < len(masked) / len(rows) < 0.006
    assert {row["status_cd"] for row in rows} == {"A ", "I ", "R ", "S ", "D "}
    assert {row["county_desc"] for row in rows if row["county_id"] == "100"} == {"YANCEY         "}
    assert all(len(row["ncid"]) == 12 and len(row["voter_reg_num"]) == 12 for row in rows)
    assert len({row["county_id"] for row in rows}) == 100


def test_north_carolina_keeps_a_mover_in_the_old_county_as_removed(large: Path) -> None:
    rows = reading.nc(large)
    by_id: dict[str, list[reading.Row]] = {}
    for row in rows:
        by_id.setdefault(row["ncid"], []).append(row)
    several = [found for found in by_id.values() if len(found) > 1]
    assert len(several) > 100
    for found in several:
        assert len({row["county_id"] for row in found}) == len(found)
        assert sorted(row["status_cd"] == "R " for row in found) == [False] + [True] * (len(found) - 1)


def test_north_carolina_county_numbers_repeat_across_the_state(large: Path) -> None:
    rows = reading.nc(large)
    numbers = [row["voter_reg_num"] for row in rows]
    assert len(set(numbers)) < len(numbers)
    assert len({(row["county_id"], row["voter_reg_num"]) for row in rows}) == len(rows)


def test_north_carolina_history_names_real_elections_and_repeats_a_few(large: Path) -> None:
    rows = list(reading.quoted(large / "NC" / "ncvhis_Statewide.txt", "\t"))
    dates = {row["election_lbl"] for row in rows}
    assert {
        "11/06/2018",
        "11/03/2020",
        "11/08/2022",
        "11/07/2023",
        "11/05/2024",
        "11/04/2025",
        "11/03/2026",
    } <= dates
    pairs = Counter((row["ncid"], row["election_lbl"]) for row in rows)
    assert 0 < sum(count > 1 for count in pairs.values()) / len(pairs) < 0.005
    assert {row["ncid"] for row in rows} <= {row["ncid"] for row in reading.nc(large)}


def test_north_carolina_absentee(large: Path) -> None:
    rows = reading.absentee(large)
    kinds = Counter((row["ballot_req_type"], row["ballot_req_delivery_type"]) for row in rows)
    assert set(kinds) == {("MAIL", "MAIL"), ("EARLY VOTING", "IN PERSON")}
    known = """ACCEPTED|ACCEPTED - CURED|CANCELLED|ID NOT PROVIDED|NO TIME FOR CURE - CONTACTED
        |PHOTO ID NONCOMPLIANT|RETURNED AFTER DEADLINE|RETURNED UNDELIVERABLE|SIGNATURE DIFFERENT|SPOILED
        |WITNESS INFO INCOMPLETE"""
    statuses = {row["ballot_rtn_status"] for row in rows}
    assert statuses - {""} <= {word.strip() for word in known.split("|")}
    assert {"", "ACCEPTED", "ACCEPTED - CURED", "SPOILED", "RETURNED AFTER DEADLINE"} <= statuses
    assert {row["election_dt"] for row in rows} == {"11/03/2026"}
    assert any(int(row["age"]) > 200 for row in rows)
    assert all(row["ballot_rtn_dt"] == "" for row in rows if row["ballot_rtn_status"] == "")


def test_absentee_ballots_that_counted_are_the_votes_of_the_history(large: Path) -> None:
    votes = {
        (row["ncid"].rstrip(), row["voting_method"])
        for row in reading.quoted(large / "NC" / "ncvhis_Statewide.txt", "\t")
        if row["election_lbl"] == "11/03/2026"
    }
    methods = {"MAIL": "ABSENTEE", "EARLY VOTING": "EARLY VOTING IN-PERSON"}
    counted = {
        (row["ncid"], methods[row["ballot_req_type"]])
        for row in reading.absentee(large)
        if row["ballot_rtn_status"].startswith("ACCEPTED")
    }
    assert counted == {vote for vote in votes if vote[1] in methods.values()}


def test_nobody_votes_early_before_registering(large: Path) -> None:
    registered = {
        row["ncid"].rstrip(): iso(row["registr_dt"])
        for row in reading.nc(large)
        if row["status_cd"] != "R " and "#" not in row["registr_dt"]
    }
    rows = [row for row in reading.absentee(large) if row["ncid"] in registered]
    assert any(row["sdr"] == "Y" for row in rows)
    for row in rows:
        assert registered[row["ncid"]] <= iso(row["ballot_req_dt"])


def test_nobody_registers_before_sixteen(large: Path) -> None:
    for row in reading.oh(large):
        if row["REGISTRATION_DATE"] > "1900-01-01" and row["DATE_OF_BIRTH"] > "1800-01-01":
            assert int(row["REGISTRATION_DATE"][:4]) - int(row["DATE_OF_BIRTH"][:4]) >= 16
    for row in reading.nc(large):
        if "#" not in row["registr_dt"]:
            assert int(row["registr_dt"][6:]) - int(row["birth_year"]) >= 16


def test_ohio(large: Path) -> None:
    rows = reading.oh(large)
    assert any('"' in row["FIRST_NAME"] for row in rows)
    assert 0.02 < share(rows, "REGISTRATION_DATE", "1900-01-01") < 0.06
    assert 0 < share(rows, "DATE_OF_BIRTH", "1800-01-01") < 0.002
    assert {row["VOTER_STATUS"] for row in rows} == {"ACTIVE", "CONFIRMATION"}
    assert {row["PARTY_AFFILIATION"] for row in rows} == {"", "D", "R", "L", "G"}
    assert len({row["COUNTY_NUMBER"] for row in rows}) == 88
    assert {row["GENERAL-11/03/2026"] for row in rows} == {"", "X"}
    assert {"", "X", "D", "R"} <= {row["PRIMARY-05/05/2026"] for row in rows}


def test_ohio_party_is_the_last_primary_ballot(large: Path) -> None:
    recent = ["PRIMARY-05/06/2025", "PRIMARY-05/05/2026"]
    for row in reading.oh(large):
        declared = [row[name] for name in recent if row[name] not in ("", "X")]
        assert row["PARTY_AFFILIATION"] == (declared[-1] if declared else "")


def test_florida(large: Path) -> None:
    rows = reading.fl(large)
    exempt = [row for row in rows if row["exempt"] == "Y"]
    assert 0.005 < len(exempt) / len(rows) < 0.03
    assert {row["last"] for row in exempt} == {"", "*"}
    assert {row["zip"] for row in exempt} == {"", "99999"}
    shielded = set(reading.FL_COLUMNS) - {
        "county",
        "id",
        "exempt",
        "sex",
        "race",
        "registered",
        "party",
        "status",
    }
    for row in exempt:
        assert {row[column] for column in shielded} <= {"", "*", "99999"}
    assert {row["status"] for row in rows} == {"ACT", "INA", "PRE"}
    assert any(not row["birth"] for row in rows if row["exempt"] == "N")
    assert any('"' in row["first"] for row in rows)
    assert any(ord(letter) > 127 for row in rows for letter in row["last"])
    assert {len(row["phone"]) for row in rows} == {0, 7}


def test_florida_history_has_a_few_junk_dates(large: Path) -> None:
    dates = Counter(row[2] for row in reading.fl_history(large))
    junk = sum(n for date, n in dates.items() if not date[6:].startswith("20"))
    assert 0 < junk < 40
    assert {row[3] for row in reading.fl_history(large)} == {"GEN", "PRI", "PPP", "OTH"}


def test_washington(large: Path) -> None:
    rows = reading.wa(large)
    assert {row["StatusCode"] for row in rows} == {"Active", "Inactive", "Pending"}
    assert any(row["FName"] == "-VOTER_DID_NOT_PROVIDE_FIRSTNAME" for row in rows)
    assert any(row["LName"] == "-VOTER_DID_NOT_PROVIDE_LASTNAME" for row in rows)
    assert 0 < sum(row["Registrationdate"].startswith("2218") for row in rows) < 30
    assert len({row["CountyCode"] for row in rows}) == 39
    assert not any("party" in column.lower() for column in rows[0])
    assert any(row["RegStFrac"] == "1/2" for row in rows)


def test_washington_last_vote_is_the_latest_of_the_history(large: Path) -> None:
    latest: dict[str, str] = {}
    for path in sorted((large / "WA").glob("*_VotingHistory_*.txt")):
        for row in reading.unquoted(path, "|"):
            latest[row["StateVoterID"]] = max(latest.get(row["StateVoterID"], ""), row["ElectionDate"])
    assert {row["StateVoterID"]: row["LastVoted"] for row in reading.wa(large) if row["LastVoted"]} == latest
