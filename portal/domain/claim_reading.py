"""What one payer's decision says, sorted by who owes: the group code decides, never the reason.

The order of CAS segments, and whether an amount comes in one triplet or two, makes no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from uuid import UUID

from portal.domain.adjustment_classes import (
    EARLIER_PAYER_EFFECT,
    WRITE_OFF_GROUPS,
    WriteOffList,
)
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_rules import concerns_in, is_patient_denial
from portal.domain.journal import LedgerAccount
from portal.domain.names import first_word, plain
from portal.domain.remittance import (
    PATIENT_RESPONSIBILITY,
    PREDETERMINATION_STATUS,
    Adjustment,
    ClaimPayment,
)


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """A decision as the ledger sees it, before it is held against earlier ones."""

    written_off: tuple[tuple[LedgerAccount, int], ...]
    denied_cents: int  # CO, PI, OA that stay with the payer, and groups we do not know
    shares: tuple[tuple[UUID | None, int], ...]
    share_reasons: frozenset[str]
    concerns: tuple[HoldKind, ...]


def read_decision(
    claim: ClaimPayment, *, charge_ids: Sequence[UUID | None], write_offs: WriteOffList
) -> ClaimReading:
    """``charge_ids`` has one entry a line; a line nobody knows counts for the claim as a whole."""
    sums = _sum_by_group_and_reason(claim)
    written_off: dict[LedgerAccount, int] = {}
    share_reasons = set()
    denied_cents = 0
    unknown_group = False
    for (group, reason), cents in sums.items():
        if cents == 0:
            continue
        if group == PATIENT_RESPONSIBILITY:
            share_reasons.add(reason)
        elif group not in WRITE_OFF_GROUPS:
            unknown_group = True
            denied_cents += cents
        elif reason != EARLIER_PAYER_EFFECT:
            account = write_offs.account_for(reason)
            if account is None:
                denied_cents += cents
            else:
                written_off[account] = written_off.get(account, 0) + cents
    shares, negative = _shares(claim, charge_ids)
    reasons = [reason for (_, reason), cents in sums.items() if cents]
    concerns = set(concerns_in(claim, reasons=reasons, share_reasons=frozenset(share_reasons)))
    if unknown_group:
        concerns.add(HoldKind.GROUP_UNKNOWN)
    if negative:
        concerns.add(HoldKind.NEGATIVE_RESPONSIBILITY)
    if HoldKind.QUALIFIED_MEDICARE_BENEFICIARY in concerns:
        # Cost sharing of a protected person goes back to the payers (Medicaid is next).
        shares, share_reasons = (), set()
    return ClaimReading(
        written_off=tuple(sorted(item for item in written_off.items() if item[1])),
        denied_cents=denied_cents,
        shares=shares,
        share_reasons=frozenset(share_reasons),
        concerns=tuple(sorted(concerns)),
    )


def accepted(reading: ClaimReading, claim: ClaimPayment) -> ClaimReading:
    """Of a claim whose figures do not add up: what is missing stays with the payer, and it is held.

    Nothing of it goes to the patient, whose share is what the PR adjustments say and no more.
    """
    missing = claim.charge_cents - claim.adjustment_cents - claim.paid_cents
    return replace(
        reading,
        denied_cents=reading.denied_cents + max(missing, 0),
        concerns=tuple(sorted({*reading.concerns, HoldKind.FIGURES_ACCEPTED})),
    )


def reviewed(reading: ClaimReading, claim: ClaimPayment) -> ClaimReading:
    """Where a practice looks first at what a payer refused and left to the patient."""
    if not is_patient_denial(claim.paid_cents, reading.share_reasons):
        return reading
    concerns = {*reading.concerns, HoldKind.DENIAL_REVIEW}
    return replace(reading, concerns=tuple(sorted(concerns)))


def follows_earlier_payer(claim: ClaimPayment) -> bool:
    """The decision tells what an earlier payer did (OA-23)."""
    return any(
        adjustment.reason == EARLIER_PAYER_EFFECT and adjustment.group in WRITE_OFF_GROUPS
        for adjustment in claim.all_adjustments()
    )


def fingerprint(claim: ClaimPayment) -> str:
    """Equal for two CLPs that decide the same: person, days, lines, amounts, not trace or order.

    Of the status only whether it is an estimate: that never repeats a decision.
    """
    kind = "estimate" if claim.status == PREDETERMINATION_STATUS else ""
    patient = claim.patient
    parts = [
        f"{kind}{claim.charge_cents}:{claim.paid_cents}:{_adjustment_text(claim.adjustments)}",
        f"{first_word(patient.first_name)}:{plain(patient.identifier)}:{claim.service_from or ''}",
    ]
    parts += sorted(
        f"{line.control_number}:{line.code}:{line.service_from or ''}:{line.charge_cents}:"
        f"{line.paid_cents}:{_adjustment_text(line.adjustments)}"
        for line in claim.lines
    )
    return blake2b("|".join(parts).encode(), digest_size=16).hexdigest()


def written_off_up_to(
    written_off: Sequence[tuple[LedgerAccount, int]], room_cents: int
) -> tuple[tuple[LedgerAccount, int], ...]:
    """Write-offs that fit into what earlier payers left: the contractual one gives way first."""
    surplus = sum(cents for _, cents in written_off) - room_cents
    if surplus <= 0:
        return tuple(written_off)
    kept = dict(written_off)
    order = sorted(kept, key=lambda account: account is not LedgerAccount.CONTRACTUAL_ADJUSTMENTS)
    for account in order:
        cut = min(max(kept[account], 0), surplus)
        kept[account] -= cut
        surplus -= cut
    return tuple(sorted(item for item in kept.items() if item[1]))


def _shares(
    claim: ClaimPayment, charge_ids: Sequence[UUID | None]
) -> tuple[tuple[tuple[UUID | None, int], ...], bool]:
    """PR by target, and whether the amount of one reason is below zero there: staff look first.

    A whole target below zero has no meaning: what is left of the sum stands for the claim.
    """
    by_reason: dict[tuple[UUID | None, str], int] = {}
    for charge_id, line in zip(charge_ids, claim.lines, strict=True):
        _add_responsibility(by_reason, charge_id, line.adjustments)
    _add_responsibility(by_reason, None, claim.adjustments)
    by_target: dict[UUID | None, int] = {}
    for (target, _), cents in by_reason.items():
        by_target[target] = by_target.get(target, 0) + cents
    negative = any(cents < 0 for cents in by_reason.values())
    if any(cents < 0 for cents in by_target.values()):
        total = sum(by_target.values())
        return (((None, total),) if total > 0 else ()), True
    return tuple((target, cents) for target, cents in by_target.items() if cents), negative


def _add_responsibility(
    by_reason: dict[tuple[UUID | None, str], int],
    target: UUID | None,
    adjustments: Sequence[Adjustment],
) -> None:
    for adjustment in adjustments:
        if adjustment.group == PATIENT_RESPONSIBILITY:
            key = (target, adjustment.reason)
            by_reason[key] = by_reason.get(key, 0) + adjustment.amount_cents


def _sum_by_group_and_reason(claim: ClaimPayment) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for adjustment in claim.all_adjustments():
        key = (adjustment.group, adjustment.reason)
        sums[key] = sums.get(key, 0) + adjustment.amount_cents
    return sums


def _adjustment_text(adjustments: Sequence[Adjustment]) -> str:
    sums: dict[tuple[str, str], int] = {}
    for adjustment in adjustments:
        key = (adjustment.group, adjustment.reason)
        sums[key] = sums.get(key, 0) + adjustment.amount_cents
    return ",".join(f"{group}{reason}={cents}" for (group, reason), cents in sorted(sums.items()))
