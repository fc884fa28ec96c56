"""What is kept of a claim or a payment is read back as it was, whatever the payer wrote."""

import json
from pathlib import Path

import pytest

from portal.domain.remittance import ClaimPayment, RemittanceHeader, RemittanceTrailer
from portal.remittances.posting.claim_content import content_of
from portal.remittances.quarantine.stored_content import claim_of, header_of, provider_adjustment_of
from portal.remittances.x12 import x835
from tests.remittances.desk import SentClaim, SentLine
from tests.remittances.x12_text import encoded, interchange, transaction


def test_every_file_of_the_corpus_is_read_back(era_corpus: Path) -> None:
    for path in sorted([*(era_corpus / "835").iterdir(), *(era_corpus / "faults").iterdir()]):
        with path.open("rb") as stream:
            try:
                parts = list(x835.read(stream))
            except x835.UnreadableRemittanceError:
                continue
        for part in parts:
            assert_read_back(part)


@pytest.mark.parametrize("plb", ["PLB*1234567893*20261231*L6:REF*-2.5", "PLB*1*20261231*WO*1"])
def test_a_payment_is_read_back(tmp_path: Path, plb: str) -> None:
    claim = SentClaim(lines=[SentLine(adjustments={"CO45": 1, "PR3": 2}, remarks=["N130", ""])])
    path = tmp_path / "a.835"
    path.write_bytes(encoded(interchange(transaction(*claim.segments(), plb, payment="5"))))
    with path.open("rb") as stream:
        parts = list(x835.read(stream))
    assert sum(isinstance(part, ClaimPayment) for part in parts) == 1
    for part in parts:
        assert_read_back(part)


def assert_read_back(part: object) -> None:
    match part:
        case ClaimPayment():
            assert claim_of(json.loads(json.dumps(content_of(part)))) == part
        case RemittanceHeader():
            assert header_of(json.loads(json.dumps(content_of(part)))) == part
        case RemittanceTrailer():
            for one in part.provider_adjustments:
                assert provider_adjustment_of(json.loads(json.dumps(content_of(one)))) == one
