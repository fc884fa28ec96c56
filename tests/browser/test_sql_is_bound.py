"""Every statement of a whole story says whose practice it means, table by table."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import portal.app  # noqa: F401 — so that every model is known
from portal.audit.seal import seal
from portal.db import Base, TableKind
from portal.demo.people import HOUSEHOLDS
from portal.schema import APP, LOADER
from tests.browser.demo_practice import (
    MANAGER,
    DemoPractice,
    demo_practice,
    type_code,
    type_password,
)
from tests.browser.live_portal import LivePortal, live_portal
from tests.browser.looking import Passerby
from tests.browser.people import Patient
from tests.browser.posters import Poster, remittance, remittance_of_somebody_else
from tests.browser.sql_binding import unbound_tables
from tests.browser.sql_log import Asked, SqlLog, statement_log
from tests.browser.walk import Walk
from tests.browser.walk_among_accounts import among_accounts, received
from tests.browser.walk_among_cases import among_help, staff_answer
from tests.browser.walk_among_methods import among_methods
from tests.browser.walk_among_receipts import somebody_else_pays
from tests.browser.walk_among_settings import among_settings
from tests.browser.walk_among_the_books import among_the_books
from tests.browser.walk_at_the_counter import at_the_counter
from tests.browser.walk_of_who_may_see import staff_say_who_may_see
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import StripeWire
from tests.remittances.sent_text import sent_visit
from tests.sync.far_side import FarSide

HOUR = timedelta(hours=1)

DISTRIBUTED = frozenset(
    table.name
    for table in Base.metadata.tables.values()
    if table.info["kind"] is TableKind.DISTRIBUTED
)
LEAST_STATEMENTS = 250


@pytest.fixture
def sql_log(postgres_log: Path, database_urls: DatabaseUrls) -> Iterator[SqlLog]:
    """Opened before anybody connects."""
    with statement_log(postgres_log, database_urls) as log:
        yield log


def test_no_statement_of_the_story_leaves_the_practice_out(
    page: Page,
    sql_log: SqlLog,
    database_urls: DatabaseUrls,
    tmp_path: Path,
    stripe_wire: StripeWire,
) -> None:
    with (
        live_portal(database_urls, home=tmp_path, stripe_api_base=stripe_wire.api_base) as live,
        demo_practice(live) as practice,
    ):
        stripe_wire.control.send_webhooks_to(f"{live.address}/webhooks/stripe/riverbend")
        at_the_desk(page, live, practice)
        walk = in_passing(page, live, practice)
        statement = by_the_patient(page, live, walk)
        among_accounts(walk, received(walk, walk.household.email or "", r"http\S+/s/\S+"))
        money_goes_back(stripe_wire)
        with_the_practices_system(page, live, FarSide(tmp_path))
        by_the_posters(page, live)
        with_what_payers_sent(Poster(page, live.address))
        with_what_payers_paid(Poster(page, live.address))
        the_books_agree(live)
        before_the_plan_decides(live, tmp_path / "sent.837")
        at_the_counter(walk)
        among_the_books(walk, stripe_wire)
        among_settings(walk)
        staff_say_who_may_see(walk)
        staff_answer(walk)
        in_the_rooms_of_staff(page, live)
        page.goto(statement.replace("/statements/", "/desk/statements/"))
        seal(practice.database, practice.ref.practice_id, now=datetime.now(UTC) + HOUR)
    asked = {one for one in sql_log.asked() if one.role in (APP, LOADER)}
    assert len(asked) > LEAST_STATEMENTS
    words = {word for one in asked for word in re.findall(r"\w+", one.sql)}
    assert words >= DISTRIBUTED  # else the story is too short to prove anything
    problems = [line for one in sorted(asked, key=str) for line in complaint(one)]
    assert not problems, "\n".join(problems)


def in_the_rooms_of_staff(page: Page, live: LivePortal) -> None:
    """Lists that nothing before has led to, and the payments that are open about a person."""
    for path in (
        "/plan-requests",
        "/desk/tasks",
        "/collections",
        "/collections/agency",
        "/letters",
        "/money/refunds",
        "/money/refunds/checks",
    ):
        page.goto(f"{live.address}{path}")
        expect(page.locator("main h1")).to_be_visible()
    page.goto(f"{live.address}/money/refunds")
    page.locator("main table a[href*='/money/refunds/']").first.click()
    page.wait_for_url("**/money/refunds/*")
    page.locator("main a[href*='/money/payments/']").first.click()
    page.wait_for_url("**/money/payments/*")


def at_the_desk(page: Page, live: LivePortal, practice: DemoPractice) -> None:
    dana = practice.staff[MANAGER]
    type_password(page, live.address, dana)
    type_code(page, dana)
    for term in ("4/27/1985", "A-20411", "nobody by this name", "Reyes"):
        page.locator("main input[name=term]").fill(term)
        page.locator("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ana Reyes").click()
    for button in ("E-mail the link", "Turn this link off", "Send a new link"):
        page.get_by_role("button", name=button).click()
        expect(page.locator("main").get_by_role("status")).to_be_visible()
    page.get_by_role("link", name="See what Ana sees").click()


def in_passing(page: Page, live: LivePortal, practice: DemoPractice) -> Walk:
    """Ana's household from page to page, in windows of its own."""
    browser = page.context.browser
    assert browser is not None
    walk = Walk(browser, live, practice, HOUSEHOLDS[0])
    walk.looker = Passerby(walk.household.language)
    return walk


