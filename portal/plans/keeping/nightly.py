"""The job that keeps plans, each hour: who needs a look is found in a few statements for everybody.

One transaction a plan, under its payer's lock; whatever befalls one of them, the others go on. Run
again, or after days of standing still, it comes to the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import Database, Principal
from portal.plans.keeping.drafts import forget, old_drafts
from portal.plans.keeping.facts import facts_of
from portal.plans.keeping.reminders import remind, to_remind
from portal.plans.keeping.selection import batches, live_among, with_news, with_something_due
from portal.plans.keeping.service import PlanCharges, keep_plan
from portal.plans.ports import PlansPaidSince
from portal.plans.standing import differs
from portal.practice.directory import practice_by_id
from portal.web.logs import log

LOOKED_BACK: Final = timedelta(minutes=10)
"""What the frequent job missed while it stood still the hourly one finds."""


@dataclass(frozen=True, slots=True)
class KeepCounts:
    """What one run did. ``changed``: plans that stand otherwise than before."""

    changed: int = 0
    reminded: int = 0
    forgotten: int = 0
    failed: int = 0

    def as_json(self) -> dict[str, int]:
        """For the log and for commands."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is the same for every plan of a run."""

    database: Database
    principal: Principal
    charges: PlanCharges
    today: date
    now: datetime


def keep_plans(
    database: Database, practice_id: UUID, *, charges: PlanCharges, now: datetime
) -> KeepCounts:
    """All that the hour, the day, money and insurance have changed; reminders; lapsed offers."""
    run = _begin(database, practice_id, charges, now)
    with database.transaction(run.principal) as session:
        news = with_news(session, now=now)
        due = with_something_due(session, today=run.today)
        credited = live_among(session, charges.with_credit(session)) if charges.with_credit else ()
    to_keep = sorted({*news, *credited})  # a credit may be free by now, and nothing told of it
    changed, failed = _for_each(
        run, [*to_keep, *_that_differ(run, set(due).difference(to_keep))], _keep
    )
    with database.transaction(run.principal) as session:
        untold = to_remind(session, today=run.today)
        drafts = old_drafts(session, now=now)
    reminded, not_reminded = _for_each(run, untold, _remind)
    forgotten, not_forgotten = _for_each(run, drafts, _forget)
    return KeepCounts(changed, reminded, forgotten, failed + not_reminded + not_forgotten)


def keep_paid_plans(
    database: Database,
    practice_id: UUID,
    *,
    paid_since: PlansPaidSince,
    charges: PlanCharges,
    now: datetime,
) -> KeepCounts:
    """Only plans that were paid towards in the last minutes, so that they soon stand as paid."""
    run = _begin(database, practice_id, charges, now)
    with database.transaction(run.principal) as session:
        paid = paid_since(session, now - LOOKED_BACK)
    changed, failed = _for_each(run, _that_differ(run, paid), _keep)
    return KeepCounts(changed=changed, failed=failed)


def _begin(database: Database, practice_id: UUID, charges: PlanCharges, now: datetime) -> _Run:
    principal = Principal.job(practice_id, role="keep plans")
    today = practice_by_id(database, practice_id).today(now)
    return _Run(database, principal, charges, today, now)


def _that_differ(run: _Run, plan_ids: Iterable[UUID]) -> list[UUID]:
    """Of these, those that stand otherwise than is on record; read without a lock.

    Where one of them cannot be read, all of its batch: each is then looked at for itself.
    """
    found: list[UUID] = []
    for some in batches(sorted(plan_ids)):
        try:
            with run.database.transaction(run.principal) as session:
                read = facts_of(session, some, charges=run.charges.states, today=run.today)
                found += [
                    one.plan.plan_id for one in read if differs(one.loaded, one.standing(run.today))
                ]
        except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
            log.exception("plans not read")
            found += some
    return found


def _for_each(
    run: _Run, plan_ids: Sequence[UUID], act: Callable[[_Run, Session, UUID], bool]
) -> tuple[int, int]:
    """How many were changed, and how many could not be looked at."""
    done = failed = 0
    for plan_id in plan_ids:
        try:
            with run.database.transaction(run.principal) as session:
                done += act(run, session, plan_id)
        except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
            log.exception("plan not kept", subject_id=plan_id)
            failed += 1
    return done, failed


def _keep(run: _Run, session: Session, plan_id: UUID) -> bool:
    return keep_plan(session, plan_id, charges=run.charges, today=run.today, now=run.now)


def _remind(run: _Run, session: Session, plan_id: UUID) -> bool:
    return remind(session, plan_id, today=run.today, now=run.now)


def _forget(run: _Run, session: Session, plan_id: UUID) -> bool:
    return forget(session, plan_id, now=run.now)
