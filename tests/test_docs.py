"""What is documented exists, what exists is documented, and what a reader would type runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest

from commonroll.cli import main, reference
from commonroll.cli.reference import every_command
from commonroll.invented import generate
from commonroll.roll.layout.fields import MADE_BY_THE_LOADER
from commonroll.roll.layout.layout import all_layouts, layouts_for, published
from commonroll.roll.schema import CLASSES, FACT_NAMES, GRANTABLE, TABLES
from commonroll.views.derived import FUNCTIONS, VISIBLE

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAGES = [ROOT / "README.md", *GUIDES]
COMMANDS = {" ".join(path): command for path, command in every_command(main)}
RENEW = "renew it with `python -m commonroll.cli.reference`"


# put together here, so that this file does not name them either
REGISTRIES = {".".join(parts) for parts in (["pypi", "org"], ["files", "pythonhosted", "org"])} | {
    ".".join(["registry", "npmjs", "org"])
}


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# The reference


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_the_reference_is_fresh(name: str) -> None:
    kept = ROOT / "docs" / "reference" / name
    assert kept.exists() and text(kept) == reference.pages()[name], RENEW


def test_the_reference_holds_no_page_that_nothing_writes() -> None:
    folder = ROOT / "docs" / "reference"
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == set(reference.pages())


def test_the_reference_is_written_where_it_is_asked_to(tmp_path: Path) -> None:
    written = reference.write(tmp_path / "reference")
    found = {path.relative_to(tmp_path / "reference").as_posix(): path.read_text("utf-8") for path in written}
    assert found == reference.pages()


def section(page: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert found, f"no section {heading}: {RENEW}"
    return found.group(1)


@pytest.mark.parametrize("table", list(TABLES))
def test_every_column_of_a_table_is_documented(table: str) -> None:
    said = section(text(ROOT / "docs" / "reference" / "columns.md"), table)
    for column in TABLES[table]:
        assert f"| `{column.name}` | {column.type} | {column.cls} | {column.meaning}" in said


def test_classes_and_names_of_fact_files_are_documented() -> None:
    page = text(ROOT / "docs" / "reference" / "columns.md")
    assert all(f"| {name} | {meaning} |" in page for name, meaning in CLASSES.items())
    assert all(f"| `{name}` | {ours} |" in page for name, ours in FACT_NAMES.items())


@pytest.mark.parametrize("key", [one.key for one in all_layouts()])
def test_every_layout_is_documented(key: str) -> None:
    page = text(ROOT / "docs" / "reference" / "layouts.md")
    (layout,) = (one for one in all_layouts() if one.key == key)
    said = section(page, key)
    assert layout.title in said and all(f"| `{name}` |" in said for name in layout.ignore)
    assert all(f"`{column}`" in said for column in layout.published)


@pytest.mark.parametrize("state", sorted({one.state for one in all_layouts()}))
def test_every_state_has_a_page_that_says_what_it_holds_and_withholds(state: str) -> None:
    page = reference.pages()[f"states/{state.lower()}.md"]
    holds, withholds = (section(page, f"What it {verb}") for verb in ("publishes", "withholds"))
    for column in TABLES["voters"]:
        told = (f"`{column.name}`" in voters(holds), f"`{column.name}`" in voters(withholds))
        is_published = column.qualified in published(state)
        may_miss = column.qualified in GRANTABLE and column.name not in MADE_BY_THE_LOADER
        assert told == (is_published, not is_published and may_miss), column.name
    newest = [one for one in layouts_for(state) if one.role == "registration"]
    assert all(quirk in page for one in newest for quirk in one.quirks)
    assert all(one.key in page for one in layouts_for(state))


def voters(said: str) -> str:
    """The line of one table."""
    return next((line for line in said.splitlines() if line.startswith("- voters: ")), "")


def test_every_word_of_the_universe_language_is_documented() -> None:
    page = text(ROOT / "docs" / "reference" / "universe.md")
    assert all(f"| `{function.usage}` |" in page for function in FUNCTIONS.values())
    assert all(f"| `{name}` |" in page for name in VISIBLE)


# Commands


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"commonroll"}))
def test_every_command_is_documented(name: str) -> None:
    places = [*PAGES, ROOT / "docs" / "reference" / "cli.md"]
    assert any(re.search(rf"{name}\b", text(page)) for page in places)


def lines_of(page: Path) -> list[str]:
    """Command lines of a page: whole lines in blocks, and those between backticks."""
    joined = text(page).replace("\\\n", " ")
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", joined, re.M | re.S))
    inline = re.findall(r"`(commonroll [^`\n]+)`", re.sub(r"^```\n.*?^```", "", joined, flags=re.M | re.S))
    return [line for line in blocks.splitlines() if line.startswith("commonroll ")] + inline


@pytest.mark.parametrize(
    ("page", "line"), [(page.name, line) for page in PAGES for line in lines_of(page)], ids=lambda x: x[:60]
)
def test_a_command_line_in_the_guides_exists(page: str, line: str) -> None:
    words = shlex.split(line)
    if words[1] == "COMMAND":
        return
    length = 3 if " ".join(words[:3]) in COMMANDS else 2
    command = COMMANDS.get(" ".join(words[:length]))
    assert command is not None, f"{page}: there is no such command"
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known, page
    if not isinstance(command, click.Group):
        most = sum(p.nargs if p.nargs > 0 else 99 for p in command.params if isinstance(p, click.Argument))
        assert positional(command, words[length:]) <= most, page


def positional(command: click.Command, words: list[str]) -> int:
    """Words of a line that are no option and no option's value."""
    takes = {o: p for p in command.params if isinstance(p, click.Option) for o in p.opts if not p.is_flag}
    found, skip = 0, 0
    for word in words:
        if skip:
            skip -= 1
        elif word in takes:
            skip = takes[word].nargs
        elif not word.startswith("--"):
            found += 1
    return found


