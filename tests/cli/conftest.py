"""The command line on the small federation of the site's tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

from world import *  # noqa: E402, F403
