"""A person's plans as staff see them: what the person sees, and who did what, when and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.plan_script_texts import SpokenScript, spoken_script
from portal.domain.plans.difference import RowChange
from portal.domain.plans.states import UNDECIDED, PlanState
from portal.plans.changing.service import Moment, Ports
from portal.plans.history import HistoryRow
from portal.plans.listing import PlansPage, plans_page
from portal.plans.models import Plan, PlanConsent, PlanEvent, PlanRequest
from portal.plans.models import PlanVersion as PlanVersionRow
from portal.plans.moves import PlanNotFoundError, plan_of
from portal.plans.offering.queries import AgreePage, agree_page
from portal.plans.offering.terms import ASKED
from portal.plans.papers import AgreementText
from portal.plans.ports import ChargeOfPlan, ChargeRows
from portal.plans.queries import PlanPage, plan_page
from portal.plans.staff.consenting import language_of, sentences_to_read
from portal.plans.staff.new_bills import new_bills
from portal.plans.visits import PlanVisit
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor


@dataclass(frozen=True, slots=True)
class PlanRef:
    """Whose plan it is, how it stands, and what they read."""

    guarantor_id: UUID
    state: PlanState
    language: str


@dataclass(frozen=True, slots=True)
class PersonHead:
    """Whose plans a page is about."""

    guarantor_id: UUID
    name: str
    first_name: str
    account_number: str
    language: str


@dataclass(frozen=True, slots=True)
class PersonPlans:
    """All plans of one person."""

    person: PersonHead
    plans: PlansPage


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffVersion:
    """One version, with the name of whoever made it (empty: the person, or a job) and why."""

    row: HistoryRow
    name: str
    why: str

    @property
    def changes(self) -> tuple[RowChange, ...]:
        return self.row.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffConsent:
    """A yes. ``at`` is where the practice is; ``recorded_by``: a name, empty for the person."""

    kind: str
    at: datetime
    given_by: str
    recorded_by: str
    note: str
    language: str
    sentences: Sequence[str]
    is_disclosed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEvent:
    """What happened to the plan or to one of its payments."""

    at: datetime
    number: int | None
    state: str
    name: str
    actor: str  # patient, staff, job
    detail: str


@dataclass(frozen=True, slots=True)
class StaffPlanPage:
    """``plan`` is what the person sees; None for one that was never agreed to.

    ``new_bills`` came since, and are on no plan; of a plan that runs.
    """

    person: PersonHead
    ref: PlanRef
    plan_id: UUID
    number: str
    plan: PlanPage | None
    new_bills: tuple[PlanVisit, ...]
    versions: tuple[StaffVersion, ...]
    consents: tuple[StaffConsent, ...]
    events: tuple[StaffEvent, ...]
    charges: tuple[ChargeOfPlan, ...]
    requests: tuple[PlanRequest, ...]

    @property
    def is_undecided(self) -> bool:
        return self.ref.state in UNDECIDED


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What is read out, or signed, before a plan begins. ``sentences``: the script, in order."""

    person: PersonHead
    offered: AgreePage
    script: SpokenScript
    sentences: tuple[str, ...]
    today: date

    @property
    def text(self) -> AgreementText:
        """What is printed to be signed."""
        plan, agreement = self.offered.plan, self.offered.terms.agreement
        return AgreementText(
            practice=plan.practice,
            number=plan.number,
            version=1,
            text_version=agreement.version,
            language=agreement.language,
            installments=plan.installments,
            visits=self.offered.visits,
            sentences=agreement.in_writing,
            disclosure=self.offered.terms.disclosure,
        )


def guarantor_of_plan(database: Database, principal: Principal, plan_id: UUID) -> PlanRef:
    """Raises PlanNotFoundError."""
    with database.transaction(principal) as session:
        plan = plan_of(session, plan_id)
        language = language_of(session, plan.guarantor_id)
        return PlanRef(plan.guarantor_id, PlanState(plan.state), language)


def person_head(database: Database, principal: Principal, guarantor_id: UUID) -> PersonHead:
    """Raises PlanNotFoundError."""
    with database.transaction(principal) as session:
        return _head(session, guarantor_id)


def person_plans(
    database: Database, principal: Principal, guarantor_id: UUID, *, ports: Ports, at: Moment
) -> PersonPlans:
    """With a row in the audit log. Raises PlanNotFoundError."""
    person = person_head(database, principal, guarantor_id)
    plans = plans_page(
        database,
        principal,
        guarantor_id=guarantor_id,
        statement_id=None,
        charges=ports.charges,
        coming=ports.coming,
        now=at.now,
        request_id=at.request_id,
    )
    return PersonPlans(person, plans)


