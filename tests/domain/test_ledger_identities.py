"""The check of a claim's figures finds every way in which they can be wrong."""

from dataclasses import replace

import pytest

from portal.domain.journal import LedgerAccount
from portal.domain.ledger_identities import ClaimFigures, claim_figures, claim_violations

A = LedgerAccount
SOUND = ClaimFigures(
    charge_cents=10000,
    paid_cents=5000,
    adjusted_cents=2500,
    payer_receivable_cents=500,
    patient_pending_cents=0,
    patient_receivable_cents=1500,
    patient_paid_cents=500,
)


def found(figures: ClaimFigures, *, share: int = 2000, held: bool = False) -> list[str]:
    violations = claim_violations(figures, decided_share_cents=share, held=held)
    return [violation.check for violation in violations]


def test_a_sound_claim_breaks_nothing() -> None:
    assert found(SOUND) == []


@pytest.mark.parametrize(
    ("figures", "check"),
    [
        (replace(SOUND, charge_cents=9999), "claim_adds_up"),
        (replace(SOUND, paid_cents=8000, payer_receivable_cents=-2500), "claim_not_oversettled"),
        (replace(SOUND, patient_receivable_cents=1400, payer_receivable_cents=600), "claim_share"),
        (
            replace(SOUND, patient_pending_cents=100, patient_receivable_cents=1400),
            "claim_released",
        ),
        (
            replace(SOUND, patient_paid_cents=2100, patient_receivable_cents=-100),
            "claim_not_negative",
        ),
    ],
)
def test_each_identity_is_noticed_when_it_breaks(figures: ClaimFigures, check: str) -> None:
    assert check in found(figures)


def test_a_held_claim_with_something_to_bill_is_noticed() -> None:
    assert found(SOUND, held=True) == ["claim_held"]


def test_figures_come_from_the_sums_of_postings() -> None:
    sums = {
        A.GROSS_CHARGES: -10000,
        A.PAYER_CLEARING: 12000,
        A.PAYER_CREDITS: -5000,
        A.REMITTANCE_SUSPENSE: -2000,
        A.CONTRACTUAL_ADJUSTMENTS: 2000,
        A.DENIAL_WRITE_OFFS: 500,
        A.PAYER_RECEIVABLE: 500,
        A.PATIENT_RECEIVABLE: 1500,
    }
    assert claim_figures(sums, patient_paid_cents=500) == SOUND
