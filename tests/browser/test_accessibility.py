"""Every page of the story, in both languages, on a phone and at a desk, as the demo serves it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from portal.demo.people import HOUSEHOLDS
from portal.embedded_postgres import EmbeddedPostgres
from tests.browser.demo_practice import DemoPractice, demo_practice, make_link
from tests.browser.live_portal import DEMO, LivePortal, live_portal
from tests.browser.people import Patient
from tests.browser.walk import Walk
from tests.browser.walk_among_accounts import among_accounts
from tests.browser.walk_among_cases import among_help, staff_answer
from tests.browser.walk_among_charges import among_charges
from tests.browser.walk_among_collections import among_collections
from tests.browser.walk_among_home import among_home
from tests.browser.walk_among_methods import among_methods
from tests.browser.walk_among_papers import among_letters, among_papers
from tests.browser.walk_among_plans import among_plans
from tests.browser.walk_among_posters import among_posters
from tests.browser.walk_among_receipts import among_receipts, somebody_else_pays
from tests.browser.walk_among_refunds import among_refunds
from tests.browser.walk_among_settings import among_settings
from tests.browser.walk_among_staff_plans import among_staff_plans
from tests.browser.walk_among_the_books import among_the_books
from tests.browser.walk_at_the_counter import at_the_counter
from tests.browser.walk_of_who_may_see import staff_say_who_may_see, who_may_see
from tests.browser.walk_on_plan_rules import on_plan_rules
from tests.conftest import fresh_database
from tests.contracts.stripe_wire import StripeWire
from tests.route_list import SNAPSHOT

GOOD_CARD, DECLINED_CARD = "4242 4242 4242 4242", "4000 0000 0000 0002"
ANA, ROSA, MAX = HOUSEHOLDS[0], HOUSEHOLDS[1], HOUSEHOLDS[2]
MOST_BYTES = 60_000
NOT_PAGES = {
    "/account.zip",
    "/account/kept",  # leads home while nothing is kept: a sample page
    "/sign-in",  # leads to the only practice
    "/collections/agency/files/<uuid:placement_id>.csv",
    "/collections/agency/paid.csv",
    "/collections/list.csv",
    "/collections/reports.csv",
    "/healthz",
    "/cases/files/<uuid:case_file_id>",
    "/help/files/<uuid:case_file_id>",
    "/statements/<uuid:statement_id>/help",  # leads to help
    "/insurance/fees.csv",
    "/insurance/payments.csv",
    "/money/books.csv",
    "/money/counter/day.csv",
    "/money/credits.csv",
    "/pay/<slug>/back/<token>",
    "/desk/people/<uuid:guarantor_id>/autopay.pdf",
    "/desk/plans/<uuid:plan_id>/agreement-<int:version>.pdf",
    "/desk/plans/<uuid:plan_id>/agreement.pdf",
    "/desk/plans/<uuid:plan_id>/begin-anew",  # leads elsewhere while nothing is late
    "/desk/plans/<uuid:plan_id>/disclosure.pdf",
    # Nobody is left here to make a plan with, and a request takes two people: sample pages.
    "/desk/plans/<uuid:plan_id>",
    "/desk/plans/<uuid:plan_id>/cancel",
    "/desk/plans/<uuid:plan_id>/consent",
    "/desk/plans/<uuid:plan_id>/go-on",
    "/desk/plans/<uuid:plan_id>/how",
    "/desk/plans/<uuid:plan_id>/pause",
    "/desk/plans/<uuid:plan_id>/settle",
    "/desk/plans/<uuid:plan_id>/terms",
    "/plan-requests/<uuid:request_id>",
    "/plan-requests/<uuid:request_id>/terms",
    "/plans/<uuid:plan_id>/agreement-<int:version>.pdf",
    "/plans/<uuid:plan_id>/disclosure.pdf",
    "/payments/<uuid:payment_id>/receipt.pdf",
    "/delivery/sample.pdf",
    "/desk/statements/<uuid:statement_id>.pdf",
    "/letters/<uuid:run_id>.zip",
    "/statements/<uuid:statement_id>.pdf",
    "/statements/<uuid:statement_id>/itemized.pdf",
    "/payment-methods/setups/<uuid:setup_id>/return",
    "/payments/<uuid:payment_id>/return",
    "/payments/year/<int:year>.csv",
    "/payments/year/<int:year>.pdf",
    "/static/<file_name>",
    "/brand/<slug>.css",
    "/brand/<slug>/<uuid:logo_id>",
    "/manifest.webmanifest",
    "/practice/preview.css",
    "/session/reader",  # a key and a token, for the script
}


@pytest.fixture(scope="module")
def live(
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    shared_stripe_wire: StripeWire,
) -> Iterator[LivePortal]:
    shared_stripe_wire.start_afresh()
    home = tmp_path_factory.mktemp("home")
    with (
        fresh_database(postgres, of=__name__) as urls,
        live_portal(
            urls, home=home, stripe_api_base=shared_stripe_wire.api_base, programs=DEMO
        ) as portal,
    ):
        shared_stripe_wire.control.send_webhooks_to(f"{portal.address}/webhooks/stripe/riverbend")
        yield portal
    assert shared_stripe_wire.problems() == []


@pytest.fixture(scope="module")
def practice(live: LivePortal) -> Iterator[DemoPractice]:
    with demo_practice(live) as practice:
        yield practice


@pytest.fixture
def walk(
    request: pytest.FixtureRequest, chromium: Browser, live: LivePortal, practice: DemoPractice
) -> Iterator[Walk]:
    walk = Walk(chromium, live, practice, request.param)
    yield walk
    for context in chromium.contexts:
        context.close()


def test_a_statement_weighs_little(
    chromium: Browser, live: LivePortal, practice: DemoPractice
) -> None:
    patient = Patient(chromium.new_page(), live.inbox)
    patient.page.goto(make_link(practice, ANA, address=live.address))
    prove(patient, ANA.guarantor.born_on)
    signed_in = patient.page.context.storage_state()
    page = chromium.new_context(storage_state=signed_in).new_page()  # with nothing kept
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 — Playwright takes no built-in
    page.goto(patient.page.url, wait_until="networkidle")
    sizes = {urlsplit(one.url).path: one.sizes() for one in requests}
    suffixes = {PurePath(path).suffix for path in sizes}
    assert suffixes >= {"", ".css", ".js", ".woff2", ".svg"}
    weight = sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes.values())
    assert weight <= MOST_BYTES, sizes


def test_a_statement_is_read_and_paid_without_scripts(
    chromium: Browser, live: LivePortal, practice: DemoPractice
) -> None:
    page = chromium.new_context(java_script_enabled=False, locale="en-US").new_page()
    patient = Patient(page, live.inbox)
    page.goto(make_link(practice, MAX, address=live.address))
    prove(patient, date(1950, 1, 1))
    expect(page.get_by_role("alert")).to_be_visible()
    prove(patient, MAX.guarantor.born_on)
    expect(page.locator("details[open] h3").first).to_be_visible()
    patient.chooses_to_pay()
    patient.confirms()
    patient.types_card(DECLINED_CARD)
    patient.types_card(GOOD_CARD)
    page.wait_for_url("**/receipt")
    expect(page.locator(".scripted").first).to_be_hidden()


@pytest.mark.parametrize("walk", [ANA, ROSA], ids=["English", "Spanish"], indirect=True)
def test_every_page_can_be_read_by_everybody(
    walk: Walk, live: LivePortal, shared_stripe_wire: StripeWire
) -> None:
    desk = walk.window()
    at_the_desk(walk, desk)
    patient = Patient(walk.window(), live.inbox)
    link = walk.newest_mail(desk)
    statement = open_the_link(walk, patient, link)
    somebody_else_pays(walk, patient)
    patient.page.reload()
    leave_the_payment(walk, patient, shared_stripe_wire)
    among_methods(walk, patient)
    among_plans(walk, patient)
    pay(walk, patient)
    among_receipts(walk, patient)
    walk.at(patient.page, "/settings", "settings")
    among_home(walk, patient)
    who_may_see(walk, patient)
    among_help(walk, patient)
    among_papers(walk, patient)
    among_accounts(walk, link)
    after_paying(walk, desk, patient, link, statement)
    among_posters(walk)
    staff_say_who_may_see(walk)
    staff_answer(walk)
    with_the_money(walk)
    among_refunds(walk)
    among_charges(walk)
    on_plan_rules(walk)
    among_settings(walk)
    among_letters(walk)
    among_collections(walk)
    among_staff_plans(walk)
    at_the_counter(walk)
    among_the_books(walk, shared_stripe_wire)
    assert not_looked_at(walk.looker.paths) == set()
    assert walk.looker.complaints == []
    assert walk.looker.hosts() == {live.address, shared_stripe_wire.api_base}


def at_the_desk(walk: Walk, page: Page) -> None:
    walk.at(page, "/demo", "what to try")
    walk.at(page, "/demo/mailbox", "mailbox")
    walk.sign_in(page, "front_desk" if walk.household is ANA else "collections", look=True)
    walk.looker.look(page, "desk")
    walk.search(page, "nobody by this name")
    walk.looker.look(page, "desk, nobody found")
    walk.search(page, MAX.guarantor.last_name)
    walk.looker.look(page, "desk, found")
    page.locator("main table a").first.click()
    walk.looker.look(page, "person with long names")
    page.locator("a[href*='/desk/statements/']").first.click()
    walk.looker.look(page, "statement with long names")
    walk.at(page, "/desk/no-such-page", "not found, as staff")
    page.goto(f"{walk.live.address}/desk")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    walk.looker.look(page, "person")
    page.locator("form[action$='/links'] button").click()
    walk.looker.look(page, "person, link on its way")
    page.locator("a[href*='/desk/statements/']").first.click()
    walk.looker.look(page, "statement as the patient sees it")


def open_the_link(walk: Walk, patient: Patient, link: str) -> str:
    """The statement's address."""
    page, born_on = patient.page, walk.household.guarantor.born_on
    walk.at(page, "/s/made-up", "link nobody sent")
    page.goto(link)
    walk.looker.look(page, "link")
    prove(patient, date(1950, 1, 1))
    walk.looker.look(page, "link, a wrong date")
    prove(patient, born_on)
    walk.looker.look(page, "statement")
    page.locator("main a[href$='/help']").first.click()
    walk.looker.look(page, "help")
    page.go_back()
    statement = page.url
    walk.at(page, "/statements/no-such-page", "not found")
    page.goto(statement)
    return statement


