"""The code of a statement: what is read from what people write, and which slips are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.statement_code import LENGTH, RANDOM_BITS, read_code, shown_code, statement_code

NUMBERS = st.integers(0, (1 << RANDOM_BITS) - 1)
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(NUMBERS)
def test_a_code_is_read_as_it_was_made_however_it_is_written(number: int) -> None:
    code = statement_code(number)
    assert len(code) == LENGTH
    assert set(code) <= set(SIGNS)
    for written in (code, code.lower(), shown_code(code), f" {shown_code(code)} "):
        assert read_code(written) == code


@given(NUMBERS, st.integers(0, LENGTH - 1), st.sampled_from(SIGNS))
def test_one_wrong_character_is_found(number: int, place: int, sign: str) -> None:
    code = statement_code(number)
    wrong = code[:place] + sign + code[place + 1 :]
    assert read_code(wrong) == (code if wrong == code else None)


@given(NUMBERS, st.integers(0, LENGTH - 2))
def test_two_neighbours_that_changed_places_are_found(number: int, place: int) -> None:
    code = statement_code(number)
    turned = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert read_code(turned) == (code if turned == code else None)


def test_signs_that_look_alike_are_understood() -> None:
    code = statement_code(0b00001_00000_00001 << 30)
    assert code.startswith("101")
    assert read_code(f"iOl{code[3:]}") == code


@pytest.mark.parametrize(
    "typed", ["", "123", "A" * 11, "UUUUUUUUUU", "0123456789\N{FULLWIDTH DIGIT ONE}", "ÄÖÜ4567890"]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize("number", [-1, 1 << RANDOM_BITS])
def test_a_number_of_more_bits_makes_no_code(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        statement_code(number)
