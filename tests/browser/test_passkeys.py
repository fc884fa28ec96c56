"""Passkeys in a real browser, with an authenticator that the browser itself plays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Thread
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from portal.app import create_app
from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.models import EmailCheck, Passkey
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal
from portal.demo.processes import free_port
from tests.auth.billed import ANA_BORN_ON, make_billed
from tests.auth.running import SECRET_KEY, Clock, settings_for_tests

EMAIL = "ana.reyes@example.com"


@dataclass(frozen=True, slots=True)
class Site:
    """The portal at localhost, where browsers take passkeys without TLS, and Ana's link."""

    address: str
    clock: Clock
    database: Database
    practice_id: UUID
    link: str

    def code(self) -> str:
        with self.database.transaction(Principal.job(self.practice_id, role="test")) as session:
            check_id = session.scalars(
                select(EmailCheck.check_id).order_by(EmailCheck.check_id.desc())
            ).first()
        assert check_id is not None
        return code_of(SECRET_KEY, check_id)

    def sign_counts(self) -> list[int]:
        with self.database.transaction(Principal.job(self.practice_id, role="test")) as session:
            return list(session.scalars(select(Passkey.sign_count)))


@pytest.fixture
def site(database: Database, practice_id: UUID) -> Iterator[Site]:
    port, clock, tokens = free_port(), Clock(), LinkTokens(SECRET_KEY)
    address = f"http://localhost:{port}"
    billed = make_billed(database, practice_id, email=EMAIL)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=billed.guarantor_id,
            statement_id=billed.statement_id,
            patient_ids=[billed.patient_id],
            now=clock(),
        )
    settings = replace(settings_for_tests(), base_url=address, port=port)
    server = make_server(
        "127.0.0.1", port, create_app(settings, database, clock=clock), threaded=True
    )
    thread = Thread(target=server.serve_forever)
    thread.start()
    link = f"{address}/s/{tokens.make(practice_id, link_id)}"
    yield Site(address, clock, database, practice_id, link)
    server.shutdown()
    thread.join()
    server.server_close()


def with_authenticator(chromium: Browser) -> Page:
    """A browser whose device asks for a finger, and gets it."""
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def make_account(page: Page, site: Site) -> None:
    page.goto(site.link)
    for part in ("month", "day", "year"):
        page.locator(f"#born_on-{part}").fill(str(getattr(ANA_BORN_ON, part)))
    page.locator("main form button").click()
    page.wait_for_url("**/statements/*")
    page.goto(f"{site.address}/account/new")
    page.locator("main form button").click()
    page.wait_for_url("**/account/new/code")
    page.locator("#code").fill(site.code())
    page.locator("main form button").click()
    page.wait_for_url("**/account/new/ways")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()


def test_a_passkey_makes_an_account_signs_in_and_proves_it_again(
    chromium: Browser, site: Site
) -> None:
    page = with_authenticator(chromium)
    make_account(page, site)
    expect(page.locator("ol code")).to_have_count(10)
    page.goto(f"{site.address}/account/security")
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/signed-out")
    page.goto(f"{site.address}/account/security")
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.goto(f"{site.address}/sign-in/riverbend")
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in with a passkey").click()
    page.goto(f"{site.address}/account/security")
    expect(page.get_by_text(f"You sign in as {EMAIL}")).to_be_visible()
    (count,) = site.sign_counts()
    for _ in range(2):
        site.clock.advance(minutes=8)
        page.reload()
    page.goto(f"{site.address}/account/app")
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/account/app")
    assert site.sign_counts()[0] > count
    page.context.close()


def test_an_answer_is_taken_once_and_from_the_right_device_only(
    chromium: Browser, site: Site
) -> None:
    page = with_authenticator(chromium)
    make_account(page, site)
    page.goto(f"{site.address}/account/security")
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/signed-out")
    page.goto(f"{site.address}/sign-in/riverbend")
    with page.expect_request("**/sign-in/riverbend/passkey") as sent:
        page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_load_state()
    answer = (sent.value.post_data_json or {})["passkey"]
    stranger = with_authenticator(chromium)
    stranger.goto(f"{site.address}/sign-in/riverbend")
    stranger.get_by_role("button", name="Sign in with a passkey").click()
    expect(stranger.get_by_text("That did not work on this device")).to_be_visible()
    token = stranger.locator("form[data-passkey] input[name=csrf_token]").input_value()
    again = stranger.request.post(
        f"{site.address}/sign-in/riverbend/passkey",
        form={"csrf_token": token, "passkey": answer},
        max_redirects=0,
    )
    assert again.status == 422
    for browsed in (page, stranger):
        browsed.context.close()