def leave_the_payment(walk: Walk, patient: Patient, stripe_wire: StripeWire) -> None:
    """Much of what can be in the way of a receipt."""
    page, look = patient.page, walk.looker.look
    statement = page.url
    page.goto(f"{statement}/pay")
    look(page, "amount")
    page.locator("main button[type=submit]").click()
    look(page, "amount, nothing chosen")
    page.locator("input[value=part]").check()
    page.locator("#amount").fill("999999")
    page.locator("main button[type=submit]").click()
    look(page, "amount, too much")
    page.locator("#amount").fill("20")
    page.locator("main button[type=submit]").click()
    look(page, "check")
    stripe_wire.control.fail_next("500", "500", "500", operation="POST /v1/checkout/sessions")
    page.locator("main form button[type=submit]").last.click()
    look(page, "waiting")
    page.locator("main a[href$='/return']").click()
    patient.confirms()
    look(page, "Checkout")
    page.locator("main a").first.click()
    look(page, "payment page left")
    page.goto(statement)
    patient.chooses_to_pay("30")
    patient.confirms()
    patient.types_card(DECLINED_CARD)
    look(page, "Checkout, declined")
    page.locator("main a").first.click()
    look(page, "declined")
    page.goto(statement)


def pay(walk: Walk, patient: Patient) -> None:
    """All of it; a second window had the same in mind."""
    page, statement = patient.page, patient.page.url
    other = page.context.new_page()
    other.goto(statement)
    Patient(other, patient.inbox).chooses_to_pay()
    patient.chooses_to_pay()
    patient.confirms()
    other.locator("main form button[type=submit]").last.click()
    walk.looker.look(other, "payment open elsewhere")
    patient.types_card(GOOD_CARD)
    page.wait_for_url("**/receipt")
    walk.looker.look(page, "receipt")
    other.reload()
    walk.looker.look(other, "nothing to pay")


