"""Fixtures of the site's tests; what they are made of is in `world`."""

from world import *  # noqa: F403
