"""Installments of plans, charged by the same machine: announced, once, and as the plan says now."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from portal.domain.charge_schedule import ScheduledState
from portal.domain.payment_status import PaymentState
from portal.messages.service import MessageState
from portal.payments.scheduled.checks import checks
from portal.payments.scheduled.endings import end_for_dispute
from portal.payments.scheduled.installments import follow_plan
from portal.payments.scheduled.moves import ScheduledNotFoundError
from portal.payments.scheduled.service import stop
from tests.contracts.account_holder import AccountHolder
from tests.payments.keeping import BANK_ASKS, DECLINED_LATER, Keeper

NO_MONEY = "000222222227"
CLOSED = "000111111113"
NOT_AUTHORISED = "000333333335"


def change(keeper: Keeper, installment_id: UUID, **changes: Any) -> None:
    """The plan says something else of one by now."""
    plans = keeper.plans.installments
    plans[installment_id] = replace(plans[installment_id], **changes)


def live_through(keeper: Keeper, days: int) -> None:
    """The hourly jobs of so many days, once a day."""
    for _ in range(days):
        keeper.look_ahead()
        keeper.charge()
        keeper.pass_days(1)


def standing(keeper: Keeper) -> list[tuple[str, date]]:
    return [(one.state, one.charge_on) for one in keeper.charges() if one.state != "stopped"]


def test_an_installment_is_announced_and_charged_on_its_day(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save())
    plan_id = keeper.plans.installments[installment_id].plan_id
    assert keeper.look_ahead().planned == 0
    keeper.pass_days(5)
    counts = keeper.look_ahead()
    assert (counts.planned, counts.notified) == (1, 1)
    assert keeper.look_ahead().planned == 0
    (planned,) = keeper.charges()
    assert (planned.origin, planned.installment_id, planned.plan_id) == (
        "plan",
        installment_id,
        plan_id,
    )
    assert planned.statement_id is None
    keeper.pass_days(4)
    keeper.charge()
    assert keeper.charged_cents() == 0
    keeper.pass_days(1)
    assert keeper.charge().made == 1
    (payment,) = keeper.payments()
    assert (payment.channel, payment.statement_id) == ("plan", None)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000
    assert keeper.history(planned.scheduled_id) == ["planned", "planned", "charging", "paid"]
    assert keeper.mails() == ["method_saved", "charge_notice", "payment_receipt"]
    assert keeper.payer.read(lambda session: list(checks(session))) == []


def test_it_pays_the_lines_of_the_plan_in_their_order(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=0)
    lines = keeper.plans.installments[installment_id].lines[::-1]
    change(keeper, installment_id, lines=lines)
    live_through(keeper, 6)
    (payment,) = keeper.payments()
    assert [line["charge_id"] for line in payment.pays_for] == [
        str(line.charge_id) for line in lines
    ]


def test_what_older_ones_took_of_its_money_is_charged_after_a_notice_of_its_own(
    keeper: Keeper,
) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=0)
    live_through(keeper, 8)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000
    change(keeper, installment_id, due_cents=7_000)  # 20.00 of what came are not its own
    live_through(keeper, 5)
    assert keeper.charged_cents() == 5_000
    live_through(keeper, 8)
    assert [one.amount_cents for one in keeper.payments()] == [5_000, 2_000]
    assert keeper.mails().count("charge_notice") == 2
    assert keeper.payer.read(lambda session: list(checks(session))) == []


def test_a_debit_of_a_statement_on_its_way_for_the_same_lines_is_waited_for(
    keeper: Keeper,
) -> None:
    """Its page was open when the plan was agreed to: the plan counts none of it as coming."""
    keeper.owe_installment(keeper.save(), days=0)
    payment_id = keeper.payer.prepare()
    address = keeper.payer.confirm(payment_id)
    assert address is not None
    AccountHolder(address).debit()
    assert keeper.payer.apply(payment_id) is PaymentState.PROCESSING
    live_through(keeper, 8)
    assert [payment.channel for payment in keeper.payments()] == ["link"]
    assert keeper.payer.read(lambda session: list(checks(session))) == []


def test_too_late_for_the_notice_it_is_charged_on_the_first_day_allowed(keeper: Keeper) -> None:
    keeper.owe_installment(keeper.save_account(), days=3, notice_days=10)
    keeper.look_ahead()
    (planned,) = keeper.charges()
    assert planned.charge_on == keeper.today + timedelta(days=10)
    assert planned.notified_at == keeper.now


@pytest.mark.parametrize("days", [-60, -1, 0, 2])
def test_a_moved_due_day_is_followed_with_a_notice_of_its_own(keeper: Keeper, days: int) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    keeper.pass_days(1)
    due_on = keeper.plans.installments[installment_id].due_on
    later = due_on + timedelta(days=20)
    change(keeper, installment_id, due_on=later)
    assert keeper.look_ahead().changed == 1
    assert standing(keeper) == []
    keeper.pass_days(19)
    keeper.look_ahead()
    assert standing(keeper) == [("planned", later)]
    change(keeper, installment_id, due_on=later + timedelta(days=days))
    live_through(keeper, 9)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000
    assert keeper.mails().count("charge_notice") == (3 if days > 0 else 2)
    assert "charge_stopped" not in keeper.mails()


def test_another_method_is_charged_after_a_notice_of_its_own(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(DECLINED_LATER), days=5)
    keeper.look_ahead()
    keeper.pass_days(5)
    change(keeper, installment_id, method_id=keeper.save())
    keeper.charge()  # before anybody looked ahead
    assert keeper.payments() == []
    live_through(keeper, 7)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000
    assert len(keeper.payments()) == 1
    assert keeper.mails().count("charge_notice") == 2


@pytest.mark.parametrize("is_asked_first", [True, False])
def test_an_installment_that_stands_no_more_stops_its_charge_quietly(
    keeper: Keeper, *, is_asked_first: bool
) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    keeper.pass_days(5)
    del keeper.plans.installments[installment_id]
    if is_asked_first:
        keeper.look_ahead()
    keeper.charge()
    (planned,) = keeper.charges()
    assert (planned.state, planned.reason) == ("stopped", "plan_changed")
    assert keeper.mails() == ["method_saved", "charge_notice"]
    assert keeper.charged_cents() == 0


def test_one_that_comes_back_after_a_pause_is_announced_and_charged(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    paused = keeper.plans.installments.pop(installment_id)
    keeper.look_ahead()
    keeper.pass_days(30)
    keeper.plans.installments[installment_id] = paused
    live_through(keeper, 6)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000


def test_less_is_charged_when_less_is_due_and_more_is_announced_anew(keeper: Keeper) -> None:
    method_id = keeper.save()
    less, more = keeper.owe_installment(method_id, days=5), keeper.owe_installment(method_id)
    keeper.look_ahead()
    keeper.pass_days(5)
    keeper.look_ahead()
    change(keeper, less, due_cents=2_000)
    change(keeper, more, due_cents=6_000)
    live_through(keeper, 6)
    assert [one.amount_cents for one in keeper.payments()] == [2_000, 6_000]
    assert keeper.mails().count("charge_notice") == 3


def test_nothing_is_charged_for_cents_and_that_is_told(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    keeper.pass_days(5)
    change(keeper, installment_id, due_cents=0)
    keeper.charge()
    assert standing(keeper)[0][0] == "not_needed"
    assert keeper.mails()[-1] == "charge_not_needed"


def test_a_soft_decline_is_tried_four_times_and_then_never_again_with_that_card(
    keeper: Keeper,
) -> None:
    keeper.owe_installment(keeper.save(DECLINED_LATER), days=5)
    live_through(keeper, 15)
    assert len(keeper.payments()) == 4
    assert [one.state for one in keeper.charges()] == ["failed"]
    assert keeper.mails()[2:] == ["charge_declined"] * 3 + ["charge_needs_you"]
    assert keeper.payer.task_kinds() == ["charge_failed"]


def test_after_the_last_decline_another_card_is_charged(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(BANK_ASKS), days=5)
    live_through(keeper, 10)
    assert [one.state for one in keeper.charges()] == ["needs_patient"]
    change(keeper, installment_id, method_id=keeper.save())
    live_through(keeper, 7)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000


def test_between_two_tries_another_card_takes_over_without_more_tries(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(DECLINED_LATER), days=5)
    live_through(keeper, 7)
    (planned,) = keeper.charges()
    assert (planned.state, len(keeper.payments())) == ("retrying", 2)
    change(keeper, installment_id, method_id=keeper.save())
    live_through(keeper, 7)
    assert keeper.state(planned.scheduled_id) is ScheduledState.PAID
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000


@pytest.mark.parametrize(("account", "tries"), [(NO_MONEY, 3), (CLOSED, 1)])
def test_a_returned_debit_of_an_installment_is_presented_again_twice_at_most(
    keeper: Keeper, account: str, tries: int
) -> None:
    keeper.owe_installment(keeper.save_account(account), days=0, notice_days=10)
    keeper.look_ahead()
    keeper.pass_days(10)
    for _ in range(5):
        keeper.charge()
        keeper.pass_days(8)
        keeper.payer.sweep(everything=True)
        keeper.pass_days(1)
    assert len(keeper.payments()) == tries
    assert keeper.posted_cents() == 0


@pytest.mark.parametrize("account", [CLOSED, NOT_AUTHORISED])
def test_an_account_that_may_not_be_debited_is_debited_for_nothing_else_either(
    keeper: Keeper, account: str
) -> None:
    method_id = keeper.save_account(account)
    keeper.owe_installment(method_id, days=0, notice_days=10)
    keeper.owe_installment(method_id, days=20, notice_days=10)
    keeper.look_ahead()
    keeper.pass_days(10)
    keeper.charge()
    keeper.look_ahead()
    keeper.pass_days(10)
    keeper.payer.sweep(everything=True)
    live_through(keeper, 3)
    assert len(keeper.payments()) == 1
    assert keeper.methods() == []
    assert {(one.state, one.reason) for one in keeper.charges()} == {
        ("failed", "declined"),
        ("stopped", "method_removed"),
    }
    assert keeper.mails()[-2:] == ["charge_needs_you", "charge_stopped"]


def test_without_a_notice_that_went_out_nothing_is_charged(keeper: Keeper) -> None:
    keeper.mail_is = MessageState.BOUNCED
    keeper.owe_installment(keeper.save(), days=5)
    live_through(keeper, 8)
    (planned,) = keeper.charges()
    assert (planned.state, planned.reason) == ("needs_patient", "no_notice")
    assert keeper.payments() == []


def test_where_the_way_to_pay_is_gone_the_patient_is_asked_once(keeper: Keeper) -> None:
    keeper.owe_installment(keeper.save(), days=5)
    keeper.remove(keeper.methods()[0].method_id)
    live_through(keeper, 5)
    (planned,) = keeper.charges()
    assert (planned.state, planned.reason) == ("needs_patient", "method_removed")
    assert keeper.mails() == ["method_saved", "charge_needs_you"]


def test_a_dispute_stops_it_and_a_hold_keeps_it_from_coming_back(keeper: Keeper) -> None:
    keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        end_for_dispute(session, keeper.guarantor_id, now=keeper.now)
    keeper.hold()
    live_through(keeper, 10)
    assert [one.reason for one in keeper.charges()] == ["disputed"]
    assert keeper.payments() == []


def test_its_patient_may_stop_it_but_only_the_plan_moves_it(keeper: Keeper) -> None:
    keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    (planned,) = keeper.charges()
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    with pytest.raises(ScheduledNotFoundError):
        keeper.move(planned.scheduled_id, days=8)
    stop(database, ana, planned.scheduled_id, now=keeper.now, request_id="test")
    live_through(keeper, 10)
    assert [one.reason for one in keeper.charges()] == ["by_patient"]
    assert keeper.charged_cents() == 0


def test_a_plan_that_changes_takes_its_charges_along_in_the_same_commit(keeper: Keeper) -> None:
    installment_id = keeper.owe_installment(keeper.save(), days=5)
    keeper.look_ahead()
    plan_id = keeper.plans.installments.pop(installment_id).plan_id
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        follow_plan(
            session,
            plan_id,
            installment_due=keeper.plans.due,
            today=keeper.today,
            now=keeper.now,
        )
    assert [one.reason for one in keeper.charges()] == ["plan_changed"]


def test_a_lost_answer_is_looked_up_and_the_installment_charged_once(keeper: Keeper) -> None:
    keeper.owe_installment(keeper.save(), days=0)
    live_through(keeper, 5)
    keeper.wire.control.fail_next("answer_lost")
    assert keeper.charge().unknown == 1
    change(keeper, next(iter(keeper.plans.installments)), due_cents=4_000)
    live_through(keeper, 1)
    keeper.payer.sweep(everything=True)
    live_through(keeper, 8)
    assert keeper.charged_cents() == keeper.posted_cents() == 5_000
