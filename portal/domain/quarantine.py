"""Why a claim, or a whole payment, may not enter the journal: a sentence a biller understands.

And what a biller may do about it: nothing is guessed, and no act lets a patient owe more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.domain.money import format_usd
from portal.domain.remittance import (
    PREDETERMINATION_STATUS,
    REVERSAL_STATUS,
    US_DOLLARS,
    ClaimPayment,
    Organization,
    RemittanceHeader,
)


class QuarantineReason(StrEnum):
    """Stable codes. The first four are also codes of the reader's findings."""

    AMOUNT_UNREADABLE = "amount_unreadable"
    LINE_UNBALANCED = "line_unbalanced"
    CLAIM_UNBALANCED = "claim_unbalanced"
    LINES_DIFFER_FROM_CLAIM = "lines_differ_from_claim"
    PREDETERMINATION = "predetermination"
    CHARGE_NEGATIVE = "charge_negative"
    REVERSAL_UNMATCHED = "reversal_unmatched"
    REVERSAL_AMOUNTS_DIFFER = "reversal_amounts_differ"
    CHARGE_ABOVE_RECORDED = "charge_above_recorded"
    MORE_THAN_CHARGED = "more_than_charged"
    CHARGED_TO_PATIENT = "charged_to_patient"
    OTHER_CURRENCY = "other_currency"
    OTHER_PAYEE = "other_payee"
    NOTICE_UNUSABLE = "notice_unusable"  # a decision told without its money does not hold
    NOTICE_DIFFERS = "notice_differs"  # or is not what a remittance says, or fits nothing


OF_A_PAYMENT = frozenset(
    {
        QuarantineReason.OTHER_CURRENCY,
        QuarantineReason.OTHER_PAYEE,
        QuarantineReason.NOTICE_UNUSABLE,
        QuarantineReason.NOTICE_DIFFERS,
    }
)
"""Nothing of such a payment is posted: no claim, no money, no provider adjustment."""


class QuarantineAct(StrEnum):
    """What ends it. Stable names: they are stored."""

    AGAIN = "again"  # decided anew, as things stand now
    MATCHED = "matched"  # a reversal, with the decision it takes back
    ACCEPTED = "accepted"  # posted although its figures or its charge are not as they should be
    MOVED = "moved"  # posted on the claim of another number, which the payer meant
    REPLACED = "replaced"  # another file tells the same payment correctly
    REJECTED = "rejected"  # never posted: what was paid is owed back
    TAKEN_IN = "taken_in"  # with the whole payment it came in


BRINGS_ITS_MONEY_ANEW = frozenset(
    {
        QuarantineAct.AGAIN,
        QuarantineAct.MATCHED,
        QuarantineAct.ACCEPTED,
        QuarantineAct.MOVED,
        QuarantineAct.REPLACED,
    }
)
"""What was put aside is undone: another decision tells the money."""

WRONG_FIGURES = frozenset(
    {
        QuarantineReason.LINE_UNBALANCED,
        QuarantineReason.CLAIM_UNBALANCED,
        QuarantineReason.LINES_DIFFER_FROM_CLAIM,
    }
)
"""What is paid and what the patient is to pay can be read, but they do not add up."""

_FIGURES = frozenset({QuarantineAct.ACCEPTED, QuarantineAct.REPLACED, QuarantineAct.REJECTED})
_NO_DECISION = frozenset({QuarantineAct.REPLACED, QuarantineAct.REJECTED})
_HISTORY = frozenset({QuarantineAct.AGAIN, QuarantineAct.REPLACED, QuarantineAct.REJECTED})
_PAYMENT = frozenset({QuarantineAct.TAKEN_IN, QuarantineAct.REJECTED})

ACTS: Mapping[QuarantineReason, frozenset[QuarantineAct]] = {
    QuarantineReason.AMOUNT_UNREADABLE: _NO_DECISION,
    QuarantineReason.LINE_UNBALANCED: _FIGURES,
    QuarantineReason.CLAIM_UNBALANCED: _FIGURES,
    QuarantineReason.LINES_DIFFER_FROM_CLAIM: _FIGURES,
    QuarantineReason.PREDETERMINATION: _NO_DECISION,
    QuarantineReason.CHARGE_NEGATIVE: _NO_DECISION | {QuarantineAct.MATCHED},
    QuarantineReason.REVERSAL_UNMATCHED: _HISTORY | {QuarantineAct.MATCHED},
    QuarantineReason.REVERSAL_AMOUNTS_DIFFER: _HISTORY | {QuarantineAct.MATCHED},
    QuarantineReason.CHARGE_ABOVE_RECORDED: _HISTORY
    | {QuarantineAct.ACCEPTED, QuarantineAct.MOVED},
    QuarantineReason.MORE_THAN_CHARGED: _HISTORY | {QuarantineAct.MOVED},
    QuarantineReason.CHARGED_TO_PATIENT: _HISTORY,
    QuarantineReason.OTHER_CURRENCY: _PAYMENT,
    QuarantineReason.OTHER_PAYEE: _PAYMENT,
    QuarantineReason.NOTICE_UNUSABLE: _PAYMENT,
    QuarantineReason.NOTICE_DIFFERS: _PAYMENT,
}
"""What a poster may do, by why it was set aside."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a poster, not the file, says about a claim that is decided again."""

    accepts: frozenset[QuarantineReason] = frozenset()
    takes_back: UUID | None = None  # the decision that a reversal belongs to


