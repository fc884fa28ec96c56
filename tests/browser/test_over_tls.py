"""Over TLS, as in production: where no-referrer, form-action and Lax cookies have to get along."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.demo_practice import DemoPractice, demo_practice, type_code, type_password
from tests.browser.live_portal import Certificate, LivePortal, Programs, live_portal
from tests.browser.people import Patient
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import StripeWire

FRONT_DESK = "front_desk"


@pytest.fixture
def secure_live(
    database_urls: DatabaseUrls, tmp_path: Path, stripe_wire: StripeWire
) -> Iterator[LivePortal]:
    """No webhooks: Stripe would not believe our certificate, so the way back must do."""
    programs = Programs(tls=make_certificate(tmp_path))
    with live_portal(
        database_urls, home=tmp_path, stripe_api_base=stripe_wire.api_base, programs=programs
    ) as portal:
        yield portal


@pytest.fixture
def practice(secure_live: LivePortal) -> Iterator[DemoPractice]:
    with demo_practice(secure_live) as practice:
        yield practice


@pytest.fixture
def anywhere(chromium: Browser) -> Iterator[Browser]:
    yield chromium
    for context in chromium.contexts:
        context.close()


def test_a_link_is_opened_paid_and_left_over_tls(
    anywhere: Browser, secure_live: LivePortal, practice: DemoPractice
) -> None:
    at_work = new_context(anywhere)
    send_the_link(at_work.new_page(), secure_live, practice)
    assert session_cookie(at_work)["secure"]

    context = new_context(anywhere)
    ana = Patient(context.new_page(), secure_live.inbox)
    requests: list[Request] = []
    ana.page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 — Playwright takes no built-in
    link = ana.opens_the_mailed_link()
    assert link.startswith(f"{secure_live.address}/s/")
    assert context.cookies() == []  # looking leaves nothing

    ana.proves_who_she_is()
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$234.50")
    opened = next(one for one in requests if one.method == "POST").all_headers()
    assert (opened["origin"], opened["sec-fetch-site"]) == ("null", "same-origin")
    cookie = session_cookie(context)
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "127.0.0.1")

    ana.chooses_to_pay()
    ana.confirms()  # through a redirect that form-action has to allow
    ana.types_card("4242 4242 4242 4242")
    ana.page.wait_for_url(f"{secure_live.address}/payments/*/receipt")
    receipt = ana.page.url
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$234.50")
    assert session_cookie(context)["value"] == cookie["value"]  # Lax came back from Stripe

    token = link.rsplit("/", 1)[1]
    referrers = [one.all_headers().get("referer", "") for one in requests]
    assert not [referrer for referrer in referrers if token in referrer]
    ana.page.locator("form[action$='/sign-out'] button").click()
    expect(ana.page).to_have_url(f"{secure_live.address}/signed-out")
    assert [one for one in context.cookies() if one["name"] == cookie["name"]] == []
    gone = ana.page.goto(receipt)
    assert gone is not None
    assert gone.status == 404


def test_the_language_is_switched_over_tls(
    anywhere: Browser, secure_live: LivePortal, practice: DemoPractice
) -> None:
    context = new_context(anywhere)
    page = context.new_page()
    page.goto(f"{secure_live.address}/staff/sign-in")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es-US")
    (cookie,) = context.cookies()
    assert (cookie["name"], cookie["secure"]) == ("language", True)


def new_context(browser: Browser) -> BrowserContext:
    return browser.new_context(ignore_https_errors=True, locale="en-US")


def session_cookie(context: BrowserContext) -> dict[str, object]:
    (found,) = (one for one in context.cookies() if one["name"].startswith("__Host-"))
    return dict(found)


def send_the_link(page: Page, live: LivePortal, practice: DemoPractice) -> None:
    jo = practice.staff[FRONT_DESK]
    type_password(page, live.address, jo)
    type_code(page, jo)
    page.locator("main input[name=term]").fill("Reyes")
    page.locator("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ana Reyes").click()
    page.get_by_role("button", name="E-mail the link").click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()


def make_certificate(folder: Path) -> Certificate:
    """For 127.0.0.1, signed by itself, good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made
