"""What files of changes hold: resources and their columns, from one table that lists and writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.server.van.list_file import COLUMNS

TEXT, NUMBER, DATE = "T", "N", "D"
CHANGED = "Created or updated"
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


def heads(resource: str) -> list[str]:
    """The first line of a file."""
    return [*(column.name for column in RESOURCES[resource]), *LAST]
