"""The strict reader of quotas: each must be stated where the mode that it limits is granted."""

from __future__ import annotations

from typing import Any, cast

from commonroll.agreements.profile import CHANNELS, ContactQuota, Version
from commonroll.agreements.reading import (
    Atoms,
    one_of,
    optional,
    read_clauses,
    read_count,
    read_days,
    read_keys,
    read_text,
    require,
    unknown,
    wrong,
)


def read_quotas(atoms: Atoms, path: str, profile: Version, modes: set[str]) -> dict[str, Any]:
    """How much may be exported and how often somebody contacted, by the names in Terms."""
    exports = _exports_1 if profile == 1 else _exports
    return {**exports(atoms, path, modes), "contact": _contact(atoms, path, profile, modes)}


def _exports_1(atoms: Atoms, path: str, modes: set[str]) -> dict[str, Any]:
    for name in ("cr:rowsPerExport", "cr:exportsPerDay"):
        _limited(atoms, path, name, modes & {"export"})
    return {
        "rows_per_export": optional(atoms, "cr:rowsPerExport", read_count, 0),
        "exports_per_day": optional(atoms, "cr:exportsPerDay", read_count, 0),
    }


def _limited(atoms: Atoms, path: str, name: str, granted: set[str]) -> None:
    if granted and name not in atoms:
        raise wrong(path, f"The permission allows {one_of(granted)} without {name}.", "State the limit.")


def _exports(atoms: Atoms, path: str, modes: set[str]) -> dict[str, Any]:
    stated = [name for name in ("cr:rowsPerDay", "cr:export") if name in atoms]
    approval = "cr:exportApproval" in atoms
    if "export" not in modes and (stated or approval):
        raise wrong(path, "Exports are limited, and none is allowed.", "Leave their limits out.")
    if "export" in modes and len(stated) != 1:
        raise wrong(
            path,
            "The permission allows export and must say how much: cr:rowsPerDay, or cr:export free.",
            "State one of the two.",
        )
    if "cr:export" in atoms:
        require(*_with("cr:export/free", atoms["cr:export"]))
    if approval:
        require(*_with("cr:approval/each", atoms["cr:exportApproval"]))
    return {
        "rows_per_day": optional(atoms, "cr:rowsPerDay", read_count, 0),
        "export_free": "cr:export" in atoms,
        "approval": approval,
    }


def _contact(atoms: Atoms, path: str, profile: Version, modes: set[str]) -> tuple[ContactQuota, ...]:
    _limited(atoms, path, "cr:contactQuota", modes & {"contact", "export"})
    if "cr:contactQuota" not in atoms:
        return ()
    value, here = atoms["cr:contactQuota"]
    if profile == 1:
        return (_quota(value, here, ("count", "per", "window")),)
    quotas = tuple(
        _quota(item, f"{here}[{at}]", ("channel", "count", "per", "window"))
        for at, item in enumerate(read_clauses(value, here))
    )
    kinds = [(quota.channel, quota.per, quota.days) for quota in quotas]
    if kinds != sorted(set(kinds)):
        raise wrong(here, "Contact quotas must be sorted by channel, each stated once.")
    if "any" not in {quota.channel for quota in quotas}:
        raise wrong(here, "No quota covers contacts by any channel.", "State one of channel any.")
    return quotas


def _quota(value: Any, path: str, keys: tuple[str, ...]) -> ContactQuota:
    quota = read_keys(value, path, keys)
    per = read_text(quota["per"], f"{path}.per")
    if per not in ("voter", "household"):
        raise wrong(f"{path}.per", "Contacts are counted per voter or per household.")
    channel = read_text(quota.get("channel", "any"), f"{path}.channel")
    if channel not in CHANNELS:
        raise unknown(f"{path}.channel", channel, CHANNELS, "channel")
    days = read_days(quota["window"], f"{path}.window")
    count = read_count(quota["count"], f"{path}.count")
    return ContactQuota(count, cast(Any, per), days, cast(Any, channel))


def _with(wanted: str, found: tuple[Any, str]) -> tuple[Any, str, str]:
    return found[0], wanted, found[1]
