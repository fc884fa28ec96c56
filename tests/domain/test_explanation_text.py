"""What a page says of a visit: each shape in its words, and all of it easy to read."""

import warnings
from dataclasses import replace

import pytest

from portal.domain.explanation_text import Point, StepState, tell_pending, tell_visit
from portal.domain.statement import PendingReason, PlanReason
from tests.domain.explained import (
    BILLED_ON,
    DECIDED_ON,
    REMARKED,
    VISITS,
    everything_said,
    pending,
    refused_lines,
    share_lines,
)
from tests.domain.reading_level import words
from tests.domain.test_reasons import BANNED_EN, BANNED_ES, EASE_MIN, GRADE_MAX

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its import of pkg_resources is said to be old
    import textstat

PENDING = {
    "deciding": pending(PendingReason.DECIDING),
    "next plan": pending(PendingReason.NEXT_PLAN),
    "deciding again": pending(PendingReason.DECIDING_AGAIN),
    "refused": pending(PendingReason.REFUSED, PlanReason("CO", "16"), remarks=("MA01", "N130")),
    "answer needed": pending(PendingReason.ANSWER_NEEDED, PlanReason("CO", "22")),
    "protected": pending(PendingReason.PROTECTED, remarks=("N782",)),
    "checking": pending(PendingReason.CHECKING),
    "not shown": pending(PendingReason.NOT_SHOWN),
}
REASONED = dict((*share_lines(), *refused_lines()))


def said(name: str, language: str) -> str:
    if name in PENDING:
        return everything_said(tell_pending(PENDING[name], language))
    visit = VISITS.get(name) or REASONED[name]
    return everything_said(tell_visit(visit, language, billed_on=BILLED_ON))


@pytest.mark.parametrize("name", [*VISITS, *PENDING, *REASONED])
def test_a_whole_explanation_is_easy_to_read_in_both_languages(name: str) -> None:
    english, spanish = said(name, "en"), said(name, "es")
    textstat.set_lang("en_US")
    assert textstat.flesch_kincaid_grade(english) <= GRADE_MAX, english
    textstat.set_lang("es")
    assert textstat.fernandez_huerta(spanish) >= EASE_MIN, spanish
    assert not BANNED_EN & set(words(english))
    assert not BANNED_ES & set(words(spanish))


def line_points(name: str, *, line: int = 0) -> list[tuple[str, str]]:
    text = tell_visit(VISITS[name], "en", billed_on=BILLED_ON)
    return [(point.heading, point.text) for point in text.lines[line].points]


def visit_points(name: str, language: str = "en") -> list[Point]:
    return list(tell_visit(VISITS[name], language, billed_on=BILLED_ON).points)


def rows(name: str, language: str = "en", *, line: int = 0) -> list[tuple[str, int]]:
    text = tell_visit(VISITS[name], language, billed_on=BILLED_ON)
    return [(row.label, row.cents) for row in text.lines[line].rows]


@pytest.mark.parametrize("name", VISITS)
def test_rows_add_up_for_each_line_and_the_visit(name: str) -> None:
    text = tell_visit(VISITS[name], "en", billed_on=BILLED_ON)
    assert sum(row.cents for row in text.rows) == VISITS[name].figures.you_owe_cents
    assert all(sum(row.cents for row in line.rows) == line.owed_cents for line in text.lines)


def test_each_plan_has_a_row_of_its_own() -> None:
    assert rows("two plans") == [
        ("Billed", 15_000),
        ("Blue Horizon paid", -5_600),
        ("Green Valley paid", -7_400),
    ]


def test_what_was_taken_off_is_told_by_class() -> None:
    assert rows("fully paid, bundled, given up", "es") == [
        ("Facturado", 6_000),
        ("Descuento por precio acordado", -900),
        ("Recorte federal, no es suyo", -100),
        ("Blue Horizon pagó", -5_000),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (0, "Your insurance paid what was left."),
        (1, "Your insurance counts it as part of another service, so we may not bill you for it."),
        (2, "Your insurance did not pay, and we do not ask you for it."),
        (3, "Your insurance pays us for it in another way."),
        (4, "Nothing is left once the agreed price is taken off."),
    ],
)
def test_where_nothing_is_owed_it_says_why(line: int, why: str) -> None:
    points = line_points("fully paid, bundled, given up", line=line)
    assert points == [("You owe nothing for this.", why)]


def test_what_a_plan_refused_is_not_owed_and_has_its_reason() -> None:
    copay, refused, reason = line_points("a part refused")
    assert copay[0] == "This is your copay."
    assert refused == (
        "You do not owe the $94.00 that is still with insurance.",
        "Blue Horizon did not pay. We are asking your insurance again.",
    )
    assert reason[0] == "Your insurance says there was no need for this care."


