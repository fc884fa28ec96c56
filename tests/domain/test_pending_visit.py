"""Why a visit asks for nothing yet: every kind of hold says something, the weightiest is told."""

from uuid import UUID

import pytest

from portal.domain.billed_claim import DecidedAmount, Decision
from portal.domain.hold_kinds import HoldKind
from portal.domain.pending_visit import reasons_of, remarks_of, why_pending
from portal.domain.statement import PendingReason, PlanReason


def decided(*amounts: tuple[str, str, int], remarks: tuple[str, ...] = ()) -> tuple[Decision, ...]:
    said = tuple(DecidedAmount(None, *amount) for amount in amounts)
    return (Decision(UUID(int=1), "Blue", 1, 0, amounts=said, remarks={None: remarks}),)


NOTHING: tuple[Decision, ...] = ()
REFUSED = decided(("CO", "16", 500), ("CO", "45", 300), ("OA", "23", 100), ("PR", "1", 100))


@pytest.mark.parametrize(
    ("holds", "why"),
    [
        ({HoldKind.CROSSOVER}, PendingReason.NEXT_PLAN),
        ({HoldKind.LATER_COVERAGE}, PendingReason.NEXT_PLAN),
        ({HoldKind.AWAITING_CORRECTION, HoldKind.LATER_COVERAGE}, PendingReason.DECIDING_AGAIN),
        ({HoldKind.DECIDED_AGAIN}, PendingReason.DECIDING_AGAIN),
        ({HoldKind.QUALIFIED_MEDICARE_BENEFICIARY, HoldKind.CROSSOVER}, PendingReason.PROTECTED),
        ({HoldKind.OTHER_INSURANCE}, PendingReason.ANSWER_NEEDED),
        ({HoldKind.PATIENT_INFORMATION, HoldKind.STAFF}, PendingReason.ANSWER_NEEDED),
        ({HoldKind.SECONDARY_DENIED}, PendingReason.REFUSED),
        ({HoldKind.UNDER_REVIEW}, PendingReason.DECIDING),
        ({HoldKind.STAFF}, PendingReason.CHECKING),
        ({HoldKind.MEDICAID}, PendingReason.CHECKING),
        ({"a kind of next year"}, PendingReason.CHECKING),
    ],
)
def test_what_holds_a_claim_says_why(holds: set[str], why: PendingReason) -> None:
    assert why_pending(holds, NOTHING, share_is_released=False) is why


@pytest.mark.parametrize("kind", HoldKind)
def test_every_kind_of_hold_says_something(kind: HoldKind) -> None:
    assert why_pending({kind}, NOTHING, share_is_released=False) in PendingReason


def test_without_a_hold_the_plan_decides_or_has_refused() -> None:
    assert why_pending((), NOTHING, share_is_released=False) is PendingReason.DECIDING
    assert why_pending((), REFUSED, share_is_released=False) is PendingReason.REFUSED


def test_what_only_waits_for_the_next_statement_is_looked_at() -> None:
    assert why_pending((), REFUSED, share_is_released=True) is PendingReason.CHECKING


def test_only_what_nobody_may_write_off_is_a_refusal() -> None:
    assert reasons_of(PendingReason.REFUSED, REFUSED) == (PlanReason("CO", "16"),)
    assert reasons_of(PendingReason.CHECKING, REFUSED) == ()


def test_a_question_to_the_patient_is_told_by_its_codes() -> None:
    asked = decided(("PR", "227", 500), ("CO", "45", 300), remarks=("N179", "N130"))
    assert reasons_of(PendingReason.ANSWER_NEEDED, asked) == (PlanReason("PR", "227"),)
    assert remarks_of(PendingReason.ANSWER_NEEDED, asked) == ("N179",)


def test_protection_is_told_by_its_remark_or_reason() -> None:
    protected = decided(("OA", "209", 500), remarks=("N781", "MA01"))
    assert reasons_of(PendingReason.PROTECTED, protected) == (PlanReason("OA", "209"),)
    assert remarks_of(PendingReason.PROTECTED, protected) == ("N781",)


def test_a_refusal_comes_with_all_its_remarks_and_waiting_with_none() -> None:
    said = decided(("CO", "16", 500), remarks=("MA01", "N130"))
    assert remarks_of(PendingReason.REFUSED, said) == ("MA01", "N130")
    assert remarks_of(PendingReason.DECIDING, said) == ()
