"""What happened to a statement since it was issued: the rows of its page and of its paper."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.journal import Target
from portal.domain.since_statement import (
    MoneySince,
    SinceRow,
    VisitLeft,
    paid_of_lines,
    rows_since,
)
from portal.domain.statement import StatementDocument
from portal.domain.statement_changes import ChangeKind
from portal.ledger.since import MovedSince, moved_since
from portal.statements.due import AccountNow, StatementDue
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
    asked: Mapping[Target, int],
    own: StatementDue,
    received: Sequence[tuple[date, int]],
) -> tuple[SinceRow, ...]:
    """From what it asked for on its lines (``asked``) to what is left of them (``own``).

    ``document`` says what payment plans had of them then; ``received`` is what came since, by day.
    """
    if not received and own.visit_cents == by_visit(asked):
        return ()  # nothing happened: so it is for most who look
    since = moved_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
    )
    visits = visits_left(session, document, account, since, asked=asked, own=own)
    money = MoneySince(
        received=received,
        kept_cents=since.kept_cents,
        paid=since.paid,
        from_credit=since.from_credit,
    )
    return rows_since(asked, visits, money)


def visits_left(
    session: Session,
    document: StatementDocument,
    account: AccountNow,
    since: MovedSince,
    *,
    asked: Mapping[Target, int],
    own: StatementDue,
) -> Sequence[VisitLeft]:
    """What is left of each of its visits, beside what may explain it."""
    asked_of, on_plans = by_visit(asked), by_visit(account.on_plans)
    paid_of = by_visit(paid_of_lines(asked, since.paid))
    gone = {one for one, cents in own.visit_cents.items() if cents != asked_of[one] - paid_of[one]}
    paused = undecided_among(session, gone)
    then = by_visit(on_plans_then(document))
    return [
        VisitLeft(
            claim_id=claim_id,
            asked_cents=asked_of[claim_id],
            left_cents=left_cents,
            on_plan_cents=on_plans.get(claim_id, 0) - then.get(claim_id, 0),
            placed_cents=since.placed.get(claim_id, 0),
            is_paused=claim_id in paused,
        )
        for claim_id, left_cents in own.visit_cents.items()
    ]


def rows_beside(earlier: Iterable[Earlier], *, on_the_way_cents: int) -> Iterator[SinceRow]:
    """What leads on from its own lines to all that is owed now."""
    for one in earlier:
        yield SinceRow(ChangeKind.EARLIER, one.cents, one.issued_on, statement_id=one.statement_id)
    if on_the_way_cents:
        yield SinceRow(ChangeKind.ON_ITS_WAY, -on_the_way_cents)


def on_plans_then(document: StatementDocument) -> Mapping[Target, int]:
    """What payment plans asked for on the day of a statement, of its own lines."""
    return {
        Target(visit.claim_id, line.charge_id): line.figures.on_payment_plan_cents
        for visit in document.visits
        for line in visit.lines
    }


def by_visit(cents: Mapping[Target, int]) -> dict[UUID, int]:
    """Added up; what is of no visit is left out."""
    visits: dict[UUID, int] = {}
    for target, part in cents.items():
        if target.claim_id is not None:
            visits[target.claim_id] = visits.get(target.claim_id, 0) + part
    return visits
