"""What balances and is wrong all the same: the check names it."""

from uuid import UUID

import pytest

from portal.db import Database, Principal
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.ledger.checks import checks
from portal.ledger.journal import post, reverse
from tests.builders import BUILT_AT, make_guarantor

A = LedgerAccount
CLAIM = Target(UUID(int=1))


@pytest.fixture
def job(practice_id: UUID) -> Principal:
    return Principal.job(practice_id, role="test")


def write(
    database: Database, job: Principal, event: BusinessEvent, *legs: Posting
) -> tuple[UUID, set[str]]:
    """Post it on a guarantor; its id, and the kinds of what the check finds."""
    guarantor_id = make_guarantor(database, job.practice_id)
    entry = JournalEntry(event, "by hand", BUILT_AT.date(), guarantor_id, legs)
    with database.transaction(job) as session:
        entry_id = post(session, entry, now=BUILT_AT)
    with database.transaction(job) as session:
        found = list(checks(session))
    assert all(one.entry_id in (entry_id, None) for one in found)
    return entry_id, {one.check for one in found}


def test_an_account_that_is_none_of_the_event_s_is_named(
    database: Database, job: Principal
) -> None:
    legs = (Posting(A.BANK, 500), Posting(A.UNAPPLIED_CREDIT, -500))
    assert write(database, job, BusinessEvent.CREDIT_RELEASED, *legs)[1] == {"entry_accounts"}


def test_credit_below_zero_is_named(database: Database, job: Principal) -> None:
    legs = (Posting(A.UNAPPLIED_CREDIT, 999), Posting(A.CARD_CLEARING, -999))
    assert write(database, job, BusinessEvent.REFUND_PAID, *legs)[1] == {"unapplied_credit"}


@pytest.mark.parametrize("account", [A.PATIENT_RECEIVABLE, A.PATIENT_PENDING])
def test_a_share_of_no_claim_is_named(
    database: Database, job: Principal, account: LedgerAccount
) -> None:
    other = A.PATIENT_PENDING if account is A.PATIENT_RECEIVABLE else A.PATIENT_RECEIVABLE
    legs = (Posting(account, 700), Posting(other, -700, CLAIM))
    assert write(database, job, BusinessEvent.SHARE_RELEASED, *legs)[1] == {"posting_target"}


def test_suspense_that_gives_more_than_came_is_named(database: Database, job: Principal) -> None:
    legs = (Posting(A.PAYMENT_SUSPENSE, 700), Posting(A.CARD_CLEARING, -700))
    found = write(database, job, BusinessEvent.PAYMENT_SUSPENDED, *legs)[1]
    assert found == {"payment_suspense"}


def test_a_reversal_uses_the_accounts_of_what_it_reverses(
    database: Database, job: Principal
) -> None:
    legs = (Posting(A.PAYER_RECEIVABLE, 900, CLAIM), Posting(A.GROSS_CHARGES, -900, CLAIM))
    entry_id, found = write(database, job, BusinessEvent.CHARGE_RECORDED, *legs)
    assert found == set()
    with database.transaction(job) as session:
        reverse(
            session,
            entry_id,
            business_event=BusinessEvent.ADJUDICATION_VOIDED,
            effective_on=BUILT_AT.date(),
            now=BUILT_AT,
        )
        assert list(checks(session)) == []
