"""What posters look at, list by list: files, what was set aside, what is held, what waits.

Newest first, a window of each at a time.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.auth.models import StaffMember
from portal.db import practice_of
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_words import hold_words
from portal.domain.journal import LedgerAccount
from portal.domain.names import in_mixed_case
from portal.domain.quarantine import OF_A_PAYMENT
from portal.ledger.queries import claim_sums
from portal.practice.contact import practice_contact
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Hold, Patient, Payer
from portal.remittances.claims.work import may_release
from portal.remittances.models import QuarantinedClaim, Remittance, RemittanceFile


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list."""

    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One file and what became of its claims when it came in."""

    file_id: UUID
    file_name: str
    imported_at: datetime
    payer_name: str
    claims_posted: int
    claims_held: int
    claims_quarantined: int
    duplicates: int
    paid_cents: int | None  # None: a file of sent claims (837), which pays nothing


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A claim that is not in the journal; ``code`` says why, the message exactly, in English.

    Of a payment that was withheld whole there is one row, without a claim number.
    """

    quarantine_id: UUID
    file_name: str
    claim_number: str
    code: str
    message: str
    where: str
    amount_cents: int
    since: date
    is_payment: bool
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One reason why a claim is kept off statements, in the words of whoever looks."""

    claim_id: UUID
    claim_number: str
    patient_name: str
    means: str
    ends_with: str
    note: str
    amount_cents: int
    since: date
    may_release: bool


@dataclass(frozen=True, slots=True)
class WaitingClaimRow:
    """A posted claim of somebody we do not know."""

    claim_id: UUID
    claim_number: str
    patient_name: str
    member_identifier: str
    payer_name: str
    service_on: date | None
    share_cents: int
    since: date


_STANDING: Final = (Hold.released_at.is_(None), Hold.claim_id.is_not(None))
_STANDS_ALONE: Final = or_(
    QuarantinedClaim.code.not_in([one.value for one in OF_A_PAYMENT]),
    QuarantinedClaim.content.has_key("header"),
)
NOBODYS: Final = Hold.kind == HoldKind.PATIENT_UNKNOWN.value
"""Claims that wait for their patient have a list of their own."""


class Lists:
    """Reads one practice's lists in one transaction."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._practice_id = practice_of(session)
        self._zone = ZoneInfo(practice_contact(session).time_zone)

    def imports(self, window: Window) -> tuple[ImportRow, ...]:
        """Files, those with sent claims too."""
        files = self.session.scalars(
            select(RemittanceFile)
            .where(RemittanceFile.practice_id == self._practice_id)
            .order_by(RemittanceFile.file_id.desc())
            .limit(window.limit)
            .offset(window.offset)
        ).all()
        payers = self._payers_of_files([one.file_id for one in files])
        return tuple(
            ImportRow(
                file_id=one.file_id,
                file_name=one.name,
                imported_at=one.imported_at.astimezone(self._zone),
                payer_name=payers.get(one.file_id, ""),
                claims_posted=one.report["claims_posted"],
                claims_held=one.report["claims_held"],
                claims_quarantined=one.report["claims_quarantined"],
                duplicates=one.report["duplicates"],
                paid_cents=one.report.get("paid_cents"),
            )
            for one in files
        )

    def quarantine(
        self, window: Window, which: ColumnElement[bool] | None = None
    ) -> tuple[QuarantineRow, ...]:
        """What is open, or what ``which`` says."""
        rows = self.session.execute(
            select(QuarantinedClaim, RemittanceFile.name, RemittanceFile.imported_at)
            .join(
                Remittance,
                (Remittance.practice_id == self._practice_id)
                & (Remittance.remittance_id == QuarantinedClaim.remittance_id),
            )
            .join(
                RemittanceFile,
                (RemittanceFile.practice_id == self._practice_id)
                & (RemittanceFile.file_id == Remittance.file_id),
            )
            .where(
                QuarantinedClaim.practice_id == self._practice_id,
                _STANDS_ALONE,
                QuarantinedClaim.resolved_at.is_(None) if which is None else which,
            )
            .order_by(QuarantinedClaim.quarantine_id.desc())
            .limit(window.limit)
            .offset(window.offset)
        )
        return tuple(
            QuarantineRow(
                quarantine_id=row.QuarantinedClaim.quarantine_id,
                file_name=row.name,
                claim_number=row.QuarantinedClaim.claim_number,
                code=row.QuarantinedClaim.code,
                message=row.QuarantinedClaim.message,
                where=row.QuarantinedClaim.where,
                amount_cents=row.QuarantinedClaim.paid_cents,
                since=self.day(row.imported_at),
                is_payment="header" in row.QuarantinedClaim.content,
                is_resolved=row.QuarantinedClaim.resolved_at is not None,
            )
            for row in rows
        )

    def holds(
        self, which: ColumnElement[bool], window: Window, *, role: str, language: str
    ) -> tuple[HoldRow, ...]:
        """Holds on claims; ``role``: of whoever looks."""
        rows = self.session.execute(self._held(which, window)).all()
        shares = self._shares({row.claim_id for row in rows})
        words = {row.kind: hold_words(HoldKind(row.kind), language) for row in rows}
        placers = placer_names(self.session, {row.placed_by for row in rows})
        return tuple(
            HoldRow(
                claim_id=row.claim_id,
                claim_number=row.claim_number,
                patient_name=_patient_name(row),
                means=words[row.kind].means,
                ends_with=words[row.kind].ends_with,
                note=placers[row.placed_by] if row.kind != HoldKind.STAFF else row.reason,
                amount_cents=shares[row.claim_id],
                since=self.day(row.placed_at),
                may_release=may_release(HoldKind(row.kind), role),
            )
            for row in rows
        )

    def waiting(self, window: Window) -> tuple[WaitingClaimRow, ...]:
        """Claims of nobody."""
        rows = self.session.execute(self._held(NOBODYS, window)).all()
        claim_ids = {row.claim_id for row in rows}
        shares, payers = self._shares(claim_ids), self._payers_of_claims(claim_ids)
        return tuple(
            WaitingClaimRow(
                claim_id=row.claim_id,
                claim_number=row.claim_number,
                patient_name=in_mixed_case(row.patient_name_on_file),
                member_identifier=row.member_identifier_on_file,
                payer_name=payers.get(row.claim_id, ""),
                service_on=row.service_on,
                share_cents=shares[row.claim_id],
                since=self.day(row.placed_at),
            )
            for row in rows
        )

    def count_imports(self) -> int:
        """How many files came in."""
        return self._count(RemittanceFile.practice_id)

    def count_quarantine(self) -> int:
        """How many claims, and payments withheld whole, are open."""
        return self._count(
            QuarantinedClaim.practice_id, QuarantinedClaim.resolved_at.is_(None), _STANDS_ALONE
        )

    def count_holds(self, which: ColumnElement[bool]) -> int:
        """How many stand."""
        return self._count(Hold.practice_id, *_STANDING, which)

    def count_kinds(self) -> dict[HoldKind, int]:
        """Standing holds by kind, but for claims of nobody."""
        rows = self.session.execute(
            select(Hold.kind, func.count())
            .where(Hold.practice_id == self._practice_id, *_STANDING, ~NOBODYS)
            .group_by(Hold.kind)
            .order_by(Hold.kind)
        )
        return {HoldKind(kind): count for kind, count in rows}

    def _count(self, practice: InstrumentedAttribute[UUID], *which: ColumnElement[bool]) -> int:
        query = select(func.count()).where(practice == self._practice_id, *which)
        return self.session.scalar(query) or 0

    def _held(self, which: ColumnElement[bool], window: Window) -> Select[*tuple[Any, ...]]:
        return (
            select(
                Hold.claim_id,
                Hold.kind,
                Hold.reason,
                Hold.placed_at,
                Hold.placed_by,
                Claim.claim_number,
                Claim.service_on,
                Claim.patient_name_on_file,
                Claim.member_identifier_on_file,
                Patient.first_name,
                Patient.last_name,
            )
            .join(
                Claim,
                (Claim.practice_id == self._practice_id) & (Claim.claim_id == Hold.claim_id),
            )
            .outerjoin(
                Patient,
                (Patient.practice_id == self._practice_id)
                & (Patient.patient_id == Claim.patient_id),
            )
            .where(Hold.practice_id == self._practice_id, *_STANDING, which)
            .order_by(Hold.claim_id.desc(), Hold.kind)
            .limit(window.limit)
            .offset(window.offset)
        )

    def _payers_of_files(self, file_ids: Collection[UUID]) -> dict[UUID, str]:
        rows = self.session.execute(
            select(Remittance.file_id, Payer.name)
            .join(
                Payer,
                (Payer.practice_id == self._practice_id) & (Payer.payer_id == Remittance.payer_id),
            )
            .where(Remittance.practice_id == self._practice_id, Remittance.file_id.in_(file_ids))
            .group_by(Remittance.file_id, Payer.name)
            .order_by(Remittance.file_id, Payer.name)
        )
        names: dict[UUID, list[str]] = defaultdict(list)
        for row in rows:
            names[row.file_id].append(in_mixed_case(row.name))
        return {file_id: ", ".join(in_file) for file_id, in_file in names.items()}

    def _payers_of_claims(self, claim_ids: Collection[UUID]) -> dict[UUID, str]:
        """Who decided last."""
        rows = self.session.execute(
            select(Adjudication.claim_id, Payer.name)
            .join(
                Payer,
                (Payer.practice_id == self._practice_id)
                & (Payer.payer_id == Adjudication.payer_id),
            )
            .where(
                Adjudication.practice_id == self._practice_id,
                Adjudication.claim_id.in_(claim_ids),
            )
            .order_by(Adjudication.adjudication_id)
        )
        return {row.claim_id: in_mixed_case(row.name) for row in rows}

    def _shares(self, claim_ids: Collection[UUID]) -> dict[UUID, int]:
        sums = claim_sums(self.session, list(claim_ids))
        return {
            claim_id: by_account.get(LedgerAccount.PATIENT_PENDING, 0)
            + by_account.get(LedgerAccount.PATIENT_RECEIVABLE, 0)
            for claim_id, by_account in sums.items()
        }

    def day(self, at: datetime) -> date:
        """At the practice."""
        return at.astimezone(self._zone).date()


def placer_names(session: Session, placed_by: Collection[str]) -> dict[str, str]:
    """Who placed a hold, as people call them: a member of staff by name, else the payer."""
    staff = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    names = {str(staff_id): name for staff_id, name in staff}
    return {placer: names.get(placer) or in_mixed_case(placer) for placer in placed_by}


def _patient_name(row: Row[*tuple[Any, ...]]) -> str:
    """Ours; nothing while nobody is matched."""
    return in_mixed_case(f"{row.first_name or ''} {row.last_name or ''}".strip())
