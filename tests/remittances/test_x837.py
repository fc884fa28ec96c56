"""The 837 reader: every loop where it belongs, real files, what is odd, what is something else."""

import csv
import io
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from portal.domain.remittance import Finding, Organization, Person
from portal.domain.sent_claim import (
    Diagnosis,
    PostalAddress,
    SentClaim,
    SentDate,
    SentHeader,
    SentLine,
    SentPerson,
    SentPlan,
    SentTrailer,
)
from portal.remittances.findings import FindingCode, UnreadableRemittanceError
from portal.remittances.x12 import x837
from portal.remittances.x12.segments import Delimiters
from tests.remittances.sent_text import (
    CLAIM,
    DEPENDENT,
    PROVIDER,
    SUBSCRIBER,
    codes,
    read,
    read_claim,
    read_claims,
    read_usual,
    sent_file,
    sent_transaction,
)
from tests.remittances.x12_text import encoded, interchange
from tests.remittances.x12_text import read as read_835
from tests.remittances.x12_text import transaction as remittance

OTHER_KINDS = {
    "ST*277*0001*005010X214": "claim acknowledgments (277CA)",
    "ST*277*0001*005010X212": "claim status answers (277)",
    "ST*271*0001*005010X279A1": "eligibility answers (271)",
    "ST*999*0001*005010X231A1": "acknowledgments (999)",
    "TA1*000000101*260115*1200*A*000": "acknowledgments (TA1)",
}
WITHOUT_DAY = {"1191", "SMITH788", "119033233"}  # dental examples that say no day of service
WITHOUT_LEVELS = "alexjreid_"  # files of that origin have no HL: nothing says whose a claim is


def other_file(segment: str) -> bytes:
    """A whole file that holds something else."""
    if segment.startswith("TA1"):
        return encoded([interchange()[0], segment, "IEA*0*000000101"])
    return encoded(interchange([segment, "BHT*0010*08*1", "SE*3*0001"], version="005010X222A1"))


def test_every_real_file_is_read_with_its_number_of_claims(era_corpus: Path) -> None:
    with (era_corpus / "837-index.tsv").open(encoding="utf-8", newline="") as table:
        expected = {
            row["file"]: int(row["claims"]) for row in csv.DictReader(table, delimiter="\t")
        }
    found = {}
    for path in (era_corpus / "837").iterdir():
        with path.open("rb") as stream:
            found[path.name] = sum(isinstance(part, SentClaim) for part in x837.read(stream))
    assert found == expected
    assert len(found) == 64


def test_every_claim_of_a_real_file_balances_and_has_somebody_it_is_for(era_corpus: Path) -> None:
    for path in (era_corpus / "837").iterdir():
        if path.name.startswith(WITHOUT_LEVELS):
            continue
        with path.open("rb") as stream:
            claims = [part for part in x837.read(stream) if isinstance(part, SentClaim)]
        for claim in claims:
            assert claim.findings == (), path.name
            assert claim.balances
            assert claim.patient.name.last_name
            assert claim.plan.payer.name
            assert claim.plan.rank
            assert claim.service_from or claim.is_predetermination or claim.number in WITHOUT_DAY
            assert all(line.code for line in claim.lines)


def test_claims_without_levels_are_told_and_not_given_to_anybody(era_corpus: Path) -> None:
    for path in (era_corpus / "837").glob(f"{WITHOUT_LEVELS}*"):
        if "x12_005010x222" in path.name:
            continue
        with path.open("rb") as stream:
            claims = [part for part in x837.read(stream) if isinstance(part, SentClaim)]
        assert claims
        for claim in claims:
            assert FindingCode.LEVEL_BROKEN in {found.code for found in claim.findings}, path.name
            assert claim.patient == SentPerson()


