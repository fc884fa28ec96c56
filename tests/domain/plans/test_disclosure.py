"""The closed-end figures of Regulation Z, from a schedule."""

from dataclasses import replace
from datetime import date

from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.disclosure import PaymentGroup, closed_end
from portal.domain.plans.schedule import InstallmentKind, schedule

CADENCE = cadence_from(Frequency.MONTHLY, first_on=date(2026, 4, 1))
ROWS = schedule(
    500_00, count=6, cadence=CADENCE, agreed_on=date(2026, 3, 9), down_payment_cents=100_00
)


def test_the_figures_are_those_of_the_regulation() -> None:
    """12 CFR 1026.18: $100.00 at once, $400.00 in six, the spare cents on four of them."""
    figures = closed_end(ROWS, creditor="Lakeside Clinic", frequency=Frequency.MONTHLY)
    assert figures.creditor == "Lakeside Clinic"
    assert figures.amount_financed_cents == 400_00
    assert figures.finance_charge_cents == 0
    assert figures.annual_percentage_rate == "0.00"
    assert figures.total_of_payments_cents == 400_00
    assert figures.down_payment_cents == 100_00
    assert (figures.late_charge_cents, figures.has_prepayment_penalty) == (0, False)
    assert not figures.is_secured
    assert figures.groups == (
        PaymentGroup(count=4, cents=66_67, first_on=date(2026, 4, 1), last_on=date(2026, 7, 1)),
        PaymentGroup(count=2, cents=66_66, first_on=date(2026, 8, 1), last_on=date(2026, 9, 1)),
    )


def test_the_groups_add_up_to_the_total() -> None:
    figures = closed_end(ROWS, creditor="Lakeside Clinic", frequency=Frequency.MONTHLY)
    assert sum(one.count * one.cents for one in figures.groups) == figures.total_of_payments_cents


def test_neither_a_skipped_nor_an_extra_nor_a_waived_row_is_a_payment_to_make() -> None:
    rows = [
        ROWS[0],
        replace(ROWS[1], cents=0, kind=InstallmentKind.SKIPPED),
        replace(ROWS[2], kind=InstallmentKind.EXTRA),
        replace(ROWS[3], waived_cents=ROWS[3].cents),
        replace(ROWS[4], waived_cents=6_67),
    ]
    figures = closed_end(rows, creditor="Lakeside Clinic", frequency=Frequency.MONTHLY)
    assert figures.total_of_payments_cents == 60_00
    assert [one.count for one in figures.groups] == [1]
