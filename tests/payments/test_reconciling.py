"""Four books beside each other: what agrees, what does not and why, and totals that tie."""

import random
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from portal.db import practice_of
from portal.domain.reconciliation import Difference
from portal.ledger.models import LedgerPost
from portal.payments.books.reconciling import Day, ReconciledRow, day_of_books, rows_of_payout
from portal.payments.books.standing import standing
from tests.payments.settling import Settling

PACIFIC = ZoneInfo("America/Los_Angeles")


def today(settling: Settling) -> date:
    return settling.payer.now.astimezone(PACIFIC).date()


def day(settling: Settling, on: date | None = None) -> Day:
    of = on or today(settling)
    return settling.payer.read(lambda session: day_of_books(session, of, zone=PACIFIC))


def the_practice_takes_everything(settling: Settling) -> None:
    with settling.payer.database.transaction(settling.payer.job) as session:
        session.execute(
            update(LedgerPost)
            .where(LedgerPost.practice_id == practice_of(session))
            .values(state="acknowledged")
        )


def only(rows: tuple[ReconciledRow, ...]) -> ReconciledRow:
    (row,) = rows
    return row


def test_a_payment_that_all_four_know_is_matched(settling: Settling) -> None:
    settling.pay(6_000)
    settling.read_books()
    the_practice_takes_everything(settling)
    seen = day(settling)
    row = only(seen.rows)
    assert row.differences == ()
    assert (row.sides.stripe_cents, row.sides.ours_cents, row.sides.journal_cents) == (6_000,) * 3
    assert (seen.totals.stripe_cents, seen.totals.fee_cents) == (6_000, 204)
    assert seen.totals.journal_cents == 6_000
    assert seen.is_ok


def test_what_the_practice_has_not_taken_is_said(settling: Settling) -> None:
    settling.pay(6_000)
    settling.read_books()
    seen = day(settling)
    assert only(seen.rows).differences == (Difference.NOT_IN_PRACTICE_SYSTEM,)
    assert not seen.is_ok


def test_money_only_stripe_knows_of(settling: Settling) -> None:
    settling.pay_by_stranger(2_000)
    settling.read_books()
    assert only(day(settling).rows).differences == (Difference.ONLY_AT_STRIPE,)


def test_money_only_our_books_know_of(settling: Settling) -> None:
    settling.pay(6_000)  # and nothing was read of Stripe's books
    assert Difference.ONLY_WITH_US in only(day(settling).rows).differences


def test_a_debit_is_on_its_way_and_then_belongs_to_another_day(settling: Settling) -> None:
    first = today(settling)
    settling.pay_by_debit(4_000)
    settling.read_books()
    the_practice_takes_everything(settling)
    begun, ended = day(settling, first), day(settling)
    assert only(begun.rows).differences == (Difference.ANOTHER_DAY,)
    assert only(ended.rows).differences == (Difference.ANOTHER_DAY,)
    assert (begun.totals.stripe_cents, begun.totals.journal_cents) == (4_000, 0)
    assert (ended.totals.stripe_cents, ended.totals.journal_cents) == (0, 4_000)
    assert begun.is_ok
    assert ended.is_ok


def test_a_payout_is_held_against_what_it_carried(settling: Settling) -> None:
    payment_id = settling.pay(6_000)
    settling.refund(payment_id, 1_000)
    settling.hear_everything(random.Random(0))  # noqa: S311 - any order
    settling.pass_days()
    payout = settling.take_in(settling.pay_out())
    rows = settling.payer.read(lambda session: rows_of_payout(session, payout.payout_id))
    assert {row.kind: row.sides.stripe_cents for row in rows} == {
        "payment": 6_000,
        "refund": -1_000,
    }
    assert {row.payouts for row in rows} == {(payout.stripe_payout_id,)}
    assert not any(set(row.differences) - {Difference.NOT_IN_PRACTICE_SYSTEM} for row in rows)


@pytest.mark.parametrize("read", [True, False])
def test_what_stands_in_clearing_is_what_stripe_holds(settling: Settling, read: bool) -> None:  # noqa: FBT001 — a column of the table
    dispute = settling.dispute(settling.pay(2_000))["id"]
    settling.learn(dispute)
    settling.decide(dispute, "won")
    settling.learn(dispute)
    settling.pay(6_000)
    settling.pay_by_stranger(500)
    settling.pass_days()
    payout = settling.wire.control.post("payouts", {})["payout"]
    settling.pay(1_000)
    settling.read_books()
    if read:
        settling.pass_days()
        settling.take_in(payout["id"])
        settling.read_books()
    stands = settling.payer.read(standing)
    assert stands.unexplained_cents == 0
    assert (stands.payouts_under_way_cents == 0) is read
