"""What insurance, discounts, returns and disputes make of a plan: a version, told, never silent."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.db import new_id, practice_of
from portal.domain.journal import (
    NOWHERE,
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
)
from portal.domain.plans.change import Changed, Position
from portal.domain.plans.changes import pay_ahead
from portal.domain.plans.policy import Overpayment, PlanPolicy
from portal.domain.plans.states import PlanState
from portal.ledger.credit_moves import move_credit
from portal.ledger.journal import post
from portal.ledger.models import Allocation
from portal.ledger.plan_cover import shares_beside_plans
from portal.ledger.plan_standing import standing_plans
from portal.payments.disputes.service import take_in_disputes
from portal.payments.scheduled.checks import checks as checks_of_charges
from portal.plans.checks import checks
from portal.plans.keeping.service import AWAITING
from portal.plans.moves import lock_plan
from portal.plans.store import write_version
from portal.practice.import_lock import announce_import
from portal.practice.models import Hold
from tests.payments.owing import change_debt, make_owing
from tests.payments.settling import Settling
from tests.plans.living import Living
from tests.plans.planning import Planner
from tests.plans.standing_plans import make_plan


def pay(living: Living, cents: int) -> None:
    Planner(living.keeper.payer, living.plan_id).pay(cents)


def asked_beside(living: Living) -> int:
    """What a statement may ask for; 70.00 are not on the plan."""
    keeper = living.keeper
    shares = keeper.payer.read(lambda session: shares_beside_plans(session, keeper.guarantor_id))
    return sum(share.open_cents for share in shares) - 7_000


def decide(living: Living, cents: int) -> None:
    """Insurance, decided anew, asks so much more of Ana; below zero it is less."""
    payer = living.keeper.payer
    change_debt(
        payer.database, payer.owing, payer.owing.older.target, cents=cents, why=str(new_id())
    )


def release(living: Living, cents: int) -> None:
    """What was paid and is owed no more is a credit, as the import of a decision posts it."""
    payer = living.keeper.payer
    target = payer.owing.older.target
    entry = JournalEntry(
        business_event=BusinessEvent.CREDIT_RELEASED,
        source_key=str(new_id()),
        effective_on=living.keeper.today,
        guarantor_id=payer.owing.guarantor_id,
        postings=(
            Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, target),
            Posting(LedgerAccount.UNAPPLIED_CREDIT, -cents),
        ),
    )
    with payer.database.transaction(payer.job) as session:
        entry_id = post(session, entry, now=payer.now)
        move_credit(session.connection(), practice_of(session), entry, entry_id)


def is_sound(living: Living) -> bool:
    return living.keeper.payer.read(lambda session: list(checks(session))) == []


def test_a_smaller_share_shortens_the_plan_from_its_end_and_is_told(living: Living) -> None:
    living.agree(count=3)
    living.keep()
    decide(living, -2_500)
    assert living.keep().changed == 1
    assert living.installments == [("scheduled", 2_000), ("scheduled", 1_500)]
    assert (living.plan.principal_cents, living.money.left_cents) == (3_500, 3_500)
    assert living.changes() == ["offered", "corrected"]
    assert living.mails() == ["plan_changed"]
    assert "2500 cents less are owed" in " ".join(living.details())
    assert living.history(3) == ["superseded"]
    assert living.keep().changed == 0
    assert is_sound(living)


def test_what_was_paid_and_is_owed_no_more_is_a_credit_and_said(living: Living) -> None:
    living.agree(count=3)
    pay(living, 4_000)
    living.keep()
    decide(living, -3_500)
    release(living, 1_500)
    living.keep()
    assert living.state == PlanState.COMPLETED
    assert living.plan.principal_cents == 2_500
    assert living.money.paid_cents == 2_500
    assert "1500 of them were paid: a credit" in " ".join(living.details())
    assert {"plan_changed", "plan_done"} <= set(living.mails())
    assert is_sound(living)


def test_a_credit_that_pays_again_later_is_no_charge_of_the_plan(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.live(60)
    assert living.state == PlanState.COMPLETED
    decide(living, -2_000)
    put(living, BusinessEvent.CREDIT_RELEASED, 2_000)
    living.keep()
    decide(living, 2_000)
    put(living, BusinessEvent.CREDIT_APPLIED, -2_000)
    assert living.keeper.payer.read(lambda session: list(checks_of_charges(session))) == []
    put(living, BusinessEvent.PAYMENT_SETTLED, -2_100)  # as another charge of it would
    found = living.keeper.payer.read(
        lambda session: {one.check for one in checks_of_charges(session)}
    )
    assert "installment_twice" in found


def put(living: Living, event: BusinessEvent, cents: int) -> None:
    """A part of the newest charge leaves its line for the credit, or comes back to it."""
    payer = living.keeper.payer
    target, guarantor_id = payer.owing.older.target, payer.owing.guarantor_id
    legs = (
        Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, target),
        Posting(LedgerAccount.UNAPPLIED_CREDIT, -cents),
    )
    entry = JournalEntry(event, str(new_id()), living.keeper.today, guarantor_id, legs)
    charge = living.keeper.payments()[-1]
    with payer.database.transaction(payer.job) as session:
        entry_id = post(session, entry, now=payer.now)
        for on, part in ((target, -cents), (NOWHERE, cents)):
            session.execute(
                insert(Allocation).values(
                    practice_id=practice_of(session),
                    allocation_id=new_id(),
                    guarantor_id=guarantor_id,
                    payment_id=charge.payment_id,
                    entry_id=entry_id,
                    claim_id=on.claim_id,
                    charge_id=on.charge_id,
                    amount_cents=part,
                )
            )


def test_nothing_is_owed_any_more_and_the_plan_is_over(living: Living) -> None:
    living.agree(count=3, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=5))
    decide(living, -6_000)
    living.live(7)
    assert (living.state, living.installments) == (PlanState.COMPLETED, [])
    assert living.keeper.charged_cents() == 0
    assert is_sound(living)


def test_a_larger_share_is_not_on_the_plan_and_a_statement_asks_for_it(living: Living) -> None:
    living.agree(count=3)
    living.keep()
    decide(living, 1_000)
    living.keep()
    assert living.changes() == ["offered"]
    assert living.money.left_cents == 6_000
    assert asked_beside(living) == 1_000
    assert "1000 cents more than before: not on the plan" in living.details()
    assert living.mails() == []
    assert is_sound(living)


def test_smaller_and_then_larger_again_the_plan_stays_as_short(living: Living) -> None:
    living.agree(count=3)
    living.keep()
    decide(living, -2_000)
    living.keep()
    decide(living, 2_000)
    living.keep()
    assert living.money.left_cents == living.plan.principal_cents == 4_000
    assert asked_beside(living) == 2_000
    assert living.changes() == ["offered", "corrected"]
    assert is_sound(living)


@pytest.mark.parametrize("open_cents", [0, 2_500])
def test_while_a_decision_is_awaited_nothing_is_shortened_and_no_more_taken_than_is_open(
    living: Living, open_cents: int
) -> None:
    living.agree(count=3, method_id=living.keeper.save())
    living.reach(living.due_on(1) - timedelta(days=6))
    decide(living, open_cents - 6_000)
    hold_visit(living)
    living.reach(living.due_on(2) + timedelta(days=7))
    assert living.keeper.charged_cents() == open_cents
    assert living.changes() == ["offered"]
    assert living.state == PlanState.PAUSED  # once all that is open was paid
    assert AWAITING in living.details()
    assert not set(living.states) & {"missed", "superseded"}
    let_go(living)
    decide(living, 6_000 - open_cents)
    living.keep()
    assert living.state == PlanState.ACTIVE
    assert living.money.left_cents == 6_000 - open_cents
    assert is_sound(living)


def test_a_decision_that_is_awaited_no_more_shortens_it(living: Living) -> None:
    living.agree(count=3)
    decide(living, -3_000)
    hold_visit(living)
    assert living.keep().changed == 0
    let_go(living)
    living.keep()
    assert living.changes() == ["offered", "corrected"]
    assert living.money.left_cents == 3_000


def hold_visit(living: Living) -> None:
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                claim_id=older(living).claim_id,
                kind="awaiting_correction",
                reason="a test",
                placed_at=living.keeper.now,
                placed_by="test",
            )
        )


def let_go(living: Living) -> None:
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == practice_of(session))
            .values(released_at=living.keeper.now, released_by="test")
        )


def older(living: Living) -> Target:
    return living.keeper.payer.owing.older.target


@pytest.fixture
def settling(living: Living, gateway: StripeGateway) -> Settling:
    """What becomes of Ana's payments at Stripe."""
    keeper = living.keeper
    records = StripeSettlementRecords(gateway.connection)
    return Settling(keeper.payer, keeper.wire, records, None)  # type: ignore[arg-type]  # no event arrives here


