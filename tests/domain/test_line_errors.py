"""Every fault of a line has its sentence in both languages, with the same places for details."""

import pytest

from portal.domain.line_errors import LineError, LineFault

DETAILS = ("DETAIL-1", "DETAIL-2")


@pytest.mark.parametrize("fault", LineFault)
def test_a_fault_is_told_in_both_languages(fault: LineFault) -> None:
    error = LineError(3, fault, DETAILS)
    english, spanish = error.message, error.words("es")
    assert english != spanish
    assert english.endswith(".")
    assert spanish.endswith(".")
    assert [one in english for one in DETAILS] == [one in spanish for one in DETAILS]
    assert "{" not in english + spanish
