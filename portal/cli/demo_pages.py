"""`portal demo pages`: every page of the demo with its role, its state and a way in."""

import os
from dataclasses import asdict

import click

from portal.cli.opening import sentences
from portal.cli.output import as_json, show
from portal.config import Settings
from portal.demo.pages import demo_pages
from portal.demo.web import demo_app
from portal.runtime import running


@click.command("pages")
@as_json
def pages(*, json_lines: bool) -> None:
    """List the pages of the demo; each way in opens once."""
    with sentences():
        settings = Settings.from_environ({**os.environ, "PORTAL_ENV": "demo"})
        with running(settings) as opened:
            app = demo_app(opened.settings, opened.database)
            for page in demo_pages(app, opened.settings.home):
                show(asdict(page), json_lines=json_lines)
