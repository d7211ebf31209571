"""People: whom a request means, and what is told of a person."""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.server.van.schemas.kinds import (
    BOOLEAN,
    BOOLEAN_OR,
    EXPAND,
    FLAG,
    INTEGER,
    INTEGER_OR,
    LIST_OR,
    NOTHING,
    SAID,
    STRING,
    STRING_OR,
    TEXT,
    WHEN,
    WHOLE,
    Fields,
    Gives,
    Schema,
    Takes,
    listed_or,
    needed,
    one,
    page,
    paged,
    record,
    things,
    words,
)

EMAIL = {"email": TEXT, "type": words("P", "W", "O"), "isPreferred": FLAG, "isSubscribed": FLAG}
PHONE = {
    "phoneNumber": TEXT, "phoneType": words("Cell", "Home", "Work", "Main", "Fax", "C", "H", "W", "M", "F"),
    "ext": TEXT, "isPreferred": FLAG, "smsOptInStatus": words("I", "O", "U"), "dialingPrefix": TEXT,
    "countryCode": TEXT,
}  # fmt: skip
ADDRESS = {
    "addressLine1": TEXT, "addressLine2": TEXT, "addressLine3": TEXT, "city": TEXT, "stateOrProvince": TEXT,
    "zipOrPostalCode": TEXT, "countryCode": TEXT, "type": words("Home", "Mailing", "Voting", "Work", "Other"),
    "isPreferred": FLAG,
}  # fmt: skip
CANDIDATE: Fields = {
    "vanId": WHOLE, "firstName": TEXT, "middleName": TEXT, "lastName": TEXT, "dateOfBirth": WHEN,
    "emails": things({"email": TEXT}), "phones": things({"phoneNumber": TEXT}),
    "addresses": things({"addressLine1": TEXT, "zipOrPostalCode": TEXT}),
    "identifiers": things({"type": TEXT, "externalId": TEXT}),
}  # fmt: skip
PERSON: Fields = CANDIDATE | {
    "sex": words("M", "F", "U"), "suffix": TEXT, "title": TEXT, "nickname": TEXT, "salutation": TEXT,
    "party": TEXT, "employer": TEXT, "occupation": TEXT, "jobTitle": TEXT, "website": TEXT,
    "emails": things(EMAIL), "phones": things(PHONE), "addresses": things(ADDRESS),
    "customFieldValues": things(needed(
        {
            "customFieldId": WHOLE, "customFieldGroupId": WHOLE,
            "assignedValue": {"type": ["string", "number", "boolean", "array", "null"], "items": WHOLE},
        },
        "customFieldId",
    )),
}  # fmt: skip
SEARCHED = (
    "firstName", "middleName", "lastName", "streetAddress", "city", "stateOrProvince", "zipOrPostalCode",
    "phoneNumber", "email",
)  # fmt: skip
SEARCH: Fields = dict.fromkeys(SEARCHED, SAID)

TAKES: Mapping[str, Takes] = {
    "GET people": Takes(page(50) | SEARCH | EXPAND),
    "GET people/quickSearch": Takes(page(50, name=SAID | {"x-needed": True}) | EXPAND),
    "POST people/find": Takes(body=CANDIDATE),
    "POST people/findByPhone": Takes(body=needed({"phoneNumber": TEXT}, "phoneNumber")),
    "POST people/findOrCreate": Takes(body=PERSON),
    "GET people/{p}": Takes(EXPAND),
    "POST people/{p}": Takes(body=PERSON),
    "PATCH people/{vanId}/names": Takes(body=dict.fromkeys(("firstName", "middleName", "lastName"), TEXT)),
    "PUT people/{vanId}/mergeInto": Takes(body=needed({"vanId": WHOLE}, "vanId")),
}  # fmt: skip

DISTRICT: Fields = {
    "districtFieldId": INTEGER, "name": STRING, "parentFieldId": INTEGER_OR, "isCustomDistrict": BOOLEAN,
    "districtFieldValues": listed_or({"id": STRING, "name": STRING, "parentId": STRING_OR}),
}  # fmt: skip
HOME: Fields = {
    "addressId": INTEGER_OR, "addressLine1": STRING_OR, "addressLine2": STRING_OR, "addressLine3": STRING_OR,
    "city": STRING_OR, "stateOrProvince": STRING_OR, "zipOrPostalCode": STRING_OR, "countryCode": STRING,
    "preview": STRING, "type": STRING, "isPreferred": BOOLEAN, "streetAddress": STRING_OR,
    "displayMode": STRING,
}  # fmt: skip

OBJECTS: Mapping[str, Schema] = {
    "Person": record({
        "vanId": INTEGER, "firstName": STRING_OR, "middleName": STRING_OR, "lastName": STRING_OR,
        "suffix": STRING_OR, "sex": STRING_OR, "party": STRING_OR, "dateOfBirth": STRING_OR,
        "emails": listed_or({
            "email": STRING, "type": STRING, "isPreferred": BOOLEAN, "isSubscribed": BOOLEAN_OR,
            "dateCreated": STRING_OR,
        }),
        "phones": listed_or({
            "phoneId": INTEGER, "phoneNumber": STRING, "ext": STRING_OR, "dateCreated": STRING_OR,
            "phoneType": STRING, "isPreferred": BOOLEAN, "smsOptInStatus": STRING,
            "phoneOptInStatus": STRING, "isCellStatus": STRING_OR, "dialingPrefix": STRING,
            "countryCode": STRING,
        }),
        "addresses": listed_or(HOME),
        "identifiers": listed_or({"type": STRING, "externalId": STRING}), "codes": LIST_OR,
        "notes": LIST_OR, "districts": listed_or(DISTRICT),
        "suppressions": listed_or({"suppressionCode": STRING, "suppressionName": STRING}),
        "scores": LIST_OR,
        "customFields": listed_or({
            "customFieldId": INTEGER, "customFieldGroupId": INTEGER, "customFieldName": STRING,
            "customFieldGroupName": STRING, "customFieldGroupType": STRING, "customFieldTypeId": STRING,
            "assignedValue": STRING,
        }),
    }),
    "Created": record({"vanId": INTEGER, "status": STRING}),
    "VanId": record({"vanId": INTEGER}),
}  # fmt: skip

GIVES: Mapping[str, Gives] = {
    "GET people": paged("Person"),
    "GET people/quickSearch": paged("Person"),
    "POST people/find": one("Person"),
    "POST people/findByPhone": one("Person"),
    "POST people/findOrCreate": one("Person", 200, (201, "Created")),
    "GET people/{p}": one("Person"),
    "POST people/{p}": one("Person"),
    "PATCH people/{vanId}/names": one("Person"),
    "PUT people/{vanId}/mergeInto": one("VanId"),
    "DELETE people/{vanId}": NOTHING,
    "DELETE people/{p}/customFields/{id}": NOTHING,
}  # fmt: skip
