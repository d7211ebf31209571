"""Models as files: a hash for a name, when and on how many records they were trained, and what they say.

`model.json` beside this package is the model that the program comes with; a federation's own are in
HOME/identity/models. A model holds no person: chances of levels, and names that many bear.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import as_file
from importlib.resources import files as resources
from math import log2
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity.comparisons import levels, shape
from commonroll.identity.honest import Line
from commonroll.identity.model import CROWDED, SHARES, Chance, Fit, Model

FOLDER = Path("identity") / "models"
"""Where a home keeps its models."""


@dataclass(frozen=True)
class Explained:
    """One level in words: how often one person's records show it (m), how often two people's (u), and its
    bits."""

    comparison: str
    level: str
    m: float
    u: float
    bits: float
    how_m: str
    how_u: str
    why: str


@cache
def shipped() -> Model:
    """The model that comes with the program, trained on invented people; not yet fitted to any records."""
    with as_file(resources(__package__) / "data" / "model.json") as path:
        return load(path)


def save(model: Model, folder: Path) -> Path:
    """Write a model to `folder` under its version; files appear whole, the JSON last. Returns the JSON's
    path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{model.version}.json"
    write(model, path)
    return path


def write(model: Model, path: Path) -> None:
    """Write a model to one JSON file, with the shares of names in a Parquet file beside it."""
    text = {
        "version": model.version,
        "shape": shape(),
        "note": model.note,
        "trained_at": model.trained_at,
        "trained_on": dict(model.trained_on),
        "fitted": asdict(model.fitted) if model.fitted else None,
        "prior": model.prior,
        "honest": [asdict(line) for line in model.honest],
        "rare": dict(model.rare),
        "rules": list(model.rules),
        "crowded": model.crowded.to_pylist(),
        "chances": [
            {"comparison": c.name, "level": v.name, **asdict(model.chance(c.name, v.name))}
            for c, v in levels()
        ],
    }
    names, fresh = _names_of(path), path.with_name(f".{path.name}.new")
    fresh_names = names.with_name(f".{names.name}.new")
    pq.write_table(model.shares, fresh_names, compression="zstd")
    fresh_names.replace(names)
    fresh.write_text(json.dumps(text, indent=1) + "\n", "utf-8")
    fresh.replace(path)


def load(path: Path) -> Model:
    """Read a model. Raises Refusal where it was trained for other comparisons than this program's."""
    text = json.loads(path.read_text("utf-8"))
    if text["shape"] != shape():
        raise Refusal(
            "the model was trained for other comparisons than this version's",
            where=path.name,
            next_step="train it anew; judgements of people stay as they are",
        )
    chances = {(row.pop("comparison"), row.pop("level")): Chance(**row) for row in text["chances"]}
    return Model(
        chances=chances,
        prior=text["prior"],
        trained_at=text["trained_at"],
        trained_on=text["trained_on"],
        rare=text["rare"],
        shares=pq.read_table(_names_of(path)).cast(SHARES),
        crowded=pa.Table.from_pylist(text["crowded"], schema=CROWDED),
        rules=tuple(text["rules"]),
        fitted=Fit(**text["fitted"]) if text["fitted"] else None,
        honest=tuple(Line(tuple(row["gammas"]), row["slope"], row["offset"]) for row in text["honest"]),
        note=text["note"],
    )


def readable(path: Path) -> Model | None:
    """Read a model; None where there is none, or it was trained for other comparisons than this program's."""
    try:
        return load(path)
    except (Refusal, FileNotFoundError):
        return None


def _names_of(path: Path) -> Path:
    return path.with_suffix(".names.parquet")


def explain(model: Model) -> Iterator[Explained]:
    """Every level as a row for a page, in the order in which levels are tried."""
    for comparison, level in levels():
        chance = model.chance(comparison.name, level.name)
        yield Explained(
            comparison.words,
            level.words,
            chance.m,
            chance.u,
            log2(chance.m / chance.u),
            chance.how_m,
            chance.how_u,
            level.why,
        )
