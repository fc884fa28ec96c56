"""What an 837 says, as values: what was billed, to whom, for whom. Amounts are whole cents.

Names in comments are X12 elements of 005010X222A1, X223A2 and X224A2. Codes are kept as they were
sent. A diagnosis is stored for the payers' sake and shown to nobody.
"""

from dataclasses import dataclass, field
from datetime import date

from portal.domain.remittance import ClaimPayment, Finding, Organization, Person, ServiceLine

ORIGINAL_REFERENCE = "F8"  # REF01: the payer's own number of the claim that is replaced or voided
SELF = "18"  # SBR02, PAT01

_REPLACEMENT = "7"  # CLM05-3
_VOID = "8"
_STATUS_OF_RANK = {1: "1", 2: "2", 3: "3"}  # CLP02


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """N3 and N4."""

    line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class SentPerson:
    """A subscriber or a patient."""

    name: Person = field(default_factory=Person)
    born_on: date | None = None
    address: PostalAddress = field(default_factory=PostalAddress)

    def is_of_age(self, on: date | None) -> bool:
        """18 or older on a day. False while either day is unknown: nobody is guessed to be."""
        if self.born_on is None or on is None:
            return False
        had_birthday = (on.month, on.day) >= (self.born_on.month, self.born_on.day)
        return on.year - self.born_on.year - (not had_birthday) >= _OF_AGE


_OF_AGE = 18


@dataclass(frozen=True, slots=True)
class SentPlan:
    """One insurance of the patient: whom the claim went to (2000B), or another (2320)."""

    rank: int | None  # SBR01: P, S, T, A to H; None when it is unknown (U)
    payer: Organization = field(default_factory=Organization)  # NM1*PR
    subscriber: SentPerson = field(default_factory=SentPerson)  # NM1*IL
    relationship: str = ""  # SBR02, else PAT01: the patient to the subscriber
    group_number: str = ""  # SBR03
    filing_indicator: str = ""  # SBR09
    paid_cents: int | None = None  # AMT*D: what it has paid already


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One code of an HI segment."""

    qualifier: str  # ABK, ABF; BK, BF before ICD-10
    code: str


@dataclass(frozen=True, slots=True)
class SentLine:
    """One LX loop (2400)."""

    number: int  # 1-based position in the claim
    qualifier: str  # HC, AD; NU where only a revenue code was billed
    code: str
    modifiers: tuple[str, ...]
    charge_cents: int  # SV102, SV203, SV302
    revenue_code: str = ""  # SV201
    unit: str = ""  # SV103, SV204
    units: str = ""  # SV104, SV205, SV306
    pointers: tuple[int, ...] = ()  # SV107, SV311: which diagnoses, counted from 1
    service_from: date | None = None  # DTP*472
    service_to: date | None = None
    control_number: str = ""  # REF*6R
    description: str = ""  # SV101-7, SV202-7, SV301-7: the practice's own words


@dataclass(frozen=True, slots=True)
class SentDate:
    """A DTP of the claim; a single day is both ends."""

    qualifier: str  # 434 statement, 435 admission, 472 service
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SentClaim:
    """One CLM loop (2300) with the levels above it."""

    number: str  # CLM01
    charge_cents: int  # CLM02
    patient: SentPerson
    plan: SentPlan
    billing_provider: Organization = field(default_factory=Organization)  # NM1*85
    responsible: SentPerson | None = None  # NM1*QD: who answers for the patient
    rendering_provider: Person | None = None  # NM1*82, else NM1*71
    other_plans: tuple[SentPlan, ...] = ()  # loop 2320
    place_of_service: str = ""  # CLM05-1
    frequency: str = ""  # CLM05-3
    is_predetermination: bool = False  # CLM19 PB: what a plan would pay, nothing was done
    patient_paid_cents: int | None = None  # AMT*F5
    references: tuple[tuple[str, str], ...] = ()
    dates: tuple[SentDate, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[SentLine, ...] = ()
    segment_number: int = 0  # of CLM in its file, 1-based
    findings: tuple[Finding, ...] = ()

    @property
    def balances(self) -> bool:
        """CLM02 is the sum of the lines."""
        return sum(line.charge_cents for line in self.lines) == self.charge_cents

    @property
    def is_replacement(self) -> bool:
        """It stands for a claim that was sent before."""
        return self.frequency == _REPLACEMENT

    @property
    def is_void(self) -> bool:
        """It takes a claim back that was sent before."""
        return self.frequency == _VOID

    @property
    def service_from(self) -> date | None:
        """The first day: of the statement (434), of the lines, of the claim (472), or admission."""
        days = [line.service_from for line in self.lines if line.service_from is not None]
        return self._date("434") or min(days, default=None) or self._date("472", "435")

    @property
    def plans(self) -> tuple[SentPlan, ...]:
        """Every insurance the claim names, the one it went to first."""
        return (self.plan, *self.other_plans)

    def reference(self, qualifier: str) -> str:
        """The first REF02 with this REF01, or an empty text."""
        return next((value for key, value in self.references if key == qualifier), "")

    def _date(self, *qualifiers: str) -> date | None:
        return next((one.first for key in qualifiers for one in self.dates_of(key)), None)

    def dates_of(self, qualifier: str) -> tuple[SentDate, ...]:
        """Every DTP of the claim with this DTP01."""
        return tuple(one for one in self.dates if one.qualifier == qualifier)


@dataclass(frozen=True, slots=True)
class SentHeader:
    """ST to the first HL: who sent claims to whom, and when."""

    interchange_control: str  # ISA13
    group_control: str  # GS06
    transaction_control: str  # ST02
    version: str  # GS08
    reference: str  # BHT03
    created_on: date | None  # BHT04
    created_time: str  # BHT05
    submitter: Organization  # NM1*41
    receiver: Organization  # NM1*40
    segment_number: int = 0


@dataclass(frozen=True, slots=True)
class SentTrailer:
    """SE."""

    findings: tuple[Finding, ...] = ()


SentPart = SentHeader | SentClaim | SentTrailer | Finding
"""What the reader yields, in file order: for each transaction a header, its claims and a trailer.

A bare Finding is about the file, or about a level (HL) that several claims may hang on.
"""


def as_told_back(claim: SentClaim) -> ClaimPayment:
    """The claim as a payer names it in an 835: what tells claims, people and lines apart."""
    person, subscriber = claim.patient.name, claim.plan.subscriber.name
    member = person.identifier or subscriber.identifier
    day = claim.service_from
    return ClaimPayment(
        number=claim.number,
        status=_STATUS_OF_RANK.get(claim.plan.rank or 1, "1"),
        charge_cents=claim.charge_cents,
        paid_cents=0,
        stated_responsibility_cents=None,
        filing_indicator=claim.plan.filing_indicator,
        patient=Person(
            last_name=person.last_name,
            first_name=person.first_name,
            middle_name=person.middle_name,
            identifier=member,
            identifier_qualifier="MI" if member else "",
        ),
        insured=subscriber,
        rendering_provider=claim.rendering_provider,
        references=claim.references,
        service_from=day,
        lines=tuple(
            ServiceLine(
                number=line.number,
                qualifier=line.qualifier,
                code=line.code,
                modifiers=line.modifiers,
                charge_cents=line.charge_cents,
                paid_cents=0,
                revenue_code=line.revenue_code,
                units=line.units,
                service_from=line.service_from or day,
                service_to=line.service_to or line.service_from or day,
                control_number=line.control_number,
            )
            for line in claim.lines
        ),
        segment_number=claim.segment_number,
    )
