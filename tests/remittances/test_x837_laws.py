"""Laws of the 837 reader: what was written is read back, however it was written and delivered."""

import io
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import format_plain
from portal.domain.remittance import Organization, Person
from portal.domain.sent_claim import (
    Diagnosis,
    PostalAddress,
    SentClaim,
    SentLine,
    SentPerson,
    SentPlan,
)
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.x12 import x837
from portal.remittances.x12.segments import Delimiters
from tests.remittances.sent_text import read, sent_file, sent_transaction
from tests.remittances.x12_text import DribblingStream, encoded

SEPARATORS = "*:~|>!+=;\x1c\x1d\x1e"  # not ^, which ISA11 holds
WORDS = st.text("ABCXYZ019-.Éñ", min_size=1, max_size=9)
CODES = st.text("AB01", min_size=1, max_size=3)
CENTS = st.integers(0, 2_000_000_00)
DAYS = st.dates(date(1930, 1, 1), date(2060, 12, 31))
RANKS = {1: "P", 2: "S", 3: "T", 4: "A"}

addresses = st.builds(PostalAddress, line=WORDS, city=WORDS, state=CODES, postal_code=CODES)
names = st.builds(
    Person,
    last_name=WORDS,
    first_name=WORDS | st.just(""),
    identifier=WORDS,
    identifier_qualifier=st.just("MI"),
)
payers = st.builds(Organization, name=WORDS, identifier=WORDS, identifier_qualifier=st.just("PI"))
people = st.builds(SentPerson, name=names, born_on=DAYS, address=addresses)
other_plans = st.builds(
    SentPlan,
    rank=st.sampled_from([1, 2, 3, 4]),
    payer=payers,
    subscriber=st.builds(SentPerson, name=names),
    relationship=st.sampled_from(["18", "01", "19"]),
    group_number=WORDS | st.just(""),
    filing_indicator=st.sampled_from(["CI", "MB", "MC"]),
    paid_cents=CENTS | st.none(),
)


@st.composite
def lines(draw: st.DrawFn, *, number: int, diagnoses: int) -> SentLine:
    first = draw(DAYS)
    return SentLine(
        number=number,
        qualifier=draw(st.sampled_from(["HC", "ER"])),
        code=draw(CODES),
        modifiers=tuple(draw(st.lists(CODES, max_size=4))),
        charge_cents=draw(CENTS),
        unit="UN",
        units=draw(st.sampled_from(["1", "2.5"])),
        pointers=tuple(draw(st.lists(st.integers(1, diagnoses), max_size=4))) if diagnoses else (),
        service_from=first,
        service_to=max(first, draw(DAYS)),
        control_number=draw(WORDS | st.just("")),
    )


@st.composite
def claims(draw: st.DrawFn) -> SentClaim:
    """A professional claim that adds up, of a subscriber or of a dependent."""
    diagnoses = draw(st.lists(st.builds(Diagnosis, st.just("ABF"), CODES), max_size=12))
    count = draw(st.integers(1, 4))
    found = [draw(lines(number=one + 1, diagnoses=len(diagnoses))) for one in range(count)]
    subscriber = draw(people)
    is_dependent = draw(st.booleans())
    dependent = replace(draw(people), name=Person(draw(WORDS), draw(WORDS)))
    plan = replace(draw(other_plans), subscriber=subscriber, paid_cents=None)
    return SentClaim(
        number=draw(WORDS),
        charge_cents=sum(line.charge_cents for line in found),
        patient=dependent if is_dependent else subscriber,
        plan=replace(plan, relationship="19" if is_dependent else "18"),
        billing_provider=draw(payers),
        other_plans=tuple(draw(st.lists(other_plans, max_size=2))),
        place_of_service="11",
        frequency=draw(st.sampled_from(["1", "7", "8"])),
        patient_paid_cents=draw(CENTS | st.none()),
        references=tuple(draw(st.lists(st.tuples(st.just("F8"), WORDS), max_size=1))),
        diagnoses=tuple(diagnoses),
        lines=tuple(found),
    )