def test_a_line_that_is_not_decided_waits() -> None:
    assert line_points("a line that nobody decided", line=1) == [
        ("You owe nothing for this now.", "Your insurance is still deciding.")
    ]


def test_several_shares_say_how_much_each_is_and_what_was_paid() -> None:
    first, _, last = line_points("three shares, partly paid")
    assert first[1].startswith("It is $50.00. ")
    assert last[1].endswith(" You already paid $30.00 of it.")


def test_what_we_took_off_the_share_is_told() -> None:
    ((_, text),) = line_points("a share let off in part")
    assert text.endswith(" We took $10.00 off your share.")
    assert ("We took off", -1_000) in rows("a share let off in part")


def test_what_was_open_before_us_is_not_called_a_price() -> None:
    assert line_points("open since before") == [("This was left to pay for this visit.", "")]


def test_without_a_plan_the_price_is_asked() -> None:
    ((heading, text),) = line_points("not insured")
    assert heading == "This is the price of this service."
    assert text.startswith("We have no insurance for this visit.")


def test_a_plan_that_changed_its_decision_says_before_and_now() -> None:
    change, credit = visit_points("a better decision, and credit")
    assert change.heading == "Blue Horizon changed its decision on March 9, 2026."
    assert change.text == (
        "Before: it paid $56.00, and your share was $60.00. "
        "Now: it pays $76.00, and your share is $40.00. Your share is $20.00 less."
    )
    assert credit.heading == "You have a credit of $20.00 from this visit."


def test_money_taken_back_is_told() -> None:
    (change,) = visit_points("a payment taken back", "es")
    assert change.heading == "Blue Horizon cambió su decisión el 9 de marzo de 2026."
    assert change.text.endswith("Su parte sube $50.00. Nos retiró $50.00.")


def test_plans_are_told_in_turn_and_the_share_only_of_the_last() -> None:
    change, plans = visit_points("the first of two plans changed")
    assert change.text == "Before: it paid $50.00. Now: it pays $56.00."
    assert plans.text == (
        "Blue Horizon went first (February 24, 2026). It paid $56.00 and left $94.00. "
        "Green Valley went next (March 2, 2026). It paid $74.00 and left $20.00 to you."
    )


def test_remarks_of_the_last_plan_are_told_unless_they_are_over() -> None:
    text = tell_visit(REMARKED, "en", billed_on=BILLED_ON)
    assert [point.heading for point in text.points][1:] == [
        "You or we can ask for a new look at this decision."
    ]
    limits = [point.heading for point in text.lines[0].points].count(
        "The rules of your insurance limit this service."
    )
    assert limits == 1


def test_the_letter_of_the_plan_is_there_to_compare() -> None:
    text = tell_visit(VISITS["a part refused"], "en", billed_on=BILLED_ON)
    assert text.lines[0].letters == (
        "In the letter of Blue Horizon: CO\N{NO-BREAK SPACE}50\N{NO-BREAK SPACE}$94.00.",
        "Service code: 99213.",
    )


def test_the_journey_ends_with_the_share_or_with_what_is_going_on() -> None:
    billed = tell_visit(VISITS["a share"], "en", billed_on=BILLED_ON).steps
    assert [(step.title, step.on, step.state) for step in billed][1:] == [
        ("Blue Horizon decided", DECIDED_ON, StepState.DONE),
        ("Your share", BILLED_ON, StepState.NOW),
    ]
    waiting = tell_pending(PENDING["answer needed"], "en").steps[-1]
    assert (waiting.title, waiting.on, waiting.state) == (
        "Blue Horizon waits for you",
        None,
        StepState.NOW,
    )
    assert tell_pending(PENDING["protected"], "en").steps[-1].state is StepState.DONE


def test_a_plan_whose_name_is_not_known_is_your_insurance() -> None:
    nameless = replace(PENDING["deciding"], payer_name="")
    assert tell_pending(nameless, "es").points[0].heading == "Su seguro aún decide."
    refused = tell_pending(replace(PENDING["refused"], payer_name=""), "en")
    assert refused.points[0].heading == "Your insurance has not paid for this visit."
    assert refused.steps[-1].title == "We are asking your insurance again"


def test_a_refused_visit_has_the_plans_reasons_and_remarks_in_words() -> None:
    text = tell_pending(PENDING["refused"], "en")
    assert [point.heading for point in text.points] == [
        "Blue Horizon has not paid for this visit.",
        "Your insurance needs more facts about this care.",
        "You or we can ask for a new look at this decision.",
        "The rules of your insurance limit this service.",
    ]
    assert text.letter == "In your insurance’s letter: CO\N{NO-BREAK SPACE}16, MA01, N130."
