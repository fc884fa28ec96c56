"""A practice that looks first at denials left to the patient: what it holds, and for how long."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.practice.directory import change_practice
from portal.practice.models import Claim
from portal.remittances.claims.denial_review import REVIEWED_FOR, end_denial_reviews
from tests.conftest import DatabaseUrls
from tests.remittances.desk import NOW, ImportDesk, SentClaim, SentLine

NOT_COVERED = SentClaim([SentLine(adjustments={"PR204": 10_000})], status="4")


@pytest.fixture
def reviewing(desk: ImportDesk) -> ImportDesk:
    change_practice(desk.database, desk.practice.slug, {"patient_denials": "review"})
    return desk


def end_reviews(desk: ImportDesk, *, days: int) -> int:
    now = NOW + timedelta(days=days)
    ended = end_denial_reviews(desk.database, desk.practice.practice_id, now=now)
    assert desk.findings() == []
    return ended


def test_unless_the_practice_says_so_a_denial_left_to_the_patient_is_billed(
    desk: ImportDesk,
) -> None:
    desk.receive(NOT_COVERED)
    assert desk.claim().holds == ()
    assert desk.claim().billable_cents == 10_000


@pytest.mark.parametrize(
    ("amounts", "held"),
    [
        ({"PR204": 10_000}, True),
        ({"PR1": 9_000, "PR96": 1_000}, True),
        ({"PR1": 4_000, "PR2": 3_000, "PR3": 3_000}, False),  # cost sharing is no denial
        ({"PR204": 9_999}, False),  # a cent was paid
        ({"CO50": 10_000}, False),  # nothing is left to the patient
    ],
)
def test_what_is_reviewed(reviewing: ImportDesk, amounts: Mapping[str, int], *, held: bool) -> None:
    reviewing.receive(SentClaim([SentLine(adjustments=amounts)]))
    assert reviewing.claim().holds == (("denial_review",) if held else ())


def test_after_ten_days_it_is_billed(reviewing: ImportDesk) -> None:
    reviewing.receive(NOT_COVERED)
    assert end_reviews(reviewing, days=REVIEWED_FOR.days - 1) == 0
    assert reviewing.claim().billable_cents == 0
    assert end_reviews(reviewing, days=REVIEWED_FOR.days) == 1
    assert reviewing.claim().billable_cents == 10_000
    assert end_reviews(reviewing, days=REVIEWED_FOR.days + 1) == 0


def test_another_hold_outlives_the_review(reviewing: ImportDesk) -> None:
    reviewing.receive(replace(NOT_COVERED, lines=[replace(NOT_COVERED.lines[0], remarks=["MA18"])]))
    assert reviewing.claim().holds == ("crossover", "denial_review")
    end_reviews(reviewing, days=REVIEWED_FOR.days)
    assert reviewing.claim().holds == ("crossover",)
    assert reviewing.claim().billable_cents == 0


def test_a_corrected_decision_ends_it_before(reviewing: ImportDesk) -> None:
    reviewing.receive(NOT_COVERED)
    reviewing.receive(NOT_COVERED.reversal(), replace(SentClaim(), icn="ICN2"))
    assert reviewing.claim().holds == ()
    assert reviewing.claim().billable_cents == 2_000


def test_a_claim_that_cannot_be_released_keeps_no_other_waiting(
    reviewing: ImportDesk, database_urls: DatabaseUrls
) -> None:
    """Somebody's transaction hangs on the first; the night's job fails, so that it is seen."""
    reviewing.receive(NOT_COVERED)
    reviewing.receive(replace(NOT_COVERED, number="A2", member="W2"))
    hurried = Database(database_urls.app, lock_wait=timedelta(milliseconds=100))
    with reviewing.database.transaction(reviewing.principal()) as session:
        session.execute(
            select(Claim.claim_id)
            .where(Claim.practice_id == reviewing.practice.practice_id, Claim.claim_number == "A1")
            .with_for_update()
        )
        with pytest.raises(ExceptionGroup) as failed:
            end_denial_reviews(hurried, reviewing.practice.practice_id, now=NOW + REVIEWED_FOR)
    hurried.close()
    (error,) = failed.value.exceptions
    assert error.__notes__ == [f"claim {reviewing.claim_id('A1')}"]
    assert reviewing.claim("A1").holds == ("denial_review",)
    assert reviewing.claim("A2").holds == ()
    assert end_reviews(reviewing, days=REVIEWED_FOR.days) == 1
