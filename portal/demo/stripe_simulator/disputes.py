"""Disputes: the cardholder's bank takes the money back, and asks for an explanation.

An inquiry (status warning_…) asks first and moves no money. Evidence is given once; what becomes of
it is decided by the text that Stripe's test mode knows, or by the control interface.
"""

from typing import Final

from portal.demo.stripe_simulator import arrangements, balance
from portal.demo.stripe_simulator.errors import Body, invalid, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

LAPSE: Final = "dispute.lapse"
LONGEST_EVIDENCE: Final = 150_000
CLOSED: Final = ("won", "lost", "warning_closed")
_ANSWER_WITHIN_SECONDS: Final = 9 * 24 * 60 * 60
_DECISIVE: Final = {"winning_evidence": "won", "losing_evidence": "lost"}
_OPEN: Final = ("needs_response", "warning_needs_response")


def open_dispute(work: Workspace, charge: Body, *, reason: str, inquiry: bool = False) -> Body:
    """Of all that is left of the charge. Raises StripeError (400) when there is one already."""
    dispute = _dispute(work, charge, reason=reason)
    status = "warning_needs_response" if inquiry else "needs_response"
    due_by = work.now + _ANSWER_WITHIN_SECONDS
    details = {**dispute["evidence_details"], "due_by": due_by}
    work.change(dispute, status=status, evidence_details=details, is_charge_refundable=inquiry)
    arrangements.arrange(work, LAPSE, dispute["id"], due_at=due_by)
    if not inquiry:
        _withdraw(work, dispute, fee_cents=balance.DISPUTE_FEE_CENTS)
    work.emit("charge.dispute.created", dispute)
    if not inquiry:
        work.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def lose_at_once(work: Workspace, charge: Body, *, reason: str, fee_cents: int) -> Body:
    """A return of an ACH debit that was settled: there is nothing to answer."""
    dispute = _dispute(work, charge, reason=reason)
    work.change(dispute, status="lost")
    _withdraw(work, dispute, fee_cents=fee_cents)
    for step in ("created", "funds_withdrawn", "closed"):
        work.emit(f"charge.dispute.{step}", dispute)
    return dispute


def update(work: Workspace, params: Body, dispute_id: str) -> Body:
    """Evidence, given in unless `submit` is false; metadata as long as one likes."""
    dispute = work.get("dispute", dispute_id)
    evidence = params.get("evidence") or {}
    if evidence and dispute["status"] not in _OPEN:
        raise refused(f"This dispute is {dispute['status']}; evidence comes too late.")
    if sum(len(text) for text in evidence.values() if isinstance(text, str)) > LONGEST_EVIDENCE:
        raise invalid(f"Evidence has at most {LONGEST_EVIDENCE} characters.", param="evidence")
    if "enhanced_evidence" in evidence:
        raise invalid("Not simulated", param="evidence[enhanced_evidence]", code="not_simulated")
    details = dispute["evidence_details"] | {"has_evidence": True} if evidence else {}
    work.change(
        dispute,
        evidence=dispute["evidence"] | evidence,
        evidence_details=dispute["evidence_details"] | details,
        metadata=merged(dispute, params.get("metadata", {})),
    )
    if dispute["status"] in _OPEN and dispute["evidence_details"]["has_evidence"]:
        _submit(work, dispute, submit=params.get("submit", True))
    work.emit("charge.dispute.updated", dispute)
    decided = _DECISIVE.get(dispute["evidence"].get("uncategorized_text") or "")
    if decided and dispute["status"] == "under_review":
        close_as(work, dispute, decided)
    return dispute


def close(work: Workspace, _params: Body, dispute_id: str) -> Body:
    """The practice gives in. Raises StripeError (400) when it is over."""
    dispute = work.get("dispute", dispute_id)
    if dispute["status"] in CLOSED:
        raise refused(f"This dispute is {dispute['status']} already.")
    return close_as(work, dispute, "lost")


def close_as(work: Workspace, dispute: Body, status: str) -> Body:
    """How the bank decides; won money comes back, the fee does not."""
    arrangements.call_off(work, dispute["id"])
    work.change(dispute, status=status, is_charge_refundable=status == "warning_closed")
    if status == "lost" and not dispute["balance_transactions"]:
        _withdraw(work, dispute, fee_cents=balance.DISPUTE_FEE_CENTS)
        work.emit("charge.dispute.funds_withdrawn", dispute)
    if status == "won" and dispute["balance_transactions"]:
        movement = balance.record(
            work,
            "adjustment",
            dispute,
            amount_cents=dispute["amount"],
            category="dispute_reversal",
        )
        both = [*dispute["balance_transactions"], movement]
        work.change(dispute, balance_transactions=both)
        work.emit("charge.dispute.funds_reinstated", dispute)
    work.emit("charge.dispute.closed", dispute)
    return dispute


def lapse(work: Workspace, dispute: Body) -> None:
    """Nobody answered in time: an inquiry is forgotten, a dispute is lost."""
    if dispute["status"] in _OPEN:
        details = dispute["evidence_details"] | {"past_due": True}
        work.change(dispute, evidence_details=details)
        inquiry = dispute["status"] == "warning_needs_response"
        close_as(work, dispute, "warning_closed" if inquiry else "lost")


def forbids_refund(work: Workspace, charge: Body) -> bool:
    """Whether a dispute of this charge stands in the way of sending money back."""
    disputed = work.all("dispute", charge=charge["id"])
    return any(not dispute["is_charge_refundable"] for dispute in disputed)


def _dispute(work: Workspace, charge: Body, *, reason: str) -> Body:
    if charge["disputed"]:
        raise invalid("This charge is disputed already.", param="charge")
    left = charge["amount"] - charge["amount_refunded"]
    if not charge["paid"] or left == 0:
        raise invalid("There is nothing left of this charge to dispute.", param="charge")
    work.change(charge, disputed=True)
    return work.add(
        "dispute",
        amount=left,
        charge=charge["id"],
        currency=charge["currency"],
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
    )


def _withdraw(work: Workspace, dispute: Body, *, fee_cents: int) -> None:
    movement = balance.record(
        work,
        "adjustment",
        dispute,
        amount_cents=-dispute["amount"],
        fee_cents=fee_cents,
        category="dispute",
    )
    work.change(dispute, balance_transactions=[movement])


def _submit(work: Workspace, dispute: Body, *, submit: bool) -> None:
    if not submit:
        return
    details = dispute["evidence_details"]
    details = details | {"submission_count": details["submission_count"] + 1}
    status = dispute["status"].replace("needs_response", "under_review")
    work.change(dispute, status=status, evidence_details=details)
