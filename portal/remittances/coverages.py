"""What patients are insured by: staff look, add a plan, say when it ended; claims follow at once.

A coverage that ranks later holds what it has not decided, also when a statement asked for it.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.claim_review import reassess
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_rules import undecided_coverages
from portal.domain.names import in_mixed_case
from portal.practice.models import Claim, Coverage, Guarantor, Hold, Patient, Payer
from portal.remittances.claims.work import (
    Act,
    lock_guarantor,
    put_deposits_to,
    require_no_import,
    store_changes,
)
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.payers import payer_called
from portal.remittances.posting.positions import claims_with_ids

_CHANGED = "The patient's insurance on file changed."


class PatientNotFoundError(LookupError):
    """No such patient in this practice."""


class CoverageNotFoundError(LookupError):
    """No such coverage in this practice."""


class CoverageOverlapsError(ValueError):
    """Another plan has the same place in line on some of these days."""


class EndsBeforeItStartsError(ValueError):
    """The last day is before the first."""


@dataclass(frozen=True, slots=True)
class NewCoverage:
    """What is on the patient's card; no first day: since always, no last day: it goes on."""

    payer_id: UUID | None  # None: the plan is called ``payer_name``
    payer_name: str
    member_identifier: str
    rank: int
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class _OnFile:
    """A coverage as it is stored."""

    coverage_id: UUID
    patient_id: UUID
    guarantor_id: UUID
    payer_id: UUID
    member_identifier: str
    rank: int
    starts_on: date | None
    ends_on: date | None

    def is_in_force(self, on: date | None) -> bool:
        """On the day of service; on an unknown day, too."""
        return on is None or (self.starts_on or on) <= on <= (self.ends_on or on)


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A plan of the patient; ``rank`` 1 pays first."""

    coverage_id: UUID
    payer_name: str
    member_identifier: str
    rank: int
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class CoveragesPage:
    """A patient's plans, and the plans the practice knows (id, name)."""

    patient_id: UUID
    patient_name: str
    guarantor_id: UUID
    account_number: str
    coverages: tuple[CoverageRow, ...]
    payers: tuple[tuple[UUID, str], ...]


def coverages_page(
    database: Database, principal: Principal, patient_id: UUID, *, now: datetime, request_id: str
) -> CoveragesPage:
    """One patient's insurance, with a row in the audit log. Raises PatientNotFoundError."""
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        found = session.execute(
            select(
                Patient.first_name,
                Patient.last_name,
                Guarantor.guarantor_id,
                Guarantor.account_number,
            )
            .join(
                Guarantor,
                (Guarantor.practice_id == practice_id)
                & (Guarantor.guarantor_id == Patient.guarantor_id),
            )
            .where(Patient.practice_id == practice_id, Patient.patient_id == patient_id)
        ).one_or_none()
        if found is None:
            raise PatientNotFoundError(patient_id)
        record(
            session,
            action="view",
            object_kind="patient",
            object_id=patient_id,
            guarantor_id=found.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return CoveragesPage(
            patient_id=patient_id,
            patient_name=in_mixed_case(f"{found.first_name} {found.last_name}".strip()),
            guarantor_id=found.guarantor_id,
            account_number=found.account_number,
            coverages=_rows(session, patient_id),
            payers=_payers(session),
        )


def patient_of(database: Database, principal: Principal, coverage_id: UUID) -> UUID:
    """Whose plan it is. Raises CoverageNotFoundError."""
    with database.transaction(principal) as session:
        return _on_file(session, coverage_id).patient_id


def add_coverage(
    database: Database, principal: Principal, patient_id: UUID, new: NewCoverage, *, act: Act
) -> None:
    """Put a plan on file; what it has still to decide is held, in the same transaction.

    Raises PatientNotFoundError, EndsBeforeItStartsError, CoverageOverlapsError and
    ImportRunningError.
    """
    with database.transaction(principal) as session:
        guarantor_id = _lock(session, patient_id)
        added = _OnFile(
            coverage_id=new_id(),
            patient_id=patient_id,
            guarantor_id=guarantor_id,
            payer_id=_payer_id(session, new),
            member_identifier=new.member_identifier,
            rank=new.rank,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
        )
        _require_its_place(session, added)
        session.execute(insert(Coverage).values(practice_id=practice_of(session), **asdict(added)))
        _look_again(session, added, before=None, act=act)
        _note(session, added, action="add_coverage", act=act)


def end_coverage(
    database: Database, principal: Principal, coverage_id: UUID, *, ends_on: date, act: Act
) -> None:
    """Say which day is the last; what the plan need not decide any more may be billed.

    Raises CoverageNotFoundError, EndsBeforeItStartsError, CoverageOverlapsError (the day is later
    than before) and ImportRunningError.
    """
    with database.transaction(principal) as session:
        _lock(session, _on_file(session, coverage_id).patient_id)
        before = _on_file(session, coverage_id)  # as it is now that nobody else changes it
        ended = replace(before, ends_on=ends_on)
        _require_its_place(session, ended)
        session.execute(
            update(Coverage)
            .where(
                Coverage.practice_id == practice_of(session), Coverage.coverage_id == coverage_id
            )
            .values(ends_on=ends_on)
        )
        _look_again(session, ended, before=before, act=act)
        _note(session, ended, action="end_coverage", act=act)


def _lock(session: Session, patient_id: UUID) -> UUID:
    """Nobody pays, imports or changes these plans meanwhile. The patient's guarantor.

    An older claim may be another guarantor's: always in the same order, so that nobody waits for
    somebody who waits.
    """
    practice_id = practice_of(session)
    guarantor_id = session.scalar(
        select(Patient.guarantor_id).where(
            Patient.practice_id == practice_id, Patient.patient_id == patient_id
        )
    )
    if guarantor_id is None:
        raise PatientNotFoundError(patient_id)
    require_no_import(session)
    owners = session.scalars(
        select(Claim.guarantor_id)
        .where(Claim.practice_id == practice_id, Claim.patient_id == patient_id)
        .distinct()
    )
    for one in sorted({guarantor_id, *(owner for owner in owners if owner is not None)}):
        lock_guarantor(session, one)
    return guarantor_id


def _require_its_place(session: Session, coverage: _OnFile) -> None:
    first, last = coverage.starts_on or date.min, coverage.ends_on or date.max
    if last < first:
        raise EndsBeforeItStartsError
    for other in _all_of(session, coverage.patient_id):
        if other.coverage_id == coverage.coverage_id or other.rank != coverage.rank:
            continue
        if first <= (other.ends_on or date.max) and (other.starts_on or date.min) <= last:
            raise CoverageOverlapsError


def _look_again(session: Session, coverage: _OnFile, *, before: _OnFile | None, act: Act) -> None:
    """Every claim of the patient that is still open, under what is on file now."""
    for known in _open_claims(session, coverage.patient_id):
        on = known.service_on
        if coverage.is_in_force(on) and not (before and before.is_in_force(on)):
            _forget_releases(session, known, coverage)
        changes = reassess(known.position, cause_id=new_id(), today=act.today)
        if changes.entries or changes.holds_placed or changes.holds_released:
            store_changes(session, known, changes, reason=_CHANGED, now=act.now)
            put_deposits_to(session, known, act=act)


def _open_claims(session: Session, patient_id: UUID) -> list[KnownClaim]:
    """With something left to ask of the patient, or held. Whoever has paid waits for nothing."""
    practice_id = practice_of(session)
    claim_ids = session.scalars(
        select(Claim.claim_id)
        .where(Claim.practice_id == practice_id, Claim.patient_id == patient_id)
        .order_by(Claim.claim_id)
        .with_for_update(key_share=True)
    ).all()
    return [
        known
        for known in claims_with_ids(session.connection(), practice_id, claim_ids)
        if known.position.holds
        or known.position.patient_pending_cents
        or known.position.patient_receivable_cents
    ]


def _forget_releases(session: Session, known: KnownClaim, coverage: _OnFile) -> None:
    """Staff who once released this hold did not know of this plan."""
    position, kind = known.position, HoldKind.LATER_COVERAGE
    payer_key = str(coverage.payer_id)
    if payer_key not in {one.payer_key for one in undecided_coverages(position)}:
        return
    known.position = replace(
        position, waived=frozenset(one for one in position.waived if one[0] is not kind)
    )
    session.execute(
        update(Hold)
        .where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id == known.claim_id,
            Hold.kind == kind.value,
            Hold.released_at.is_not(None),
        )
        .values(waived_ids=[])
    )