# The README's lines run


def readme_lines() -> list[list[str]]:
    """The lines of "Use it", without the last that serves the site; days are moved to today's."""
    block = section(text(ROOT / "README.md"), "Use it").split("```")[1].replace("\\\n", " ")
    start = datetime.now(UTC).date()
    days = iter([start, start + timedelta(days=365)])
    moved = re.sub(r"\b20\d\d-\d\d-\d\d\b", lambda _: next(days).isoformat(), block)
    lines = [shlex.split(line)[1:] for line in moved.strip().splitlines()]
    assert lines[-1][0] == "serve"
    return lines[:-1]


def prepared(lines: list[list[str]], passphrase: Path) -> list[list[str]]:
    """With a file where a passphrase is asked, and the vault marked: tiny deliveries are no states' files."""
    found = []
    for words in lines:
        asks = words[:2] in (["member", "add"], ["agreement", "sign"]) or words[0] == "statement"
        if words[0] == "load":
            found.append(["sample", words[words.index("--home") + 1], words[1]])
        found.append([*words, "--passphrase-file", str(passphrase)] if asks else words)
    return found


def in_one_process(lines: list[list[str]], folder: Path) -> list[dict[str, Any]]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "COMMONROLL_HOME")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "command_lines.py")], input=json.dumps(lines), cwd=folder,
        env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder in which the README's lines ran, and what each of them said."""
    folder = tmp_path_factory.mktemp("readme")
    generate(["OH"], 200, 3, folder / "files")
    for file in (folder / "files" / "OH").glob("*.txt"):
        file.rename(folder / file.name)
    (folder / "passphrase").write_text("only for tests\n")
    return folder, in_one_process(prepared(readme_lines(), folder / "passphrase"), folder)


def test_the_lines_of_the_readme_run(written: tuple[Path, list[dict[str, Any]]]) -> None:
    for said in written[1]:
        assert said["code"] == 0, f"{' '.join(said['words'])}\n{said['stdout']}{said['stderr']}"


