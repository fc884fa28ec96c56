"""What was set aside as posters see it: what the payer sent, what is wrong, what each act comes to.

The outcome of an act is worked out by the same rules as the act itself, on what is known now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.claim_position import Outcome
from portal.domain.names import in_mixed_case
from portal.domain.quarantine import NO_RULING, QuarantineAct, QuarantineReason
from portal.domain.remittance import ClaimPayment
from portal.practice.contact import practice_contact
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim
from portal.remittances.claims.read_decisions import ReadLine, read_lines
from portal.remittances.models import (
    QuarantinedClaim,
    QuarantineDecision,
    Remittance,
    RemittanceFile,
)
from portal.remittances.quarantine.outlooks import ActOutlook, MoveRow, move_rows, outlook_of
from portal.remittances.quarantine.set_aside import (
    SetAside,
    decided_again,
    set_aside,
    told_elsewhere,
    with_every_fault,
)
from portal.remittances.worklists import placer_names

_MOST_CANDIDATES: Final = 20
_WITH_MONEY: Final = (Outcome.POSTED.value, Outcome.WAITING.value, Outcome.PAID_TWICE.value)


@dataclass(frozen=True, slots=True)
class TakeBackRow:
    """A standing decision of the payer that a reversal may be about."""

    decision_id: UUID
    claim_id: UUID
    claim_number: str
    patient_name: str
    service_on: date | None
    decided_on: date
    charge_cents: int
    paid_cents: int
    left_cents: int  # of what it paid, after the reversal: owed to the payer, or by it


@dataclass(frozen=True, slots=True)
class ResolvedFacts:
    """How it ended; an import that took it in leaves no name and no reason."""

    act: QuarantineAct | None
    reason: str
    at: datetime
    by: str
    claim_id: UUID | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where it stands: the file, the payment, the segment."""

    file_id: UUID
    file_name: str
    imported_at: datetime
    where: str
    trace_number: str
    payment_cents: int


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """One claim that is not in the journal, or was not."""

    quarantine_id: UUID
    reason: QuarantineReason
    message: str  # exact, in English
    claim: ClaimPayment
    claim_id: UUID
    patient_name: str
    payer_name: str
    origin: Origin
    lines: tuple[ReadLine, ...]
    missing_cents: int  # what the claim's figures do not explain
    outlooks: tuple[ActOutlook, ...]
    may_match: bool  # it takes a decision back, and somebody may say which
    candidates: tuple[TakeBackRow, ...]
    looked_for: str  # a claim number
    resolved: ResolvedFacts | None
    may_move: bool = False  # it may be another claim's
    targets: tuple[MoveRow, ...] = ()

    def outlook(self, act: str) -> ActOutlook | None:
        """Of one act, if it fits why the claim was set aside."""
        return next((one for one in self.outlooks if one.act == act), None)