def by_the_patient(page: Page, live: LivePortal, walk: Walk) -> str:
    """A wrong date, a look at the help, a card kept, a payment left, two made; the statement."""
    ana = Patient(page.context.browser.new_context().new_page(), live.inbox)  # type: ignore[union-attr] # it has one
    ana.opens_the_mailed_link()
    ana.proves_who_she_is(year="1986")
    expect(ana.page.get_by_role("alert")).to_be_visible()
    ana.proves_who_she_is()
    statement = ana.page.url
    ana.page.locator("main a[href$='/help']").first.click()
    ana.page.goto(statement)
    ana.chooses_to_pay("100.00")
    ana.confirms()
    ana.page.get_by_role("link", name=re.compile("Back")).click()
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("You left the payment page")
    ana.page.goto(statement)
    ana.chooses_to_pay("50.00")
    ana.confirms()
    ana.types_card("4242 4242 4242 4242")
    ana.page.wait_for_url(f"{live.address}/payments/*/receipt")
    ana.page.goto(statement)
    among_methods(walk, ana)
    among_help(walk, ana)
    somebody_else_pays(walk, ana)
    assert ana.page.request.get(f"{statement}.pdf").body()[:5] == b"%PDF-"
    ana.page.goto(f"{live.address}/delivery")
    ana.page.locator("form[action$='/sign-out'] button").click()
    return statement


def money_goes_back(stripe_wire: StripeWire) -> None:
    """A part, given back by somebody in Stripe's own pages."""
    stripe_wire.control.wait_for_webhooks()
    paid, *_ = (
        event["data"]["object"]["id"]
        for event in stripe_wire.events()
        if event["type"] == "payment_intent.succeeded"
    )
    stripe_wire.api("POST", "/v1/refunds", f"payment_intent={paid}&amount=1000")
    stripe_wire.control.wait_for_webhooks()


def with_the_practices_system(page: Page, live: LivePortal, far_side: FarSide) -> None:
    """It refuses a post, which is sent again."""
    live.command("sync", "run")
    batch = far_side.read(far_side.files()[0])
    far_side.answer(batch.number, rejected=[(batch.post_ids[0], "no such account")])
    live.command("sync", "run")
    page.goto(f"{live.address}/insurance/sync")
    page.locator("form[action$='/again'] button").click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    live.command("payments", "sweep", "--all")


