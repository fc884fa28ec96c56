"""Files that are sound to read and made to wear the import out: many decisions under one number."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.measuring import peak_mb
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.models import RemittanceFile
from portal.remittances.posting.number_bound import MOST_OF_A_NUMBER
from tests.remittances.bombs import FULL_SIZE
from tests.remittances.desk import ImportDesk, SentClaim, SentLine

_MOST_MORE_MB = 150
_PEAK_RESET = Path("/proc/self/clear_refs")

_ALIKE: dict[str, Callable[[int], SentClaim]] = {
    "the same decision": lambda _: SentClaim(),
    "parts of one claim": lambda n: SentClaim(icn=f"P{n}", lines=(SentLine(10_000 + n),)),
    "people of one account": lambda n: SentClaim(
        icn=f"P{n}", last_name=f"FAMILY{n}", first_name=f"CHILD{n}", member=f"W{n}"
    ),
    "days of one account": lambda n: SentClaim(
        icn=f"P{n}", service_on=date(2024, 1, 1) + timedelta(days=n)
    ),
}


@pytest.mark.parametrize("what", _ALIKE)
def test_as_many_claims_of_a_number_as_may_be_are_taken_in(what: str, desk: ImportDesk) -> None:
    claims = [_ALIKE[what](n) for n in range(MOST_OF_A_NUMBER)]
    report = desk.receive(*claims)
    assert report.claims == MOST_OF_A_NUMBER


def test_one_more_and_nothing_of_the_file_is_taken_in(desk: ImportDesk) -> None:
    path = desk.write(SentClaim(number="B1"), *[SentClaim()] * (MOST_OF_A_NUMBER + 1))
    with pytest.raises(UnreadableRemittanceError, match=r"^More than 500 claims of the file have"):
        desk.bring(path)
    assert desk.count(RemittanceFile) == 0
    assert desk.claims() == {}


def test_claims_of_other_numbers_do_not_count(desk: ImportDesk) -> None:
    others = [SentClaim(number=f"C{n}", member=f"C{n}") for n in range(MOST_OF_A_NUMBER)]
    report = desk.receive(*[SentClaim()] * (MOST_OF_A_NUMBER - 10), *others)
    assert report.claims == 2 * MOST_OF_A_NUMBER - 10


@pytest.mark.skipif(not _PEAK_RESET.exists(), reason="only Linux tells the peak from here on")
@pytest.mark.parametrize("number", ["A1", ""])
def test_a_large_file_of_decisions_on_one_claim_is_refused_in_little_memory(
    number: str, desk: ImportDesk
) -> None:
    path = desk.write(SentClaim(number=number))
    whole = path.read_bytes()
    claim = whole[whole.index(b"~CLP*") + 1 : whole.index(b"~SE*") + 1]
    path.write_bytes(whole.replace(claim, claim * (FULL_SIZE // len(claim))))
    before_mb = memory_now_mb()
    with pytest.raises(UnreadableRemittanceError, match=r"so the file is damaged\.$"):
        desk.bring(path)
    assert peak_mb() - before_mb < _MOST_MORE_MB
    assert desk.claims() == {}


def memory_now_mb() -> float:
    """Of this process, which other tests may have made large; its peak is counted from here on."""
    _PEAK_RESET.write_text("5", encoding="ascii")
    return peak_mb()
