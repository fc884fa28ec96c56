"""Who looks, which visits they see whole, and a statement as they see it.

Every page, paper and file that shows visits to anybody but staff passes through here.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, bindparam, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.db import Principal, PrincipalKind, practice_of, principal_of
from portal.domain.account_access import AccessKind
from portal.domain.names import plain, same_first_name
from portal.domain.statement import PendingVisit, StatementDocument, Visit
from portal.domain.visit_privacy import (
    GroupedBecause,
    PatientFacts,
    Viewer,
    ViewerKind,
    VisitFacts,
    grouped_because,
    grouped_cover,
    grouped_pending,
    grouped_visit,
)
from portal.practice.models import Claim, Guarantor, Patient
from portal.practice.viewing_models import ViewingGrant

_ACCESS = {
    AccessKind.HOLDER: ViewerKind.GUARANTOR,
    AccessKind.SEE_AND_PAY: ViewerKind.PROXY,
    AccessKind.PAY_ONLY: ViewerKind.PAYS_ONLY,
}
_STAFF = (PrincipalKind.STAFF, PrincipalKind.JOB)
_PRACTICE = bindparam("practice", type_=Uuid)
_GUARANTOR = bindparam("guarantor", type_=Uuid)
_VISIT_FACTS = select(Claim.claim_id, Claim.patient_id, Claim.is_sensitive, Claim.is_part2).where(
    Claim.practice_id == _PRACTICE, Claim.claim_id.in_(bindparam("claims", expanding=True))
)


@dataclass(frozen=True, slots=True)
class _Household:
    """The patients of an account, and which of them is the guarantor."""

    own_ids: frozenset[UUID]
    people: Mapping[UUID, PatientFacts]


def viewer_of(session: Session, *, today: date) -> Viewer:
    """Who asked for this transaction, on the practice's day.

    Staff and jobs see all: what a job writes to somebody is written for `payer_of`.
    """
    principal = principal_of(session)
    kind = _kind_of(principal)
    if kind is ViewerKind.STAFF or principal.guarantor_id is None:
        return Viewer(kind, today)
    household = _household(session, principal.guarantor_id)
    own = frozenset({principal.patient_id}) if principal.patient_id else household.own_ids
    return Viewer(kind, today, principal.guarantor_id, own, household.people)


def payer_of(session: Session, guarantor_id: UUID, *, today: date) -> Viewer:
    """The guarantor: what goes to their address, and what staff may read to them."""
    household = _household(session, guarantor_id)
    kind = ViewerKind.GUARANTOR
    return Viewer(kind, today, guarantor_id, household.own_ids, household.people)


def reader_of(session: Session, guarantor_id: UUID, *, today: date) -> Viewer:
    """For whom a paper is: whoever asks for it; what staff or jobs ask for goes to who pays."""
    asking = viewer_of(session, today=today)
    if asking.kind is not ViewerKind.STAFF:
        return asking
    return payer_of(session, guarantor_id, today=today)


def grouped_visits(
    session: Session, claim_ids: Collection[UUID], viewer: Viewer
) -> Mapping[UUID, GroupedBecause]:
    """Of these visits those that the viewer sees only the sums of, and why."""
    if viewer.kind is ViewerKind.STAFF or not claim_ids:
        return {}
    return _grouped(_visit_facts(session, claim_ids), viewer)


def shows_part2(session: Session, claim_ids: Collection[UUID], viewer: Viewer) -> bool:
    """Whether the viewer sees a visit whole that 42 CFR Part 2 protects: its notice goes along."""
    found = _visit_facts(session, claim_ids)
    return any(one.is_part2 and not grouped_because(one, viewer) for one in found.values())


def masked(session: Session, document: StatementDocument, viewer: Viewer) -> StatementDocument:
    """A statement as the viewer sees it: the same sums, to the cent."""
    if viewer.kind is ViewerKind.STAFF:
        return document
    covered = [visit.claim_id for plan in document.payment_plans for visit in plan.visits]
    claim_ids = {visit.claim_id for visit in document.visits} | set(covered)
    facts = _visit_facts(session, claim_ids)
    grouped = _grouped(facts, viewer)
    waiting = _grouped_pending(session, document.pending, viewer)
    return replace(
        document,
        visits=tuple(
            grouped_visit(visit, grouped[visit.claim_id])
            if visit.claim_id in grouped
            else replace(visit, is_part2=_is_part2(facts, visit))
            for visit in document.visits
        ),
        pending=tuple(
            grouped_pending(visit, why) if why else visit
            for visit, why in zip(document.pending, waiting, strict=True)
        ),
        payment_plans=tuple(
            replace(
                plan,
                visits=tuple(
                    grouped_cover(visit) if visit.claim_id in grouped else visit
                    for visit in plan.visits
                ),
            )
            for plan in document.payment_plans
        ),
    )


def _kind_of(principal: Principal) -> ViewerKind:
    if principal.kind in _STAFF:
        return ViewerKind.STAFF
    if principal.kind is PrincipalKind.PATIENT:
        return _ACCESS[AccessKind(principal.role)]
    if principal.holds_account:
        return ViewerKind.GUARANTOR
    if principal.patient_id is None:  # a date of more than one patient
        return ViewerKind.PAYS_ONLY
    return ViewerKind.PATIENT_APART if principal.is_apart else ViewerKind.PATIENT


def _household(session: Session, guarantor_id: UUID) -> _Household:
    """In one statement of SQL: pages ask for it each time."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(_patients_of_account(), whose).all()
    return _Household(
        own_ids=frozenset(row.patient_id for row in rows if _is_payer(row)),
        people={
            row.patient_id: PatientFacts(
                born_on=row.born_on,
                lets_payer_see=bool(row.is_granted),
                is_reached_apart=row.is_reached_apart,
            )
            for row in rows
        },
    )


