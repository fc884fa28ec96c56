"""Disputes in the books: taken, given again, or lost; and what stands still meanwhile."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.messages.models import Message
from portal.payments.disputes.queries import is_disputed
from portal.payments.disputes.service import LOST_TASK, TASK, take_in_disputes
from portal.payments.webhooks import NotOursYetError
from portal.practice.models import Hold
from tests.payments.settling import Settling

CLEARING = (LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING)


def holds(settling: Settling) -> list[tuple[str, bool]]:
    """Of the account: kind, and whether it stands."""

    def query(session: Session) -> list[tuple[str, bool]]:
        rows = session.execute(
            select(Hold.kind, Hold.released_at).where(
                Hold.practice_id == practice_of(session),
                Hold.guarantor_id == settling.payer.owing.guarantor_id,
                Hold.claim_id.is_(None),
            )
        )
        return [(row.kind, row.released_at is None) for row in rows]

    return settling.payer.read(query)


def test_an_open_dispute_takes_the_money_and_the_fee(settling: Settling) -> None:
    payment_id = settling.pay(6_000)
    dispute = settling.learn(settling.dispute(payment_id)["id"])
    assert settling.entries("dispute_opened") == [
        {"disputes_receivable": 6_000, "processor_fees": 1_500, "card_clearing": -7_500}
    ]
    assert (dispute.taken_cents, dispute.fee_cents) == (6_000, 1_500)
    assert settling.cents_in(LedgerAccount.PATIENT_RECEIVABLE) == 13_000 - 6_000
    assert settling.payer.read(lambda session: is_disputed(session, payment_id))
    assert holds(settling) == [("disputed", True)]
    assert settling.payer.task_kinds() == [TASK]


def test_a_dispute_told_of_three_times_is_posted_once(settling: Settling) -> None:
    dispute_id = settling.dispute(settling.pay())["id"]
    for _ in range(3):
        settling.learn(dispute_id)
    assert len(settling.entries("dispute_opened")) == 1
    assert holds(settling) == [("disputed", True)]


def test_a_dispute_that_is_won_gives_the_money_back_but_not_the_fee(settling: Settling) -> None:
    payment_id = settling.pay()
    dispute_id = settling.dispute(payment_id)["id"]
    settling.learn(dispute_id)
    settling.decide(dispute_id, "won")
    dispute = settling.learn(dispute_id)
    assert settling.entries("dispute_won") == [
        {"disputes_receivable": -10_000, "card_clearing": 10_000}
    ]
    assert dispute.closed_at is not None
    assert settling.cents_in(LedgerAccount.DISPUTES_RECEIVABLE) == 0
    assert settling.cents_in(*CLEARING) == 10_000 - 1_500
    assert holds(settling) == [("disputed", False)]
    assert not settling.payer.read(lambda session: is_disputed(session, payment_id))


def test_a_lost_dispute_opens_the_same_lines_again(settling: Settling) -> None:
    payment_id = settling.pay()
    paid_on = dict(settling.payer.allocations(payment_id))
    dispute_id = settling.dispute(payment_id)["id"]
    settling.decide(dispute_id, "lost")
    settling.learn(dispute_id)  # the first we hear of it is that it is over
    assert settling.cents_in(LedgerAccount.DISPUTES_RECEIVABLE) == 0
    assert settling.cents_in(LedgerAccount.PATIENT_RECEIVABLE) == 13_000
    given_back = settling.payer.allocations(payment_id)[len(paid_on) :]
    assert {target: -cents for target, cents in given_back} == paid_on
    assert [post.kind for post in settling.payer.posts()] == ["payment_settled", "dispute_lost"]
    assert settling.payer.posts()[-1].amount_cents == -10_000
    assert LOST_TASK in settling.payer.task_kinds()
    assert holds(settling) == []


def test_what_was_refunded_before_is_not_disputed_again(settling: Settling) -> None:
    payment_id = settling.pay()
    intent_id = settling.payer.row(payment_id).payment_intent_id
    settling.wire.api("POST", "/v1/refunds", f"payment_intent={intent_id}&amount=4000")
    dispute_id = settling.dispute(payment_id)["id"]
    settling.decide(dispute_id, "lost")
    settling.learn(dispute_id)
    lost = settling.entries("dispute_lost")[0]
    assert lost["disputes_receivable"] == -6_000


def test_an_inquiry_moves_no_money_and_stops_asking(settling: Settling) -> None:
    payment_id = settling.pay()
    dispute_id = settling.dispute(payment_id, inquiry=True)["id"]
    dispute = settling.learn(dispute_id)
    assert dispute.state == "warning_needs_response"
    assert settling.entries("dispute_opened") == []
    assert holds(settling) == [("disputed", True)]
    assert not settling.payer.read(lambda session: is_disputed(session, payment_id))
    settling.decide(dispute_id, "warning_closed")
    settling.learn(dispute_id)
    assert holds(settling) == [("disputed", False)]
    assert settling.entries("dispute_lost") == []


def test_a_debit_that_comes_back_is_lost_at_once(settling: Settling) -> None:
    payment_id = settling.pay_by_debit()
    charge = settling.charge_of(payment_id)
    settling.wire.control.post("bank_returns", {"charge": charge, "code": "R01"})
    assert (
        take_in_disputes(
            settling.payer.database,
            settling.records,
            settling.practice_id,
            now=settling.payer.now,
        )
        == 1
    )
    assert settling.cents_in(LedgerAccount.PATIENT_RECEIVABLE) == 13_000
    assert settling.cents_in(LedgerAccount.DISPUTES_RECEIVABLE) == 0
    assert settling.entries("dispute_opened")[0]["bank_clearing"] < -10_000
    assert holds(settling) == []
    mails = settling.payer.read(
        lambda session: list(
            session.scalars(
                select(Message.template).where(Message.practice_id == practice_of(session))
            )
        )
    )
    assert mails[-1] == "payment_sent_back"
    assert mails.count("payment_sent_back") == 1


def test_a_stale_answer_moves_nothing_back(settling: Settling) -> None:
    dispute_id = settling.dispute(settling.pay())["id"]
    stale = settling.records.dispute(dispute_id, stripe_account=None)
    settling.decide(dispute_id, "lost")
    settling.learn(dispute_id)
    settling.hear(stale)
    assert settling.learn(dispute_id).state == "lost"
    assert len(settling.entries("dispute_lost")) == 1
    assert settling.cents_in(LedgerAccount.DISPUTES_RECEIVABLE) == 0


def test_a_dispute_of_money_that_is_not_ours_is_left_for_later(settling: Settling) -> None:
    intent = settling.wire.api(
        "POST",
        "/v1/payment_intents",
        "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true",
    )
    dispute = settling.wire.control.post("disputes", {"charge": intent["latest_charge"]})
    with pytest.raises(NotOursYetError):
        settling.learn(dispute["id"])


def test_a_payout_carries_disputes_and_what_was_won(settling: Settling) -> None:
    lost, won = settling.pay(6_000), settling.pay(4_000)
    disputes = {status: settling.dispute(of)["id"] for status, of in (("lost", lost), ("won", won))}
    for dispute_id in disputes.values():
        settling.learn(dispute_id)
    for status, dispute_id in disputes.items():
        settling.decide(dispute_id, status)
        settling.learn(dispute_id)
    settling.pay(6_000)
    settling.pass_days()
    settling.take_in(settling.pay_out())
    assert settling.cents_in(*CLEARING) == 0
    assert settling.cents_in(LedgerAccount.PROCESSOR_FEES) == 2 * 1_500 + 204 + 146 + 204
    assert settling.problems() == []


def test_a_hold_that_staff_took_off_stays_off_while_nothing_new_is_heard(
    settling: Settling,
) -> None:
    dispute_id = settling.dispute(settling.pay())["id"]
    settling.learn(dispute_id)
    with settling.payer.database.transaction(settling.payer.job) as session:
        hold = session.scalars(
            select(Hold).where(
                Hold.practice_id == practice_of(session),
                Hold.guarantor_id == settling.payer.owing.guarantor_id,
            )
        ).one()
        hold.released_at, hold.released_by = settling.payer.now, "test"
    settling.learn(dispute_id)  # as each night
    assert holds(settling) == [("disputed", False)]
