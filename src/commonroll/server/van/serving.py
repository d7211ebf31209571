"""The modules whose functions answer routes; each registers them by `serves` when it is imported."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "bulk", "canvass", "changes", "codes", "contact_lists", "contacts", "custom_fields", "event_types",
    "events", "export_jobs", "lists", "loading", "locations", "openapi", "own", "people", "questions",
    "scores", "signups", "source", "vocabularies",
)  # fmt: skip
"""A module that is not here answers nothing."""

for name in MODULES:
    import_module(f"{__package__}.{name}")
