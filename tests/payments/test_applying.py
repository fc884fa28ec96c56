"""What became of an attempt: into the books once, whole, whoever asks and however often."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine, func, select, text

from portal.auth.models import StatementLink, StatementLinkEvent
from portal.connectors.payment_gateway import GatewayUnavailable
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, practice_of
from portal.domain.journal import NOWHERE, LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.ledger import checks as ledger_checks
from portal.ledger.models import JournalEntryRow
from portal.ledger.queries import account_sums, on_its_way_cents, unapplied_credit_cents
from portal.messages.models import Message
from portal.payments import checks as payment_checks
from portal.payments.apply import apply_payment
from portal.payments.moves import PaymentNotFoundError
from portal.practice.import_lock import announce_import
from tests.conftest import DatabaseUrls
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.dying import DiedError, DyingDatabase
from tests.payments.owing import change_debt, make_owing
from tests.payments.paying import DECLINED_CARD, GOOD_CARD, Payer, at_once


def assert_books_are_sound(payer: Payer) -> None:
    assert payer.read(lambda session: list(ledger_checks.checks(session))) == []
    assert payer.read(lambda session: list(payment_checks.checks(session))) == []


def settled_entries(payer: Payer) -> int:
    return payer.read(
        lambda session: (
            session.scalar(
                select(func.count())
                .select_from(JournalEntryRow)
                .where(
                    JournalEntryRow.practice_id == practice_of(session),
                    JournalEntryRow.business_event == "payment_settled",
                )
            )
            or 0
        )
    )


def test_a_payment_goes_to_the_oldest_visit_of_its_statement_first(payer: Payer) -> None:
    payment_id = payer.pay(7_770)
    owing = payer.owing
    assert payer.allocations(payment_id) == [
        (owing.older.target, 6_000),
        (owing.newer.target, 1_770),
    ]
    assert payer.history(payment_id) == ["prepared", "starting", "open", "succeeded"]
    assert_books_are_sound(payer)


def test_a_settled_payment_says_how_it_was_paid_and_has_the_next_receipt_number(
    payer: Payer,
) -> None:
    first, second = payer.row(payer.pay(5_000)), payer.row(_pay_again(payer, 5_000))
    assert (first.method_kind, first.method_brand, first.method_last4) == ("card", "visa", "4242")
    assert first.receipt_number == f"RB-{payer.now.year}-000001"
    assert second.receipt_number == f"RB-{payer.now.year}-000002"
    assert first.settled_at == payer.now


def test_the_practices_system_is_told_its_own_numbers_and_no_name(payer: Payer) -> None:
    payment_id = payer.pay(7_770)
    (post,) = payer.posts()
    assert (post.subject_id, post.kind, post.state) == (payment_id, "payment_settled", "queued")
    assert post.amount_cents == 7_770
    assert post.details == {
        "account_number": "A-20411",
        "receipt_number": f"RB-{payer.now.year}-000001",
        "method": "card",
        "allocations": [
            {
                "claim_number": "10482-B",
                "line_control_number": "L1",
                "amount_cents": 6_000,
            },
            {
                "claim_number": "10482-A",
                "line_control_number": "L1",
                "amount_cents": 1_770,
            },
        ],
    }


def test_the_payer_gets_a_receipt_and_the_front_desk_sees_that_the_link_was_paid(
    payer: Payer,
) -> None:
    payment_id = payer.pay()
    practice_id, link_id = payer.owing.practice_id, payer.owing.link_id
    messages = payer.read(
        lambda session: session.execute(
            select(Message.template, Message.subject_id).where(Message.practice_id == practice_id)
        ).all()
    )
    assert [tuple(message) for message in messages] == [("payment_receipt", payment_id)]
    link_state, events = payer.read(
        lambda session: (
            session.scalar(
                select(StatementLink.state).where(
                    StatementLink.practice_id == practice_id, StatementLink.link_id == link_id
                )
            ),
            list(
                session.scalars(
                    select(StatementLinkEvent.state).where(
                        StatementLinkEvent.practice_id == practice_id,
                        StatementLinkEvent.link_id == link_id,
                    )
                )
            ),
        )
    )
    assert (link_state, events) == ("paid", ["paid"])


def test_a_link_is_paid_when_its_statement_asks_for_nothing_more(payer: Payer) -> None:
    def link() -> StatementLink:
        return payer.read(
            lambda session: session.scalars(
                select(StatementLink).where(StatementLink.practice_id == practice_of(session))
            ).one()
        )

    _pay_again(payer, 4_000, due_seen_cents=10_000)
    assert link().state == "part_paid"
    payer.wait(minutes=1)
    _pay_again(payer, 6_000, due_seen_cents=6_000)
    assert (link().state, link().expires_at) == ("paid", payer.now + timedelta(days=180))


def test_somebody_without_email_pays_all_the_same(
    database: Database, gateway: StripeGateway, payer: Payer
) -> None:
    quiet = make_owing(
        database, payer.owing.practice_id, account_number="A-3", number="10484", email=None
    )
    payment_id = Payer(database, gateway, quiet, now=payer.now).pay()
    assert payer.state(payment_id) is PaymentState.SUCCEEDED


def test_fifty_at_once_settle_it_once(payer: Payer) -> None:
    payment_id = payer.pay_at_stripe()
    states = at_once(50, lambda: payer.apply(payment_id))
    assert set(states) == {PaymentState.SUCCEEDED}
    assert settled_entries(payer) == 1
    assert len(payer.posts()) == 1
    assert payer.history(payment_id).count("succeeded") == 1
    assert_books_are_sound(payer)


@pytest.mark.parametrize("dies_in", [1, 2])
def test_a_process_killed_between_stripes_success_and_our_commit_loses_nothing(
    payer: Payer, dies_in: int
) -> None:
    payment_id = payer.pay_at_stripe()
    dying = DyingDatabase(payer.database, dies_in=dies_in)
    with pytest.raises(DiedError):
        apply_payment(dying, payer.gateway, payer.owing.practice_id, payment_id, now=payer.now)
    assert payer.state(payment_id) is PaymentState.OPEN
    assert payer.posts() == []
    payer.wait(minutes=5)
    assert payer.sweep().succeeded == 1
    assert payer.sweep().looked_up == 0
    assert settled_entries(payer) == 1
    assert_books_are_sound(payer)


def test_a_process_killed_before_the_page_was_written_down_finds_it_again(payer: Payer) -> None:
    payment_id = payer.prepare()
    living, payer.database = payer.database, DyingDatabase(payer.database, dies_in=2)
    with pytest.raises(DiedError):
        payer.confirm(payment_id)
    payer.database = living
    assert payer.state(payment_id) is PaymentState.STARTING
    assert payer.apply(payment_id) is PaymentState.OPEN
    assert payer.confirm(payment_id) == payer.row(payment_id).checkout_url


def test_a_declined_card_leaves_the_page_open_and_the_next_card_pays(payer: Payer) -> None:
    payment_id, cardholder = payer.open_page()
    cardholder.pay(DECLINED_CARD)
    assert payer.apply(payment_id) is PaymentState.OPEN
    assert payer.apply(payment_id) is PaymentState.OPEN
    assert payer.row(payment_id).decline_code == "generic_decline"
    assert payer.history(payment_id) == ["prepared", "starting", "open", "open"]
    cardholder.pay(GOOD_CARD)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert payer.row(payment_id).decline_code is None


def test_a_page_nobody_paid_expires(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id, _ = payer.open_page()
    stripe_wire.control.advance_clock(seconds=3_700)
    assert payer.apply(payment_id) is PaymentState.EXPIRED
    assert payer.posts() == []


def test_without_an_answer_of_stripe_nothing_changes(payer: Payer, stripe_wire: StripeWire) -> None:
    payment_id = payer.pay_at_stripe()
    stripe_wire.control.fail_next("503", operation="GET /v1/checkout/sessions/{session}")
    with pytest.raises(GatewayUnavailable):
        payer.apply(payment_id)
    assert payer.state(payment_id) is PaymentState.OPEN


def test_a_call_that_never_arrived_is_given_up_once_no_repeat_can_be_under_way(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("503", operation="POST /v1/checkout/sessions")
    payer.confirm(payment_id)
    payer.wait(minutes=34)
    assert payer.apply(payment_id) is PaymentState.STARTING
    payer.wait(minutes=1)
    assert payer.apply(payment_id) is PaymentState.EXPIRED


def test_money_for_a_debt_that_is_gone_becomes_credit_and_somebody_is_told(
    database: Database, payer: Payer
) -> None:
    payment_id = payer.pay_at_stripe()
    owing = payer.owing
    for owed in (owing.older, owing.newer, owing.unbilled):
        change_debt(database, owing, owed.target, cents=-owed.cents, why="insurer paid")
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert payer.allocations(payment_id) == [(NOWHERE, 10_000)]
    assert payer.task_kinds() == ["unapplied_credit"]
    credit = payer.read(lambda session: unapplied_credit_cents(session, owing.guarantor_id))
    assert credit == 10_000
    assert_books_are_sound(payer)


def test_what_is_left_over_goes_to_what_else_is_owed_before_it_becomes_credit(
    database: Database, payer: Payer
) -> None:
    payment_id = payer.pay_at_stripe(9_000)
    owing = payer.owing
    change_debt(database, owing, owing.older.target, cents=-6_000, why="insurer paid")
    payer.apply(payment_id)
    assert payer.allocations(payment_id) == [
        (owing.newer.target, 4_000),
        (owing.unbilled.target, 3_000),
        (NOWHERE, 2_000),
    ]
    assert_books_are_sound(payer)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("amount_cents = amount_cents - 1", "amount"),
        ("amount_cents = amount_cents + 1", "amount"),
    ],
)
def test_money_that_is_not_what_we_asked_for_waits_in_suspense(
    payer: Payer, database_urls: DatabaseUrls, change: str, difference: str
) -> None:
    payment_id = payer.pay_at_stripe(5_000)
    engine = create_engine(database_urls.superuser)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE portal.payments SET {change}"))
    engine.dispose()
    assert payer.apply(payment_id) is PaymentState.SUSPENDED
    assert payer.apply(payment_id) is PaymentState.SUSPENDED
    sums = payer.read(account_sums)
    assert sums[LedgerAccount.PAYMENT_SUSPENSE] == -5_000
    assert sums[LedgerAccount.CARD_CLEARING] == 5_000
    assert payer.task_kinds() == ["payment_suspended"]
    assert payer.posts() == []
    assert difference in payer.read(
        lambda session: session.execute(
            text(
                "SELECT detail FROM portal.payment_events"
                " WHERE practice_id = :practice_id AND state = 'suspended'"
            ),
            {"practice_id": practice_of(session)},
        ).scalar_one()
    )
    assert_books_are_sound(payer)


def test_while_a_remittance_is_imported_a_settlement_waits(payer: Payer) -> None:
    payment_id = payer.pay_at_stripe()
    practice_id = payer.owing.practice_id
    with payer.database.loader_transaction(practice_id) as importing:
        announce_import(importing.connection, practice_id)
        payer.wait(minutes=5)
        assert payer.sweep().unanswered == 1
    assert payer.state(payment_id) is PaymentState.OPEN
    assert payer.sweep().succeeded == 1


def test_nothing_is_on_its_way_after_a_card_payment(payer: Payer) -> None:
    payer.pay(5_000)
    guarantor_id = payer.owing.guarantor_id
    assert payer.read(lambda session: on_its_way_cents(session, guarantor_id)) == 0


def test_a_payment_of_another_practice_is_not_found(payer: Payer) -> None:
    payment_id = payer.prepare()
    with pytest.raises(PaymentNotFoundError):
        apply_payment(
            payer.database, payer.gateway, payer.owing.guarantor_id, payment_id, now=payer.now
        )


def test_a_late_look_at_an_open_page_does_not_undo_a_success(payer: Payer) -> None:
    payment_id = payer.pay()
    payer.now += timedelta(days=1)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    assert settled_entries(payer) == 1


def _pay_again(payer: Payer, cents: int, *, due_seen_cents: int | None = None) -> UUID:
    payment_id = payer.prepare(cents)
    address = payer.confirm(payment_id, due_seen_cents=due_seen_cents or cents)
    assert address is not None
    Cardholder(address).pay(GOOD_CARD)
    payer.apply(payment_id)
    return payment_id
