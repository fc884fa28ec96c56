"""A remittance takes the place of what its payer told without money: an explanation of benefits.

The notice is taken back first, in its own name, so that the money stands where the bank will have
it, once. What does not come to a posted decision leaves the notice as it is.
"""

from dataclasses import dataclass, replace

from portal.domain.adjudication import Decision, DecisionContext, decide
from portal.domain.claim_position import Adjudication, ClaimPosition, Outcome
from portal.domain.claim_reading import follows_earlier_payer
from portal.domain.earlier_decisions import rank_of
from portal.domain.quarantine import NO_RULING, Ruling
from portal.domain.remittance import REVERSAL_STATUS, Adjustment, ClaimPayment

_NOT_PAID = "OA"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A notice that a remittance replaces, and the reversal that says so."""

    notice: Adjudication
    reversal: ClaimPayment
    decision: Decision


def notices_replaced(
    position: ClaimPosition,
    claim: ClaimPayment,
    *,
    context: DecisionContext,
    ruling: Ruling = NO_RULING,
) -> tuple[TakenBack, ...]:
    """To be entered one by one before the claim is decided; none of a notice itself.

    ``ruling``: with which it is decided.
    """
    if not any(one.is_notice for one in position.adjudications):
        return ()
    replaced = []
    for notice in position.live:
        if notice.is_notice and _is_told_by(notice, position, claim, context):
            taken = _take_back(position, claim, notice, context)
            if taken.decision.adjudication.outcome is not Outcome.REVERSAL:
                return ()
            replaced.append(taken)
            position = taken.decision.position
    if not replaced:
        return ()
    new = decide(position, claim, context=context, ruling=ruling).adjudication
    return tuple(replaced) if new.outcome is Outcome.POSTED and not new.is_notice else ()


def reversal_of(
    claim: ClaimPayment,
    *,
    number: str,
    payer_control_number: str,
    charge_cents: int,
    paid_cents: int,
) -> ClaimPayment:
    """CLP02 22 of an earlier decision with these amounts on the claim of a person and day."""
    not_paid = charge_cents - paid_cents
    return ClaimPayment(
        number=number,
        status=REVERSAL_STATUS,
        charge_cents=-charge_cents,
        paid_cents=-paid_cents,
        stated_responsibility_cents=None,
        payer_control_number=payer_control_number,
        patient=claim.patient,
        service_from=claim.service_from,
        adjustments=(Adjustment(_NOT_PAID, "", -not_paid),) if not_paid else (),
        segment_number=claim.segment_number,
    )


def _is_told_by(
    notice: Adjudication, position: ClaimPosition, claim: ClaimPayment, context: DecisionContext
) -> bool:
    """Of the payer, and of the same decision, or of the same whole claim in the same turn."""
    payer_key = context.sender.payer_key
    if notice.payer_key != payer_key:
        return False
    rank = rank_of(
        position,
        claim,
        payer_key=payer_key,
        follows_earlier_payer=follows_earlier_payer(claim),
    )
    same_decision = notice.payer_control_number == claim.payer_control_number
    return same_decision or (notice.charge_cents, notice.rank) == (claim.charge_cents, rank)


def _take_back(
    position: ClaimPosition, claim: ClaimPayment, notice: Adjudication, context: DecisionContext
) -> TakenBack:
    reversal = reversal_of(
        claim,
        number=claim.number,
        payer_control_number=notice.payer_control_number,
        charge_cents=notice.charge_cents,
        paid_cents=notice.paid_cents,
    )
    sender = replace(
        context.sender, remittance_id=notice.remittance_id, trace_number=notice.trace_number
    )
    decision = decide(position, reversal, context=replace(context, sender=sender))
    return TakenBack(notice, reversal, decision)
