"""Every sentence has both languages with the same values in it, and everything has a sentence."""

import re
from dataclasses import replace
from datetime import date

import pytest

from portal.domain.billed_claim import WRITE_OFF_CLASSES
from portal.domain.claim_journey import JourneyStep, StepKind
from portal.domain.dates import long_day
from portal.domain.explanation import LET_OFF_CLASS
from portal.domain.explanation_rows import rows_of
from portal.domain.explanation_text import tell_pending, tell_visit
from portal.domain.explanation_words import Say, say
from portal.domain.statement import TOGETHER, PendingReason
from tests.domain.explained import BILLED_ON, BLUE, VISITS, answer, line, pending

VALUES = (
    "amount", "code", "codes", "count", "day", "left", "paid", "paid_before", "paid_now",
    "patient", "payer", "share_before", "share_now", "when",
)  # fmt: skip


@pytest.mark.parametrize("what", Say)
def test_both_languages_say_the_same_values(what: Say) -> None:
    marked = {name: f"<{name}>" for name in VALUES}
    english, spanish = say(what, "en", **marked), say(what, "es", **marked)
    assert sorted(re.findall("<.*?>", english)) == sorted(re.findall("<.*?>", spanish))
    assert english != spanish


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        say(Say.PLAN_PAID, "en", payer=BLUE)


@pytest.mark.parametrize("kind", [*WRITE_OFF_CLASSES.values(), LET_OFF_CLASS, TOGETHER])
def test_every_class_of_write_off_has_a_row_of_its_own(kind: str) -> None:
    (_, off, _) = rows_of([line(answers=[answer()], off={kind: 500})], "en", billed="Billed")
    assert off.cents == -500
    assert off.label


def test_a_plan_that_took_back_more_than_it_paid_says_so() -> None:
    rows = rows_of([line(("1", 900), answers=[answer(-500)])], "en", billed="Billed")
    assert [(row.label, row.cents) for row in rows] == [
        ("Billed", 400),
        ("Blue Horizon took back", 500),
    ]


@pytest.mark.parametrize("why", PendingReason)
def test_every_kind_of_waiting_has_words(why: PendingReason) -> None:
    assert tell_pending(pending(why), "es").points[0].text


@pytest.mark.parametrize("kind", StepKind)
def test_every_step_has_words(kind: StepKind) -> None:
    stepped = replace(VISITS["a share"], journey=(JourneyStep(kind, BLUE, BILLED_ON),))
    assert BLUE in tell_visit(stepped, "en", billed_on=BILLED_ON).steps[0].title


@pytest.mark.parametrize(
    ("language", "text"), [("en", "March 4, 2026"), ("es", "4 de marzo de 2026")]
)
def test_days_are_written_out(language: str, text: str) -> None:
    assert long_day(date(2026, 3, 4), language) == text
