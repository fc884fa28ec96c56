"""Who may see what was done at a visit; whoever may not still sees what it costs, to the cent.

A visit is seen whole, or grouped: one line with its sums, the patient's first name and the month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.domain.dates import MonthOnly
from portal.domain.service_kind import ServiceKind
from portal.domain.statement import (
    TOGETHER,
    CoveredVisit,
    PendingReason,
    PendingVisit,
    PlanAnswer,
    StatementLine,
    TakenOff,
    Visit,
)

ADULT_AT = 18


class Sight(StrEnum):
    """How a visit is shown."""

    SEEN = "seen"
    GROUPED = "grouped"


class GroupedBecause(StrEnum):
    """Why somebody sees only the sums of a visit."""

    THEIR_CHOICE = "their_choice"  # an adult who has not let the payer see it
    KEPT_PRIVATE = "kept_private"  # flagged, or the patient is reached apart
    PAYS_ONLY = "pays_only"
    NOT_THEIRS = "not_theirs"  # of somebody else on the statement


class ViewerKind(StrEnum):
    """Who looks."""

    STAFF = "staff"
    GUARANTOR = "guarantor"
    PROXY = "proxy"  # looks for the guarantor, and is not the guarantor
    PAYS_ONLY = "pays_only"
    PATIENT = "patient"  # named on the statement, and does not pay
    PATIENT_APART = "patient_apart"  # the same, by a link that went to their own address


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What decides about the visits of one patient.

    ``lets_payer_see``: what the patient said last. ``is_reached_apart``: they asked to be reached
    elsewhere than at the payer's address (45 CFR 164.522(b)).
    """

    born_on: date | None
    lets_payer_see: bool = False
    is_reached_apart: bool = False


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, on which day of the practice's.

    ``guarantor_id``: whose account it is. ``patient_ids``: who they are as a patient; of a proxy,
    whom they look for. ``people``: the patients of the account.
    """

    kind: ViewerKind
    today: date
    guarantor_id: UUID | None = None
    patient_ids: frozenset[UUID] = frozenset()
    people: Mapping[UUID, PatientFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What decides about one visit. ``is_part2``: of a program under 42 CFR Part 2."""

    patient_id: UUID | None
    is_sensitive: bool = False
    is_part2: bool = False


def sight(visit: VisitFacts, viewer: Viewer) -> Sight:
    """How a viewer is shown a visit."""
    return Sight.GROUPED if grouped_because(visit, viewer) else Sight.SEEN


def grouped_because(visit: VisitFacts, viewer: Viewer) -> GroupedBecause | None:
    """None: seen whole. Staff work on the record itself; what they read aloud is another matter.

    A date of birth is known to a family: what is kept private is not shown for one alone, typed at
    a link that went to who pays (docs/adr/0007).
    """
    if viewer.kind is ViewerKind.STAFF:
        return None
    if viewer.kind is ViewerKind.PAYS_ONLY:
        return GroupedBecause.PAYS_ONLY
    is_own = visit.patient_id is not None and visit.patient_id in viewer.patient_ids
    if not is_own and viewer.kind in (ViewerKind.PATIENT, ViewerKind.PATIENT_APART):
        return GroupedBecause.NOT_THEIRS
    if is_own and viewer.kind in (ViewerKind.GUARANTOR, ViewerKind.PATIENT_APART):
        return None
    if visit.is_sensitive or visit.is_part2:
        return GroupedBecause.KEPT_PRIVATE
    return None if is_own else _of_another(visit, viewer)


def is_adult(born_on: date | None, today: date) -> bool:
    """From the eighteenth birthday on; whose birth date is unknown counts as one."""
    if born_on is None:
        return True
    years = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return years >= ADULT_AT


def grouped_visit(visit: Visit, because: GroupedBecause) -> Visit:
    """The same sums on one line, and nothing of what was done, where, by whom, decided by whom."""
    figures = visit.figures
    taken_off = (TakenOff(TOGETHER, figures.taken_off_cents),) if figures.taken_off_cents else ()
    answers = (PlanAnswer("", figures.plan_paid_cents),) if figures.plan_paid_cents else ()
    line = StatementLine(
        charge_id=None,
        service_kind=ServiceKind.PRIVATE,
        procedure_code="",
        figures=figures,
        taken_off=taken_off,
        answers=answers,
    )
    return Visit(
        claim_id=visit.claim_id,
        claim_number="",
        patient_first_name=visit.patient_first_name,
        service_on=MonthOnly.of(visit.service_on),
        provider_name="",
        place_name="",
        lines=(line,),
        freed_credit_cents=visit.freed_credit_cents,
        grouped_because=because,
    )


def grouped_pending(visit: PendingVisit, because: GroupedBecause) -> PendingVisit:
    """It waits, and that is all: what for, and what is asked, would tell what was done."""
    return PendingVisit(
        patient_first_name=visit.patient_first_name,
        service_on=MonthOnly.of(visit.service_on),
        provider_name="",
        payer_name="",
        why=PendingReason.NOT_SHOWN,
        grouped_because=because,
    )


def grouped_cover(visit: CoveredVisit) -> CoveredVisit:
    """A visit of a payment plan without its services."""
    return replace(
        visit,
        service_kinds=(ServiceKind.PRIVATE,),
        service_on=MonthOnly.of(visit.service_on),
        provider_name="",
    )


def _of_another(visit: VisitFacts, viewer: Viewer) -> GroupedBecause | None:
    """A minor's is seen by who pays for them; an adult's when that adult has said so."""
    person = viewer.people.get(visit.patient_id) if visit.patient_id else None
    if person is None:
        return GroupedBecause.THEIR_CHOICE
    if person.lets_payer_see:
        return None
    if person.is_reached_apart:
        return GroupedBecause.KEPT_PRIVATE
    return GroupedBecause.THEIR_CHOICE if is_adult(person.born_on, viewer.today) else None
