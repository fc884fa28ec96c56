"""What staff change for a patient, within limits: new terms, a new start, a waiver, an end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from portal.domain.plans.cadence import Frequency, cadence_from, days_after, days_from
from portal.domain.plans.change import (
    Changed,
    ChangeKind,
    Position,
    changed,
    less_from_the_end,
)
from portal.domain.plans.changes import used_up
from portal.domain.plans.offers import Ground, first_due_days, schedule_refused
from portal.domain.plans.policy import MOST_INSTALLMENTS, PlanPolicy
from portal.domain.plans.progress import InstallmentProgress
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import Installment, InstallmentKind, equal_parts, numbered
from portal.domain.plans.state_pack import StatePack

_WHOLE: Final = 100
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """What is left, due and overdue too, in ``count`` parts.

    A manager who approves may leave the practice's policy, never the law or 24 installments.
    """

    count: int
    frequency: Frequency
    first_due_on: date
    is_approved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverFacts:
    """What must be known before anything is let off.

    ``is_cost_share``: of Medicare, Medicaid or another insurance (42 USC 1320a-7a(i)(6)).
    """

    is_approved: bool
    is_billed: bool
    is_cost_share: bool
    has_documented_need: bool
    has_collection_failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a plan that ends leaves: asked for as if there had been none."""

    left_cents: int
    numbers: tuple[int, ...]


def new_terms(
    position: Position,
    terms: NewTerms,
    *,
    policy: PlanPolicy,
    pack: StatePack,
    today: date,
    monthly_income_cents: int | None = None,
) -> Changed | Refusal:
    """Another number of installments, another rhythm. Of no effect before the patient agrees."""
    open_rows = position.untouched()
    cents = sum(row.left_cents for row in open_rows)
    if not cents:
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    refused = _never_allowed(terms, cents, today) or _outside(terms, cents, position, policy, today)
    if refused is not None:
        return refused
    cadence = cadence_from(
        terms.frequency,
        first_on=terms.first_due_on,
        moves_off_holidays=policy.moves_off_holidays,
    )
    added = numbered(
        days_from(cadence, count=terms.count),
        equal_parts(cents, terms.count),
        first_number=position.version.last_number + 1,
    )
    ground = Ground(
        balance_cents=cents,
        policy=policy,
        pack=pack,
        today=today,
        monthly_income_cents=monthly_income_cents,
    )
    refused = schedule_refused(added, ground)
    if refused is not None:
        return refused
    kept = [_settled(row, position, today) for row in position.progress.rows]
    on_rhythm = replace(position, version=replace(position.version, cadence=cadence))
    return changed(on_rhythm, [*kept, *added], kind=ChangeKind.NEW_TERMS)


def re_age(
    position: Position, *, policy: PlanPolicy, today: date, reaged_on: Collection[date]
) -> Changed | Refusal:
    """What is overdue, and all that follows, begins again on the next day of the rhythm."""
    if not _has_open_before(position, today):
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    refused = used_up(
        reaged_on, policy.reages_per_year, today=today, code=RefusalCode.NO_MORE_REAGES
    )
    return refused or _begun_again(position, position.untouched(), today, ChangeKind.RE_AGED)


def resume(position: Position, *, since: date, today: date) -> Changed | Refusal:
    """After a pause that began on ``since``: what fell due during it is not owed at once.

    What was late before stays late: a pause is no way round the one new beginning a year.
    """
    rows = [row for row in position.untouched() if row.installment.due_on >= since]
    if not any(row.installment.due_on <= today for row in rows):
        return Refusal(RefusalCode.NOTHING_TO_CHANGE)
    return _begun_again(position, rows, today, ChangeKind.RESUMED)


def waive(
    position: Position, cents: int, *, facts: WaiverFacts, policy: PlanPolicy
) -> Changed | Refusal:
    """Let off from the end of the plan; a settlement lets off what it does not ask for."""
    rows = position.untouched()
    open_cents = sum(row.left_cents for row in rows)
    if cents <= 0:
        return Refusal(RefusalCode.NOT_POSITIVE)
    if cents > open_cents:
        return Refusal(RefusalCode.MORE_THAN_LEFT, cents=open_cents)
    refused = _waiver_refused(cents, open_cents, facts=facts, policy=policy)
    if refused is not None:
        return refused
    left = less_from_the_end(rows, cents)
    waived = {row.installment.number: row.left_cents - left[row.installment.number] for row in rows}
    installments = [
        replace(one, waived_cents=one.waived_cents + waived.get(one.number, 0))
        for one in position.version.installments
    ]
    return changed(position, installments, kind=ChangeKind.WAIVED)


