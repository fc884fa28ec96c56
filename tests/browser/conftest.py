"""A real Chromium on a real portal."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page

from portal.db import Database
from tests.browser.live_portal import LivePortal, live_portal
from tests.browser.practice import FilledPractice, fill_practice
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import StripeWire


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
