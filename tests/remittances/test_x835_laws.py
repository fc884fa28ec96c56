"""Laws of the 835 reader: what was written is read back, however it was written and delivered."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import format_plain
from portal.domain.remittance import (
    Adjustment,
    ClaimPayment,
    Person,
    ProviderAdjustment,
    RemittancePart,
    RemittanceTrailer,
    ServiceLine,
)
from portal.remittances.findings import FindingCode, UnreadableRemittanceError
from portal.remittances.x12 import x835
from portal.remittances.x12.segments import Delimiters
from tests.remittances.x12_text import DribblingStream, encoded, interchange, read, transaction

SEPARATORS = "*:~|>!+=;\x1c\x1d\x1e"  # not ^, which ISA11 holds
WORDS = st.text("ABCXYZ019-.Éñ", min_size=1, max_size=9)
CODES = st.text("AB01", min_size=1, max_size=3)
CENTS = st.integers(-2_000_000_00, 2_000_000_00)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))

adjustments = st.builds(
    Adjustment,
    group=st.sampled_from(["CO", "OA", "PI", "PR", "CR"]),
    reason=st.sampled_from(["1", "2", "3", "23", "45", "A1", "B7", "308"]),
    amount_cents=CENTS,
    quantity=st.sampled_from(["", "1", "2.5"]),
)
people = st.builds(
    Person,
    last_name=WORDS,
    first_name=WORDS | st.just(""),
    identifier=WORDS,
    identifier_qualifier=st.just("MI"),
)


@st.composite
def service_lines(draw: st.DrawFn) -> ServiceLine:
    """A line that balances, or not."""
    charge_cents = draw(CENTS)
    found = tuple(draw(st.lists(adjustments, max_size=8)))
    fair_cents = charge_cents - sum(adjustment.amount_cents for adjustment in found)
    day = draw(DAYS)
    submitted = draw(st.booleans())
    return ServiceLine(
        number=1,
        qualifier=draw(st.sampled_from(["HC", "AD", "N4", "NU"])),
        code=draw(CODES),
        modifiers=tuple(draw(st.lists(CODES, max_size=4))),
        charge_cents=charge_cents,
        paid_cents=fair_cents + draw(st.sampled_from([0, 0, 0, 1])),
        revenue_code=draw(CODES | st.just("")),
        units=draw(st.sampled_from(["", "1", "-3"])),
        submitted_qualifier="HC" if submitted else "",
        submitted_code=draw(CODES) if submitted else "",
        submitted_modifiers=tuple(draw(st.lists(CODES, max_size=4))) if submitted else (),
        service_from=day,
        service_to=max(day, draw(DAYS)),
        control_number=draw(WORDS | st.just("")),
        allowed_cents=draw(CENTS | st.none()),
        adjustments=found,
        remarks=tuple(draw(st.lists(CODES, max_size=3))),
    )


@st.composite
def claims(draw: st.DrawFn) -> ClaimPayment:
    """A claim that balances, or not."""
    lines = draw(st.lists(service_lines(), max_size=4))
    found = tuple(draw(st.lists(adjustments, max_size=4)))
    charge_cents = sum(line.charge_cents for line in lines) + draw(st.sampled_from([0, 0, 100]))
    adjusted_cents = sum(
        adjustment.amount_cents
        for adjustment in (*found, *(one for line in lines for one in line.adjustments))
    )
    day = draw(DAYS)
    return ClaimPayment(
        number=draw(WORDS),
        status=draw(st.sampled_from(["1", "2", "4", "19", "22"])),
        charge_cents=charge_cents,
        paid_cents=charge_cents - adjusted_cents + draw(st.sampled_from([0, 0, 0, -1])),
        stated_responsibility_cents=draw(CENTS | st.none()),
        filing_indicator=draw(CODES | st.just("")),
        payer_control_number=draw(WORDS),
        patient=draw(people),
        insured=draw(people | st.none()),
        references=tuple(draw(st.lists(st.tuples(st.sampled_from(["1L", "F8"]), WORDS)))),
        service_from=day,
        service_to=max(day, draw(DAYS)),
        adjustments=found,
        remarks=tuple(draw(st.lists(CODES, max_size=5))),
        patient_paid_cents=draw(CENTS | st.none()),
        lines=tuple(replace(line, number=n) for n, line in enumerate(lines, start=1)),
    )


provider_adjustments = st.builds(
    ProviderAdjustment,
    reason=st.sampled_from(["WO", "L6", "FB", "72"]),
    reference=WORDS | st.just(""),
    amount_cents=CENTS,
    provider_identifier=st.just("1234567893"),
    fiscal_period_ends_on=st.just(date(2026, 12, 31)),
)


@st.composite
def delimiters(draw: st.DrawFn) -> Delimiters:
    element, component, terminator = draw(st.permutations(SEPARATORS))[:3]
    return Delimiters(element, component, draw(st.sampled_from([terminator, "\n", "\r"])))


def segment(*elements: str) -> str:
    return "*".join(elements).rstrip("*")


def composite(*components: str) -> str:
    return ":".join(components)


def money(cents: int | None) -> str:
    """As payers write it: no needless zeros."""
    return "" if cents is None else format_plain(cents).rstrip("0").rstrip(".")


def day(value: date | None) -> str:
    assert value is not None
    return f"{value:%Y%m%d}"


def written_adjustments(found: tuple[Adjustment, ...]) -> list[str]:
    """One CAS a triplet, and sometimes two of one group together."""
    written: list[str] = []
    for one in found:
        triplet = segment(one.reason, money(one.amount_cents), one.quantity)
        if written and written[-1].startswith(f"CAS*{one.group}*") and written[-1].count("*") == 4:
            written[-1] = f"{written[-1]}*{triplet}"
        else:
            written.append(segment("CAS", one.group, triplet))
    return written


def written_line(line: ServiceLine) -> list[str]:
    submitted = composite(line.submitted_qualifier, line.submitted_code, *line.submitted_modifiers)
    return [
        segment(
            "SVC",
            composite(line.qualifier, line.code, *line.modifiers),
            money(line.charge_cents),
            money(line.paid_cents),
            line.revenue_code,
            line.units,
            submitted if line.submitted_code else "",
        ),
        f"DTM*150*{day(line.service_from)}",
        f"DTM*151*{day(line.service_to)}",
        *written_adjustments(line.adjustments),
        *([f"REF*6R*{line.control_number}"] if line.control_number else []),
        *([f"AMT*B6*{money(line.allowed_cents)}"] if line.allowed_cents is not None else []),
        *(f"LQ*HE*{code}" for code in line.remarks),
    ]


def written_person(entity: str, person: Person) -> str:
    return segment(
        *("NM1", entity, "1", person.last_name, person.first_name, "", "", ""),
        *(person.identifier_qualifier, person.identifier),
    )


def written_claim(claim: ClaimPayment) -> list[str]:
    return [
        segment(
            *("CLP", claim.number, claim.status, money(claim.charge_cents)),
            *(money(claim.paid_cents), money(claim.stated_responsibility_cents)),
            *(claim.filing_indicator, claim.payer_control_number),
        ),
        *written_adjustments(claim.adjustments),
        written_person("QC", claim.patient),
        *([written_person("IL", claim.insured)] if claim.insured else []),
        *([segment("MOA", "", "", *claim.remarks)] if claim.remarks else []),
        *(segment("REF", *reference) for reference in claim.references),
        f"DTM*232*{day(claim.service_from)}",
        f"DTM*233*{day(claim.service_to)}",
        *(
            [f"AMT*F5*{money(claim.patient_paid_cents)}"]
            if claim.patient_paid_cents is not None
            else []
        ),
        *(written for line in claim.lines for written in written_line(line)),
    ]


def written_provider_adjustment(one: ProviderAdjustment) -> str:
    identifier = composite(one.reason, one.reference) if one.reference else one.reason
    return segment("PLB", "1234567893", "20261231", identifier, money(one.amount_cents))


def read_in_pieces(data: bytes, sizes: list[int]) -> list[RemittancePart] | str:
    """What is yielded, or the sentence of the refusal."""
    try:
        return list(x835.read(DribblingStream(data, sizes)))
    except UnreadableRemittanceError as error:
        return str(error)


@given(
    written=st.lists(claims(), max_size=4),
    moved=st.lists(provider_adjustments, max_size=3),
    using=delimiters(),
    line_break=st.sampled_from(["", "\n", "\r\n"]),
)
def test_what_was_written_is_read_back(
    written: list[ClaimPayment],
    moved: list[ProviderAdjustment],
    using: Delimiters,
    line_break: str,
) -> None:
    body = [text for claim in written for text in written_claim(claim)]
    plb = [written_provider_adjustment(one) for one in moved]
    payment_cents = sum(claim.paid_cents for claim in written)
    payment_cents -= sum(one.amount_cents for one in moved)
    segments = interchange(transaction(*body, *plb, payment=money(payment_cents)))
    parts = read(encoded(segments, delimiters=using, line_break=line_break))
    found = [part for part in parts if isinstance(part, ClaimPayment)]
    assert [replace(claim, findings=(), segment_number=0) for claim in found] == written
    assert parts[-1] == RemittanceTrailer(tuple(moved))
    for claim in found:
        unbalanced = not x835.UNBALANCED.isdisjoint(one.code for one in claim.findings)
        assert unbalanced is not claim.balances
        differs = (claim.stated_responsibility_cents or 0) != claim.responsibility_cents
        is_told = FindingCode.RESPONSIBILITY_DIFFERS in {one.code for one in claim.findings}
        assert is_told is (differs and claim.status != "22")


@given(
    written=st.lists(claims(), min_size=1, max_size=3),
    using=delimiters(),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=20),
    cut_off=st.integers(0, 200),
)
def test_the_size_of_the_reads_does_not_matter(
    written: list[ClaimPayment], using: Delimiters, sizes: list[int], cut_off: int
) -> None:
    body = [text for claim in written for text in written_claim(claim)]
    data = encoded(interchange(transaction(*body)), delimiters=using)
    data = data * 2 if cut_off % 2 else data[: len(data) - cut_off]
    assert read_in_pieces(data, sizes) == read_in_pieces(data, [len(data) + 1])


@pytest.mark.parametrize("size", [1, 1_021, 40_000])
def test_the_size_of_the_reads_does_not_matter_for_real_files(size: int, era_corpus: Path) -> None:
    for path in sorted((era_corpus / "835").iterdir()):
        data = path.read_bytes()
        whole = list(x835.read(io.BytesIO(data)))
        assert read_in_pieces(data, [size]) == whole, path.name
