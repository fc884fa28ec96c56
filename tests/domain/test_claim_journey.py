"""What a patient may follow of a claim: steps by day, and what a plan's new decision changed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from portal.domain.claim_journey import (
    DecisionChange,
    HeardOnce,
    JourneyStep,
    SentOnce,
    StepKind,
    changes,
    journey,
)
from portal.domain.claim_position import Outcome

BLUE, GREEN = "Blue Horizon", "Green Valley"


def day(number: int) -> date:
    return date(2026, 3, number)


def heard(
    number: int,
    on: int,
    *,
    payer_name: str = BLUE,
    paid: int = 5_000,
    share: int = 2_000,
    outcome: Outcome = Outcome.POSTED,
    rank: int = 1,
    status: str = "1",
    voids: int = 0,
    corrects: Sequence[int] = (),
    is_moved: bool = False,
    received_on: int = 0,
) -> HeardOnce:
    return HeardOnce(
        adjudication_id=UUID(int=number),
        payer_name=payer_name,
        rank=rank,
        status=status,
        outcome=outcome,
        decided_on=day(on),
        paid_cents=paid,
        share_cents=share,
        voids=UUID(int=voids) if voids else None,
        corrects=tuple(UUID(int=one) for one in corrects),
        is_moved=is_moved,
        received_on=day(received_on) if received_on else None,
    )


def taken_back(number: int, on: int, *, voids: int, is_moved: bool = False) -> HeardOnce:
    return heard(
        number, on, paid=-5_000, share=0, outcome=Outcome.REVERSAL, voids=voids, is_moved=is_moved
    )


def steps(*told: HeardOnce, sent: Sequence[SentOnce] = ()) -> list[tuple[StepKind, str, int]]:
    """Kind, payer and day of the month; 0 where no day is known."""
    return [
        (step.kind, step.payer_name, step.on.day if step.on else 0) for step in journey(sent, told)
    ]


CORRECTION = heard(3, 9, paid=6_000, share=1_000, corrects=[1])


@pytest.mark.parametrize(
    ("told", "sent", "expected"),
    [
        ([], [], []),
        ([], [SentOnce(BLUE, day(2))], [(StepKind.SENT, BLUE, 2)]),
        ([heard(1, 4)], [], [(StepKind.SENT, BLUE, 0), (StepKind.DECIDED, BLUE, 4)]),
        (
            [heard(1, 4)],
            [SentOnce(BLUE, day(3)), SentOnce(BLUE, day(2))],
            [
                (StepKind.SENT, BLUE, 2),
                (StepKind.SENT_AGAIN, BLUE, 3),
                (StepKind.DECIDED, BLUE, 4),
            ],
        ),
        (
            [heard(1, 4, status="19"), heard(2, 8, payer_name=GREEN, rank=2, status="2")],
            [SentOnce(BLUE, day(2))],
            [
                (StepKind.SENT, BLUE, 2),
                (StepKind.PASSED_ON, BLUE, 4),
                (StepKind.DECIDED, GREEN, 8),
            ],
        ),
        (
            [heard(2, 8, payer_name=GREEN, rank=2), heard(1, 4)],
            [],
            [(StepKind.SENT, BLUE, 0), (StepKind.DECIDED, BLUE, 4), (StepKind.DECIDED, GREEN, 8)],
        ),
        (
            [heard(1, 4), taken_back(2, 6, voids=1)],
            [SentOnce(BLUE, day(2))],
            [
                (StepKind.SENT, BLUE, 2),
                (StepKind.DECIDED, BLUE, 4),
                (StepKind.TAKEN_BACK, BLUE, 6),
            ],
        ),
        (
            [heard(1, 4), taken_back(2, 6, voids=1), CORRECTION],
            [SentOnce(BLUE, day(2))],
            [
                (StepKind.SENT, BLUE, 2),
                (StepKind.DECIDED, BLUE, 4),
                (StepKind.TAKEN_BACK, BLUE, 6),
                (StepKind.CHANGED, BLUE, 9),
            ],
        ),
        (
            [heard(1, 4), taken_back(2, 9, voids=1), CORRECTION],
            [SentOnce(BLUE, day(2))],
            [(StepKind.SENT, BLUE, 2), (StepKind.DECIDED, BLUE, 4), (StepKind.CHANGED, BLUE, 9)],
        ),
        (
            [heard(1, 4), heard(2, 5, outcome=Outcome.DUPLICATE), heard(3, 6, voids=1)],
            [SentOnce(BLUE, day(2))],
            [(StepKind.SENT, BLUE, 2), (StepKind.DECIDED, BLUE, 4), (StepKind.CHANGED, BLUE, 6)],
        ),
        (
            [heard(1, 4, received_on=3), heard(3, 6, voids=1, received_on=5)],
            [SentOnce(BLUE, day(2))],
            [
                (StepKind.SENT, BLUE, 2),
                (StepKind.RECEIVED, BLUE, 3),
                (StepKind.DECIDED, BLUE, 4),
                (StepKind.CHANGED, BLUE, 6),
            ],
        ),
    ],
)
def test_steps_by_day(
    told: list[HeardOnce], sent: list[SentOnce], expected: list[tuple[StepKind, str, int]]
) -> None:
    assert steps(*told, sent=sent) == expected


@pytest.mark.parametrize(
    "outcome", [Outcome.DUPLICATE, Outcome.WAITING, Outcome.PAID_TWICE, Outcome.QUARANTINED]
)
def test_what_is_not_in_the_books_is_no_step(outcome: Outcome) -> None:
    assert journey([], [heard(1, 4, outcome=outcome)]) == ()


def test_what_was_another_claims_all_along_is_no_step() -> None:
    assert journey([], [taken_back(2, 6, voids=1, is_moved=True)]) == ()


def test_the_taking_back_of_what_never_counted_is_no_step() -> None:
    told = [heard(1, 4, outcome=Outcome.PAID_TWICE), taken_back(2, 6, voids=1)]
    assert journey([SentOnce(BLUE, day(2))], told) == (JourneyStep(StepKind.SENT, BLUE, day(2)),)


def test_a_correction_says_what_was_before_and_what_is_now() -> None:
    told = [heard(1, 4), taken_back(2, 6, voids=1), CORRECTION]
    assert changes(told) == (DecisionChange(BLUE, day(9), 5_000, 6_000, 2_000, 1_000),)


def test_a_decision_put_in_the_place_of_another_is_a_change() -> None:
    told = [heard(1, 4, paid=0, share=0), heard(2, 8, voids=1)]
    assert changes(told) == (DecisionChange(BLUE, day(8), 0, 5_000, 0, 2_000),)


def test_a_correction_in_two_parts_is_one_change() -> None:
    parts = [heard(3, 9, paid=4_000, share=600, corrects=[1]), heard(4, 9, paid=2_000, share=400)]
    told = [heard(1, 4), taken_back(2, 6, voids=1), *parts]
    assert changes(told) == (DecisionChange(BLUE, day(9), 5_000, 6_000, 2_000, 1_000),)


def test_the_share_is_told_only_of_the_plan_that_says_it() -> None:
    second = heard(5, 7, payer_name=GREEN, rank=2, paid=1_500, share=500)
    told = [heard(1, 4), taken_back(2, 6, voids=1), second, CORRECTION]
    assert changes(told) == (DecisionChange(BLUE, day(9), 5_000, 6_000, None, None),)


def test_the_same_decision_again_changes_nothing() -> None:
    told = [heard(1, 4), taken_back(2, 6, voids=1), heard(3, 9, corrects=[1])]
    assert changes(told) == ()


def test_changes_after_a_statement_are_those_that_came_after_it() -> None:
    told = [heard(1, 4), taken_back(2, 6, voids=1), CORRECTION]
    assert changes(told, after=UUID(int=2)) == changes(told)
    assert changes(told, after=UUID(int=4)) == ()
