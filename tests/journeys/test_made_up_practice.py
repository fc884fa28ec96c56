"""The made-up practice tells the story that its people are there for."""

from sqlalchemy import select

from portal.db import Principal
from portal.domain.statement_document import from_json
from portal.practice.directory import practice_by_slug
from portal.practice.models import Coverage, Guarantor, Patient
from portal.remittances.claims_list import ClaimSummary, claims_list
from portal.statements.models import Statement
from tests.journeys.world import World

LATER_STATEMENT = "90001"  # the world's own


def claims(world: World) -> dict[str, ClaimSummary]:
    practice = practice_by_slug(world.database, "riverbend")
    return {one.claim_id: one for one in claims_list(world.database, practice)}


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
        "A-20416": 2_000,
        "A-20417": 4_000,
        "A-20418": 3_000,
        "A-20419": 4_000,
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
    with world.database.transaction(Principal.job(world.practice_id, role="test")) as session:
        stored = session.scalars(
            select(Statement)
            .join(Guarantor, Guarantor.guarantor_id == Statement.guarantor_id)
            .where(Guarantor.account_number == "A-20419")
        ).one()
    (waiting,) = from_json(stored.document, version=stored.document_version).pending
    assert (waiting.patient_first_name, waiting.payer_name) == ("Nora", "Cascade Mutual")


def test_a_second_plan_that_decided_leaves_its_own_share(world: World) -> None:
    found = claims(world)["R10051"]
    assert (found.holds, found.billable_cents) == ((), 2_000)


def test_a_plan_that_has_been_silent_for_long_is_on_the_posters_list(world: World) -> None:
    text = world.visitors["poster here"].get("/insurance").text
    assert "1 plan to call" in text
    assert "Nora Whitfield" in text
