"""From a remittance to a paid, posted, synced statement, as people do it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, func, select, text

from portal.db import Database, Principal
from portal.domain.journal import BusinessEvent
from portal.jobs.ledger_check import check_ledger
from portal.ledger.models import Allocation, JournalEntryRow
from portal.ledger.queries import receivable_cents
from portal.payments.models import Payment
from tests.browser.live_portal import LivePortal, until
from tests.browser.people import FrontDesk, Patient
from tests.browser.practice import FilledPractice
from tests.conftest import DatabaseUrls
from tests.contracts.stripe_wire import StripeWire

GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"


def owed(database: Database, practice: FilledPractice) -> int:
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        return receivable_cents(session, practice.guarantor_id)


def settled_entries(database: Database, practice_id: UUID) -> int:
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        count = session.scalar(
            select(func.count()).where(
                JournalEntryRow.practice_id == practice_id,
                JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value,
            )
        )
        return count or 0


def payment_states(database: Database, practice_id: UUID) -> list[str]:
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        rows = session.scalars(select(Payment.state).where(Payment.practice_id == practice_id))
        return list(rows)


def opened_statement(page: Page, live: LivePortal, practice: FilledPractice) -> Patient:
    desk = FrontDesk(page, live.address, practice)
    desk.signs_in()
    desk.finds("Reyes")
    desk.sends_the_statement_link()
    context = page.context.browser.new_context()  # type: ignore[union-attr] # it has one
    ana = Patient(context.new_page(), live.inbox)
    ana.opens_the_mailed_link()
    ana.proves_who_she_is()
    return ana


def test_a_declined_card_then_a_good_one_pays_posts_and_syncs(
    page: Page, live: LivePortal, practice: FilledPractice, database: Database, tmp_path: Path
) -> None:
    desk = FrontDesk(page, live.address, practice)
    desk.signs_in()
    desk.finds("Reyes")
    desk.sends_the_statement_link()

    ana = Patient(page.context.browser.new_context().new_page(), live.inbox)  # type: ignore[union-attr] # it has one
    link = ana.opens_the_mailed_link()
    expect(ana.page.locator("main")).not_to_contain_text("Ana")
    expect(ana.page.locator("main")).not_to_contain_text("$")
    ana.proves_who_she_is()

    assert link.rsplit("/", 1)[1] not in ana.page.url
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$234.50")
    expect(ana.page.locator("main")).to_contain_text("deductible")
    ana.chooses_to_pay()
    expect(ana.page.locator("main")).to_contain_text("$0.00")
    ana.confirms()
    ana.types_card(DECLINED_CARD)
    expect(ana.page.get_by_role("alert")).to_be_visible()
    ana.types_card(GOOD_CARD)

    ana.page.wait_for_url(f"{live.address}/payments/*/receipt")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("$234.50")
    assert owed(database, practice) == 0
    assert settled_entries(database, practice.practice_id) == 1
    live.command("sync", "run")
    batches = list(tmp_path.rglob("*.csv"))
    assert len(batches) == 1
    assert "234.50" in batches[0].read_text() or "23450" in batches[0].read_text()
    ana.page.reload()
    expect(ana.page.locator(".steps")).to_contain_text("on its way into the practice’s books")
    assert check_ledger(database).ok


def test_a_part_is_paid_and_the_rest_stays_due(
    page: Page, live: LivePortal, practice: FilledPractice, database: Database
) -> None:
    ana = opened_statement(page, live, practice)
    ana.chooses_to_pay("100.00")
    ana.confirms()
    ana.types_card(GOOD_CARD)
    ana.page.wait_for_url(f"{live.address}/payments/*/receipt")
    expect(ana.page.locator("main")).to_contain_text("$134.50")
    assert owed(database, practice) == 13_450
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        total = session.scalar(
            select(func.sum(Allocation.amount_cents)).where(
                Allocation.practice_id == practice.practice_id
            )
        )
    assert total == 10_000
    assert check_ledger(database).ok


def test_the_webhook_alone_completes_a_payment_whose_window_was_closed(
    page: Page,
    live: LivePortal,
    practice: FilledPractice,
    database: Database,
    stripe_wire: StripeWire,
) -> None:
    ana = opened_statement(page, live, practice)
    ana.chooses_to_pay()
    ana.confirms()
    ana.page.route("**/payments/*/return*", lambda route: route.abort())
    ana.page.on("requestfailed", lambda _request: None)
    ana.types_card(GOOD_CARD)
    ana.page.close()
    until(
        lambda: settled_entries(database, practice.practice_id) == 1, what="the webhook's posting"
    )
    assert owed(database, practice) == 0
    assert payment_states(database, practice.practice_id) == ["succeeded"]
    assert check_ledger(database).ok


def test_the_sweep_completes_exactly_once_what_a_killed_web_process_left(
    page: Page,
    live: LivePortal,
    practice: FilledPractice,
    database: Database,
    database_urls: DatabaseUrls,
) -> None:
    ana = opened_statement(page, live, practice)
    ana.chooses_to_pay()
    ana.confirms()
    with payments_locked(database_urls) as somebody_waits:
        ana.types_card(GOOD_CARD, wait=False)  # Stripe has the money and says so
        until(somebody_waits, what="the web process about to record the payment")
        live.kill_web()
    assert settled_entries(database, practice.practice_id) == 0
    for _ in range(2):
        live.command("payments", "sweep", "--all")
        assert settled_entries(database, practice.practice_id) == 1
    live.start_web()
    live.command("payments", "sweep", "--all")
    assert settled_entries(database, practice.practice_id) == 1
    assert owed(database, practice) == 0
    assert check_ledger(database).ok


@contextmanager
def payments_locked(urls: DatabaseUrls) -> Iterator[Callable[[], bool]]:
    """Nobody gets to record a payment; yields whether somebody stands in line to."""
    engine = create_engine(urls.superuser)
    with engine.connect() as holder, engine.connect() as watcher:
        holder.execute(text("SELECT FROM portal.payments FOR UPDATE"))

        def somebody_waits() -> bool:
            waiting = watcher.scalar(
                text("""
                    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                    AND usename = 'portal_app' AND wait_event_type = 'Lock'
                """)
            )
            watcher.rollback()
            return bool(waiting)

        yield somebody_waits
        holder.rollback()
    engine.dispose()
