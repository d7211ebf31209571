"""The page that says what of the VAN API is here: from the table of routes, the code and the tests.

Read as texts: the modules that answer need a home to be imported, and a page of reference needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from commonroll.cli.reference_states import table
from commonroll.server.van import schemas
from commonroll.server.van.schemas.kinds import Fields, Schema

_SERVES = re.compile(r'^@serves\(\s*"(\w+)",\s*"([^"]+)"', re.MULTILINE)
_REFUSES = re.compile(r'^@serves\(\s*"(\w+)",\s*"([^"]+)".*\n.*\n    raise read_only\(\)', re.MULTILINE)
_CAMPAIGN = re.compile(r'^@serves\(\s*"(\w+)",\s*"([^"]+)"[^)]*mode=MY_CAMPAIGN', re.MULTILINE)
_CALL = re.compile(r"\bvan\.(\w+)\(")
TESTS = Path(__file__).parents[3] / "tests" / "browser"
"""Where the real Parsons meets the site; nothing where only the package is installed."""

TIERS = {
    1: "A voter file is of no use to tools without these",
    2: "Bulk data, scores, synchronisation",
    3: "Organising",
    4: "Contributions, labour, vocabularies",
}


def page(renew: str) -> Iterator[str]:
    """The compatibility page, line by line."""
    served, campaign, called = _served(), _campaign(), _called()
    yield "# The VAN-compatible API"
    yield ""
    yield renew
    yield ""
    yield (
        "Paths are below `/v4/`. *Yes* is answered, *MyCampaign* in that mode alone: a voter file is the "
        "state's, and MyVoters answers 403; *no* is known and answers 404 with the error object. Parsons' "
        "methods in bold run against a served site in the tests."
    )
    yield ""
    for tier, title in TIERS.items():
        yield f"## {title}"
        yield ""
        rows = [
            (
                f"`{method} {path}`",
                "MyCampaign" if (method, path) in campaign else "yes" if (method, path) in served else "no",
                ", ".join(f"**{name}**" if name in called else name for name in parsons),
            )
            for of, method, path, parsons in _routes()
            if of == tier
        ]
        yield from table(("path", "here", "Parsons 6.1.0"), rows)


def fields(renew: str) -> Iterator[str]:
    """What each route reads: parameters of its query, properties of its body."""
    yield from ("# What the VAN-compatible API reads", "", renew, "")
    yield (
        "Names are taken in any case; numbers also as texts, texts also as numbers; null is as if it were "
        "left out, and what is not known is ignored. **Bold** must be there. The same as an OpenAPI "
        "document, with what is answered: `/v4/openapi.json`."
    )
    yield ""
    rows = [
        (f"`{name}`", _names(takes.query), _names(takes.body or {})) for name, takes in schemas.TAKES.items()
    ]
    yield from table(("path", "query", "body"), rows)


def _names(of: Fields) -> str:
    """Names of properties, with those of the objects and lists that they are."""
    return ", ".join(
        f"**{_name(one, of[one])}**" if "x-needed" in of[one] else _name(one, of[one]) for one in of
    )


def _name(name: str, schema: Schema) -> str:
    inner = schema.get("items", schema).get("properties", {})
    mark = "[]" if "items" in schema else ""
    return f"{name}{mark} ({', '.join(inner)})" if inner else f"{name}{mark}"


def _routes() -> Iterator[tuple[int, str, str, list[str]]]:
    text = (files("commonroll.server.van") / "table.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            tier, method, path, *parsons = line.split()
            yield int(tier), method, path, parsons


def _sources() -> str:
    folder = files("commonroll.server.van")
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".py")), key=lambda one: one.name)
    return "\n".join(one.read_text(encoding="utf-8") for one in found)


def _served() -> set[tuple[str, str]]:
    return set(_SERVES.findall(_sources()))


def _campaign() -> set[tuple[str, str]]:
    """Served in MyCampaign, and nothing or a refusal in MyVoters."""
    text = _sources()
    served, own = _SERVES.findall(text), set(_CAMPAIGN.findall(text))
    return {one for one in own if served.count(one) == 1} | set(_REFUSES.findall(text))


def _called() -> set[str]:
    """Methods that the tests call on the real client."""
    texts = (path.read_text(encoding="utf-8") for path in TESTS.glob("test_parsons*.py"))
    return {name for text in texts for name in _CALL.findall(text)}
