"""Looking at a page in a real browser: what axe finds, whether it fits, what the console says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

OPEN_ALL = "document.querySelectorAll('details').forEach(part => part.open = true)"
_PAGE_WIDTH = "document.documentElement.scrollWidth"
_AXE = Axe()

Finding = tuple[str, str, str]
"""The page, what is wrong, where."""


@dataclass(frozen=True, slots=True)
class Window:
    """A browser's window and what its console said."""

    page: Page
    width: int
    complaints: list[str]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of an app that answers until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def opened(chromium: Browser, *, width: int, theme: str = "light") -> Iterator[Window]:
    """A window of that width and theme."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Window(page, width, complaints)
    context.close()


def violations(window: Window, name: str) -> list[Finding]:
    """What axe finds on the page, everything opened; and whether it fits."""
    window.page.evaluate(OPEN_ALL)
    found = [
        (name, violation["id"], violation["nodes"][0]["html"])
        for violation in _AXE.run(window.page).response["violations"]
    ]
    return found + too_wide(window, name, window.width)


def too_wide(window: Window, name: str, width: int) -> list[Finding]:
    """A page that scrolls sideways."""
    has = window.page.evaluate(_PAGE_WIDTH)
    return [(name, "sideways scroll", str(has))] if has > width else []
