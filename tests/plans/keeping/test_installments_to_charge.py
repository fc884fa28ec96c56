"""What plans hand to the charging machine: the right installments, amounts and lines, in bulk."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, update
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.plans.states import PlanState
from portal.ledger.models import PlanInstallment
from portal.payments.methods.on_file import kinds_of_methods
from portal.plans.keeping.installments import DueInstallment, installments_to_come
from tests.payments.owing import change_debt
from tests.plans.agreed_plans import agree_to_plan
from tests.plans.living import Living, due_of_installment
from tests.plans.planning import Planner


def to_come(living: Living, *, in_days: int = 0) -> list[DueInstallment]:
    """Those to be announced by that day."""
    today = living.keeper.today + timedelta(days=in_days)

    def ask(session: Session) -> list[DueInstallment]:
        found = installments_to_come(session, today=today, method_kinds=kinds_of_methods)
        return list(found)

    return living.keeper.payer.read(ask)


def due_cents(living: Living, number: int) -> int | None:
    installment_id = living.loaded.rows[number].installment_id
    due = living.keeper.payer.read(lambda session: due_of_installment(session, installment_id))
    return due.due_cents if due else None


def test_a_card_is_announced_five_days_before_and_a_bank_account_ten(living: Living) -> None:
    living.agree(count=2, first_in=15, method_id=living.keeper.save())
    assert [len(to_come(living, in_days=days)) for days in (9, 10, 15)] == [0, 1, 1]
    (one,) = to_come(living, in_days=10)
    assert (one.due_cents, one.notice_days, one.due_on) == (3_000, 5, living.due_on(1))
    assert [(line.claim_id, line.open_cents) for line in one.lines] == [
        (living.keeper.payer.owing.older.target.claim_id, 6_000)
    ]
    living.change(method_id=living.keeper.save_account())
    assert [len(to_come(living, in_days=days)) for days in (4, 5)] == [0, 1]


def test_only_what_was_agreed_to_and_neither_rests_nor_is_paid_by_hand_is_charged(
    living: Living,
) -> None:
    method_id = living.keeper.save()
    living.agree(count=2, method_id=method_id)
    for values in (
        {"method_id": None},
        {"consent_id": None},
        {"state": PlanState.PAUSED.value},
        {"state": PlanState.CANCELLED_BY_PATIENT.value},
        {"state": PlanState.DEFAULTED.value},
    ):
        plan = living.plan
        living.change(**values)
        assert to_come(living, in_days=20) == []
        assert due_cents(living, 1) is None
        living.change(method_id=method_id, consent_id=plan.consent_id, state="active")
    assert len(to_come(living, in_days=20)) == 1


def test_what_is_paid_by_hand_or_on_its_way_is_not_charged_again(living: Living) -> None:
    living.agree(count=2, method_id=living.keeper.save())
    planner = Planner(living.keeper.payer, living.plan_id)
    planner.pay(1_000)
    assert (due_cents(living, 1), due_cents(living, 2)) == (2_000, 3_000)
    planner.debit(2_500, account="000123456789")
    assert (due_cents(living, 1), due_cents(living, 2)) == (None, 2_500)


def test_no_more_is_charged_than_the_lines_still_ask_for(living: Living) -> None:
    payer = living.keeper.payer
    living.agree(count=2, method_id=living.keeper.save())
    change_debt(payer.database, payer.owing, payer.owing.older.target, cents=-2_000, why="less")
    assert (due_cents(living, 1), due_cents(living, 2)) == (3_000, 1_000)
    change_debt(payer.database, payer.owing, payer.owing.older.target, cents=-2_000, why="still")
    assert (due_cents(living, 1), due_cents(living, 2)) == (2_000, None)


def test_an_installment_that_nobody_knows_is_not_due(living: Living) -> None:
    assert living.keeper.payer.read(lambda session: due_of_installment(session, new_id())) is None


def test_a_moved_day_is_reminded_of_again(living: Living) -> None:
    living.agree(count=2)
    living.reach(living.due_on(1) - timedelta(days=4))
    assert living.mails() == ["plan_due_soon"]
    with living.keeper.payer.database.transaction(living.keeper.payer.job) as session:
        session.execute(
            update(PlanInstallment)
            .where(PlanInstallment.practice_id == practice_of(session), PlanInstallment.number == 1)
            .values(due_on=living.due_on(1) + timedelta(days=8))
        )
    assert living.keep().reminded == 0
    living.keeper.pass_days(7)
    assert living.keep().reminded == 1
    assert living.keep().reminded == 0


def test_more_plans_are_read_in_as_many_statements(living: Living) -> None:
    keeper = living.keeper
    method_id = keeper.save()
    living.agree(count=2, method_id=method_id)
    with counted(living) as of_one:
        assert len(to_come(living, in_days=20)) == 1
    for owed in (keeper.payer.owing.newer, keeper.payer.owing.unbilled):
        agree_to_plan(
            keeper.payer.database,
            keeper.practice_id,
            keeper.guarantor_id,
            {owed.target: owed.cents},
            count=2,
            first_on=keeper.today + timedelta(days=15),
            today=keeper.today,
            now=keeper.now,
            method_id=method_id,
        )
    with counted(living) as of_three:
        assert len(to_come(living, in_days=20)) == 3
    assert len(of_one) == len(of_three)


@contextmanager
def counted(living: Living) -> Iterator[list[str]]:
    """Every statement while it lasts."""
    statements: list[str] = []
    engine = living.keeper.payer.database.engine

    def add(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", add)
    yield statements
    event.remove(engine, "before_cursor_execute", add)