def written(claim: SentClaim) -> list[str]:
    """The levels and the claim as an 837 has them."""
    provider, plan = claim.billing_provider, claim.plan
    is_dependent = plan.relationship != "18"
    segments = [
        "HL*1**20*1",
        f"NM1*85*2*{provider.name}*****PI*{provider.identifier}",
        "HL*2*1*22*0",
        sbr(replace(plan, relationship="" if is_dependent else "18")),
        *person("IL", plan.subscriber),
        payer(plan),
    ]
    if is_dependent:
        segments += ["HL*3*2*23*0", f"PAT*{plan.relationship}", *person("QC", claim.patient)]
    segments.append(
        f"CLM*{claim.number}*{format_plain(claim.charge_cents)}"
        f"***{claim.place_of_service}:B:{claim.frequency}*Y*A*Y*Y"
    )
    if claim.patient_paid_cents is not None:
        segments.append(f"AMT*F5*{format_plain(claim.patient_paid_cents)}")
    segments += [f"REF*{key}*{value}" for key, value in claim.references]
    if claim.diagnoses:
        codes = "*".join(f"{one.qualifier}:{one.code}" for one in claim.diagnoses)
        segments.append(f"HI*{codes}")
    for other in claim.other_plans:
        segments.append(sbr(other))
        if other.paid_cents is not None:
            segments.append(f"AMT*D*{format_plain(other.paid_cents)}")
        segments += [name("IL", other.subscriber.name), payer(other)]
    return segments + [segment for line in claim.lines for segment in written_line(line)]


def written_line(line: SentLine) -> list[str]:
    first, last = f"{line.service_from:%Y%m%d}", f"{line.service_to:%Y%m%d}"
    procedure = ":".join((line.qualifier, line.code, *line.modifiers))
    pointers = ":".join(map(str, line.pointers))
    segments = [
        f"LX*{line.number}",
        f"SV1*{procedure}*{format_plain(line.charge_cents)}*UN*{line.units}***{pointers}",
        f"DTP*472*D8*{first}" if first == last else f"DTP*472*RD8*{first}-{last}",
    ]
    return segments + ([f"REF*6R*{line.control_number}"] if line.control_number else [])


def sbr(plan: SentPlan) -> str:
    rank = RANKS[plan.rank or 0]
    return f"SBR*{rank}*{plan.relationship}*{plan.group_number}******{plan.filing_indicator}"


def payer(plan: SentPlan) -> str:
    return f"NM1*PR*2*{plan.payer.name}*****PI*{plan.payer.identifier}"


def name(entity: str, one: Person) -> str:
    identity = f"****{one.identifier_qualifier}*{one.identifier}" if one.identifier else ""
    return f"NM1*{entity}*1*{one.last_name}*{one.first_name}{identity}"


def person(entity: str, one: SentPerson) -> list[str]:
    at = one.address
    return [
        name(entity, one.name),
        f"N3*{at.line}",
        f"N4*{at.city}*{at.state}*{at.postal_code}",
        f"DMG*D8*{one.born_on:%Y%m%d}*U",
    ]


@given(st.lists(claims(), min_size=1, max_size=3))
def test_what_was_written_is_read_back(sent: list[SentClaim]) -> None:
    transactions = [
        sent_transaction(*written(claim), control=f"{number:04d}")
        for number, claim in enumerate(sent)
    ]
    found = [
        part for part in read(encoded(sent_file(*transactions))) if isinstance(part, SentClaim)
    ]
    assert [replace(one, segment_number=0) for one in found] == sent


@given(claims(), st.permutations(SEPARATORS), st.sampled_from(["", "\n", "\r\n"]))
def test_delimiters_and_line_breaks_change_nothing(
    sent: SentClaim, separators: list[str], line_break: str
) -> None:
    text = "".join(written(sent))
    element, component, terminator = [one for one in separators if one not in text or one in "*:"][
        :3
    ]
    segments = sent_file(sent_transaction(*written(sent)))
    other = encoded(
        segments, delimiters=Delimiters(element, component, terminator), line_break=line_break
    )
    assert read(other) == read(encoded(segments))


@given(claims(), st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_how_a_file_is_delivered_changes_nothing(sent: SentClaim, sizes: list[int]) -> None:
    data = encoded(sent_file(sent_transaction(*written(sent))))
    assert list(x837.read(DribblingStream(data, sizes))) == read(data)


@given(claims(), st.data())
def test_a_file_cut_anywhere_is_refused(sent: SentClaim, data: st.DataObject) -> None:
    whole = encoded(sent_file(sent_transaction(*written(sent))))
    cut = data.draw(st.integers(0, whole.rindex(b"IEA") - 1))
    try:
        list(x837.read(io.BytesIO(whole[:cut])))
    except UnreadableRemittanceError:
        return
    raise AssertionError(cut)
