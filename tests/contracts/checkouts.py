"""A checkout started with everything filled in, and a card that pays it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from portal.connectors.payment_gateway import CheckoutSession, PaymentGateway

PAYS = "4242 4242 4242 4242"
RETURN_TO = "https://portal.test/payments/made-up/return"
BACK_TO = "https://portal.test/payments/made-up/check"
Start = Callable[..., CheckoutSession]


def start_with(gateway: PaymentGateway) -> Start:
    """A call with everything filled in; the clock is read once, as an attempt is written once."""
    expires_at = datetime.now(UTC) + timedelta(hours=1)

    def start(
        payment_id: UUID,
        *,
        amount_cents: int = 12_345,
        locale: str = "en",
        stripe_account: str | None = None,
    ) -> CheckoutSession:
        return gateway.start_checkout(
            payment_id=payment_id,
            amount_cents=amount_cents,
            success_url=RETURN_TO,
            cancel_url=BACK_TO,
            expires_at=expires_at,
            locale=locale,
            stripe_account=stripe_account,
        )

    return start
