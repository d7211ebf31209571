"""A voter as the API's Person: every key in every answer, null where a section was not expanded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from commonroll.server.van.reading import Voter

EXPANDABLE = (
    "addresses", "phones", "emails", "codes", "notes", "suppressions", "customProperties", "districts",
    "electionRecords", "organizationRoles", "primaryContact", "pollingLocation", "externalIds",
    "contributionHistory", "customFields", "preferences", "recordedAddresses", "reportedDemographics",
    "cases",
    "membershipStatuses", "scores", "disclosureFieldValues",
)  # fmt: skip
NOT_IN_MY_VOTERS = ("codes", "contributionHistory", "organizationRoles")

KEYS = (
    "vanId", "firstName", "lastName", "middleName", "suffix", "title", "sourceFileTitle",
    "sourceFileFirstName",
    "sourceFileMiddleName", "sourceFileLastName", "sourceFileSuffix", "contactSource", "contactMode",
    "organizationContactCommonName", "organizationContactOfficialName", "salutation", "formalSalutation",
    "additionalSalutation", "preferredPronoun", "pronouns", "namePronunciation", "envelopeName",
    "formalEnvelopeName", "additionalEnvelopeName", "contactMethodPreferenceCode", "assistantName",
    "nickname",
    "website", "professionalSuffix", "party", "employer", "occupation", "jobTitle", "sex", "dateOfBirth",
    "isDeceased", "dateCreated", "dateAcquired", "selfReportedRace", "selfReportedEthnicity",
    "selfReportedRaces", "selfReportedEthnicities", "selfReportedGenders", "selfReportedSexualOrientations",
    "selfReportedLanguagePreference", "selfReportedLanguagePreferences", "emails", "phones", "addresses",
    "recordedAddresses", "pollingLocation", "earlyVoteLocation", "identifiers", "codes", "customFields",
    "primaryCustomField", "contributionSummary", "suppressions", "caseworkCases", "caseworkIssues",
    "caseworkStories", "notes", "scores", "customProperties", "electionRecords", "membershipStatus",
    "organizationRoles", "districts", "surveyQuestionResponses", "finderNumber", "biographyImageUrl",
    "primaryContact",
)  # fmt: skip

STATE_ID = "StateFileID"
"""The type of identifier under which the state's own id stands."""

SEXES = {"female": "F", "male": "M", "other": "U", "unknown": "U"}
PARTIES = {"DEM": "D", "REP": "R", "LIB": "L", "GRN": "G", "CON": "C", "WFP": "W", "NPA": "U", "OTH": "O"}

SUPPRESSIONS = {
    "phone": ("NC", "Do not call"),
    "email": ("NE", "Do not email"),
    "mail": ("NM", "Do not mail"),
    "door": ("NW", "Do not walk"),
}
"""Channel of an opt-out -> code and name."""

DISTRICTS: Mapping[int, tuple[str, str]] = {
    1: ("County", "county_name"),
    2: ("Precinct", "precinct"),
    3: ("Congressional District", "congressional_district"),
    4: ("State Senate", "state_senate_district"),
    5: ("State House", "state_house_district"),
    6: ("Municipality", "municipality"),
    7: ("Ward", "ward"),
}
"""District field -> its name, and the column that has its value."""


