"""Charges on their day: once, bounded by what is due, retried as the bank advises."""

from contextlib import suppress

import pytest
from sqlalchemy import select

from portal.db import practice_of
from portal.domain.charge_schedule import ScheduledState
from portal.domain.payment_status import PaymentState
from portal.payments.scheduled.models import ScheduledTry
from portal.payments.scheduled.service import (
    AlreadyPlannedError,
    DayRefusedError,
    ScheduledAmountRefusedError,
    TooLateError,
    stop,
)
from portal.payments.webhooks import WebhookOutcome
from portal.practice.feed import FeedExpected
from portal.practice.models import Practice
from tests.contracts.hosted_page import Cardholder
from tests.payments.dying import DiedError, DyingDatabase
from tests.payments.keeping import BANK_ASKS, DECLINED_LATER, Keeper
from tests.payments.paying import at_once

NO_MONEY = "000222222227"
NO_MONEY_ON_CARD = "4000008260003178"
CLOSED = "000111111113"


def test_a_charge_is_made_on_its_day_and_not_before(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(9)
    keeper.charge()
    assert keeper.charged_cents() == 0
    keeper.pass_days(1)
    assert keeper.charge().made == 1
    assert keeper.charge().made == 0
    (payment,) = keeper.payments()
    assert (payment.channel, payment.state) == ("scheduled", PaymentState.SUCCEEDED.value)
    assert keeper.history(scheduled_id) == ["draft", "planned", "charging", "paid"]
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000
    assert keeper.mails() == ["method_saved", "charge_agreed", "payment_receipt"]


@pytest.mark.parametrize(("days", "cents"), [(13, 10_000), (14, 0)])
def test_a_day_long_past_is_asked_about_and_not_charged(
    keeper: Keeper, days: int, cents: int
) -> None:
    scheduled_id = keeper.plan(keeper.save(), days=10)
    keeper.pass_days(days)  # no worker ran meanwhile
    keeper.charge()
    assert keeper.charged_cents() == cents
    if not cents:
        planned = keeper.row(scheduled_id)
        assert (planned.state, planned.reason) == ("needs_patient", "late")
        assert keeper.mails()[-1] == "charge_needs_you"


def test_nothing_is_charged_in_the_practices_night(keeper: Keeper) -> None:
    keeper.plan(keeper.save())
    keeper.pass_days(10)
    keeper.payer.wait(hours=-5)  # 7 in the morning there
    keeper.charge()
    assert keeper.charged_cents() == 0


def test_it_is_never_more_than_agreed_and_never_more_than_due(keeper: Keeper) -> None:
    keeper.plan(keeper.save(), cents=8_000)
    keeper.payer.pay(4_000)
    keeper.pass_days(10)
    keeper.charge()
    assert [one.amount_cents for one in keeper.payments()] == [4_000, 6_000]
    assert keeper.charged_cents() == 10_000


def test_a_day_that_was_chosen_on_an_older_statement_pays_all_that_is_owed_by_then(
    keeper: Keeper,
) -> None:
    """As it was agreed: only if less is owed, less is charged."""
    keeper.plan(keeper.save())
    keeper.payer.pay(3_000)
    keeper.pass_days(1)
    keeper.issue(3_000)
    keeper.pass_days(9)
    keeper.charge()
    assert sorted(one.amount_cents for one in keeper.payments()) == [3_000, 10_000]


def test_when_nothing_is_due_any_more_nothing_is_charged_and_that_is_told(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.payer.pay(10_000)
    keeper.pass_days(10)
    assert keeper.charge().ended == 1
    assert keeper.state(scheduled_id) is ScheduledState.NOT_NEEDED
    assert keeper.mails()[-1] == "charge_not_needed"
    assert keeper.charged_cents() == 10_000


def test_without_the_ticked_box_nothing_is_charged_and_it_is_forgotten(keeper: Keeper) -> None:
    scheduled_id = keeper.choose(keeper.save())
    keeper.pass_days(10)
    keeper.charge()
    assert keeper.charged_cents() == 0
    assert keeper.look_ahead().forgotten == 1
    assert keeper.row(scheduled_id).reason == "forgotten"


@pytest.mark.parametrize("days", [0, 61])
def test_a_day_before_tomorrow_or_after_sixty_days_is_refused(keeper: Keeper, days: int) -> None:
    method_id = keeper.save()
    with pytest.raises(DayRefusedError):
        keeper.choose(method_id, days=days)


@pytest.mark.parametrize("cents", [49, 10_001])
def test_an_amount_too_small_or_above_what_is_due_is_refused(keeper: Keeper, cents: int) -> None:
    method_id = keeper.save()
    with pytest.raises(ScheduledAmountRefusedError):
        keeper.choose(method_id, cents=cents)


def test_a_statement_has_one_charge_at_a_time(keeper: Keeper) -> None:
    method_id = keeper.save()
    first, second = keeper.choose(method_id), keeper.choose(method_id)
    keeper.agree(first)
    keeper.agree(first)
    with pytest.raises(AlreadyPlannedError):
        keeper.agree(second)
    with pytest.raises(AlreadyPlannedError):
        keeper.choose(method_id)


def test_it_can_be_stopped_or_moved_until_it_is_made(keeper: Keeper) -> None:
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    scheduled_id = keeper.plan(keeper.save(), days=5)
    keeper.move(scheduled_id, days=20)
    with pytest.raises(DayRefusedError):
        keeper.move(scheduled_id, days=61)
    keeper.pass_days(6)
    keeper.charge()
    assert keeper.charged_cents() == 0
    stop(database, ana, scheduled_id, now=keeper.now, request_id="test")
    stop(database, ana, scheduled_id, now=keeper.now, request_id="test")
    keeper.pass_days(20)
    keeper.charge()
    assert keeper.charged_cents() == 0
    assert keeper.mails()[-2:] == ["charge_agreed", "charge_stopped"]
    with pytest.raises(TooLateError):
        keeper.move(scheduled_id, days=1)


def test_a_soft_decline_is_tried_again_after_one_three_and_seven_days_and_then_no_more(
    keeper: Keeper,
) -> None:
    scheduled_id = keeper.plan(keeper.save(DECLINED_LATER))
    tried: list[int] = []
    keeper.pass_days(10)
    for day in range(15):
        keeper.charge()
        if keeper.charge().declined:
            pytest.fail("twice a day")
        if len(keeper.payments()) > len(tried):
            tried.append(day)
        keeper.pass_days(1)
    assert tried == [0, 1, 3, 7]
    assert keeper.state(scheduled_id) is ScheduledState.FAILED
    assert keeper.mails()[2:] == ["charge_declined"] * 3 + ["charge_needs_you"]
    assert keeper.payer.task_kinds() == ["charge_failed"]
    assert keeper.charged_cents() == keeper.posted_cents() == 0


def test_what_the_network_advises_is_kept_whoever_hears_of_the_decline_first(
    keeper: Keeper,
) -> None:
    _, address = keeper.open_setup()
    assert address is not None
    holder = Cardholder(address)
    holder.pay(NO_MONEY_ON_CARD)
    holder.answer_bank(confirm=True)
    keeper.apply()
    keeper.plan(keeper.methods()[0].method_id)
    keeper.pass_days(10)
    keeper.wire.control.fail_next("answer_lost")
    assert keeper.charge().unknown == 1
    keeper.payer.sweep(everything=True)
    tries = keeper.payer.read(
        lambda session: session.scalars(
            select(ScheduledTry).where(ScheduledTry.practice_id == practice_of(session))
        ).all()
    )
    assert [one.advice_code for one in tries] == ["try_again_later"]


def test_a_hard_decline_is_never_tried_again(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save(), days=40)
    (method,) = keeper.methods()
    form = f"card[exp_month]={keeper.today.month}&card[exp_year]={keeper.today.year}"
    keeper.wire.api("POST", f"/v1/payment_methods/{method.payment_method_id}", form)
    keeper.pass_days(40)
    keeper.charge()
    assert keeper.payments()[0].decline_code == "expired_card"
    assert keeper.state(scheduled_id) is ScheduledState.FAILED
    for _ in range(8):
        keeper.pass_days(1)
        keeper.charge()
    assert len(keeper.payments()) == 1


def test_a_bank_that_asks_brings_the_patient_back_and_is_not_asked_again(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save(BANK_ASKS))
    keeper.pass_days(10)
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.NEEDS_PATIENT
    assert keeper.row(scheduled_id).reason == "bank_asks"
    assert keeper.mails()[-1] == "charge_needs_you"
    keeper.pass_days(8)
    keeper.charge()
    assert len(keeper.payments()) == 1
    keeper.payer.pay(10_000)  # on the page, with another card
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000


def test_a_bank_debit_is_on_its_way_for_days_and_then_paid(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save_account())
    keeper.pass_days(10)
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.WAITING
    assert keeper.posted_cents() == 0
    keeper.pass_days(8)
    keeper.charge()
    keeper.payer.sweep(everything=True)
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000


@pytest.mark.parametrize(("account", "tries"), [(NO_MONEY, 3), (CLOSED, 1)])
def test_a_returned_debit_is_presented_again_twice_at_most_and_never_to_a_closed_account(
    keeper: Keeper, account: str, tries: int
) -> None:
    scheduled_id = keeper.plan(keeper.save_account(account))
    keeper.pass_days(10)
    for _ in range(6):
        keeper.charge()
        keeper.pass_days(8)
        keeper.payer.sweep(everything=True)
        keeper.pass_days(1)
    assert len(keeper.payments()) == tries
    assert keeper.state(scheduled_id) is ScheduledState.FAILED
    assert keeper.posted_cents() == 0


@pytest.mark.parametrize("fault", ["answer_lost", "500_after_success"])
def test_an_answer_that_got_lost_is_looked_up_and_never_asked_for_again(
    keeper: Keeper, fault: str
) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(10)
    keeper.wire.control.fail_next(fault)
    assert keeper.charge().unknown == 1
    assert keeper.state(scheduled_id) is ScheduledState.CHARGING
    assert keeper.charge().made == 0
    keeper.payer.sweep(everything=True)
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000


def test_a_call_that_never_arrived_is_made_again_the_next_day(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(10)
    keeper.wire.control.fail_next("503")
    assert keeper.charge().unknown == 1
    keeper.payer.wait(minutes=40)
    keeper.payer.sweep()
    assert keeper.state(scheduled_id) is ScheduledState.RETRYING
    keeper.charge()
    assert keeper.charged_cents() == 0
    keeper.pass_days(1)
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000


@pytest.mark.parametrize("dies_in", range(1, 8))
def test_a_process_that_dies_while_it_charges_has_charged_once_in_the_end(
    keeper: Keeper, dies_in: int
) -> None:
    """Whichever commit is lost: the sweep and the next runs find out, and ask nobody twice."""
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(10)
    living = keeper.payer.database
    keeper.payer.database = DyingDatabase(living, dies_in=dies_in)
    with suppress(DiedError):
        keeper.charge()
    keeper.payer.database = living
    for _ in range(2):
        keeper.charge()
        keeper.payer.sweep(everything=True)
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000
    assert len(keeper.payments()) == 1


def test_workers_at_the_same_moment_charge_once(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(10)
    assert sum(counts.made for counts in at_once(4, keeper.charge)) == 1
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000


def test_a_webhook_finishes_a_charge_whose_answer_got_lost(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(10)
    keeper.wire.control.fail_next("answer_lost")
    keeper.charge()
    assert keeper.hear("payment_intent.succeeded") is WebhookOutcome.APPLIED
    assert keeper.hear("payment_intent.succeeded") is WebhookOutcome.APPLIED
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.posted_cents() == 10_000


def test_while_the_patient_pays_nothing_is_charged_beside_it(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.pass_days(10)
    payment_id, page = keeper.payer.open_page(10_000)
    assert keeper.charge().not_now == 1
    page.pay("4242424242424242")
    keeper.payer.apply(payment_id)
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.NOT_NEEDED
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000


def test_a_hold_on_the_account_stops_the_charge_without_a_word(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    keeper.hold()
    keeper.pass_days(10)
    keeper.charge()
    assert (keeper.state(scheduled_id), keeper.row(scheduled_id).reason) == ("stopped", "on_hold")
    assert keeper.mails() == ["method_saved", "charge_agreed"]


def test_while_the_practices_feed_is_old_the_charge_waits(keeper: Keeper) -> None:
    scheduled_id = keeper.plan(keeper.save())
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        practice = session.get_one(Practice, (keeper.practice_id,))
        practice.feed_expected = FeedExpected.YES.value
    keeper.pass_days(10)
    assert keeper.charge().not_now == 1
    assert keeper.state(scheduled_id) is ScheduledState.PLANNED