def ending(position: Position) -> Ending:
    """What is open when a plan is cancelled, replaced, or in default."""
    rows = position.progress.open_rows
    return Ending(left_cents=sum(row.left_cents for row in rows), numbers=_numbers(rows))


def _never_allowed(terms: NewTerms, cents: int, today: date) -> Refusal | None:
    tomorrow = today + _ONE_DAY
    if terms.first_due_on < tomorrow:
        return Refusal(RefusalCode.DAY_IS_OVER, day=tomorrow)
    if terms.count < 1:
        return Refusal(RefusalCode.TOO_FEW_INSTALLMENTS, count=1, cents=cents)
    if terms.count > MOST_INSTALLMENTS:
        least = -(-cents // MOST_INSTALLMENTS)
        return Refusal(RefusalCode.TOO_MANY_INSTALLMENTS, count=MOST_INSTALLMENTS, cents=least)
    return None


def _outside(
    terms: NewTerms, cents: int, position: Position, policy: PlanPolicy, today: date
) -> Refusal | None:
    """What only a manager may approve. The tier is the one the plan began in."""
    if terms.is_approved:
        return None
    least = policy.min_installment_cents
    by_tier = policy.most_installments(position.version.principal_cents)
    most = max(min(by_tier, cents // least), 1)
    if terms.count > most:
        code = (
            RefusalCode.TOO_MANY_INSTALLMENTS
            if terms.count > by_tier
            else RefusalCode.INSTALLMENT_TOO_SMALL
        )
        return Refusal(code, count=most, cents=-(-cents // most))
    if terms.frequency not in policy.frequencies:
        return Refusal(RefusalCode.FREQUENCY_NOT_OFFERED)
    last = first_due_days(policy, today)[1]
    if terms.first_due_on > last:
        return Refusal(RefusalCode.FIRST_DAY_OUT_OF_RANGE, day=last)
    return None


def _settled(row: InstallmentProgress, position: Position, today: date) -> Installment:
    """A row without what is left of it.

    What was paid on it before its day is dated today, or the new rows would take its money.
    """
    one = row.installment
    if one.number in position.charging:
        return one
    kept = replace(one, cents=one.cents - row.left_cents)
    if row.paid_cents and one.due_on > today:
        return replace(kept, kind=InstallmentKind.EXTRA, due_on=today, moved_from=None)
    return kept


def _has_open_before(position: Position, day: date) -> bool:
    return any(row.installment.due_on < day for row in position.untouched())


def _begun_again(
    position: Position, rows: Sequence[InstallmentProgress], today: date, kind: ChangeKind
) -> Changed:
    """These in order on the next days of the rhythm."""
    numbers = _numbers(rows)
    days = dict(
        zip(
            numbers,
            days_after(position.version.cadence, today, count=len(numbers)),
            strict=True,
        )
    )
    installments = [
        replace(one, due_on=days[one.number], moved_from=None) if one.number in days else one
        for one in position.version.installments
    ]
    return changed(position, installments, kind=kind)


def _waiver_refused(
    cents: int, open_cents: int, *, facts: WaiverFacts, policy: PlanPolicy
) -> Refusal | None:
    if not facts.is_billed:
        return Refusal(RefusalCode.NOT_BILLED_YET)
    if not facts.is_approved:
        return Refusal(RefusalCode.NOT_APPROVED)
    if facts.is_cost_share and not (facts.has_documented_need or facts.has_collection_failed):
        return Refusal(RefusalCode.NEED_NOT_DOCUMENTED)
    floor = -(-open_cents * policy.settlement_floor_percent // _WHOLE)
    if not facts.has_documented_need and open_cents - cents < floor:
        return Refusal(RefusalCode.BELOW_FLOOR, cents=floor)
    return None


def _numbers(rows: Sequence[InstallmentProgress]) -> tuple[int, ...]:
    return tuple(row.installment.number for row in rows)
