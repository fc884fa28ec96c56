"""Visits in every shape a statement can have, for tests of what is said about them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from portal.domain.claim_journey import DecisionChange, JourneyStep, StepKind
from portal.domain.explanation_text import PendingText, Point, VisitText
from portal.domain.reasons.catalogue import catalogue
from portal.domain.reasons.reason import CodeList
from portal.domain.statement import (
    AnsweredAmount,
    Figures,
    PendingReason,
    PendingVisit,
    PlanAnswer,
    PlanDecision,
    PlanReason,
    Share,
    StatementLine,
    TakenOff,
    Visit,
)

BILLED_ON = date(2026, 3, 9)
DECIDED_ON = date(2026, 2, 24)
BLUE, GREEN = "Blue Horizon", "Green Valley"
JOURNEY = (
    JourneyStep(StepKind.SENT, BLUE, date(2026, 2, 3)),
    JourneyStep(StepKind.DECIDED, BLUE, DECIDED_ON),
)


def line(
    *shares: tuple[str, int],
    answers: Iterable[PlanAnswer] = (),
    off: Mapping[str, int] | None = None,
    refused: int = 0,
    paid: int = 0,
    unpaid: int | None = None,
) -> StatementLine:
    """``shares`` by reason, of which ``unpaid`` is still owed (default: all)."""
    given = tuple(answers)
    share_cents = sum(cents for _, cents in shares)
    owed = share_cents if unpaid is None else unpaid
    plan_paid = sum(answer.paid_cents for answer in given)
    taken_off = sum((off or {}).values())
    return StatementLine(
        UUID(int=1),
        "office_visit",
        "99213",
        Figures(
            taken_off + plan_paid + refused + paid + owed, taken_off, plan_paid, refused, paid, owed
        ),
        tuple(Share(*share) for share in shares),
        tuple(TakenOff(*one) for one in (off or {}).items()),
        given,
    )


def answer(paid: int = 0, *amounts: AnsweredAmount, payer_name: str = BLUE) -> PlanAnswer:
    return PlanAnswer(payer_name, paid, amounts)


def refusal(group: str, reason: str, cents: int) -> AnsweredAmount:
    return AnsweredAmount(group, reason, cents, is_refused=True)


def visit(
    *lines: StatementLine,
    decisions: tuple[PlanDecision, ...] = (),
    changes: tuple[DecisionChange, ...] = (),
    freed: int = 0,
) -> Visit:
    return Visit(
        UUID(int=2),
        "R1",
        "Ana",
        date(2026, 1, 14),
        "",
        "",
        lines,
        decisions or (PlanDecision(BLUE, DECIDED_ON, 0, 0),),
        changes,
        JOURNEY,
        freed,
    )


TWO_PLANS = (
    PlanDecision(BLUE, DECIDED_ON, 5_600, 9_400),
    PlanDecision(GREEN, date(2026, 3, 2), 7_400, 2_000),
)

VISITS: Mapping[str, Visit] = {
    "a share": visit(line(("3", 4_000), answers=[answer(7_600)], off={"contractual": 6_900})),
    "three shares, partly paid": visit(
        line(
            ("1", 5_000),
            ("2", 1_000),
            ("3", 2_000),
            answers=[answer(7_600)],
            paid=3_000,
            unpaid=5_000,
        )
    ),
    "a share let off in part": visit(
        line(("3", 4_000), answers=[answer(7_600)], off={"practice": 1_000}, unpaid=3_000)
    ),
    "open since before": visit(replace(line(unpaid=4_500), charge_id=None)),
    "not insured": visit(line(unpaid=4_500)),
    "not covered": visit(line(("96", 9_000), answers=[answer()])),
    "fully paid, bundled, given up": visit(
        line(answers=[answer(5_000)], off={"contractual": 900, "sequestration": 100}),
        line(answers=[answer()], off={"bundled": 1_800}),
        line(answers=[answer()], off={"denial": 900}),
        line(answers=[answer()], off={"capitation": 900}),
        line(answers=[answer()], off={"contractual": 900, "incentive": 10}),
        line(("1", 900), answers=[answer()]),
    ),
    "a part refused": visit(
        line(
            ("3", 2_000),
            answers=[answer(0, refusal("CO", "50", 9_400))],
            refused=9_400,
            unpaid=2_000,
        )
    ),
    "a line that nobody decided": visit(
        line(("1", 900), answers=[answer()]), line(answers=[answer()], refused=700)
    ),
    "two plans": visit(
        line(("3", 2_000), answers=[answer(5_600), answer(7_400, payer_name=GREEN)]),
        decisions=TWO_PLANS,
    ),
    "a better decision, and credit": visit(
        line(("3", 4_000), answers=[answer(7_600)], paid=3_000, unpaid=1_000),
        changes=(DecisionChange(BLUE, BILLED_ON, 5_600, 7_600, 6_000, 4_000),),
        freed=2_000,
    ),
    "a payment taken back": visit(
        line(("1", 9_400), answers=[answer(0)]),
        changes=(DecisionChange(BLUE, BILLED_ON, 5_000, 0, 4_400, 9_400),),
    ),
    "the first of two plans changed": visit(
        line(("3", 2_000), answers=[answer(5_600), answer(7_400, payer_name=GREEN)]),
        decisions=TWO_PLANS,
        changes=(DecisionChange(BLUE, BILLED_ON, 5_000, 5_600, None, None),),
    ),
}


REMARKED = replace(
    visit(
        line(
            ("3", 2_000),
            answers=[
                PlanAnswer(BLUE, 5_600, (), ("N130",)),
                PlanAnswer(GREEN, 7_400, (), ("N130", "M7")),
            ],
        )
    ),
    decisions=(
        replace(TWO_PLANS[0], remarks=("MA18",)),
        replace(TWO_PLANS[1], remarks=("MA01", "MA07")),
    ),
)
"""Of what both plans remarked, little is for the patient to know once a share is asked."""


def pending(
    why: PendingReason, *reasons: PlanReason, remarks: tuple[str, ...] = ()
) -> PendingVisit:
    return PendingVisit("Ana", BILLED_ON, "", BLUE, why, reasons, remarks, JOURNEY)


def refused_lines() -> Iterable[tuple[str, Visit]]:
    """A line for every reason of which an amount may stay with the plan."""
    for code_list, code, group in catalogue():
        if code_list is CodeList.CARC and group != "PR":
            said = refusal(group or "CO", code, 9_400)
            yield f"{group or 'CO'}-{code}", visit(line(answers=[answer(0, said)], refused=9_400))


def share_lines() -> Iterable[tuple[str, Visit]]:
    """A line for every reason a patient may owe an amount for."""
    for (code_list, code, group), reason in catalogue().items():
        if code_list is CodeList.CARC and group in ("PR", None) and reason.owed:
            yield f"PR-{code}", visit(line((code, 9_400), answers=[answer(600)]))


def everything_said(text: VisitText | PendingText) -> str:
    """One text, as somebody reads it from top to bottom; rows and codes are not sentences."""
    lines = text.lines if isinstance(text, VisitText) else ()
    points = [*text.points, *(point for line in lines for point in line.points)]
    return " ".join(_said(point) for point in points)


def _said(point: Point) -> str:
    parts = (point.heading, point.text, point.what_you_can_do, point.why)
    return " ".join(part for part in parts if part)