def staff_plan_page(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    ports: Ports,
    charge_rows: ChargeRows,
    at: Moment,
) -> StaffPlanPage:
    """With a row in the audit log. Raises PlanNotFoundError."""
    seen = plan_page(
        database,
        principal,
        plan_id,
        statement_id=None,
        methods=ports.methods,
        charges=ports.charges,
        coming=ports.coming,
        language=at.language,
        now=at.now,
        request_id=at.request_id,
    )
    with database.transaction(principal) as session:
        plan = plan_of(session, plan_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        names = _staff_names(session)
        return StaffPlanPage(
            person=_head(session, plan.guarantor_id),
            ref=PlanRef(
                plan.guarantor_id,
                PlanState(plan.state),
                language_of(session, plan.guarantor_id),
            ),
            plan_id=plan_id,
            number=plan.number,
            plan=seen,
            new_bills=_new_bills(session, plan, seen, ports),
            versions=_versions(session, plan, seen.history if seen else (), names),
            consents=_consents(session, plan_id, names, zone),
            events=_events(session, plan_id, names, zone),
            charges=tuple(charge_rows(session, plan_id)),
            requests=_requests(session, plan_id),
        )


def consent_page(
    database: Database, principal: Principal, plan_id: UUID, *, ports: Ports, at: Moment
) -> ConsentPage:
    """With a row in the audit log.

    Raises PlanNotFoundError, NotUndecidedError, OfferLapsedError.
    """
    offered = agree_page(
        database,
        principal,
        plan_id,
        statement_id=None,
        methods=ports.methods,
        coming=ports.coming,
        language=at.language,
        now=at.now,
        request_id=at.request_id,
    )
    with database.transaction(principal) as session:
        person = _head(session, plan_of(session, plan_id).guarantor_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
    script = spoken_script(language=at.language)
    return ConsentPage(
        person=person,
        offered=offered,
        script=script,
        sentences=sentences_to_read(offered.terms, script),
        today=at.now.astimezone(zone).date(),
    )


def _new_bills(
    session: Session, plan: Plan, seen: PlanPage | None, ports: Ports
) -> tuple[PlanVisit, ...]:
    if seen is None or not seen.is_live:
        return ()
    return new_bills(session, plan, coming=ports.coming, today=seen.today)


def _head(session: Session, guarantor_id: UUID) -> PersonHead:
    person = session.scalar(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    if person is None:
        raise PlanNotFoundError(guarantor_id)
    return PersonHead(
        guarantor_id=guarantor_id,
        name=in_mixed_case(f"{person.first_name} {person.last_name}"),
        first_name=in_mixed_case(person.first_name),
        account_number=person.account_number,
        language=person.language,
    )


def _staff_names(session: Session) -> Mapping[str, str]:
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {str(row.staff_id): row.name for row in rows}


def _name(actor: str, names: Mapping[str, str]) -> str:
    """Of `staff <id>`; empty for everybody else."""
    return names.get(actor.partition(" ")[2], "")


def _versions(
    session: Session, plan: Plan, history: Sequence[HistoryRow], names: Mapping[str, str]
) -> tuple[StaffVersion, ...]:
    rows = session.scalars(
        select(PlanVersionRow).where(
            PlanVersionRow.practice_id == practice_of(session),
            PlanVersionRow.plan_id == plan.plan_id,
        )
    )
    made = {row.version: row for row in rows}
    return tuple(
        StaffVersion(
            row=one, name=_name(made[one.version].made_by, names), why=made[one.version].detail
        )
        for one in history
    )


def _consents(
    session: Session, plan_id: UUID, names: Mapping[str, str], zone: ZoneInfo
) -> tuple[StaffConsent, ...]:
    rows = session.scalars(
        select(PlanConsent)
        .where(
            PlanConsent.practice_id == practice_of(session),
            PlanConsent.plan_id == plan_id,
            PlanConsent.kind != ASKED,
        )
        .order_by(PlanConsent.consent_id.desc())
    )
    return tuple(
        StaffConsent(
            kind=row.kind,
            at=row.given_at.astimezone(zone),
            given_by="" if row.given_by == "patient" else row.given_by,
            recorded_by=_name(row.recorded_by, names),
            note=row.note,
            language=row.language,
            sentences=row.sentences,
            is_disclosed=row.disclosure is not None,
        )
        for row in rows
    )


def _events(
    session: Session, plan_id: UUID, names: Mapping[str, str], zone: ZoneInfo
) -> tuple[StaffEvent, ...]:
    rows = session.scalars(
        select(PlanEvent)
        .where(PlanEvent.practice_id == practice_of(session), PlanEvent.plan_id == plan_id)
        .order_by(PlanEvent.event_id.desc())
    )
    return tuple(
        StaffEvent(
            at=row.occurred_at.astimezone(zone),
            number=row.installment_number,
            state=row.state,
            name=_name(row.actor, names),
            actor=row.actor.partition(" ")[0],
            detail=row.detail,
        )
        for row in rows
    )


def _requests(session: Session, plan_id: UUID) -> tuple[PlanRequest, ...]:
    """Those that wait, and new terms that were approved and nobody has agreed to."""
    return tuple(
        session.scalars(
            select(PlanRequest)
            .where(
                PlanRequest.practice_id == practice_of(session),
                PlanRequest.plan_id == plan_id,
                PlanRequest.decision.in_(["waiting", "approved"]),
                PlanRequest.used_at.is_(None),
            )
            .order_by(PlanRequest.request_id)
        )
    )
