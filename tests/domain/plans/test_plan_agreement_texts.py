"""What is agreed to with a plan: in both languages, with every day and amount, never changed."""

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from portal.domain.plan_agreement_texts import (
    NOTICES_OF_CARDS,
    PlanFacts,
    apart_from_english,
    notice_texts,
    plan_agreement,
)
from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.schedule import schedule
from portal.domain.plans.state_pack import Notice

FACTS = PlanFacts(
    practice="Riverbend",
    phone="503-555-0142",
    installments=schedule(
        21_450,
        count=4,
        cadence=cadence_from(Frequency.MONTHLY, first_on=date(2026, 3, 31)),
        agreed_on=date(2026, 3, 6),
    ),
    policy=PlanPolicy(),
)
BY_CARD = replace(FACTS, method="Visa 4242")
BY_BANK = replace(FACTS, method="account 6789", is_bank_account=True)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_day_and_amount_is_part_of_what_is_kept(language: str) -> None:
    shown = plan_agreement(FACTS, language=language)
    days = {
        "en": ("March 31, 2026", "April 30, 2026", "May 31, 2026", "June 30, 2026"),
        "es": ("31 de marzo de 2026", "30 de abril", "31 de mayo", "30 de junio de 2026"),
    }[language]
    assert all(day in text for day, text in zip(days, shown.dates, strict=True))
    kept = " ".join(shown.all_sentences)
    assert kept.count("$53.63") == kept.count("$53.62") == 2
    assert all(word in kept for word in ("Riverbend", "$214.50", "503-555-0142"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_how_it_is_paid_decides_what_is_said_of_it(language: str) -> None:
    by_hand, card, bank = (
        " ".join(plan_agreement(facts, language=language).sentences)
        for facts in (FACTS, BY_CARD, BY_BANK)
    )
    assert "Visa 4242" in card
    assert "account 6789" in bank
    assert " 5 " in card
    assert " 10 " in bank
    assert len({by_hand, card, bank}) == 3


def test_what_the_practice_does_not_allow_is_not_promised() -> None:
    strict = replace(FACTS, policy=replace(PlanPolicy(), skips_per_year=0, move_date_max_days=0))
    words = " ".join(plan_agreement(strict, language="en").sentences)
    assert "skip" not in words
    assert "move" not in words
    usual = " ".join(plan_agreement(FACTS, language="en").sentences)
    assert "skip one payment" in usual
    assert "move a payment by up to 10 days" in usual


def test_the_languages_say_the_same_number_of_things_and_an_unknown_one_is_english() -> None:
    for facts in (FACTS, BY_CARD, replace(BY_BANK, is_changed=True, notices=frozenset(Notice))):
        english, spanish, other = (
            plan_agreement(facts, language=language) for language in ("en", "es", "fr")
        )
        assert len(english.all_sentences) == len(spanish.all_sentences)
        assert other == english


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_notice_of_a_state_has_its_words(language: str) -> None:
    texts = notice_texts(Notice, phone="503-555-0142", language=language)
    assert len(set(texts)) == len(Notice)
    assert "1785.27" in texts[0]
    (of_cards,) = notice_texts(NOTICES_OF_CARDS, phone="", language=language)
    assert of_cards in texts


@pytest.mark.parametrize(
    ("facts", "language", "digest"),
    [
        (FACTS, "en", "41f6a6ebd2e4a9e5"),
        (FACTS, "es", "3b38d31ff8b40bee"),
        (BY_CARD, "en", "0349df980e850caf"),
        (BY_CARD, "es", "1a12af55ef98add2"),
        (replace(BY_BANK, is_changed=True, notices=frozenset(Notice)), "en", "d71dcef420a090bd"),
        (replace(BY_BANK, is_changed=True, notices=frozenset(Notice)), "es", "016386d16fdb594c"),
    ],
    ids=["by hand", "a mano", "card", "tarjeta", "bank, changed", "banco, cambiado"],
)
def test_a_wording_somebody_agreed_to_is_never_edited(
    facts: PlanFacts, language: str, digest: str
) -> None:
    """Another wording is another version, with a row of its own here."""
    shown = plan_agreement(facts, language=language)
    assert shown.version == 1
    told = "\n".join(shown.all_sentences).encode()
    assert hashlib.sha256(told).hexdigest()[:16] == digest


def test_beside_a_translation_nobody_reviewed_stands_the_english_that_counts() -> None:
    english, spanish = (plan_agreement(BY_CARD, language=one) for one in ("en", "es"))
    shown = plan_agreement(BY_CARD, language="es", is_reviewed=False)
    assert shown.all_sentences == spanish.all_sentences
    own, counts = apart_from_english(shown.in_writing)
    assert tuple(own) == spanish.all_sentences
    assert "Lo que vale es el texto en inglés" in counts[0]
    assert tuple(counts[1:]) == english.all_sentences


@pytest.mark.parametrize(("language", "is_reviewed"), [("en", False), ("es", True), ("fr", False)])
def test_english_and_what_was_reviewed_stand_by_themselves(
    language: str, *, is_reviewed: bool
) -> None:
    shown = plan_agreement(FACTS, language=language, is_reviewed=is_reviewed)
    assert shown.in_writing == shown.all_sentences
    assert apart_from_english(shown.in_writing) == (shown.all_sentences, ())
