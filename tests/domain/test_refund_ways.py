"""Which way money goes back, and when two people have to agree."""

from datetime import date, timedelta

import pytest

from portal.domain.payment_channel import MethodKind
from portal.domain.refund_ways import RefundWay, needs_second_person, way_back

PAID_ON = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("kind", "days", "way"),
    [
        (MethodKind.CARD, 400, RefundWay.ORIGINAL),
        (MethodKind.WALLET_LINK, 0, RefundWay.ORIGINAL),
        (None, 0, RefundWay.ORIGINAL),
        (MethodKind.BANK_DEBIT, 180, RefundWay.ORIGINAL),
        (MethodKind.BANK_DEBIT, 181, RefundWay.CHECK),
        (MethodKind.CASH, 0, RefundWay.CHECK),
        (MethodKind.CHECK, 0, RefundWay.CHECK),
        (MethodKind.TERMINAL, 0, RefundWay.TERMINAL),
    ],
)
def test_money_goes_back_to_where_it_came_from_while_it_can(
    kind: str | None, days: int, way: RefundWay
) -> None:
    assert way_back(kind, paid_on=PAID_ON, today=PAID_ON + timedelta(days=days)) is way


def test_a_card_that_takes_nothing_back_is_answered_with_a_check() -> None:
    way = way_back(MethodKind.CARD, paid_on=PAID_ON, today=PAID_ON, is_closed=True)
    assert way is RefundWay.CHECK


@pytest.mark.parametrize(
    ("way", "cents", "people"),
    [
        (RefundWay.ORIGINAL, 50_000, 1),
        (RefundWay.ORIGINAL, 50_001, 2),
        (RefundWay.TERMINAL, 50_001, 2),
        (RefundWay.CHECK, 1, 2),
    ],
)
def test_two_people_stand_for_checks_and_for_large_refunds(
    way: RefundWay, cents: int, people: int
) -> None:
    assert needs_second_person(way, cents, alone_cents=50_000) is (people > 1)
