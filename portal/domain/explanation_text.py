"""An explanation in words: what a statement's page, its PDF and a receipt say of a visit, and why.

Everything comes from the frozen document. Rows always add up to what is owed; what a plan left to
somebody else is told, and never as owed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.claim_journey import DecisionChange, JourneyStep, StepKind
from portal.domain.dates import long_day
from portal.domain.explanation import LET_OFF_CLASS
from portal.domain.explanation_rows import Row, paid_by_plan, rows_of
from portal.domain.explanation_words import Say, say, say_of_payer
from portal.domain.hold_rules import concern_of_remark
from portal.domain.money import format_usd
from portal.domain.reasons.catalogue import ReasonText, reason_text, remark_text
from portal.domain.service_kind import name_of
from portal.domain.statement import (
    PendingReason,
    PendingVisit,
    PlanReason,
    StatementDocument,
    StatementLine,
    Visit,
)
from portal.domain.visit_privacy import GroupedBecause

_NOTHING_OWED_BECAUSE = {
    "denial": Say.WAS_GIVEN_UP,
    "bundled": Say.IS_BUNDLED,
    "capitation": Say.IS_CAPITATED,
}
_GROUPED = {
    GroupedBecause.THEIR_CHOICE: Say.IS_THEIR_CHOICE,
    GroupedBecause.KEPT_PRIVATE: Say.IS_KEPT_PRIVATE,
    GroupedBecause.PAYS_ONLY: Say.IS_PAID_UNSEEN,
    GroupedBecause.NOT_THEIRS: Say.IS_NOT_THEIRS,
}
_STEPS = {
    StepKind.SENT: Say.STEP_SENT,
    StepKind.SENT_AGAIN: Say.STEP_SENT_AGAIN,
    StepKind.RECEIVED: Say.STEP_RECEIVED,
    StepKind.DECIDED: Say.STEP_DECIDED,
    StepKind.PASSED_ON: Say.STEP_PASSED_ON,
    StepKind.TAKEN_BACK: Say.STEP_TAKEN_BACK,
    StepKind.CHANGED: Say.STEP_CHANGED,
}
_PENDING = {  # what is so, what it means, and where the claim is now
    PendingReason.DECIDING: (
        Say.PENDING_DECIDING,
        Say.PENDING_DECIDING_MEANS,
        Say.STEP_DECIDING,
    ),
    PendingReason.NEXT_PLAN: (
        Say.PENDING_DECIDING,
        Say.PENDING_NEXT_PLAN_MEANS,
        Say.STEP_DECIDING,
    ),
    PendingReason.DECIDING_AGAIN: (
        Say.PENDING_DECIDING_AGAIN,
        Say.PENDING_DECIDING_AGAIN_MEANS,
        Say.STEP_DECIDING_AGAIN,
    ),
    PendingReason.REFUSED: (Say.PENDING_REFUSED, Say.PENDING_REFUSED_MEANS, Say.STEP_REFUSED),
    PendingReason.ANSWER_NEEDED: (
        Say.PENDING_ANSWER_NEEDED,
        Say.PENDING_ANSWER_NEEDED_MEANS,
        Say.STEP_ANSWER_NEEDED,
    ),
    PendingReason.PROTECTED: (
        Say.PENDING_PROTECTED,
        Say.PENDING_PROTECTED_MEANS,
        Say.STEP_PROTECTED,
    ),
    PendingReason.CHECKING: (Say.PENDING_CHECKING, Say.PENDING_CHECKING_MEANS, Say.STEP_CHECKING),
    PendingReason.DISPUTED: (Say.PENDING_DISPUTED, Say.PENDING_DISPUTED_MEANS, Say.STEP_DISPUTED),
    PendingReason.NOT_SHOWN: (
        Say.PENDING_NOT_SHOWN,
        Say.PENDING_CHECKING_MEANS,
        Say.STEP_NOT_SHOWN,
    ),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to know: what it is, what it means, what one can do, and why it can happen."""

    heading: str
    text: str
    what_you_can_do: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class LineText:
    """One service. ``letters``: what the plans' own letters call it, for comparing."""

    title: str
    points: tuple[Point, ...]
    rows: tuple[Row, ...]
    owed_cents: int
    letters: tuple[str, ...]
    description: str = ""  # what the practice calls it, in its own language


