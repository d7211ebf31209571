"""Commonroll: the voter roll held in common."""

__version__ = "0.1.0"
