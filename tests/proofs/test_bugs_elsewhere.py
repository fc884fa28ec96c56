"""Bugs that other billing systems have had in the field, each by the name it is known by there."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.auth.link_opening import look_at_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.connectors.practice_systems.feed import write_feed
from portal.db import Database, Principal, practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.domain.statement import SkipReason
from portal.ledger.queries import account_sums, receivable_cents
from portal.payments.models import Payment
from portal.payments.service import AmountRefusedError
from portal.practice.directory import practice_by_id
from portal.statements.models import Statement
from portal.statements.queries import statement_due
from portal.sync.feed import import_feed
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.owing import make_owing
from tests.payments.paying import GOOD_CARD, Payer, at_once
from tests.proofs.test_failure_modes import PAID_ONCE, START, mails
from tests.proofs.test_webhook_orders import booked
from tests.statements.builders import Decided
from tests.statements.conftest import (
    NOW,
    TODAY,
    Bill,
    Family,
    Issue,
    PayIn,
    bill,
    family,
    issue,
    pay_in,
)
from tests.sync.feeding import Row

__all__ = ["bill", "family", "issue", "pay_in"]


PART_PAID = (
    Decided("99213", 12_000, 3_234, (("CO", "45", 4_000), ("PR", "1", 1_234), ("PR", "2", 3_532))),
)


@pytest.mark.parametrize("cents", [-1, -10_000, 0])
def test_openemr_10013_a_negative_amount_is_not_paid(
    payer: Payer, stripe_wire: StripeWire, cents: int
) -> None:
    with pytest.raises(AmountRefusedError):
        payer.prepare(cents)
    assert stripe_wire.exchanges == []


def test_openemr_7958_a_statement_moves_nothing_from_the_insurer_to_the_patient(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    bill(patient_id=family.mateo_id, claim_number="C-2", held="crossover")
    before = _sums(database, job)
    assert issue().amount_due_cents == 4_000  # and not what the second payer has to decide
    assert _sums(database, job) == before


def test_openemr_973_two_visits_of_two_patients_are_one_statement(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    bill(patient_id=family.mateo_id, claim_number="C-2")
    report = issue()
    assert (report.issued, report.amount_due_cents) == (1, 8_000)


def test_openemr_6492_two_equal_payments_have_a_receipt_each_with_its_own_total(
    payer: Payer,
) -> None:
    first = payer.pay(3_000)
    second = payer.prepare(3_000)
    Cardholder(payer.confirm(second, due_seen_cents=7_000) or "").pay(GOOD_CARD)
    payer.apply(second)
    rows = [payer.row(payment_id) for payment_id in (first, second)]
    assert [row.amount_cents for row in rows] == [3_000, 3_000]
    assert len({row.receipt_number for row in rows}) == 2
    assert payer.allocations(first) == [(payer.owing.older.target, 3_000)]
    assert payer.allocations(second) == [(payer.owing.older.target, 3_000)]


def test_openemrs_recorder_numbers_given_at_once_are_all_different(payer: Payer) -> None:
    people = [
        Payer(
            payer.database,
            payer.gateway,
            make_owing(
                payer.database,
                payer.owing.practice_id,
                account_number=f"A-{number}",
                number=str(number),
            ),
            now=payer.now,
        )
        for number in range(20_000, 20_006)
    ]
    paid = iter([(one, one.pay_at_stripe()) for one in people])
    at_once(len(people), lambda: _apply(*next(paid)))
    numbers = payer.read(
        lambda session: session.scalars(
            select(Payment.receipt_number).where(
                Payment.practice_id == practice_of(session),
                Payment.state == PaymentState.SUCCEEDED.value,
            )
        ).all()
    )
    assert sorted(str(number)[-6:] for number in numbers) == [
        f"{number:06d}" for number in range(1, len(people) + 1)
    ]


def test_ottehr_9149_nobody_gets_a_statement_of_nothing(
    bill: Bill, issue: Issue, pay_in: PayIn
) -> None:
    claim = bill()
    pay_in(puts=[(claim.target(), 4_000)], on=TODAY - timedelta(days=2), at=NOW - timedelta(days=2))
    report = issue()
    assert report.issued == 0
    assert set(report.skipped) <= {SkipReason.NOTHING_DUE}


def test_ottehr_9179_what_is_asked_for_is_what_the_ledger_says_is_owed(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    bill(lines=PART_PAID)
    bill(patient_id=family.mateo_id, claim_number="C-2")
    (statement_id,) = issue().statement_ids
    with database.transaction(job) as session:
        statement = session.scalars(
            select(Statement).where(Statement.practice_id == practice_of(session))
        ).one()
        due = statement_due(session, statement_id)
        owed_cents = receivable_cents(session, family.guarantor_id)
    assert due is not None
    assert statement.amount_due_cents == due.due_now_cents == owed_cents == 8_766


def test_ottehr_8308_one_payment_that_many_tell_us_of_is_one_message(payer: Payer) -> None:
    payment_id = payer.pay()
    for _ in range(3):
        payer.apply(payment_id)
        payer.sweep(everything=True)
    assert mails(payer) == 1


def test_ottehr_4156_one_click_is_one_charge_however_often_it_is_pressed(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    pressed = at_once(6, lambda: payer.prepare(10_000))
    assert len(set(pressed)) == 1
    addresses = {address for address in at_once(6, lambda: payer.confirm(pressed[0])) if address}
    assert len(addresses) == 1
    page = Cardholder(addresses.pop())
    page.pay(GOOD_CARD)
    page.pay(GOOD_CARD)
    payer.apply(pressed[0])
    received = stripe_wire.api("GET", "/v1/payment_intents")["data"]
    assert [intent["amount_received"] for intent in received] == [10_000]


def test_ottehr_3737_a_payment_told_back_by_the_practices_system_is_not_booked_again(
    payer: Payer,
) -> None:
    payer.pay()
    (post,) = payer.posts()
    row = Row(
        id="PM-1",
        cents=10_000,
        claim_number="",
        account_number="A-20411",
        happened_on=payer.now.date().isoformat(),
        post_id=post.post_id,
    )
    practice = practice_by_id(payer.database, payer.owing.practice_id)
    content = write_feed((row.cells(),), practice_slug=practice.slug, created_at=payer.now)
    report = import_feed(
        payer.database,
        practice,
        content,
        file_name="feed.csv",
        now=payer.now,
        imported_by="test",
        dry_run=False,
    )
    assert report.as_json()["posted"] == 0
    assert booked(payer) == PAID_ONCE


def test_ottehrs_invoice_somebody_without_email_pays_and_owes_nothing(
    database: Database, practice_id: UUID, payer: Payer
) -> None:
    owing = make_owing(database, practice_id, account_number="A-9", number="9", email=None)
    silent = Payer(database, payer.gateway, owing, now=payer.now)
    assert silent.row(silent.pay()).receipt_number is not None
    assert mails(silent) == 0


def test_invoice_ninjas_key_stays_the_same_however_often_stripe_is_asked(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.prepare()
    stripe_wire.control.fail_next("500", "answer_lost", operation=START)
    while payer.confirm(payment_id) is None:
        pass
    keys = Counter(
        one.headers["Idempotency-Key"]
        for one in stripe_wire.exchanges
        if f"{one.method} {one.path}" == START
    )
    assert keys == {str(payment_id): 3}


def test_frappe_press_828_a_link_to_a_paid_statement_opens_it_after_months(
    database: Database, payer: Payer
) -> None:
    owing, tokens = payer.owing, LinkTokens("a key for tests only, and long enough")
    with database.transaction(payer.job) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=owing.guarantor_id,
            statement_id=owing.statement_id,
            patient_ids=[],
            now=payer.now,
        )
    token = tokens.make(owing.practice_id, link_id)
    payer.pay()
    payer.wait(days=80)
    assert look_at_link(database, tokens, token, now=payer.now).ended is None


def _apply(payer: Payer, payment_id: UUID) -> None:
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED


def _sums(database: Database, job: Principal) -> dict[LedgerAccount, int]:
    with database.transaction(job) as session:
        return dict(account_sums(session))
