"""The document of the VAN-compatible API holds every route that is served, and no other."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from van_client import ask, error
from world import World

from commonroll.server.van import schemas
from commonroll.server.van.openapi import document, served
from commonroll.server.van.routes import table

pytestmark = pytest.mark.django_db


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path.lstrip("/"))


def test_every_route_that_is_served_is_in_the_document(world: World) -> None:
    answer = Client().get("/v4/openapi.json")
    assert answer.status_code == 200 and answer.json() == document()
    told = {
        (method.upper(), shape(path)) for path, each in document()["paths"].items() for method in each
    }  # fmt: skip
    assert told == {(route.method, shape(route.path)) for route in table() if served(route)}
    error(ask("", "POST", "openapi.json", {}), 401)


def test_schemas_are_of_known_routes_and_objects() -> None:
    known = {f"{route.method} {route.path}" for route in table()}
    assert {*schemas.TAKES, *schemas.GIVES} <= known
    assert {gives.of for gives in schemas.GIVES.values() if gives.of} <= set(schemas.OBJECTS)
    assert all(re.fullmatch("[A-Za-z0-9]+", one["operationId"])
               for path in document()["paths"].values() for one in path.values())  # fmt: skip
