"""The words for reasons: complete in both languages, easy to read, right, and our own."""

import csv
import os
import re
import warnings
from pathlib import Path

import pytest

from portal.domain.hold_rules import concerns_in
from portal.domain.reasons.catalogue import (
    catalogue,
    generic_reasons,
    is_known,
    reason_listings,
    reason_text,
    reason_texts,
    whole_text,
)
from portal.domain.reasons.reason import Ask, CodeList, Reason
from tests.domain.claims import claim, line
from tests.domain.reading_level import sentences, words

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its import of pkg_resources is said to be old
    import textstat

CODE_LISTS = Path(__file__).parents[3] / "shared" / "codes"
ALL = (*catalogue().values(), *generic_reasons().values())
BANNED_EN = {
    "adjudication", "beneficiary", "delinquent", "hereinafter", "pursuant", "remit",
    "responsibility", "denied", "liable", "liability",
}  # fmt: skip
BANNED_ES = {
    "tú", "tu", "tus", "ti", "tienes", "debes", "puedes", "adjudicación", "beneficiario",
    "responsabilidad",
}  # fmt: skip
GRADE_MAX = 6.0
EASE_MIN = 70.0
SZIGRISZT_MIN = 65.0
WORDS_IN_A_SENTENCE_MAX = 20
COPIED_WORDS = 5


def name_of(reason: Reason) -> str:
    return f"{reason.code_list}-{reason.group or 'any'}-{reason.code}"


def plain_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def runs_of_words(text: str) -> set[tuple[str, ...]]:
    found = plain_words(text)
    return {tuple(found[at : at + COPIED_WORDS]) for at in range(len(found) - COPIED_WORDS + 1)}


def official(name: str) -> list[dict[str, str]]:
    path = CODE_LISTS / name
    if not path.is_file():
        reason = "The official code lists are not beside the repository; this test needs them."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def official_carcs() -> list[dict[str, str]]:
    return official("carc_x12_2026-08-17.tsv")


def official_rarcs() -> list[dict[str, str]]:
    return official("rarc_x12_2026-08-17.tsv")


def test_every_active_adjustment_reason_has_words_of_its_own() -> None:
    ours = {code for code_list, code, _group in catalogue() if code_list is CodeList.CARC}
    active = {row["code"] for row in official_carcs() if row["status"] == "current"}
    assert active - ours == set()


def test_no_remark_has_words_that_is_not_in_the_list() -> None:
    ours = {code for code_list, code, _group in catalogue() if code_list is CodeList.RARC}
    assert ours - {row["code"] for row in official_rarcs()} == set()


@pytest.mark.parametrize("reason", ALL, ids=name_of)
def test_every_reason_is_in_whole_sentences_in_both_languages(reason: Reason) -> None:
    for written in (reason.en, reason.es):
        for text in (written.title, written.means, written.why, written.action):
            assert text == text.strip()
            assert text.endswith((".", "?"))
    assert reason.en.means != reason.es.means


@pytest.mark.parametrize("reason", ALL, ids=name_of)
def test_english_is_readable_after_six_years_of_school(reason: Reason) -> None:
    text = whole_text(reason, "en")
    textstat.set_lang("en_US")
    assert textstat.flesch_kincaid_grade(text) <= GRADE_MAX, text
    assert not BANNED_EN & set(words(text))


@pytest.mark.parametrize("reason", ALL, ids=name_of)
def test_spanish_is_easy_to_read_and_speaks_of_usted(reason: Reason) -> None:
    text = whole_text(reason, "es")
    textstat.set_lang("es")
    assert textstat.fernandez_huerta(text) >= EASE_MIN, text
    assert textstat.szigriszt_pazos(text) >= SZIGRISZT_MIN, text
    assert not BANNED_ES & set(words(text))


@pytest.mark.parametrize("reason", ALL, ids=name_of)
def test_no_sentence_is_long(reason: Reason) -> None:
    for language in ("en", "es"):
        for sentence in sentences(whole_text(reason, language)):
            assert len(words(sentence)) <= WORDS_IN_A_SENTENCE_MAX, sentence


@pytest.mark.parametrize("reason", ALL, ids=name_of)
def test_insurance_is_never_your_plan_for_that_is_how_one_pays_us(reason: Reason) -> None:
    assert not re.search(r"\byour plans?\b", whole_text(reason, "en").lower())
    kinds = "dental|médico|medigap|de (salud|medicinas|la vista|audición|atención|los mineros)"
    of_no_kind = rf"\b(su plan|sus planes)\b(?! ({kinds}))"
    assert not re.search(of_no_kind, whole_text(reason, "es").lower())


