"""A reversal that comes after the correction it belongs to, which had to wait for it.

X12 835 1.10.2.8 puts the reversal first, but the two may stand in different files, and nobody says
in which order files are imported.
"""

from dataclasses import replace

from portal.domain.claim_position import Adjudication, ClaimPosition, Outcome
from portal.domain.earlier_decisions import is_other_part
from portal.domain.remittance import ClaimPayment


def correction_that_waited(position: ClaimPosition, reversal: Adjudication) -> Adjudication | None:
    """What takes the place of a decision that the payer has just taken back.

    None unless there is exactly one, and the journal can take it as it was read. ``position`` has
    the reversal.
    """
    settled = position.voided | position.taken_up
    waiting = [
        one
        for one in position.adjudications
        if one.outcome is Outcome.WAITING
        and one.payer_key == reversal.payer_key
        and one.adjudication_id not in settled
    ]
    if len(waiting) != 1 or not corrected_by_it(position, waiting[0]):
        return None
    return waiting[0] if _fits(position, waiting[0]) else None


def corrected_by_it(position: ClaimPosition, waited: Adjudication) -> tuple[Adjudication, ...]:
    """The decisions that were taken back and are decided anew by the one that waited."""
    return tuple(
        one
        for one in position.awaiting_correction
        if (one.payer_key, one.rank) == (waited.payer_key, waited.rank)
        and not is_other_part(one, waited)
    )


def replacement_of(
    position: ClaimPosition, claim: ClaimPayment, *, payer_key: str
) -> Adjudication | None:
    """What has taken the place of the unpaid decision that a reversal names, before it came."""
    names = {claim.payer_control_number, claim.reference("F8")} - {""}
    replaced_by = {one.voids: one for one in position.live if one.voids is not None}
    for one in reversed(position.adjudications):
        later = replaced_by.get(one.adjudication_id)
        is_it = one.payer_key == payer_key and one.payer_control_number in names
        same_amounts = (claim.charge_cents, claim.paid_cents) == (-one.charge_cents, 0)
        if later is not None and is_it and same_amounts and later.payer_control_number not in names:
            return later
    return None


def _fits(position: ClaimPosition, waited: Adjudication) -> bool:
    """Its lines are on record, and no more is settled than was billed."""
    on_record = {one.charge_id for one in position.charges}
    targets = {target for target, _ in waited.shares if target is not None}
    if not (targets | waited.charge_ids) <= on_record:
        return False
    posted = replace(waited, outcome=Outcome.POSTED)
    after = replace(position, adjudications=(*position.adjudications, posted))
    shares = sum(one.share_cents for one in after.share_owners)
    return after.paid_cents + after.adjusted_cents + shares <= (position.charge_cents or 0)