def _payer_id(session: Session, new: NewCoverage) -> UUID:
    if new.payer_id is not None:
        return new.payer_id
    return payer_called(session.connection(), practice_of(session), new.payer_name)


_STORED = (
    Coverage.coverage_id,
    Coverage.patient_id,
    Coverage.guarantor_id,
    Coverage.payer_id,
    Coverage.member_identifier,
    Coverage.rank,
    Coverage.starts_on,
    Coverage.ends_on,
)


def _on_file(session: Session, coverage_id: UUID) -> _OnFile:
    row = session.execute(
        select(*_STORED).where(
            Coverage.practice_id == practice_of(session), Coverage.coverage_id == coverage_id
        )
    ).one_or_none()
    if row is None:
        raise CoverageNotFoundError(coverage_id)
    return _OnFile(*row)


def _all_of(session: Session, patient_id: UUID) -> list[_OnFile]:
    rows = session.execute(
        select(*_STORED).where(
            Coverage.practice_id == practice_of(session), Coverage.patient_id == patient_id
        )
    )
    return [_OnFile(*row) for row in rows]


def _rows(session: Session, patient_id: UUID) -> tuple[CoverageRow, ...]:
    """The newest first where several had the same place in line."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            Coverage.coverage_id,
            Payer.name,
            Coverage.member_identifier,
            Coverage.rank,
            Coverage.starts_on,
            Coverage.ends_on,
        )
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Coverage.payer_id))
        .where(Coverage.practice_id == practice_id, Coverage.patient_id == patient_id)
        .order_by(Coverage.rank, Coverage.ends_on.desc().nulls_first(), Coverage.coverage_id)
    )
    return tuple(
        CoverageRow(
            coverage_id=row.coverage_id,
            payer_name=in_mixed_case(row.name),
            member_identifier=row.member_identifier,
            rank=row.rank,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
        for row in rows
    )


def _payers(session: Session) -> tuple[tuple[UUID, str], ...]:
    rows = session.execute(
        select(Payer.payer_id, Payer.name)
        .where(Payer.practice_id == practice_of(session))
        .order_by(Payer.name, Payer.payer_id)
    )
    return tuple((row.payer_id, in_mixed_case(row.name)) for row in rows)


def _note(session: Session, coverage: _OnFile, *, action: str, act: Act) -> None:
    record(
        session,
        action=action,
        object_kind="coverage",
        object_id=coverage.coverage_id,
        guarantor_id=coverage.guarantor_id,
        now=act.now,
        request_id=act.request_id,
    )
