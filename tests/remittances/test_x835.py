"""The 835 reader: what each segment becomes, what is told, what is refused."""

from datetime import date

import pytest

from portal.domain.remittance import (
    Adjustment,
    ClaimPayment,
    Organization,
    Person,
    ProviderAdjustment,
    RemittanceHeader,
    RemittanceTrailer,
)
from portal.remittances.findings import FindingCode
from tests.remittances.x12_text import (
    CLAIM,
    all_findings,
    codes,
    encoded,
    interchange,
    read,
    read_claim,
    read_claims,
    transaction,
)

SOUND = encoded(interchange(transaction(*CLAIM)))


def test_a_sound_file_is_a_header_a_claim_and_a_trailer_without_findings() -> None:
    header, claim, trailer = read(SOUND)
    assert isinstance(header, RemittanceHeader)
    assert isinstance(claim, ClaimPayment)
    assert trailer == RemittanceTrailer(())
    assert claim.findings == ()
    assert claim.balances


def test_the_header_says_who_paid_whom() -> None:
    body = transaction(*CLAIM)
    body[4:4] = ["CUR*PR*CAD", "REF*EV*RUN9"]
    body[7:7] = [
        "N3*1 PAYER WAY",
        "N4*HARTFORD*CT*06103",
        "REF*2U*999",
        "PER*BL*DESK*TE*8005551212",
    ]
    segments = [segment for segment in body if not segment.startswith("SE*")]
    header = read(encoded(interchange([*segments, f"SE*{len(segments) + 1}*0001"])))[0]
    assert header == RemittanceHeader(
        interchange_control="000000101",
        group_control="101",
        transaction_control="0001",
        version="005010X221A1",
        payment_cents=8000,
        credit_or_debit="C",
        payment_method="ACH",
        effective_on=date(2026, 1, 15),
        trace_number="EFT1",
        payer_trace_identifier="1512345678",
        payer=Organization("SAMPLE HEALTH PLAN", "87726", "XV", (("2U", "999"),)),
        payee=Organization("SAMPLE PRACTICE", "1234567893", "XX", (("TJ", "123456789"),)),
        produced_on=date(2026, 1, 14),
        currency="CAD",
        segment_number=3,
    )


def test_every_part_of_a_claim_is_read() -> None:
    claim = read_claim(
        "CLP*A1*19*150*80*20*MC*ICN1*11*1",
        "CAS*OA*23*30*1",
        "NM1*QC*1*MARLOWE*JUNE*Q***MI*W1",
        "NM1*IL*1*MARLOWE*KIM****MI*W2",
        "NM1*74*1*MARLOW*JUNE****C*W3",
        "NM1*82*1*HALE*IDA****XX*1999999984",
        "NM1*TT*2*NEXT PLAN*****PI*555",
        "NM1*PR*2*RIGHT PLAN*****NI*777",
        "NM1*GB*1*MARLOWE*PAT",
        "MIA*1*2*3*4*N1*6*7*8*9*10*11*12*13*14*15*16*17*18*19*N2*N3*N4*N5*24",
        "MOA***MA01*MA07***MA18",
        "REF*1L*GROUP7",
        "REF*F8*ICN0",
        "DTM*232*20260102",
        "DTM*233*20260106",
        "DTM*050*20260110",
        "AMT*F5*15",
        "AMT*AU*100",
        "QTY*CA*2",
        "LQ*HE*M15",
        "SVC*HC:99213:25:59:GT:95*120*80*0510*1*HC:99214*2",
        "DTM*150*20260103",
        "DTM*151*20260104",
        "CAS*PR*1*15**3*5",
        "CAS*CO*45*20*2",
        "REF*6R*L-1",
        "REF*LU*11",
        "AMT*B6*100",
        "QTY*ZK*1",
        "LQ*HE*N130",
        "LQ*RX*75",
    )
    assert claim.number == "A1"
    assert claim.status == "19"
    assert (claim.charge_cents, claim.paid_cents) == (15000, 8000)
    assert claim.stated_responsibility_cents == 2000
    assert (claim.filing_indicator, claim.payer_control_number) == ("MC", "ICN1")
    assert claim.patient == Person("MARLOWE", "JUNE", "Q", "W1", "MI")
    assert claim.insured == Person("MARLOWE", "KIM", "", "W2", "MI")
    assert claim.corrected == Person("MARLOW", "JUNE", "", "W3", "C")
    assert claim.rendering_provider == Person("HALE", "IDA", "", "1999999984", "XX")
    assert claim.crossover_payer == Organization("NEXT PLAN", "555", "PI")
    assert claim.corrected_payer == Organization("RIGHT PLAN", "777", "NI")
    assert claim.references == (("1L", "GROUP7"), ("F8", "ICN0"))
    assert (claim.service_from, claim.service_to) == (date(2026, 1, 2), date(2026, 1, 6))
    assert claim.received_on == date(2026, 1, 10)
    assert claim.adjustments == (Adjustment("OA", "23", 3000, "1"),)
    assert claim.remarks == ("N1", "N2", "N3", "N4", "N5", "MA01", "MA07", "MA18", "M15")
    assert claim.patient_paid_cents == 1500
    assert claim.segment_number == 11
    (line,) = claim.lines
    assert (line.number, line.qualifier, line.code) == (1, "HC", "99213")
    assert line.modifiers == ("25", "59", "GT", "95")
    assert (line.charge_cents, line.paid_cents, line.allowed_cents) == (12000, 8000, 10000)
    assert (line.revenue_code, line.units) == ("0510", "1")
    assert (line.submitted_qualifier, line.submitted_code) == ("HC", "99214")
    assert (line.service_from, line.service_to) == (date(2026, 1, 3), date(2026, 1, 4))
    assert line.control_number == "L-1"
    assert line.adjustments == (
        Adjustment("PR", "1", 1500),
        Adjustment("PR", "3", 500),
        Adjustment("CO", "45", 2000, "2"),
    )
    assert line.remarks == ("N130", "RX:75")
    assert [found.code for found in claim.findings] == [FindingCode.LINES_DIFFER_FROM_CLAIM]


