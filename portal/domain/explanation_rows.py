"""The rows of an explanation: what was billed and all that came off it add up to what is owed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.domain.explanation import LET_OFF_CLASS
from portal.domain.explanation_words import Say, say
from portal.domain.statement import TOGETHER, StatementLine

_TAKEN_OFF_ROWS = {
    "contractual": Say.ROW_CONTRACTUAL,
    "bundled": Say.ROW_BUNDLED,
    "capitation": Say.ROW_CAPITATION,
    "sequestration": Say.ROW_SEQUESTRATION,
    "incentive": Say.ROW_INCENTIVE,
    "denial": Say.ROW_WE_TOOK_OFF,
    LET_OFF_CLASS: Say.ROW_WE_TOOK_OFF,
    TOGETHER: Say.ROW_TAKEN_OFF,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sum, below zero when it is taken off; ``part`` is its part of the bar."""

    label: str
    cents: int
    part: str = ""


def rows_of(lines: Sequence[StatementLine], language: str, *, billed: str) -> tuple[Row, ...]:
    """What was billed and everything that came off it: their sum is what is owed."""
    rows = [Row(billed, sum(line.figures.billed_cents for line in lines))]
    taken_off: dict[str, int] = {}
    for one in (one for line in lines for one in line.taken_off):
        taken_off[one.kind] = taken_off.get(one.kind, 0) + one.cents
    for kind, cents in taken_off.items():
        rows.append(Row(say(_TAKEN_OFF_ROWS[kind], language), -cents, "discount"))
    for payer_name, cents in paid_by_plan(lines).items():
        rows.append(Row(_paid_label(payer_name, cents, language), -cents, "plan"))
    with_insurance = sum(line.figures.with_insurance_cents for line in lines)
    if with_insurance:
        rows.append(Row(say(Say.ROW_WITH_INSURANCE, language), -with_insurance, "insurance"))
    you_paid = sum(line.figures.you_paid_cents for line in lines)
    if you_paid:
        rows.append(Row(say(Say.ROW_YOU_PAID, language), -you_paid, "paid"))
    on_plan = sum(line.figures.on_payment_plan_cents for line in lines)
    if on_plan:
        rows.append(Row(say(Say.ROW_ON_PAYMENT_PLAN, language), -on_plan, "later"))
    placed = sum(line.figures.placed_cents for line in lines)
    if placed:
        rows.append(Row(say(Say.ROW_PLACED, language), -placed, "placed"))
    return tuple(rows)


def _paid_label(payer_name: str, cents: int, language: str) -> str:
    if not payer_name:
        return say(Say.ROW_PLANS_PAID, language)
    what = Say.ROW_PLAN_TOOK_BACK if cents < 0 else Say.ROW_PLAN_PAID
    return say(what, language, payer=payer_name)


def paid_by_plan(lines: Iterable[StatementLine]) -> dict[str, int]:
    """Each plan that decided has its own, also where it paid nothing."""
    paid: dict[str, int] = {}
    for answer in (answer for line in lines for answer in line.answers):
        paid[answer.payer_name] = paid.get(answer.payer_name, 0) + answer.paid_cents
    return paid
