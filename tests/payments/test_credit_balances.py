"""The list of credits: whose, since when, which clock, what is proposed; and it is the ledger's."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.auth.roles import Role
from portal.connectors.payment_gateway import RefundStatus
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, practice_of
from portal.domain.credit_clocks import ClockState, CreditOwner
from portal.domain.journal import LedgerAccount
from portal.ledger.queries import account_sums
from portal.payments.credits.balances import (
    BalancesPage,
    Proposal,
    Which,
    balances_csv,
    balances_page,
)
from portal.payments.models import Payment
from tests.payments.conftest import gateway
from tests.payments.insured import insured_payer, pay_all
from tests.payments.owing import change_debt
from tests.payments.paying import Payer
from tests.payments.test_moving_payments import move
from tests.payments.test_refund_approvals import staff
from tests.payments.test_refunds import Rotated, refund
from tests.remittances.conftest import desk
from tests.remittances.desk import ImportDesk, SentClaim, SentLine

__all__ = ["desk", "gateway"]
A = LedgerAccount


def page(payer: Payer, which: Which = Which.ALL) -> BalancesPage:
    return balances_page(
        payer.database,
        staff(payer, Role.COLLECTIONS),
        which=which,
        now=payer.now,
        request_id="test",
    )


@pytest.fixture
def credit_of(payer: Payer) -> UUID:
    """The payment of which 20.00 are credit; 70.00 are owed beside it."""
    payment_id = payer.pay(6_000)
    move(payer, payment_id, {payer.owing.older.target: 4_000})
    return payment_id


def test_a_credit_beside_a_debt_is_proposed_for_it_and_the_clock_runs(
    payer: Payer, credit_of: UUID
) -> None:
    (one,) = page(payer).patients
    assert (one.credit_cents, one.free_cents, one.owes_cents) == (2_000, 2_000, 9_000)
    assert (one.proposal, one.payment_id) == (Proposal.USE, credit_of)
    assert one.clock.state is ClockState.RUNNING
    payer.wait(days=31)
    (later,) = page(payer, Which.DUE).patients
    assert later.clock.state is ClockState.OVERDUE
    assert page(payer, Which.PAYERS).patients == ()
    assert len(page(payer, Which.OWES).patients) == 1
    assert page(payer).patients_cents == -payer.read(account_sums)[A.UNAPPLIED_CREDIT]


def test_without_a_debt_it_goes_back_to_where_most_of_it_came_from(
    payer: Payer, credit_of: UUID
) -> None:
    owing = payer.owing
    for owed, cents in ((owing.older, 2_000), (owing.newer, 4_000), (owing.unbilled, 3_000)):
        change_debt(payer.database, owing, owed.target, cents=-cents, why=f"insurer {cents}")
    (one,) = page(payer).patients
    assert (one.proposal, one.payment_id) == (Proposal.REFUND, credit_of)
    payer.read(
        lambda session: session.execute(
            update(Payment)
            .where(Payment.practice_id == practice_of(session))
            .values(method_kind="cash")
        )
    )
    assert page(payer).patients[0].proposal is Proposal.CHECK


def test_what_is_going_back_is_not_free(payer: Payer, credit_of: UUID) -> None:
    stripe = Rotated(payer.gateway)
    payer.gateway = stripe  # type: ignore[assignment]  # the rest of the protocol is passed on
    stripe.status = RefundStatus.PENDING
    refund(payer, credit_of, 2_000)
    (one,) = page(payer).patients
    assert (one.free_cents, one.proposal) == (0, Proposal.WAIT)


def test_the_list_is_a_spreadsheet_too(payer: Payer, credit_of: UUID) -> None:
    assert page(payer).patients[0].payment_id == credit_of
    content = balances_csv(
        payer.database,
        staff(payer, Role.COLLECTIONS),
        which=Which.ALL,
        now=payer.now,
        request_id="test",
    ).decode()
    head, row = content.splitlines()
    assert head.startswith("owner,name,account_or_claim,credit,free,since,due,proposal")
    assert row.startswith("patient,Ana Reyes,A-20411,20.00,20.00,")


def test_what_payers_paid_twice_is_theirs_with_sixty_days(
    desk: ImportDesk, database: Database, gateway: StripeGateway
) -> None:
    desk.receive(SentClaim())
    june = insured_payer(desk, database, gateway)
    desk.receive(replace(SentClaim(), icn="ICN2"))
    june.now = desk.now + timedelta(days=45)
    (one,) = page(june, Which.PAYERS).payers
    assert one.credit_cents == -june.read(account_sums)[A.PAYER_CREDITS] == 5_000
    assert (one.claim_number, one.owner) == ("A1", CreditOwner.PAYER)
    assert one.clock.state is ClockState.NEAR
    assert page(june, Which.DUE).payers == (one,)


def test_credit_that_a_smaller_decision_frees_is_on_the_list(
    desk: ImportDesk, database: Database, gateway: StripeGateway
) -> None:
    desk.receive(SentClaim())
    june = insured_payer(desk, database, gateway)
    payment_id = pay_all(june, 2_000)
    smaller = SentLine(adjustments={"CO45": 3_000, "PR3": 500})
    desk.receive(SentClaim().reversal(), replace(SentClaim(), icn="ICN3", lines=(smaller,)))
    june.now = desk.now
    (one,) = page(june).patients
    assert (one.credit_cents, one.payment_id) == (1_500, payment_id)
