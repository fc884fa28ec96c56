"""At https://checkout.stripe.com itself, as portal and browser see it: no page knows of a test.

No STRIPE_API_BASE is set. The portal calls api.stripe.com, the browser goes to checkout.stripe.com,
and both find the simulator there; the rule about where forms may lead is production's.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from portal.db import Database
from portal.web.security import content_security_policy
from tests.browser.live_portal import LivePortal, Programs, live_portal
from tests.browser.people import FrontDesk, Patient
from tests.browser.practice import fill_practice
from tests.browser.way_to_stripe import NAMES, way_to_stripe
from tests.builders import make_practice
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import WEBHOOK_SECRET, Control, running_simulator
from tests.simulator.test_own_names import certificate, free_port

__all__ = ["certificate"]

CHECKOUT = "https://checkout.stripe.com"
_WEB = ("tests.browser.trusting:app",)
_WORKER = ("-c", "from tests.browser.trusting import main; main()", "worker")


@pytest.fixture
def tls_port() -> int:
    return free_port()


@pytest.fixture
def portal(
    database_urls: DatabaseUrls, tmp_path: Path, certificate: tuple[Path, Path], tls_port: int
) -> Iterator[LivePortal]:
    """As production runs it, with the simulator where Stripe is."""
    options = ["--tls-port", str(tls_port), "--tls-certificate", *map(str, certificate)]
    options += ["--public-base", CHECKOUT, "--webhook-secret", WEBHOOK_SECRET]
    with running_simulator(options) as address, way_to_stripe(tls_port) as proxy:
        environment = {
            "HTTPS_PROXY": proxy,
            "NO_PROXY": "127.0.0.1",
            "TEST_CERTIFICATE": str(certificate[0]),
        }
        programs = Programs(web=_WEB, worker=_WORKER, environment=environment)
        with live_portal(
            database_urls, home=tmp_path, stripe_api_base=None, programs=programs
        ) as running:
            url = f"{running.address}/webhooks/stripe/riverbend"
            Control(address).send_webhooks_to(url)
            yield running


@pytest.fixture
def browser(chromium: Browser, tls_port: int) -> Iterator[Browser]:
    """Finds Stripe's names at that port, and no other host but this machine."""
    names = ", ".join(f"MAP {name} 127.0.0.1:{tls_port}" for name in NAMES)
    rules = f"{names}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    opened = chromium.browser_type.launch(
        executable_path=os.environ.get("PORTAL_CHROMIUM") or shutil.which("chromium"),
        args=["--no-sandbox", f"--host-resolver-rules={rules}", "--ignore-certificate-errors"],
    )
    yield opened
    opened.close()


def test_a_statement_is_paid_at_stripes_own_address_under_productions_rules(
    portal: LivePortal, browser: Browser, database: Database
) -> None:
    practice = fill_practice(portal, database, make_practice(database))
    window = browser.new_context(locale="en-US")
    desk = FrontDesk(window.new_page(), portal.address, practice)
    desk.signs_in()
    desk.finds("Reyes")
    desk.sends_the_statement_link()
    context = browser.new_context(locale="en-US")
    page, problems, policies = context.new_page(), list[str](), set[str]()
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on(
        "response",
        lambda answer: (
            policies.add(answer.headers.get("content-security-policy", ""))
            if answer.url.startswith(portal.address)
            else None
        ),
    )
    ana = Patient(page, portal.inbox)
    ana.opens_the_mailed_link()
    ana.proves_who_she_is()
    ana.chooses_to_pay()
    ana.confirms()
    assert page.url.startswith(f"{CHECKOUT}/c/pay/cs_test_")
    ana.types_card("4242 4242 4242 4242")
    page.wait_for_url(re.compile(rf"^{re.escape(portal.address)}/payments/.*/receipt$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("$234.50")
    assert policies == {content_security_policy(CHECKOUT)}
    assert problems == []
