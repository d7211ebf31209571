"""SQL that lies in a package beside the code that runs it, with its names filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def text_of(package: str, name: str) -> str:
    """The text of a package's `name`.sql."""
    return (files(package) / f"{name}.sql").read_text("utf-8")


def filled(package: str, name: str, given: Mapping[str, str]) -> str:
    """The same with the SQL that each `:name` stands for; a cast's `::TYPE` is none.

    Only what the program itself writes goes in here: values of people are parameters.
    """
    return re.sub(r"(?<![:\w]):([a-z_0-9]+)", lambda found: given[found[1]], text_of(package, name))
