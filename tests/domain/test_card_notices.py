"""New York's notice on credit cards: there since its day, in both languages, and nowhere else."""

from datetime import date

import pytest

from portal.domain.card_notices import card_notices

SINCE = date(2024, 10, 20)
PHONE = "(503) 555-0142"


@pytest.mark.parametrize("language", ["en", "es"])
def test_new_york_wants_its_risks_said(language: str) -> None:
    said = " ".join(card_notices("NY", on=SINCE, phone=PHONE, language=language))
    named = ("medical debt", "interest", "credit reports", "wages", "home")
    if language == "es":
        named = ("deuda médica", "intereses", "crédito", "salario", "casa")
    assert all(risk in said for risk in named)


def test_not_before_the_law_and_not_in_other_states() -> None:
    day_before = date(2024, 10, 19)
    assert card_notices("NY", on=day_before, phone=PHONE, language="en") == ()
    for state in ("", "CA", "OR", "NJ"):
        assert card_notices(state, on=date(2026, 1, 1), phone=PHONE, language="en") == ()