def test_no_five_words_in_a_row_are_the_official_ones() -> None:
    taken = {
        run
        for row in (*official_carcs(), *official_rarcs())
        for run in runs_of_words(row["official_text"])
    }
    copied = {
        name_of(reason): [" ".join(run) for run in runs_of_words(whole_text(reason, "en")) & taken]
        for reason in ALL
    }
    assert {name: runs for name, runs in copied.items() if runs} == {}


@pytest.mark.parametrize("reason", [one for one in ALL if one.group is None], ids=name_of)
def test_words_for_any_group_do_not_say_who_owes(reason: Reason) -> None:
    assert not re.search(r"\byou (do not )?owe\b|\byour part\b", whole_text(reason, "en").lower())


@pytest.mark.parametrize("reason", [one for one in ALL if one.group in ("CO", "OA", "PI")],
                         ids=name_of)  # fmt: skip
def test_only_group_pr_is_ever_owed(reason: Reason) -> None:
    assert not reason.owed


@pytest.mark.parametrize("ask", Ask)
def test_every_text_ends_with_whom_to_ask(ask: Ask) -> None:
    asked = [reason for reason in ALL if reason.ask is ask]
    assert len({sentences(whole_text(reason, "en"))[-1] for reason in asked}) == 1


def test_an_unknown_code_gets_the_generic_words_and_sends_the_person_to_us() -> None:
    assert not is_known("ZZ9")
    assert reason_text("ZZ9", "en").what_you_can_do.endswith("Ask us: our number is on this page.")
    assert reason_text("ZZ9", "es").heading == "Su seguro dice que esta parte es suya."
    assert reason_text("ZZ9", "en", group="CO").heading == "Your insurance did not pay this part."


def test_a_code_without_words_for_its_group_is_told_in_the_words_for_any() -> None:
    assert (CodeList.CARC, "16", "OA") not in catalogue()
    assert reason_text("16", "en", group="OA") == reason_text("16", "en", group="PI")


def test_a_code_that_is_never_the_patients_is_not_asked_of_one() -> None:
    assert reason_text("303", "en", group="CO").heading != reason_text("303", "en").heading
    assert reason_text("303", "en").heading == "Your insurance's answer does not fit together."


@pytest.mark.parametrize("reason", list(catalogue().values()), ids=name_of)
def test_what_may_be_asked_agrees_with_the_holds(reason: Reason) -> None:
    """Money with a reason that raises a hold is never asked before somebody looked."""
    if reason.group not in (None, "PR"):
        return
    is_remark = reason.code_list is CodeList.RARC
    carc, remarks = ("96", (reason.code,)) if is_remark else (reason.code, ())
    decided = claim(line(100, 0, **{f"PR{carc}": 100}), remarks=remarks)
    concerns = set(concerns_in(decided, reasons=[carc], share_reasons=frozenset({carc})))
    lawful = set(concerns_in(decided, reasons=["1"], share_reasons=frozenset({"1"})))
    held = lawful if is_remark else concerns
    assert reason.owed is not bool(held), (reason.code, held)


def test_words_are_given_for_the_codes_of_a_statement() -> None:
    texts = reason_texts(["1", "ZZ9"], "es")
    assert texts["1"].heading == "Este es su deducible."
    assert texts["ZZ9"] == reason_text("anything else", "es")


def test_the_listing_has_each_reason_once_with_who_owes() -> None:
    rows = reason_listings()
    assert len({(row.code_list, row.code, row.group) for row in rows}) == len(rows)
    assert rows[0].code_list is CodeList.CARC
    assert rows[-1].code_list is CodeList.RARC


# A published table once had these wrong; each is held to what the code means.
@pytest.mark.parametrize(
    ("code", "must_say", "must_not_say"),
    [
        ("22", ("other", "plan"), ("network", "deductible")),
        ("50", ("need",), ("pre-existing", "before your insurance")),
        ("51", ("before",), ("work", "need for care")),
        ("54", ("helper", "surg"), ("need for care",)),
        ("151", ("many", "often"), ("bundled",)),
        ("234", ("by itself", "on its own", "apart"), ("network",)),
        ("B15", ("another service", "other service", "first"), ("visit limit",)),
    ],
)
def test_no_wrong_meaning_slips_in(
    code: str, must_say: tuple[str, ...], must_not_say: tuple[str, ...]
) -> None:
    for group in ("PR", "CO"):
        text = reason_text(code, "en", group=group)
        said = f"{text.heading} {text.meaning} {text.why}".lower()
        assert any(one in said for one in must_say), said
        assert not any(one in said for one in must_not_say), said
