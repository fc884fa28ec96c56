"""When a charge may fall, when it is tried again, and that no path of states charges twice."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.stripe_simulator.banks import RETURNS
from portal.domain.charge_schedule import (
    CARD_RETRIES_AFTER,
    DEBIT_NOTICE,
    DEBIT_RETRIES_AFTER,
    SCHEDULED_TRANSITIONS,
    TO_COME,
    UNDER_WAY,
    AfterDecline,
    ScheduledReason,
    ScheduledState,
    UnknownScheduledMoveError,
    after_decline,
    autopay_day,
    days_to_choose,
    ends_the_account,
    installment_day,
    is_scheduled_move,
    may_follow,
)
from portal.domain.method_setup import SetupState, UnknownSetupMoveError, is_setup_move

FIRST = date(2026, 3, 4)
CARD, DEBIT = "card", "us_bank_account"


def declined(
    code: str | None, *, kind: str = CARD, tries: int = 1, advice: str | None = None, days: int = 0
) -> AfterDecline:
    return after_decline(
        method_kind=kind,
        decline_code=code,
        advice_code=advice,
        tries=tries,
        first_tried_on=FIRST,
        today=FIRST + timedelta(days=days),
    )


@pytest.mark.parametrize(
    ("tries", "days", "again"),
    [(1, 0, 1), (2, 1, 3), (3, 3, 7), (2, 5, 6), (3, 9, 10)],
)
def test_a_card_is_tried_again_one_three_and_seven_days_after_the_first_try(
    tries: int, days: int, again: int
) -> None:
    step = declined("insufficient_funds", tries=tries, days=days)
    assert step.state is ScheduledState.RETRYING
    assert step.again_on == FIRST + timedelta(days=again)


@pytest.mark.parametrize(("kind", "most"), [(CARD, 4), (DEBIT, 3)])
def test_after_the_last_try_there_is_no_other(kind: str, most: int) -> None:
    assert declined("insufficient_funds", kind=kind, tries=most).state is ScheduledState.FAILED
    before = declined("insufficient_funds", kind=kind, tries=most - 1)
    assert before.state is ScheduledState.RETRYING


@pytest.mark.parametrize(
    "code",
    ["lost_card", "stolen_card", "expired_card", "incorrect_number", "fraudulent", "x", None],
)
def test_what_a_bank_calls_final_is_final_and_so_is_what_nobody_knows(code: str | None) -> None:
    assert declined(code).state is ScheduledState.FAILED


@pytest.mark.parametrize("advice", ["do_not_try_again", "confirm_card_data"])
def test_the_networks_advice_outweighs_the_banks_word(advice: str) -> None:
    assert declined("generic_decline", advice=advice).state is ScheduledState.FAILED
    assert declined("generic_decline", advice="try_again_later").again_on is not None


@pytest.mark.parametrize(
    "code",
    ["account_closed", "no_account", "debit_not_authorized", "account_frozen", "generic_decline"],
)
def test_a_debit_is_presented_again_for_lack_of_money_only(code: str) -> None:
    assert declined(code, kind=DEBIT).state is ScheduledState.FAILED


@pytest.mark.parametrize("code", sorted(RETURNS))
def test_each_way_a_bank_sends_a_debit_back_is_honoured(code: str) -> None:
    """Never again after R02 to R04, R07, R10, R29 and their like, of this charge or another."""
    told = RETURNS[code].failure_code
    may_pass = code in ("R01", "R09")
    assert (declined(told, kind=DEBIT).state is ScheduledState.RETRYING) == may_pass
    assert ends_the_account(method_kind=DEBIT, decline_code=told) != may_pass
    assert not ends_the_account(method_kind=CARD, decline_code=told)


@given(
    state=st.sampled_from(sorted(ScheduledState)),
    reason=st.sampled_from([None, *sorted(ScheduledReason)]),
    is_same_method=st.booleans(),
    is_kept_in_full=st.booleans(),
)
def test_an_installment_gets_no_second_charge_beside_a_good_one_or_after_its_money_went_back(
    state: ScheduledState,
    reason: ScheduledReason | None,
    *,
    is_same_method: bool,
    is_kept_in_full: bool,
) -> None:
    may = may_follow(state, reason, is_same_method=is_same_method, is_kept_in_full=is_kept_in_full)
    if state in TO_COME | UNDER_WAY:
        assert not may
    if state is ScheduledState.PAID:
        assert may == is_kept_in_full
    if state is ScheduledState.FAILED and reason is ScheduledReason.DECLINED:
        assert may != is_same_method


@given(st.dates(max_value=date(9000, 1, 1)), st.integers(-40, 40), st.integers(0, 31))
def test_an_installment_is_charged_on_its_day_or_as_soon_as_its_notice_allows(
    due_on: date, days_before: int, notice_days: int
) -> None:
    today = max(date(2, 1, 1), due_on) - timedelta(days=days_before)
    notice = timedelta(days=notice_days)
    on = installment_day(due_on=due_on, notice=notice, today=today)
    assert on >= due_on
    assert on - today >= notice
    assert on in (due_on, today + notice)


def test_a_bank_that_asks_for_its_customer_gets_them() -> None:
    step = declined("authentication_required")
    assert (step.state, step.reason) == (ScheduledState.NEEDS_PATIENT, ScheduledReason.BANK_ASKS)


@given(
    st.sampled_from([CARD, DEBIT]),
    st.lists(st.integers(0, 20), max_size=12),
)
def test_no_row_of_declines_is_tried_too_often_or_twice_a_day(kind: str, late: list[int]) -> None:
    """``late``: by how many days each try comes later than planned."""
    today, tried = FIRST, [FIRST]
    for days in late:
        step = after_decline(
            method_kind=kind,
            decline_code="insufficient_funds",
            advice_code=None,
            tries=len(tried),
            first_tried_on=FIRST,
            today=today,
        )
        if step.again_on is None:
            break
        assert step.again_on > today
        today = step.again_on + timedelta(days=days)
        tried.append(today)
    retries = CARD_RETRIES_AFTER if kind == CARD else DEBIT_RETRIES_AFTER
    assert len(tried) <= 1 + len(retries)
    assert len(set(tried)) == len(tried)


@given(st.dates(), st.integers(0, 25), st.integers(0, 60), st.sampled_from([CARD, DEBIT]))
def test_autopay_never_charges_sooner_than_agreed_or_than_its_notice(
    issued_on: date, days_after: int, later: int, kind: str
) -> None:
    issued_on = min(issued_on, date(9000, 1, 1))
    today = issued_on + timedelta(days=later)
    on = autopay_day(issued_on=issued_on, days_after=days_after, today=today, method_kind=kind)
    assert on >= issued_on + timedelta(days=days_after)
    assert on - today >= (DEBIT_NOTICE if kind == DEBIT else timedelta(days=5))


def test_a_day_is_from_tomorrow_to_sixty_days_after_it_was_agreed_on() -> None:
    later = FIRST + timedelta(days=10)
    assert days_to_choose(later, agreed_on=FIRST) == (
        later + timedelta(days=1),
        FIRST + timedelta(days=60),
    )


def test_every_state_has_its_moves_and_money_ends_it() -> None:
    assert set(SCHEDULED_TRANSITIONS) == set(ScheduledState)
    assert SCHEDULED_TRANSITIONS[ScheduledState.PAID] == frozenset()
    able_to_charge = {
        state for state, to in SCHEDULED_TRANSITIONS.items() if ScheduledState.CHARGING in to
    }
    assert able_to_charge == TO_COME


def test_a_move_nobody_foresaw_is_refused() -> None:
    assert not is_scheduled_move(ScheduledState.PAID, wanted=ScheduledState.PAID)
    with pytest.raises(UnknownScheduledMoveError):
        is_scheduled_move(ScheduledState.STOPPED, wanted=ScheduledState.CHARGING)
    with pytest.raises(UnknownSetupMoveError):
        is_setup_move(SetupState.SAVED, wanted=SetupState.OPEN)
