"""Money paid on a plan that a correction made a credit of: it pays the plan, nobody is chased."""

from sqlalchemy import update

from portal.db import new_id, practice_of
from portal.demo.simulation.plan_credit_law import late_for_what_we_hold
from portal.domain.journal import (
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
)
from portal.domain.payment_status import PaymentState
from portal.domain.plans.states import PlanState
from portal.ledger.checks import checks as ledger_checks
from portal.ledger.journal import post
from portal.ledger.models import Allocation
from portal.ledger.queries import unapplied_credit_cents
from portal.payments.scheduled.checks import checks as checks_of_charges
from portal.plans.checks import checks
from portal.practice.models import Hold
from tests.payments.owing import change_debt
from tests.plans.living import Living
from tests.plans.planning import Planner


def agree_over_two_visits(living: Living, *, has_autopay: bool = False) -> None:
    """60.00 and 40.00, in two payments of 50.00."""
    owing = living.keeper.payer.owing
    method_id = living.keeper.save() if has_autopay else None
    lines = {one.target: one.cents for one in (owing.older, owing.newer)}
    living.agree(count=2, lines=lines, method_id=method_id)


def insurance_takes_off(living: Living, cents: int) -> None:
    """Of the older visit, as a decision."""
    payer = living.keeper.payer
    target = payer.owing.older.target
    change_debt(payer.database, payer.owing, target, cents=-cents, why=str(new_id()))


def becomes_credit(
    living: Living, cents: int, event: BusinessEvent = BusinessEvent.CREDIT_RELEASED
) -> None:
    """So much of the newest payment, from the older visit."""
    payer = living.keeper.payer
    target = payer.owing.older.target
    legs = (
        Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, target),
        Posting(LedgerAccount.UNAPPLIED_CREDIT, -cents),
    )
    entry = JournalEntry(event, str(new_id()), living.keeper.today, payer.owing.guarantor_id, legs)
    paid = living.keeper.payments()[-1]
    with payer.database.transaction(payer.job) as session:
        entry_id = post(session, entry, now=payer.now)
        for claim_id, charge_id, part in (
            (target.claim_id, target.charge_id, -cents),
            (None, None, cents),
        ):
            session.add(
                Allocation(
                    practice_id=practice_of(session),
                    allocation_id=new_id(),
                    guarantor_id=payer.owing.guarantor_id,
                    payment_id=paid.payment_id,
                    entry_id=entry_id,
                    claim_id=claim_id,
                    charge_id=charge_id,
                    amount_cents=part,
                )
            )


def credit_cents(living: Living) -> int:
    guarantor_id = living.keeper.guarantor_id
    return living.keeper.payer.read(lambda session: unapplied_credit_cents(session, guarantor_id))


def is_sound(living: Living) -> bool:
    return living.keeper.payer.read(
        lambda session: (
            [
                *checks(session),
                *checks_of_charges(session),
                *ledger_checks(session),
            ]
            == []
        )
    )


def test_what_was_paid_on_a_plan_and_became_a_credit_pays_what_the_plan_asks_for_next(
    living: Living,
) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(5_000)
    living.keep()
    insurance_takes_off(living, 4_000)
    becomes_credit(living, 3_000)
    living.keep()
    assert (living.money.paid_cents, living.money.left_cents) == (5_000, 1_000)
    assert credit_cents(living) == 0
    assert "3000 cents of its credit pay it again" in living.details()
    assert living.mails().count("plan_changed") == 1
    assert living.keep().changed == 0
    assert is_sound(living)


def test_a_plan_is_done_when_its_credit_pays_all_that_is_left_and_the_rest_stays_a_credit(
    living: Living,
) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(5_000)
    living.keep()
    insurance_takes_off(living, 6_000)
    becomes_credit(living, 5_000)
    living.keep()
    assert living.state == PlanState.COMPLETED
    assert credit_cents(living) == 1_000
    assert is_sound(living)


