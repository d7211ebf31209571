"""Facts, imports, contacts and reachables are in no template and no class of the editor."""

from __future__ import annotations

import pytest

from commonroll.agreements.profile import columns_of
from commonroll.agreements.templates import TEMPLATES, Template
from commonroll.roll.schema import CLASSES, COLUMNS, GRANTABLE

TABLES = {"facts", "imports", "contacts", "reachables"}
THEIRS = {name for name, column in COLUMNS.items() if column.table in TABLES}


def test_there_is_something_that_could_leak() -> None:
    assert {"facts.state_voter_id", "contacts.last_name", "reachables.value"} <= THEIRS
    assert {COLUMNS[name].cls for name in THEIRS} >= {"identity", "contact", "demographic"}


def test_no_agreement_can_name_them() -> None:
    assert not THEIRS & GRANTABLE.keys()


@pytest.mark.parametrize("cls", CLASSES)
def test_no_class_of_the_editor_grows_by_them(cls: str) -> None:
    assert not THEIRS & set(columns_of([cls]))


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_no_template_has_them(template: Template) -> None:
    assert not THEIRS & set(template.columns)
