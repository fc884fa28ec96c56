"""A plan that charges by itself: on its day, once, and what declined charges make of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import practice_of
from portal.domain.plans.states import PlanState
from portal.messages.service import MessageState
from portal.payments.methods.on_file import methods_on_file
from portal.payments.scheduled.checks import checks
from portal.payments.scheduled.models import ScheduledTry
from portal.plans.ports import method_of
from tests.payments.dying import DiedError, DyingDatabase
from tests.payments.keeping import BANK_ASKS, DECLINED_LATER
from tests.plans.living import Living


def test_every_installment_is_charged_on_its_day_and_the_plan_is_paid(living: Living) -> None:
    living.agree(count=3, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=1))
    assert living.keeper.charged_cents() == 0
    living.reach(living.due_on(1))
    assert living.keeper.charged_cents() == living.keeper.posted_cents() == 2_000
    assert living.installments == [("paid", 2_000), ("scheduled", 2_000), ("scheduled", 2_000)]
    assert living.state == PlanState.ACTIVE
    assert living.money.left_cents == 4_000
    living.reach(living.due_on(2))
    living.reach(living.due_on(3))
    assert living.keeper.charged_cents() == living.keeper.posted_cents() == 6_000
    assert living.states == ["paid", "paid", "paid"]
    assert living.state == PlanState.COMPLETED
    assert not living.money.is_standing
    assert living.keeper.mails().count("charge_notice") == 3
    assert living.mails() == ["plan_done"]


def test_run_again_a_job_changes_nothing(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1))
    before = living.history(), living.history(1), living.keeper.mails()
    assert living.work().changed == 0
    assert (living.history(), living.history(1), living.keeper.mails()) == before


def test_a_soft_decline_is_tried_again_and_the_installment_says_so(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save(DECLINED_LATER))
    living.reach(living.due_on(1))
    assert living.states == ["retry_scheduled", "scheduled"]
    assert living.history(1) == ["due", "processing", "retry_scheduled"]
    living.change(method_id=living.keeper.save())
    living.live(2)
    assert living.states == ["paid", "scheduled"]
    assert living.keeper.charged_cents() == 3_000
    assert living.state == PlanState.ACTIVE


def test_after_the_last_try_it_is_missed_and_still_the_patients_to_pay(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save(DECLINED_LATER))
    living.reach(living.due_on(1))
    living.live(7)
    assert (living.states[0], living.state) == ("retry_scheduled", PlanState.PAST_DUE)
    living.live(1)
    assert (living.states[0], living.state) == ("missed", PlanState.PAST_DUE)
    assert living.keeper.mails().count("charge_declined") == 3
    assert living.keeper.mails().count("charge_needs_you") == 1
    assert living.mails() == ["plan_past_due"]
    assert living.keeper.charged_cents() == 0


def test_a_hard_decline_asks_for_another_way_at_once_and_that_one_is_charged(
    living: Living,
) -> None:
    keeper = living.keeper
    living.agree(count=2, first_in=40, method_id=keeper.save())
    (method,) = keeper.methods()
    expired = f"card[exp_month]={keeper.today.month}&card[exp_year]={keeper.today.year}"
    keeper.wire.api("POST", f"/v1/payment_methods/{method.payment_method_id}", expired)
    living.reach(living.due_on(1))
    assert living.states == ["failed", "scheduled"]
    assert keeper.mails().count("charge_needs_you") == 1
    living.change(method_id=keeper.save("5555555555554444"))
    living.live(6)
    assert living.states == ["paid", "scheduled"]
    assert keeper.charged_cents() == 3_000


def test_a_bank_that_asks_brings_the_patient_back(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save(BANK_ASKS))
    living.reach(living.due_on(1))
    assert living.states == ["failed", "scheduled"]
    assert "charge_needs_you" in living.keeper.mails()
    living.live(7)
    assert living.state == PlanState.PAST_DUE
    assert len(living.keeper.payments()) == 1


def test_a_debit_is_on_its_way_for_days_and_is_missed_by_nobody_meanwhile(living: Living) -> None:
    living.agree(count=2, first_in=20, method_id=living.keeper.save_account())
    living.reach(living.due_on(1))
    assert living.states == ["processing", "scheduled"]
    living.keeper.pass_days(7)
    living.work()
    assert (living.states[0], living.state) == ("processing", PlanState.ACTIVE)
    living.keeper.payer.sweep(everything=True)
    assert living.keep_paid().changed == 1
    assert living.states == ["paid", "scheduled"]


def test_ten_days_without_a_worker_charge_nothing_twice_and_nothing_unannounced(
    living: Living,
) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=5))
    living.keeper.pass_days(15)
    living.work()
    assert living.keeper.charged_cents() == 0
    living.live(7)
    assert living.keeper.charged_cents() == living.keeper.posted_cents() == 3_000
    assert (living.states, living.state) == (["paid", "scheduled"], PlanState.ACTIVE)


def charge_and_keep(living: Living) -> None:
    living.keeper.charge()
    living.keep()


@pytest.mark.parametrize("steps", [2, 3, 4, 5, 6, 8])
def test_killed_between_steps_it_comes_to_the_same(living: Living, steps: int) -> None:
    living.agree(count=1, first_in=10, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=1))
    living.keeper.pass_days(1)
    payer = living.keeper.payer
    whole = payer.database
    payer.database = DyingDatabase(whole, dies_in=steps)
    with pytest.raises(DiedError):
        charge_and_keep(living)
    payer.database = whole
    living.keeper.payer.sweep(everything=True)
    living.work()
    assert living.keeper.charged_cents() == living.keeper.posted_cents() == 6_000
    assert living.state == PlanState.COMPLETED


def test_the_day_is_that_of_the_practice_wherever_it_is(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=1))
    living.move_practice_to("Pacific/Kiritimati")  # noon on the coast is tomorrow morning there
    living.work()
    assert living.states == ["paid", "scheduled"]


def expire_at(living: Living, *, years: int) -> None:
    """At Stripe the only card kept runs out in so many years; in none it is declined for good."""
    keeper = living.keeper
    (method,) = keeper.methods()
    ends = f"card[exp_month]={keeper.today.month}&card[exp_year]={keeper.today.year + years}"
    keeper.wire.api("POST", f"/v1/payment_methods/{method.payment_method_id}", ends)


def test_one_that_failed_takes_the_money_of_the_next_and_that_one_is_charged_for_its_rest(
    living: Living,
) -> None:
    keeper = living.keeper
    living.agree(count=3, first_in=40, method_id=keeper.save())
    expire_at(living, years=0)
    living.reach(living.due_on(1))
    assert living.states == ["failed", "scheduled", "scheduled"]
    expire_at(living, years=5)
    living.reach(living.due_on(2))
    assert living.states[0] == "paid"
    living.live(7)
    assert living.states == ["paid", "paid", "scheduled"]
    living.reach(living.due_on(3))
    assert keeper.charged_cents() == keeper.posted_cents() == 6_000
    assert living.state == PlanState.COMPLETED
    assert len(living.plan.misses) == 1
    assert keeper.payer.read(lambda session: list(checks(session))) == []
    tried_on = keeper.payer.read(
        lambda session: session.scalars(
            select(ScheduledTry.tried_on).where(ScheduledTry.practice_id == practice_of(session))
        ).all()
    )
    assert len(tried_on) == len(set(tried_on))


@pytest.mark.parametrize("first_in", [1, 3])
def test_nobody_is_late_while_the_notice_of_a_charge_runs(living: Living, first_in: int) -> None:
    living.agree(count=2, first_in=first_in, method_id=living.keeper.save_account())
    living.live(10)
    assert (living.states[0], living.state) == ("due", PlanState.ACTIVE)
    living.work()
    assert living.states[0] == "processing"
    living.keeper.pass_days(7)
    living.keeper.payer.sweep(everything=True)
    living.work()
    assert living.states[0] == "paid"
    assert living.plan.misses == []
    assert living.mails() == []


def test_no_plan_ends_while_the_notice_of_a_charge_runs(living: Living) -> None:
    keeper = living.keeper
    living.agree(count=4, first_in=10)
    while living.plan.cure_until is None:
        living.live(5)
    while (living.plan.cure_until - keeper.today).days > 4:
        living.live(1)
    living.change(method_id=keeper.save_account())
    living.has_autopay = True
    living.live(20)
    keeper.payer.sweep(everything=True)
    living.work()
    assert living.state in (PlanState.ACTIVE, PlanState.PAST_DUE)
    assert keeper.posted_cents() > 0


def test_a_pause_stops_charges_from_the_moment_it_is_put_on(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=1))
    living.change(paused_reason="hardship")  # and nobody has looked at the plan since
    living.keeper.pass_days(1)
    living.keeper.charge()
    assert living.keeper.charged_cents() == 0


def test_a_plan_that_cannot_be_read_keeps_no_other_waiting(living: Living) -> None:
    keeper = living.keeper
    method_id = keeper.save()
    living.agree(method_id=method_id)
    spoiled = living.plan_id
    newer = keeper.payer.owing.newer
    living.agree(method_id=method_id, lines={newer.target: newer.cents})
    good, living.plan_id = living.plan_id, spoiled
    living.change(version=99)
    living.plan_id = good
    living.reach(living.due_on(1))
    assert living.states[0] == "paid"


def test_a_plan_goes_on_with_the_same_card_saved_again(living: Living) -> None:
    keeper = living.keeper
    first = keeper.save()
    living.agree(count=2, method_id=first)
    second = keeper.save()
    assert second != first
    on_file = keeper.payer.read(
        lambda session: methods_on_file(
            session, keeper.guarantor_id, language="en", today=keeper.today
        )
    )
    found = method_of(on_file, living.plan.method_id)
    assert found is not None
    assert found.method_id == second
    living.reach(living.due_on(1))
    assert keeper.charged_cents() == 3_000


def test_who_cannot_be_told_of_a_charge_is_called_by_staff(living: Living) -> None:
    keeper = living.keeper
    living.agree(count=2, method_id=keeper.save())
    keeper.mail_is = MessageState.BOUNCED
    living.reach(living.due_on(1))
    assert keeper.payer.task_kinds() == ["charge_not_announced"]
    assert living.keeper.charged_cents() == 0