def take_back(living: Living, settling: Settling) -> None:
    """The bank of her newest debit takes it back, and we read so."""
    keeper = living.keeper
    settling.return_debit(keeper.payments()[-1].payment_id)
    take_in_disputes(keeper.payer.database, settling.records, keeper.practice_id, now=keeper.now)


def settle_debit(living: Living) -> None:
    living.keeper.pass_days(8)
    living.keeper.payer.sweep(everything=True)
    living.keep()


def test_a_debit_that_comes_back_opens_its_installment_again(
    living: Living, settling: Settling
) -> None:
    living.agree(count=2, first_in=20, method_id=living.keeper.save_account())
    living.reach(living.due_on(1))
    settle_debit(living)
    assert living.states == ["paid", "scheduled"]
    take_back(living, settling)
    living.keep()
    assert (living.states, living.state) == (["due", "scheduled"], PlanState.ACTIVE)
    assert living.plan.grace_from == living.keeper.today
    assert "3000 cents that were paid came back" in living.details()
    living.live(8)
    assert living.state == PlanState.PAST_DUE
    assert len(living.keeper.payments()) == 1  # a mandate that failed is charged no more
    assert is_sound(living)


def test_a_debit_that_comes_back_after_the_last_one_opens_the_plan_again(
    living: Living, settling: Settling
) -> None:
    living.agree(count=1, first_in=20, method_id=living.keeper.save_account())
    living.reach(living.due_on(1))
    settle_debit(living)
    assert living.state == PlanState.COMPLETED
    assert asked_beside(living) == 0
    take_back(living, settling)
    living.keep()
    assert (living.state, living.states) == (PlanState.ACTIVE, ["due"])
    assert living.money.is_standing
    assert living.money.left_cents == 6_000
    assert living.plan.ended_at is None
    assert asked_beside(living) == 0
    assert living.mails()[-1] == "plan_changed"
    pay(living, 6_000)
    living.keep()
    assert living.state == PlanState.COMPLETED
    assert is_sound(living)


