"""Why somebody is on the work list: each reason with its name, one select of whom it holds for.

Those of domain/plans/at_risk.py are asked of the tables here, so that a hundred thousand plans need
as many statements as one; a test holds them against the rules themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Date,
    Subquery,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Session, aliased

from portal.auth.links_apart import went_to_payer
from portal.db import practice_of
from portal.domain.account_holds import AccountHoldKind
from portal.domain.plans.at_risk import CURE_ENDS_WITHIN, PROMISE_COUNTS_FOR, RiskRule
from portal.domain.plans.schedule import InstallmentKind
from portal.domain.plans.states import LIVE, InstallmentState, PlanState
from portal.domain.promises import PromiseOutcome
from portal.ledger.models import PlanInstallment
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.disputes.models import DisputeRow
from portal.payments.methods.models import SavedMethod
from portal.plans.keeping.selection import is_open
from portal.plans.models import Plan
from portal.plans.telling import PLAN_ENDING_NOT_TOLD
from portal.practice.models import Hold, Task
from portal.practice.promises import Promise


class WorkReason(StrEnum):
    """What to look at first comes first. In brackets: the day that goes by it."""

    CURE_ENDS = "cure_ends"  # the last day to catch up
    END_NOT_TOLD = "end_not_told"  # since when staff are asked to tell them that it may end
    PAST_DUE = "past_due"  # since when
    PROMISE_BROKEN = "promise_broken"  # the day promised
    METHOD_EXPIRED = "method_expired"  # the first day it did not work any more
    LAST_TRY_DECLINED = "last_try_declined"  # when the installment was due
    RETRYING = "retrying"  # the same; the charge is tried again by itself
    FIRST_MISSED = "first_missed"  # when the first installment was due
    CARD_EXPIRES_FIRST = "card_expires_first"  # the first day it will not work any more
    MOVED_TWICE = "moved_twice"  # when the second of them is due
    DISPUTED = "disputed"  # since when
    MAIL_BOUNCED = "mail_bounced"  # when it came back


AT_RISK: Final = frozenset(WorkReason(rule.value) for rule in RiskRule)
"""Rules of which one alone says that a plan may fail."""

_LIVE: Final = [state.value for state in LIVE]
_REGULAR: Final = InstallmentKind.REGULAR.value
_GONE: Final = InstallmentState.SUPERSEDED.value
_NEXT_WITHIN: Final = timedelta(days=124)
"""No rhythm goes so long without a payment, a skip and a move of its days included."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Of whom, and on which of the practice's days."""

    session: Session
    today: date
    time_zone: str


def reasons(session: Session, *, today: date, time_zone: str) -> Subquery:
    """Rows of guarantor_id, plan_id (or nothing), reason, rank and day."""
    asked = _Asked(session, today, time_zone)
    order = list(WorkReason)
    return union_all(
        *(
            find(asked).add_columns(
                literal(reason.value).label("reason"), literal(order.index(reason)).label("rank")
            )
            for reason, find in _FIND.items()
        )
    ).subquery("reasons")


def _plans(asked: _Asked, day: Any) -> Any:
    """Live plans with the day of a reason."""
    return select(Plan.guarantor_id, Plan.plan_id, cast(day, Date).label("day")).where(
        Plan.practice_id == practice_of(asked.session), Plan.state.in_(_LIVE)
    )


def _people(asked: _Asked, guarantor_id: Any, day: Any, *, practice_id: Any) -> Any:
    """The same of what is about a person, whether they have a plan or not."""
    return select(
        guarantor_id.label("guarantor_id"),
        literal(None, Plan.plan_id.type).label("plan_id"),
        cast(day, Date).label("day"),
    ).where(practice_id == practice_of(asked.session))


def _past_due(asked: _Asked) -> Any:
    return _plans(asked, Plan.past_due_since).where(Plan.state == PlanState.PAST_DUE.value)


def _cure_ends(asked: _Asked) -> Any:
    return _plans(asked, Plan.cure_until).where(Plan.cure_until <= asked.today + CURE_ENDS_WITHIN)