def test_a_claim_of_the_subscriber_is_read_with_all_it_says() -> None:
    header, claim, trailer = read(
        encoded(
            sent_file(
                sent_transaction(
                    *PROVIDER, *SUBSCRIBER, CLAIM[0], "AMT*F5*20", "REF*F8*ICN1", *CLAIM[1:]
                )
            )
        )
    )
    assert header == SentHeader(
        interchange_control="000000101",
        group_control="101",
        transaction_control="0001",
        version="005010X222A1",
        reference="B1",
        created_on=date(2026, 1, 6),
        created_time="1023",
        submitter=Organization("RIVERBEND FAMILY HEALTH", "SUB1", "46"),
        receiver=Organization("CLEARHOUSE", "CH1", "46"),
        segment_number=3,
    )
    subscriber = SentPerson(
        Person("MARLOWE", "JUNE", "", "W1", "MI"),
        date(1980, 2, 14),
        PostalAddress("5 ELM ST, APT 2", "SALEM", "OR", "97302"),
    )
    assert claim == SentClaim(
        number="A1",
        charge_cents=10_000,
        patient=subscriber,
        plan=SentPlan(
            rank=1,
            payer=Organization("SAMPLE HEALTH PLAN", "87726", "PI"),
            subscriber=subscriber,
            relationship="18",
            group_number="GRP7",
            filing_indicator="CI",
        ),
        billing_provider=Organization(
            "RIVERBEND FAMILY HEALTH", "1234567893", "XX", (("EI", "123456789"),)
        ),
        rendering_provider=Person("OKAFOR", "LENA", "", "1999999984", "XX"),
        place_of_service="11",
        frequency="1",
        patient_paid_cents=2_000,
        references=(("F8", "ICN1"),),
        diagnoses=(Diagnosis("ABK", "J0390"), Diagnosis("ABF", "R05")),
        lines=(
            SentLine(
                number=1,
                qualifier="HC",
                code="99213",
                modifiers=("25",),
                charge_cents=10_000,
                unit="UN",
                units="1",
                pointers=(1, 2),
                service_from=date(2026, 1, 5),
                service_to=date(2026, 1, 5),
                control_number="A1L1",
            ),
        ),
        segment_number=20,
    )
    assert trailer == SentTrailer()


def test_a_dependent_is_the_patient_and_the_subscriber_stays_the_insured() -> None:
    claim = read_claim(*PROVIDER, *SUBSCRIBER, *DEPENDENT, *CLAIM)
    assert claim.patient.name == Person("MARLOWE", "TOM")
    assert claim.patient.born_on == date(2015, 3, 1)
    assert claim.plan.subscriber.name.first_name == "JUNE"
    assert claim.plan.relationship == "19"


def test_the_next_subscriber_is_not_the_last_ones_dependent() -> None:
    second = [line.replace("JUNE", "ANN").replace("HL*2*", "HL*4*") for line in SUBSCRIBER]
    ours, theirs = read_claims(*PROVIDER, *SUBSCRIBER, *DEPENDENT, *CLAIM, *second, *CLAIM)
    assert ours.patient.name.first_name == "TOM"
    assert theirs.patient.name.first_name == "ANN"
    assert theirs.plan.relationship == "18"


def test_the_next_billing_provider_has_subscribers_of_its_own() -> None:
    other = [line.replace("HL*1*", "HL*3*").replace("RIVERBEND", "HILLSIDE") for line in PROVIDER]
    second = [line.replace("HL*2*1*", "HL*4*3*") for line in SUBSCRIBER]
    first, last = read_claims(*PROVIDER, *SUBSCRIBER, *CLAIM, *other, *second, *CLAIM)
    assert first.billing_provider.name == "RIVERBEND FAMILY HEALTH"
    assert last.billing_provider.name == "HILLSIDE FAMILY HEALTH"
    assert last.findings == ()


def test_another_plan_keeps_its_own_subscriber_and_what_it_paid() -> None:
    other = (
        "SBR*S*01*GRP9******MC",
        "CAS*CO*45*30",
        "AMT*D*40.50",
        "OI***Y***Y",
        "NM1*IL*1*MARLOWE*PAUL****MI*X9",
        "REF*SY*123456789",
        "NM1*PR*2*STATE PLAN*****PI*77",
        "REF*F8*THEIRS",
        "DTP*573*D8*20260110",
    )
    claim = read_usual(*CLAIM[:3], *other, *CLAIM[3:])
    assert claim.other_plans == (
        SentPlan(
            rank=2,
            payer=Organization("STATE PLAN", "77", "PI"),
            subscriber=SentPerson(Person("MARLOWE", "PAUL", "", "X9", "MI")),
            relationship="01",
            group_number="GRP9",
            filing_indicator="MC",
            paid_cents=4_050,
        ),
    )
    assert claim.references == ()
    assert claim.dates == ()


@pytest.mark.parametrize(
    ("letter", "rank"), [("P", 1), ("S", 2), ("T", 3), ("A", 4), ("H", 11), ("U", None)]
)
def test_the_place_in_line_is_what_sbr_says(letter: str, rank: int | None) -> None:
    subscriber = [line.replace("SBR*P", f"SBR*{letter}") for line in SUBSCRIBER]
    claim = read_claim(*PROVIDER, *subscriber, *CLAIM)
    assert claim.plan.rank == rank
    assert [found.code for found in claim.findings] == (["unknown_rank"] if rank is None else [])


@pytest.mark.parametrize(
    ("frequency", "replaces", "voids"),
    [("1", False, False), ("7", True, False), ("8", False, True), ("", False, False)],
)
def test_the_frequency_says_what_becomes_of_an_earlier_claim(
    frequency: str, *, replaces: bool, voids: bool
) -> None:
    claim = read_usual(CLAIM[0].replace(":1*", f":{frequency}*"), *CLAIM[1:])
    assert (claim.is_replacement, claim.is_void) == (replaces, voids)


