"""Doors and where they are: address keys, households, points and lists of places."""
