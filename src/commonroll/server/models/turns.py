"""Marks of change: one row whenever a row changes that decides what may be read (`server.turns`)."""

from __future__ import annotations

from django.db import models


class Turn(models.Model):
    """Triggers write it, in the transaction of the change. The token is drawn, so that no two states of the
    database are taken for each other, whatever was rolled back or restored."""

    token = models.BigIntegerField()
