"""Commonroll: the voter roll held in common."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Client", "__version__"]


def __getattr__(name: str) -> Any:
    """The client is read when it is asked for, so that the rest does not wait for it."""
    if name == "Client":
        from commonroll.client import Client

        return Client
    raise AttributeError(name)
