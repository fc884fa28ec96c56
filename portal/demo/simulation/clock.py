"""The made-up time, of the portal and of Stripe alike: it stands until it is moved."""

from datetime import datetime

from portal.demo.simulation.stripe import SimulatedStripe


class Clock:
    """Called, it says what time it is."""

    def __init__(self, stripe: SimulatedStripe, begins_at: datetime) -> None:
        self._stripe = stripe
        self.now = begins_at
        told = stripe.control("clock", {"stands": True})["now"]
        stripe.control("clock", {"advance_seconds": int(begins_at.timestamp()) - told})

    def __call__(self) -> datetime:
        return self.now

    def move_to(self, at: datetime) -> None:
        """Never back."""
        seconds = int((at - self.now).total_seconds())
        if seconds > 0:
            self._stripe.control("clock", {"advance_seconds": seconds})
            self.now = at
