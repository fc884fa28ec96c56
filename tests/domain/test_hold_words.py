"""Why a claim waits, in the reader's language."""

import pytest

from portal.domain.hold_kinds import HOLDS, HoldKind
from portal.domain.hold_words import IN_SPANISH, hold_words


@pytest.mark.parametrize("kind", list(HoldKind))
def test_every_hold_has_its_own_words_in_both_languages(kind: HoldKind) -> None:
    english, spanish = hold_words(kind, "en"), hold_words(kind, "es")
    assert (english.means, english.ends_with) == (HOLDS[kind].means, HOLDS[kind].ends_with)
    assert spanish.means != english.means
    assert spanish.ends_with != english.ends_with
    for words in (spanish.means, spanish.ends_with):
        assert words.endswith(".")


@pytest.mark.parametrize("kind", list(HoldKind))
def test_the_codes_in_a_holds_meaning_are_the_same_in_both_languages(kind: HoldKind) -> None:
    def codes(text: str) -> set[str]:
        words = text.replace("(", " ").replace(")", " ").replace(",", " ").replace(";", " ").split()
        return {
            word.strip(".:") for word in words if any(character.isdigit() for character in word)
        }

    assert codes(hold_words(kind, "es").means) == codes(hold_words(kind, "en").means)


def test_no_two_holds_are_called_the_same() -> None:
    assert len({words.means for words in IN_SPANISH.values()}) == len(HoldKind)
