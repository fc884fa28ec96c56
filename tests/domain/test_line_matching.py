"""A later remittance finds the billed lines again, and never by a guess."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from portal.domain.claim_position import ChargeLine
from portal.domain.line_matching import match_lines
from tests.domain.claims import SERVICE_ON, line

FIRST, SECOND = UUID(int=1), UUID(int=2)


def charge(charge_id: UUID, number: int, cents: int, *, control: str = "") -> ChargeLine:
    return ChargeLine(charge_id, number, control, "HC", f"9921{number}", (), SERVICE_ON, cents)


CHARGES = (charge(FIRST, 1, 10000), charge(SECOND, 2, 5000))
NUMBERED = (charge(FIRST, 1, 10000, control="L1"), charge(SECOND, 2, 5000, control="L2"))


def test_the_practices_own_line_number_decides() -> None:
    renamed = replace(line(1, 1, number=2), code="X")
    assert match_lines([renamed, line(10000, 0)], NUMBERED) == (SECOND, FIRST)


def test_both_halves_of_a_line_the_payer_split_are_that_line() -> None:
    assert match_lines([line(4000, 0), line(6000, 0)], NUMBERED) == (FIRST, FIRST)


def test_without_numbers_what_was_billed_decides() -> None:
    anonymous = [replace(line(5000, 0, number=2), control_number=""), line(10000, 0)]
    assert match_lines(anonymous, CHARGES) == (SECOND, FIRST)


def test_a_missing_modifier_or_date_is_forgiven() -> None:
    bare = replace(line(10000, 0), control_number="", service_from=None)
    modified = (replace(CHARGES[0], modifiers=("25",)), CHARGES[1])
    assert match_lines([bare], modified) == (FIRST,)


def test_a_replaced_code_is_found_by_the_code_that_was_billed() -> None:
    replaced = replace(line(10000, 0), control_number="", code="80053", submitted_code="99211")
    assert match_lines([replaced], CHARGES) == (FIRST,)


def test_two_equal_lines_are_taken_in_turn() -> None:
    twins = (charge(FIRST, 1, 10000), charge(SECOND, 1, 10000))
    bare = replace(line(10000, 0), control_number="")
    assert match_lines([bare, bare, bare], twins) == (FIRST, SECOND, None)


def test_different_line_numbers_are_different_lines_however_alike() -> None:
    assert match_lines([replace(line(10000, 0), control_number="L9")], NUMBERED) == (None,)


def test_another_amount_is_another_line() -> None:
    other = replace(line(9999, 0), control_number="", service_from=date(2026, 1, 15))
    assert match_lines([other], CHARGES) == (None,)