def test_the_next_charge_takes_only_what_the_credit_leaves(living: Living) -> None:
    agree_over_two_visits(living, has_autopay=True)
    while not living.keeper.payments():
        living.live(1)
    insurance_takes_off(living, 3_000)
    becomes_credit(living, 2_000)
    living.live(60)
    taken = [
        one.amount_cents
        for one in living.keeper.payments()
        if one.state == PaymentState.SUCCEEDED.value
    ]
    assert sum(taken) == 7_000
    assert taken[0] == 5_000
    assert living.state == PlanState.COMPLETED
    assert "plan_past_due" not in living.mails()
    assert is_sound(living)


def test_nobody_is_late_for_money_that_we_hold_after_another_payment_came_back(
    living: Living,
) -> None:
    """The installment has its charge already: nothing more is taken of it by itself."""
    agree_over_two_visits(living)
    planner = Planner(living.keeper.payer, living.plan_id)
    planner.pay(5_000)
    living.keep()
    becomes_credit(living, 4_000, BusinessEvent.PAYMENT_SETTLED)  # it came where nothing was open
    living.reach(living.due_on(1))
    living.live(12)
    assert living.state == PlanState.ACTIVE
    assert "plan_past_due" not in living.mails()
    assert credit_cents(living) == 0


def test_what_staff_put_to_nothing_stays_with_them(living: Living) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(5_000)
    living.keep()
    becomes_credit(living, 2_000, BusinessEvent.PAYMENT_REALLOCATED)
    living.keep()
    assert credit_cents(living) == 2_000


def test_while_a_decision_is_awaited_credit_waits_for_it(living: Living) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(5_000)
    living.keep()
    hold_newer_visit(living)
    insurance_takes_off(living, 3_000)
    becomes_credit(living, 2_000)
    living.keep()
    assert credit_cents(living) == 2_000


def test_credit_that_is_free_again_pays_though_nothing_is_posted(living: Living) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(5_000)
    living.keep()
    hold_newer_visit(living)
    becomes_credit(living, 4_000, BusinessEvent.PAYMENT_SETTLED)
    living.keep()
    assert credit_cents(living) == 4_000
    end_holds(living)
    living.keep()
    assert credit_cents(living) == 0
    assert (living.state, living.money.paid_cents) == (PlanState.ACTIVE, 5_000)
    assert living.keep().changed == 0


def test_a_plan_that_is_open_again_is_paid_by_its_credit_at_once(living: Living) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(10_000)
    living.keep()
    becomes_credit(living, 4_000, BusinessEvent.PAYMENT_SETTLED)
    living.keep()
    assert living.state == PlanState.COMPLETED
    assert credit_cents(living) == 0
    assert "plan_past_due" not in living.mails()
    assert is_sound(living)


def end_holds(living: Living) -> None:
    payer = living.keeper.payer
    with payer.database.transaction(payer.job) as session:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == practice_of(session))
            .values(released_at=payer.now, released_by="test")
        )


def hold_newer_visit(living: Living) -> None:
    payer = living.keeper.payer
    with payer.database.transaction(payer.job) as session:
        session.add(
            Hold(
                practice_id=practice_of(session),
                hold_id=new_id(),
                claim_id=payer.owing.newer.target.claim_id,
                kind="awaiting_correction",
                reason="a test",
                placed_at=payer.now,
                placed_by="test",
            )
        )


def test_the_simulation_would_find_who_is_late_for_money_that_we_hold(living: Living) -> None:
    agree_over_two_visits(living)
    Planner(living.keeper.payer, living.plan_id).pay(2_000)
    living.reach(living.due_on(1))
    living.live(8)
    assert living.state == PlanState.PAST_DUE
    assert held_from(living) == []
    becomes_credit(living, 1_000)
    assert len(held_from(living)) == 1
    living.keep()
    assert held_from(living) == []


def held_from(living: Living) -> list[str]:
    return living.keeper.payer.read(lambda session: list(late_for_what_we_hold(session, unread=())))