def quarantine_page(
    database: Database,
    principal: Principal,
    quarantine_id: UUID,
    *,
    language: str,
    claim_number: str = "",
    now: datetime,
    request_id: str,
) -> QuarantinePage:
    """``claim_number``: look there for what a reversal takes back, or for the claim it is of.

    Raises QuarantineNotFoundError, also for a payment that was withheld whole, and its claims.
    """
    with database.transaction(principal) as session:
        connection, practice_id = session.connection(), practice_of(session)
        aside = set_aside(connection, practice_id, quarantine_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        today = now.astimezone(zone).date()
        aside = with_every_fault(connection, practice_id, aside, today=today)
        row = session.execute(
            select(QuarantinedClaim).where(
                QuarantinedClaim.practice_id == practice_id,
                QuarantinedClaim.quarantine_id == quarantine_id,
            )
        ).scalar_one()
        record(
            session,
            action="view",
            object_kind="quarantined_claim",
            object_id=quarantine_id,
            guarantor_id=aside.guarantor_id,
            now=now,
            request_id=request_id,
        )
        claim = aside.claim
        may_match = QuarantineAct.MATCHED in aside.acts
        return QuarantinePage(
            quarantine_id=quarantine_id,
            reason=aside.reason,
            message=row.message,
            claim=claim,
            claim_id=aside.claim_id,
            patient_name=in_mixed_case(
                f"{claim.patient.first_name} {claim.patient.last_name}".strip()
            ),
            payer_name=in_mixed_case(aside.payer_name),
            origin=origin_of(session, row, zone=zone),
            lines=tuple(read_lines(claim, language)),
            missing_cents=claim.charge_cents - claim.adjustment_cents - claim.paid_cents,
            outlooks=tuple(_outlooks(session, aside, today=today, language=language)),
            may_match=may_match,
            candidates=tuple(_candidates(session, aside, claim_number=claim_number))
            if may_match
            else (),
            looked_for=claim_number,
            resolved=resolved_facts(session, row, zone=zone),
            may_move=QuarantineAct.MOVED in aside.acts,
            targets=tuple(
                move_rows(session, aside, claim_number=claim_number, today=today, language=language)
            ),
        )


def origin_of(session: Session, row: QuarantinedClaim, *, zone: ZoneInfo) -> Origin:
    """Its file and its payment."""
    practice_id = practice_of(session)
    found = session.execute(
        select(
            RemittanceFile.file_id,
            RemittanceFile.name,
            RemittanceFile.imported_at,
            Remittance.trace_number,
            Remittance.payment_cents,
        )
        .join(
            RemittanceFile,
            (RemittanceFile.practice_id == practice_id)
            & (RemittanceFile.file_id == Remittance.file_id),
        )
        .where(Remittance.practice_id == practice_id, Remittance.remittance_id == row.remittance_id)
    ).one()
    return Origin(
        file_id=found.file_id,
        file_name=found.name,
        imported_at=found.imported_at.astimezone(zone),
        where=row.where,
        trace_number=found.trace_number,
        payment_cents=found.payment_cents,
    )


def resolved_facts(
    session: Session, row: QuarantinedClaim, *, zone: ZoneInfo
) -> ResolvedFacts | None:
    """Who ended it and why; None while it is open."""
    if row.resolved_at is None:
        return None
    practice_id = practice_of(session)
    found = session.execute(
        select(QuarantineDecision, Adjudication.claim_id)
        .outerjoin(
            Adjudication,
            (Adjudication.practice_id == practice_id)
            & (Adjudication.adjudication_id == QuarantineDecision.adjudication_id),
        )
        .where(
            QuarantineDecision.practice_id == practice_id,
            QuarantineDecision.quarantine_id == row.quarantine_id,
        )
    ).one_or_none()
    at = row.resolved_at.astimezone(zone)
    if found is None:
        return ResolvedFacts(None, "", at, "", None)
    decided = found.QuarantineDecision
    names = placer_names(session, {decided.decided_by})
    return ResolvedFacts(
        act=QuarantineAct(decided.act),
        reason=decided.reason,
        at=at,
        by=names[decided.decided_by],
        claim_id=found.claim_id,
    )


def _outlooks(
    session: Session, aside: SetAside, *, today: date, language: str
) -> Iterator[ActOutlook]:
    connection, practice_id = session.connection(), practice_of(session)
    for act, ruling in (
        (QuarantineAct.AGAIN, NO_RULING),
        (QuarantineAct.ACCEPTED, aside.accepted),
    ):
        if act in aside.acts:
            again = decided_again(connection, practice_id, aside, ruling=ruling, today=today)
            yield outlook_of(act, again, language=language)
    is_told = told_elsewhere(connection, practice_id, aside) is not None
    if QuarantineAct.REPLACED in aside.acts and is_told:
        yield ActOutlook(QuarantineAct.REPLACED)
    if QuarantineAct.REJECTED in aside.acts and not is_told:
        yield ActOutlook(QuarantineAct.REJECTED, credit_cents=aside.claim.paid_cents)


def _candidates(session: Session, aside: SetAside, *, claim_number: str) -> Iterator[TakeBackRow]:
    practice_id = practice_of(session)
    undone = aliased(Adjudication)
    rows = session.execute(
        select(
            Adjudication.adjudication_id,
            Adjudication.decided_on,
            Adjudication.charge_cents,
            Adjudication.paid_cents,
            Claim.claim_id,
            Claim.claim_number,
            Claim.service_on,
            Claim.patient_name_on_file,
        )
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .outerjoin(
            undone,
            (undone.practice_id == practice_id) & (undone.voids_id == Adjudication.adjudication_id),
        )
        .where(
            Adjudication.practice_id == practice_id,
            Adjudication.payer_id == aside.payer_id,
            Adjudication.disposition.in_(_WITH_MONEY),
            undone.adjudication_id.is_(None),
            or_(*_alike(aside, claim_number)),
        )
        .order_by(Adjudication.adjudication_id.desc())
        .limit(_MOST_CANDIDATES)
    )
    for row in rows:
        yield TakeBackRow(
            decision_id=row.adjudication_id,
            claim_id=row.claim_id,
            claim_number=row.claim_number,
            patient_name=in_mixed_case(row.patient_name_on_file),
            service_on=row.service_on,
            decided_on=row.decided_on,
            charge_cents=row.charge_cents,
            paid_cents=row.paid_cents,
            left_cents=row.paid_cents + aside.claim.paid_cents,
        )


def _alike(aside: SetAside, claim_number: str) -> Sequence[ColumnElement[bool]]:
    """The number typed or sent; or the same patient on the same day, or for the same sum."""
    claim = aside.claim
    alike: list[ColumnElement[bool]] = [Claim.claim_id == aside.claim_id]
    numbers = [one for one in (claim_number, claim.number) if one]
    if numbers:
        alike.append(Claim.claim_number.in_(numbers))
    if aside.patient_id is not None:
        same_sum = Adjudication.charge_cents == abs(claim.charge_cents)
        same_patient = and_(
            Claim.guarantor_id == aside.guarantor_id, Claim.patient_id == aside.patient_id
        )
        same_day = Claim.service_on == claim.service_from
        alike.append(and_(same_patient, or_(same_day, same_sum)))
    return alike
