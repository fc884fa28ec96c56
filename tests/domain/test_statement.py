"""Figures that add up or do not exist, the rules of issuing, and the frozen document."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.claim_journey import DecisionChange, JourneyStep, StepKind
from portal.domain.explanation_text import sum_rows, tell_pending, tell_visit
from portal.domain.statement import (
    NOTHING,
    AnsweredAmount,
    Figures,
    IssueFacts,
    IssuePolicy,
    PendingReason,
    PendingVisit,
    PlanAnswer,
    PlanDecision,
    PlanReason,
    Share,
    SkipReason,
    StatementDocument,
    StatementLine,
    TakenOff,
    Visit,
    may_issue,
)
from portal.domain.statement_document import (
    DOCUMENT_VERSION,
    UnknownDocumentError,
    from_json,
    to_json,
)

TODAY = date(2026, 3, 9)
CLEAR = IssueFacts(issued_on=TODAY, as_of=TODAY, amount_due_cents=21_450, open_now_cents=21_450)
A_DAY = timedelta(days=1)

amounts = st.integers(-1_000_000_000, 1_000_000_000)


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    taken, plan, insurance, paid, owed = (draw(amounts) for _ in range(5))
    return Figures(taken + plan + insurance + paid + owed, taken, plan, insurance, paid, owed)


@given(st.lists(figures()))
def test_sums_of_figures_that_add_up_add_up(rows: Sequence[Figures]) -> None:
    total = sum(rows, NOTHING)
    assert total.you_owe_cents == sum(row.you_owe_cents for row in rows)
    assert total.billed_cents == sum(row.billed_cents for row in rows)


@given(figures(), amounts.filter(bool))
def test_figures_that_are_off_do_not_exist(row: Figures, by: int) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        replace(row, you_owe_cents=row.you_owe_cents + by)


def test_a_statement_goes_out_when_nothing_stands_against_it() -> None:
    assert may_issue(CLEAR) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_issued_for_day": True}, SkipReason.ALREADY_ISSUED),
        ({"is_on_hold": True}, SkipReason.ACCOUNT_HOLD),
        ({"is_import_running": True}, SkipReason.IMPORT_RUNNING),
        ({"feed_age": timedelta(hours=25)}, SkipReason.STALE_FEED),
        ({"feed_age": timedelta(hours=24)}, None),
        ({"has_refused_receipt": True}, SkipReason.REFUSED_RECEIPT),
        ({"amount_due_cents": 0}, SkipReason.NOTHING_DUE),
        ({"open_now_cents": 0}, SkipReason.NOTHING_DUE),
        ({"amount_due_cents": 499}, SkipReason.BELOW_MINIMUM),
        ({"open_now_cents": 499}, SkipReason.BELOW_MINIMUM),
        ({"amount_due_cents": 500}, None),
        ({"was_paid_today": True}, SkipReason.PAID_TODAY),
        ({"last_issued_on": TODAY - 27 * A_DAY}, SkipReason.TOO_SOON),
        ({"last_issued_on": TODAY - 28 * A_DAY}, None),
        ({"last_issued_on": TODAY - 40 * A_DAY, "last_as_of": TODAY}, SkipReason.TOO_SOON),
        ({"is_deliverable": False}, SkipReason.NO_DELIVERY),
    ],
)
def test_each_rule_of_issuing(change: dict[str, Any], reason: SkipReason | None) -> None:
    assert may_issue(replace(CLEAR, **change)) is reason


def test_a_practice_may_set_its_own_minimum_and_days() -> None:
    policy = IssuePolicy(minimum_cents=50_000, days_to_pay=30)
    assert may_issue(CLEAR, policy) is SkipReason.BELOW_MINIMUM
    assert policy.due_on(TODAY) == date(2026, 4, 8)


def test_a_statement_is_due_25_days_after_it_was_issued() -> None:
    assert IssuePolicy().due_on(date(2026, 3, 4)) == date(2026, 3, 29)


DOCUMENT = StatementDocument(
    number="10482",
    issued_on=TODAY,
    due_on=date(2026, 4, 3),
    as_of=TODAY,
    guarantor_name="Ana Reyes",
    account_number="A-20411",
    visits=(
        Visit(
            claim_id=UUID(int=1),
            claim_number="C-1",
            patient_first_name="Mateo",
            service_on=date(2026, 1, 22),
            provider_name="Dr. Samir Patel",
            place_name="",
            lines=(
                StatementLine(
                    charge_id=UUID(int=2),
                    service_kind="imaging",
                    procedure_code="73110",
                    description="Left wrist, three pictures",
                    figures=Figures(14_200, 5_800, 0, 0, 0, 8_400),
                    shares=(Share("1", 8_400),),
                    taken_off=(TakenOff("contractual", 5_800),),
                    answers=(
                        PlanAnswer(
                            "Blue Horizon",
                            0,
                            (
                                AnsweredAmount("CO", "45", 5_800),
                                AnsweredAmount("CO", "50", 100, is_refused=True),
                            ),
                            ("N130",),
                        ),
                    ),
                ),
                StatementLine(None, "whole_visit", "", NOTHING),
            ),
            decisions=(PlanDecision("Blue Horizon", date(2026, 2, 20), 0, 8_400, ("MA01",)),),
            changes=(DecisionChange("Blue Horizon", date(2026, 3, 1), 500, 0, None, None),),
            journey=(
                JourneyStep(StepKind.SENT, "Blue Horizon", None),
                JourneyStep(StepKind.DECIDED, "Blue Horizon", date(2026, 2, 20)),
            ),
            freed_credit_cents=700,
        ),
    ),
    pending=(
        PendingVisit("Ana", None, "", "Blue Horizon"),
        PendingVisit(
            "Ana",
            date(2026, 2, 1),
            "",
            "",
            PendingReason.REFUSED,
            (PlanReason("CO", "16"),),
            ("N130",),
            (JourneyStep(StepKind.DECIDED, "Blue Horizon", date(2026, 2, 20)),),
        ),
    ),
    previous_amount_due_cents=9_000,
    payments_since_cents=4_000,
    unapplied_credit_cents=0,
)


def test_a_document_comes_back_from_json_exactly() -> None:
    stored = json.dumps(to_json(DOCUMENT))
    assert from_json(json.loads(stored), version=DOCUMENT_VERSION) == DOCUMENT


def test_parts_that_are_not_what_the_figures_say_are_refused() -> None:
    figures = Figures(1_000, 400, 600, 0, 0, 0)
    with pytest.raises(ValueError, match="do not add up"):
        StatementLine(None, "service", "", figures, taken_off=(TakenOff("contractual", 400),))
    with pytest.raises(ValueError, match="do not add up"):
        StatementLine(None, "service", "", figures, answers=(PlanAnswer("Blue Horizon", 600),))


VERSION_1 = json.loads(Path(__file__).with_name("statement_version_1.json").read_text("utf-8"))


def test_a_document_of_version_1_is_read_to_the_cent() -> None:
    document = from_json(VERSION_1, version=1)
    assert (document.number, document.amount_due_cents) == ("10001", 17_400)
    one_plan, two_plans, no_plan = document.visits
    assert one_plan.payer_names == ("Blue Horizon",)
    x_ray, blood_draw, visit = one_plan.lines
    assert x_ray.answers == (PlanAnswer("Blue Horizon", 0, (AnsweredAmount("PR", "1", 8_400),)),)
    assert blood_draw.taken_off == (TakenOff("bundled", 1_800),)
    assert visit.taken_off == (TakenOff("contractual", 6_900),)
    assert (two_plans.payer_names, two_plans.lines[0].answers[0].payer_name) == ((), "")
    assert no_plan.lines[0].answers == ()
    assert [visit.why for visit in document.pending] == [PendingReason.DECIDING] * 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_document_of_version_1_is_explained_and_adds_up(language: str) -> None:
    document = from_json(VERSION_1, version=1)
    assert sum(row.cents for row in sum_rows(document, language)) == document.amount_due_cents
    for visit in document.visits:
        text = tell_visit(visit, language, billed_on=document.issued_on)
        assert sum(row.cents for row in text.rows) == visit.figures.you_owe_cents
    assert all(tell_pending(visit, language).points for visit in document.pending)


def test_a_document_of_the_future_is_refused() -> None:
    with pytest.raises(UnknownDocumentError):
        from_json(to_json(DOCUMENT), version=DOCUMENT_VERSION + 1)


def test_the_amount_due_is_what_all_visits_leave() -> None:
    assert DOCUMENT.amount_due_cents == 8_400