def _end_not_told(asked: _Asked) -> Any:
    """It cannot end until somebody has told them: the task waits, and says so with its age."""
    since = func.timezone(asked.time_zone, Task.created_at)
    return (
        _plans(asked, since)
        .join(
            Task,
            (Task.practice_id == practice_of(asked.session))
            & (Task.subject_id == Plan.guarantor_id)
            & (Task.kind == PLAN_ENDING_NOT_TOLD)
            & Task.done_at.is_(None),
        )
        .where(Plan.cure_until.is_not(None))
    )


def _in_states(asked: _Asked, *states: InstallmentState) -> Any:
    """The oldest installment of a plan in one of these."""
    practice_id = practice_of(asked.session)
    oldest = (
        select(PlanInstallment.plan_id, func.min(PlanInstallment.due_on).label("due_on"))
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.state.in_(_as_said(*(state.value for state in states))),
        )
        .group_by(PlanInstallment.plan_id)
        .subquery()
    )
    return _plans(asked, oldest.c.due_on).join(oldest, oldest.c.plan_id == Plan.plan_id)


def _retrying(asked: _Asked) -> Any:
    return _in_states(asked, InstallmentState.RETRY_SCHEDULED)


def _declined(asked: _Asked) -> Any:
    return _in_states(asked, InstallmentState.FAILED, InstallmentState.RETRY_SCHEDULED)


def _first_missed(asked: _Asked) -> Any:
    practice_id = practice_of(asked.session)
    first = (
        select(PlanInstallment.plan_id, PlanInstallment.number, PlanInstallment.due_on)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanInstallment.plan_id))
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.kind == _REGULAR,
            PlanInstallment.state != _GONE,
            Plan.misses != literal_column("'[]'::jsonb"),
        )
        .ext(distinct_on(PlanInstallment.plan_id))
        .order_by(PlanInstallment.plan_id, PlanInstallment.due_on, PlanInstallment.number)
        .subquery()
    )
    missed = func.jsonb_build_array(func.jsonb_build_object("number", first.c.number))
    return (
        _plans(asked, first.c.due_on)
        .join(first, first.c.plan_id == Plan.plan_id)
        .where(Plan.misses.contains(cast(missed, JSONB)))
    )


def _moved_twice(asked: _Asked) -> Any:
    practice_id = practice_of(asked.session)
    moved = aliased(PlanInstallment)
    often = (  # few plans: the rows of the others are not read
        select(moved.plan_id)
        .where(moved.practice_id == practice_id, moved.moved_from.is_not(None))
        .group_by(moved.plan_id)
        .having(func.count() > 1)
    )
    rows = (
        select(
            PlanInstallment.plan_id,
            PlanInstallment.due_on,
            PlanInstallment.moved_from,
            func.lag(PlanInstallment.moved_from)
            .over(
                partition_by=PlanInstallment.plan_id,
                order_by=(PlanInstallment.due_on, PlanInstallment.number),
            )
            .label("before"),
        )
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.kind == _REGULAR,
            PlanInstallment.state != _GONE,
            PlanInstallment.plan_id.in_(often),
        )
        .subquery()
    )
    pairs = (
        select(rows.c.plan_id, func.max(rows.c.due_on).label("due_on"))
        .where(rows.c.moved_from.is_not(None), rows.c.before.is_not(None))
        .group_by(rows.c.plan_id)
        .subquery()
    )
    return _plans(asked, pairs.c.due_on).join(pairs, pairs.c.plan_id == Plan.plan_id)


def _card_ends() -> Any:
    """The first day on which a card does not work any more; nothing for a bank account."""
    month = func.make_date(SavedMethod.exp_year, SavedMethod.exp_month, 1)
    return cast(month + func.make_interval(0, 1), Date)


def _with_method(asked: _Asked, day: Any) -> Any:
    practice_id = practice_of(asked.session)
    return _plans(asked, day).join(
        SavedMethod,
        (SavedMethod.practice_id == practice_id) & (SavedMethod.method_id == Plan.method_id),
    )


