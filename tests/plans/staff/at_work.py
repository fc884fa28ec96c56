"""Ana's plans, and the staff who act on them at the real pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Flask

from portal.app import create_app
from portal.auth.roles import Role
from portal.connectors.stripe_gateway import StripeGateway
from tests.auth.running import Browser, Clock, Seen, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.payments.keeping import Keeper
from tests.payments.owing import Owed
from tests.plans.at_the_browser import PlanBrowser, hidden, plan_browser, words


@dataclass(frozen=True, slots=True)
class AtWork:
    """A member of staff at the pages of Ana's plans; ``ana`` is her own browser, same books."""

    visitor: Browser
    ana: PlanBrowser

    @property
    def plans(self) -> str:
        return f"/desk/people/{self.ana.owing.guarantor_id}/plans"

    def page(self, plan_id: UUID, name: str = "") -> str:
        return f"/desk/plans/{plan_id}{name}"

    def get(self, path: str) -> Seen:
        return self.visitor.get(path)

    def send(self, path: str, **fields: str | Sequence[str]) -> Seen:
        return self.visitor.send(path, fields)

    def offer(self, *lines: Owed, count: str = "4") -> UUID:
        """Chosen with her on the phone, by hand, and not agreed to."""
        claims = [str(line.target.claim_id) for line in lines or self.ana.lines]
        seen = self.send(f"{self.plans}/new", visit=claims, frequency="monthly", how=count)
        assert seen.status == 303, words(seen)
        plan_id = UUID(seen.location.split("/")[3])
        self.send(seen.location, how="by_hand")
        return plan_id

    def say_yes(self, path: str, **fields: str | Sequence[str]) -> Seen:
        """Every sentence of the script on the page was read; she says yes."""
        page = self.get(path)
        read = [str(place) for place in range(page.text.count('name="read"'))]
        said = {"kind": "spoken", "seen": hidden(page, "seen"), "read": read}
        return self.send(path, **{**said, "who": "Ana Ruiz", "known_by": "date of birth", **fields})

    def begun(self, *lines: Owed) -> UUID:
        """A plan in four payments that she said yes to."""
        plan_id = self.offer(*lines)
        assert self.say_yes(self.page(plan_id, "/consent")).status == 303
        return plan_id


def at_work(keeper: Keeper, *roles: Role) -> tuple[AtWork, ...]:
    """Staff of these roles, each signed in, in one portal."""
    payer, clock = keeper.payer, Clock(keeper.now)
    assert isinstance(payer.gateway, StripeGateway)
    app = create_app(
        settings_for_tests(), payer.database, clock=clock, stripe=payer.gateway.connection
    )
    ana = plan_browser(keeper)
    return tuple(
        AtWork(_signed_in(app, keeper, clock, role, number), ana)
        for number, role in enumerate(roles)
    )


def _signed_in(app: Flask, keeper: Keeper, clock: Clock, role: Role, number: int) -> Browser:
    visitor, email = browser(app), f"member{number}@riverbend.example"
    member = hire(keeper.payer.database, keeper.practice_id, email=email, role=role)
    assert sign_in(visitor, member, clock, email=email).status == 303
    return visitor
