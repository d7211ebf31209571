"""Oklahoma to Wyoming: lines as the states' descriptions have them, and the rows that they mean."""

from __future__ import annotations

import datetime

import pytest
from hand_lines import Row, ballot, districts, elections, told, voter

D = datetime.date

TEXAS = {
    "COUNTY CODE": "101", "PRECINCT": "0123      ", "VUID": "1000000001", "GENDER": "F", "DOB": "19800102",
    "PERM HOUSE NUMBER": "12       ", "PERM DESIGNATOR": "1/2         ", "PERM STREET NAME": "OAK",
    "PERM STREET TYPE": "DR", "PERM UNIT NUMBER": "4", "PERM UNIT TYPE": "APT", "PERM ZIPCODE": "770011234",
    "EDR": "20040305", "STATUS CODE": "S", "HISPANIC SURNAME FLAG": "Y",
}  # fmt: skip
OREGON = {"VOTER_ID": "0123", "STATUS": "A", "COUNTY": "HOOD RIVER", "RES_ADDRESS_1": "1 X ST"}

VOTERS: list[tuple[str, dict[str, str], Row]] = [
    (
        "ok/2000-01.registration",
        {
            "Precinct": "550012", "VoterID": "801234567", "PolitalAff": "IND", "Status": "A",
            "StreetNum": "12", "StreetDir": "N", "StreetName": "Main", "StreetType": "ST",
            "StreetPostDir": "E", "BldgNum": "4",
            "Zip": "741031234", "DateOfBirth": "01/02/1980", "OriginalRegistration": "03/04/2001",
        },
        {
            "county_name": "Oklahoma", "precinct": "550012", "party": "NPA", "birth_date": D(1980, 1, 2),
            "residence_line1": "12 N MAIN ST E", "residence_unit": "4", "residence_state": "OK",
            "residence_zip5": "74103", "residence_zip4": "1234", "registered_on": D(2001, 3, 4),
        },
    ),
    (
        "ok/2000-01.registration",
        {"Precinct": "010001", "VoterID": "1", "PolitalAff": "REP", "Status": "I", "DateOfBirth": "19800102"},
        {"county_fips": "40001", "status": "inactive", "birth_date": D(1980, 1, 2)},
    ),
    (
        "or/2000-01.registration",
        {**OREGON, "PARTY_CODE": "IND", "BIRTH_DATE": "1970", "EFF_REGN_DATE": "01-05-1999"},
        {
            "state_voter_id": "0123", "county_fips": "41027", "party": "OTH", "birth_year": 1970,
            "birth_date": None, "registered_on": D(1999, 1, 5), "confidential": False,
        },
    ),
    (
        "or/2000-01.registration",
        {**OREGON, "PARTY_CODE": "PGP", "BIRTH_DATE": "03-01-1970", "EFF_REGN_DATE": "01-01-0001"},
        {"party": "GRN", "birth_year": 1970, "registered_on": None, "lost_registered_on": "placeholder"},
    ),
    (
        "or/2000-01.registration",
        {**OREGON, "PARTY_CODE": "ACP", "BIRTH_DATE": "ACP"},
        {"confidential": True, "party": "UNK", "birth_year": None, "lost_birth_year": "placeholder"},
    ),
    (
        "or/2000-01.registration",
        {**OREGON, "PARTY_CODE": "DEM", "CONFIDENTIAL": "Confidential"},
        {"confidential": True, "party": "DEM"},
    ),
    ("or/2000-01.registration", {**OREGON, "PARTY_CODE": "  "}, {"confidential": False, "party": "UNK"}),
    (
        "pa/2024-06.registration",
        {
            "ID Number": "012345678-01", "Voter Status": "A", "Party Code": "NF", "DOB": "01/02/1980",
            "House Number": "12", "House Number Suffix": "1/2", "Street Name": "MAIN ST",
            "Apartment Number": "APT 2", "County": "MCKEAN", "Home Phone": "8145550123",
            "Custom Data 1": "77",
        },
        {
            "state_voter_id": "012345678-01", "county_fips": "42083", "party": "NPA", "phone": "+18145550123",
            "residence_line1": "12 1/2 MAIN ST", "residence_unit": "APT 2", "county_voter_id": "77",
        },
    ),
    (
        "pa/2007-03.registration",
        {"ID Number": "1-01", "Voter Status": "I", "Party Code": "LN", "County": "ADAMS"},
        {"status": "inactive", "party": "OTH", "party_source": "LN"},
    ),
    (
        "ri/2000-01.registration",
        {
            "VOTER ID": "0001", "STATUS CODE": "AC", "PARTY CODE": "U", "CITY": "WARWICK", "UNIT": "3",
            "STREET NUMBER": "12", "SUFFIX A": "A", "STREET NAME": "Elm St", "ZIP CODE": "02886",
            "ZIP4 CODE": "0000", "DATE EFFECTIVE": "01/01/1800", "YEAR OF BIRTH": "1800",
            "STATE SENATE DISTRICT": "030", "PHONE NUMBER": "(401) 555-0123", "EMAIL": "A@example.org",
        },
        {
            "status": "active", "party": "NPA", "county_name": "Kent", "municipality": "WARWICK",
            "residence_line1": "12 A ELM ST", "residence_unit": "3", "residence_zip5": "02886",
            "residence_zip4": None, "registered_on": None, "birth_year": None, "phone": "+14015550123",
            "state_senate_district": "30", "email": "a@example.org", "lost_birth_year": "placeholder",
        },
    ),
    (
        "sd/2000-01.registration",
        {
            "Id": "7", "Status": "Active", "Party": "IND", "County": "Oglala Lakota", "DOB": "1975",
            "House District": "26A", "Original Registration Date": "1/2/1993",
            "Last Registration Date": "2/3/2004",
        },
        {
            "county_fips": "46102", "party": "NPA", "birth_year": 1975, "state_house_district": "26A",
            "registered_on": D(2004, 2, 3),
        },
    ),
    (
        "sd/2000-01.registration",
        {"Id": "8", "Status": "inactive", "Party": "LIB", "County": "MCCOOK", "DOB": "03/04/1975"},
        {"status": "inactive", "county_name": "McCook", "birth_year": 1975, "birth_date": None},
    ),
    (
        "tx/2000-01.registration.fwf685",
        TEXAS,
        {
            "county_name": "Harris", "precinct": "0123", "status": "inactive", "sex": "female", "party": None,
            "birth_date": D(1980, 1, 2), "residence_line1": "12 1/2 OAK DR", "residence_unit": "APT 4",
            "residence_state": "TX", "residence_zip5": "77001", "residence_zip4": "1234", "ethnicity": None,
            "registered_on": D(2004, 3, 5),
        },
    ),
    (
        "tx/2025-10.registration.csv",
        {
            "county_code": "1", "vuid": "1000000001", "cd_status": "C", "dob": "1980-01-02",
            "residential_address": "12 OAK ST HOUSTON 77001", "mailing_address": "PO BOX 1 ERIE PA 165011234",
        },
        {
            "county_name": "Anderson", "status": "removed", "residence_line1": "12 OAK ST HOUSTON 77001",
            "residence_zip5": "77001", "mail_zip": "165011234", "birth_date": D(1980, 1, 2),
        },
    ),
    (
        "ut/2000-01.registration",
        {
            "Voter ID": "5", "Status": "Active", "Absentee": "Y", "Registration Date": "1/5/2004",
            "Party": "Republican", "Mailing city, state  zip": "SALT LAKE CITY, UT  84101",
            "County ID": "SALT LAKE", "House Number": "1", "Direction Prefix": "E", "Street": "100",
            "Direction Suffix": "S", "DOB": "",
        },
        {
            "registered_on": D(2004, 1, 5), "party": "REP", "county_fips": "49035", "birth_date": None,
            "mail_city": "SALT LAKE CITY", "mail_state": "UT", "mail_zip": "84101",
            "residence_line1": "1 E 100 S", "permanent_absentee": True,
        },
    ),
    (
        "ut/2000-01.registration",
        {"Voter ID": "6", "Status": "Inactive", "Registration Date": "12:00:00 AM", "County ID": "Utah"}
        | {"Party": "Independent American", "Absentee": "N"},
        {"registered_on": None, "lost_registered_on": "placeholder", "party": "OTH"}
        | {"permanent_absentee": False},
    ),
    (
        "va/2000-01.registration",
        {
            "IDENTIFICATION_NUMBER": "000123456", "STATUS": "CANCELLED", "LOCALITY_CODE": "760",
            "DOB": "1980",
            "ADDRESS_LINE_1": "RR 1 BOX 2", "ZIP": "23220-1234", "STHOUSE_CODE_VALUE": "078",
        },
        {
            "state_voter_id": "000123456", "status": "removed", "county_fips": "51760", "birth_date": None,
            "birth_year": 1980, "lost_birth_date": None, "residence_line1": "RR 1 BOX 2",
            "state_house_district": "78", "residence_zip4": "1234",
        },
    ),
    (
        "va/2000-01.registration",
        {"IDENTIFICATION_NUMBER": "1", "STATUS": "Incomplete", "LOCALITY_CODE": "59", "DOB": "01/02/1980"}
        | {"HOUSE_NUMBER": "12", "DIRECTION": "N", "STREET_NAME": "Main", "STREETTYPECODENAME": "ST"},
        {"status": "pending", "county_name": "Fairfax", "county_fips": "51059", "birth_date": D(1980, 1, 2)}
        | {"residence_line1": "12 N MAIN ST", "birth_year": 1980},
    ),
    (
        "vt/2020-01.registration",
        {
            "VoterID": "1234567", "Status": "ACTIVE", "County": "CHITTENDEN", "Legal Address Zip": "5401",
            "Mailing Address Zip": "H2X 1Y4", "Year of Birth": "1900", "Town of Registration": "Burlington",
            "Senate District": "CHI-SE", "Voting District": "CHI-6-1",
        },
        {
            "state_voter_id": "001234567", "residence_zip5": "05401", "mail_zip": "H2X 1Y4",
            "birth_year": None, "county_fips": "50007", "municipality": "BURLINGTON",
            "state_senate_district": "CHI-SE", "state_house_district": "CHI-6-1",
        },
    ),
    (
        "wi/2000-01.registration",
        {
            "Voter Reg Number": "12345", "Voter Status": "Inactive", "County": "LACROSSE COUNTY",
            "Address1": "1 MAIN ST", "Address2": "LA CROSSE, WI 54601-1234", "ZipCode": "54601-1234",
            "IsPermanentAbsentee": "No", "State Senate": "032",
        },
        {
            "state_voter_id": "0000012345", "status": "removed", "county_fips": "55063",
            "residence_city": "LA CROSSE", "residence_zip5": "54601", "permanent_absentee": False,
            "state_senate_district": "32", "birth_year": None, "party": None,
        },
    ),
    (
        "wv/2000-01.registration",
        {
            "ID_VOTER": "001", "Status": "Active", "County_Name": "MCDOWELL", "HOUSE NO": "12",
            "STREET": 'X "Y" RD', "DATE OF BIRTH": "1/2/1980 0:00:00",
            "REGISTRATION DATE": "3/4/2004 0:00:00",
            "PartyAffiliation": "No  Party Affiliation    ", "Congressional District": "0001",
        },
        {
            "county_fips": "54047", "residence_line1": '12 X "Y" RD', "birth_date": D(1980, 1, 2),
            "registered_on": D(2004, 3, 4), "party": "NPA", "congressional_district": "1",
        },
    ),
    (
        "wv/2000-01.registration",
        {"ID_VOTER": "2", "Status": "Inactive", "County_Name": "Ohio", "PartyAffiliation": "REPUBLICN"},
        {"party": "OTH", "party_source": "REPUBLICN", "status": "inactive"},
    ),
    (
        "wy/2000-01.registration",
        {"Voter ID": "9", "County": "NATRONA", "Political Party": "UNAFFILIATED", "House": "35"},
        {"status": "active", "party": "NPA", "county_fips": "56025", "residence_state": "WY"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "cells", "wanted"), VOTERS, ids=[key for key, _, _ in VOTERS])
def test_a_line_means_this_voter(key: str, cells: dict[str, str], wanted: Row) -> None:
    assert told(voter(key, cells), {"refused": None, **wanted}) == {"refused": None, **wanted}


# what stands in the voter's id where a line is shifted, and a code that no document lists
REFUSED = [
    ("wi/2000-01.registration", {"Voter Reg Number": "DOE", "Voter Status": "1/2/2004", "County": "DANE"}),
    ("pa/2007-03.registration", {"ID Number": "1-01", "Voter Status": "D", "County": "ADAMS"}),
    ("ri/2000-01.registration", {"VOTER ID": "1", "STATUS CODE": "A", "CITY": "BOSTON"}),
]


@pytest.mark.parametrize(("key", "cells"), REFUSED, ids=[key for key, _ in REFUSED])
def test_a_line_that_no_document_explains_is_refused(key: str, cells: dict[str, str]) -> None:
    assert str(voter(key, cells)["refused"]).startswith("unknown code")


VOTED_2020 = {"ELECTION DATE": "20201103", "ELECTION TYPE": "GE", "ELECTION VOTING METHOD": "EV"}

ELECTIONS: list[tuple[str, dict[str, str], set[tuple[str, str, str, str]]]] = [
    (
        "ok/2000-01.history",
        {"VoterID": "8", "ElectionDate": "11/03/2020", "VotingMethod": "AI"},
        {("2020-11-03", "NOT NAMED", "general", "early")},
    ),
    (
        "ri/2000-01.history",
        {
            "VOTER ID": "1", "ELECTION 1": "2018 Statewide General Election", "DATE 1": "11/06/2018",
            "ELECTION 8": "2018 Statewide Primary", "DATE 8": "09/12/2018", "PARTY 8": "D",
        },
        {
            ("2018-11-06", "2018 STATEWIDE GENERAL ELECTION", "general", "unknown"),
            ("2018-09-12", "2018 STATEWIDE PRIMARY", "primary", "unknown"),
        },
    ),
    (
        "sd/2000-01.history",
        {"VoterID": "7", "ElectionDate": "06/05/2018", "ElectionType": "Primary", "vhVoteType": "Absentee"},
        {("2018-06-05", "PRIMARY", "primary", "mail")},
    ),
    (
        "tx/2000-01.history.fwf685",
        {**TEXAS, **VOTED_2020},
        {("2020-11-03", "NOT NAMED", "general", "early")},
    ),
    (
        "tx/2000-01.history.fwf679",
        {**TEXAS, **VOTED_2020, "ELECTION TYPE": "LR", "ELECTION VOTING METHOD": "PB    "},
        {("2020-11-03", "NOT NAMED", "runoff", "provisional")},
    ),
    # rejected, and a voter's line without an election
    ("tx/2000-01.history.fwf685", {**TEXAS, **VOTED_2020, "ELECTION VOTING METHOD": "AX"}, set()),
    ("tx/2000-01.history.fwf685", TEXAS, set()),
    (
        "ut/2000-01.registration",
        {"Voter ID": "5", "11/6/2018": "X", "8/13/2019": "Y", "6/26/2018": ""},
        {("2018-11-06", "11/6/2018", "general", "unknown"), ("2019-08-13", "8/13/2019", "other", "unknown")},
    ),
    (
        "va/2000-01.history",
        {"IDENTIFICATION_NUMBER": "1", "ELECTION_DATE": "06/18/2024", "ELECTION_NAME": "2024 June Primary"}
        | {"ELECTION_TYPE": "Primary", "PRIMARY_TYPE_CODE_NAME": "Democratic", "ABSENTEE": "TRUE"},
        {("2024-06-18", "2024 JUNE PRIMARY", "primary", "mail")},
    ),
    (
        "va/2000-01.history",
        {"IDENTIFICATION_NUMBER": "1", "ELECTION_DATE": "11/05/2024", "ELECTION_TYPE": "General"}
        | {"ELECTION_NAME": "2024 November General", "ABSENTEE": "FALSE", "PROVISIONAL": "FALSE"},
        {("2024-11-05", "2024 NOVEMBER GENERAL", "general", "in_person")},
    ),
    (
        "vt/2020-01.registration",
        {
            "VoterID": "1", "2008 Gen Election Participation": "True",
            "2020 Gen Election Participation": "False", "11/05/2024-2024 STATEWIDE GENERAL": "TRUE",
            "08/13/2024-2024 STATEWIDE PRIMARY": "True", "03/05/2024-2024 PRESIDENTIAL PRIMARY": "",
        },
        {
            ("2008-11-04", "2008 GEN ELECTION PARTICIPATION", "general", "unknown"),
            ("2024-11-05", "2024 STATEWIDE GENERAL", "general", "unknown"),
            ("2024-08-13", "2024 STATEWIDE PRIMARY", "primary", "unknown"),
        },
    ),
    (
        "wi/2000-01.registration",
        {"Voter Reg Number": "1", "November2024": "Absentee", "April2024": "At Polls", "August2022": ""},
        {("2024-11-05", "NOVEMBER2024", "general", "mail"), ("", "APRIL2024", "other", "in_person")},
    ),
    (
        "wv/2000-01.history",
        {
            "id_voter": "1", "dt_election": "11/3/2020 0:00:00", "Election_Name": "2020 General",
            "cd_election_type": "G", "fl_early_voting": "Y", "fl_absentee": "N",
        },
        {("2020-11-03", "2020 GENERAL", "general", "early")},
    ),
    (
        "wv/2022-09.history",
        {"ID_VOTER": "1", "DT_ELECTION": "5/14/2024 0:00:00", "NM_ELECTION": "2024 Primary"}
        | {"CD_ELECTION_TYPE": "P", "CD_ENTRY_TYPE": "R"},
        {("2024-05-14", "2024 PRIMARY", "primary", "in_person")},
    ),
    (
        "wy/2000-01.history",
        {"VOTER_ID": "9", "PARTY": "UAF", "ELECTION DATE": "11/03/2020", "VOTE METHOD": "Polls"},
        {("2020-11-03", "NOT NAMED", "general", "in_person")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "cells", "wanted"), ELECTIONS, ids=[key for key, _, _ in ELECTIONS])
def test_a_line_means_these_elections(
    key: str, cells: dict[str, str], wanted: set[tuple[str, str, str, str]]
) -> None:
    assert elections(key, cells) == wanted


ISSUED = {"IDENTIFICATION_NUMBER": "1", "ELECTION_DATE": "11/03/2026", "APP_RECIEPT_DATE": "10/1/2026"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"BALLOT_STATUS": "Issued"}, {"status": "sent", "returned_on": None}),
        (
            {"BALLOT_STATUS": "Marked", "BALLOT_RECEIPT_DATE": "10/20/2026"},
            {"status": "returned", "returned_on": D(2026, 10, 20)},
        ),
        (
            {"BALLOT_STATUS": "On Machine", "BALLOT_RECEIPT_DATE": "10/21/2026 10:33:00"},
            {"status": "accepted", "returned_on": D(2026, 10, 21)},
        ),
        (
            {"BALLOT_STATUS": "Unmarked", "BALLOTSTATUSREASON": "No signature"},
            {"status": "rejected", "reason": "NO SIGNATURE"},
        ),
        ({}, {"status": "requested", "requested_on": D(2026, 10, 1), "election_date": D(2026, 11, 3)}),
        ({"BALLOT_STATUS": "Not Issued"}, {"left_out": "no ballot was sent"}),
    ],
)
def test_virginia_s_ballots(said: dict[str, str], wanted: Row) -> None:
    assert told(ballot("va/2000-01.absentee", {**ISSUED, **said}), {"refused": None, **wanted}) == {
        "refused": None,
        **wanted,
    }


