"""What staff change, what only a manager approves, and what nobody may."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.change import Changed, ChangeKind, Position
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import InstallmentKind
from portal.domain.plans.staff_changes import (
    Ending,
    NewTerms,
    WaiverFacts,
    ending,
    new_terms,
    re_age,
    resume,
    waive,
)
from tests.domain.plans.plan_stories import PACK, POLICY, version_of

APRIL = date(2026, 4, 1)
IN_MAY = date(2026, 5, 10)
PLAN = version_of(200_00, 4, first_due_on=APRIL)
"""Four times $50.00 on the first, April to July."""
TERMS = NewTerms(count=5, frequency=Frequency.EVERY_TWO_WEEKS, first_due_on=date(2026, 5, 15))
SELF_PAY = WaiverFacts(
    is_approved=True,
    is_billed=True,
    is_cost_share=False,
    has_documented_need=False,
    has_collection_failed=False,
)


def at(paid_cents: int = 0, *charging: int) -> Position:
    return Position(version=PLAN, paid_cents=paid_cents, charging=frozenset(charging))


def rows(result: Changed | Refusal) -> list[tuple[int, str, int]]:
    assert isinstance(result, Changed), result
    return [
        (one.number, f"{one.due_on:%b} {one.due_on.day}", one.cents)
        for one in result.version.installments
    ]


def termed(position: Position, terms: NewTerms) -> Changed | Refusal:
    return new_terms(position, terms, policy=POLICY, pack=PACK, today=IN_MAY)


def test_new_terms_divide_all_that_is_left_the_overdue_too() -> None:
    result = termed(at(20_00), TERMS)
    assert rows(result) == [
        (1, "Apr 1", 20_00),
        (5, "May 15", 36_00),
        (6, "May 29", 36_00),
        (7, "Jun 12", 36_00),
        (8, "Jun 26", 36_00),
        (9, "Jul 10", 36_00),
    ]
    assert isinstance(result, Changed)
    assert result.version.cadence.frequency is Frequency.EVERY_TWO_WEEKS
    assert result.needs_consent


def test_what_was_paid_before_its_day_stays_paid_under_new_terms() -> None:
    """June's $50.00 and $10.00 of July's were paid in May."""
    result = termed(at(160_00), replace(TERMS, count=1))
    assert rows(result)[2:] == [
        (3, "May 10", 50_00),
        (4, "May 10", 10_00),
        (5, "May 15", 40_00),
    ]
    assert isinstance(result, Changed)
    assert result.version.installments[3].kind is InstallmentKind.EXTRA
    progress = Position(version=result.version, paid_cents=160_00).progress
    assert [row.installment.number for row in progress.open_rows] == [5]


def test_what_is_being_charged_is_not_among_what_is_divided() -> None:
    result = termed(at(50_00, 2), replace(TERMS, count=2))
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (5, "May 15", 50_00),
        (6, "May 29", 50_00),
    ]


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (
            replace(TERMS, count=7),  # six for $200.00
            Refusal(RefusalCode.TOO_MANY_INSTALLMENTS, count=6, cents=33_34),
        ),
        (
            replace(TERMS, first_due_on=date(2026, 6, 10)),
            Refusal(RefusalCode.FIRST_DAY_OUT_OF_RANGE, day=date(2026, 6, 9)),
        ),
    ],
)
def test_outside_the_policy_a_manager_approves(terms: NewTerms, refusal: Refusal) -> None:
    assert termed(at(), terms) == refusal
    assert isinstance(termed(at(), replace(terms, is_approved=True)), Changed)


def test_an_installment_below_the_least_is_a_managers_too() -> None:
    terms = replace(TERMS, count=5)
    assert termed(at(100_00), terms) == Refusal(
        RefusalCode.INSTALLMENT_TOO_SMALL, count=4, cents=25_00
    )
    assert isinstance(termed(at(100_00), replace(terms, is_approved=True)), Changed)


def test_a_rhythm_the_practice_does_not_offer_is_a_managers_too() -> None:
    monthly_only = replace(POLICY, frequencies=frozenset({Frequency.MONTHLY}))
    for approved in (False, True):
        terms = replace(TERMS, is_approved=approved)
        found = new_terms(at(), terms, policy=monthly_only, pack=PACK, today=IN_MAY)
        assert isinstance(found, Changed) is approved


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (
            replace(TERMS, count=25),
            Refusal(RefusalCode.TOO_MANY_INSTALLMENTS, count=24, cents=8_34),
        ),
        (replace(TERMS, count=0), Refusal(RefusalCode.TOO_FEW_INSTALLMENTS, count=1, cents=200_00)),
        (
            replace(TERMS, first_due_on=IN_MAY),
            Refusal(RefusalCode.DAY_IS_OVER, day=date(2026, 5, 11)),
        ),
    ],
)
def test_what_no_manager_may_approve(terms: NewTerms, refusal: Refusal) -> None:
    assert termed(at(), replace(terms, is_approved=True)) == refusal


def test_no_manager_leaves_the_law_of_a_state() -> None:
    terms = replace(TERMS, count=2, is_approved=True)
    found = new_terms(
        at(),
        terms,
        policy=POLICY,
        pack=replace(PACK, max_income_percent=2),
        today=IN_MAY,
        monthly_income_cents=2_000_00,
    )
    assert found == Refusal(RefusalCode.ABOVE_INCOME_SHARE, cents=40_00)


def test_a_finished_plan_has_no_new_terms() -> None:
    assert termed(at(200_00), TERMS) == Refusal(RefusalCode.NOTHING_TO_CHANGE)


def test_re_aged_the_overdue_begins_again_on_the_next_day_of_the_rhythm() -> None:
    result = re_age(at(20_00), policy=POLICY, today=IN_MAY, reaged_on=())
    assert rows(result) == [
        (1, "Jun 1", 50_00),
        (2, "Jul 1", 50_00),
        (3, "Aug 1", 50_00),
        (4, "Sep 1", 50_00),
    ]
    assert isinstance(result, Changed)
    assert result.needs_consent


def test_a_plan_is_re_aged_once_in_twelve_months_and_only_when_it_is_behind() -> None:
    assert re_age(at(), policy=POLICY, today=IN_MAY, reaged_on=[date(2025, 5, 11)]) == Refusal(
        RefusalCode.NO_MORE_REAGES, count=1, day=date(2026, 5, 11)
    )
    again = re_age(at(), policy=POLICY, today=IN_MAY, reaged_on=[date(2025, 5, 10)])
    assert isinstance(again, Changed)
    assert re_age(at(100_00), policy=POLICY, today=IN_MAY, reaged_on=()) == Refusal(
        RefusalCode.NOTHING_TO_CHANGE
    )


def test_after_a_pause_what_fell_due_in_it_is_due_later() -> None:
    result = resume(at(50_00), since=date(2026, 4, 20), today=IN_MAY)
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "Jun 1", 50_00),
        (3, "Jul 1", 50_00),
        (4, "Aug 1", 50_00),
    ]
    assert isinstance(result, Changed)
    assert (result.kind, result.needs_consent) == (ChangeKind.RESUMED, False)


def test_a_pause_in_which_nothing_fell_due_changes_nothing() -> None:
    nothing = Refusal(RefusalCode.NOTHING_TO_CHANGE)
    assert resume(at(100_00), since=date(2026, 4, 20), today=IN_MAY) == nothing
    assert resume(at(50_00, 2), since=date(2026, 4, 20), today=IN_MAY) == nothing


def test_what_was_late_before_a_pause_is_late_after_it() -> None:
    assert resume(at(), since=date(2026, 5, 5), today=IN_MAY) == Refusal(
        RefusalCode.NOTHING_TO_CHANGE
    )
    result = resume(at(), since=date(2026, 4, 20), today=IN_MAY)
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "Jun 1", 50_00),
        (3, "Jul 1", 50_00),
        (4, "Aug 1", 50_00),
    ]


def test_what_is_let_off_is_let_off_from_the_end() -> None:
    result = waive(at(50_00), 70_00, facts=SELF_PAY, policy=POLICY)
    assert isinstance(result, Changed)
    assert [one.waived_cents for one in result.version.installments] == [0, 0, 20_00, 50_00]
    assert result.version.principal_cents == 200_00
    progress = Position(version=result.version, paid_cents=50_00).progress
    assert (progress.left_cents, progress.waived_cents) == (80_00, 70_00)


@pytest.mark.parametrize(
    ("cents", "facts", "refusal"),
    [
        (0, SELF_PAY, Refusal(RefusalCode.NOT_POSITIVE)),
        (150_01, SELF_PAY, Refusal(RefusalCode.MORE_THAN_LEFT, cents=150_00)),
        (10_00, replace(SELF_PAY, is_billed=False), Refusal(RefusalCode.NOT_BILLED_YET)),
        (10_00, replace(SELF_PAY, is_approved=False), Refusal(RefusalCode.NOT_APPROVED)),
        (10_00, replace(SELF_PAY, is_cost_share=True), Refusal(RefusalCode.NEED_NOT_DOCUMENTED)),
        (75_01, SELF_PAY, Refusal(RefusalCode.BELOW_FLOOR, cents=75_00)),
        (
            150_00,
            replace(SELF_PAY, is_cost_share=True, has_collection_failed=True),
            Refusal(RefusalCode.BELOW_FLOOR, cents=75_00),
        ),
    ],
)
def test_a_settlement_has_its_conditions(cents: int, facts: WaiverFacts, refusal: Refusal) -> None:
    """42 USC 1320a-7a(i)(6): of a cost share only in need, or when asking for it has failed."""
    assert waive(at(50_00), cents, facts=facts, policy=POLICY) == refusal


def test_a_documented_need_has_no_floor() -> None:
    facts = replace(SELF_PAY, is_cost_share=True, has_documented_need=True)
    result = waive(at(50_00), 150_00, facts=facts, policy=POLICY)
    assert isinstance(result, Changed)
    assert Position(version=result.version, paid_cents=50_00).progress.is_finished


def test_a_plan_that_ends_leaves_what_is_open() -> None:
    assert ending(at(70_00)) == Ending(left_cents=130_00, numbers=(2, 3, 4))