def before_the_plan_decides(live: LivePortal, path: Path) -> None:
    """A visit of Ana's as it was sent to her plan."""
    ana = HOUSEHOLDS[0].guarantor
    path.write_bytes(
        sent_visit(
            last_name=ana.last_name,
            first_name=ana.first_name,
            member=ana.member_identifier,
            payer_name=ana.payer.name,
            payer=ana.payer.identifier,
        )
    )
    live.command("era", "import", str(path))


def by_the_posters(page: Page, live: LivePortal) -> None:
    """A claim of a patient nobody knows, one on hold, and a plan that was forgotten and ended."""
    page.goto(f"{live.address}/insurance")
    page.locator("#waiting ~ * table a").first.click()  # of a patient nobody knows
    page.locator("#account").fill("A-20411")
    page.get_by_role("button", name="Look in this account").click()
    page.get_by_role("button", name="It is this patient’s").first.click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    page.goto(f"{live.address}/insurance")
    page.get_by_role("link", name="R10047").first.click()
    page.locator("input[name=reason]").first.fill("the plan said so on the phone")
    page.get_by_role("button", name="Release this hold").first.click()
    expect(page.locator("main").get_by_role("status")).to_be_visible()
    page.get_by_role("link", name="Plans on file").click()
    page.get_by_label("Name of the plan").fill("Green Valley")
    page.get_by_label("Member number").fill("GV1")
    page.get_by_label("Its place in line").select_option("Third plan")
    page.get_by_role("button", name="Add this plan").click()
    expect(page.locator("main").get_by_role("status")).to_have_text("The plan is on file.")
    page.get_by_label("Last day").first.fill("2050-12-31")
    page.get_by_role("button", name="End this plan").first.click()
    expect(page.locator("main").get_by_role("status")).to_have_text("The last day is on file.")


def with_what_payers_sent(poster: Poster) -> None:
    """A visit; a payment of somebody else, put away; a claim of an odd charge; a file left."""
    poster.uploads(remittance(HOUSEHOLDS[0]), name="visit.835")
    poster.imports_it()
    poster.uploads(remittance_of_somebody_else(HOUSEHOLDS[0]), name="stray.835")
    poster.imports_it()
    poster.resolves("Whole payment", act="rejected")
    poster.resolves("R10053", act="accepted")
    poster.uploads(remittance(HOUSEHOLDS[0]), name="again.835")
    poster.leaves_it()


def with_what_payers_paid(poster: Poster) -> None:
    """Prices to compare with; a deposit typed in and taken back; one in the bank's file."""
    poster.loads_prices()
    poster.downloads("fees.csv")
    number, dollars = poster.reads_what_is_awaited()
    poster.records_a_deposit(dollars, number=number)
    poster.undoes_the_match()
    poster.sets_it_aside()
    poster.reads_the_banks_file((number, dollars), ("CASH", "12.34"))
    poster.confirms_what_agrees()
    poster.downloads("payments.csv")


def the_books_agree(live: LivePortal) -> None:
    for command in ("statements issue", "claims list --json", "ledger check"):
        live.command(*command.split())


def complaint(asked: Asked) -> list[str]:
    """What one statement leaves out; COPY cannot say it, the loader stamps what it copies."""
    if asked.role == LOADER and asked.sql.startswith("COPY "):
        return []
    unbound = unbound_tables(asked.sql, DISTRIBUTED)
    return [f"{asked.role}, {', '.join(unbound)}: {asked.sql}"] if unbound else []


