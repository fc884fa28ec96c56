"""The hash of a schedule: the same for the same days and cents, another for anything else."""

from dataclasses import replace
from datetime import date

from portal.domain.plans.agreement import schedule_hash, schedule_text
from portal.domain.plans.cadence import Cadence, Frequency, cadence_from
from portal.domain.plans.schedule import Installment, schedule

CADENCE = cadence_from(Frequency.MONTHLY, first_on=date(2026, 4, 1))
ROWS = schedule(
    100_00, count=2, cadence=CADENCE, agreed_on=date(2026, 3, 9), down_payment_cents=10_00
)


def test_the_text_stays_as_it_was_when_the_first_consent_was_kept() -> None:
    assert schedule_text(ROWS, cadence=CADENCE) == (
        "plan schedule 1\n"
        "monthly 2026-04-01 [1] 0\n"
        "0 down_payment 2026-03-09 1000 0\n"
        "1 regular 2026-04-01 4500 0\n"
        "2 regular 2026-05-01 4500 0\n"
    )
    assert schedule_hash(ROWS, cadence=CADENCE) == (
        "d2db1a288af6faa50cd3eff410abb97d98902d94268c275226fab5f36311bfa2"
    )


def test_the_order_in_which_rows_are_handed_in_does_not_matter() -> None:
    backwards = tuple(reversed(ROWS))
    assert schedule_hash(backwards, cadence=CADENCE) == schedule_hash(ROWS, cadence=CADENCE)


def test_anything_else_makes_another_hash() -> None:
    first, *rest = ROWS
    others: list[tuple[list[Installment], Cadence]] = [
        ([replace(first, cents=10_01), *rest], CADENCE),
        ([replace(first, due_on=date(2026, 3, 10)), *rest], CADENCE),
        ([replace(first, number=9), *rest], CADENCE),
        ([replace(first, waived_cents=1), *rest], CADENCE),
        (list(rest), CADENCE),
        (list(ROWS), replace(CADENCE, days=(2,))),
        (list(ROWS), replace(CADENCE, frequency=Frequency.WEEKLY)),
        (list(ROWS), replace(CADENCE, moves_off_holidays=True)),
    ]
    hashes = {schedule_hash(rows, cadence=cadence) for rows, cadence in others}
    assert len(hashes) == len(others)
    assert schedule_hash(ROWS, cadence=CADENCE) not in hashes
