"""ACH debits: days on their way, then settled or returned; a return can still come after that.

A return before settlement fails the charge. One after it arrives as a dispute that is lost from the
start, because the rules of ACH know no appeal. Refusals by the account holder end the mandate.
"""

from typing import Final

from portal.demo.stripe_simulator import (
    arrangements,
    balance,
    banks,
    business_days,
    charges,
    checkout_outcome,
    disputes,
    mandates,
)
from portal.demo.stripe_simulator.cards import Decline
from portal.demo.stripe_simulator.errors import Body, invalid, refused
from portal.demo.stripe_simulator.workspace import Workspace

USUAL_DAYS: Final = 4
"""Business days to the result: "up to 4" in Stripe's words."""

SETTLE: Final = "bank_debit.settle"
RETURN_LATE: Final = "bank_debit.return_late"
_LATE_DAYS: Final = 2
_FAILED: Final = "payment_intent_payment_attempt_failed"
_OVER_LIMIT: Final = Decline(
    "charge_exceeds_weekly_limit",
    "charge_exceeds_weekly_limit",
    "This payment would exceed the weekly limit of the account.",
)


def begin(work: Workspace, intent: Body, method: Body, mandate: Body) -> Body:
    """The debit is sent to the bank; the result comes after some business days."""
    behaviour = banks.behaviour_of(work, method)
    if banks.is_blocked(method):
        raise refused(
            "This bank account cannot be debited.",
            param="payment_method",
            code="payment_method_bank_account_blocked",
            intent=intent,
        )
    if behaviour.over_limit:
        raise charges.decline(work, intent, method, _OVER_LIMIT)
    days = work.store.setting("bank_days", USUAL_DAYS)
    charge = charges.add(work, intent, method, status="pending")
    charge["payment_method_details"]["us_bank_account"]["mandate"] = mandate["id"]
    money = balance.record_bank_debit(work, charge, days=days)
    work.change(charge, balance_transaction=money["id"])
    work.change(intent, status="processing", latest_charge=charge["id"], next_action=None)
    work.emit("payment_intent.processing", intent)
    work.emit("charge.pending", charge)
    if mandate["type"] == "single_use":
        work.change(mandate, status="inactive")
    if not behaviour.never_settles:
        due_at = business_days.later(work.now, days)
        arrangements.arrange(work, SETTLE, charge["id"], due_at=due_at)
    return intent


def settle(work: Workspace, charge: Body) -> None:
    """The day has come: the money arrives, or the bank returns the debit."""
    method = work.get("payment_method", charge["payment_method"])
    behaviour = banks.behaviour_of(work, method)
    if behaviour.returned is not None:
        _fail(work, charge, behaviour.returned)
        return
    intent = work.get("payment_intent", charge["payment_intent"])
    charges.settle(work, intent, charge)
    checkout_outcome.tell(work, intent, paid=True)
    if behaviour.returned_late is not None:
        due_at = business_days.later(work.now, _LATE_DAYS)
        arrangements.arrange(work, RETURN_LATE, charge["id"], due_at=due_at)


def return_late(work: Workspace, charge: Body) -> None:
    """What the account's behaviour says, unless something else took the money back before."""
    method = work.get("payment_method", charge["payment_method"])
    code = banks.behaviour_of(work, method).returned_late
    if code is not None and not charge["disputed"]:
        _take_back(work, charge, code)


def bounce(work: Workspace, charge: Body, code: str) -> None:
    """The bank returns a debit with this code, now. Raises StripeError (400) when it cannot."""
    if code not in banks.RETURNS:
        raise invalid(f"Choose from {', '.join(banks.RETURNS)}.", param="code")
    if charge["payment_method_details"]["type"] != "us_bank_account" or charge["disputed"]:
        raise invalid("Only an ACH debit can be returned, and only once.", param="charge")
    if charge["status"] == "pending":
        _fail(work, charge, code)
    elif charge["status"] == "succeeded":
        _take_back(work, charge, code)
    else:
        raise invalid("This debit has failed already.", param="charge")


def _fail(work: Workspace, charge: Body, code: str) -> None:
    """Returned before settlement: nothing was earned, and Stripe takes a fee for the trouble."""
    arrangements.call_off(work, charge["id"])
    reason = banks.RETURNS[code]
    method = work.get("payment_method", charge["payment_method"])
    intent = work.get("payment_intent", charge["payment_intent"])
    message = f"The bank returned the debit ({code})."
    before = work.get("balance_transaction", charge["balance_transaction"])
    undone = balance.record(
        work,
        "payment_failure_refund",
        charge,
        amount_cents=-charge["amount"],
        fee_cents=-before["fee"],
        available_on=before["available_on"],
    )
    balance.record_fee(
        work, balance.BANK_FAILURE_FEE_CENTS, description="ACH Direct Debit failure fee"
    )
    outcome = charge["outcome"] | {
        "type": "issuer_declined",
        "network_status": "declined_by_network",
        "network_decline_code": code,
        "reason": reason.failure_code,
    }
    work.change(
        charge,
        status="failed",
        captured=False,
        failure_balance_transaction=undone["id"],
        failure_code=reason.failure_code,
        failure_message=message,
        outcome=outcome,
    )
    _consequences(work, method, code)
    error = {
        "type": "invalid_request_error",
        "code": _FAILED,
        "decline_code": reason.failure_code,
        "message": message,
        "charge": charge["id"],
        "payment_method": method,
    }
    work.emit("charge.failed", charge)
    charges.back_to_start(work, intent, error)
    checkout_outcome.tell(work, intent, paid=False)


def _take_back(work: Workspace, charge: Body, code: str) -> None:
    reason = banks.RETURNS[code]
    by_holder = reason.ends_mandate
    fee = balance.DISPUTE_FEE_CENTS if by_holder else balance.BANK_FAILURE_FEE_CENTS
    disputes.lose_at_once(work, charge, reason=reason.dispute_reason, fee_cents=fee)
    method = work.get("payment_method", charge["payment_method"])
    _consequences(work, method, code)


def _consequences(work: Workspace, method: Body, code: str) -> None:
    """The second refusal by its holder, or a closed account at once, blocks the account."""
    reason = banks.RETURNS[code]
    refusals = work.notes(method["id"]).get("refusals", 0) + reason.ends_mandate
    work.change_notes(method["id"], refusals=refusals)
    if reason.ends_mandate:
        mandates.end(work, method)
    if reason.blocks and (refusals > 1 or not reason.ends_mandate):
        banks.block(work, method, code)
