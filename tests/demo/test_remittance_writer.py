"""The demo's remittances say what the made-up practice's people were decided, and when."""

import io
from datetime import date

from portal.demo.people import BLUE_HORIZON
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from portal.domain.remittance import ClaimPayment, Finding, RemittanceHeader, RemittanceTrailer
from portal.remittances.x12 import x835

CLAIM = DemoClaim(
    number="D1",
    status="1",
    last_name="REYES",
    first_name="ANA",
    member_identifier="BHZ1",
    provider_last_name="OKAFOR",
    provider_first_name="LENA",
    service_on=date(2026, 1, 14),
    lines=(DemoLine("99213", 18_500, (Cut("CO", "45", 6_900), Cut("PR", "3", 4_000))),),
)


def test_a_remittance_of_the_demo_reads_without_a_finding_and_on_its_day() -> None:
    text = write_remittance(BLUE_HORIZON, [CLAIM], paid_on=date(2026, 2, 1), control=1)
    header, claim, trailer = x835.read(io.BytesIO(text.encode()))
    assert isinstance(header, RemittanceHeader)
    assert header.effective_on == date(2026, 2, 1)
    assert isinstance(claim, ClaimPayment)
    assert (claim.paid_cents, claim.responsibility_cents, claim.findings) == (7_600, 4_000, ())
    assert isinstance(trailer, RemittanceTrailer)
    assert not any(isinstance(part, Finding) for part in trailer.findings)
