"""What might go to an agency, visit by visit, and everything that speaks against each.

The facts of any number of visits are read in the same statements; domain/plans/agency.py decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select, union
from sqlalchemy.orm import Session

from portal.auth.models import StatementLink, StatementLinkEvent
from portal.collections.agency.notices import another_asked_for_at, told_at
from portal.db import practice_of
from portal.domain.account_holds import AccountHoldKind
from portal.domain.journal import LedgerAccount, Target
from portal.domain.link_status import LinkState
from portal.domain.names import in_mixed_case
from portal.domain.plans.agency import (
    AgencyFacts,
    AgencyReason,
    AgencyRefusal,
    agency_refusals,
)
from portal.domain.plans.policy import PlanPolicy, policy_in_force
from portal.domain.plans.state_pack import ProviderKind
from portal.domain.plans.state_packs import pack_for, tightened
from portal.domain.plans.states import PlanState
from portal.domain.print_run import LetterState
from portal.domain.promises import PromiseOutcome
from portal.ledger.models import Commitment, PlanLine, PostingRow
from portal.payments.disputes.models import DisputeRow
from portal.plans.models import Plan
from portal.plans.policies import policy_versions
from portal.practice.contact import practice_contact
from portal.practice.models import Claim, Guarantor, Hold, Practice
from portal.practice.promises import Promise
from portal.statements.models import Statement, StatementShare, StatementVoid
from portal.statements.print_runs.models import PrintRunLetter

SHOWN_FROM: Final = timedelta(days=90)
"""Since the first statement: what is younger is nobody's business here yet."""

MOST_SHOWN: Final = 500

_BEFORE_NOTICE: Final = frozenset({AgencyReason.NOT_NOTICED, AgencyReason.TOO_YOUNG})

