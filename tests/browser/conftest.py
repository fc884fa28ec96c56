"""A real Chromium on a real portal."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from portal.db import Database
from tests.browser.live_portal import LivePortal, live_portal
from tests.browser.practice import FilledPractice, fill_practice
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import StripeWire

_ARGUMENTS = (
    "--no-sandbox",  # as root there is no other way
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; `make test` finds or installs it."""
    path = os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("No Chromium: set PORTAL_CHROMIUM, or install it (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def live(
    database_urls: DatabaseUrls, tmp_path: Path, stripe_wire: StripeWire
) -> Iterator[LivePortal]:
    """Web server, worker, mail server and Stripe simulator on a database of this test's own."""
    with live_portal(database_urls, home=tmp_path, stripe_api_base=stripe_wire.api_base) as portal:
        stripe_wire.control.send_webhooks_to(f"{portal.address}/webhooks/stripe/riverbend")
        yield portal


@pytest.fixture
def practice(live: LivePortal, database: Database, practice_id: UUID) -> FilledPractice:
    """Riverbend with Ana's and Mateo's visits imported, a statement issued, a front desk."""
    return fill_practice(live, database, practice_id)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser window; a page that throws fails the test."""
    context = chromium.new_context(locale="en-US")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )
    yield opened
    context.close()
    assert errors == []
