"""Whether a script says when, where or how to vote, and by which official link.

A wrong day or place keeps people from voting. So such a script has a link of a public office in it, and
somebody else than its writer has read it before it is walked with (design, what Commonroll refuses). Words
are a net with holes: whoever approves reads the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from commonroll.field.script import Script

_SAYS = re.compile(
    r"""\b(
      polling\s+(place|station|location)s? | poll(s|ing)\s+(are\s+)?(open|close)\w* | election\s+day
      | early\s+vot\w+ | vote\s+(early|by|on|at|in\s+person|from) | absentee | mail(-|\s+)?(in\s+)?ballots?
      | ballot\s+(drop\w*|box\w*|deadline) | drop\s*box\w* | voter\s+registration | register\s+(to\s+vote|by)
      | where\s+to\s+vote | how\s+to\s+vote | when\s+to\s+vote | (photo|voter)\s+id
      | centros?\s+de\s+votaci[oó]n | lugar(es)?\s+de\s+votaci[oó]n | casillas? | urnas
      | d[ií]a\s+de\s+(las\s+)?elecci(ones|[oó]n)
      | vot(o|ar|e|aci[oó]n)\s+(anticipad[oa]|temprano|por\s+correo|en\s+persona)
      | boletas?\s+(por\s+correo|de\s+ausente) | d[oó]nde\s+votar | c[oó]mo\s+votar | cu[aá]ndo\s+votar
      | registrarse\s+para\s+votar
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_OFFICIAL = re.compile(r"(?<![\w.@-])(https://)?([a-z0-9-]+\.)+(gov|us)(?![\w-]|\.\w)", re.IGNORECASE)


def says_how_to_vote(script: Script) -> tuple[str, ...]:
    """Where a script speaks of when, where or how to vote, in words: "question q2", "opening words"."""
    return tuple(dict.fromkeys(where for where, text in _texts(script) if _SAYS.search(text)))


def has_official_link(script: Script) -> bool:
    """Whether the address of a public office stands in it."""
    return any(_OFFICIAL.search(text) for _, text in _texts(script))


def _texts(script: Script) -> Iterator[tuple[str, str]]:
    for text in script.intro.values():
        yield "opening words", text
    for one in script.questions:
        for text in (*one.text.values(), *(text for each in one.answers for text in each.text.values())):
            yield f"question {one.id}", text
    for text in script.closing.values():
        yield "closing words", text