@pytest.mark.parametrize(
    ("composite", "read_as"),
    [
        ("HC:99213", ("HC", "99213", ())),
        ("AD:D1110", ("AD", "D1110", ())),
        ("N4:00006010754", ("N4", "00006010754", ())),
        ("NU:0450", ("NU", "0450", ())),
        ("HP:A1234::59", ("HP", "A1234", ("59",))),
        ("ZZ:9:26:TC:59:76:A NOTE", ("ZZ", "9", ("26", "TC", "59", "76"))),
        ("HC", ("HC", "", ())),
        ("", ("", "", ())),
    ],
)
def test_every_service_qualifier_is_read(
    composite: str, read_as: tuple[str, str, tuple[str, ...]]
) -> None:
    (line,) = read_claim("CLP*A1*1*0*0", f"SVC*{composite}*0*0").lines
    assert (line.qualifier, line.code, line.modifiers) == read_as


@pytest.mark.parametrize(
    "name",
    ["NM1*QC*1*MARLOWE*JUNE****34*123456789", "NM1*QC*1*MARLOWE*JUNE**** 34 *123456789"],
)
def test_a_social_security_number_is_dropped(name: str) -> None:
    claim = read_claim(*CLAIM[:1], name, "REF*SY*123456789", "REF*EA*77", *CLAIM[2:])
    assert claim.patient == Person("MARLOWE", "JUNE")
    assert claim.references == (("EA", "77"),)
    assert "123456789" not in repr(claim)


def test_service_dates_come_from_the_claim_or_else_from_its_lines() -> None:
    lines = ("SVC*HC:1*0*0", "DTM*472*20260105", "SVC*HC:2*0*0", "DTM*150*20260103")
    from_lines = read_claim("CLP*A1*1*0*0", *lines)
    assert (from_lines.service_from, from_lines.service_to) == (date(2026, 1, 3), date(2026, 1, 5))
    stated = read_claim("CLP*A1*1*0*0", "DTM*232*20260110", *lines)
    assert (stated.service_from, stated.service_to) == (date(2026, 1, 10), date(2026, 1, 10))
    nothing = read_claim("CLP*A1*25*0*0", "DTM*232*19000101")
    assert (nothing.service_from, nothing.service_to) == (None, None)


def test_a_gap_in_the_adjustments_loses_nothing() -> None:
    claim = read_claim(
        "CLP*A1*1*100*60*20",
        "CAS*OA*23*5*****23*5",
        "SVC*HC:99213*100*70**1",
        "CAS*PR****1*5*****3*15",
        "CAS*CO*45*10*****",
    )
    assert [a.amount_cents for a in claim.all_adjustments()] == [500, 500, 500, 1500, 1000]
    assert [found.code for found in claim.findings] == [FindingCode.ADJUSTMENT_GAP] * 3