NO_RULING = Ruling()


def accepting(*reasons: QuarantineReason) -> Ruling:
    """Post what was set aside for these, as far as somebody may accept them.

    Figures are accepted together, as one is often another.
    """
    accepts = frozenset(one for one in reasons if QuarantineAct.ACCEPTED in ACTS[one])
    return Ruling(accepts=accepts | WRONG_FIGURES if accepts & WRONG_FIGURES else accepts)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One sentence of what is wrong and what to do."""

    reason: QuarantineReason
    message: str


@dataclass(frozen=True, slots=True)
class PayeeIdentity:
    """Who the practice is to payers. Without an NPI nothing is compared."""

    npi: str
    tax_number: str


def fault_of_payment(header: RemittanceHeader, *, ours: PayeeIdentity) -> Quarantine | None:
    """What forbids posting anything of a payment: other money than ours, or not to us."""
    if header.cannot_post:
        return Quarantine(QuarantineReason.NOTICE_UNUSABLE, header.cannot_post)
    payment = f"Payment {header.trace_number or 'without a number'}"
    if header.currency != US_DOLLARS:
        return Quarantine(
            QuarantineReason.OTHER_CURRENCY,
            f"{payment} is in {header.currency}, not in US dollars: nothing of it was posted. Ask "
            "the payer for a remittance in US dollars, or post it by hand.",
        )
    theirs = _other_payee(header.payee, ours)
    if theirs is not None:
        name = f" ({header.payee.name})" if header.payee.name else ""
        return Quarantine(
            QuarantineReason.OTHER_PAYEE,
            f"{payment} is to {theirs}{name}, not to this practice, whose NPI is {ours.npi}: "
            "nothing of it was posted. It belongs to another practice, or the NPI in the "
            "practice's settings is wrong: then mend it there and import the file again.",
        )
    return None


def fault_of(claim: ClaimPayment, *, ruling: Ruling = NO_RULING) -> Quarantine | None:
    """What in the claim itself forbids posting: its figures do not hold, or it decides nothing."""
    figures = None if ruling.accepts & WRONG_FIGURES else _unbalanced(claim)
    return _unreadable(claim) or figures or _not_a_decision(claim)


def notice_differs(claim: ClaimPayment, fault: Quarantine | None) -> Quarantine:
    """What is told without money is not put aside by claim: no money would come out of suspense."""
    if fault is not None:
        return Quarantine(QuarantineReason.NOTICE_DIFFERS, fault.message)
    return Quarantine(
        QuarantineReason.NOTICE_DIFFERS,
        f"Claim {claim.number}: the payer's explanation of benefits is not what is on record of "
        "its decision. Nothing of it was posted. Ask the payer which is right.",
    )


def reversal_unmatched(claim: ClaimPayment) -> Quarantine:
    return Quarantine(
        QuarantineReason.REVERSAL_UNMATCHED,
        f"Claim {claim.number}: the payer takes back {format_usd(-claim.paid_cents)}, but no "
        "decision of this payer on the claim stands. Find the payment it belongs to, or ask the "
        "payer.",
    )


def reversal_amounts_differ(claim: ClaimPayment, *, paid_cents: int) -> Quarantine:
    return Quarantine(
        QuarantineReason.REVERSAL_AMOUNTS_DIFFER,
        f"Claim {claim.number}: the payer takes back {format_usd(-claim.paid_cents)}, but the "
        f"decision it names paid {format_usd(paid_cents)}. Ask the payer which is right.",
    )


def charge_above_recorded(claim: ClaimPayment, *, recorded_cents: int) -> Quarantine:
    return Quarantine(
        QuarantineReason.CHARGE_ABOVE_RECORDED,
        f"Claim {claim.number}: the payer decided on {format_usd(claim.charge_cents)}, but "
        f"{format_usd(recorded_cents)} is on record. Check which claim is meant, or whether a "
        "corrected claim was sent.",
    )


def more_than_charged(claim: ClaimPayment, *, excess_cents: int) -> Quarantine:
    return Quarantine(
        QuarantineReason.MORE_THAN_CHARGED,
        f"Claim {claim.number}: with earlier decisions, what is paid, written off and left to the "
        f"patient is {format_usd(excess_cents)} above the charge. Check whether a reversal is "
        "missing.",
    )


def _other_payee(payee: Organization, ours: PayeeIdentity) -> str | None:
    """The payee's number when it is not ours: N104 by N103, else the tax number of REF*TJ."""
    if not ours.npi:
        return None
    if payee.identifier_qualifier == "XX" and payee.identifier:
        return None if payee.identifier == ours.npi else f"NPI {payee.identifier}"
    is_tax_number = payee.identifier_qualifier == "FI"
    stated = payee.identifier if is_tax_number else payee.reference("TJ")
    theirs, mine = (re.sub(r"\D", "", number) for number in (stated, ours.tax_number))
    return f"tax number {stated}" if theirs and mine and theirs != mine else None