class StepState(StrEnum):
    """As the ``steps`` component shows it."""

    DONE = "done"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class StepText:
    """One step of a journey; ``on`` None: no day is known, or it is going on."""

    title: str
    on: date | None
    state: StepState


@dataclass(frozen=True, slots=True)
class VisitText:
    """One visit that is asked for: about it as a whole, its lines, its journey."""

    points: tuple[Point, ...]
    rows: tuple[Row, ...]
    lines: tuple[LineText, ...]
    steps: tuple[StepText, ...]


@dataclass(frozen=True, slots=True)
class PendingText:
    """One visit that asks for nothing yet; no amount is in it."""

    points: tuple[Point, ...]
    steps: tuple[StepText, ...]
    letter: str


def tell_sum(document: StatementDocument, language: str) -> tuple[str, ...]:
    """How all visits became what is owed, in sentences; the last one says what is left."""
    figures = document.figures
    lines = [line for visit in document.visits for line in visit.lines]
    count = len(document.visits)
    what = Say.BILLED_ONE_VISIT if count == 1 else Say.BILLED_VISITS
    billed = format_usd(figures.billed_cents)
    sentences = [say(what, language, count=str(count), amount=billed)]
    if figures.taken_off_cents:
        sentences.append(_with_amount(Say.TOOK_OFF, figures.taken_off_cents, language))
    for payer_name, cents in paid_by_plan(lines).items():
        what = Say.PLAN_PAID if payer_name else Say.PLANS_PAID
        sentences.append(say(what, language, payer=payer_name, amount=format_usd(cents)))
    if figures.with_insurance_cents:
        sentences.append(_with_amount(Say.WITH_INSURANCE, figures.with_insurance_cents, language))
    if figures.you_paid_cents:
        sentences.append(_with_amount(Say.YOU_PAID, figures.you_paid_cents, language))
    if figures.on_payment_plan_cents:
        sentences.append(_with_amount(Say.ON_PAYMENT_PLAN, figures.on_payment_plan_cents, language))
    if figures.placed_cents:
        sentences.append(_with_amount(Say.IS_PLACED, figures.placed_cents, language))
    return (*sentences, _with_amount(Say.THAT_LEAVES, figures.you_owe_cents, language))


def sum_rows(document: StatementDocument, language: str) -> tuple[Row, ...]:
    """The same as rows."""
    count = len(document.visits)
    what = Say.ROW_BILLED_ONE if count == 1 else Say.ROW_BILLED_MANY
    lines = [line for visit in document.visits for line in visit.lines]
    return rows_of(lines, language, billed=say(what, language, count=str(count)))


def tell_visit(visit: Visit, language: str, *, billed_on: date) -> VisitText:
    """``billed_on``: the day of the statement, when the share became the patient's to pay."""
    billed = say(Say.ROW_BILLED, language)
    return VisitText(
        points=tuple(_visit_points(visit, language)),
        rows=rows_of(visit.lines, language, billed=billed),
        lines=tuple(
            LineText(
                title=name_of(line.service_kind, language),
                points=() if visit.grouped_because else tuple(_line_points(line, language)),
                rows=rows_of([line], language, billed=billed),
                owed_cents=line.figures.you_owe_cents,
                letters=_letters(line, language),
                description=line.description,
            )
            for line in visit.lines
        ),
        steps=(
            *_steps(visit.journey, language),
            StepText(say(Say.STEP_YOUR_SHARE, language), billed_on, StepState.NOW),
        ),
    )


def tell_pending(visit: PendingVisit, language: str) -> PendingText:
    """What is so, what it means, and the plan's reasons where they tell the patient something."""
    what, means, now = (
        say_of_payer(one, language, visit.payer_name) for one in _PENDING[visit.why]
    )
    reasons = (reason_text(one.reason, language, group=one.group) for one in visit.reasons)
    state = StepState.DONE if visit.why is PendingReason.PROTECTED else StepState.NOW
    return PendingText(
        points=(
            *_only_sums(visit, language),
            Point(what, means),
            *_distinct(map(_point, reasons)),
            *_remark_points(visit.remarks, language),
        ),
        steps=(*_steps(visit.journey, language), StepText(now, None, state)),
        letter=_letter("", [*map(_code, visit.reasons), *visit.remarks], language),
    )


