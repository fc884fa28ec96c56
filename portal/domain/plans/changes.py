"""What a patient changes alone: another day, one installment skipped, money paid ahead."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from portal.domain.plans.cadence import add_months
from portal.domain.plans.change import (
    Changed,
    ChangeKind,
    Position,
    at_the_end,
    changed,
    less_from_the_end,
    with_left,
)
from portal.domain.plans.policy import Overpayment, PlanPolicy
from portal.domain.plans.progress import InstallmentProgress
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import Installment, InstallmentKind, equal_parts

_YEAR = 12


def move_date(
    position: Position, number: int, *, to: date, policy: PlanPolicy, today: date
) -> Changed | Refusal:
    """One installment to another day, earlier or later; its neighbours stay."""
    row = _to_come(position, number, today)
    if isinstance(row, Refusal):
        return row
    refused = _day_refused(position, row.installment, to=to, policy=policy, today=today)
    if refused is not None:
        return refused
    agreed = row.installment.moved_from or row.installment.due_on
    moved = replace(row.installment, due_on=to, moved_from=None if to == agreed else agreed)
    rows = [moved if one.number == number else one for one in position.version.installments]
    return changed(position, rows, kind=ChangeKind.DATE_MOVED)


def skip(
    position: Position,
    number: int,
    *,
    policy: PlanPolicy,
    today: date,
    skipped_on: Collection[date],
) -> Changed | Refusal:
    """One installment to the end, under a new number. ``skipped_on``: days of earlier skips."""
    row = _to_come(position, number, today)
    if isinstance(row, Refusal):
        return row
    refused = _skip_refused(position, row, policy=policy, today=today) or used_up(
        skipped_on,
        policy.skips_per_year,
        today=today,
        code=RefusalCode.NO_MORE_SKIPS,
    )
    if refused is not None:
        return refused
    skipped = replace(row.installment, cents=0, kind=InstallmentKind.SKIPPED, moved_from=None)
    rows = [skipped if one.number == number else one for one in position.version.installments]
    rows += at_the_end(position.version, (row.left_cents,), today=today)
    return changed(position, rows, kind=ChangeKind.SKIPPED)


def pay_ahead(
    position: Position, cents: int, *, how: Overpayment, policy: PlanPolicy, today: date
) -> Changed | Refusal:
    """What a payment beyond what is due changes. ``position`` is the one before the payment.

    What is due by today takes its part first, then the extra money becomes a row of its own;
    ``excess_cents`` found no installment. NOTHING_TO_CHANGE: it only fills installments in order.
    """
    if cents <= 0:
        return Refusal(RefusalCode.NOT_POSITIVE)
    movable = position.movable(today)
    to_come = sum(row.left_cents for row in movable)
    extra = min(cents - position.progress.due_cents(today), to_come)
    if extra <= 0 or how is Overpayment.PREPAY_NEXT:
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    left = less_from_the_end(movable, extra)
    if how is Overpayment.LOWER and extra < to_come:
        parts = equal_parts(to_come - extra, len(movable))
        if parts[-1] < policy.min_installment_cents:
            return Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=policy.min_installment_cents)
        left = {row.installment.number: part for row, part in zip(movable, parts, strict=True)}
    row = Installment(
        number=position.version.last_number + 1,
        due_on=today,
        cents=extra,
        kind=InstallmentKind.EXTRA,
    )
    rows = [*with_left(position, left), row]
    paid = replace(position, paid_cents=position.paid_cents + cents)
    return changed(paid, rows, kind=ChangeKind.PAID_AHEAD)


def used_up(days: Collection[date], most: int, *, today: date, code: RefusalCode) -> Refusal | None:
    """Whether something was done as often as it may be in 12 months; and when it may be again."""
    counted = sorted(day for day in days if day > add_months(today, -_YEAR))
    if len(counted) < most:
        return None
    again = add_months(counted[-most], _YEAR) if most else None
    return Refusal(code, count=most, day=again)


def _to_come(position: Position, number: int, today: date) -> InstallmentProgress | Refusal:
    """A regular installment that is open, not due yet, and not being charged."""
    row = position.progress.row(number)
    if row is None or not row.is_open or row.installment.kind is not InstallmentKind.REGULAR:
        return Refusal(RefusalCode.NOT_AN_OPEN_INSTALLMENT)
    if number in position.charging:
        return Refusal(RefusalCode.BEING_CHARGED)
    if row.installment.due_on <= today:
        return Refusal(RefusalCode.ALREADY_DUE)
    return row


def _day_refused(
    position: Position, one: Installment, *, to: date, policy: PlanPolicy, today: date
) -> Refusal | None:
    if to == one.due_on:
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    if to <= today:
        return Refusal(RefusalCode.DAY_IS_OVER, day=today + timedelta(days=1))
    agreed = one.moved_from or one.due_on
    most = timedelta(days=policy.move_date_max_days)
    if abs(to - agreed) > most:
        nearest = agreed + most if to > agreed else agreed - most
        return Refusal(RefusalCode.TOO_FAR, day=nearest, count=most.days)
    others = [
        other.due_on
        for other in position.version.installments
        if other.kind is InstallmentKind.REGULAR and other.number != one.number
    ]
    before = max((day for day in others if day <= one.due_on), default=None)
    after = min((day for day in others if day > one.due_on), default=None)
    if after is not None and to >= after:
        return Refusal(RefusalCode.PAST_THE_NEXT, day=after)
    if before is not None and to <= before:
        return Refusal(RefusalCode.BEFORE_THE_LAST, day=before)
    return None


def _skip_refused(
    position: Position, row: InstallmentProgress, *, policy: PlanPolicy, today: date
) -> Refusal | None:
    if row.left_cents < row.installment.cents:
        return Refusal(RefusalCode.PARTLY_PAID)
    since = position.progress.overdue_since(today)
    if since is not None:
        return Refusal(RefusalCode.PAST_DUE, day=since)
    paid = sum(
        one.installment.kind is InstallmentKind.REGULAR and one.paid_cents > 0 and not one.is_open
        for one in position.progress.rows
    )
    if paid < policy.least_paid_before_skip:
        return Refusal(RefusalCode.TOO_LITTLE_PAID, count=policy.least_paid_before_skip)
    return None