def _unreadable(claim: ClaimPayment) -> Quarantine | None:
    for finding in claim.findings:
        if finding.code == QuarantineReason.AMOUNT_UNREADABLE:
            return Quarantine(
                QuarantineReason.AMOUNT_UNREADABLE,
                f"Claim {claim.number}: an amount in {finding.where or 'the claim'} is not a "
                "number. Ask the payer for a corrected remittance.",
            )
    return None


def _unbalanced(claim: ClaimPayment) -> Quarantine | None:
    for line in claim.lines:
        if not line.balances:
            adjusted = sum(adjustment.amount_cents for adjustment in line.adjustments)
            return Quarantine(
                QuarantineReason.LINE_UNBALANCED,
                f"Claim {claim.number}, line {line.number} ({line.code}): the charge of "
                f"{format_usd(line.charge_cents)} less adjustments of {format_usd(adjusted)} is "
                f"not the payment of {format_usd(line.paid_cents)}. Ask the payer.",
            )
    adjusted = claim.adjustment_cents
    if claim.charge_cents - adjusted != claim.paid_cents:
        return Quarantine(
            QuarantineReason.CLAIM_UNBALANCED,
            f"Claim {claim.number}: the charge of {format_usd(claim.charge_cents)} less "
            f"adjustments of {format_usd(adjusted)} is not the payment of "
            f"{format_usd(claim.paid_cents)}. Ask the payer.",
        )
    in_lines = sum(line.charge_cents for line in claim.lines)
    if claim.lines and in_lines != claim.charge_cents:
        return Quarantine(
            QuarantineReason.LINES_DIFFER_FROM_CLAIM,
            f"Claim {claim.number}: its lines add up to {format_usd(in_lines)}, the claim says "
            f"{format_usd(claim.charge_cents)}. Ask the payer.",
        )
    return None


def _not_a_decision(claim: ClaimPayment) -> Quarantine | None:
    if claim.status == PREDETERMINATION_STATUS:
        return Quarantine(
            QuarantineReason.PREDETERMINATION,
            f"Claim {claim.number}: the payer sent an estimate (CLP02 25), not a decision. It is "
            "kept to look at and never posted.",
        )
    if claim.charge_cents < 0 and claim.status != REVERSAL_STATUS:
        return Quarantine(
            QuarantineReason.CHARGE_NEGATIVE,
            f"Claim {claim.number}: a charge of {format_usd(claim.charge_cents)} may only stand in "
            "a reversal (CLP02 22). Ask the payer.",
        )
    return None


def may_be_charged_to_patient(claim: ClaimPayment) -> Quarantine:
    """The practice's feed made a visit of that day the patient's, and did not say which claim."""
    return Quarantine(
        QuarantineReason.CHARGED_TO_PATIENT,
        f"Claim {claim.number}: the practice's feed made a visit of that person and day the "
        "patient's own, without a claim number. Void that row in the feed, send it again with its "
        "number if it was another visit, and decide the claim again.",
    )


def charged_to_patient(claim: ClaimPayment) -> Quarantine:
    """The practice's feed made the visit the patient's: without insurance, or an old balance."""
    return Quarantine(
        QuarantineReason.CHARGED_TO_PATIENT,
        f"Claim {claim.number} is on the books as the patient's own, by the practice's feed. Void "
        "that row in the feed and decide the claim again, or post the decision over there.",
    )
