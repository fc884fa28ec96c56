"""What a payer moved outside any claim (PLB), kept with its payment for whoever compares them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, update

from portal.domain.remittance import ProviderAdjustment
from portal.remittances.models import Remittance


def keep_provider_adjustments(
    connection: Connection,
    practice_id: UUID,
    remittance_id: UUID,
    adjustments: Iterable[ProviderAdjustment],
) -> None:
    """As they were sent; the journal has their cents by account only."""
    rows = [
        {"reason": one.reason, "reference": one.reference, "cents": one.amount_cents}
        for one in adjustments
        if one.amount_cents
    ]
    if rows:
        connection.execute(
            update(Remittance)
            .where(Remittance.practice_id == practice_id, Remittance.remittance_id == remittance_id)
            .values(provider_adjustments=rows)
        )