def test_the_readme_ends_with_a_count_and_a_log_that_verifies(
    written: tuple[Path, list[dict[str, Any]]],
) -> None:
    count, verify = written[1][-2:]
    assert "voters" in count["stdout"] and not count["stdout"].startswith("0 ")
    assert "DEM" in count["stdout"] and verify["stdout"]


def test_two_loads_of_one_member_at_once_leave_one_roll_whole(
    written: tuple[Path, list[dict[str, Any]]],
) -> None:
    folder, _ = written
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    files = [file.name for file in sorted(folder.glob("SWVF_*.txt"))]
    load = [sys.executable, "-m", "commonroll.cli", "load", "oh", *files, "--home", "roll"]
    both = [
        subprocess.Popen(
            load, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes and set(codes) <= {0, 1} and "Traceback" not in "".join(said), said
    shown = in_one_process(
        [[*words, "--home", "roll", "--json"] for words in (["snapshots", "oh"], ["log", "verify", "oh"])],
        folder,
    )
    numbers = [row["number"] for row in json.loads(shown[0]["stdout"])]
    assert numbers == list(range(1 + codes.count(0), 0, -1))
    assert json.loads(shown[1]["stdout"])["ok"] is True


# Settings, words, links


def variables() -> set[str]:
    sources = "\n".join(text(path) for path in (ROOT / "src").rglob("*.py"))
    return set(re.findall(r"[\"'](COMMONROLL_[A-Z_]+|DATABASE_(?:OWNER_)?URL)[\"']", sources))


def test_every_variable_stands_in_the_operators_guide() -> None:
    guide = text(ROOT / "docs" / "guide" / "operator.md")
    assert variables() == set(re.findall(r"^\| `([A-Z_]+)`", guide, re.M))


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    words = re.findall(r"^\| ([^|]+) \|", text(ROOT / "GLOSSARY.md"), re.M)[1:]
    assert len(words) > 30 and words == sorted(set(words), key=str.casefold)


def test_every_purpose_in_the_glossary_exists() -> None:
    from commonroll.agreements.profile import PURPOSES

    (said,) = re.findall(r"^\| purpose \| [^:]+: ([^|]+) \|", text(ROOT / "GLOSSARY.md"), re.M)
    assert set(said.split(", ")) == set(PURPOSES)


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text(page))
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_decisions_are_short_and_numbered_once() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(numbers) == len(set(numbers))
    assert not [path.name for path in decisions if len(text(path).splitlines()) > 30]


# Nothing of the machine on which it was written


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a clone")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:8_000]]


def hosts_of_registries() -> set[str]:
    """Hosts that this machine's package tools are told to ask, and the public ones."""
    words = " ".join(value for name, value in os.environ.items() if re.match(r"(PIP|UV|NPM)_", name, re.I))
    for file in (Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf", Path("/etc/pip.conf")):
        words += " " + (file.read_text() if file.exists() else "")
    named = {urlsplit(found).hostname or "" for found in re.findall(r"https?://[^\s\"',]+", words)}
    return {host for host in named | REGISTRIES if "." in host}


def test_no_file_names_a_registry_or_a_path_of_this_machine() -> None:
    paths = {str(path) for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix)) if len(path.parts) > 2}
    unwanted = [word.encode() for word in (*hosts_of_registries(), *(f"{path}/" for path in paths))]
    found = {
        (str(file.relative_to(ROOT)), word.decode())
        for file in tracked()
        if file != Path(__file__)
        for word in unwanted
        if word in file.read_bytes()
    }
    assert not found


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_locks_hold_names_versions_and_hashes_alone(lock: str) -> None:
    lines = [line.strip(" \\") for line in text(ROOT / lock).splitlines()]
    kept = [line for line in lines if line and not line.startswith("#")]
    forms = r"--hash=sha256:[0-9a-f]{64}|[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s;]+( ; .+)?"
    assert not [line for line in kept if not re.fullmatch(forms, line)]
