"""What might go to an agency, visit by visit, and everything that speaks against each.

The facts of any number of visits are read in the same statements; domain/plans/agency.py decides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, union
from sqlalchemy.orm import Session

from portal.collections.agency.facts import OpenVisit, SpeaksAgainst
from portal.db import practice_of
from portal.domain.journal import LedgerAccount, Target
from portal.domain.names import in_mixed_case
from portal.domain.plans.agency import (
    AgencyReason,
    AgencyRefusal,
    agency_refusals,
)
from portal.domain.plans.policy import PlanPolicy, policy_in_force
from portal.domain.plans.state_pack import ProviderKind
from portal.domain.plans.state_packs import pack_for, tightened
from portal.domain.plans.states import PlanState
from portal.domain.promises import PromiseOutcome
from portal.ledger.models import PlanLine, PostingRow
from portal.payments.disputes.models import DisputeRow
from portal.plans.models import Plan
from portal.plans.policies import policy_versions
from portal.practice.models import Claim, Guarantor, Hold, Practice
from portal.practice.promises import Promise
from portal.statements.models import Statement, StatementShare, StatementVoid

SHOWN_FROM: Final = timedelta(days=90)
"""Since the first statement: what is younger is nobody's business here yet."""

MOST_SHOWN: Final = 500

