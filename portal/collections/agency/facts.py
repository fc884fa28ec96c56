"""What speaks against handing visits to an agency: read for all of them in the same statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import Session

from portal.auth.models import StatementLink, StatementLinkEvent
from portal.collections.agency.notices import (
    another_asked_for_at,
    asked_for_at,
    told_at,
)
from portal.db import practice_of
from portal.domain.account_holds import AccountHoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.link_status import LinkState
from portal.domain.plans.agency import AgencyFacts
from portal.domain.plans.states import PlanState
from portal.domain.print_run import LetterState
from portal.domain.promises import PromiseOutcome
from portal.ledger.models import Commitment, PlanLine, PostingRow
from portal.payments.disputes.models import DisputeRow
from portal.plans.models import Plan
from portal.practice.contact import practice_contact
from portal.practice.models import Claim, Guarantor, Hold
from portal.practice.promises import Promise
from portal.statements.models import StatementShare
from portal.statements.print_runs.models import PrintRunLetter

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


@dataclass(slots=True)
class OpenVisit:
    """A visit with what is open of it, by service line."""

    claim: Claim
    person: Guarantor
    first_statement_on: date
    lines: dict[UUID | None, int] = field(default_factory=dict)


class SpeaksAgainst:
    """The facts of all these visits of these people."""

    def __init__(
        self, session: Session, people: Collection[UUID], visits: Mapping[UUID, OpenVisit]
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
        self._told = told_at(session, self._claims)
        self._asked = asked_for_at(session, self._claims)
        self._another = another_asked_for_at(session, self._claims)
        self._zone = ZoneInfo(practice_contact(session).time_zone)

    def of(self, claim_id: UUID, visit: OpenVisit) -> AgencyFacts:
        """Of one of them."""
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

    def notice_asked_on(self, claim_id: UUID) -> date | None:
        """While it waits in the queue or at staff."""
        at = self._asked.get(claim_id)
        return at.astimezone(self._zone).date() if at else None

    def _noticed_on(self, claim_id: UUID, visit: OpenVisit) -> date | None:
        """The first notice of it after its statement, and after what asks for another one."""
        since = self._another.get(claim_id)
        for at in self._told.get(claim_id, ()):
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
                StatementLink.for_patient_id.is_(None),
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