def _method_expired(asked: _Asked) -> Any:
    removed_on = cast(SavedMethod.removed_at, Date)
    return _with_method(asked, func.coalesce(removed_on, _card_ends())).where(
        SavedMethod.replaced_by.is_(None),  # else the same number, saved again, goes on
        or_(SavedMethod.removed_at.is_not(None), _card_ends() <= asked.today),
    )


def _card_expires_first(asked: _Asked) -> Any:
    following = (
        select(func.min(PlanInstallment.due_on))
        .where(
            PlanInstallment.practice_id == practice_of(asked.session),
            PlanInstallment.plan_id == Plan.plan_id,
            PlanInstallment.due_on >= asked.today,
            is_open(),
        )
        .scalar_subquery()
    )
    is_soon = _card_ends() <= asked.today + _NEXT_WITHIN
    return _with_method(asked, _card_ends()).where(is_soon, _card_ends() <= following)


def _promise_broken(asked: _Asked) -> Any:
    newest = func.max(Promise.promised_for)
    found = _people(asked, Promise.guarantor_id, newest, practice_id=Promise.practice_id)
    return found.where(
        Promise.outcome == PromiseOutcome.BROKEN.value,
        Promise.promised_for >= asked.today - PROMISE_COUNTS_FOR,
    ).group_by(Promise.guarantor_id)


def _disputed(asked: _Asked) -> Any:
    practice_id = practice_of(asked.session)
    both = union_all(
        select(Hold.guarantor_id, Hold.placed_at.label("since")).where(
            Hold.practice_id == practice_id,
            Hold.claim_id.is_(None),
            Hold.kind == AccountHoldKind.DISPUTED.value,
            Hold.released_at.is_(None),
        ),
        select(DisputeRow.guarantor_id, DisputeRow.opened_at).where(
            DisputeRow.practice_id == practice_id, DisputeRow.closed_at.is_(None)
        ),
    ).subquery()
    since = func.timezone(asked.time_zone, func.min(both.c.since))
    return select(
        both.c.guarantor_id,
        literal(None, Plan.plan_id.type).label("plan_id"),
        cast(since, Date).label("day"),
    ).group_by(both.c.guarantor_id)


def _mail_bounced(asked: _Asked) -> Any:
    """Nothing that was sent to their address since is known to have left us."""
    practice_id = practice_of(asked.session)
    later = aliased(Message)
    since = func.timezone(asked.time_zone, func.max(Message.state_at))
    found = _people(asked, Message.guarantor_id, since, practice_id=Message.practice_id)
    is_answered = exists().where(
        later.practice_id == practice_id,
        later.guarantor_id == Message.guarantor_id,
        later.message_id > Message.message_id,
        later.state.in_([MessageState.SENT.value, MessageState.DELIVERED.value]),
        went_to_payer(practice_id, later),
    )
    is_bounced = Message.state.in_(_as_said(MessageState.BOUNCED.value))
    theirs = found.where(is_bounced, went_to_payer(practice_id), ~is_answered)
    return theirs.group_by(Message.guarantor_id)


def _as_said(*values: str) -> Any:
    """In the words of an index over a part of a table."""
    return bindparam(None, list(values), expanding=True, literal_execute=True, unique=True)


_FIND: Final[Mapping[WorkReason, Callable[[_Asked], Any]]] = {
    WorkReason.CURE_ENDS: _cure_ends,
    WorkReason.END_NOT_TOLD: _end_not_told,
    WorkReason.PAST_DUE: _past_due,
    WorkReason.PROMISE_BROKEN: _promise_broken,
    WorkReason.METHOD_EXPIRED: _method_expired,
    WorkReason.LAST_TRY_DECLINED: _declined,
    WorkReason.RETRYING: _retrying,
    WorkReason.FIRST_MISSED: _first_missed,
    WorkReason.CARD_EXPIRES_FIRST: _card_expires_first,
    WorkReason.MOVED_TWICE: _moved_twice,
    WorkReason.DISPUTED: _disputed,
    WorkReason.MAIL_BOUNCED: _mail_bounced,
}
