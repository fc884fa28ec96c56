"""What happened to a statement since it was issued: the rows of its page and of its paper."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.journal import Target
from portal.domain.since_statement import (
    MoneySince,
    SinceRow,
    VisitLeft,
    paid_of_visits,
    rows_since,
)
from portal.domain.statement import StatementDocument
from portal.domain.statement_changes import ChangeKind
from portal.ledger.since import MovedSince, moved_since
from portal.statements.due import AccountNow, AskedFor, StatementDue, VisitTold, by_visit
from portal.statements.models import Statement
from portal.statements.undecided import undecided_among


class Earlier(Protocol):
    """What only an older statement asks for."""

    @property
    def statement_id(self) -> UUID: ...
    @property
    def issued_on(self) -> date: ...
    @property
    def cents(self) -> int: ...


def read_since_issue(
    session: Session,
    statement: Statement,
    document: StatementDocument,
    account: AccountNow,
    *,
    asked: AskedFor,
    own: StatementDue,
    received: Sequence[tuple[date, int]],
) -> tuple[SinceRow, ...]:
    """From what it asked for on its lines to what is left of them (``own``).

    ``document`` says what payment plans had of them then; ``received`` is what came since, by day.
    """
    lines = asked.lines.get(statement.statement_id, {})
    if not received and own.visit_cents == by_visit(lines):
        return ()  # nothing happened: so it is for most who look
    since = moved_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
    )
    then = on_plans_then(document)
    beside = paid_beside_plans(asked.told.get(statement.statement_id, {}), since, then)
    money = MoneySince(
        received=received,
        kept_cents=since.kept_cents,
        paid=beside,
        from_credit=by_visit(since.from_credit),
    )
    visits = visits_left(
        session, account, since, asked=by_visit(lines), own=own, paid=beside, then=then
    )
    return rows_since(visits, money)


def paid_beside_plans(
    told: Mapping[UUID, VisitTold], since: MovedSince, then: Mapping[UUID, int]
) -> Mapping[UUID, int]:
    """What was paid of each visit since, less what plans got of what they had ``then``."""
    paid = by_visit(since.paid)
    to_plans = {claim_id: paid.get(claim_id, 0) - one.came_cents for claim_id, one in told.items()}
    return {
        claim_id: cents - max(0, min(to_plans.get(claim_id, 0), then.get(claim_id, 0)))
        for claim_id, cents in paid.items()
    }


def visits_left(
    session: Session,
    account: AccountNow,
    since: MovedSince,
    *,
    asked: Mapping[UUID, int],
    own: StatementDue,
    paid: Mapping[UUID, int],
    then: Mapping[UUID, int],
) -> Sequence[VisitLeft]:
    """What is left of each of its visits, beside what may explain it.

    ``paid``: what came since and was not for what payment plans had ``then``.
    """
    on_plans, all_paid = by_visit(account.on_plans), by_visit(since.paid)
    visits = [
        VisitLeft(
            claim_id=claim_id,
            asked_cents=asked[claim_id],
            left_cents=left_cents,
            on_plan_cents=on_plans.get(claim_id, 0)
            + all_paid.get(claim_id, 0)
            - paid.get(claim_id, 0)
            - then.get(claim_id, 0),
            placed_cents=since.placed.get(claim_id, 0),
        )
        for claim_id, left_cents in own.visit_cents.items()
    ]
    counted = paid_of_visits(visits, paid)
    gone = {
        one.claim_id for one in visits if one.left_cents != one.asked_cents - counted[one.claim_id]
    }
    paused = undecided_among(session, gone)
    return [replace(one, is_paused=one.claim_id in paused) for one in visits]


def rows_beside(earlier: Iterable[Earlier], *, on_the_way_cents: int) -> Iterator[SinceRow]:
    """What leads on from its own lines to all that is owed now."""
    for one in earlier:
        yield SinceRow(ChangeKind.EARLIER, one.cents, one.issued_on, statement_id=one.statement_id)
    if on_the_way_cents:
        yield SinceRow(ChangeKind.ON_ITS_WAY, -on_the_way_cents)


def on_plans_then(document: StatementDocument) -> Mapping[UUID, int]:
    """What payment plans asked for on the day of a statement, of its own visits."""
    return by_visit(on_plan_lines_then(document))


def on_plan_lines_then(document: StatementDocument) -> Mapping[Target, int]:
    """The same by line."""
    return {
        Target(visit.claim_id, line.charge_id): line.figures.on_payment_plan_cents
        for visit in document.visits
        for line in visit.lines
    }
