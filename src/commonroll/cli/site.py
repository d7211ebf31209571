"""`demo` and `serve`: the main job on invented people, and the site."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, refusing, use


@click.command()
@home_option
@click.option("--voters", default=50_000, show_default=True, type=click.IntRange(100, 5_000_000),
              help="Invented voters per state.")  # fmt: skip
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--no-serve", is_flag=True, help="Stop after the national count.")
@refusing
def demo(home: Path | None, voters: int, port: int, no_serve: bool) -> None:
    """Four states' official files, five agreements, the national count; then the site."""
    import os

    from commonroll import demo as story
    from commonroll import demo_walk
    from commonroll.server.home import Home

    os.environ["COMMONROLL_DEMO"] = "1"
    at = Home.find(home)
    ready = story.prepare(at.path, voters)
    at.create()
    found = use(home)
    story.tell(found, voters=voters, ready=ready)
    if not no_serve:
        from commonroll.server import site

        site.free_port("127.0.0.1", port)
        story.say_sign_ins(port)
        demo_walk.say_phone(found, port)
        site.serve(found, host="127.0.0.1", port=port)


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@refusing
def serve(home: Path | None, host: str, port: int) -> None:
    """Serve the site, with the sequencer of the logs and the worker for loads and extracts."""
    found = use(home)
    from commonroll.server import site

    site.serve(found, host=host, port=port)
