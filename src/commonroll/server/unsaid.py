"""What a log of requests does not say: addresses of `/v4/` may hold a voter's id."""

from __future__ import annotations

import logging

WITHOUT = "/v4/"


class Unsaid(logging.Filter):
    """Cuts an address off after `/v4/` and the first word behind it, in a record of `django.request`."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(each) for each in record.args)
        return True


def _cut(said: object) -> object:
    if not isinstance(said, str) or not said.startswith(WITHOUT):
        return said
    word, more, _ = said.removeprefix(WITHOUT).partition("/")
    return f"{WITHOUT}{word[:40]}{'/…' if more else ''}"