@pytest.mark.parametrize(("kind", "asks"), [("PB", True), ("", False)])
def test_a_question_what_a_plan_would_pay_is_no_bill(kind: str, *, asks: bool) -> None:
    claim = read_usual(f"{CLAIM[0]}**********{kind}", *CLAIM[1:])
    assert claim.is_predetermination is asks


def test_an_institutional_line_without_a_procedure_is_its_revenue_code() -> None:
    claim = read_usual(
        "CLM*A1*300***14:A:1**A*Y*Y",
        "DTP*434*RD8*20260104-20260107",
        "DTP*435*DT*202601041530",
        "HI*ABK:J0390",
        "HI*BH:A1:D8:20260101",
        "LX*1",
        "SV2*0120**200*DA*3",
        "LX*2",
        "SV2*0305*HC:85025*100*UN*1",
        "DTP*472*D8*20260105",
    )
    assert claim.dates == (
        SentDate("434", date(2026, 1, 4), date(2026, 1, 7)),
        SentDate("435", date(2026, 1, 4), date(2026, 1, 4)),
    )
    assert claim.service_from == date(2026, 1, 4)
    assert [(line.qualifier, line.code, line.revenue_code) for line in claim.lines] == [
        ("NU", "0120", "0120"),
        ("HC", "85025", "0305"),
    ]
    assert claim.lines[0].units == "3"
    assert claim.diagnoses == (Diagnosis("ABK", "J0390"),)


def test_a_dental_line_is_read_and_takes_the_day_of_its_claim() -> None:
    claim = read_usual(
        "CLM*A1*200***11:B:1*Y*A*Y*I",
        "DTP*472*D8*20260105",
        "HI*ABK:K021",
        "LX*1",
        "SV3*AD:D3320*200****1*****1",
        "TOO*JP*5",
    )
    assert claim.service_from == date(2026, 1, 5)
    (line,) = claim.lines
    assert (line.qualifier, line.code, line.units, line.pointers) == ("AD", "D3320", "1", (1,))
    assert line.service_from is None


def test_a_line_keeps_what_the_practice_calls_the_service() -> None:
    named = CLAIM[4].replace("HC:99213:25", "HC:J3490:25::::Salt water, one bag")
    (line,) = read_usual(*CLAIM[:4], named).lines
    assert (line.code, line.modifiers) == ("J3490", ("25",))
    assert line.description == "Salt water, one bag"


def test_a_range_of_days_on_a_line_keeps_both_ends() -> None:
    (line,) = read_usual(*CLAIM[:5], "DTP*472*RD8*20260105-20260109", "DTP*607*D8*20250101").lines
    assert (line.service_from, line.service_to) == (date(2026, 1, 5), date(2026, 1, 9))


def test_what_other_payers_said_of_a_line_is_not_the_line() -> None:
    (line,) = read_usual(
        *CLAIM,
        "LIN**N4*01234567891",
        "REF*6R*NOT THIS",
        "SVD*77*40*HC:99213**1",
        "DTP*573*D8*20260110",
    ).lines
    assert line.control_number == "A1L1"
    assert line.service_from == date(2026, 1, 5)


@pytest.mark.parametrize("version", ["004010X098A1", "004010X096A1", "004010X097A1"])
def test_the_version_before_is_read_where_it_is_the_same(version: str) -> None:
    data = encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)))
    assert codes(data.replace(b"*X*005010X222A1", f"*X*{version}".encode())) == []


def test_a_social_security_number_gets_no_further() -> None:
    number = "987654321"
    subscriber = [line.replace("MI*W1", f"34*{number}") for line in SUBSCRIBER]
    provider = [line.replace("REF*EI*123456789", f"REF*SY*{number}") for line in PROVIDER]
    parts = read(
        encoded(
            sent_file(
                sent_transaction(
                    *provider,
                    *subscriber,
                    f"REF*SY*{number}",
                    CLAIM[0],
                    f"REF*SY*{number}",
                    *CLAIM[1:],
                )
            )
        )
    )
    assert number not in repr(parts)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (("CLM*A1*99***11:B:1", *CLAIM[1:]), ["lines_differ_from_claim"]),
        (("CLM*A1*x***11:B:1", *CLAIM[1:]), ["amount_unreadable"]),
        (("CLM*A1****11:B:1", *CLAIM[1:]), ["amount_missing"]),
        (("CLM**100***11:B:1", *CLAIM[1:]), ["number_missing"]),
        (CLAIM[:3], ["lines_missing"]),
        ((*CLAIM, "LX*2"), ["lines_missing"]),
        (
            ("CLM*A1*-5***11:B:1", "LX*1", "SV1*HC:99213*-5*UN*1"),
            ["amount_negative", "amount_negative"],
        ),
        ((*CLAIM[:4], "SV1*HC:99213*100*UN*1***9"), ["pointer_unreadable"]),
        ((*CLAIM[:5], "DTP*472*D8*2026"), ["date_unreadable"]),
        ((*CLAIM[:5], "DTP*472*RD8*20260109-20260105"), ["date_unreadable"]),
        ((CLAIM[0], "AMT*F5*x", *CLAIM[1:]), ["information_unreadable"]),
    ],
)
def test_what_is_odd_in_a_claim_is_named(claim: tuple[str, ...], expected: list[str]) -> None:
    assert [found.code for found in read_usual(*claim).findings] == expected


