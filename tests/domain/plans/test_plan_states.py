"""Every move that is foreseen, and none besides."""

import pytest

from portal.domain.plans.states import (
    INSTALLMENT_TRANSITIONS,
    LIVE,
    PLAN_TRANSITIONS,
    UNDECIDED,
    InstallmentState,
    PlanState,
    UnknownInstallmentMoveError,
    UnknownPlanMoveError,
    is_installment_move,
    is_plan_move,
)


@pytest.mark.parametrize("present", PlanState)
@pytest.mark.parametrize("wanted", PlanState)
def test_a_plan_moves_as_the_table_says(present: PlanState, wanted: PlanState) -> None:
    if present is wanted:
        assert not is_plan_move(present, wanted=wanted)
    elif wanted in PLAN_TRANSITIONS[present]:
        assert is_plan_move(present, wanted=wanted)
    else:
        with pytest.raises(UnknownPlanMoveError):
            is_plan_move(present, wanted=wanted)


@pytest.mark.parametrize("present", InstallmentState)
@pytest.mark.parametrize("wanted", InstallmentState)
def test_an_installment_moves_as_the_table_says(
    present: InstallmentState, wanted: InstallmentState
) -> None:
    if present is wanted:
        assert not is_installment_move(present, wanted=wanted)
    elif wanted in INSTALLMENT_TRANSITIONS[present]:
        assert is_installment_move(present, wanted=wanted)
    else:
        with pytest.raises(UnknownInstallmentMoveError):
            is_installment_move(present, wanted=wanted)


def test_no_plan_becomes_active_without_a_consent_asked_for() -> None:
    before = {one for one in UNDECIDED if PlanState.ACTIVE in PLAN_TRANSITIONS[one]}
    assert before == {PlanState.PENDING_CONSENT}


def test_a_plan_is_in_default_only_after_it_was_past_due() -> None:
    before = {one for one in PlanState if PlanState.DEFAULTED in PLAN_TRANSITIONS[one]}
    assert before == {PlanState.PAST_DUE}


def test_what_is_over_stays_over_but_for_money_that_comes_back() -> None:
    over = set(PlanState) - LIVE - UNDECIDED
    assert {one for one in over if PLAN_TRANSITIONS[one]} == {PlanState.COMPLETED}
    assert PLAN_TRANSITIONS[PlanState.COMPLETED] == LIVE


def test_a_charge_is_started_for_what_is_due_only_and_never_for_what_was_paid() -> None:
    before = {
        one
        for one in InstallmentState
        if InstallmentState.PROCESSING in INSTALLMENT_TRANSITIONS[one]
    }
    assert before == {
        InstallmentState.DUE,
        InstallmentState.FAILED,
        InstallmentState.RETRY_SCHEDULED,
        InstallmentState.PARTIALLY_PAID,
        InstallmentState.MISSED,
    }
