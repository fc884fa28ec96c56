"""Looking at a page as everybody has to be able to use it: by machine, at a phone's width too."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

WIDTHS = (1280, 320)
_HEIGHT = 900
_OPEN_ALL = "document.querySelectorAll('details').forEach(part => part.open = true)"
_PAGE_WIDTH = "document.documentElement.scrollWidth"
_LANGUAGE = "document.documentElement.lang"
_HAS_AXE = "'axe' in window"
_VIOLATIONS = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"
_REFUSED = "Failed to load resource: the server responded with a status of 4"


@dataclass  # no slots: Playwright hangs its wrappers on whoever listens
class Looker:
    """Goes through pages in one language and writes down what is wrong with each."""

    language: str
    paths: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note each request of its pages, and what the browser complains about."""
        context.on("request", self._note_request)
        context.on("console", self._note_complaint)

    def look(self, page: Page, name: str) -> None:
        """At both widths: nothing for axe to find, nothing that scrolls sideways."""
        page.wait_for_load_state()  # a click returns before the next page has a document
        self.paths.add(urlsplit(page.url).path)
        page.evaluate(_OPEN_ALL)
        if not page.evaluate(_HAS_AXE):
            page.evaluate(Axe().axe_script)
        spoken = page.evaluate(_LANGUAGE)
        if spoken.split("-")[0] != self.language:
            self._complain(name, f"its language is {spoken}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": _HEIGHT})
            needed = page.evaluate(_PAGE_WIDTH)
            if needed > width:
                self._complain(name, f"{needed} pixels wide on a screen of {width}")
            for found in page.evaluate(_VIOLATIONS):
                self._complain(name, f"{width}: {found['id']}: {found['nodes'][0]['html']}")

    def hosts(self) -> set[str]:
        """Scheme and host of everything that was asked for."""
        addresses = (urlsplit(request.url) for request in self.requests)
        return {f"{one.scheme}://{one.netloc}" for one in addresses if one.scheme != "data"}

    def _complain(self, name: str, what: str) -> None:
        self.complaints.append(f"{self.language}, {name}: {what}")

    def _note_request(self, request: Request) -> None:
        self.requests.append(request)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_REFUSED):
            self._complain(message.location["url"], message.text)


class Passerby(Looker):
    """Goes through the same pages and is not there to judge them."""

    def look(self, page: Page, name: str) -> None:  # noqa: ARG002 — as whoever looks
        """Only until it is there."""
        page.wait_for_load_state()
