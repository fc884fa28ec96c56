"""The nightly job that finds out which promises were kept: the ledger says, nobody else."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.promises import PromiseFacts, PromiseOutcome, outcome_of
from portal.ledger.as_of import payments_since
from portal.ledger.plan_standing import standing_plans
from portal.ledger.queries import on_its_way_cents
from portal.practice.contact import practice_contact
from portal.practice.promises import Promise


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    """What one run found."""

    kept: int = 0
    broken: int = 0

    def as_json(self) -> dict[str, int]:
        """For the log and for commands."""
        return asdict(self)


def end_promises(database: Database, practice_id: UUID, *, now: datetime) -> PromiseCounts:
    """Every open promise, once: one that has ended stays as it ended."""
    found = {PromiseOutcome.KEPT: 0, PromiseOutcome.BROKEN: 0}
    with database.transaction(Principal.job(practice_id, role="end promises")) as session:
        zone = ZoneInfo(practice_contact(session).time_zone)
        today = now.astimezone(zone).date()
        promises = session.scalars(
            select(Promise)
            .where(
                Promise.practice_id == practice_of(session),
                Promise.outcome == PromiseOutcome.OPEN.value,
            )
            .order_by(Promise.promise_id)
            .with_for_update(skip_locked=True)
        ).all()
        for promise in promises:
            outcome = outcome_of(_facts(session, promise, zone), today=today)
            if outcome is not PromiseOutcome.OPEN:
                promise.outcome, promise.outcome_at = outcome.value, now
                found[outcome] += 1
    return PromiseCounts(kept=found[PromiseOutcome.KEPT], broken=found[PromiseOutcome.BROKEN])


def _facts(session: Session, promise: Promise, zone: ZoneInfo) -> PromiseFacts:
    received = payments_since(
        session,
        promise.guarantor_id,
        as_of=promise.made_at.astimezone(zone).date(),
        issued_at=promise.made_at,
        to_on=promise.promised_for,
    )
    plans = standing_plans(session, promise.guarantor_id)
    return PromiseFacts(
        promised_for=promise.promised_for,
        amount_cents=promise.amount_cents,
        paid_cents=sum(one.amount_cents for one in received),
        coming_cents=on_its_way_cents(session, promise.guarantor_id)
        + sum(plan.coming_cents for plan in plans),
    )
