"""Figures that add up or do not exist, the rules of issuing, and the frozen document."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.statement import (
    NOTHING,
    Figures,
    IssueFacts,
    IssuePolicy,
    PendingVisit,
    Share,
    SkipReason,
    StatementDocument,
    StatementLine,
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
def test_each_rule_of_issuing(change: dict[str, object], reason: SkipReason | None) -> None:
    assert may_issue(replace(CLEAR, **change)) is reason  # type: ignore[arg-type]


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
            payer_name="Blue Horizon",
            lines=(
                StatementLine(
                    charge_id=UUID(int=2),
                    service_kind="imaging",
                    procedure_code="73110",
                    figures=Figures(14_200, 5_800, 0, 0, 0, 8_400),
                    shares=(Share("1", 8_400),),
                    taken_off_reasons=("contractual",),
                ),
                StatementLine(None, "whole_visit", "", NOTHING, (), ()),
            ),
        ),
    ),
    pending=(PendingVisit("Ana", None, "", "Blue Horizon"),),
    previous_amount_due_cents=9_000,
    payments_since_cents=4_000,
    unapplied_credit_cents=0,
)


def test_a_document_comes_back_from_json_exactly() -> None:
    stored = json.dumps(to_json(DOCUMENT))
    assert from_json(json.loads(stored), version=DOCUMENT_VERSION) == DOCUMENT


def test_a_document_of_the_future_is_refused() -> None:
    with pytest.raises(UnknownDocumentError):
        from_json(to_json(DOCUMENT), version=DOCUMENT_VERSION + 1)


def test_the_amount_due_is_what_all_visits_leave() -> None:
    assert DOCUMENT.amount_due_cents == 8_400