def person(
    voter: Voter,
    expanded: Collection[str] = (),
    notes: Sequence[Mapping[str, Any]] = (),
    scores: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The Person of a voter; `expanded` are sections in lower case, `notes` and `scores` the member's own.

    A section that this node has nothing for is null, one that it has is a list, empty where there is nothing.
    """
    seen = voter.seen
    told: dict[str, Any] = dict.fromkeys(KEYS)
    names = {
        "title": seen.get("name_prefix"), "firstName": seen.get("first_name"),
        "middleName": seen.get("middle_name"), "lastName": seen.get("last_name"),
        "suffix": seen.get("name_suffix"),
    }  # fmt: skip
    told |= names
    told |= {f"sourceFile{name[0].upper()}{name[1:]}": value for name, value in names.items()}
    born = seen.get("birth_date")
    told |= {
        "vanId": voter.van_id,
        "contactMode": "Person",
        "contactSource": voter.owner.name,
        "sex": SEXES.get(seen.get("sex") or ""),
        "party": PARTIES.get(seen.get("party") or "", seen.get("party")),
        "dateOfBirth": f"{born.isoformat()}T00:00:00Z" if born else None,
        "isDeceased": False,
    }
    made: Mapping[str, Any] = {
        "phones": ("phones", phones),
        "emails": ("emails", emails),
        "addresses": ("addresses", addresses),
        "externalids": ("identifiers", identifiers),
        "suppressions": ("suppressions", suppressions),
        "districts": ("districts", districts),
        "notes": ("notes", lambda _: list(notes)),
        "scores": ("scores", lambda _: list(scores)),
        "customfields": ("customFields", lambda _: []),
        "customproperties": ("customProperties", lambda _: []),
    }
    return told | {key: of(voter) for name, (key, of) in made.items() if name in expanded}


def phones(voter: Voter) -> list[dict[str, Any]]:
    """The number that the state publishes. `phoneId` is the voter's own id: there is one number at most."""
    number = voter.seen.get("phone")
    if not number:
        return []
    digits = str(number)
    digits = digits.removeprefix("+1") if digits.startswith("+1") else digits
    return [
        {
            "phoneId": voter.van_id, "phoneNumber": digits, "ext": None, "dateCreated": None,
            "phoneType": "Home", "isPreferred": True, "smsOptInStatus": "U", "phoneOptInStatus": "U",
            "isCellStatus": None, "dialingPrefix": "1", "countryCode": "US",
        }
    ]  # fmt: skip


def emails(voter: Voter) -> list[dict[str, Any]]:
    email = voter.seen.get("email")
    told = {"email": email, "type": "P", "isPreferred": True, "isSubscribed": None, "dateCreated": None}
    return [told] if email else []


def addresses(voter: Voter) -> list[dict[str, Any]]:
    seen = voter.seen
    zip5, zip4 = seen.get("residence_zip5"), seen.get("residence_zip4")
    home = _address(
        "Voting", (seen.get("residence_line1"), seen.get("residence_unit"), None), seen.get("residence_city"),
        seen.get("residence_state"), f"{zip5}-{zip4}" if zip5 and zip4 else zip5,
    )  # fmt: skip
    lines = [seen.get(f"mail_line{n}") for n in (1, 2, 3)]
    mail = _address(
        "Mailing", (lines[0], lines[1], lines[2]), seen.get("mail_city"), seen.get("mail_state"),
        seen.get("mail_zip"),
    )  # fmt: skip
    found = [one for one in (home, mail) if one["addressLine1"] or one["city"] or one["zipOrPostalCode"]]
    return [one | {"isPreferred": at == 0} for at, one in enumerate(found)]


def _address(kind: str, lines: tuple[Any, Any, Any], city: Any, state: Any, postal: Any) -> dict[str, Any]:
    parts = [*lines, city, state, postal]
    return {
        "addressId": None, "addressLine1": lines[0], "addressLine2": lines[1], "addressLine3": lines[2],
        "city": city, "stateOrProvince": state, "zipOrPostalCode": postal, "geoLocation": None,
        "countryCode": "US", "preview": " ".join(str(part) for part in parts if part), "type": kind,
        "streetAddress": None, "displayMode": "Standardized",
    }  # fmt: skip


def identifiers(voter: Voter) -> list[dict[str, str]]:
    return [{"type": STATE_ID, "externalId": voter.state_voter_id}] if voter.state_voter_id else []


def suppressions(voter: Voter) -> list[dict[str, str]]:
    return [
        {"suppressionCode": code, "suppressionName": name}
        for channel, (code, name) in SUPPRESSIONS.items()
        if channel in voter.stopped
    ]


def districts(voter: Voter) -> list[dict[str, Any]]:
    return [
        district_field(id) | {"districtFieldValues": [{"id": value, "name": value, "parentId": None}]}
        for id, (_, column) in DISTRICTS.items()
        if (value := voter.seen.get(column))
    ]


def district_field(id: int) -> dict[str, Any]:
    """A kind of district, without its values."""
    return {
        "districtFieldId": id, "name": DISTRICTS[id][0], "parentFieldId": None, "isCustomDistrict": False,
        "districtFieldValues": None,
    }  # fmt: skip
