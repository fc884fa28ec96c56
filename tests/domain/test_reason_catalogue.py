"""The words for reasons: complete in both languages, easy to read, and our own."""

import csv
import os
import re
from pathlib import Path

import pytest

from portal.domain.reason import Ask, Reason
from portal.domain.reason_catalogue import (
    REASONS,
    UNKNOWN_REASON,
    is_known,
    reason_listings,
    reason_text,
    reason_texts,
)
from portal.domain.reasons_of_cost_sharing import COST_SHARING
from portal.domain.reasons_of_coverage import COVERAGE
from portal.domain.reasons_of_plan_rules import PLAN_RULES
from tests.domain.reading_level import ease_es, grade_en, sentences, words

CODE_LISTS = Path(__file__).parents[3] / "shared" / "codes"
MET_IN_REAL_FILES = ("1", "2", "3", "23", "29", "32", "42", "96", "132", "27", "204")
ALL = (*REASONS.values(), UNKNOWN_REASON)
BANNED_EN = {
    "adjudication",
    "beneficiary",
    "delinquent",
    "hereinafter",
    "pursuant",
    "remit",
    "responsibility",
}
GRADE_MAX = 6.0
EASE_MIN = 70.0
WORDS_IN_A_SENTENCE_MAX = 20


def whole(code: str, language: str) -> str:
    text = reason_text(code, language)
    return f"{text.heading} {text.meaning} {text.what_you_can_do}"


def normalized(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def official_texts() -> list[str]:
    if not CODE_LISTS.is_dir():
        reason = "The official code lists are not beside the repository; this test needs them."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    found = []
    for path in sorted(CODE_LISTS.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [row["official_text"] for row in csv.DictReader(file, delimiter="\t")]
    return found


@pytest.mark.parametrize("code", MET_IN_REAL_FILES)
def test_every_reason_of_the_real_files_has_words_of_its_own(code: str) -> None:
    assert is_known(code)
    assert reason_text(code, "en") != reason_text("no such code", "en")


def test_no_code_stands_in_two_modules() -> None:
    assert len(REASONS) == len(COST_SHARING) + len(COVERAGE) + len(PLAN_RULES)


@pytest.mark.parametrize("reason", ALL, ids=lambda reason: reason.code or "unknown")
def test_every_reason_has_both_languages_in_whole_sentences(reason: Reason) -> None:
    for written in (reason.en, reason.es):
        for text in (written.title, written.meaning, written.action):
            assert text == text.strip()
            assert text.endswith((".", "?"))
    assert reason.en.meaning != reason.es.meaning


@pytest.mark.parametrize("ask", Ask)
def test_every_text_ends_with_whom_to_ask(ask: Ask) -> None:
    codes = [code for code, reason in REASONS.items() if reason.whom_to_ask is ask]
    endings = {sentences(reason_text(code, "en").what_you_can_do)[-1] for code in codes}
    assert len(endings) == 1


def test_an_unknown_code_gets_the_generic_words_and_sends_the_person_to_us() -> None:
    assert not is_known("ZZ9")
    assert reason_text("ZZ9", "en").what_you_can_do.endswith("Ask us: our number is on this page.")
    assert reason_text("ZZ9", "es").heading == "Su plan dice que esta parte es suya."


def test_words_are_given_for_the_codes_of_a_statement() -> None:
    texts = reason_texts(["1", "ZZ9"], "es")
    assert texts["1"].heading == "Este es su deducible."
    assert texts["ZZ9"] == reason_text("anything else", "es")


@pytest.mark.parametrize("code", [*REASONS, "unknown"])
def test_english_is_readable_after_six_years_of_school(code: str) -> None:
    text = whole(code, "en")
    assert grade_en(text) <= GRADE_MAX, text
    assert not BANNED_EN & set(words(text))


@pytest.mark.parametrize("code", [*REASONS, "unknown"])
def test_spanish_is_easy_to_read_and_speaks_of_usted(code: str) -> None:
    text = whole(code, "es")
    assert ease_es(text) >= EASE_MIN, text
    assert not {"tú", "tu", "tus", "ti", "tienes", "debes", "puedes"} & set(words(text))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("code", [*REASONS, "unknown"])
def test_no_sentence_is_long(code: str, language: str) -> None:
    for sentence in sentences(whole(code, language)):
        assert len(words(sentence)) <= WORDS_IN_A_SENTENCE_MAX, sentence


def test_no_sentence_of_ours_is_or_contains_official_wording() -> None:
    official = {normalized(text) for text in official_texts()}
    official |= {normalized(s) for text in official_texts() for s in sentences(text)}
    official = {text for text in official if len(text.split()) > 1}
    for listing in reason_listings():
        for sentence in sentences(listing.en):
            ours = f" {normalized(sentence)} "
            assert not [text for text in official if f" {text} " in ours], sentence


def test_the_listing_has_each_reason_once_with_who_owes() -> None:
    rows = reason_listings()
    assert [row.code for row in rows[:3]] == ["1", "2", "3"]
    assert len({row.code for row in rows}) == len(REASONS)
    assert {(row.code_list, row.group) for row in rows} == {("CARC", "PR")}
    assert {row.code for row in rows if not row.owed} == {
        "22", "31", "45", "100", "109", "140", "227",
    }  # fmt: skip
    assert rows[0].en.startswith("This is your deductible. ")
    assert rows[0].es.startswith("Este es su deducible. ")
