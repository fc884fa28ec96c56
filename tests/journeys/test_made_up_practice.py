"""The made-up practice tells the story that its people are there for."""

import pytest
from sqlalchemy import select

from portal.db import Principal
from portal.domain.claim_journey import StepKind
from portal.domain.statement import PendingReason, StatementDocument
from portal.domain.statement_document import from_json
from portal.practice.directory import practice_by_slug
from portal.practice.models import Coverage, Guarantor, Patient
from portal.practice.sent_claims import SentClaimRow
from portal.remittances.claims.listing import ClaimSummary, claims_list
from portal.statements.models import Statement
from tests.journeys.world import World

LATER_STATEMENT = "90001"  # the world's own


def claims(world: World) -> dict[str, ClaimSummary]:
    practice = practice_by_slug(world.database, "riverbend")
    return {one.claim_id: one for one in claims_list(world.database, practice)}


def statement_of(world: World, account_number: str) -> StatementDocument:
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        stored = session.scalars(
            select(Statement)
            .join(Guarantor, Guarantor.guarantor_id == Statement.guarantor_id)
            .where(Guarantor.account_number == account_number, Statement.number != LATER_STATEMENT)
        ).one()
        return from_json(stored.document, version=stored.document_version)


def test_each_household_is_asked_for_what_its_plans_left(world: World) -> None:
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        rows = session.execute(
            select(Guarantor.account_number, Statement.amount_due_cents)
            .join(Statement, Statement.guarantor_id == Guarantor.guarantor_id)
            .where(Statement.number != LATER_STATEMENT)
        ).all()
    assert {row.account_number: row.amount_due_cents for row in rows} == {
        "A-20411": 23_450,
        "A-20412": 112_286,
        "A-20413": 11_976,
        "A-20415": 3_500,
        "A-20416": 2_000,
        "A-20417": 4_000,
        "A-20418": 3_000,
        "A-20419": 4_000,
        "A-20420": 1_900,
        "A-20421": 3_000,
    }


def test_everybody_is_insured_and_some_by_two_plans(world: World) -> None:
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        rows = session.execute(
            select(Patient.first_name, Coverage.rank).outerjoin(
                Coverage, Coverage.patient_id == Patient.patient_id
            )
        ).all()
    ranks: dict[str, list[int]] = {}
    for first_name, rank in rows:
        ranks.setdefault(first_name, []).append(rank)
    two = {name for name, found in ranks.items() if sorted(found) == [1, 2]}
    assert two == {"Harold", "Tom", "Nora"}
    assert all(found == [1] for name, found in ranks.items() if name not in two)


def test_a_second_plan_that_has_not_decided_keeps_a_visit_off_the_statement(world: World) -> None:
    found = claims(world)
    assert found["R10043"].billable_cents == 4_000  # before the second plan began
    assert found["R10047"].holds == ("later_coverage",)
    (waiting,) = statement_of(world, "A-20419").pending
    assert (waiting.patient_first_name, waiting.payer_name) == ("Nora", "Cascade Mutual")
    assert waiting.why is PendingReason.NEXT_PLAN


def test_a_second_plan_that_decided_leaves_its_own_share(world: World) -> None:
    found = claims(world)["R10051"]
    assert (found.holds, found.billable_cents) == ((), 2_000)


def test_a_plan_that_has_been_silent_for_long_is_on_the_posters_list(world: World) -> None:
    text = world.visitors["poster here"].get("/insurance").text
    assert "1 plan to call" in text
    assert "Nora Whitfield" in text


@pytest.mark.parametrize(
    ("account_number", "why"),
    [
        ("A-20415", PendingReason.REFUSED),
        ("A-20417", PendingReason.DECIDING_AGAIN),
        ("A-20420", PendingReason.PROTECTED),
        ("A-20421", PendingReason.ANSWER_NEEDED),
    ],
)
def test_each_kind_of_waiting_visit_is_somebodys(
    world: World, account_number: str, why: PendingReason
) -> None:
    assert [visit.why for visit in statement_of(world, account_number).pending] == [why]


def test_a_plan_changed_its_decision_on_grace(world: World) -> None:
    (visit,) = statement_of(world, "A-20417").visits
    (change,) = visit.changes
    assert (change.share_before_cents, change.share_now_cents) == (6_000, 4_000)
    assert [step.kind for step in visit.journey] == [
        StepKind.SENT,
        StepKind.RECEIVED,
        StepKind.DECIDED,
        StepKind.CHANGED,
    ]
    assert all(step.on for step in visit.journey)


def test_every_claim_that_was_sent_is_as_its_plan_decided(world: World) -> None:
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        outcomes = session.scalars(
            select(SentClaimRow.outcome).where(SentClaimRow.practice_id == world.practice_id)
        ).all()
    assert set(outcomes) == {"new"}