def test_what_was_paid_ahead_and_comes_back_stands_at_the_end_again(
    living: Living, settling: Settling
) -> None:
    living.agree(count=3, first_in=40)
    planner = Planner(living.keeper.payer, living.plan_id)
    pay_ahead_by_debit(living, planner, 3_000)
    settle_debit(living)
    assert [cents for _, cents in living.installments] == [3_000, 2_000, 1_000]
    assert living.states == ["paid", "scheduled", "scheduled"]
    take_back(living, settling)
    living.keep()
    assert living.changes() == ["offered", "paid_ahead", "payment_came_back"]
    assert living.money.left_cents == 6_000
    assert sorted(cents for _, cents in living.installments) == [2_000, 2_000, 2_000]
    assert living.keep().changed == 0
    assert is_sound(living)


def pay_ahead_by_debit(living: Living, planner: Planner, cents: int) -> None:
    """More than is due, to finish sooner."""
    payer, loaded = living.keeper.payer, living.loaded
    position = Position(version=loaded.version, paid_cents=0)
    shorter = pay_ahead(
        position, cents, how=Overpayment.SHORTEN, policy=PlanPolicy(), today=living.keeper.today
    )
    assert isinstance(shorter, Changed)
    with payer.database.transaction(payer.job) as session:
        plan = lock_plan(session, living.plan_id)
        write_version(
            session, plan, shorter.version, change=shorter.kind.value, now=payer.now, covers=[]
        )
    planner.debit(cents, account="000123456789")


def test_while_an_import_runs_nothing_is_taken_for_the_whole_of_a_decision(
    living: Living,
) -> None:
    living.agree(count=3)
    living.keep()
    decide(living, -2_500)
    payer = living.keeper.payer
    with payer.database.transaction(payer.job) as importing:
        announce_import(importing.connection(), living.keeper.practice_id)
        assert living.keep().changed == 0
    assert living.changes() == ["offered"]
    assert living.keep().changed == 1
    assert living.changes() == ["offered", "corrected"]


