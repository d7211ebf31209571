"""The modules whose functions answer routes; each registers them by `serves` when it is imported."""

from __future__ import annotations

from commonroll.server.van import own, people, vocabularies

MODULES = (own, people, vocabularies)
"""A module that is not here answers nothing."""
