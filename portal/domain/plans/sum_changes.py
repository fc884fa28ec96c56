"""What changes the sum of a plan, or of what was paid on it: a new bill, a correction, a return."""

from dataclasses import replace
from datetime import date
from enum import StrEnum

from portal.domain.plans.change import (
    Changed,
    ChangeKind,
    Position,
    changed,
    less_from_the_end,
    spread,
)
from portal.domain.plans.offers import Ground, schedule_refused
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import Installment, InstallmentKind, counted
from portal.domain.plans.state_pack import StatePack


class Addition(StrEnum):
    """How a new bill joins a plan."""

    LONGER = "longer"  # about the same amount, more often
    HIGHER = "higher"  # as often, a larger amount


def add_balance(
    position: Position,
    cents: int,
    *,
    how: Addition,
    policy: PlanPolicy,
    pack: StatePack,
    today: date,
    monthly_income_cents: int | None = None,
) -> Changed | Refusal:
    """A new bill into a plan that runs, on a rhythm that stays; of no effect before it is agreed.

    What is still to come may be as long, and as heavy a month, as that of a new plan.
    """
    if cents <= 0:
        return Refusal(RefusalCode.NOT_POSITIVE)
    movable = position.movable(today)
    total = sum(row.left_cents for row in movable) + cents
    if total > policy.max_balance_cents:
        return Refusal(RefusalCode.BALANCE_TOO_LARGE, cents=policy.max_balance_cents)
    count = max(len(movable), 1)
    if how is Addition.LONGER:
        count = max(count, _parts_for(total, position, policy))
    most = max(policy.most_installments(total), len(movable), 1)
    if count > most:
        return Refusal(RefusalCode.TOO_MANY_INSTALLMENTS, count=most, cents=-(-total // most))
    result = changed(
        position,
        spread(position, total, count=count, today=today),
        kind=ChangeKind.BALANCE_ADDED,
    )
    ground = Ground(
        balance_cents=total,
        policy=policy,
        pack=pack,
        today=today,
        monthly_income_cents=monthly_income_cents,
    )
    return schedule_refused(_to_come(result, today), ground) or result


def correct_principal(
    position: Position, principal_cents: int, *, released_cents: int = 0
) -> Changed | Refusal:
    """Less is owed: the last installments fall away, then what was waived, then what was paid.

    What was paid and is owed no more is ``excess_cents``. ``released_cents`` were paid until now
    and are a credit already: the installments they had paid ask for that much less, and stay paid.
    More is a bill to be added.
    """
    by = position.version.principal_cents - principal_cents
    if not by:
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    if by < 0:
        return Refusal(RefusalCode.PRINCIPAL_GROWS)
    rows = position.progress.rows
    first = _less_from_the_start(position, min(by, released_cents))
    charged_last = sorted(
        (replace(row, left_cents=first[row.installment.number]) for row in rows),
        key=lambda row: row.installment.number not in position.charging,
    )
    given_cents = sum(row.left_cents for row in rows) - sum(first.values())
    left = less_from_the_end(charged_last, by - given_cents)
    by -= sum(row.left_cents for row in rows) - sum(left.values())
    kept: list[Installment] = []
    waived_back = 0
    for row in reversed(rows):
        one = row.installment
        waived = min(by, one.waived_cents)
        paid = min(by - waived, row.paid_cents)
        by -= waived + paid
        waived_back += waived
        kept.append(
            replace(
                one,
                cents=left[one.number] + row.paid_cents - paid + one.waived_cents - waived,
                waived_cents=one.waived_cents - waived,
            )
        )
    result = changed(position, kept, kind=ChangeKind.CORRECTED)
    return replace(result, waived_back_cents=waived_back)


def _less_from_the_start(position: Position, cents: int) -> dict[int, int]:
    """What is left of each row when the oldest that are open give up ``cents`` first."""
    left = {row.installment.number: row.left_cents for row in position.progress.rows}
    for row in position.untouched():
        part = min(cents, row.left_cents)
        left[row.installment.number] -= part
        cents -= part
    return left


def payment_came_back(position: Position, returned_cents: int, *, today: date) -> Changed | None:
    """Money that was paid ahead goes back to the end of the plan. ``position`` is the one after.

    None: nothing was paid ahead, or nothing is to come; the last installment paid is open again.
    """
    rows = list(position.version.installments)
    extras = [one for one in reversed(rows) if one.kind is InstallmentKind.EXTRA]
    back = 0
    for one in extras:
        part = min(returned_cents - back, one.asked_cents)
        rows[rows.index(one)] = replace(one, cents=one.cents - part)
        back += part
    without = replace(position, version=replace(position.version, installments=tuple(rows)))
    movable = without.movable(today)
    most = len(movable) + max(position.version.agreed_count - counted(rows), 0)
    if not back or not most:
        return None
    total = back + sum(row.left_cents for row in movable)
    usual = max(position.version.usual_cents, 1)
    count = min(-(-total // usual), most)
    return changed(
        position,
        spread(without, total, count=count, today=today),
        kind=ChangeKind.PAYMENT_CAME_BACK,
    )


def _parts_for(total: int, position: Position, policy: PlanPolicy) -> int:
    """As many as keep the amount, none smaller than an installment may be."""
    usual = max(position.version.usual_cents, policy.min_installment_cents)
    return max(min(-(-total // usual), total // policy.min_installment_cents), 1)


def _to_come(result: Changed, today: date) -> list[Installment]:
    return [one for one in result.version.installments if one.due_on > today]
