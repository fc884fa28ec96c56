"""What the nightly check says of a desk whose books do not fit."""

from portal.db import new_id
from portal.domain import desk_postings
from portal.domain.journal import JournalEntry, LedgerAccount
from portal.domain.payment_channel import MethodKind, PaymentChannel
from portal.domain.payment_status import PaymentState
from portal.ledger.journal import post
from portal.payments.counter.checks import checks
from portal.payments.models import Payment
from tests.payments.counter.till import Till


def said(till: Till) -> list[str]:
    return till.read(lambda session: [one.message for one in checks(session)])


def booked(till: Till, entry: JournalEntry) -> None:
    with till.database.transaction(till.job) as session:
        post(session, entry, now=till.now)


def test_a_desk_that_fits_has_no_findings(till: Till) -> None:
    drawer_id = till.open()
    till.void(till.take(1_000))
    till.take(2_000)
    till.batch(3_000, till.take(3_000, MethodKind.TERMINAL))
    till.count_and_close(drawer_id, 12_000)
    assert said(till) == []


def test_a_payment_of_the_desk_in_no_drawer(till: Till) -> None:
    payment_id = new_id()
    with till.database.transaction(till.job) as session:
        session.add(
            Payment(
                practice_id=till.owing.practice_id,
                payment_id=payment_id,
                guarantor_id=till.owing.guarantor_id,
                channel=PaymentChannel.DESK.value,
                amount_cents=100,
                pays_for=[],
                state=PaymentState.PREPARED.value,
                created_at=till.now,
                state_at=till.now,
            )
        )
    assert said(till) == [
        f"Payment {payment_id} is of the desk and in no drawer, or the other way round."
    ]


def test_a_void_that_only_the_journal_knows(till: Till) -> None:
    till.open()
    payment_id = till.take(1_000)
    booked(
        till,
        desk_postings.payment_voided(
            payment_id,
            (),
            deposit_cents=1_000,
            guarantor_id=till.owing.guarantor_id,
            effective_on=till.now.date(),
            left_from=LedgerAccount.DESK_CASH,
        ),
    )
    assert said(till) == [
        f"Payment {payment_id} is money, and the journal has payment_voided.",
        "The drawers hold 1000 cents, the journal has 0.",
    ]


def test_a_deposit_that_no_drawer_made(till: Till) -> None:
    till.open()
    till.take(1_000)
    made = desk_postings.deposit_made(new_id(), amount_cents=400, effective_on=till.now.date())
    booked(till, made)
    assert said(till) == ["The drawers hold 1000 cents, the journal has 600."]


def test_a_batch_that_no_payment_was_in(till: Till) -> None:
    till.open()
    till.take(1_000, MethodKind.TERMINAL)
    settled = desk_postings.terminal_settled(
        new_id(), taken_cents=300, arrived_cents=300, effective_on=till.now.date()
    )
    booked(till, settled)
    assert said(till) == ["The card machine has 1000 cents to bring, the journal says 700."]
