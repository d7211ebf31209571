"""Maryland to New York: lines as the states' descriptions have them, and the rows that they mean."""

from __future__ import annotations

import datetime

import pytest
from hand_lines import Row, ballot, districts, elections, told, voter

D = datetime.date

VOTERS: list[tuple[str, dict[str, str], Row]] = [
    (
        "md/2000-01.registration",
        {
            "VTRID": "0001", "STATUS_CODE": "I", "PARTY": "OGRN", "GENDER": "F", "COUNTY": "PRINCE GEORGE'S",
            "STATE_REGISTRATION_DATE": "03-09-2001", "HOUSE_NUMBER": "12", "HOUSE_SUFFIX": "1/2",
            "STREET_PREDIRECTION": "N", "STREETNAME": "Main", "STREETTYPE": "St", "UNITTYPE": "Apt",
            "UNITNUMBER": "3", "LEGISLATIVE_DISTRICTS": "08A", "MAILINGZIP5": "20707", "MAILINGZIP4": "1234",
        },
        {
            "state_voter_id": "0001", "status": "inactive", "party": "GRN", "party_source": "OGRN",
            "sex": "female", "county_fips": "24033", "registered_on": D(2001, 3, 9),
            "residence_line1": "12 1/2 N MAIN ST", "residence_unit": "APT 3", "state_senate_district": "8",
            "state_house_district": "8A", "mail_zip": "20707-1234",
        },
    ),
    (
        "md/2000-01.registration",
        {"VTRID": "2", "STATUS_CODE": "A", "COUNTY": "Baltimore City", "NON_STD_ADDRESS": "Pier 4"},
        {"county_fips": "24510", "residence_line1": "PIER 4", "birth_year": None},
    ),
    (
        "me/2000-01.registration",
        {"VOTER ID": "07", "STATUS": "PR", "REG TOWN": "Portland", "WP": "1-2", "CTY": "03cum"}
        | {"YOB": "2008"},
        {"status": "pending", "county_name": "Cumberland", "precinct": "PORTLAND 1-2", "birth_year": 2008},
    ),
    (
        "me/2000-01.registration.cancelled",
        {
            "Id_Voter": "07", "Status": "C", "DT_Birth": "03/04/1970", "Off_Reason": "Deceased",
            "City": "Portland", "City (2)": "Bangor", "DT_Accept": "1999-01-02",
        },
        {
            "status": "removed", "birth_year": 1970, "birth_date": None, "residence_city": "PORTLAND",
            "mail_city": "BANGOR", "registered_on": D(1999, 1, 2), "status_reason": "DECEASED",
        },
    ),
    (
        "mi/2000-01.registration",
        {
            "VOTER_IDENTIFICATION_NUMBER": "0001234567890", "VOTER_STATUS_TYPE_CODE": "V ", "GENDER": "2",
            "REGISTRATION_DATE": "01021990", "COUNTY_CODE": "74", "JURISDICTION_CODE": "46000",
            "WARD": "01005 ", "STATE_HOUSE_DISTRICT_CODE": "00067", "IS_PERMANENT_ABSENTEE_VOTER": "Y",
        },
        {
            "status": "inactive", "sex": "female", "registered_on": D(1990, 1, 2), "permanent_absentee": True,
            "county_name": "St. Clair", "precinct": "46000 01005", "state_house_district": "67",
            "party": None,
        },
    ),
    (
        "mi/2019-01.registration",
        {
            "VOTER_IDENTIFICATION_NUMBER": "12", "VOTER_STATUS_TYPE_CODE": "CH", "COUNTY_CODE": "5",
            "MAILING_ADDRESS_LINE_THREE": "Box 1", "MAILING_ADDRESS_LINE_FIVE": "Lansing MI",
        },
        {"status": "inactive", "county_name": "Antrim", "mail_line3": "BOX 1 LANSING MI"},
    ),
    (
        "mn/2000-01.registration",
        {
            "VoterId": "0012", "CountyCode": "69", "RegistrationDate": "1990-05-06 00:00:00",
            "ZipCode": "55802-1234", "PhoneNumber": "2185550123", "Legislative": "08A", "StateSen": "08",
        },
        {
            "status": "active", "county_name": "St. Louis", "registered_on": D(1990, 5, 6),
            "residence_zip5": "55802", "residence_zip4": "1234", "phone": "+12185550123",
            "state_house_district": "8A", "state_senate_district": "8",
        },
    ),
    (
        "mo/2000-01.registration",
        {"Voter ID": "1", "County": "ST LOUIS CITY", "Birthdate": "03/04/1970", "Status": "Inactive"},
        {"county_fips": "29510", "birth_date": D(1970, 3, 4), "birth_year": 1970, "status": "inactive"},
    ),
    (
        "mo/2000-01.registration",
        {"Voter ID": "1", "County": "Kansas City", "Birthdate": "1970"},
        {"county_name": "Jackson", "birth_date": None, "birth_year": 1970, "status": "active"}
        | {"lost_birth_date": None},
    ),
    (
        "ms/2000-01.registration",
        {"MAPPING_VALUE": "5", "STATUS": "Purged", "LAST_NAME": 'DOE "D"  ', "RES_COUNTY": "DESOTO"},
        {"status": "removed", "last_name": 'DOE "D"', "county_name": "DeSoto"},
    ),
    (
        "mt/2000-01.registration",
        {
            "VTRID": "1", "VOTER_STATUS": "Late Registration", "CURRENT_COUNTY": "Silver Bow",
            "ABSENTEE": "Y",
            "PHONE_NO": "(406) 555-0123", "RESIDENCEADDRESS": "RR 1", "MA_ZIP_CODE": "59701",
        },
        {
            "status": "pending", "county_fips": "30093", "permanent_absentee": True, "phone": "+14065550123",
            "residence_line1": "RR 1", "mail_zip": "59701",
        },
    ),
    (
        "ne/2024-01.registration",
        {
            "text_registrant_id": "0077", "cde_registrant_status": "A", "db_logid": "Mcpherson",
            "birth_year": "1970", "desc_party": "Legal Marijuana NOW", "text_phone_area_code": "308",
            "text_phone_exchange": "555", "text_phone_last_four": "0123", "district_ld": "48",
        },
        {
            "county_name": "McPherson", "birth_year": 1970, "party": "OTH", "phone": "+13085550123",
            "state_senate_district": "48", "state_house_district": None,
        },
    ),
    (
        "nh/2025-04.registration",
        {
            "Voter ID": "12", "Party": "UND", "County": "MERRIMACK", "Domicile City/Town": "Concord",
            "Street Number": "12", "House Fraction Number": "1/2", "Street Name": "Main St", "Zip +4": "0000",
        },
        {
            "status": "active", "party": "NPA", "county_fips": "33013", "municipality": "CONCORD",
            "residence_line1": "12 1/2 MAIN ST", "residence_zip4": None,
        },
    ),
    (
        "nj/2020-09.registration",
        {
            "displayId": "a12", "status": "Inactive Confirmation", "party": "Democratic.",
            "dob": "1970-03-04",
            "county": "ESSEX", "municipality": "Newark City", "ward": "01", "district": "12",
            "congressional": "10.0", "legislative": "29.0", "reg_date": "2020-10-13T04:00:00.000Z",
        },
        {
            "state_voter_id": "A12", "status": "inactive", "party": "DEM", "birth_date": D(1970, 3, 4),
            "precinct": "NEWARK CITY 01 12", "congressional_district": "10", "state_senate_district": "29",
            "state_house_district": "29", "registered_on": D(2020, 10, 13), "residence_state": "NJ",
        },
    ),
    (
        "nj/2024-09.registration",
        {"displayId": "B2", "status": "7D", "party": "UNA", "county": "Cape May", "dob_year": "2009"},
        {"status": "pending", "party": "NPA", "birth_year": 2009, "county_fips": "34009"},
    ),
    (
        "nj/2000-01.registration",
        {"voter_id": "x1", "status": "AF", "party_code": "CON", "county": "Union", "zip": "070161234"},
        {"state_voter_id": "X1", "status": "active", "party": "CON", "residence_zip4": "1234"},
    ),
    (
        "nm/2000-01.registration",
        {"VoterID": "1", "Status": "Active", "County": "DONA ANA", "DOB": "1970", "Party": "DTS"},
        {"county_name": "Doña Ana", "birth_year": 1970, "party": "NPA"},
    ),
    (
        "nv/2000-01.registration",
        {
            "VoterID": "12", "County": "White_Pine_County", "County Status": "P-17", "Zip": "893011234",
            "Party": "Independent American Party", "Phone": "7755550123-PDC", "Birth Date": "03/04/2009",
        },
        {
            "county_fips": "32033", "status": "pending", "party": "OTH", "phone": "+17755550123",
            "residence_zip5": "89301", "residence_zip4": "1234", "birth_date": D(2009, 3, 4),
        },
    ),
    (
        "nv/2020-01.registration.fixed",
        {"VoterID": "12     ", "County": "Carson_City  ", "County Status": "Active  ", "Party": "Democrat  "},
        {"state_voter_id": "12", "county_fips": "32510", "status": "active", "party": "DEM"},
    ),
    (
        "ny/2000-01.registration",
        {"SBOEID": "NY1", "STATUS": "PURGED", "REASONCODE": "NCOA", "COUNTYCODE": "50", "ENROLLMENT": "CON"},
        {"status": "removed", "status_reason": "NCOA", "county_name": "St. Lawrence", "party": "OTH"},
    ),
    (
        "ny/2021-12.registration",
        {
            "SBOEID": "NY1", "STATUS": "17", "COUNTYCODE": "24", "ENROLLMENT": "WOR", "DOB": "20090304",
            "AD": "52", "TOWNCITY": "Brooklyn", "WARD": "000", "ED": "45", "RAPARTMENTTYPE": "Apt",
            "RAPARTMENT": "3", "RADDRNONSTD": "Pier 4",
        },
        {
            "status": "pending", "county_name": "Kings", "party": "WFP", "birth_date": D(2009, 3, 4),
            "precinct": "52 BROOKLYN 000 45", "residence_unit": "APT 3", "residence_line1": "PIER 4",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "cells", "wanted"), VOTERS, ids=[key for key, _, _ in VOTERS])
def test_a_line_means_this_voter(key: str, cells: dict[str, str], wanted: Row) -> None:
    assert told(voter(key, cells), {"refused": None, **wanted}) == {"refused": None, **wanted}


ELECTIONS: list[tuple[str, dict[str, str], set[tuple[str, str, str, str]]]] = [
    (
        "md/2000-01.history",
        {"Voter ID": "1", "Election Date": "06-26-2018", "Election Description": "2018 Gubernatorial Primary"}
        | {"Voting Method": "Early Voting"},
        {("2018-06-26", "2018 GUBERNATORIAL PRIMARY", "primary", "early")},
    ),
    (
        "mi/2019-01.history",
        {"VOTER_IDENTIFICATION_NUMBER": "1", "ELECTION_DATE": "11/03/2020", "IS_ABSENTEE_VOTER": "Y"},
        {("2020-11-03", "NOT NAMED", "general", "mail")},
    ),
    (
        "mo/2000-01.registration",
        {
            "Voter ID": "1", "Voter History 1": "11/03/2020 General Election",
            "Voter History 2": "4/2/2019 General Municipal Election",
        },
        {
            ("2020-11-03", "GENERAL ELECTION", "general", "unknown"),
            ("2019-04-02", "GENERAL MUNICIPAL ELECTION", "municipal", "unknown"),
        },
    ),
    (
        "ms/2000-01.registration",
        {"MAPPING_VALUE": "5", "DATE_VOTED": "11/03/2020"},
        {("2020-11-03", "LAST VOTE", "general", "unknown")},
    ),
    (
        "mt/2000-01.history",
        {"Voter ID": "1", "ELECTION_TYPE": "8", "ELECTION_DATE": "06/04/2024", "VVM_ID": "4"}
        | {"ELECTION_DESCRIPTION": "Presidential Primary", "BALLOTSTAGE STATUS": "Processed/Accepted"},
        {("2024-06-04", "PRESIDENTIAL PRIMARY", "primary", "mail")},
    ),
    (
        "mt/2000-01.history",
        {"Voter ID": "1", "ELECTION_TYPE": "1", "ELECTION_DATE": "11/05/2024", "VVM_ID": "1"}
        | {"ELECTION_DESCRIPTION": "Federal General", "BALLOTSTAGE STATUS": "Sent"},
        set(),
    ),
    (
        "ne/2024-01.registration",
        {
            "text_registrant_id": "7", "text_election_code_1": "GN20", "text_election_code_2": "PR20",
            "text_election_code_3": "GN1996", "text_election_code_4": "CITY 2019",
        },
        {
            ("2020-11-03", "GN20", "general", "unknown"),
            ("2020-05-12", "PR20", "primary", "unknown"),
            ("1996-11-05", "GN1996", "general", "unknown"),
            ("", "CITY 2019", "other", "unknown"),
        },
    ),
    (
        "nh/2000-01.history",
        {"Voter ID": "1", "Election Date": "11/5/2024 0:00:00", "Election Name": "State General Election"}
        | {"Ballot Type": "ABSENTEE"},
        {("2024-11-05", "STATE GENERAL ELECTION", "general", "mail")},
    ),
    (
        "nm/2000-01.registration",
        {
            "VoterID": "1", "11/05/2024-2024 General Election": "E-CITY HALL",
            "06/04/2024-2024 Primary Election": "A", "11/08/2022-2022 General Election": "",
        },
        {
            ("2024-11-05", "2024 GENERAL ELECTION", "general", "early"),
            ("2024-06-04", "2024 PRIMARY ELECTION", "primary", "mail"),
        },
    ),
    (
        "nv/2000-01.history",
        {"VoterID": "1", "Election Date": "06/14/2022", "Vote Code": "FW"},
        {("2022-06-14", "NOT NAMED", "other", "mail")},
    ),
    (
        "ny/2021-12.registration",
        {"SBOEID": "1", "VoterHistory": "GE 20181106;General Election, 2016;2012 GE;2018 Primary;A Village"},
        {
            ("2018-11-06", "GE 20181106", "general", "unknown"),
            ("2016-11-08", "GENERAL ELECTION, 2016", "general", "unknown"),
            ("2012-11-06", "2012 GE", "general", "unknown"),
            ("", "2018 PRIMARY", "primary", "unknown"),
            ("", "A VILLAGE", "other", "unknown"),
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "cells", "wanted"), ELECTIONS, ids=[key for key, _, _ in ELECTIONS])
def test_a_line_means_these_elections(
    key: str, cells: dict[str, str], wanted: set[tuple[str, str, str, str]]
) -> None:
    assert elections(key, cells) == wanted


def test_montana_s_ballots_have_days_and_a_status() -> None:
    line = {"Voter ID": "1", "ELECTION_DATE": "11/03/2020", "SENT_DATE": "10/09/2020"}
    sent = {"sent_on": D(2020, 10, 9), "returned_on": None, "status": "sent", "refused": None}
    assert told(ballot("mt/2000-01.absentee", {**line, "BALLOTSTAGE STATUS": "Sent"}), sent) == sent


def test_maine_s_requests_name_no_election() -> None:
    line = {"VOTER ID": "1", "REQDATE": "10/01/2016", "RECDATE": "10/09/2016", "ACC OR REJ": "ACC"}
    wanted = {"election_date": None, "requested_on": D(2016, 10, 1), "status": "accepted", "refused": None}
    assert told(ballot("me/2016-01.absentee", line), wanted) == wanted


def test_districts_of_one_kind_are_told_apart() -> None:
    line = {
        "VTRID": "1",
        "LEGISLATIVE_DISTRICTS": "12B",
        "COUNCILMANIC_DISTRICTS": "01",
        "WARD_DISTRICTS": "0",
    }
    assert districts("md/2000-01.registration", line) == {
        ("state_senate", "12", None),
        ("state_house", "12B", None),
        ("county_commission", "COUNCIL 1", None),
    }


def test_michigan_names_its_districts() -> None:
    line = {"VOTER_IDENTIFICATION_NUMBER": "1", "SCHOOL_DISTRICT_CODE": "33020"}
    named = {**line, "SCHOOL_DISTRICT_NAME": "Lansing Schools"}
    assert districts("mi/2019-01.registration", named) == {("school", "33020", "LANSING SCHOOLS")}
