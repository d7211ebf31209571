"""What files of changes hold: resources and their columns, from one table that lists and writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonroll.server.models import CustomField
from commonroll.server.van.custom_fields import head
from commonroll.server.van.list_file import COLUMNS

TEXT, NUMBER, DATE = "T", "N", "D"
CHANGED, LEFT = "Created or updated", "Deleted"
CHANGE_TYPES = {CHANGED: "made or changed since", LEFT: "not there any more; nothing else is said of it"}
LAST = ("DateModified", "ChangeTypeName", "IsActive")
"""Columns at the end of every file."""


@dataclass(frozen=True)
class Column:
    """A column of a resource; all are in every file."""

    name: str
    kind: str = TEXT

    def told(self) -> dict[str, Any]:
        return {
            "fieldName": self.name,
            "fieldType": self.kind,
            "maxTextboxCharacters": None,
            "isCoreField": True,
            "availableValues": None,
            "bulkImportFields": [],
        }


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER) for name in names)


RESOURCES: Mapping[str, tuple[Column, ...]] = {
    "ActivistCodes": (
        *_numbers("ActivistCodeID"), Column("ActivistCodeName"), Column("ActivistCodeType"), Column("Status"),
    ),
    "ContactHistory": (
        *_numbers("ContactHistoryID", "VanID", "ContactTypeID", "InputTypeID", "ResultID"),
        Column("DateCanvassed", DATE),
    ),
    "Contacts": (*_numbers("VanID"), *(Column(name) for name in COLUMNS)),
    "ContactsActivistCodes": (*_numbers("VanID", "ActivistCodeID"), Column("DateCanvassed", DATE)),
    "ContactsSurveyResponses": (
        *_numbers("ContactHistoryID", "VanID", "SurveyQuestionID", "SurveyResponseID"),
        Column("DateCanvassed", DATE),
    ),
}  # fmt: skip
"""Columns of each resource, its key first."""


def heads(resource: str, custom: Sequence[int] = ()) -> list[str]:
    """The first line of a file, with custom fields by number."""
    return [*(column.name for column in RESOURCES[resource]), *map(head, custom), *LAST]


def own_field(field: CustomField) -> dict[str, Any]:
    """A custom field as one that may be asked for besides: in the file where it is."""
    mapped = {"mappingTypeName": "ApplyContactCustomFields", "fieldName": f"CF{field.number}",
              "relationalMappings": None}  # fmt: skip
    return {
        "fieldName": head(field.number),
        "fieldType": "M" if field.chooses else field.type,
        "maxTextboxCharacters": field.longest,
        "isCoreField": False,
        "availableValues": field.open_choices if field.chooses else None,
        "bulkImportFields": [mapped],
    }
