"""The style guide: every component as the pages draw it, every colour as readable as it says."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from portal.config import Settings
from portal.db import Database
from portal.demo.styleguide import colour_tokens, icon_names, size_tokens
from portal.demo.web import guide
from portal.web.application import web_app
from portal.web.context import Portal
from tests.conftest import NOW
from tests.web.rendering import add_stub_routes

TEXTS = ("ink", "ink-2", "good", "warn", "stop", "brand")


@pytest.fixture(scope="module")
def guided(settings: Settings) -> Iterator[Flask]:
    database = Database("postgresql+psycopg://portal_app@127.0.0.1:1/nowhere")
    app = web_app(Portal(settings, database, lambda: NOW, {}))
    add_stub_routes(app)
    app.register_blueprint(guide)
    yield app
    database.close()


@pytest.fixture(scope="module")
def address(guided: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, guided, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/styleguide"
    server.shutdown()
    thread.join()


def test_every_text_colour_is_readable_in_both_themes() -> None:
    by_name = {one.name: one for one in colour_tokens()}
    for name in TEXTS:
        assert by_name[name].on_light >= 4.5, name
        assert by_name[name].on_dark >= 4.5, name


def test_the_guide_shows_what_the_sources_have(guided: Flask) -> None:
    text = guided.test_client().get("/styleguide").text
    for name in (*icon_names(), *(f"--{one.name}" for one in colour_tokens())):
        assert name in text
    assert [one.name for one in size_tokens("t")] == ["t1", "t2", "t3", "t4", "t5"]
    assert len(size_tokens("s")) == 8


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 320)])
def test_the_guide_is_accessible(
    chromium: Browser, address: str, language: str, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
    page = context.new_page()
    page.goto(address)
    violations = Axe().run(page).response["violations"]
    found = [(one["id"], one["nodes"][0]["html"]) for one in violations]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
