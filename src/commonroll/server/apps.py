"""One Django app for the whole site."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from commonroll.roll import engine


class Server(AppConfig):
    name = "commonroll.server"
    label = "server"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        if settings.HOME.exists():
            engine.configure(memory="2GB", temp=settings.HOME.tmp)
