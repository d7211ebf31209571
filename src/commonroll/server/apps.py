"""One Django app for the whole site."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from commonroll.roll import engine


class Server(AppConfig):
    name = "commonroll.server"
    label = "server"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commonroll.server import policies, turns, wall

        connection_created.connect(wall.install)
        post_migrate.connect(policies.build, sender=self)
        post_migrate.connect(turns.build, sender=self)
        if settings.HOME.exists():
            engine.configure(memory="2GB", temp=settings.HOME.tmp)