def tell_change(change: DecisionChange, language: str) -> Point:
    """What a plan decided before, and what it decides now."""
    amounts = {
        "paid_before": format_usd(change.paid_before_cents),
        "paid_now": format_usd(change.paid_now_cents),
    }
    sentences = []
    if change.share_before_cents is None or change.share_now_cents is None:
        sentences.append(say(Say.PAID_BEFORE_AND_NOW, language, **amounts))
        more = 0
    else:
        amounts["share_before"] = format_usd(change.share_before_cents)
        amounts["share_now"] = format_usd(change.share_now_cents)
        sentences.append(say(Say.BEFORE_AND_NOW, language, **amounts))
        more = change.share_now_cents - change.share_before_cents
    if more:
        what = Say.SHARE_ROSE if more > 0 else Say.SHARE_FELL
        sentences.append(_with_amount(what, abs(more), language))
    taken_back = change.paid_before_cents - change.paid_now_cents
    if taken_back > 0:
        sentences.append(_with_amount(Say.TOOK_BACK, taken_back, language))
    day = long_day(change.changed_on, language)
    return Point(
        say(Say.PLAN_CHANGED, language, payer=change.payer_name, day=day),
        " ".join(sentences),
        say(Say.ASK_WHY, language),
    )


def _only_sums(visit: Visit | PendingVisit, language: str) -> Iterator[Point]:
    """Why whoever looks is not told what was done."""
    if visit.grouped_because:
        because = _GROUPED[GroupedBecause(visit.grouped_because)]
        what = Say.ONLY_ITS_SUMS if isinstance(visit, Visit) else Say.ONLY_ITS_MONTH
        yield Point(say(because, language, patient=visit.patient_first_name), say(what, language))


def _visit_points(visit: Visit, language: str) -> Iterator[Point]:
    yield from _only_sums(visit, language)
    if visit.is_part2:
        yield Point(say(Say.PART_2, language), say(Say.PART_2_MEANS, language))
    for change in visit.changes:
        yield tell_change(change, language)
    if visit.freed_credit_cents:
        yield Point(
            _with_amount(Say.FREED_CREDIT, visit.freed_credit_cents, language),
            say(Say.FREED_BY_CHANGE, language),
            say(Say.FREED_ASK, language),
        )
    if len(visit.decisions) > 1:
        yield Point(say(Say.SEVERAL_PLANS, language), " ".join(_plans_in_turn(visit, language)))
    for last in visit.decisions[-1:]:
        yield from _remark_points(_still_true(last.remarks), language)


def _plans_in_turn(visit: Visit, language: str) -> Iterator[str]:
    last = len(visit.decisions) - 1
    for place, one in enumerate(visit.decisions):
        what = Say.LAST_PLAN if place == last else Say.NEXT_PLAN if place else Say.FIRST_PLAN
        yield say(
            what,
            language,
            payer=one.payer_name,
            when=f" ({long_day(one.decided_on, language)})" if one.decided_on else "",
            paid=format_usd(one.paid_cents),
            left=format_usd(one.share_cents),
        )


def _line_points(line: StatementLine, language: str) -> Iterator[Point]:
    """The patient's share by reason; else why there is none; then what is still with a plan."""
    figures = line.figures
    for share in line.shares:
        point = _point(reason_text(share.reason, language))
        text = [point.text]
        if len(line.shares) > 1:
            text.insert(0, _with_amount(Say.IT_IS, share.amount_cents, language))
        if share is line.shares[-1]:
            text += _became_of_share(line, language)
        yield Point(point.heading, " ".join(text), point.what_you_can_do, point.why)
    owed_cents = figures.you_owe_cents + figures.on_payment_plan_cents + figures.placed_cents
    if not line.shares and owed_cents:
        yield _price(line, language)
    elif figures.with_insurance_cents:
        yield from _with_insurance(line, language)
    elif not line.shares:
        yield Point(say(Say.OWE_NOTHING, language), _why_nothing(line, language))
    for last in line.answers[-1:]:
        yield from _remark_points(_still_true(last.remarks), language)


def _became_of_share(line: StatementLine, language: str) -> Iterator[str]:
    """What of it is not asked for any more, and why."""
    figures = line.figures
    let_off_cents = sum(one.cents for one in line.taken_off if one.kind == LET_OFF_CLASS)
    if figures.you_paid_cents:
        yield _with_amount(Say.ALREADY_PAID, figures.you_paid_cents, language)
    if let_off_cents:
        yield _with_amount(Say.WE_TOOK_OFF, let_off_cents, language)
    if figures.on_payment_plan_cents:
        yield _on_payment_plan(line, language)
    if figures.placed_cents:
        yield _with_amount(Say.IS_PLACED, figures.placed_cents, language)


