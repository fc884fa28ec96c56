"""Which claims went out together (ST*837), and whether the same transaction was told before.

Its numbers alone do not say so: some senders begin again at 1. A claim is told again when the
transaction of the same numbers held one of the same number, total and frequency.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, insert, select

from portal.db import new_id
from portal.domain.sent_claim import SentClaim, SentHeader
from portal.practice.sent_claims import SentClaimRow
from portal.remittances.models import ClaimTransmission

_Told = tuple[str, int, str]  # claim number, cents, frequency


@dataclass(slots=True)
class OpenTransmission:
    """A transaction while its claims come in."""

    transmission_id: UUID
    sent_on: date
    told_before: Counter[_Told]

    def is_repeat(self, claim: SentClaim) -> bool:
        """Whether an earlier transaction of the same numbers held this claim."""
        told = _told(claim)
        if self.told_before[told] == 0:
            return False
        self.told_before[told] -= 1
        return True


def open_transmission(
    connection: Connection, practice_id: UUID, header: SentHeader, *, file_id: UUID, today: date
) -> OpenTransmission:
    """Put the transaction on record, and look for what was told under its numbers."""
    earlier = list(
        connection.scalars(
            select(ClaimTransmission.transmission_id).where(
                ClaimTransmission.practice_id == practice_id,
                ClaimTransmission.interchange_control == header.interchange_control,
                ClaimTransmission.group_control == header.group_control,
                ClaimTransmission.transaction_control == header.transaction_control,
                ClaimTransmission.submitter_identifier == header.submitter.identifier,
                ClaimTransmission.reference == header.reference,
                ClaimTransmission.created_on.is_not_distinct_from(header.created_on),
                ClaimTransmission.created_time == header.created_time,
            )
        )
    )
    transmission_id = new_id()
    connection.execute(
        insert(ClaimTransmission).values(
            practice_id=practice_id,
            transmission_id=transmission_id,
            file_id=file_id,
            submitter_identifier=header.submitter.identifier,
            interchange_control=header.interchange_control,
            group_control=header.group_control,
            transaction_control=header.transaction_control,
            reference=header.reference,
            created_on=header.created_on,
            created_time=header.created_time,
        )
    )
    told = _told_in(connection, practice_id, earlier)
    return OpenTransmission(transmission_id, header.created_on or today, told)


def _told_in(
    connection: Connection, practice_id: UUID, transmission_ids: list[UUID]
) -> Counter[_Told]:
    if not transmission_ids:
        return Counter()
    rows = connection.execute(
        select(SentClaimRow.claim_number, SentClaimRow.charge_cents, SentClaimRow.frequency).where(
            SentClaimRow.practice_id == practice_id,
            SentClaimRow.transmission_id.in_(transmission_ids),
        )
    )
    return Counter((row.claim_number, row.charge_cents, row.frequency) for row in rows)


def _told(claim: SentClaim) -> _Told:
    return claim.number, claim.charge_cents, claim.frequency