_ARRIVED: Final = [  # a link got somewhere: reported, or somebody answered it
    state.value
    for state in (
        LinkState.DELIVERED,
        LinkState.TRIED,
        LinkState.VERIFIED,
        LinkState.PART_PAID,
        LinkState.PAID,
    )
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One visit with something open. ``lines``: cents by service line, together ``cents``."""

    claim_id: UUID
    claim_number: str
    service_on: date | None
    guarantor_id: UUID
    name: str
    account_number: str
    lines: Mapping[UUID | None, int]
    first_statement_on: date
    refusals: tuple[AgencyRefusal, ...]

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


@dataclass(slots=True)
class _Visit:
    claim: Claim
    person: Guarantor
    first_statement_on: date
    lines: dict[UUID | None, int] = field(default_factory=dict)


def candidates(
    session: Session, claim_ids: Collection[UUID] | None = None, *, today: date
) -> list[Candidate]:
    """Of these visits, or of all that were first billed long enough ago: the oldest first."""
    visits = _visits(session, claim_ids, today=today)
    people = {visit.person.guarantor_id for visit in visits.values()}
    facts = _Facts(session, people, visits)
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
        )
        for claim_id, visit in visits.items()
    ]


def _visits(
    session: Session, claim_ids: Collection[UUID] | None, *, today: date
) -> Mapping[UUID, _Visit]:
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
    visits: dict[UUID, _Visit] = {}
    for row in rows:
        claim: Claim = row.Claim
        visit = visits.setdefault(claim.claim_id, _Visit(claim, row.Guarantor, row.first_on))
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
    session: Session, visits: Mapping[UUID, _Visit], *, today: date
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


class _Facts:
    """What speaks against, of all visits at once."""

    def __init__(
        self, session: Session, people: Collection[UUID], visits: Mapping[UUID, _Visit]
    ) -> None:
        self._session = session
        self._people = people
        self._claims = list(visits)
        self._plans = self._plan_states()
        self._chosen = self._scalars(
            select(Plan.guarantor_id).where(
                self._here(Plan),
                Plan.guarantor_id.in_(people),
                Plan.state == PlanState.PENDING_CONSENT.value,
            )
        )
        self._holds = self._account_holds()
        self._arrived = self._scalars(self._delivered())
        self._pending = self._scalars(self._with_insurance())
        self._disputed = self._scalars(
            select(DisputeRow.guarantor_id).where(
                self._here(DisputeRow),
                DisputeRow.guarantor_id.in_(people),
                DisputeRow.closed_at.is_(None),
            )
        )
        self._money = self._scalars(self._money_here())
        self._promises = self._open_promises()
        self._told = told_at(session, people)
        self._another = another_asked_for_at(session, self._claims)
        self._zone = ZoneInfo(practice_contact(session).time_zone)

    def of(self, claim_id: UUID, visit: _Visit) -> AgencyFacts:
        guarantor_id = visit.person.guarantor_id
        holds = self._holds.get(guarantor_id, frozenset())
        states = self._plans.get(claim_id, frozenset())
        if guarantor_id in self._chosen:
            states |= {PlanState.PENDING_CONSENT}
        return AgencyFacts(
            plan_states=states,
            first_statement_on=visit.first_statement_on,
            is_undelivered=claim_id not in self._arrived,
            is_disputed=AccountHoldKind.DISPUTED in holds or guarantor_id in self._disputed,
            is_assistance_pending=AccountHoldKind.ASSISTANCE_PENDING in holds,
            is_insurance_pending=claim_id in self._pending,
            has_account_hold=bool(holds),
            has_money_here=guarantor_id in self._money,
            promised_for=self._promises.get(guarantor_id),
            noticed_on=self._noticed_on(claim_id, visit),
        )

    def _noticed_on(self, claim_id: UUID, visit: _Visit) -> date | None:
        """The first notice after its statement, and after what asks for another one."""
        since = self._another.get(claim_id)
        for at in self._told.get(visit.person.guarantor_id, ()):
            day = at.astimezone(self._zone).date()
            if day >= visit.first_statement_on and (since is None or at >= since):
                return day
        return None

    def _here(self, model: Any) -> Any:
        return model.practice_id == practice_of(self._session)

    def _scalars(self, query: Select[Any]) -> frozenset[UUID]:
        return frozenset(self._session.scalars(query))

    def _plan_states(self) -> Mapping[UUID, frozenset[PlanState]]:
        """Of every plan of whoever owes it that covers a part of a visit, or did."""
        rows = self._session.execute(
            select(PlanLine.claim_id, Plan.state)
            .join(Plan, self._here(Plan) & (Plan.plan_id == PlanLine.plan_id))
            .join(Claim, self._here(Claim) & (Claim.claim_id == PlanLine.claim_id))
            .where(
                self._here(PlanLine),
                PlanLine.claim_id.in_(self._claims),
                PlanLine.guarantor_id == Claim.guarantor_id,
            )
            .distinct()
        )
        found: dict[UUID, frozenset[PlanState]] = {}
        for row in rows:
            found[row.claim_id] = found.get(row.claim_id, frozenset()) | {PlanState(row.state)}
        return found

    def _account_holds(self) -> Mapping[UUID, frozenset[str]]:
        rows = self._session.execute(
            select(Hold.guarantor_id, Hold.kind).where(
                self._here(Hold),
                Hold.guarantor_id.in_(self._people),
                Hold.claim_id.is_(None),
                Hold.released_at.is_(None),
            )
        )
        found: dict[UUID, frozenset[str]] = {}
        for row in rows:
            found[row.guarantor_id] = found.get(row.guarantor_id, frozenset()) | {row.kind}
        return found

    def _delivered(self) -> Select[Any]:
        """Visits whose statement is known to have reached somebody: sent alone proves nothing.

        A link by what a mail server says or somebody does, a letter by what a mailing house says.
        """
        by_mail = (
            select(StatementShare.claim_id)
            .join(
                PrintRunLetter,
                self._here(PrintRunLetter)
                & (PrintRunLetter.statement_id == StatementShare.statement_id),
            )
            .where(
                self._here(StatementShare),
                StatementShare.claim_id.in_(self._claims),
                PrintRunLetter.state == LetterState.MAILED.value,
                PrintRunLetter.for_patient_id.is_(None),
            )
        )
        by_link = (
            select(StatementShare.claim_id)
            .join(
                StatementLink,
                self._here(StatementLink)
                & (StatementLink.statement_id == StatementShare.statement_id),
            )
            .join(
                StatementLinkEvent,
                self._here(StatementLinkEvent)
                & (StatementLinkEvent.link_id == StatementLink.link_id),
            )
            .where(
                self._here(StatementShare),
                StatementShare.claim_id.in_(self._claims),
                StatementLinkEvent.state.in_(_ARRIVED),
            )
        )
        return select(union(by_link, by_mail).subquery().c.claim_id)

    def _with_insurance(self) -> Select[Any]:
        """A payer may still change the share, or a hold says that it is not sure."""
        cents = func.sum(PostingRow.amount_cents)
        payer = cents.filter(PostingRow.account == LedgerAccount.PAYER_RECEIVABLE.value)
        pending = cents.filter(PostingRow.account == LedgerAccount.PATIENT_PENDING.value)
        by_books = (
            select(Claim.claim_id)
            .join(PostingRow, self._here(PostingRow) & (PostingRow.claim_id == Claim.claim_id))
            .where(self._here(Claim), Claim.claim_id.in_(self._claims))
            .group_by(Claim.claim_id, Claim.denied)
            .having(
                or_(
                    func.coalesce(pending, 0) != 0,
                    (func.coalesce(payer, 0) != 0) & Claim.denied.is_(other=False),
                )
            )
        )
        held = select(Hold.claim_id).where(
            self._here(Hold), Hold.claim_id.in_(self._claims), Hold.released_at.is_(None)
        )
        return select(union(by_books, held).subquery().c.claim_id)

    def _money_here(self) -> Select[Any]:
        """Credit that was not used, a deposit that waits, or money on its way from a bank."""
        kept = (LedgerAccount.UNAPPLIED_CREDIT.value, LedgerAccount.PATIENT_DEPOSITS.value)
        credit = (
            select(PostingRow.guarantor_id)
            .where(
                self._here(PostingRow),
                PostingRow.guarantor_id.in_(self._people),
                PostingRow.account.in_(kept),
            )
            .group_by(PostingRow.guarantor_id)
            .having(func.sum(PostingRow.amount_cents) < 0)
        )
        coming = select(Commitment.guarantor_id).where(
            self._here(Commitment),
            Commitment.guarantor_id.in_(self._people),
            Commitment.ended_at.is_(None),
        )
        return select(union(credit, coming).subquery().c.guarantor_id)

    def _open_promises(self) -> Mapping[UUID, date]:
        rows: Sequence[Any] = self._session.execute(
            select(Promise.guarantor_id, Promise.promised_for).where(
                self._here(Promise),
                Promise.guarantor_id.in_(self._people),
                Promise.outcome == PromiseOutcome.OPEN.value,
            )
        ).all()
        return {row.guarantor_id: row.promised_for for row in rows}
