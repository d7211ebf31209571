"""Rows as JSON, whatever columns they have: keys of members and URNs stand for what they point to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db import models

from commonroll.errors import Refusal
from commonroll.flow.leaving.package import bad
from commonroll.server.models import Agreement, Member

Row = dict[str, Any]
Known = Mapping[type[models.Model], Mapping[str, models.Model]]
"""What rows may point to: model -> name in the package -> the row here."""


def written(row: models.Model) -> Row:
    """The columns of a row; a number that only this database gave it is left out."""
    found: Row = {}
    for field in row._meta.concrete_fields:
        if isinstance(field, models.AutoField):
            continue
        if isinstance(field, models.ForeignKey):
            target = getattr(row, field.name)
            found[field.name] = None if target is None else name_of(target)
        else:
            found[field.name] = _plain(getattr(row, field.name))
    return found


def name_of(row: models.Model) -> str:
    """What stands for a row that another points to."""
    if isinstance(row, Member):
        return row.key
    return str(getattr(row, "urn", row.pk))


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview | bytes):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def lines(rows: Iterable[Row]) -> bytes:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()


def read_lines(data: bytes, where: str) -> list[Row]:
    """Rows from JSON lines; raises BadPackage where they are none."""
    try:
        found = [json.loads(line) for line in data.decode("utf-8").splitlines()]
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise bad("this is no list of rows", where) from error
    if not all(isinstance(row, dict) for row in found):
        raise bad("this is no list of rows", where)
    return found


def unwritten(model: type[models.Model], row: Row, known: Known, where: str, **fixed: Any) -> models.Model:
    """A row of `model` from a package, checked and not yet saved; `fixed` columns are the caller's.

    Raises BadPackage for columns that it has not, values that they do not take, targets that are not there.
    """
    fields = {f.name: f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)}
    if unknown := set(row) - set(fields):
        raise bad(f"a row has {len(unknown)} columns that are not known here", where)
    values = {name: _read(fields[name], row[name], known, where) for name in row if name not in fixed}
    made = model(**values, **fixed)
    try:
        # forms ask for more than tables do: what is empty there was empty here
        made.clean_fields(exclude={name for name, value in values.items() if value in EMPTY_VALUES})
    except ValidationError as error:
        raise bad(f"a row does not fit: {', '.join(sorted(error.message_dict))}", where) from error
    return made


def _read(field: models.Field[Any, Any], value: Any, known: Known, where: str) -> Any:
    if isinstance(field, models.ForeignKey):
        if value is None:
            return None
        found = known.get(field.related_model, {}).get(str(value))
        if found is None:
            raise bad("a row points to something that is not in the package", where)
        return found
    try:
        if isinstance(field, models.BinaryField):
            return None if value is None else base64.b64decode(value, validate=True)
        return value if isinstance(field, models.JSONField) else field.to_python(value)
    except (ValidationError, ValueError, TypeError) as error:
        raise bad("a row holds a value that its column does not take", f"{where}, {field.name}") from error


# Agreements and all that hangs on them


def of_agreement(agreement: Agreement) -> Row:
    """An agreement's own row, and every row that belongs to it, by model."""
    related = {
        label: [written(row) for row in model._default_manager.filter(**{column: agreement})]
        for label, (model, column) in hanging().items()
    }
    before = [field for field in Agreement._meta.concrete_fields if _is_before(field)]
    targets = [getattr(agreement, field.name) for field in before]
    return {
        "agreement": written(agreement),
        "before": {t._meta.label_lower: written(t) for t in targets if t is not None},
        "related": related,
    }


def hanging() -> dict[str, tuple[type[models.Model], str]]:
    """Models whose rows belong to an agreement alone, by label, with the column that says so.

    What points to something else as well, such as a proposal, is no part of the agreement; nor is what
    `stays` with this site.
    """
    own = {Member, Agreement, *(f.related_model for f in Agreement._meta.concrete_fields if _is_before(f))}
    return {
        relation.related_model._meta.label_lower: (relation.related_model, relation.field.name)
        for relation in Agreement._meta.related_objects
        if relation.related_model is not Agreement
        and not getattr(relation.related_model, "stays", False)
        and _targets(relation.related_model) <= own
    }


def _targets(model: type[models.Model]) -> set[Any]:
    return {f.related_model for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey)}


def _is_before(field: Any) -> bool:
    """Whether an agreement points to something else than members and agreements: its negotiation."""
    return isinstance(field, models.ForeignKey) and field.related_model not in (Member, Agreement)


def require_names(found: Any, names: Iterable[str], where: str) -> Row:
    """The object `found` if it has exactly these keys; raises BadPackage."""
    if not isinstance(found, dict) or set(found) != set(names):
        raise bad("this is not as a package has it", where)
    return found


def read_json(data: bytes, where: str) -> Any:
    """JSON of a package; raises BadPackage where it is none."""
    try:
        return json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise bad("this is no JSON", where) from error


def refused(what: str, where: str = "") -> Refusal:
    """A refusal that leaves everything as it was."""
    return Refusal(what, where=where, next_step="nothing was changed")
