"""Where a federation lives on disk: one folder, everything below it."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commonroll import at_rest
from commonroll.errors import Refusal

ENVIRONMENT = "COMMONROLL_HOME"
DEFAULT = "commonroll-home"


@dataclass(frozen=True)
class Home:
    """The folder of one federation; the methods name what lies in it."""

    path: Path

    @classmethod
    def find(cls, given: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> Home:
        """`given`, else `$COMMONROLL_HOME`, else `./commonroll-home`."""
        return cls(Path(given or environ.get(ENVIRONMENT) or DEFAULT).expanduser().absolute())

    @property
    def database(self) -> Path:
        return self.path / "commonroll.sqlite3"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    @property
    def vaults(self) -> Path:
        return self.path / "vaults"

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def decisions(self) -> Path:
        """Who might do what, without names: a folder for each member (`transparency.decisions`)."""
        return self.path / "decisions"

    @property
    def uploads(self) -> Path:
        return self.path / "uploads"

    @property
    def extracts(self) -> Path:
        return self.path / "extracts"

    @property
    def mailings(self) -> Path:
        """Whose pieces of mail, and rows of audiences, left this machine: they go nowhere."""
        return self.path / "mailings"

    @property
    def lists(self) -> Path:
        """Members of saved lists, of every owner that shares with whoever saved them: they go nowhere."""
        return self.path / "lists"

    @property
    def scores(self) -> Path:
        """What members' models guess of voters, of every owner that shares with them: they go nowhere."""
        return self.path / "scores"

    @property
    def turf(self) -> Path:
        """Doors of cuts, and keys of whoever lives behind them, of all owners: they go nowhere."""
        return self.path / "turf"

    @property
    def hand_places(self) -> Path:
        """Where members put buildings by hand: a file for each member, of no person."""
        return self.path / "hand-places"

    @property
    def copies(self) -> Path:
        """The decoys in each recipient's copy, as the engine reads them: made again where missing."""
        return self.path / "copies"

    @property
    def identity(self) -> Path:
        """What is known of one person's rows: a folder for each pair of members that agreed to be matched."""
        return self.path / "identity"

    @property
    def layouts(self) -> Path:
        """Layouts of this federation's own, a folder for each state."""
        return self.path / "layouts"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    def signing_key(self, member: str) -> Path:
        """The member's signing key, encrypted under its own passphrase."""
        return self.vaults / member / "signing.key"

    def reader_key(self, member: str) -> Path:
        """The member's key to sealed details, under the same passphrase."""
        return self.vaults / member / "reader.key"

    def log_key(self, log: str) -> Path:
        return self.secrets / f"{log}.log.key"

    def next_log_key(self, log: str) -> Path:
        """The key that is to follow, while both sign; no member's key has a dot."""
        return self.secrets / f"{log}.next.log.key"

    def exists(self) -> bool:
        return (self.secrets / "django.key").exists()

    def create(self) -> None:
        """Make the folders, the keys and the site's secret; safe to repeat after an interrupted start."""
        for folder in (
            self.path,
            self.secrets,
            self.vaults,
            self.logs,
            self.decisions,
            self.uploads,
            self.extracts,
            self.lists,
            self.mailings,
            self.turf,
            self.tmp,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not any(self.secrets.glob("*.key")):  # an older home is taken up by `commonroll upgrade`
            at_rest.make(self.path)
        # django.key last: a home is there when it is
        for name in ("references.key", *(() if self.exists() else ("derived.key",)), "django.key"):
            if not (self.secrets / name).exists():
                at_rest.put(self.secrets / name, secrets.token_urlsafe(64).encode())

    def require(self) -> None:
        """Refuse to go on where no federation lives."""
        if not self.exists() and self.database.exists():
            raise Refusal(
                "the site's secret is gone, the database is there",
                where=str(self.secrets / "django.key"),
                next_step="put the folder secrets back, all of it, from the backup of this home",
            )
        if not self.exists():
            raise Refusal(
                "there is no federation here",
                where=str(self.path),
                next_step="make one with `commonroll init --home DIR --name NAME`, or name another --home",
            )

    def secret(self) -> str:
        """The site's secret; a throw-away one where no federation lives yet (`init`, type checks)."""
        found = self._site_secrets()
        return found[0] if found else secrets.token_urlsafe(64)

    def former_secrets(self) -> list[str]:
        """Secrets of the site before this one: what they signed is still known."""
        return self._site_secrets()[1:]

    def _site_secrets(self) -> list[str]:
        key = self.secrets / "django.key"
        return at_rest.read(key).decode().split() if key.exists() else []

    def derived_secret(self) -> bytes:
        """What webhooks' secrets and ids of others' records are made of; it outlives the site's secret."""
        return self.derived_secrets()[0]

    def derived_secrets(self) -> tuple[bytes, ...]:
        """The same, and after it the former one while it is known."""
        key = self.secrets / "derived.key"
        return tuple(at_rest.read(key).split()) if key.exists() else (self.secret().encode(),)

    def keep_derived(self) -> None:
        """Keep what is derived from apart from the site's secret.

        In a home of before it is a copy of it, so that webhooks go on signing as they did.
        """
        if not (self.secrets / "derived.key").exists():
            at_rest.put(self.secrets / "derived.key", self.secret().encode())

    def reference_secret(self) -> bytes:
        """What the pseudonyms of voters are derived from, for recipients that may not have the state's id."""
        return hashlib.sha256(
            b"commonroll references v1\n" + at_rest.read(self.secrets / "references.key")
        ).digest()

    def clear_tmp(self) -> None:
        shutil.rmtree(self.tmp, ignore_errors=True)
        self.tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