def test_wisconsin_s_ballots_have_years_of_two_digits() -> None:
    line = {"voterregnumber": "12345", "dateballotsent": "03/04/20"}
    sent = {"state_voter_id": "0000012345", "sent_on": D(2020, 3, 4), "status": "sent", "refused": None}
    assert told(ballot("wi/2020-01.absentee", {**line, "ballotstatusreason": "Official"}), sent) == sent
    back = {"returned_on": D(2020, 3, 9), "status": "returned", "refused": None}
    returned = {**line, "dateballotreturned": "03/09/20", "ballotstatusreason": "Returned"}
    assert told(ballot("wi/2020-01.absentee", returned), back) == back


def test_districts_of_one_kind_are_told_apart() -> None:
    line = {
        "VOTER ID": "1", "CITY": "WARWICK", "WARD/COUNCIL": "05", "WARD DISTRICT": "2", "FIRE DISTRICT": "0",
    }  # fmt: skip
    assert districts("ri/2000-01.registration", line) == {("ward", "5", None), ("ward", "DISTRICT 2", None)}


def test_virginia_names_its_districts() -> None:
    line = {"IDENTIFICATION_NUMBER": "1", "SUPERDIST_CODE_VALUE": "01", "SUPERDIST_CODE_NAME": "First"}
    assert districts("va/2000-01.registration", line) == {("county_commission", "1", "FIRST")}
