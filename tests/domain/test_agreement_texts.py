"""What people agree to: in both languages, with every figure in it, and never changed."""

import hashlib
from datetime import date

import pytest

from portal.domain.agreement_texts import AgreementFacts, AgreementKind, agreement
from portal.domain.method_setup import expires_soon, has_expired

FACTS = AgreementFacts(
    practice="Riverbend",
    phone="503-555-0142",
    method="Visa 4242",
    amount_cents=12_345,
    charge_on=date(2026, 4, 20),
    days_after=15,
    notice_days=10,
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_charge_names_who_how_much_when_with_what_and_how_to_stop_it(language: str) -> None:
    shown = agreement(AgreementKind.PAY_LATER, FACTS, language=language)
    text = " ".join(shown.sentences)
    day = {"en": "April 20, 2026", "es": "20 de abril de 2026"}[language]
    assert all(word in text for word in ("Riverbend", "$123.45", day, "Visa 4242", "503-555-0142"))
    assert (shown.version, shown.language) == (1, language)


@pytest.mark.parametrize("language", ["en", "es"])
def test_autopay_names_its_limit_its_notice_and_how_to_end_it(language: str) -> None:
    text = " ".join(agreement(AgreementKind.AUTOPAY, FACTS, language=language).sentences)
    assert all(word in text for word in ("$123.45", " 15 ", " 10 ", "Visa 4242", "503-555-0142"))


def test_the_languages_say_the_same_number_of_things_and_an_unknown_one_is_english() -> None:
    for kind in AgreementKind:
        english, spanish, other = (
            agreement(kind, FACTS, language=language) for language in ("en", "es", "fr")
        )
        assert len(english.sentences) == len(spanish.sentences)
        assert other == english


@pytest.mark.parametrize(
    ("kind", "version", "language", "digest"),
    [
        (AgreementKind.SAVE_METHOD, 1, "en", "60ba26ae9850702c"),
        (AgreementKind.SAVE_METHOD, 1, "es", "1417e7348870f2e4"),
        (AgreementKind.SAVE_METHOD, 2, "en", "2e946afbbf31dfbf"),
        (AgreementKind.SAVE_METHOD, 2, "es", "1cc042d738c8cc77"),
        (AgreementKind.PAY_LATER, 1, "en", "290b12580ee2df78"),
        (AgreementKind.PAY_LATER, 1, "es", "18a3bed9ec232473"),
        (AgreementKind.AUTOPAY, 1, "en", "c5ebcb701befc7f6"),
        (AgreementKind.AUTOPAY, 1, "es", "9ab798dc53abd433"),
    ],
)
def test_a_wording_somebody_agreed_to_is_never_edited(
    kind: AgreementKind, version: int, language: str, digest: str
) -> None:
    """Another wording is another version, with a row of its own here."""
    shown = agreement(kind, FACTS, language=language, version=version)
    told = "\n".join(shown.sentences).encode()
    assert hashlib.sha256(told).hexdigest()[:16] == digest


@pytest.mark.parametrize(
    ("month", "year", "over", "soon"),
    [
        (3, 2026, False, True),
        (4, 2026, False, True),
        (5, 2026, False, False),
        (2, 2026, True, True),
        (12, 2025, True, True),
        (None, None, False, False),
    ],
)
def test_a_card_is_good_through_its_last_month_and_told_of_in_the_month_before(
    month: int | None, year: int | None, *, over: bool, soon: bool
) -> None:
    today = date(2026, 3, 31)
    assert has_expired(month, year, today=today) is over
    assert expires_soon(month, year, today=today) is soon
