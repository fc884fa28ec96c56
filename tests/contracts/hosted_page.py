"""Somebody at the hosted payment page, over HTTP and without a browser: reads, types, presses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlencode, urlsplit

_WAIT_SECONDS: Final = 20
_VOID: Final = {"input", "link", "meta", "br"}


@dataclass
class PageShown(HTMLParser):
    """What came: status, where it leads (if elsewhere), and what the page says."""

    status: int
    leads_to: str | None
    html: str
    language: str = ""
    title: str = ""
    heading: str = ""
    alert: str = ""
    links: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._inside: list[tuple[str, dict[str, str]]] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._inside.append((tag, values))
        match tag:
            case "html":
                self.language = values["lang"]
            case "a":
                self.links.append(values["href"])
            case "input":
                self.fields[values["name"]] = values["value"]

    def handle_endtag(self, tag: str) -> None:
        assert self._inside.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or not self._inside:
            return
        if any(values.get("role") == "alert" for _, values in self._inside):
            self.alert = f"{self.alert} {text}".strip()
        match self._inside[-1]:
            case "title", _:
                self.title = text
            case "h1", _:
                self.heading = text
            case "button", values:
                self.buttons[text] = values.get("value", "")


class Cardholder:
    """Goes to a payment page and stays there until it leads elsewhere."""

    def __init__(self, page_url: str, *, language: str = "en") -> None:
        self._url = page_url
        self._language = language
        self.page = self._ask("GET", page_url)

    def pay(
        self,
        number: str,
        *,
        expiry: str = "12 / 34",
        cvc: str = "123",
        name: str = "Cardholder",
    ) -> PageShown:
        """Fill in the form and press the button; a redirect within the page is followed."""
        typed = {"number": number, "expiry": expiry, "cvc": cvc, "name": name}
        return self._press(self._url, typed)

    def answer_bank(self, *, confirm: bool) -> PageShown:
        """Press one of the two buttons of the bank's question."""
        return self._press(f"{self._url}/bank", {"answer": "yes" if confirm else "no"})

    def _press(self, url: str, typed: Mapping[str, str]) -> PageShown:
        self.page = self._ask("POST", url, urlencode(typed))
        target = self.page.leads_to
        if target is not None and target.startswith(urlsplit(self._url).path):
            self.page = self._ask("GET", target)
        return self.page

    def _ask(self, method: str, url: str, body: str | None = None) -> PageShown:
        connection = HTTPConnection(urlsplit(self._url).netloc, timeout=_WAIT_SECONDS)
        headers = {"Accept-Language": self._language}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, urlsplit(url).path, body, headers)
            answer = connection.getresponse()
            return PageShown(answer.status, answer.getheader("Location"), answer.read().decode())
        finally:
            connection.close()
