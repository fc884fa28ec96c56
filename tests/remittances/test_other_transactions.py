"""What is X12 and no remittance is named in one sentence, at every door."""

from pathlib import Path

import pytest

from portal.remittances.check import check_file
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.models import RemittanceFile
from portal.remittances.sent.claims import import_any
from tests.remittances.desk import NOW, TODAY, ImportDesk
from tests.remittances.x12_text import encoded, interchange

KINDS = {
    "ST*269*0001": "benefit coordination (269)",
    "ST*270*0001*005010X279A1": "eligibility questions (270)",
    "ST*271*0001*005010X279A1": "eligibility answers (271)",
    "ST*276*0001*005010X212": "claim status questions (276)",
    "ST*277*0001*005010X212": "claim status answers (277)",
    "ST*277*0001*005010X214": "claim acknowledgments (277CA)",
    "ST*278*0001*005010X217": "authorizations (278)",
    "ST*820*0001*005010X218": "premium payments (820)",
    "ST*834*0001*005010X220A1": "enrollments (834)",
    "ST*997*0001": "acknowledgments (997)",
    "ST*999*0001*005010X231A1": "acknowledgments (999)",
    "TA1*000000101*260115*1200*A*000": "acknowledgments (TA1)",
}


def file_of(segment: str) -> bytes:
    if segment.startswith("TA1"):
        return encoded([interchange()[0], segment, "IEA*0*000000101"])
    return encoded(interchange([segment, "BHT*0010*08*1", "SE*3*0001"]))


@pytest.mark.parametrize("segment", KINDS)
def test_another_transaction_is_named_and_nothing_of_it_is_kept(
    desk: ImportDesk, segment: str
) -> None:
    path = desk.folder / "other.txt"
    path.write_bytes(file_of(segment))
    sentence = f"This is not an 835 remittance: it holds {KINDS[segment]}."
    assert refusal_of_check(path) == sentence
    with pytest.raises(UnreadableRemittanceError) as refused:
        import_any(
            desk.database,
            desk.practice,
            path,
            create_patients=False,
            now=NOW,
            today=TODAY,
            imported_by="test",
        )
    assert str(refused.value) == sentence
    assert desk.count(RemittanceFile) == 0


def refusal_of_check(path: Path) -> str:
    with pytest.raises(UnreadableRemittanceError) as refused:
        check_file(path)
    return str(refused.value)
