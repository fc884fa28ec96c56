"""How a plan stands on a day, by its dates, its money and its holds.

Evaluated once a day and after every payment; evaluated again on what it returned, it returns the
same and tells of nothing. What charges are about (processing, failed, tried again) is theirs to
say and is kept here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.plans.cadence import add_months
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.progress import InstallmentProgress, PlanProgress, progress_of
from portal.domain.plans.schedule import InstallmentKind
from portal.domain.plans.states import LIVE, InstallmentState, PlanState
from portal.domain.plans.versions import PlanVersion

LEAST_DAYS_AFTER_PAUSE: Final = 5
"""To catch up, however few were left when the pause began: its end has to be read first."""

_YEAR = 12


class PlanHold(StrEnum):
    """Why nothing falls due. While one stands, nothing is missed and there is no default."""

    DISPUTED = "disputed"
    ASSISTANCE_PENDING = "assistance_pending"
    HARDSHIP = "hardship"
    ACCOUNT = "account"  # nothing at all is asked of the person


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """An installment that was open after its days of grace; it stays counted when it is paid."""

    number: int
    due_on: date
    missed_on: date


class StandingEventKind(StrEnum):
    """What an evaluation found to be new."""

    FELL_DUE = "fell_due"
    MISSED = "missed"
    PAST_DUE = "past_due"
    CAUGHT_UP = "caught_up"
    CURE_OPENED = "cure_opened"  # or it goes on after a pause, with another last day
    CURED = "cured"
    DEFAULTED = "defaulted"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    REOPENED = "reopened"  # a payment came back after the last one


@dataclass(frozen=True, slots=True)
class StandingEvent:
    """``number``: of the installment, where it is about one."""

    kind: StandingEventKind
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan as it is on record.

    ``cure_until``: the last day of the window that is open; ``cure_days``: how many a pause left of
    it, None where none has cut into it. ``grace_from``: days of grace are not
    counted from before it; the day the last hold ended, or a payment came back. ``announced``:
    numbers of installments that are charged as soon as the notice of it has run. ``is_untold``:
    nobody knows yet that the plan may end, so the days to catch up have not begun.
    """

    version: PlanVersion
    paid_cents: int
    state: PlanState
    states: Mapping[int, InstallmentState]
    misses: tuple[Miss, ...] = ()
    cure_until: date | None = None
    cure_days: int | None = None
    holds: frozenset[PlanHold] = frozenset()
    grace_from: date | None = None
    announced: frozenset[int] = frozenset()
    is_untold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is to be on record now, and what of it is new. ``states`` has every number ever known.

    ``past_due_cents``: open of installments after their days of grace, the oldest of which was due
    on ``past_due_since``.
    """

    state: PlanState
    states: Mapping[int, InstallmentState]
    misses: tuple[Miss, ...]
    cure_until: date | None
    cure_days: int | None
    past_due_since: date | None
    past_due_cents: int
    events: tuple[StandingEvent, ...]


def evaluate(facts: PlanFacts, *, policy: PlanPolicy, today: date) -> Standing:
    """``policy``: of the day of the agreement, tightened. Other than live plans stay as they are.

    A plan that was completed is live again when money comes back.
    """
    if facts.state not in LIVE and facts.state is not PlanState.COMPLETED:
        return _unchanged(facts)
    progress = progress_of(facts.version.installments, paid_cents=facts.paid_cents)
    late = _late_rows(progress, facts, policy, today)
    misses = _misses(late, facts, policy)
    missed = {(one.number, one.due_on) for one in misses}
    missed_rows = [row for row in progress.open_rows if _key(row) in missed]
    cure_until = _cure_until(missed_rows, misses, facts, policy, today)
    is_awaited = _is_money_on_its_way(facts) or any(
        row.installment.number in facts.announced for row in missed_rows
    )
    may_end_after = None if is_awaited else cure_until
    state = _state(progress, facts, is_late=bool(late), may_end_after=may_end_after, today=today)
    if state is PlanState.COMPLETED:
        cure_until = None
    states = _states(progress, facts, missed, today)
    return Standing(
        state=state,
        states=states,
        misses=misses,
        cure_until=cure_until,
        cure_days=_cure_days(facts, cure_until, policy, today),
        past_due_since=late[0].installment.due_on if late else None,
        past_due_cents=sum(row.left_cents for row in late),
        events=tuple(_events(facts, state, states, misses, cure_until)),
    )


def _unchanged(facts: PlanFacts) -> Standing:
    return Standing(
        state=facts.state,
        states=facts.states,
        misses=facts.misses,
        cure_until=facts.cure_until,
        cure_days=facts.cure_days,
        past_due_since=None,
        past_due_cents=0,
        events=(),
    )


def _late_rows(
    progress: PlanProgress, facts: PlanFacts, policy: PlanPolicy, today: date
) -> list[InstallmentProgress]:
    """Open after the days of grace, or missed before.

    Money on its way is not late, nor is what we ourselves wait to charge.
    """
    missed = {(one.number, one.due_on) for one in facts.misses}
    return [
        row
        for row in progress.open_rows
        if _key(row) in missed
        or (
            not facts.holds
            and facts.states.get(row.installment.number) is not InstallmentState.PROCESSING
            and row.installment.number not in facts.announced
            and today > _grace_ends(row.installment.due_on, facts, policy)
        )
    ]


def _grace_ends(due_on: date, facts: PlanFacts, policy: PlanPolicy) -> date:
    return max(due_on, facts.grace_from or due_on) + timedelta(days=policy.grace_days)


def _misses(
    late: Iterable[InstallmentProgress], facts: PlanFacts, policy: PlanPolicy
) -> tuple[Miss, ...]:
    """Each due day once, by the day its grace ended; not while it is still to be tried again."""
    known = {(one.number, one.due_on) for one in facts.misses}
    new = [
        Miss(
            row.installment.number,
            row.installment.due_on,
            _grace_ends(row.installment.due_on, facts, policy) + timedelta(days=1),
        )
        for row in late
        if _key(row) not in known
        and facts.states.get(row.installment.number) is not InstallmentState.RETRY_SCHEDULED
    ]
    return (*facts.misses, *new)


def _cure_until(
    missed_rows: list[InstallmentProgress],
    misses: Iterable[Miss],
    facts: PlanFacts,
    policy: PlanPolicy,
    today: date,
) -> date | None:
    """The last day to catch up, counted from when the patient can be told; None: no need to.

    The days stand still during a pause: after it there are as many as it left.
    """
    if not missed_rows:
        return None
    if facts.holds:
        return facts.cure_until
    a_year_ago = add_months(today, -_YEAR)
    in_a_year = sum(one.missed_on > a_year_ago for one in misses)
    is_due = len(missed_rows) >= policy.misses_in_a_row or in_a_year >= policy.misses_in_a_year
    if not is_due:
        return None
    days = timedelta(days=policy.cure_days if facts.cure_days is None else facts.cure_days)
    if facts.cure_until is not None and facts.state is PlanState.PAST_DUE:
        first_day = today if facts.is_untold else date.min
        return max(facts.cure_until, first_day + days)
    oldest = missed_rows[0].installment.due_on
    return max(
        today + days,
        oldest + timedelta(days=policy.default_not_before_days),
    )


def _cure_days(
    facts: PlanFacts, cure_until: date | None, policy: PlanPolicy, today: date
) -> int | None:
    """What a pause leaves of the days to catch up, from its first day; whoever knew of none: all.

    Never too few to read why it ended.
    """
    is_begun = facts.holds and facts.state is not PlanState.PAUSED and not facts.is_untold
    if cure_until is None or not is_begun:
        return facts.cure_days if cure_until is not None else None
    left = (cure_until - today).days
    return min(policy.cure_days, max(left, LEAST_DAYS_AFTER_PAUSE))


def _state(
    progress: PlanProgress,
    facts: PlanFacts,
    *,
    is_late: bool,
    may_end_after: date | None,
    today: date,
) -> PlanState:
    if progress.is_finished:
        return PlanState.COMPLETED
    if facts.holds:
        return PlanState.PAUSED
    if may_end_after is not None and today > may_end_after:
        return PlanState.DEFAULTED
    return PlanState.PAST_DUE if is_late else PlanState.ACTIVE


def _is_money_on_its_way(facts: PlanFacts) -> bool:
    return InstallmentState.PROCESSING in facts.states.values()


def _states(
    progress: PlanProgress,
    facts: PlanFacts,
    missed: set[tuple[int, date]],
    today: date,
) -> dict[int, InstallmentState]:
    states = dict.fromkeys(facts.states, InstallmentState.SUPERSEDED)
    for row in progress.rows:
        number = row.installment.number
        present = facts.states.get(number, InstallmentState.SCHEDULED)
        states[number] = _row_state(
            row,
            present,
            is_missed=_key(row) in missed,
            may_fall_due=row.installment.due_on <= today
            and (not facts.holds or present is not InstallmentState.SCHEDULED),
        )
    return states


def _row_state(
    row: InstallmentProgress, present: InstallmentState, *, is_missed: bool, may_fall_due: bool
) -> InstallmentState:
    if row.installment.kind is InstallmentKind.SKIPPED:
        return InstallmentState.SKIPPED
    if not row.is_open:
        return InstallmentState.PAID if row.paid_cents else InstallmentState.WAIVED
    if present is InstallmentState.PROCESSING:
        return present
    if is_missed or may_fall_due:
        return _due_state(row, present, is_missed=is_missed)
    return InstallmentState.SCHEDULED


def _due_state(
    row: InstallmentProgress, present: InstallmentState, *, is_missed: bool
) -> InstallmentState:
    if present is InstallmentState.RETRY_SCHEDULED:
        return present
    if is_missed:
        return InstallmentState.MISSED
    if present is InstallmentState.FAILED:
        return present
    return InstallmentState.PARTIALLY_PAID if row.paid_cents else InstallmentState.DUE


def _events(
    facts: PlanFacts,
    state: PlanState,
    states: Mapping[int, InstallmentState],
    misses: tuple[Miss, ...],
    cure_until: date | None,
) -> Iterator[StandingEvent]:
    """What differs from the record."""
    for number, one in states.items():
        before = facts.states.get(number, InstallmentState.SCHEDULED)
        if before is InstallmentState.SCHEDULED and one in _FALLEN_DUE:
            yield StandingEvent(StandingEventKind.FELL_DUE, number)
    for miss in misses[len(facts.misses) :]:
        yield StandingEvent(StandingEventKind.MISSED, miss.number)
    if state is not facts.state:
        yield StandingEvent(_moved_to(state, facts.state))
    is_resumed = facts.state is PlanState.PAUSED and state is PlanState.PAST_DUE
    if cure_until is not None and (facts.cure_until is None or is_resumed):
        yield StandingEvent(StandingEventKind.CURE_OPENED)
    if facts.cure_until is not None and cure_until is None:
        yield StandingEvent(StandingEventKind.CURED)


def _moved_to(state: PlanState, before: PlanState) -> StandingEventKind:
    if before is PlanState.COMPLETED:
        return StandingEventKind.REOPENED
    if state is PlanState.ACTIVE:
        is_paused = before is PlanState.PAUSED
        return StandingEventKind.RESUMED if is_paused else StandingEventKind.CAUGHT_UP
    return _BY_STATE[state]


def _key(row: InstallmentProgress) -> tuple[int, date]:
    return row.installment.number, row.installment.due_on


_FALLEN_DUE = frozenset(
    {InstallmentState.DUE, InstallmentState.PARTIALLY_PAID, InstallmentState.MISSED}
)
_BY_STATE = {
    PlanState.PAST_DUE: StandingEventKind.PAST_DUE,
    PlanState.PAUSED: StandingEventKind.PAUSED,
    PlanState.COMPLETED: StandingEventKind.COMPLETED,
    PlanState.DEFAULTED: StandingEventKind.DEFAULTED,
}
