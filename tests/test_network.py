"""The guard in conftest guards."""

from __future__ import annotations

import socket

import pytest


def test_the_network_is_closed() -> None:
    with pytest.raises(OSError, match="do not reach"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
