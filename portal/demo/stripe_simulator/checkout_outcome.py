"""What a Checkout Session is told when a bank debit started on its page has come to an end."""

from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace


def tell(work: Workspace, intent: Body, *, paid: bool) -> None:
    """Nothing, for an intent that did not come from a page."""
    for session in work.all("checkout.session", payment_intent=intent["id"]):
        if paid:
            work.change(session, payment_status="paid")
        outcome = "succeeded" if paid else "failed"
        work.emit(f"checkout.session.async_payment_{outcome}", session)
