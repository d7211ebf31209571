"""A member fits a layout of its own to a delivery that no layout knew, loads it again, or takes it away."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.drafting.check import Checked, check
from commonroll.roll.drafting.choices import text_of
from commonroll.roll.drafting.fit import Fit, fit
from commonroll.roll.layout.layout import Layout, load_layout
from commonroll.roll.reading.read import open_delivery
from commonroll.server import journal
from commonroll.server.actions.loads import require_loader, vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Load, Member

REMOVED = ".removed"


def waiting(*, of: Member, by: Actor) -> list[Load]:
    """Deliveries that no layout fitted and that still lie here."""
    require_loader(of, by)
    refused = Load.objects.filter(member=of, state=Load.State.REFUSED)
    return [load for load in refused if may_fit(load)]


def may_fit(load: Load) -> bool:
    """Whether a layout can be fitted to a delivery: none did, and its files are still here."""
    return bool(load.report.get("no_layout")) and bool(load.folder) and Path(load.folder).is_dir()


def own(*, home: Home, of: Member, by: Actor) -> list[Layout]:
    """The layouts that are not the program's own, of the federation or of the member."""
    require_loader(of, by)
    return [one for one in vault(home, of).layouts() if one.own and one.state == of.state]


def removable(*, home: Home, of: Member) -> Mapping[str, Path]:
    """Keys of the member's own layouts to their files; those of the federation are not among them."""
    folder = vault(home, of).own_layouts
    paths = sorted(folder.glob("*/*.*.toml"))
    return {path.relative_to(folder).as_posix().removesuffix(".toml"): path for path in paths}


def fit_of(*, home: Home, load: Load, by: Actor, on: date) -> Fit:
    """What the columns of a delivery's first unknown file may be. Refusal where its files are gone."""
    require_loader(load.member, by)
    _require_files(load)
    held = vault(home, load.member)
    with tempfile.TemporaryDirectory(dir=home.tmp) as work:
        files = open_delivery([Path(load.folder)], Path(work))
        return fit(
            files, state=load.member.state, since=on, layouts=held.layouts(), folders=held.layout_folders
        )


def _require_files(load: Load) -> None:
    if not may_fit(load):
        raise Refusal(
            "the files of this delivery are not here any more, or a layout read them",
            next_step="load them again; where no layout fits, this page opens for them",
        )


def checked(*, home: Home, load: Load, known: Fit, document: Mapping[str, Any], by: Actor) -> list[Checked]:
    """What a fitted layout does to the first rows; real texts, for the owner's eyes."""
    require_loader(load.member, by)
    _require_files(load)
    held = vault(home, load.member)
    with _loaded(home, known, document, held.layout_folders) as mine:
        others = [one for one in held.layouts() if one.key != mine.key]
        found = check(
            [Path(load.folder)],
            state=load.member.state,
            layouts=[mine, *others],
            at=timezone.now(),
            show=True,
        )
    return [one for one in found if one.layout == mine.key]


@contextmanager
def _loaded(
    home: Home, known: Fit, document: Mapping[str, Any], folders: tuple[Path, ...]
) -> Iterator[Layout]:
    """The fitted layout, read strictly as any other; Refusal where it is none."""
    with tempfile.TemporaryDirectory(dir=home.tmp) as folder:
        path = Path(folder) / f"{known.key}.toml"
        path.parent.mkdir()
        path.write_text(text_of(known, document), "utf-8")
        if known.county_list:
            (path.parent / "counties.csv").write_text(known.county_list, "utf-8")
        yield load_layout(path, [LAYOUTS, *folders, Path(folder)])


def save(*, home: Home, load: Load, known: Fit, document: Mapping[str, Any], by: Actor) -> Load:
    """Keep a fitted layout as the member's own, and a new load of the same files; the caller queues it."""
    require_loader(load.member, by)
    _require_files(load)
    held = vault(home, load.member)
    with _loaded(home, known, document, held.layout_folders):
        text = text_of(known, document)
    path = held.own_layouts / f"{known.key}.toml"
    with transaction.atomic():
        _log(load.member, "layout.saved", known.key, text)
        again = Load.objects.create(
            member=load.member, by=by.label, accept=load.accept, piece=load.piece, files=load.files,
            folder=load.folder,
        )  # fmt: skip
        load.folder, load.message = "", f"{load.message}\nRead by {known.key}, saved by {by.label}."
        load.save()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if known.county_list:
            _add_counties(path.parent / "counties.csv", known.county_list)
        _write(path, text)
    return again


def _add_counties(path: Path, listed: str) -> None:
    """The codes that the member's own list does not have yet."""
    kept = path.read_text("utf-8") if path.exists() else listed.split("\n", 1)[0] + "\n"
    codes = {line.split(",")[0] for line in kept.splitlines()}
    fresh = [line for line in listed.splitlines() if line.split(",")[0] not in codes]
    _write(path, kept + "".join(f"{line}\n" for line in fresh))


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def remove(*, home: Home, of: Member, key: str, by: Actor) -> None:
    """Take one of the member's own layouts away; its file stays beside, under another name."""
    require_loader(of, by)
    path = removable(home=home, of=of).get(key)
    if path is None:
        raise Unknown("there is no such layout of your own", next_step="see the list of layouts")
    with transaction.atomic():
        _log(of, "layout.removed", key, path.read_text("utf-8"))
        path.replace(path.with_name(path.name + REMOVED))


def _log(of: Member, action: str, key: str, text: str) -> None:
    """An entry that commits to which layout, and to its text by its hash."""
    journal.operator(of, action, {"layout": key, "sha256": hashlib.sha256(text.encode()).hexdigest()})
