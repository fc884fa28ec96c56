"""Somebody at the real pages of plans, with a way to pay or without one, and the mail they get."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from flask import Blueprint
from sqlalchemy import Select, select

from portal.app import create_app
from portal.auth.current import begin_link_session
from portal.auth.link_opening import OpenedLink
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import practice_of
from portal.ledger.plan_standing import PlanStanding, plan_standings, standing_plans
from portal.messages.models import Message
from portal.payments.methods.models import MethodSetup
from portal.plans.models import Plan, PlanConsent, PlanEvent, PlanVersion
from tests.auth.running import Browser, Seen, browser, settings_for_tests
from tests.payments.keeping import Keeper
from tests.payments.owing import Owed, Owing
from tests.plans.planning import Planner

_FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PlanBrowser:
    """Ana, who opened her link with her own date of birth. She owes 130.00 on three visits."""

    browser: Browser
    keeper: Keeper

    @property
    def owing(self) -> Owing:
        return self.keeper.payer.owing

    def get(self, path: str) -> Seen:
        return self.browser.get(path)

    def send(self, path: str, **fields: str | Sequence[str]) -> Seen:
        return self.browser.send(path, fields)

    def choose(self, **fields: str | Sequence[str]) -> UUID:
        """An offer is taken; the plan that was made of it."""
        claims = [str(line.target.claim_id) for line in self.lines]
        wish = {"visit": claims, "frequency": "monthly", **fields}
        seen = self.browser.send("/plans/new", wish)
        assert seen.status == 303, words(seen)
        return UUID(seen.location.split("/")[2])

    def agree(self, plan_id: UUID) -> Seen:
        """Everything that is asked before, then the ticked box."""
        page = self.get(f"/plans/{plan_id}/agree")
        if page.location.endswith("/disclosure"):
            self.send(f"/plans/{plan_id}/disclosure")
            page = self.get(f"/plans/{plan_id}/agree")
        return self.send(f"/plans/{plan_id}/agree", agreed="y", seen=hidden(page, "seen"))

    def begin(self, *, method_id: UUID | None = None, **fields: str | Sequence[str]) -> UUID:
        """A plan, agreed to."""
        plan_id = self.choose(**fields)
        self.send(f"/plans/{plan_id}/how", how=str(method_id or "by_hand"))
        assert self.agree(plan_id).location.endswith("/begun")
        return plan_id

    def pay(self, plan_id: UUID, cents: int) -> None:
        """Towards the plan, by card."""
        Planner(self.keeper.payer, plan_id).pay(cents)

    @property
    def lines(self) -> Sequence[Owed]:
        return (self.owing.older, self.owing.newer, self.owing.unbilled)

    def setup_id(self) -> UUID:
        """The newest attempt to save a way to pay."""
        return self.keeper.payer.read(
            lambda session: session.scalars(
                select(MethodSetup.setup_id)
                .where(MethodSetup.practice_id == practice_of(session))
                .order_by(MethodSetup.setup_id.desc())
                .limit(1)
            ).one()
        )

    def plan(self, plan_id: UUID) -> Plan:
        return self.keeper.payer.read(
            lambda session: session.scalars(
                select(Plan).where(
                    Plan.practice_id == practice_of(session), Plan.plan_id == plan_id
                )
            ).one()
        )

    def standing(self, plan_id: UUID) -> PlanStanding:
        found = self.keeper.payer.read(lambda session: plan_standings(session, [plan_id]))
        return found[plan_id]

    def standing_plans(self) -> Sequence[PlanStanding]:
        guarantor_id = self.owing.guarantor_id
        return list(self.keeper.payer.read(lambda session: standing_plans(session, guarantor_id)))

    def consents(self, plan_id: UUID) -> Sequence[PlanConsent]:
        return self._read(
            select(PlanConsent)
            .where(
                PlanConsent.practice_id == self.owing.practice_id, PlanConsent.plan_id == plan_id
            )
            .order_by(PlanConsent.given_at)
        )

    def versions(self, plan_id: UUID) -> Sequence[PlanVersion]:
        return self._read(
            select(PlanVersion)
            .where(
                PlanVersion.practice_id == self.owing.practice_id, PlanVersion.plan_id == plan_id
            )
            .order_by(PlanVersion.version)
        )

    def events(self, plan_id: UUID) -> list[str]:
        """Of the plan itself, with what was noted."""
        rows = self._read(
            select(PlanEvent)
            .where(PlanEvent.practice_id == self.owing.practice_id, PlanEvent.plan_id == plan_id)
            .order_by(PlanEvent.event_id)
        )
        return [
            f"{row.state} {row.detail}".strip() for row in rows if row.installment_number is None
        ]

    def mails(self) -> list[str]:
        return self.keeper.payer.read(
            lambda session: list(
                session.scalars(
                    select(Message.template)
                    .where(
                        Message.practice_id == practice_of(session),
                        Message.template.startswith("plan_"),
                    )
                    .order_by(Message.message_id)
                )
            )
        )

    def _read(self, query: Select[Row]) -> Sequence[Row]:
        return self.keeper.payer.read(lambda session: session.scalars(query).all())


def plan_browser(keeper: Keeper) -> PlanBrowser:
    """The composed portal, and a door that stands for her link."""
    payer = keeper.payer
    assert isinstance(payer.gateway, StripeGateway)
    app = create_app(
        settings_for_tests(),
        payer.database,
        clock=lambda: keeper.now,
        stripe=payer.gateway.connection,
        public={"door.come_in": "a stand-in of these tests"},
    )
    door = Blueprint("door", __name__)

    @door.get("/come-in")
    def come_in() -> str:
        principal = replace(payer.owing.principal, role="account")
        begin_link_session(OpenedLink(principal, payer.owing.statement_id, "en", is_guarantor=True))
        return "in"

    app.register_blueprint(door)
    someone = browser(app)
    assert someone.get("/come-in").status == 200
    return PlanBrowser(someone, keeper)


def hidden(seen: Seen, name: str) -> str:
    """What a hidden field of a page carries."""
    return str(dict(_FIELD.findall(seen.text))[name])


def words(seen: Seen) -> str:
    """What a page says."""
    return _SPACE.sub(" ", _TAG.sub(" ", seen.text.split("<main")[-1].split("</main>")[0]))
