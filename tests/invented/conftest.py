"""One small federation for the whole folder: four states of 4,000 voters, and its next delivery."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonroll.invented import generate

VOTERS, SEED = 4_000, 11
STATES = ("NC", "OH", "FL", "WA")


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    generate(STATES, VOTERS, SEED, folder)
    return folder


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("second")
    generate(STATES, VOTERS, SEED, folder, snapshot=2)
    return folder


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough people that every rare quirk occurs."""
    folder = tmp_path_factory.mktemp("large")
    generate(STATES, 30_000, SEED, folder)
    return folder
