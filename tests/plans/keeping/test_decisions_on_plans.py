"""Real remittances over a plan: corrected at once or later, to a smaller share or a larger."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database
from portal.domain.journal import Target
from portal.domain.plans.states import PlanState
from portal.ledger.plan_cover import shares_beside_plans
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.ledger.queries import open_shares, unapplied_credit_cents
from portal.plans.checks import checks
from portal.plans.keeping.nightly import keep_plans
from portal.plans.moves import plan_of
from tests.payments.insured import insured_payer
from tests.payments.paying import Payer
from tests.plans.agreed_plans import agree_to_plan
from tests.plans.living import CHARGES
from tests.plans.planning import Planner
from tests.remittances.conftest import desk as desk  # noqa: PLC0414 — so that parameters may have its name
from tests.remittances.desk import ImportDesk, SentClaim, SentLine


@dataclass(slots=True)
class June:
    """Who owes 20.00 of an insured visit, in two payments by hand."""

    desk: ImportDesk
    payer: Payer
    plan_id: UUID

    def pay(self, cents: int) -> None:
        Planner(self.payer, self.plan_id).pay(cents)

    def decide(self, *claims: SentClaim) -> None:
        """One file; then the job."""
        self.desk.receive(*claims)
        self.keep()

    def keep(self) -> None:
        keep_plans(
            self.payer.database, self.payer.owing.practice_id, charges=CHARGES, now=self.payer.now
        )

    @property
    def plan(self) -> PlanStanding:
        return self.payer.read(lambda session: plan_standings(session, [self.plan_id]))[
            self.plan_id
        ]

    @property
    def state(self) -> str:
        return self.payer.read(lambda session: plan_of(session, self.plan_id).state)

    @property
    def beside_cents(self) -> int:
        """What a statement asks for."""
        guarantor_id = self.payer.owing.guarantor_id
        shares = self.payer.read(lambda session: shares_beside_plans(session, guarantor_id))
        return sum(share.open_cents for share in shares)

    @property
    def credit_cents(self) -> int:
        guarantor_id = self.payer.owing.guarantor_id
        return self.payer.read(lambda session: unapplied_credit_cents(session, guarantor_id))

    def is_sound(self) -> bool:
        return self.payer.read(lambda session: list(checks(session))) == []


@pytest.fixture
def june(desk: ImportDesk, database: Database, gateway: StripeGateway) -> June:
    desk.receive(SentClaim())
    payer = insured_payer(desk, database, gateway)
    owing = payer.owing
    shares = payer.read(lambda session: open_shares(session, owing.guarantor_id))
    today = payer.now.date()
    plan_id = agree_to_plan(
        database,
        owing.practice_id,
        owing.guarantor_id,
        {Target(one.claim_id, one.charge_id): one.open_cents for one in shares},
        count=2,
        first_on=today + timedelta(days=20),
        today=today,
        now=payer.now,
    )
    june = June(desk, payer, plan_id)
    june.keep()
    return june


def corrected(share_cents: int) -> SentClaim:
    line = SentLine(adjustments={"CO45": 3_000, "PR3": share_cents})
    return replace(SentClaim(), icn=f"ICN{share_cents}", lines=(line,))


def test_a_smaller_share_of_one_file_shortens_the_plan(june: June) -> None:
    june.decide(SentClaim().reversal(), corrected(500))
    assert (june.plan.left_cents, june.plan.principal_cents) == (500, 500)
    assert (june.state, june.beside_cents, june.credit_cents) == (PlanState.ACTIVE, 0, 0)
    assert june.is_sound()


def test_what_was_paid_beyond_it_is_a_credit_and_the_plan_is_paid(june: June) -> None:
    june.pay(1_200)
    june.decide(SentClaim().reversal(), corrected(500))
    assert (june.plan.paid_cents, june.plan.left_cents) == (500, 0)
    assert (june.state, june.credit_cents) == (PlanState.COMPLETED, 700)
    assert june.is_sound()


def test_a_larger_share_is_asked_for_beside_the_plan(june: June) -> None:
    june.decide(SentClaim().reversal(), corrected(2_600))
    assert (june.plan.left_cents, june.beside_cents) == (2_000, 600)
    assert june.is_sound()


@pytest.mark.parametrize(
    ("share_cents", "left_cents"), [(500, 500), (2_000, 2_000), (2_600, 2_000)]
)
def test_between_a_reversal_and_its_correction_nothing_is_shortened(
    june: June, share_cents: int, left_cents: int
) -> None:
    june.decide(SentClaim().reversal())
    assert june.plan.principal_cents == 2_000
    assert june.plan.left_cents == 0
    assert june.state == PlanState.PAUSED
    june.decide(corrected(share_cents))
    assert (june.state, june.plan.left_cents) == (PlanState.ACTIVE, left_cents)
    assert june.beside_cents == share_cents - left_cents
    assert june.is_sound()


@pytest.mark.parametrize(
    ("share_cents", "paid_cents", "left_cents"), [(500, 500, 0), (2_000, 1_200, 800)]
)
def test_what_was_paid_waits_for_the_correction_and_counts_again(
    june: June, share_cents: int, paid_cents: int, left_cents: int
) -> None:
    june.pay(1_200)
    june.keep()
    june.decide(SentClaim().reversal())
    assert june.plan.principal_cents == 2_000
    june.decide(corrected(share_cents))
    june.keep()
    assert (june.plan.paid_cents, june.plan.left_cents) == (paid_cents, left_cents)
    assert june.state == (PlanState.ACTIVE if left_cents else PlanState.COMPLETED)
    assert june.credit_cents == 1_200 - paid_cents
    assert june.is_sound()


def test_a_plan_that_was_paid_and_is_corrected_stays_paid_and_the_rest_is_a_credit(
    june: June,
) -> None:
    june.pay(2_000)
    june.keep()
    june.decide(SentClaim().reversal(), corrected(500))
    assert (june.state, june.plan.paid_cents) == (PlanState.COMPLETED, 500)
    assert (june.credit_cents, june.beside_cents) == (1_500, 0)
    assert june.is_sound()
