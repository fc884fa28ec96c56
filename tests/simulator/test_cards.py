"""What is typed into the card form, read or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.stripe_simulator import cards
from portal.demo.stripe_simulator.page_texts import TEST_CARDS, texts_for


@pytest.mark.parametrize("number", sorted(cards.BEHAVIOURS))
def test_every_test_card_has_a_right_check_digit(number: str) -> None:
    assert cards.read_number(number) == number


@given(place=st.integers(0, 15), change=st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place: int, change: int) -> None:
    digits = [int(digit) for digit in "4242424242424242"]
    digits[place] = (digits[place] + change) % 10
    assert cards.read_number("".join(map(str, digits))) is None


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12/34", (2034, 12)),
        ("03 / 2026", (2026, 3)),
        ("326", (2026, 3)),
        ("3/26", (2026, 3)),
        ("2/26", None),
        ("00/30", None),
        ("13/30", None),
        ("", None),
        ("12-34", None),
        ("١٢/٣٤", None),
    ],
)
def test_an_expiration_date_is_a_month_that_has_not_passed(
    typed: str, read: tuple[int, int] | None
) -> None:
    assert cards.read_expiry(typed, this_month=(2026, 3)) == read


def test_every_decline_and_every_card_has_its_words_in_both_languages() -> None:
    english, spanish = (texts_for(locale, accepted=None) for locale in ("en", "es"))
    assert english.keys() == spanish.keys()
    assert cards.DECLINES.keys() <= english.keys()
    for number, case in TEST_CARDS:
        assert cards.read_number(number) in cards.BEHAVIOURS
        assert case in english
