"""The report of a trace: what was found and how, with which keys, and what was not done.

It accuses no person. The same as JSON, Markdown and HTML; its hash stands in the owner's log. A report that
shows the mark keys lets anybody compute it anew: they fit what the log said before the leak, and are burnt by
being shown.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from commonroll.tracing import hint_words
from commonroll.tracing.keys import MarkKey
from commonroll.tracing.standing import Standing
from commonroll.tracing.trace import LayerRead, Traced

REFUSED = "refused"
VERDICTS = {
    REFUSED: "Nobody is accused: the marks fit a recipient's copy, but the log does not say that it had one.",
    "named": "The file was made of copies that these recipients were given.",
    "nobody": "Nobody is named: no recipient's marks stand in the file.",
    "not enough": "Not enough: so few marked rows stand in the file that nobody could be named by them.",
}
_LAYERS = {
    "tenth": "the last digit of scores", "point": "the whole points of scores", "decoy": "invented voters",
}  # fmt: skip

METHOD = (
    "Each copy that left differs from every other in a secret way: in the parity of some modelled scores, "
    "and in which invented voters stand in it. Whose copy has which bit follows from a key that the owner's "
    "log committed to before the copy was made (HMAC-SHA256; G. Tardos, Optimal probabilistic fingerprint "
    "codes, JACM 2008).",
    "A recipient's score is the sum, over the marked rows found, of how well its own bits agree with the "
    "file's (symmetric score of Škorić, Katzenbeisser and Celik). For a recipient whose copy had no part in "
    "the file each term has mean 0 and variance 1, whatever the leakers did.",
    "The probability that such a recipient scores as much is bounded after Chernoff, over the very rows "
    "found, without assuming a normal distribution. A recipient is named where that bound is below the error "
    "divided by the number of layers, fixed before the file was read, and by the number of all recipients "
    "ever.",
)
NOT_DONE = (
    "Nobody was asked, and no machine was searched: a recipient's copy may have been stolen from it.",
    "Rows that are on neither the roll nor the register of invented voters were set aside.",
    "The absence of an invented voter was not counted. The order of rows and the form of numbers were "
    "looked at for hints alone: they are in no odds and accuse nobody.",
    "Nothing tells which person leaked a file, when, or why.",
    "The owner knows the marks and could have made such a file itself. What speaks against that, in part: "
    "the log's commitment before the leak, and the recipient's signed receipt.",
)


def document(
    traced: Traced,
    keys: Sequence[MarkKey],
    *,
    owner: str,
    at: str,
    opened: bool = False,
    standings: Mapping[str, Standing] = MappingProxyType({}),
    unused: Sequence[str] = (),
) -> dict[str, Any]:
    """The report, JSON-ready. `at`: when, UTC; `opened`: with the keys' secrets, hexadecimal.

    `standings`: of each accused what the log says; whom it does not speak against is not accused. `unused`:
    in words what was left out because the log did not commit to it.
    """
    used = {name for layer in traced.layers for name in layer.keys}
    refused = {who: one.refused for who, one in standings.items() if one.refused}
    accused = [who for who in traced.accused if who not in refused]
    verdict = REFUSED if refused and not accused else traced.verdict
    return {
        "report": "commonroll trace v1",
        "owner": owner,
        "made": at,
        "verdict": verdict,
        "says": VERDICTS[verdict],
        "accused": [_accused(traced, who) | _stands(standings.get(who)) for who in accused],
        "refused": [{"recipient": who, "why": why} for who, why in sorted(refused.items())],
        "unused": list(unused),
        "sentence": sentence(traced) if accused else "",
        "best_of_the_others": _best(traced),
        "file": {
            "sha256": traced.leak.sha256,
            "rows": traced.leak.rows,
            "matched": traced.leak.matched,
            "matched_by": dict(traced.leak.ways),
        },
        "layers": [_layer(layer) for layer in traced.layers],
        "hints": hint_words.documents(traced.hints),
        "recipients": traced.recipients,
        "error": traced.error,
        "threshold_ln": round(traced.threshold, 3),
        "keys": [_key(key, opened) for key in keys if key.name in used],
        "method": list(METHOD),
        "not_done": list(NOT_DONE),
    }


def _stands(one: Standing | None) -> dict[str, Any]:
    return {} if one is None else {"evidence": one.document()}


def sentence(traced: Traced) -> str:
    """What the odds mean."""
    if not traced.accused:
        return ""
    return (
        "If no accused recipient's copy was used, a result like this appears with probability at most "
        f"{_one_in(traced.error)}."
    )


def _one_in(error: float) -> str:
    number = round(1 / error)
    return "1 in a million" if number == 1_000_000 else f"1 in {number:,}"


def _accused(traced: Traced, who: str) -> dict[str, Any]:
    by = {_said(one): round(one.logs[who], 2) for one in traced.layers if who in one.logs}
    return {
        "recipient": who,
        "bound_ln": min(by.values()),
        "by_layer_ln": by,
        "layers": [name for name, log in by.items() if log < traced.threshold],
    }


def _best(traced: Traced) -> dict[str, Any] | None:
    """Of the recipients that are not accused the one that comes nearest to it."""
    rest = [
        (log, who, _said(layer))
        for layer in traced.layers
        for who, log in layer.logs.items()
        if who not in traced.accused
    ]
    if not rest:
        return None
    log, who, layer = min(rest)
    return {"recipient": who, "bound_ln": round(log, 2), "layer": layer}


def _said(layer: LayerRead) -> str:
    return f"{layer.layer} of {layer.score}" if layer.score else layer.layer


def _layer(layer: LayerRead) -> dict[str, Any]:
    return {
        "layer": _said(layer),
        "means": _LAYERS[layer.layer],
        "column": layer.column,
        "load": layer.load,
        "positions": layer.positions,
        "readable": not layer.why_not,
        "why_not": layer.why_not,
    }


def _key(key: MarkKey, opened: bool) -> dict[str, str]:
    found = {"name": key.name, "commitment": key.commitment}
    return found | ({"secret": key.secret.hex()} if opened else {})


def as_json(said: Mapping[str, Any]) -> bytes:
    """The bytes that the log's leaf has the hash of."""
    return (json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def as_markdown(said: Mapping[str, Any]) -> str:
    """The report to be read."""
    return "\n".join(
        [
            f"# Trace of a leaked file, {said['made']}",
            "",
            f"**{said['says']}**",
            "",
            *(f"- **{one['recipient']}** (ln bound {one['bound_ln']}): by {', '.join(one['layers'])}"
              for one in said["accused"]),
            *(f"  {one['recipient']}: {one['evidence']['says']}" for one in said["accused"]
              if "evidence" in one),
            *(f"- **{one['recipient']}** is not accused. {one['why']}" for one in said["refused"]),
            *(f"- {text}" for text in said["unused"]),
            *(["", said["sentence"]] if said["sentence"] else []),
            *_others(said),
            "",
            "## The file",
            "",
            f"SHA-256 `{said['file']['sha256']}`, {said['file']['rows']:,} rows; "
            f"{said['file']['matched']:,} of them are on the roll of {said['owner']} or invented"
            + (f" ({_ways(said['file']['matched_by'])})." if said["file"]["matched_by"] else "."),
            "",
            "## Layers",
            "",
            "| layer | what carries it | column | load | marked rows read |",
            "|---|---|---|---|--:|",
            *(f"| {one['layer']} | {one['means']} | {one['column'] or '-'} | {one['load'] or '-'} | "
              f"{one['positions']:,}{' (' + one['why_not'] + ')' if one['why_not'] else ''} |"
              for one in said["layers"]),
            "",
            f"{said['recipients']} recipients ever received; named is whoever's ln bound is below "
            f"{said['threshold_ln']}.",
            "",
            *hint_words.as_lines(said["hints"]),
            "## Keys",
            "",
            *(f"- mark key {one['name']}: the log's leaf `mark.key` commits to `{one['commitment']}`"
              + (f"; opened: `{one['secret']}`" if "secret" in one else "; not opened in this report")
              for one in said["keys"]),
            "",
            "## Method",
            "",
            *(f"{text}\n" for text in said["method"]),
            "## What was not done",
            "",
            *(f"- {text}" for text in said["not_done"]),
            "",
        ]
    )  # fmt: skip


def _others(said: Mapping[str, Any]) -> list[str]:
    best = said["best_of_the_others"]
    if best is None:
        return []
    return ["", f"The best of the others, for comparison: {best['recipient']}, ln bound {best['bound_ln']}."]


def _ways(ways: Mapping[str, int]) -> str:
    words = {"id": "by id", "pseudonym": "by pseudonym", "person": "by name and birth or address",
             "alike": "by likeness"}  # fmt: skip
    return ", ".join(f"{count:,} {words[way]}" for way, count in sorted(ways.items()))


def as_html(said: Mapping[str, Any]) -> str:
    """The report as a page that stands alone, without script or style from elsewhere."""
    lines = []
    for text in as_markdown(said).split("\n"):
        lines.append(_line(text))
    body = "\n".join(lines)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<title>Trace of a leaked file</title></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def _line(text: str) -> str:
    safe = html.escape(text)
    for mark, tag in (("## ", "h2"), ("# ", "h1"), ("- ", "li")):
        if safe.startswith(mark):
            return f"<{tag}>{safe.removeprefix(mark)}</{tag}>".replace("**", "").replace("`", "")
    return f"<p>{safe}</p>".replace("**", "").replace("`", "") if safe else ""
