"""What each route takes and gives, as JSON Schema: the API's document and its page are made of it.

Requests are stated as wide as they are read (numbers as texts, null for what is left out, names in any case),
so that what the schema forbids is refused. Nothing of Django is here: the reference is made of this, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from commonroll.server.van.schemas import canvass, codes, events, files, lists, people, site
from commonroll.server.van.schemas.kinds import Gives, Schema, Takes

NOUNS = (people, canvass, codes, lists, events, files, site)

TAKES: Mapping[str, Takes] = MappingProxyType(
    {name: one for noun in NOUNS for name, one in noun.TAKES.items()}
)
"""Method and path -> what it reads. A route that is not here reads nothing, or an object of its own."""

OBJECTS: Mapping[str, Schema] = MappingProxyType(
    {name: one for noun in NOUNS for name, one in noun.OBJECTS.items()}
)
"""What is answered, by name."""

GIVES: Mapping[str, Gives] = MappingProxyType(
    {name: one for noun in NOUNS for name, one in noun.GIVES.items()}
)
"""Method and path -> what it answers, for every route that is served."""
