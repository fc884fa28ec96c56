"""A person's figures and what happened, as the front desk reads them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link, record_step
from portal.auth.staff import NewStaff
from portal.db import Database, Principal, new_id
from portal.desk.queries import PersonPage, read_person
from portal.domain.link_status import LinkState
from portal.domain.payment_status import PaymentState
from portal.ledger.models import Commitment
from portal.payments.models import Payment, PaymentEvent
from portal.practice.models import Claim, Coverage, Guarantor, Patient, Payer
from tests.auth.billed import NOW
from tests.desk.conftest import Household
from tests.statements.builders import (
    UNAPPLIED,
    Decided,
    make_adjudicated_claim,
    make_payer,
    pay,
)

PACIFIC = ZoneInfo("America/Los_Angeles")


def staff_of(practice_id: UUID) -> Principal:
    return Principal.staff(practice_id, staff_id=UUID(int=99), role="front_desk")


def read(database: Database, household: Household, *, days: int = 0) -> PersonPage:
    with database.transaction(staff_of(household.practice_id)) as session:
        found = read_person(session, household.guarantor_id, now=NOW + timedelta(days=days))
    assert found is not None
    return found[0]


def kinds(page: PersonPage) -> list[str]:
    return [event.kind for day in page.timeline for event in day.events]


def test_the_figures_are_the_ledgers(database: Database, ana: Household) -> None:
    pay(
        database,
        ana.practice_id,
        guarantor_id=ana.guarantor_id,
        puts=[(ana.claim.target(), 1_000), (UNAPPLIED, 500)],
        on=date(2026, 3, 9),
        at=NOW,
    )
    with database.transaction(staff_of(ana.practice_id)) as session:
        session.execute(
            insert(Commitment).values(
                practice_id=ana.practice_id,
                commitment_id=new_id(),
                guarantor_id=ana.guarantor_id,
                subject_id=new_id(),
                amount_cents=700,
                made_at=NOW,
            )
        )
    page = read(database, ana)
    assert (page.due_now_cents, page.on_the_way_cents, page.credit_cents) == (2_300, 700, 500)
    assert page.due_on == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("held", "denied", "paid_cents", "counted"),
    [("", False, 0, 1), ("", True, 0, 0), ("status_25", False, 4_000, 1), ("", False, 8_000, 0)],
    ids=["payer owes", "payer denied", "share is held", "all decided"],
)
def test_visits_with_insurance_are_those_still_being_decided(
    *,
    database: Database,
    ana: Household,
    held: str,
    denied: bool,
    paid_cents: int,
    counted: int,
) -> None:
    share = 12_000 - paid_cents if held else 0
    off = 12_000 - paid_cents - share if paid_cents else 0
    adjustments = [("CO", "45", off), ("PR", "3", share)]
    made = make_adjudicated_claim(
        database,
        ana.practice_id,
        guarantor_id=ana.guarantor_id,
        patient_id=ana.patient_id,
        claim_number="C-2",
        lines=[Decided("99213", 12_000, paid_cents, tuple(cas for cas in adjustments if cas[2]))],
        held=held,
    )
    with database.transaction(staff_of(ana.practice_id)) as session:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == ana.practice_id, Claim.claim_id == made.claim_id)
            .values(denied=denied)
        )
    assert read(database, ana).pending_visits == counted


def test_a_link_shows_its_last_steps_in_the_practices_hours(
    database: Database, ana: Household, jo: NewStaff
) -> None:
    clerk = Principal.staff(ana.practice_id, staff_id=jo.staff_id, role="front_desk")
    with database.transaction(clerk) as session:
        link_id = make_link(
            session,
            tokens=LinkTokens("a key for tests only, and long enough"),
            guarantor_id=ana.guarantor_id,
            statement_id=ana.statement_id,
            patient_ids=[],
            now=NOW,
        )
        record_step(session, link_id, LinkState.SENT, now=NOW)
        record_step(session, link_id, LinkState.BOUNCED, now=NOW + timedelta(minutes=1))
    page = read(database, ana)
    assert page.link is not None
    assert page.link.state == "bounced"
    assert page.link.sent_at == datetime(2026, 3, 9, 10, 0, tzinfo=PACIFIC)
    assert page.link.bounced_at == datetime(2026, 3, 9, 10, 1, tzinfo=PACIFIC)
    assert page.link.ended == ""
    sent = next(event for day in page.timeline for event in day.events if event.kind == "link_sent")
    assert (sent.actor, sent.address) == ("Jo Kim", "ana.reyes@example.com")
    with database.transaction(clerk) as session:
        record_step(session, link_id, LinkState.SENT, now=NOW + timedelta(minutes=2))
    again = read(database, ana).link
    assert again is not None
    assert again.bounced_at is None
    still_owed = read(database, ana, days=181).link
    assert still_owed is not None
    assert still_owed.ended == ""


def test_what_happened_stands_by_day_newest_first(database: Database, ana: Household) -> None:
    payment_id = new_id()
    with database.transaction(staff_of(ana.practice_id)) as session:
        session.execute(
            insert(Payment).values(
                practice_id=ana.practice_id,
                payment_id=payment_id,
                guarantor_id=ana.guarantor_id,
                statement_id=ana.statement_id,
                amount_cents=4_000,
                pays_for=[],
                state=PaymentState.SUCCEEDED.value,
                created_at=NOW,
                state_at=NOW,
                receipt_number="RB-1",
            )
        )
        for number, state in enumerate(
            (
                PaymentState.PREPARED,
                PaymentState.STARTING,
                PaymentState.OPEN,
                PaymentState.SUCCEEDED,
            )
        ):
            session.execute(
                insert(PaymentEvent).values(
                    practice_id=ana.practice_id,
                    event_id=new_id(),
                    guarantor_id=ana.guarantor_id,
                    payment_id=payment_id,
                    state=state.value,
                    occurred_at=datetime(2026, 3, 10, 6, 55, number, tzinfo=UTC),
                )
            )
    page = read(database, ana, days=1)
    assert kinds(page) == [
        "payment_settled",
        "payment_started",
        "statement_issued",
        "insurance_decided",
    ]
    # 06:55 UTC is still the evening before on the Pacific coast.
    assert [day.on for day in page.timeline] == [date(2026, 3, 9), date(2026, 3, 2)]
    settled = page.timeline[0].events[0]
    assert (settled.reference, settled.amount_cents) == ("RB-1", 4_000)
    decided = page.timeline[-1].events[0]
    assert (decided.payer_name, decided.patient_first_name) == ("Blue Horizon", "Mateo")


def test_nobody_is_none(database: Database, practice_id: UUID) -> None:
    with database.transaction(staff_of(practice_id)) as session:
        assert read_person(session, new_id(), now=NOW) is None


def test_without_a_coverage_on_file_those_who_decided_are_named(
    database: Database, ana: Household
) -> None:
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == ana.practice_id)
            .values(member_identifier_on_file="W7")
        )
        session.execute(
            update(Payer).where(Payer.practice_id == ana.practice_id).values(name="SAMPLE PLAN PPO")
        )
    (mateo,) = read(database, ana).insured
    assert (mateo.first_name, mateo.plans) == ("Mateo", ())
    assert mateo.decided_by == (("Sample Plan PPO", "W7"),)


def test_the_plans_on_file_stand_by_patient_in_their_order(
    database: Database, ana: Household
) -> None:
    plans = (("GREEN VALLEY", 2, None), ("Old Plan", 1, date(2025, 12, 31)), ("Blue", 1, None))
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        for name, rank, ends_on in plans:
            session.execute(
                insert(Coverage).values(
                    practice_id=ana.practice_id,
                    coverage_id=new_id(),
                    patient_id=ana.patient_id,
                    guarantor_id=ana.guarantor_id,
                    payer_id=make_payer(session, ana.practice_id, name=name),
                    member_identifier=f"M-{name}",
                    rank=rank,
                    ends_on=ends_on,
                )
            )
    (mateo,) = read(database, ana).insured
    assert [(plan.payer_name, plan.rank, plan.ends_on) for plan in mateo.plans] == [
        ("Blue", 1, None),
        ("Old Plan", 1, date(2025, 12, 31)),
        ("Green Valley", 2, None),
    ]


def test_names_a_remittance_shouts_are_written_as_people_write_them(
    database: Database, ana: Household
) -> None:
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        session.execute(
            update(Guarantor)
            .where(Guarantor.practice_id == ana.practice_id)
            .values(first_name="ANA", last_name="O'NEIL")
        )
        session.execute(
            update(Patient)
            .where(Patient.practice_id == ana.practice_id)
            .values(first_name="MATEO", last_name="")
        )
    page = read(database, ana)
    assert (page.name, page.first_name, page.patient_names) == ("Ana O'Neil", "Ana", ("Mateo",))