def test_a_card_payment_that_is_disputed_pauses_the_plan_and_lost_it_is_owed_again(
    living: Living, settling: Settling
) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    living.reach(living.due_on(1))
    keeper = living.keeper
    settling.dispute(keeper.payments()[0].payment_id)
    take_in_disputes(keeper.payer.database, settling.records, keeper.practice_id, now=keeper.now)
    living.work()
    assert living.state == PlanState.PAUSED
    living.reach(living.due_on(2) + timedelta(days=10))
    assert keeper.charged_cents() == 3_000
    settling.decide_one("lost")
    take_in_disputes(keeper.payer.database, settling.records, keeper.practice_id, now=keeper.now)
    living.keep()
    assert living.state == PlanState.ACTIVE
    assert living.money.left_cents == 6_000
    assert min(living.due_on(1), living.due_on(2)) > keeper.today
    assert is_sound(living)


def test_a_visit_that_became_another_persons_can_be_on_a_plan_of_theirs(living: Living) -> None:
    """On the plan of whoever owed it before, its line stands with nothing."""
    owing = living.keeper.payer.owing
    living.agree(lines={one.target: one.cents for one in (owing.older, owing.newer)})
    decide(living, -6_000)
    living.keep()
    assert living.money.principal_cents == 4_000
    database, practice_id = living.keeper.payer.database, owing.practice_id
    ben = make_owing(database, practice_id, account_number="A-2", number="10483")
    plan_id = make_plan(database, practice_id, ben.guarantor_id, {owing.older.target: 6_000})
    assert (
        living.keeper.payer.read(
            lambda session: standing_plans(session, ben.guarantor_id)[0].plan_id
        )
        == plan_id
    )


def test_who_paid_on_time_is_not_late_because_insurance_made_a_credit_of_it(
    living: Living,
) -> None:
    """50.00 of 100.00 were paid on their day; then the visit they paid is owed no more.

    The credit pays the 40.00 that are left.
    """
    owing = living.keeper.payer.owing
    living.agree(count=2, lines={one.target: one.cents for one in (owing.older, owing.newer)})
    living.reach(living.due_on(1))
    pay(living, 5_000)
    living.keep()
    assert living.states == ["paid", "scheduled"]
    decide(living, -6_000)
    release(living, 5_000)
    living.keep()
    assert living.installments == [("paid", 4_000)]
    living.live(8)
    assert (living.state, living.plan.misses) == (PlanState.COMPLETED, [])
    assert "plan_past_due" not in living.mails()
    assert is_sound(living)


def test_what_is_paid_on_a_plan_pays_what_it_covers_before_what_a_line_asks_beside_it(
    living: Living,
) -> None:
    owing = living.keeper.payer.owing
    lines = {owing.older.target: owing.older.cents, owing.newer.target: owing.newer.cents}
    living.agree(count=4, lines=lines)
    decide(living, 1_000)
    pay(living, 6_500)
    living.keep()
    left = {line.target: line.left_cents for line in living.loaded.cover.lines}
    assert left == {owing.older.target: 0, owing.newer.target: 3_500}
    assert living.loaded.progress.left_cents == living.loaded.cover.left_cents == 3_500
    assert asked_beside(living) + 7_000 == 1_000 + owing.unbilled.cents
    pay(living, 3_500)
    living.keep()
    assert living.state == PlanState.COMPLETED
    assert is_sound(living)


def test_older_money_that_goes_back_leaves_what_was_paid_on_the_plan(living: Living) -> None:
    """Paid before the plan, and given back during it: a statement asks for that, the plan not."""
    older = living.keeper.payer.owing.older.target
    received(living, 2_000, BusinessEvent.PAYMENT_SETTLED)
    living.agree(lines={older: 4_000})
    received(living, -2_000, BusinessEvent.REFUND_PAID)
    pay(living, 1_000)
    living.keep()
    assert (living.money.paid_cents, living.money.left_cents) == (1_000, 3_000)
    assert asked_beside(living) == 2_000
    pay(living, 3_000)
    living.keep()
    assert living.state == PlanState.COMPLETED
    assert asked_beside(living) == 2_000
    assert is_sound(living)


def received(living: Living, cents: int, event: BusinessEvent) -> None:
    """Other money for the older visit; below zero it goes back."""
    payer = living.keeper.payer
    legs = (
        Posting(LedgerAccount.PATIENT_RECEIVABLE, -cents, payer.owing.older.target),
        Posting(LedgerAccount.CARD_CLEARING, cents),
    )
    entry = JournalEntry(event, str(new_id()), living.keeper.today, payer.owing.guarantor_id, legs)
    with payer.database.transaction(payer.job) as session:
        post(session, entry, now=payer.now)