BOUND = """
SELECT 1 FROM portal.claims WHERE claims.practice_id = $1::UUID AND (held = $2 OR held = $3);
SELECT 1 FROM portal.claims AS c JOIN portal.charges AS l
    ON l.practice_id = c.practice_id AND l.claim_id = c.claim_id WHERE c.practice_id = $1;
SELECT 1 FROM portal.claims AS c LEFT OUTER JOIN portal.charges AS l
    ON l.practice_id = c.practice_id WHERE c.practice_id = $1;
SELECT 1 FROM portal.claims AS c LEFT OUTER JOIN portal.charges AS l
    ON l.practice_id = $2 AND l.claim_id = c.claim_id WHERE c.practice_id = $1;
SELECT 1 FROM portal.claims WHERE practice_id = $1
    AND EXISTS (SELECT 1 FROM portal.holds WHERE holds.practice_id = claims.practice_id);
SELECT 1 FROM (SELECT * FROM portal.claims WHERE practice_id = $1) AS found;
WITH found AS (SELECT * FROM portal.claims WHERE practice_id = $1) SELECT 1 FROM found;
SELECT 1 FROM portal.claims WHERE (practice_id, claim_id) IN (($1,$2),($3,$4));
INSERT INTO portal.tasks (practice_id, kind) VALUES ($1, $2), ($3, $4) RETURNING task_id;
INSERT INTO portal.tasks (practice_id, kind)
    SELECT p0::UUID, p1 FROM (VALUES ($1, $2, 0)) AS given(p0, p1, number);
INSERT INTO portal.tasks (practice_id)
    SELECT practice_id FROM portal.claims WHERE practice_id = $1;
UPDATE portal.claims SET held = $1 FROM portal.holds
    WHERE claims.practice_id = $2 AND holds.practice_id = claims.practice_id;
DECLARE "c_1" CURSOR FOR SELECT 1 FROM portal.claims WHERE practice_id = $1;
FETCH FORWARD 1 FROM "c_1";
DELETE FROM portal.web_sessions WHERE last_seen_at < $1;
SET LOCAL app.practice = '1'"""

UNBOUND = """
claims: SELECT 1 FROM portal.claims;
claims: SELECT 1 FROM portal.claims WHERE practice_id = $1 OR held;
claims: SELECT 1 FROM portal.claims WHERE claim_id = $1;
claims: SELECT 1 FROM portal.claims WHERE practice_id <> $1;
claims: SELECT 1 FROM portal.claims AS a, portal.claims AS b WHERE a.practice_id = $1;
holds: SELECT 1 FROM portal.claims c JOIN portal.holds h
    ON h.claim_id = c.claim_id WHERE c.practice_id = $1;
claims holds: SELECT 1 FROM portal.claims c LEFT JOIN portal.holds h
    ON c.practice_id = $1 AND h.practice_id = c.practice_id;
holds: SELECT 1 FROM portal.claims
    WHERE practice_id = $1 AND claim_id IN (SELECT claim_id FROM portal.holds);
holds: SELECT (SELECT count(*) FROM portal.holds) FROM portal.claims WHERE practice_id = $1;
claims: WITH found AS (SELECT * FROM portal.claims) SELECT 1 FROM found;
holds: SELECT 1 FROM portal.claims WHERE practice_id = $1 UNION SELECT 1 FROM portal.holds;
tasks: INSERT INTO portal.tasks (kind) VALUES ($1);
claims tasks: INSERT INTO portal.tasks (practice_id) SELECT practice_id FROM portal.claims;
claims: UPDATE portal.claims SET held = $1 WHERE claim_id = $2;
tasks: DELETE FROM portal.tasks USING portal.claims WHERE claims.practice_id = $1;
claims: DECLARE "c_1" CURSOR FOR SELECT 1 FROM portal.claims;
claims: LOCK TABLE portal.claims;
claims: COPY portal.claims (practice_id) FROM STDIN;
a statement that cannot be read: SELECT FROM WHERE ("""


@pytest.mark.parametrize("sql", BOUND.split(";\n"))
def test_a_statement_that_names_its_practice_passes(sql: str) -> None:
    assert unbound_tables(sql.strip(), DISTRIBUTED) == ()


@pytest.mark.parametrize("line", UNBOUND.split(";\n"))
def test_a_table_whose_practice_is_left_out_is_found(line: str) -> None:
    tables, sql = line.strip().split(": ", 1)
    assert " ".join(unbound_tables(sql, DISTRIBUTED)) == tables