def test_a_reversal_keeps_its_signs_and_its_share_is_not_compared() -> None:
    claim = read_claim(
        "CLP*A1*22*-100*-80**12*ICN1",
        "SVC*HC:99213*-100*-80**-1",
        "CAS*PR*3*-20",
    )
    assert (claim.charge_cents, claim.paid_cents) == (-10000, -8000)
    assert claim.responsibility_cents == -2000
    assert claim.lines[0].units == "-1"
    assert claim.findings == ()


def test_provider_adjustments_take_part_in_the_balance_of_the_transaction() -> None:
    plb = "PLB*1234567893*20261231*WO:ICN9*30.5**2*L6*-0.5*72"
    data = encoded(interchange(transaction(*CLAIM, plb, payment="47.5")))
    trailer = read(data)[-1]
    assert isinstance(trailer, RemittanceTrailer)
    year_end = date(2026, 12, 31)
    assert trailer.provider_adjustments == (
        ProviderAdjustment("WO", "ICN9", 3050, "1234567893", year_end),
        ProviderAdjustment("", "", 200, "1234567893", year_end),
        ProviderAdjustment("L6", "", -50, "1234567893", year_end),
        ProviderAdjustment("72", "", 0, "1234567893", year_end),
    )
    assert [found.code for found in trailer.findings] == [
        FindingCode.PROVIDER_ADJUSTMENT_UNREADABLE,
        FindingCode.TRANSACTION_UNBALANCED,
    ]


def test_summaries_and_segments_of_no_account_are_read_past() -> None:
    body = (
        "TS3*1234567893*11*20261231*1*100",
        "TS2*1*2*3",
        *CLAIM,
        "LX*2",
        "CLP*A2*1*0*0",
        "QTY*CA*1",
        "PER*CX*DESK",
    )
    parts = read(encoded(interchange(transaction(*body))))
    assert [part.number for part in parts if isinstance(part, ClaimPayment)] == ["A1", "A2"]
    assert all_findings(parts) == []


def test_4010_is_read_with_its_own_codes() -> None:
    segments = interchange(
        transaction("CLP*A1*5*100*80", "SVC*HC:1*100*80", "CAS*CR*45*20"), version="004010X091A1"
    )
    (header, claim, _) = read(encoded(segments))
    assert isinstance(header, RemittanceHeader)
    assert isinstance(claim, ClaimPayment)
    assert header.version == "004010X091A1"
    assert claim.adjustments == ()
    assert claim.lines[0].adjustments == (Adjustment("CR", "45", 2000),)
    assert claim.findings == ()


def test_several_transactions_groups_and_interchanges_are_read_in_order() -> None:
    first = transaction(*CLAIM, control="0001")
    second = transaction("CLP*A2*1*10*10", payment="10", control="0002")
    data = encoded(interchange(first, second)) + encoded(
        interchange(transaction("CLP*A3*1*10*10", payment="10"), control="000000102")
    )
    parts = read(data)
    assert [type(part).__name__ for part in parts] == [
        "RemittanceHeader",
        "ClaimPayment",
        "RemittanceTrailer",
    ] * 3
    assert [part.number for part in parts if isinstance(part, ClaimPayment)] == ["A1", "A2", "A3"]
    headers = [part for part in parts if isinstance(part, RemittanceHeader)]
    assert [header.transaction_control for header in headers] == ["0001", "0002", "0001"]
    assert [header.interchange_control for header in headers] == ["000000101"] * 2 + ["000000102"]
    assert all_findings(parts) == []


def test_without_an_isa_the_file_is_read_and_told() -> None:
    data = encoded(transaction(*CLAIM), line_break="\n")
    assert [claim.number for claim in read_claims(data)] == ["A1"]
    assert codes(data) == [FindingCode.ENVELOPE_MISSING]


def test_segment_names_in_small_letters_or_among_blanks_are_understood() -> None:
    data = SOUND.replace(b"CLP*", b" clp*").replace(b"SVC*", b"svc *").replace(b"~LX*", b"~lx*")
    (claim,) = read_claims(data)
    assert (len(claim.lines), claim.findings) == (1, ())


def test_blanks_around_an_amount_are_no_fault() -> None:
    claim = read_claim("CLP*A1*1* 100 *80 *20", "SVC*HC:1* 100*80", "CAS*PR*3*20 ")
    assert (claim.charge_cents, claim.responsibility_cents, claim.findings) == (10000, 2000, ())
