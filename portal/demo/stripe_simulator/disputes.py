"""Disputes: the cardholder's bank takes the money back, and asks for an explanation."""

from typing import Final

from portal.demo.stripe_simulator import balance
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

_ANSWER_WITHIN_SECONDS: Final = 9 * 24 * 60 * 60


def open_dispute(work: Workspace, charge: Body, *, reason: str) -> Body:
    dispute = work.add(
        "dispute",
        amount=charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    movement = balance.record(
        work,
        "adjustment",
        dispute,
        amount_cents=-charge["amount"],
        fee_cents=balance.DISPUTE_FEE_CENTS,
    )
    evidence = {**dispute["evidence_details"], "due_by": work.now + _ANSWER_WITHIN_SECONDS}
    work.change(dispute, balance_transactions=[movement], evidence_details=evidence)
    work.change(charge, disputed=True)
    work.emit("charge.dispute.created", dispute)
    work.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute
