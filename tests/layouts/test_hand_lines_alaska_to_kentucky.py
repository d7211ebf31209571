"""Alaska to Kentucky: lines as the states' descriptions have them, and the rows that they mean."""

from __future__ import annotations

import datetime

import pytest
from hand_lines import Row, ballot, districts, elections, told, voter

D = datetime.date

VOTERS: list[tuple[str, dict[str, str], Row]] = [
    (
        "ak/2000-01.registration",
        {
            "ASCENSION #": "00123456", "PARTY": "N ", "D/P": "22-420", "LAST NAME": "Doe  ",
            "REG DATE": "08/01/2012", "RESIDENCE ZIP": "99501", "GENDER": "U",
        },
        {
            "state_voter_id": "00123456", "status": "active", "party": "NPA", "last_name": "DOE",
            "registered_on": D(2012, 8, 1), "precinct": "22-420", "state_house_district": "22",
            "sex": "unknown", "county_fips": None, "birth_year": None,
        },
    ),
    (
        "ar/2000-01.registration",
        {
            "Voter ID": "000123", "County": "SAINT FRANCIS", "CDE_REGISTRANT_STATUS": "A   ",
            "CDE_REGISTRANT_REASON": "VER ", "date_of_birth": "1/2/1960", "CDE_PARTY": "NON ",
            "date_of_registration": "03/04/1999 00:00:00", "TEXT_RES_PHYSICAL_ADDRESS": "Rr 2 Box 5",
            "TEXT_MAIL_ZIP5": "72201", "TEXT_MAIL_ZIP4": "1234", "TEXT_PHONE_AREA_CODE": "501",
            "TEXT_PHONE_EXCHANGE": "555", "TEXT_PHONE_LAST_FOUR": "0123",
        },
        {
            "state_voter_id": "000123", "status": "active", "status_reason": "VER", "county_fips": "05123",
            "birth_date": D(1960, 1, 2), "registered_on": D(1999, 3, 4), "party": "NPA",
            "residence_line1": "RR 2 BOX 5", "mail_zip": "72201-1234", "phone": "+15015550123",
        },
    ),
    (
        "ar/2000-01.registration",
        {
            "Voter ID": "1", "CDE_REGISTRANT_STATUS": "NR", "TEXT_REGISTRANT_ADDRESS_NBR": "12",
            "TEXT_STREET_NAME": "Elm", "DESC_STREET_TYPE": "St", "DESC_UNIT_TYPE": "Apt",
            "TEXT_RES_UNIT_NUBR": "3",
        },
        {"status": "removed", "residence_line1": "12 ELM ST", "residence_unit": "APT 3"},
    ),
    (
        "az/2020-01.registration",
        {
            "RegistrantID": "55", "RegistrationDate": "2020-05-01 00:00:00", "DOB": "1975",
            "Status": "Suspense", "County": "santa cruz", "Party": "Party Not Designated", "PEVL": "Y",
            "Legislative": "07",
        },
        {
            "status": "removed", "birth_year": 1975, "county_name": "Santa Cruz", "party": "NPA",
            "registered_on": D(2020, 5, 1), "permanent_absentee": True, "state_senate_district": "7",
            "state_house_district": "7",
        },
    ),
    ("az/2020-01.registration", {"RegistrantID": "0", "Status": "active"}, {"refused": "no id"}),
    (
        "az/2000-01.registration",
        {"text_registrant_id": "9", "cde_registrant_status": "S   ", "county": "PIMA"}
        | {"desc_party": "AMERICANS ELECT"},
        {"status": "removed", "county_fips": "04019", "party": "OTH", "party_source": "AMERICANS ELECT"},
    ),
    (
        "ca/2000-01.registration",
        {
            "RegistrantID": "1", "CountyCode": "01", "Status": "A", "PartyCode": "PF", "Gender": "",
            "DOB": "1980-02-03", "RegistrationDate": "02/04/1999", "Zip": "94501-1234",
            "AddressNumber": "12", "HouseFractionNumber": "1/2", "StreetName": "Elm", "Phone1Area": "415",
            "Phone1Exchange": "555", "Phone1NumberPart": "0123", "Email": "A@Example.ORG",
        },
        {
            "county_name": "Alameda", "party": "OTH", "sex": None, "birth_date": D(1980, 2, 3),
            "registered_on": D(1999, 2, 4), "residence_line1": "12 1/2 ELM", "residence_zip4": "1234",
            "phone": "+14155550123", "email": "a@example.org",
        },
    ),
    (
        "co/2000-01.registration",
        {
            "VOTER_ID": "600000001", "COUNTY": "EL PASO", "STATUS": "Active", "GENDER": "Female",
            "PARTY": "UAF", "CONGRESSIONAL": "Congressional 1", "STATE_HOUSE": "State House 48",
            "STATE_SENATE": "State Senate 07", "PERMANENT_MAIL_IN_VOTER": "Yes", "BIRTH_YEAR": "1970",
            "RESIDENTIAL_ZIP_PLUS": "0000",
        },
        {
            "status": "active", "county_fips": "08041", "sex": "female", "party": "NPA", "birth_year": 1970,
            "congressional_district": "1", "state_house_district": "48", "state_senate_district": "7",
            "permanent_absentee": True, "residence_zip4": None,
        },
    ),
    (
        "co/2000-01.registration.master",
        {"VOTER_ID": "1", "COUNTY": "La Plata", "VOTER_STATUS": "Inactive", "PARTY": "ACN"}
        | {"RESIDENTIAL_ADDRESS": "CO RD 5 MILE 3"},
        {"status": "inactive", "county_fips": "08067", "party": "CON", "residence_line1": "CO RD 5 MILE 3"},
    ),
    (
        "ct/2000-01.registration",
        {
            "Town_ID": "042", "Voter_ID": "000000123", "Voter_Status": "A", "Special_Status": " ",
            "District_ID": "001", "Precinct_Code": "00", "Congressional_District": "002",
            "Birth_Date": "01/01/1800", "Party_Affiliation": "Worki", "Residence_City": "EAST HAMPTON      ",
            "Mailing_House_Num": "5     ", "Mailing_Unit_Num": "B", "Mailing_Address_Line_2": "ELM ST",
        },
        {
            "state_voter_id": "000000123", "county_name": "Middlesex", "confidential": False,
            "precinct": "001 00", "congressional_district": "2", "birth_date": None, "party": "WFP",
            "municipality": "EAST HAMPTON", "mail_line1": "5 ELM ST", "mail_line2": "B",
        },
    ),
    (
        "ct/2000-01.registration",
        {"Town_ID": "169", "Voter_ID": "1", "Voter_Status": "O", "Special_Status": "A"}
        | {"Voter_Status_Reason": "D", "Party_Affiliation": "RR9"},
        {"status": "removed", "status_reason": "D", "confidential": True, "county_name": "Windham"}
        | {"party": "OTH"},
    ),
    (
        "ct/2000-01.registration",
        {"Town_ID": "001", "Voter_ID": "1", "Voter_Status": "I", "Special_Status": "M"},
        {"status": "inactive", "confidential": False},
    ),
    (
        "dc/2000-01.registration",
        {
            "LASTNAME": "Roe", "FIRSTNAME": "Ann", "REGISTERED": "1999-01-05", "STATUS": "X",
            "PARTY": "No Party", "RES_HOUSE": "1", "RES STREET": "K ST NW", "RES_APT": "4", "WARD": "2",
        },
        {
            "status": "active", "party": "NPA", "registered_on": D(1999, 1, 5), "county_fips": "11001",
            "residence_line1": "1 K ST NW", "residence_unit": "4", "ward": "2",
        },
    ),
    (
        "de/2019-01.registration",
        {
            "Voter-ID": "1", "County": "N", "Status": "A", "Political Party": "IND PTY OF DE",
            "Year of Birth": "1961", "Precinct (RDED)": "1002", "Res Addr-Non-Standard": "Rr 1",
            "Mail-Addr-Zip Code": "19901", "Mail-Addr-Zip 4": "",
        },
        {
            "county_name": "New Castle", "party": "OTH", "party_source": "IND PTY OF DE", "birth_year": 1961,
            "precinct": "1002", "residence_line1": "RR 1", "mail_zip": "19901",
        },
    ),
    (
        "de/2000-01.registration",
        {"UNIQUE-ID": "1", "COUNTY": "K", "STATUS": "I", "RD": "10", "ED": "02", "PARTY": "WORKING FAM"},
        {"county_name": "Kent", "status": "inactive", "precinct": "10 02", "party": "WFP"},
    ),
    (
        "ga/2023-05.registration",
        {
            "Voter Registration Number": "1234567", "County": "JEFFDAVIS", "Status": "ACTIVE",
            "Race": "HISPANIC/LATINO", "Gender": "X", "Birth Year": "1800", "Congressional District": "013",
            "Registration Date": "02/03/2001", "Residence Zipcode": "31539-0001",
        },
        {
            "state_voter_id": "01234567", "county_name": "Jeff Davis", "status": "active", "sex": "other",
            "race": "Hispanic or Latino", "birth_year": None, "congressional_district": "13",
            "registered_on": D(2001, 2, 3), "residence_zip4": "0001", "party": None,
        },
    ),
    (
        "ga/2000-01.registration",
        {"Registration_Number": "1234567", "County_code": "44", "Voter_status": "I", "Race": "BH"}
        | {"Gender": "M", "Year_of_Birth": "1980", "Registration_date": "20010203"},
        {
            "state_voter_id": "01234567", "county_name": "DeKalb", "status": "inactive", "race": "Black",
            "sex": "male", "birth_year": 1980, "registered_on": D(2001, 2, 3),
        },
    ),
    (
        "ia/2000-01.registration",
        {
            "REGN_NUM": "1", "VOTERSTATUS": "Pending", "COUNTY": "O'BRIEN", "PARTY": "NP", "CITY": "Ames",
            "CITY (2)": "Boone", "CITY (3)": "Nevada", "ZIP_CODE": "50010", "ZIP_CODE (2)": "50036",
            "ZIP_PLUS (2)": "0001", "BIRTHDATE": "07/08/1960",
        },
        {
            "status": "pending", "county_fips": "19141", "party": "NPA", "residence_city": "AMES",
            "mail_city": "BOONE", "municipality": "NEVADA", "residence_zip5": "50010",
            "mail_zip": "50036-0001", "birth_date": D(1960, 7, 8),
        },
    ),
    (
        "id/2000-01.registration",
        {
            "VOTER ID": "9", "COUNTY NAME": "Ada", "AGE": "44", "GENDER": "F", "PARTY": "Republican",
            "STATE LEGISLATIVE DISTRICT": "14", "TELEPHONE NUMBER": "2085550123",
            "MAILING STREET NUMBER": "5", "MAILING STREET NAME1": "Elm St", "MAILING UNIT": "2",
        },
        {
            "status": "active", "county_fips": "16001", "age": 44, "birth_year": None, "party": "REP",
            "state_senate_district": "14", "state_house_district": "14", "phone": "+12085550123",
            "mail_line1": "5 ELM ST 2",
        },
    ),
    (
        "ks/2000-01.registration",
        {
            "text_registrant_id": "0001", "db_logid": "mcpherson", "cde_registrant_status": "S",
            "desc_party": "Unaffiliated", "date_of_birth": "01/01/2218", "district_kr": "074",
        },
        {
            "state_voter_id": "0001", "county_name": "McPherson", "status": "pending", "party": "NPA",
            "birth_date": None, "state_house_district": "74",
        },
    ),
    (
        "ky/2000-01.registration",
        {
            "COUNTY_CODE": "056", "LAST_NAME": "ROE", "FIRST_NAME": "ANN", "DOB": "02031980",
            "REGISTRATION_DATE": "10012000", "PARTY": "O", "OTHER_CODE": "LIB", "ZIP_RESIDENCE": "402011234",
        },
        {
            "county_name": "Jefferson", "status": "active", "birth_date": D(1980, 2, 3), "party": "OTH",
            "registered_on": D(2000, 10, 1), "residence_zip5": "40201", "residence_zip4": "1234",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "cells", "wanted"), VOTERS, ids=[key for key, _, _ in VOTERS])
def test_a_line_means_this_voter(key: str, cells: dict[str, str], wanted: Row) -> None:
    assert told(voter(key, cells), {"refused": None, **wanted}) == {"refused": None, **wanted}


ELECTIONS: list[tuple[str, dict[str, str], set[tuple[str, str, str, str]]]] = [
    (
        "ak/2000-01.registration",
        {
            "ASCENSION #": "1", "VH1": "24GENR E", "VH2": "24PRIM A", "VH3": "23ANC P", "VH4": "15RE04 Q",
            "VH5": "14REGL", "VH6": "09R123 P", "VH7": "98GENR P", "VH8": "16SPEL X",
        },
        {
            ("2024-11-05", "24GENR", "general", "early"), ("2024-08-20", "24PRIM", "primary", "mail"),
            ("", "23ANC", "municipal", "in_person"), ("", "15RE04", "other", "provisional"),
            ("", "14REGL", "municipal", "unknown"), ("", "09R123", "other", "in_person"),
            ("1998-11-03", "98GENR", "general", "in_person"),
        },
    ),
    (
        "ar/2000-01.history",
        {
            "Voter ID": "1", "General2012": "Y", "General2012HowVoted": "E   ", "Primary2010PartyVoted": "R",
            "Primary2010HowVoted": "A", "2018General": "", "GeneralLG242011": "Y", "2018GeneralRunoff": "Y",
        },
        {
            ("2012-11-06", "GENERAL2012", "general", "early"), ("", "PRIMARY2010", "primary", "mail"),
            ("", "GENERALLG242011", "special", "unknown"), ("", "2018GENERALRUNOFF", "runoff", "unknown"),
        },
    ),
    (
        "az/2020-01.registration",
        {
            "RegistrantID": "5", "GENERAL 2020": "A", "PRIMARY2024": "PV - DEM", "EL1": "A - REP",
            "PRIMARY 08/04/2020": "E", "2024 PRESIDENTIAL PREFERENCE": "",
        },
        {
            ("2020-11-03", "GENERAL 2020", "general", "mail"),
            ("2024-07-30", "PRIMARY 2024", "primary", "provisional"),
            ("2022-08-02", "PRIMARY 2022", "primary", "mail"),
            ("2020-08-04", "PRIMARY", "primary", "unknown"),
        },
    ),
    (
        "ca/2000-01.history",
        {
            "RegistrantID": "1", "CountyCode": "19", "ElectionTypeDesc": "PRESIDENTIAL PRIMARY",
            "ElectionDate": "2024-03-05", "ElectionName": "Presidential Primary", "Method": "CVR",
        },
        {("2024-03-05", "PRESIDENTIAL PRIMARY", "primary", "provisional")},
    ),
    (
        "co/2000-01.history",
        {
            "VOTER_ID": "1", "ELECTION_TYPE": "Coordinated", "ELECTION_DATE": "11/07/2023",
            "ELECTION_DESCRIPTION": "2023 Coordinated", "VOTING_METHOD": "Mail Ballot", "COUNTY_NAME": "",
        },
        {("2023-11-07", "2023 COORDINATED", "other", "mail")},
    ),
    (
        "ct/2000-01.registration",
        {
            "Voter_ID": "1", "Election_Date": "11/04/2014", "Ballot_Type": "E", "Absentee": "N",
            "Election_Date_20": "08/14/2012", "Ballot_Type_20": "P", "Absentee_20": "Y",
        },
        {("2014-11-04", "GENERAL", "general", "in_person"), ("2012-08-14", "PRIMARY", "primary", "mail")},
    ),
    (
        "dc/2000-01.registration",
        {
            "LASTNAME": "ROE", "110618-G": "V", "061918-P": "E", "112012-G": "Y", "052012-S": "N",
            "042313-S": "A", "111999-G": "V",
        },
        {
            ("2018-11-06", "110618-G", "general", "in_person"),
            ("2012-11-06", "112012-G", "general", "early"),
            ("2013-04-23", "042313-S", "special", "mail"),
            ("", "111999-G", "general", "in_person"),
        },
    ),
    (
        "de/2019-01.registration",
        {
            "Voter-ID": "1", "Voting History 1": "GE18", "Voting Method 1": "A", "Voting History 2": "PR 16",
            "Voting History 3": "SC19",
        },
        {
            ("2018-11-06", "GE18", "general", "mail"), ("", "PR 16", "primary", "unknown"),
            ("", "SC19", "other", "unknown"),
        },
    ),
    (
        "de/2000-01.registration",
        {"UNIQUE-ID": "1", "PP-HIST-1": "2016", "PR-HIST-1": "2016", "GEN-HIST-1": "2014"},
        {
            ("", "2016 PRESIDENTIAL PRIMARY", "primary", "unknown"),
            ("", "2016 PRIMARY", "primary", "unknown"), ("2014-11-04", "2014 GENERAL", "general", "unknown"),
        },
    ),
    (
        "ga/2013-01.history",
        {
            "County Number": "044", "Registration Number": "00468991", "Election Date": "11052013",
            "Election Type": "003", "Absentee": "N", "Provisional": "Y",
        },
        {("2013-11-05", "003", "general", "provisional")},
    ),
    (
        "ga/2000-01.history",
        {"County Number": "001", "Registration Number": "00468991", "Election Date": "11062007"}
        | {"Election Type": "007", "Absentee": "Y"},
        {("2007-11-06", "007", "municipal", "mail")},
    ),
    (
        "ga/2023-01.history",
        {
            "County Name": "BENHILL", "Voter Registration Number": "3223241", "Election Date": "01/06/2026",
            "Election Type": "SPECIAL ELECTION RUNOFF", "Ballot Style": "EARLY IN-PERSON", "Absentee": "Y",
        },
        {("2026-01-06", "SPECIAL ELECTION RUNOFF", "runoff", "early")},
    ),
    (
        "ia/2000-01.registration",
        {
            "REGN_NUM": "1", "GENERAL_ELECTION_DATE": "11/08/2022", "GENERAL_VOTERVOTEMETHOD": "A",
            "GENERAL_ELECTION_DATE (5)": "11/04/2014", "GENERAL_VOTERVOTEMETHOD (5)": "P",
            "CITY/SCHOOL_ELECTION_DATE": "11/05/2019", "SCHOOL_ELECTION_DATE": "09/12/2017",
        },
        {
            ("2022-11-08", "GENERAL", "general", "mail"), ("2014-11-04", "GENERAL", "general", "unknown"),
            ("2019-11-05", "CITY/SCHOOL", "municipal", "unknown"),
            ("2017-09-12", "SCHOOL", "other", "unknown"),
        },
    ),
    (
        "id/2000-01.registration",
        {
            "VOTER ID": "9", "ELECTION DATE 1": "11/06/2018", "ELECTION NAME 1": "General Election",
            "VOTED 1": "A", "ELECTION DATE 2": "05/15/2018", "ELECTION NAME 2": "Primary", "VOTED 2": "",
            "ELECTION DATE 3": "05/17/2016", "ELECTION NAME 3": "Primary", "VOTED 3": "Yes",
            "ELECTION DATE 4": "11/04/2014", "ELECTION NAME 4": "General", "VOTED 4": "NO",
        },
        {
            ("2018-11-06", "GENERAL ELECTION", "general", "mail"),
            ("2016-05-17", "PRIMARY", "primary", "unknown"),
        },
    ),
    (
        "ks/2000-01.registration",
        {
            "text_registrant_id": "1", "text_election_code_1": "GN2018", "text_election_code_2": "PR2016",
            "text_election_code_10": "SP0319",
        },
        {
            ("2018-11-06", "GN2018", "general", "unknown"), ("2016-08-02", "PR2016", "primary", "unknown"),
            ("", "SP0319", "other", "unknown"),
        },
    ),
    (
        "ky/2000-01.registration",
        {
            "LAST_NAME": "ROE", "H_YR1_LABEL": "16", "H_YR1_PRIMARY": "N", "H_YR1_GENERAL": "Y",
            "H_YR2_LABEL": "15", "H_YR2_PRIMARY": "Y", "H_YR2_GENERAL": " ",
        },
        {("2016-11-08", "16 GENERAL", "general", "unknown"), ("", "15 PRIMARY", "primary", "unknown")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "cells", "wanted"), ELECTIONS, ids=[key for key, _, _ in ELECTIONS])
def test_a_line_means_these_elections(
    key: str, cells: dict[str, str], wanted: set[tuple[str, str, str, str]]
) -> None:
    assert elections(key, cells) == wanted


def test_georgia_s_ballots_name_no_election() -> None:
    line = {
        "Voter Registration #": "468991",
        "Application Date": "10/01/2024",
        "Ballot Issued Date": "10/03/2024",
    }
    sent = {"state_voter_id": "00468991", "election_date": None, "sent_on": D(2024, 10, 3), "status": "sent"}
    assert told(ballot("ga/2000-01.absentee", line), sent) == sent
    cancelled = {"status": "spoiled", "refused": None}
    assert told(ballot("ga/2000-01.absentee", {**line, "Ballot Status": "C"}), cancelled) == cancelled


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        ({"MAIL_BALLOT_RECEIVE_DATE": "10/28/2024"}, D(2024, 10, 28)),
        ({"MAIL_BALLOT_RECEIVE_DATE": "28-OCT-24"}, D(2024, 10, 28)),
        ({"IN_PERSON_VOTE_DATE": "11/05/2024"}, D(2024, 11, 5)),
        ({"MAIL_BALLOT_RECEIVE_DATE": "10/28/0202"}, None),
    ],
)
def test_colorado_s_ballots_are_back_when_either_day_says_so(
    cells: dict[str, str], day: datetime.date | None
) -> None:
    wanted = {"returned_on": day, "refused": None}
    assert told(ballot("co/2000-01.absentee", {"VOTER_ID": "1", **cells}), wanted) == wanted