def after_paying(walk: Walk, desk: Page, patient: Patient, link: str, statement: str) -> None:
    page = patient.page
    page.goto(statement)
    walk.looker.look(page, "statement, paid")
    page.goto(f"{statement}/receipts")
    walk.looker.look(page, "receipts")
    page.goto(link)
    walk.looker.look(page, "link of a paid statement")
    page.goto(statement)
    page.locator("form[action$='/sign-out'] button").click()
    walk.looker.look(page, "signed out")
    walk.at(desk, "/desk", "desk")
    walk.search(desk, walk.household.account_number)
    desk.locator("main table a").first.click()
    walk.looker.look(desk, "person who paid")


def with_the_money(walk: Walk) -> None:
    """A payment is about to go back; a credit is about to be used."""
    page, look = walk.window(), walk.looker.look
    walk.sign_in(page, "manager")
    walk.search(page, walk.household.account_number)
    page.locator("main table a").first.click()
    person = page.url
    page.locator("main a[href$='/refund']").first.click()
    look(page, "refund")
    page.locator("main form button[type=submit]").click()
    look(page, "refund, nothing typed")
    page.locator("input[name=amount]").fill("1")
    page.locator("input[name=why]").first.check()
    page.locator("main form button[type=submit]").click()
    look(page, "refund, to check")
    page.goto(f"{person}/credit")
    look(page, "credit")


def not_looked_at(paths: set[str]) -> set[str]:
    """Pages of the reviewed list of routes that the walk left out."""
    pages = {
        line.split("  ")[0]
        for line in SNAPSHOT.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#") and "GET" in line.split("  ")[1]
    }
    return {
        page
        for page in pages - NOT_PAGES
        if not any(re.fullmatch(re.sub("<[^>]+>", "[^/]+", page), path) for path in paths)
    }


def prove(patient: Patient, born_on: date) -> None:
    patient.proves_who_she_is(str(born_on.month), str(born_on.day), str(born_on.year))