_BEFORE_NOTICE: Final = frozenset({AgencyReason.NOT_NOTICED, AgencyReason.TOO_YOUNG})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One visit with something open. ``lines``: cents by service line, together ``cents``.

    ``notice_asked_on``: its final notice waits to go since then.
    """

    claim_id: UUID
    claim_number: str
    service_on: date | None
    guarantor_id: UUID
    name: str
    account_number: str
    lines: Mapping[UUID | None, int]
    first_statement_on: date
    refusals: tuple[AgencyRefusal, ...]
    notice_asked_on: date | None = None

    @property
    def cents(self) -> int:
        return sum(self.lines.values())

    @property
    def waits_for_notice(self) -> bool:
        """The final notice is the next step: nothing else speaks against it but its age."""
        reasons = {one.reason for one in self.refusals}
        return AgencyReason.NOT_NOTICED in reasons and reasons <= _BEFORE_NOTICE

    @property
    def targets(self) -> Mapping[Target, int]:
        return {Target(self.claim_id, line): cents for line, cents in self.lines.items()}


def candidates(
    session: Session, claim_ids: Collection[UUID] | None = None, *, today: date
) -> list[Candidate]:
    """Of these visits, or of all that were first billed long enough ago: the oldest first."""
    visits = _visits(session, claim_ids, today=today)
    people = {visit.person.guarantor_id for visit in visits.values()}
    facts = SpeaksAgainst(session, people, visits)
    policies = _policies(session, visits, today=today)
    return [
        Candidate(
            claim_id=claim_id,
            claim_number=visit.claim.claim_number,
            service_on=visit.claim.service_on,
            guarantor_id=visit.person.guarantor_id,
            name=in_mixed_case(f"{visit.person.first_name} {visit.person.last_name}".strip()),
            account_number=visit.person.account_number,
            lines=visit.lines,
            first_statement_on=visit.first_statement_on,
            refusals=agency_refusals(
                facts.of(claim_id, visit),
                policy=policies[visit.person.state or ""],
                today=today,
            ),
            notice_asked_on=facts.notice_asked_on(claim_id),
        )
        for claim_id, visit in visits.items()
    ]


def _visits(
    session: Session, claim_ids: Collection[UUID] | None, *, today: date
) -> Mapping[UUID, OpenVisit]:
    practice_id = practice_of(session)
    first = _first_statements(session)
    cents = func.sum(PostingRow.amount_cents)
    open_claims = (
        select(PostingRow.claim_id, first.c.first_on)
        .join(first, first.c.claim_id == PostingRow.claim_id)
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            PostingRow.guarantor_id.is_not(None),
        )
        .group_by(PostingRow.claim_id, first.c.first_on)
        .having(cents > 0)
    )
    if claim_ids is None:
        old = open_claims.where(first.c.first_on <= today - SHOWN_FROM).subquery()
        open_claims = (
            select(old.c.claim_id, old.c.first_on)
            .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == old.c.claim_id))
            .order_by(_is_refused(practice_id, today), old.c.first_on, old.c.claim_id)
            .limit(MOST_SHOWN)
        )
    else:
        open_claims = open_claims.where(PostingRow.claim_id.in_(claim_ids))
    chosen = open_claims.subquery()
    lines = (
        select(PostingRow.claim_id, PostingRow.charge_id, cents.label("cents"))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            PostingRow.claim_id.in_(select(chosen.c.claim_id)),
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id)
        .having(cents > 0)
        .subquery()
    )
    rows = session.execute(
        select(Claim, Guarantor, chosen.c.first_on, lines.c.charge_id, lines.c.cents)
        .join(chosen, chosen.c.claim_id == Claim.claim_id)
        .join(lines, lines.c.claim_id == Claim.claim_id)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id) & (Guarantor.guarantor_id == Claim.guarantor_id),
        )
        .where(Claim.practice_id == practice_id)
        .order_by(chosen.c.first_on, Claim.claim_id)
    )
    visits: dict[UUID, OpenVisit] = {}
    for row in rows:
        claim: Claim = row.Claim
        visit = visits.setdefault(claim.claim_id, OpenVisit(claim, row.Guarantor, row.first_on))
        visit.lines[row.charge_id] = int(row.cents)
    return visits


def _is_refused(practice_id: UUID, today: date) -> ColumnElement[bool]:
    """What speaks against a visit and is said by an index: such visits keep no other off the list.

    It orders the list and decides nothing; that is for `agency_refusals`.
    """
    held = select(Hold.guarantor_id).where(
        Hold.practice_id == practice_id, Hold.claim_id.is_(None), Hold.released_at.is_(None)
    )
    held_visits = select(Hold.claim_id).where(
        Hold.practice_id == practice_id, Hold.claim_id.is_not(None), Hold.released_at.is_(None)
    )
    on_plans = select(PlanLine.claim_id).where(
        PlanLine.practice_id == practice_id, PlanLine.ended_at.is_(None)
    )
    choosing = select(Plan.guarantor_id).where(
        Plan.practice_id == practice_id, Plan.state == PlanState.PENDING_CONSENT.value
    )
    disputing = select(DisputeRow.guarantor_id).where(
        DisputeRow.practice_id == practice_id, DisputeRow.closed_at.is_(None)
    )
    promising = select(Promise.guarantor_id).where(
        Promise.practice_id == practice_id,
        Promise.outcome == PromiseOutcome.OPEN.value,
        Promise.promised_for >= today,
    )
    return or_(
        Claim.claim_id.in_(union(held_visits, on_plans)),
        Claim.guarantor_id.in_(union(held, choosing, disputing, promising)),
    )


def _first_statements(session: Session) -> Any:
    """The day of the first statement that asked for a visit and stands."""
    practice_id = practice_of(session)
    voided = select(StatementVoid.statement_id).where(StatementVoid.practice_id == practice_id)
    return (
        select(StatementShare.claim_id, func.min(Statement.as_of).label("first_on"))
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == StatementShare.statement_id),
        )
        .where(StatementShare.practice_id == practice_id, Statement.statement_id.not_in(voided))
        .group_by(StatementShare.claim_id)
        .subquery()
    )


def _policies(
    session: Session, visits: Mapping[UUID, OpenVisit], *, today: date
) -> Mapping[str, PlanPolicy]:
    """Today's rules by the state where people have their mail, under its law and our own."""
    versions = policy_versions(session)
    ours = session.scalars(
        select(Practice.state).where(Practice.practice_id == practice_of(session))
    ).one()
    found = {}
    for state in {visit.person.state or "" for visit in visits.values()}:
        law = pack_for((state, ours or ""), provider=ProviderKind.PROFESSIONAL, on=today)
        found[state] = tightened(policy_in_force(versions, today), law)
    return found
