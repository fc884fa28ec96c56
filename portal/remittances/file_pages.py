"""One file as posters see it: its import report, what became since of what was not posted.

Nothing disappears: posted, held, not posted and seen before are the file's claims together; so are,
of those not posted, what is still open, what was posted since, sent again or rejected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, practice_of
from portal.domain.adjudication import Disposition
from portal.domain.names import in_mixed_case
from portal.domain.quarantine import QuarantineAct
from portal.practice.contact import practice_contact
from portal.practice.models import Payer
from portal.remittances.insurance_pages import Looking
from portal.remittances.models import (
    QuarantinedClaim,
    QuarantineDecision,
    Remittance,
    RemittanceFile,
)
from portal.remittances.worklists import Lists, QuarantineRow, Window, placer_names

_MOST_PAYMENTS: Final = 200
_MOST_CLAIMS: Final = 200


class FileNotFoundInPracticeError(LookupError):
    """No file of this id came into this practice."""


class Standing(StrEnum):
    """What became since of a claim that was not posted when its file came in."""

    OPEN = "open"
    POSTED = "posted"
    REPLACED = "replaced"
    REJECTED = "rejected"
    ELSEWHERE = "elsewhere"  # a later file took the payment in


@dataclass(frozen=True, slots=True)
class Counted:
    """Claims and their charges (CLP03)."""

    claims: int
    cents: int


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment of the file."""

    trace_number: str
    payer_name: str
    method: str
    effective_on: date | None
    payment_cents: int
    told_before_cents: int


@dataclass(frozen=True, slots=True)
class FilePage:
    """``standing`` adds up to what was quarantined, ``dispositions`` to ``total``."""

    file_id: UUID
    name: str
    imported_at: datetime
    imported_by: str
    byte_count: int
    is_remittance: bool  # else claims that were sent (837)
    dispositions: Mapping[Disposition, Counted]
    total: Counted
    standing: Mapping[Standing, Counted]
    paid_cents: int | None
    finding_count: int
    payments: tuple[PaymentRow, ...]
    quarantine: tuple[QuarantineRow, ...]


def file_page(database: Database, looking: Looking, file_id: UUID) -> FilePage:
    """Raises FileNotFoundInPracticeError."""
    with database.transaction(looking.principal) as session:
        practice_id = practice_of(session)
        file = session.execute(
            select(RemittanceFile).where(
                RemittanceFile.practice_id == practice_id, RemittanceFile.file_id == file_id
            )
        ).scalar_one_or_none()
        if file is None:
            raise FileNotFoundInPracticeError(file_id)
        record(
            session,
            action="view",
            object_kind="remittance_file",
            object_id=file_id,
            guarantor_id=None,
            now=looking.now,
            request_id=looking.request_id,
        )
        zone = ZoneInfo(practice_contact(session).time_zone)
        dispositions = dispositions_of(file.report)
        of_file = QuarantinedClaim.remittance_id.in_(
            select(Remittance.remittance_id).where(
                Remittance.practice_id == practice_id, Remittance.file_id == file_id
            )
        )
        return FilePage(
            file_id=file_id,
            name=file.name,
            imported_at=file.imported_at.astimezone(zone),
            imported_by=placer_names(session, {file.imported_by})[file.imported_by],
            byte_count=file.byte_count,
            is_remittance="paid_cents" in file.report,
            dispositions=dispositions,
            total=Counted(file.report["claims"], file.report["charge_cents"]),
            standing=standing_of(
                session, file_id, quarantined=dispositions[Disposition.QUARANTINED]
            ),
            paid_cents=file.report.get("paid_cents"),
            finding_count=file.report.get("findings", 0),
            payments=_payments(session, file_id),
            quarantine=Lists(session).quarantine(Window(_MOST_CLAIMS), of_file),
        )


def dispositions_of(report: Mapping[str, Any]) -> dict[Disposition, Counted]:
    """As the import told them."""
    counts = {
        Disposition.POSTED: "claims_posted",
        Disposition.HELD: "claims_held",
        Disposition.QUARANTINED: "claims_quarantined",
        Disposition.DUPLICATE: "duplicates",
    }
    return {one: Counted(report[name], report["cents"][one.value]) for one, name in counts.items()}


def standing_of(
    session: Session, file_id: UUID, *, quarantined: Counted
) -> dict[Standing, Counted]:
    """Of what was quarantined, what it is now; what is missing here a later file took along."""
    practice_id = practice_of(session)
    standing = case(
        (QuarantinedClaim.resolved_at.is_(None), Standing.OPEN.value),
        (QuarantineDecision.act == QuarantineAct.REJECTED.value, Standing.REJECTED.value),
        (QuarantineDecision.act == QuarantineAct.REPLACED.value, Standing.REPLACED.value),
        else_=Standing.POSTED.value,
    ).label("standing")
    rows = session.execute(
        select(standing, func.count(), func.sum(QuarantinedClaim.charge_cents))
        .join(
            Remittance,
            (Remittance.practice_id == practice_id)
            & (Remittance.remittance_id == QuarantinedClaim.remittance_id),
        )
        .outerjoin(
            QuarantineDecision,
            (QuarantineDecision.practice_id == practice_id)
            & (QuarantineDecision.quarantine_id == QuarantinedClaim.quarantine_id),
        )
        .where(
            QuarantinedClaim.practice_id == practice_id,
            Remittance.file_id == file_id,
            ~QuarantinedClaim.content.has_key("header"),
        )
        .group_by(standing)
    )
    found = {Standing(name): Counted(count, int(cents)) for name, count, cents in rows}
    claims = quarantined.claims - sum(one.claims for one in found.values())
    cents = quarantined.cents - sum(one.cents for one in found.values())
    found[Standing.ELSEWHERE] = Counted(claims, cents)
    return {one: found[one] for one in Standing if one in found and found[one].claims}


def _payments(session: Session, file_id: UUID) -> tuple[PaymentRow, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(Remittance, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Remittance.payer_id))
        .where(Remittance.practice_id == practice_id, Remittance.file_id == file_id)
        .order_by(Remittance.remittance_id)
        .limit(_MOST_PAYMENTS)
    )
    return tuple(
        PaymentRow(
            trace_number=row.Remittance.trace_number,
            payer_name=in_mixed_case(row.name),
            method=row.Remittance.payment_method,
            effective_on=row.Remittance.effective_on,
            payment_cents=row.Remittance.payment_cents,
            told_before_cents=row.Remittance.told_before_cents,
        )
        for row in rows
    )
