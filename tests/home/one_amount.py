"""What every page, paper and desk asks Ana for: one amount, and the one that her life came to."""

from datetime import datetime

from portal.db import Principal, new_id
from portal.desk.queries import read_person
from portal.domain.charge_schedule import ScheduledOrigin
from portal.home.queries import HomePage, HomeState
from portal.home.visits import read_visit
from portal.payments.access import payable
from portal.payments.scheduled.moves import scheduled_of
from portal.payments.scheduled.views import scheduled_of_statement
from portal.statements.due import account_now, asked_for, left_of, owed_now
from portal.statements.overview import statements_page
from portal.statements.page import StatementPage, read_page
from portal.statements.papers.headline import headline
from portal.statements.queries import statement_due
from tests.home.accounts import Account
from tests.home.lives import Life


def standing_pages(account: Account, *, now: datetime) -> list[StatementPage]:
    """Of every statement that stands, newest first, as Ana sees them."""
    listed = statements_page(account.database, account.principal, now=now, request_id="test")
    ids = [one.row.statement_id for one in listed.statements if one.row.state != "voided"]
    with account.database.transaction(account.principal) as session:
        pages = [
            read_page(
                session,
                one,
                today=lambda _: now.date(),
                scheduled_of_statement=scheduled_of_statement,
            )
            for one in ids
        ]
    return [page for page in pages if page is not None]


def says_what_happened(life: Life) -> None:
    """Home says what the model of this life says: owed now, on its way, new, and from where."""
    home, told = life.account.home(now=life.now), life.oracle.says
    assert home.open_cents == told.open_cents
    assert home.due_now_cents == told.due_now_cents
    assert home.on_the_way_cents == told.on_the_way_cents
    assert home.new_cents == told.new_cents
    assert (home.current.statement_id if home.current else None) == told.newest_id
    if home.current:
        late = life.now.date() > home.current.due_on
        assert home.past_due == (late and told.due_now_cents > 0)
    since = home.since
    assert since.asked_cents == told.newest_cents
    assert since.earlier_cents == told.earlier_cents
    gone = (since.on_plan_cents, since.paused_cents, since.placed_cents, since.settled_cents)
    assert min(*gone, since.again_cents, since.earlier_cents) >= 0, since
    back_cents = since.again_cents + since.earlier_cents
    assert since.asked_cents - sum(gone) + back_cents == home.open_cents


def says_one_amount(account: Account, *, now: datetime) -> None:
    """Home, every statement, its paper, where it is paid, the list, the visits and the desk."""
    home = account.home(now=now)
    assert sum(one.cents for one in home.people) == home.open_cents
    if home.due_now_cents > 0:
        assert home.open_cents - home.on_the_way_cents == home.due_now_cents
    pages = standing_pages(account, now=now)
    assert bool(pages) == (home.current is not None)
    for page in pages:
        assert page.due_now_cents == home.due_now_cents
        assert account.asked_by_the_pay_page(page.statement_id) == max(0, home.due_now_cents)
        assert page.can_pay == home.can_pay
        assert page.past_due == home.past_due
        assert page.alone.open_cents <= home.open_cents
        assert page.coming == home.charged
        _the_paper_says(page, home)
    _the_list_says(account, home, now=now)
    _the_visits_say(account, home, pages, now=now)
    _the_desk_says(account, home, now=now)
    _the_charges_take(account, home)
    _no_statement_leaves_more_than_is_owed(account)


def _no_statement_leaves_more_than_is_owed(account: Account) -> None:
    """Of no visit; and the newest leaves what is owed of its own."""
    with account.database.transaction(account.principal) as session:
        now = account_now(session, account.guarantor_id)
        asked = asked_for(session, account.guarantor_id)
    owed = owed_now(now, asked).visit_cents
    for statement_id in asked.lines:
        own = left_of(now, asked, statement_id).visit_cents
        assert all(cents <= owed[claim_id] for claim_id, cents in own.items())
        if statement_id == asked.newest_id:
            assert all(cents == owed[claim_id] for claim_id, cents in own.items())


def _the_charges_take(account: Account, home: HomePage) -> None:
    """The first one, were it made now, takes what is said; together they cover what is said."""
    if home.charged is None:
        return
    first = home.charged.charges[0]
    with account.database.transaction(Principal.job(account.practice_id, role="test")) as session:
        planned = scheduled_of(session, first.scheduled_id)
        due = payable(
            session,
            planned.statement_id,
            statement_due=statement_due,
            by_itself=first.origin == ScheduledOrigin.AUTOPAY,
        )
    taken_cents = min(planned.agreed_cents, due.due_now_cents)
    assert taken_cents == first.cents or (first.is_at_most and taken_cents < first.cents)
    most_cents = sum(one.cents for one in home.charged.charges)
    assert home.due_now_cents - home.charged.left_cents <= most_cents


def _the_paper_says(page: StatementPage, home: HomePage) -> None:
    """Only the newest is a bill; every paper names what is due, or that nothing is."""
    first = headline(page)
    assert first.asks == (home.due_now_cents > 0 and page.newer is None)
    if home.due_now_cents > 0:
        assert first.amount_cents == home.due_now_cents


def _the_list_says(account: Account, home: HomePage, *, now: datetime) -> None:
    listed = statements_page(account.database, account.principal, now=now, request_id="test")
    assert listed.due_now_cents == home.due_now_cents
    assert sum(one.asks_now for one in listed.statements) == (home.due_now_cents > 0)


def _the_visits_say(
    account: Account, home: HomePage, pages: list[StatementPage], *, now: datetime
) -> None:
    claim_ids = {visit.claim_id for page in pages for visit in page.document.visits}
    with account.database.transaction(account.principal) as session:
        due = [read_visit(session, claim_id, now=now).due_cents for claim_id in claim_ids]
    if home.state is not HomeState.ON_HOLD:
        assert sum(due) == home.open_cents


def _the_desk_says(account: Account, home: HomePage, *, now: datetime) -> None:
    desk = Principal.staff(account.practice_id, staff_id=new_id(), role="front_desk")
    with account.database.transaction(desk) as session:
        read = read_person(session, account.guarantor_id, now=now)
    assert read is not None
    person, _ = read
    assert person.due_now_cents == home.due_now_cents
    assert person.new_cents == home.new_cents
