"""From one statement to the next: what was paid, moved to plans, paused, or asked for anew."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import Target
from portal.domain.statement import PendingReason, StatementDocument
from portal.domain.statement_changes import (
    ChangeKind,
    StatementChange,
    VisitSince,
    changes_since,
)
from portal.domain.statement_document import from_json
from portal.ledger.as_of import payments_since
from portal.ledger.plan_cover import CoveredLine, standing_cover
from portal.ledger.since import MovedSince, moved_since
from portal.statements.draft import Account
from portal.statements.due import by_visit
from portal.statements.models import Statement, StatementShare
from portal.statements.since_issue import on_plan_lines_then

_OURS_TO_SETTLE = frozenset({PendingReason.CHECKING, PendingReason.DISPUTED})


@dataclass(frozen=True, slots=True)
class SinceLast:
    """``paid_cents`` is all that came, without what was paid to payment plans."""

    paid_cents: int = 0
    moved_to_plans_cents: int = 0
    changes: tuple[StatementChange, ...] = ()


@dataclass(frozen=True, slots=True)
class _CoveredSince:
    """What a plan was paid on a line, and what it took over of the statement before."""

    paid_cents: int = 0
    moved_cents: int = 0


def read_since(session: Session, account: Account, previous: Statement | None) -> SinceLast:
    """Up to the day of a statement that is about to be issued; nothing before the first one."""
    if previous is None:
        return SinceLast()
    guarantor_id = account.guarantor.guarantor_id
    received = payments_since(
        session,
        guarantor_id,
        as_of=previous.as_of,
        issued_at=previous.issued_at,
        to_on=account.as_of,
    )
    since = moved_since(
        session,
        guarantor_id,
        as_of=previous.as_of,
        issued_at=previous.issued_at,
        to_on=account.as_of,
    )
    asked = asked_on(session, previous.statement_id)
    before = from_json(previous.document, version=previous.document_version)
    plans = standing_cover(session, guarantor_id).values()
    covered = _covered_since(
        (line for plan in plans for line in plan.lines),
        had=on_plan_lines_then(before),
        paid=since.paid,
        asked=asked,
        asks=dict(account.shares),
    )
    for target, one in covered.items():
        since.paid[target] = since.paid.get(target, 0) - one.paid_cents
    moved = by_visit({target: one.moved_cents for target, one in covered.items()})
    visits = tuple(_visits(account, before, asked=asked, moved=moved, since=since))
    return SinceLast(
        sum(one.amount_cents for one in received) - sum(one.paid_cents for one in covered.values()),
        sum(moved.values()),
        changes_since(visits, kept_cents=since.kept_cents, used_credit_cents=since.used_cents),
    )


def _covered_since(
    lines: Iterable[CoveredLine],
    *,
    had: Mapping[Target, int],
    paid: Mapping[Target, int],
    asked: Mapping[Target, int],
    asks: Mapping[Target, int],
) -> Mapping[Target, _CoveredSince]:
    """Of the lines that plans cover now. ``had`` is what they asked for on the day of the other.

    Of a line's money the plan's is what came since it began, and since the statement, less what
    lowered the part of the line that a statement asks for.
    """
    found = {}
    for line in lines:
        target = line.target
        later_cents = max(0, min(line.since_paid_cents, paid.get(target, 0)))
        if target not in asked:
            found[target] = _CoveredSince(paid_cents=later_cents)
            continue
        left_cents = asked[target] - (paid.get(target, 0) - later_cents)
        before_cents = max(0, line.paid_cents - later_cents)  # it got before the other statement
        taken_cents = min(line.covered_cents - before_cents, left_cents) - had.get(target, 0)
        moved_cents = max(0, taken_cents)
        beside_cents = left_cents - moved_cents - asks.get(target, 0)
        to_plan_cents = later_cents - max(0, min(later_cents, beside_cents))
        found[target] = _CoveredSince(paid_cents=to_plan_cents, moved_cents=moved_cents)
    return found


def _visits(
    account: Account,
    before: StatementDocument,
    *,
    asked: Mapping[Target, int],
    moved: Mapping[UUID, int],
    since: MovedSince,
) -> Iterator[VisitSince]:
    """Those of the statement before first, in its order, then the new ones."""
    now = by_visit(dict(account.shares))
    then, paid = by_visit(asked), by_visit(since.paid)
    paused = {head.claim_id for head, _ in account.waiting}
    covered = {target.claim_id for target in account.on_plans}
    on_plans = {visit.claim_id for plan in before.payment_plans for visit in plan.visits}
    for claim_id in (*then, *(one for one in now if one not in then)):
        placed_cents = since.placed.get(claim_id, 0)
        was_on_plan = claim_id in on_plans and claim_id not in covered
        yield VisitSince(
            claim_id=claim_id,
            asked_cents=then.get(claim_id),
            asks_cents=now.get(claim_id, 0),
            paid_cents=paid.get(claim_id, 0),
            moved_cents=moved.get(claim_id, 0),
            placed_cents=placed_cents,
            is_paused=claim_id in paused,
            was_on_plan=was_on_plan,
            came_as=_came_as(
                claim_id, before, is_recalled=placed_cents < 0, was_on_plan=was_on_plan
            ),
        )


def _came_as(
    claim_id: UUID, before: StatementDocument, *, is_recalled: bool, was_on_plan: bool
) -> ChangeKind:
    """Why a statement asks for a visit that the one before did not ask for."""
    if is_recalled:
        return ChangeKind.RECALLED
    if was_on_plan:
        return ChangeKind.OFF_PLAN
    waited = {one.why for one in before.pending if one.claim_id == claim_id}
    if not waited:
        return ChangeKind.NEW_VISIT
    return ChangeKind.RESUMED if waited <= _OURS_TO_SETTLE else ChangeKind.DECIDED


def asked_on(session: Session, statement_id: UUID) -> Mapping[Target, int]:
    """What a statement asked for when it was issued, by line."""
    rows = session.scalars(
        select(StatementShare).where(
            StatementShare.practice_id == practice_of(session),
            StatementShare.statement_id == statement_id,
        )
    )
    return {Target(row.claim_id, row.charge_id): row.owed_cents for row in rows}
