"""Run every figure, print a table, write bench/results.json. `--only NAME` runs one script."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HEAD = ("figure", "seconds", "reference", "ratio", "MiB", "bar", "ok")


def figures(script: Path) -> list[dict[str, Any]]:
    """The JSON lines that one script prints."""
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        lines.append({"name": script.stem, "ok": False, "bar": f"the script ended with {done.returncode}"})
    return lines


def row(figure: dict[str, Any]) -> tuple[str, ...]:
    def number(key: str, digits: int) -> str:
        value = figure.get(key)
        return "" if value is None else f"{value:.{digits}f}"

    return (
        str(figure["name"]),
        number("seconds", 3),
        number("reference_seconds", 3),
        number("ratio", 2),
        number("peak_mib", 0),
        str(figure.get("bar", "")),
        "yes" if figure.get("ok") else "NO",
    )


def table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(r[i]) for r in rows) for i in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)) for r in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a script's name")
    only = parser.parse_args().only
    found = [f for s in sorted(HERE.glob("bench_*.py")) if only in s.stem for f in figures(s)]
    (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    print(table([HEAD, *(row(f) for f in found)]))
    return 0 if found and all(f.get("ok") for f in found) else 1


if __name__ == "__main__":
    sys.exit(main())