def test_a_finding_says_which_claim_and_which_segment() -> None:
    (found,) = read_usual("CLM*A1*99***11:B:1", *CLAIM[1:]).findings
    assert found == Finding(
        FindingCode.LINES_DIFFER_FROM_CLAIM,
        "CLM 1 (A1), segment 20",
        "The service lines add up to $100.00, but the claim says $99.00 (CLM02).",
    )


def test_a_level_that_hangs_on_another_gives_its_claims_to_nobody() -> None:
    data = encoded(
        sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, DEPENDENT[0], *DEPENDENT[1:], *CLAIM))
    ).replace(b"HL*3*2*23", b"HL*3*9*23")
    assert codes(data) == ["level_broken", "level_broken"]


def test_many_alike_findings_in_a_claim_are_cut_short() -> None:
    claim = read_usual(*CLAIM[:3], *(["LX*1", "SV1*HC:1*x"] * 30))
    assert len(claim.findings) == 21
    assert claim.findings[-1].message.startswith("There are more like this")


@pytest.mark.parametrize("name", ["ZZZ", "clp"])
def test_a_segment_that_no_837_has_is_told_once(name: str) -> None:
    body = (*PROVIDER, *SUBSCRIBER, CLAIM[0], f"{name}*1", f"{name}*2", *CLAIM[1:])
    assert codes(encoded(sent_file(sent_transaction(*body)))) == ["unknown_segment"]


def test_a_file_that_separates_components_otherwise_than_it_says_is_read_as_it_does() -> None:
    data = encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)))
    head, body = data[:106], data[106:].replace(b":", b">")
    assert codes(head + body) == ["component_differs"]
    claims = [part for part in read(head + body) if isinstance(part, SentClaim)]
    assert claims[0].lines[0].pointers == (1, 2)
    assert claims[0].frequency == "1"


def test_the_same_claims_under_the_same_numbers_are_told() -> None:
    one = sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)
    assert codes(encoded(sent_file(one, one))) == ["transaction_repeated"]


def test_other_delimiters_and_line_breaks_change_nothing() -> None:
    segments = sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM))
    assert read(encoded(segments)) == read(
        encoded(segments, delimiters=Delimiters("|", ">", "!"), line_break="\r\n")
    )


@pytest.mark.parametrize("cut", [1, 2, 3, 9])
def test_a_file_that_is_cut_off_is_refused(cut: int) -> None:
    segments = sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM))
    with pytest.raises(UnreadableRemittanceError, match="cut off or damaged"):
        read(encoded(segments[:-cut]))


@pytest.mark.parametrize(("segment", "what"), OTHER_KINDS.items())
def test_what_is_something_else_is_named_by_both_readers(segment: str, what: str) -> None:
    data = other_file(segment)
    with pytest.raises(UnreadableRemittanceError) as not_claims:
        read(data)
    assert str(not_claims.value) == f"This is not an 837 claim file: it holds {what}."
    with pytest.raises(UnreadableRemittanceError) as no_remittance:
        read_835(data)
    assert str(no_remittance.value) == f"This is not an 835 remittance: it holds {what}."


def test_a_remittance_is_no_file_of_claims() -> None:
    with pytest.raises(UnreadableRemittanceError, match=r"it holds remittances \(835\)"):
        read(encoded(interchange(remittance())))


def test_something_else_beside_the_claims_is_told_and_left_out() -> None:
    claims = sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)
    other = ["ST*277*0002*005010X214", "BHT*0085*08*1", "SE*3*0002"]
    assert codes(encoded(sent_file(claims, other))) == ["other_transaction"]


def test_memory_does_not_grow_with_the_file() -> None:
    def peak_of_reading(claims: int) -> int:
        body = (*PROVIDER, *SUBSCRIBER, *CLAIM * claims)
        stream = io.BytesIO(encoded(sent_file(sent_transaction(*body))))
        tracemalloc.start()
        try:
            for _ in x837.read(stream):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # A hundred bytes kept of each claim would double it; Python itself keeps some tuples.
    assert peak_of_reading(12_000) < 1.4 * peak_of_reading(4_000)
