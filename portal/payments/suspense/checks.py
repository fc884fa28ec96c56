"""Suspense against the books: what is on the list is what the account holds."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from portal.domain.journal import LedgerAccount
from portal.ledger.checks import CheckFinding
from portal.ledger.queries import account_sums
from portal.payments.suspense.items import open_items


def checks(session: Session) -> Iterator[CheckFinding]:
    """Nothing waits that staff cannot see, and nothing is shown that does not wait."""
    listed_cents = sum(item.amount_cents for item in open_items(session))
    held_cents = -account_sums(session).get(LedgerAccount.PAYMENT_SUSPENSE, 0)
    if listed_cents != held_cents:
        message = f"payment_suspense holds {held_cents} cents, its list {listed_cents}."
        yield CheckFinding("payment_suspense", message)
