"""One claim as posters see it: figures, decisions, holds and who may end them, whose it may be."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.claim_position import Outcome
from portal.domain.claim_review import refused_cents
from portal.domain.hold_kinds import HOLDS, HoldKind, Releaser
from portal.domain.hold_words import hold_words
from portal.domain.ledger_identities import ClaimFigures, claim_figures
from portal.domain.names import in_mixed_case
from portal.domain.second_decisions import last_stands, second_decisions
from portal.practice.contact import practice_contact
from portal.practice.decisions import TAKES_UP, Adjudication
from portal.practice.folded_names import has_last_name
from portal.practice.models import Claim, Coverage, Guarantor, Hold, Patient, Payer
from portal.remittances.claims.acts import may_write_off
from portal.remittances.claims.partners import PartnerRow, partner_rows
from portal.remittances.claims.read_decisions import ReadLine, decided_lines
from portal.remittances.claims.work import ClaimNotFoundError, may_release
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.positions import claims_with_ids
from portal.remittances.worklists import placer_names

_MOST_CANDIDATES: Final = 20


@dataclass(frozen=True, slots=True)
class ClaimHoldRow:
    """One standing hold in the words of whoever looks, and whether they may release it."""

    kind: HoldKind
    means: str
    ends_with: str
    placed_by: str
    since: date
    released_by: Releaser
    may_release: bool


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One CLP of a payer. ``lines`` are its figures and reasons, where they were posted."""

    decision_id: UUID
    payer_name: str
    decided_on: date
    outcome: Outcome
    status: str  # CLP02
    rank: int
    charge_cents: int
    paid_cents: int
    share_cents: int
    is_voided: bool
    lines: tuple[ReadLine, ...]


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A patient whose claim it may be."""

    patient_id: UUID
    name: str
    born_on: date | None
    account_number: str
    member_identifier: str


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """A claim; ``candidates`` only while nobody is matched."""

    claim_id: UUID
    claim_number: str
    patient_name: str  # ours, or as the payer wrote it
    guarantor_id: UUID | None
    patient_id: UUID | None  # None: nobody is matched
    member_identifier: str
    service_on: date | None
    figures: ClaimFigures
    holds: tuple[ClaimHoldRow, ...]
    decisions: tuple[DecisionRow, ...]
    candidates: tuple[CandidateRow, ...]
    partners: tuple[PartnerRow, ...]
    joined_to: UUID | None  # the claim that this one turned out to be
    account_number: str  # what was looked for
    may_hold: bool = False  # no person holds it yet
    refused_cents: int = 0  # what whoever looks may write off
    written_off_cents: int = 0  # what they may put back
    back_if_first_stands: int = 0  # cents: of two decisions, what the payer gets back
    back_if_last_stands: int | None = None  # None: it cannot stand


def claim_page(
    database: Database,
    principal: Principal,
    claim_id: UUID,
    *,
    language: str,
    account_number: str = "",
    now: datetime,
    request_id: str,
) -> ClaimPage:
    """``account_number``: look there for the patient too. Raises ClaimNotFoundError."""
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        found = claims_with_ids(session.connection(), practice_id, [claim_id])
        if not found:
            raise ClaimNotFoundError(claim_id)
        known = found[0]
        claim = session.execute(
            select(Claim.patient_name_on_file, Patient.first_name, Patient.last_name)
            .outerjoin(
                Patient,
                (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
            )
            .where(Claim.practice_id == practice_id, Claim.claim_id == claim_id)
        ).one()
        record(
            session,
            action="view",
            object_kind="claim",
            object_id=claim_id,
            guarantor_id=known.position.guarantor_id,
            now=now,
            request_id=request_id,
        )
        ours = f"{claim.first_name or ''} {claim.last_name or ''}".strip()
        writes_off = may_write_off(principal.role)
        return ClaimPage(
            claim_id=claim_id,
            claim_number=known.claim_number,
            patient_name=in_mixed_case(ours or claim.patient_name_on_file),
            guarantor_id=known.position.guarantor_id,
            patient_id=known.patient_id,
            member_identifier=known.member_identifier,
            service_on=known.service_on,
            figures=claim_figures(known.sums, patient_paid_cents=known.patient_paid_cents),
            holds=_holds(session, claim_id, role=principal.role, language=language),
            decisions=_decisions(session, claim_id, language=language),
            candidates=()
            if known.patient_id is not None or known.position.joined_to is not None
            else _candidates(
                session,
                last_name=known.patient_name.rpartition(" ")[2],
                member_identifier=known.member_identifier,
                account_number=account_number,
            ),
            partners=tuple(partner_rows(session, known, language=language, today=now.date())),
            joined_to=known.position.joined_to,
            account_number=account_number,
            may_hold=known.is_in_journal and HoldKind.STAFF not in known.position.holds,
            refused_cents=refused_cents(known.position) if writes_off else 0,
            written_off_cents=known.position.staff_written_off_cents if writes_off else 0,
            back_if_first_stands=sum(one.paid_cents for one in second_decisions(known.position)),
            back_if_last_stands=_back_if_last_stands(known, today=now.date()),
        )


def _back_if_last_stands(known: KnownClaim, *, today: date) -> int | None:
    undone = last_stands(known.position, today=today, new_id=new_id)
    return sum(one.undone.paid_cents for one in undone) if undone else None


def _holds(
    session: Session, claim_id: UUID, *, role: str, language: str
) -> tuple[ClaimHoldRow, ...]:
    zone = ZoneInfo(practice_contact(session).time_zone)
    rows = session.scalars(
        select(Hold)
        .where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id == claim_id,
            Hold.released_at.is_(None),
        )
        .order_by(Hold.kind)
    ).all()
    placers = placer_names(session, {row.placed_by for row in rows})
    holds = []
    for row in rows:
        kind = HoldKind(row.kind)
        words = hold_words(kind, language)
        hold = ClaimHoldRow(
            kind=kind,
            means=row.reason if kind is HoldKind.STAFF else words.means,
            ends_with=words.ends_with,
            placed_by=placers[row.placed_by],
            since=row.placed_at.astimezone(zone).date(),
            released_by=HOLDS[kind].released_by,
            may_release=may_release(kind, role),
        )
        holds.append(hold)
    return tuple(holds)


def _decisions(session: Session, claim_id: UUID, *, language: str) -> tuple[DecisionRow, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(Adjudication, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .where(Adjudication.practice_id == practice_id, Adjudication.claim_id == claim_id)
        .order_by(Adjudication.adjudication_id)
    ).all()
    taken_up = {row.Adjudication.facts.get(TAKES_UP) for row in rows}
    voided = {row.Adjudication.voids_id for row in rows}
    remarks = {row.Adjudication.adjudication_id: row.Adjudication.remarks for row in rows}
    lines = decided_lines(session, remarks, language=language)
    return tuple(
        DecisionRow(
            decision_id=row.Adjudication.adjudication_id,
            payer_name=in_mixed_case(row.name),
            decided_on=row.Adjudication.decided_on,
            outcome=Outcome.POSTED
            if str(row.Adjudication.adjudication_id) in taken_up
            else Outcome(row.Adjudication.disposition),
            status=row.Adjudication.status,
            rank=row.Adjudication.rank,
            charge_cents=row.Adjudication.charge_cents,
            paid_cents=row.Adjudication.paid_cents,
            share_cents=row.Adjudication.responsibility_cents,
            is_voided=row.Adjudication.adjudication_id in voided,
            lines=lines.get(row.Adjudication.adjudication_id, ()),
        )
        for row in rows
    )


def _candidates(
    session: Session, *, last_name: str, member_identifier: str, account_number: str
) -> tuple[CandidateRow, ...]:
    """Patients of the same last name or member number, and those of one account."""
    practice_id = practice_of(session)
    alike: list[ColumnElement[bool]] = []
    if last_name:
        alike.append(has_last_name(Patient.last_name, last_name))
    if member_identifier:
        insured = select(Coverage.patient_id).where(
            Coverage.practice_id == practice_id, Coverage.member_identifier == member_identifier
        )
        alike += [
            Patient.member_identifier == member_identifier,
            Patient.patient_id.in_(insured),
        ]
    if account_number:
        alike.append(func.lower(Guarantor.account_number) == account_number.casefold())
    if not alike:
        return ()
    rows = session.execute(
        select(
            Patient.patient_id,
            Patient.first_name,
            Patient.last_name,
            Patient.born_on,
            Patient.member_identifier,
            Guarantor.account_number,
        )
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == Patient.guarantor_id),
        )
        .where(Patient.practice_id == practice_id, or_(*alike))
        .order_by(Patient.last_name, Patient.first_name, Patient.patient_id)
        .limit(_MOST_CANDIDATES)
    )
    return tuple(map(_candidate, rows))


def _candidate(row: Row[*tuple[Any, ...]]) -> CandidateRow:
    return CandidateRow(
        patient_id=row.patient_id,
        name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
        born_on=row.born_on,
        account_number=row.account_number,
        member_identifier=row.member_identifier or "",
    )