def _price(line: StatementLine, language: str) -> Point:
    """Owed, and no plan said so. What is owed for a visit as a whole was open before us."""
    covers = _on_payment_plan(line, language) if line.figures.on_payment_plan_cents else ""
    if line.figures.placed_cents:
        covers = f"{covers} {_with_amount(Say.IS_PLACED, line.figures.placed_cents, language)}"
    if line.charge_id is None:
        return Point(say(Say.WAS_OPEN, language), covers.strip())
    why = "" if line.answers else say(Say.NO_INSURANCE, language)
    return Point(say(Say.PRICE, language), f"{why} {covers}".strip())


def _on_payment_plan(line: StatementLine, language: str) -> str:
    if not line.figures.you_owe_cents:
        return say(Say.PAYMENT_PLAN_COVERS, language)
    cents = line.figures.on_payment_plan_cents
    return _with_amount(Say.PAYMENT_PLAN_COVERS_PART, cents, language)


def _with_insurance(line: StatementLine, language: str) -> Iterator[Point]:
    """Not the patient's: refused, with the plan's reasons, or not decided."""
    cents = line.figures.with_insurance_cents
    heading = (
        _with_amount(Say.NOT_YOURS, cents, language)
        if line.shares
        else say(Say.OWE_NOTHING_NOW, language)
    )
    refused = [
        (answer.payer_name, amount)
        for answer in line.answers
        for amount in answer.amounts
        if amount.is_refused
    ]
    if not refused:
        yield Point(heading, say(Say.STILL_DECIDING, language))
        return
    did_not_pay = say_of_payer(Say.PLAN_REFUSED, language, refused[-1][0])
    yield Point(heading, f"{did_not_pay} {say(Say.ASKING_AGAIN, language)}")
    yield from _distinct(
        _point(reason_text(amount.reason, language, group=amount.group)) for _, amount in refused
    )


def _why_nothing(line: StatementLine, language: str) -> str:
    kinds = {one.kind for one in line.taken_off}
    for kind, what in _NOTHING_OWED_BECAUSE.items():
        if kind in kinds:
            return say(what, language)
    if line.figures.plan_paid_cents > 0:
        return say(Say.PLAN_PAID_ALL, language)
    return say(Say.ALL_TAKEN_OFF, language) if line.figures.taken_off_cents else ""


def _letters(line: StatementLine, language: str) -> tuple[str, ...]:
    """One sentence a plan; after them the code of the service."""
    letters = [
        _letter(
            answer.payer_name,
            [
                *(
                    _together(one.group, one.reason, format_usd(one.cents))
                    for one in answer.amounts
                ),
                *answer.remarks,
            ],
            language,
        )
        for answer in line.answers
    ]
    if line.procedure_code:
        letters.append(say(Say.SERVICE_CODE, language, code=line.procedure_code))
    return tuple(letter for letter in letters if letter)


def _letter(payer_name: str, codes: Sequence[str], language: str) -> str:
    if not codes:
        return ""
    what = Say.LETTER_OF_PLAN if payer_name else Say.LETTER
    return say(what, language, payer=payer_name, codes=", ".join(codes))


def _steps(journey: Iterable[JourneyStep], language: str) -> Iterator[StepText]:
    for step in journey:
        title = say(_STEPS[step.kind], language, payer=step.payer_name)
        yield StepText(title, step.on, StepState.DONE)


def _still_true(remarks: Iterable[str]) -> list[str]:
    """Of a visit that is asked for: what stood in the way (another plan's turn) is over."""
    return [code for code in remarks if concern_of_remark(code) is None]


def _remark_points(codes: Iterable[str], language: str) -> Iterator[Point]:
    """Remarks that tell a patient something; most say something only to the practice."""
    for code in codes:
        text = remark_text(code, language)
        if text is not None:
            yield _point(text)


def _point(text: ReasonText) -> Point:
    return Point(text.heading, text.meaning, text.what_you_can_do, text.why)


def _distinct(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(dict.fromkeys(points))


def _code(one: PlanReason) -> str:
    return _together(one.group, one.reason)


def _together(*words: str) -> str:
    """Never on two lines."""
    return "\N{NO-BREAK SPACE}".join(words)


def _with_amount(what: Say, cents: int, language: str) -> str:
    return say(what, language, amount=format_usd(cents))
