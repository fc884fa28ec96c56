"""The visits a case may be about: those of the account that whoever asks may see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import CaseVisit
from portal.cases.ports import VisitsOnStatement
from portal.cases.store import person_asking
from portal.db import practice_of, principal_of
from portal.domain.case_people import PersonKind
from portal.domain.service_kind import service_kind
from portal.ledger.queries import open_shares
from portal.practice.claims import ClaimHead, claims_of
from portal.practice.models import Charge, Claim
from portal.practice.viewing import grouped_visits, viewer_of


@dataclass(frozen=True, slots=True)
class LineChoice:
    """One line. ``description`` is the practice's own word, ``kind`` ours where it has none."""

    charge_id: UUID
    description: str
    kind: str
    charge_cents: int


@dataclass(frozen=True, slots=True)
class VisitChoice:
    """A visit; one that is only a sum for this reader has no lines, no day and no name."""

    claim_id: UUID
    patient_first_name: str
    service_on: date | None
    provider_name: str
    open_cents: int
    is_private: bool
    lines: tuple[LineChoice, ...]


def visit_choices(
    session: Session,
    *,
    statement_id: UUID | None,
    on_statement: VisitsOnStatement,
    today: date,
    of_visit: UUID | None = None,
) -> Sequence[VisitChoice]:
    """What may be chosen, the newest first: lines and all of ``of_visit``, or else of each.

    Who pays chooses among all that they are billed for. Everybody else among what they see whole,
    and who only opened a statement among its visits: a case about a visit holds it.
    """
    principal = principal_of(session)
    if principal.guarantor_id is None:
        return ()
    heads = claims_of(session, principal.guarantor_id)
    if not principal.holds_account:
        theirs = (statement_id and on_statement(session, statement_id)) or ()
        heads = [head for head in heads if head.claim_id in theirs]
    if of_visit is not None:
        heads = [head for head in heads if head.claim_id == of_visit]
    choices = _choices(session, principal.guarantor_id, heads, today=today)
    person = person_asking(principal)
    if person is None or person.kind is not PersonKind.GUARANTOR:
        return [one for one in choices if not one.is_private]
    return choices


def is_billed(
    session: Session,
    claim_id: UUID,
    statement_id: UUID | None,
    *,
    on_statement: VisitsOnStatement,
) -> bool:
    """Whether it is a visit of what whoever asks has opened: their account, or one statement."""
    principal = principal_of(session)
    if not principal.holds_account:
        return claim_id in ((statement_id and on_statement(session, statement_id)) or ())
    found = session.scalar(
        select(Claim.claim_id).where(
            Claim.practice_id == practice_of(session),
            Claim.guarantor_id == principal.guarantor_id,
            Claim.claim_id == claim_id,
        )
    )
    return found is not None


def visits_in_case(
    session: Session, case_id: UUID, guarantor_id: UUID, *, today: date
) -> Sequence[VisitChoice]:
    """The visits of a case, as whoever asks may see them."""
    chosen = visits_by_case(session, [case_id]).get(case_id, ())
    heads = [head for head in claims_of(session, guarantor_id) if head.claim_id in chosen]
    return _choices(session, guarantor_id, heads, today=today)


def visits_by_case(session: Session, case_ids: Collection[UUID]) -> Mapping[UUID, Collection[UUID]]:
    """Claims by case."""
    rows = session.execute(
        select(CaseVisit.case_id, CaseVisit.claim_id).where(
            CaseVisit.practice_id == practice_of(session), CaseVisit.case_id.in_(case_ids)
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        found.setdefault(row.case_id, set()).add(row.claim_id)
    return found


def _choices(
    session: Session, guarantor_id: UUID, heads: Sequence[ClaimHead], *, today: date
) -> Sequence[VisitChoice]:
    claim_ids = [head.claim_id for head in heads]
    private = grouped_visits(session, claim_ids, viewer_of(session, today=today))
    lines = _lines(session, claim_ids)
    open_cents: dict[UUID, int] = {}
    for share in open_shares(session, guarantor_id):
        open_cents[share.claim_id] = open_cents.get(share.claim_id, 0) + share.open_cents
    choices = [
        VisitChoice(
            claim_id=head.claim_id,
            patient_first_name="" if head.claim_id in private else head.patient_first_name,
            service_on=None if head.claim_id in private else head.service_on,
            provider_name="" if head.claim_id in private else head.provider_name,
            open_cents=open_cents.get(head.claim_id, 0),
            is_private=head.claim_id in private,
            lines=() if head.claim_id in private else tuple(lines.get(head.claim_id, ())),
        )
        for head in heads
    ]
    return sorted(choices, key=lambda one: one.service_on or date.min, reverse=True)


def _lines(session: Session, claim_ids: Collection[UUID]) -> Mapping[UUID, list[LineChoice]]:
    rows = session.scalars(
        select(Charge)
        .where(Charge.practice_id == practice_of(session), Charge.claim_id.in_(claim_ids))
        .order_by(Charge.claim_id, Charge.line_number)
    )
    found: dict[UUID, list[LineChoice]] = {}
    for row in rows:
        kind = service_kind(qualifier=row.procedure_qualifier, code=row.procedure_code)
        found.setdefault(row.claim_id, []).append(
            LineChoice(row.charge_id, row.description, kind.value, row.charge_cents)
        )
    return found
