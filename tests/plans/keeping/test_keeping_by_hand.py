"""A plan paid by hand: reminded, late, missed, caught up, ended; and what holds do to it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from portal.db import new_id, practice_of
from portal.domain.plans.states import PlanState
from portal.ledger.plan_cover import shares_beside_plans
from portal.messages.service import MessageState
from portal.plans.telling import PLAN_ENDING_NOT_TOLD, PLAN_NOT_TOLD
from portal.practice.models import Guarantor, Hold, Task
from portal.practice.tasks import end_task
from tests.plans.agreed_plans import agree_to_plan
from tests.plans.living import Living
from tests.plans.planning import Planner


def pay(living: Living, cents: int) -> None:
    Planner(living.keeper.payer, living.plan_id).pay(cents)


def asked_beside(living: Living) -> int:
    """What a statement may ask for."""
    keeper = living.keeper
    shares = keeper.payer.read(lambda session: shares_beside_plans(session, keeper.guarantor_id))
    return sum(share.open_cents for share in shares)


def test_a_payment_to_come_is_reminded_of_once_and_counts_wherever_it_is_made(
    living: Living,
) -> None:
    living.agree(count=2)
    living.reach(living.due_on(1) - timedelta(days=6))
    assert living.mails() == []
    living.live(2)
    assert living.mails() == ["plan_due_soon"]
    pay(living, 3_000)
    living.reach(living.due_on(1))
    assert living.mails() == ["plan_due_soon"]
    assert living.states == ["paid", "scheduled"]
    living.reach(living.due_on(2))
    pay(living, 3_000)
    assert living.keep_paid().changed == 1
    assert living.state == PlanState.COMPLETED
    assert living.mails() == ["plan_due_soon", "plan_due_soon", "plan_done"]
    assert living.keeper.payments()[0].plan_id == living.plan_id


def test_late_is_told_after_the_days_of_grace_and_over_once_it_is_paid(living: Living) -> None:
    living.agree(count=3)
    living.reach(living.due_on(1) + timedelta(days=5))
    assert (living.states[0], living.state) == ("due", PlanState.ACTIVE)
    living.reach(living.due_on(1) + timedelta(days=6))
    assert (living.states[0], living.state) == ("missed", PlanState.PAST_DUE)
    late = living.plan
    assert late.past_due_since == living.due_on(1)
    pay(living, 500)
    living.keep()
    assert living.state == PlanState.PAST_DUE
    pay(living, 1_500)
    living.keep()
    assert (living.states[0], living.state) == ("paid", PlanState.ACTIVE)
    assert living.plan.past_due_since is None
    assert living.mails() == ["plan_due_soon", "plan_past_due"]


def test_after_two_misses_there_are_two_weeks_to_catch_up(living: Living) -> None:
    living.agree(count=4)
    living.reach(living.due_on(2) + timedelta(days=6))
    plan = living.plan
    assert plan.cure_until == living.keeper.today + timedelta(days=14)
    assert living.mails()[-1] == "plan_ending"
    living.reach(living.keeper.today + timedelta(days=14))
    assert living.state == PlanState.PAST_DUE
    pay(living, 3_000)
    living.keep()
    assert living.state == PlanState.ACTIVE
    assert living.plan.cure_until is None
    assert living.states == ["paid", "paid", "scheduled", "scheduled"]


def test_not_caught_up_it_ends_and_a_statement_asks_for_what_is_left(living: Living) -> None:
    living.agree(count=4)
    pay(living, 500)
    assert asked_beside(living) == 4_000 + 3_000
    living.reach(living.due_on(2) + timedelta(days=6))
    living.reach(living.keeper.today + timedelta(days=15))
    assert living.state == PlanState.DEFAULTED
    assert living.plan.end_reason == "defaulted"
    assert living.plan.ended_at == living.keeper.now
    assert living.mails()[-1] == "plan_ended"
    assert asked_beside(living) == 4_000 + 3_000 + 5_500
    assert living.work().changed == 0


def take_back_mail(living: Living) -> None:
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        session.execute(
            update(Guarantor)
            .where(Guarantor.practice_id == practice_of(session))
            .values(email_agreed_at=None)
        )


def finish_task(living: Living, kind: str) -> None:
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        end_task(session, kind=kind, subject_id=living.keeper.guarantor_id, now=living.keeper.now)


def words_of_task(living: Living, kind: str) -> str:
    return living.keeper.payer.read(
        lambda session: session.scalars(
            select(Task.message).where(
                Task.practice_id == practice_of(session),
                Task.kind == kind,
                Task.subject_id == living.keeper.guarantor_id,
            )
        ).one()
    )


def test_who_cannot_be_written_to_is_told_by_staff_in_one_task_and_no_plan_ends_before(
    living: Living,
) -> None:
    living.agree(count=4)
    take_back_mail(living)
    living.reach(living.due_on(1))
    living.reach(living.due_on(1) + timedelta(days=6))
    living.reach(living.due_on(2) + timedelta(days=6))
    assert living.mails() == []
    assert sorted(living.keeper.payer.task_kinds()) == [PLAN_ENDING_NOT_TOLD, PLAN_NOT_TOLD]
    number = living.plan.number
    assert words_of_task(living, PLAN_NOT_TOLD) == (
        f"Plan {number}: a payment is due soon. Plan {number}: a payment is late."
    )
    living.reach(living.keeper.today + timedelta(days=40))
    assert living.state == PlanState.PAST_DUE
    finish_task(living, PLAN_ENDING_NOT_TOLD)
    told_on = living.keeper.today
    living.live(1)
    assert living.plan.cure_until == told_on + timedelta(days=14)
    living.reach(told_on + timedelta(days=14))
    assert living.state == PlanState.PAST_DUE
    living.reach(told_on + timedelta(days=15))
    assert living.state == PlanState.DEFAULTED


@pytest.mark.parametrize("fate", [MessageState.BOUNCED, MessageState.NOT_SENT])
def test_no_plan_ends_while_the_mail_that_says_so_has_not_arrived(
    living: Living, fate: MessageState
) -> None:
    living.agree(count=4)
    living.reach(living.due_on(2) + timedelta(days=5))
    living.keeper.mail_is = fate
    living.live(20)
    assert living.state == PlanState.PAST_DUE
    is_told_by_staff = PLAN_ENDING_NOT_TOLD in living.keeper.payer.task_kinds()
    assert is_told_by_staff is (fate is MessageState.BOUNCED)
    living.keeper.mail_is = MessageState.SENT
    if is_told_by_staff:
        finish_task(living, PLAN_ENDING_NOT_TOLD)
    living.live(2)
    assert living.plan.cure_until is not None
    living.reach(living.plan.cure_until + timedelta(days=1))
    assert living.state == PlanState.DEFAULTED


def test_after_a_pause_they_are_told_again_and_have_the_days_that_were_left(
    living: Living,
) -> None:
    living.agree(count=4)
    living.reach(living.due_on(2) + timedelta(days=6))
    living.live(5)
    until = living.plan.cure_until
    assert until is not None
    left = (until - living.keeper.today).days
    hold(living, "assistance_pending")
    living.live(30)
    release(living)
    told = living.mails().count("plan_ending")
    living.live(2)
    assert living.state == PlanState.PAST_DUE
    assert living.mails().count("plan_ending") == told + 1
    assert PLAN_ENDING_NOT_TOLD not in living.keeper.payer.task_kinds()
    assert living.plan.cure_until is not None
    assert 0 <= (living.plan.cure_until - living.keeper.today).days - (left - 2) <= 1


def test_a_worker_that_was_down_for_weeks_ends_nothing_unannounced(living: Living) -> None:
    living.agree(count=4)
    living.keeper.pass_days(100)
    living.work()
    assert living.state == PlanState.PAST_DUE
    assert living.plan.cure_until == living.keeper.today + timedelta(days=14)
    assert living.mails() == ["plan_ending", "plan_due_soon"]


def hold(living: Living, kind: str) -> None:
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=living.keeper.guarantor_id,
                kind=kind,
                reason="a test",
                placed_at=living.keeper.now,
                placed_by="test",
            )
        )


def release(living: Living) -> None:
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == practice_of(session))
            .values(released_at=living.keeper.now, released_by="test")
        )


@pytest.mark.parametrize("kind", ["disputed", "assistance_pending", "bankruptcy"])
def test_while_a_hold_stands_nothing_falls_due_and_after_it_the_days_begin_again(
    living: Living, kind: str
) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=5))
    hold(living, kind)
    living.work()
    assert living.state == PlanState.PAUSED
    assert living.details()[-1] == ("account" if kind == "bankruptcy" else kind)
    living.keeper.pass_days(60)
    living.work()
    assert (living.states, living.state) == (["scheduled", "scheduled"], PlanState.PAUSED)
    release(living)
    living.work()
    assert living.state == PlanState.ACTIVE
    assert living.changes() == ["offered", "resumed"]
    assert living.due_on(1) > living.keeper.today
    assert living.mails() == ["plan_changed"]
    living.reach(living.due_on(1))
    assert living.keeper.charged_cents() == 3_000


def test_what_staff_pause_goes_on_by_itself_after_its_last_day(living: Living) -> None:
    living.agree(count=2)
    until = living.due_on(1) + timedelta(days=20)
    living.change(paused_reason="hardship", paused_until=until)
    living.keep()
    living.reach(until)
    assert living.state == PlanState.PAUSED
    living.keeper.pass_days(1)
    living.work()
    assert (living.state, living.plan.paused_reason) == (PlanState.ACTIVE, "")
    assert living.changes() == ["offered", "resumed"]


def test_two_plans_of_one_person_stand_each_for_itself(living: Living) -> None:
    keeper = living.keeper
    owing = keeper.payer.owing
    other_id = agree_to_plan(
        keeper.payer.database,
        keeper.practice_id,
        keeper.guarantor_id,
        {owing.newer.target: owing.newer.cents},
        count=2,
        first_on=keeper.today + timedelta(days=40),
        today=keeper.today,
        now=keeper.now,
    )
    living.agree(count=2)
    living.reach(living.due_on(1) + timedelta(days=6))
    assert living.state == PlanState.PAST_DUE
    assert asked_beside(living) == 3_000
    late_id, living.plan_id = living.plan_id, other_id
    assert (living.states, living.state) == (["scheduled", "scheduled"], PlanState.ACTIVE)
    pay(living, 4_000)
    living.keep()
    assert living.state == PlanState.COMPLETED
    living.plan_id = late_id
    assert living.state == PlanState.PAST_DUE


def test_one_plan_that_cannot_be_read_stops_no_other(living: Living) -> None:
    owing = living.keeper.payer.owing
    living.agree(count=2)
    living.keep()
    living.change(misses=["not a miss"])
    living.agree(count=2, lines={owing.newer.target: owing.newer.cents})
    living.keep()
    living.keeper.pass_days(16)
    counts = living.keep()
    assert (counts.failed, counts.changed) == (1, 1)
    assert living.states == ["due", "scheduled"]


def test_what_nobody_agreed_to_in_a_week_lapses(living: Living) -> None:
    living.agree(count=2)
    living.change(state="pending_consent", consent_id=None, consented_on=None)
    living.keeper.pass_days(7)
    assert living.keep().forgotten == 0
    living.keeper.pass_days(1)
    assert living.keep().forgotten == 1
    assert (living.state, living.plan.end_reason) == (PlanState.VOID, "lapsed")