def test_colorado_s_kinds_of_districts_are_told_apart() -> None:
    line = {"VOTER_ID": "1", "FIRE_PROTECTION": "North", "FIRE_PROTECTION_2": "South", "CEMETERY": "Elm"}
    assert districts("co/2000-01.registration.master", line) == {
        ("fire", "NORTH", None),
        ("fire", "2 SOUTH", None),
        ("other", "CEMETERY ELM", None),
    }


def test_georgia_names_municipal_precincts_and_the_roll_keeps_them_apart_from_districts() -> None:
    line = {
        "Voter Registration Number": "1", "School Board District": "003", "Super School Board District": "01",
        "Municipal Precinct": "02A", "Municipal Precinct Description": "Town Hall",
    }  # fmt: skip
    assert districts("ga/2023-05.registration", line) == {
        ("school", "3", None),
        ("school", "SUPER 1", None),
        ("other", "MUNICIPAL PRECINCT 2A", "TOWN HALL"),
    }


def test_whoever_has_no_published_id_keeps_the_made_one_while_the_line_stays() -> None:
    line = {"LAST_NAME": "ROE", "FIRST_NAME": "ANN", "DOB": "02031980", "REGISTRATION_DATE": "10012000"}
    made = voter("ky/2000-01.registration", line)["state_voter_id"]
    moved = voter("ky/2000-01.registration", {**line, "ADDRESS_RESIDENCE": "1 ELM ST"})["state_voter_id"]
    another = voter("ky/2000-01.registration", {**line, "DOB": "02041980"})["state_voter_id"]
    assert made == moved != another