@cache
def _patients_of_account() -> Select[Any]:
    """Each with the guarantor, and whether they let them see. Put together once."""
    newest = (
        select(ViewingGrant.patient_id, ViewingGrant.is_granted)
        .where(ViewingGrant.practice_id == _PRACTICE, ViewingGrant.guarantor_id == _GUARANTOR)
        .ext(distinct_on(ViewingGrant.patient_id))
        .order_by(ViewingGrant.patient_id, ViewingGrant.grant_id.desc())
        .subquery()
    )
    return (
        select(
            Patient.patient_id,
            Patient.born_on,
            Patient.first_name,
            Patient.last_name,
            Patient.is_reached_apart,
            Guarantor.born_on.label("payer_born_on"),
            Guarantor.first_name.label("payer_first_name"),
            Guarantor.last_name.label("payer_last_name"),
            newest.c.is_granted,
        )
        .select_from(Guarantor)
        .join(
            Patient,
            (Patient.practice_id == _PRACTICE) & (Patient.guarantor_id == Guarantor.guarantor_id),
        )
        .outerjoin(newest, newest.c.patient_id == Patient.patient_id)
        .where(Guarantor.practice_id == _PRACTICE, Guarantor.guarantor_id == _GUARANTOR)
    )


def _is_payer(row: Row[*tuple[Any, ...]]) -> bool:
    """Who pays is the patient: born on one day, with one first name. Families share last names.

    Whom only payers' files have named has no birth date: then both names must be the same.
    """
    if row.payer_born_on != row.born_on:
        return False
    if row.payer_born_on is None and plain(row.payer_last_name) != plain(row.last_name):
        return False
    return same_first_name(row.payer_first_name, row.first_name)


def _visit_facts(session: Session, claim_ids: Collection[UUID]) -> Mapping[UUID, VisitFacts]:
    which = {"practice": practice_of(session), "claims": list(claim_ids)}
    rows = session.execute(_VISIT_FACTS, which)
    return {
        row.claim_id: VisitFacts(row.patient_id, row.is_sensitive, row.is_part2) for row in rows
    }


def _grouped(facts: Mapping[UUID, VisitFacts], viewer: Viewer) -> Mapping[UUID, GroupedBecause]:
    because = {one: grouped_because(visit, viewer) for one, visit in facts.items()}
    return {claim_id: why for claim_id, why in because.items() if why}


def _is_part2(facts: Mapping[UUID, VisitFacts], visit: Visit) -> bool:
    return visit.claim_id in facts and facts[visit.claim_id].is_part2


def _grouped_pending(
    session: Session, pending: Collection[PendingVisit], viewer: Viewer
) -> list[GroupedBecause | None]:
    """A pending visit of a document names no claim: it is one of its patient's on its day.

    Of several the most private one decides; of none that is known, nothing is shown.
    """
    if not pending:
        return []
    practice_id = practice_of(session)
    days = {visit.service_on for visit in pending}
    rows = session.execute(
        select(Claim, Patient.first_name)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id == viewer.guarantor_id,
            or_(Claim.service_on.in_(days - {None}), Claim.service_on.is_(None)),
        )
    )
    reasons: dict[tuple[str, date | None], list[GroupedBecause | None]] = defaultdict(list)
    for claim, first_name in rows:
        facts = VisitFacts(claim.patient_id, claim.is_sensitive, claim.is_part2)
        why = grouped_because(facts, viewer)
        reasons[plain(first_name or ""), claim.service_on].append(why)
    unknown = [GroupedBecause.KEPT_PRIVATE]
    return [
        next(
            filter(None, reasons.get((plain(visit.patient_first_name), visit.service_on), unknown)),
            None,
        )
        for visit in pending
    ]
