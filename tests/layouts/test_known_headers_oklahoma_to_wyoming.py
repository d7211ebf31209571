"""Headers that Oklahoma to Wyoming are known to have used are read by the layouts as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from commonroll.roll.layout.layout import layout
from commonroll.roll.recognition.recognise import recognise


@dataclass(frozen=True)
class Seen:
    """How a delivery's header differed: columns renamed or gone, columns behind the last, what stands between
    them, before the header and after each line."""

    key: str
    name: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    between: str = ""
    before: str = ""
    after: str = ""
    quoted: bool = False


SEEN = [
    Seen(
        "ok/2000-01.registration",
        "CTY55_vr.csv",
        {"OriginalRegistration": "RegistrationDate"},
        ("StreetPostDir",),
    ),
    Seen("or/2000-01.registration", "Ex-RegisteredVoters-me-1.txt", after="\t"),
    Seen("ri/2000-01.registration", "Voter.txt", before="The delimiter is a pipe\n", after="|"),
    Seen("sd/2000-01.registration", "SearchExport-20181201-1200.csv", before="Search\n,,\n"),
    Seen(
        "tx/2025-10.registration.csv",
        "HARRIS.csv",
        {"dt_effective_registration": "edr", "hispanic_surname": "spanish_mailing"},
        ("county_name",),
    ),
    Seen("tx/2025-10.registration.csv", "BEXAR.csv", gone=("hispanic_surname",)),
    Seen(
        "ut/2000-01.registration",
        "voters.csv",
        {"Absentee": "PermanentAbsentee"},
        more=("11/6/2018", "8/9/2016"),
    ),
    Seen("va/2000-01.history", "Voter_History_List.csv", gone=("VOTE_IN_PERSON", "PROTECTED")),
    Seen(
        "vt/2020-01.registration",
        "VT Statewide Voter File 6.2.2025.txt",
        {
            "Middle Name": "Middle Initial",
            "Legal Address Zip": "Legal Address Zip5",
            "Date last Voted": "Date Last Voted",
            "Senate District": "SEN",
            "Town-Nemrc Number": "Town Numeric",
            "School District": "SCHL",
            "Fire District": "FIR",
            "Village": "VIL",
            "Ward": "WARD",
        },
        tuple(f"{year} Gen Election Participation" for year in range(2008, 2022, 2)),
        ("11/05/2024-2024 STATEWIDE GENERAL", "08/13/2024-2024 STATEWIDE PRIMARY"),
        between=",",
        after="," * 50,
        quoted=True,
    ),
    Seen(
        "wi/2000-01.registration",
        "voters.txt",
        {"ApplicationDate": "RegistrationDate"},
        more=("November2024", "April2024"),
        between="\t",
    ),
    Seen(
        "wv/2000-01.registration",
        "Statewide_VR040125.txt",
        {
            "ID_VOTER": "VOTER_ID",
            "FIRST NAME": "FIRST_NAME",
            "Mid": "MIDDLE_NAME",
            "DATE OF BIRTH": "DATE_OF_BIRTH",
            "PartyAffiliation": "PARTY_AFFILIATION",
            "Congressional District": "CONGRESSIONAL",
            "Precinct_Number": "COUNTY_PRECINCT",
            "POLL_NAME": "POLL_PLACE",
        },
        ("Suffix", "MAIL UNIT", "Senatorial District", "Delegate District"),
        before="\ufeff",
    ),
    Seen(
        "wy/2000-01.history",
        "2020 Primary history .txt",
        {"VOTER_ID": "Voter ID", "PARTY": "REGISTERED_PARTY", "ELECTION DATE": "PRIMARY_ELECTION_DATE"}
        | {"VOTE METHOD": "Voter Method"},
        between="\t",
    ),
]


@pytest.mark.parametrize("seen", SEEN, ids=lambda seen: f"{seen.key} {seen.name}")
def test_a_header_of_another_year_is_known(seen: Seen) -> None:
    known = layout(seen.key)
    between = seen.between or known.format.delimiter
    names = [seen.renamed.get(name, name) for name in known.order if name not in seen.gone]
    wraps = seen.quoted or known.format.quoting == "some"
    header = between.join(f'"{name}"' if wraps else name for name in [*names, *seen.more])
    line = between * (len(names) + len(seen.more) - 1)
    text = f"{seen.before}{header}{seen.after}\n{line}{seen.after}\n"
    assert recognise(text.encode(), seen.name).layout.key == seen.key
