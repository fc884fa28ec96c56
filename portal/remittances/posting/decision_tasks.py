"""What one decision asks of staff at once, with a day to keep."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from portal.domain.adjudication import Decision
from portal.domain.claim_position import Outcome
from portal.domain.hold_kinds import HoldKind
from portal.domain.money import format_usd
from portal.domain.remittance import ClaimPayment

TASK_PAID_TWICE: Final = "payer_paid_twice"
TASK_REFUND_DUE: Final = "refund_due"
_REFUND_WITHIN: Final = timedelta(days=30)  # MA59, MA72


def tasks_of(claim: ClaimPayment, decision: Decision, *, today: date) -> Iterator[tuple[str, str]]:
    """The kind and the words of each; most decisions ask for nothing."""
    if decision.adjudication.outcome is Outcome.PAID_TWICE:
        message = (
            f"Claim {claim.number}: the payer paid {format_usd(claim.paid_cents)} a second "
            "time. It is owed back: return it within 60 days, or show why it is ours."
        )
        yield TASK_PAID_TWICE, message
    if HoldKind.REFUND_DUE in decision.holds_placed:
        by = today + _REFUND_WITHIN
        message = (
            f"Claim {claim.number}: the payer says that the patient has paid too much. Refund "
            f"the difference by {by:%B} {by.day}, {by.year}, or note why nothing is due."
        )
        yield TASK_REFUND_DUE, message
