"""What an 835 says, as values: one payer's decisions and what it paid. Amounts are whole cents.

Field names follow the X12 005010X221A1 elements named beside them. Codes are kept as the payer sent
them, also unknown ones: a code we do not know is no reason to lose a payment.
"""

from dataclasses import dataclass, field
from datetime import date

PATIENT_RESPONSIBILITY = "PR"
REVERSAL_STATUS = "22"
PREDETERMINATION_STATUS = "25"
US_DOLLARS = "USD"
NOTICE_TRACE = " EOB "
"""Begins the trace number of a notice: a decision that is told without its money.

No check or EFT has such a number: the reader of X12 takes away blanks around an element.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the file that a biller should know. ``where`` names the segment."""

    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triplet: why the payer did not pay an amount. A negative one raises the payment."""

    group: str  # CAS01: CO, PR, OA, PI; CR in 4010
    reason: str  # CAS02: CARC
    amount_cents: int  # CAS03
    quantity: str = ""  # CAS04


@dataclass(frozen=True, slots=True)
class Person:
    """An NM1 name. A social security number (qualifier 34) is dropped by the reader."""

    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    identifier: str = ""
    identifier_qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """The payer (N1*PR) or the payee (N1*PE)."""

    name: str = ""
    identifier: str = ""
    identifier_qualifier: str = ""
    references: tuple[tuple[str, str], ...] = ()

    def reference(self, qualifier: str) -> str:
        """The first REF02 with this REF01, or an empty text."""
        return _reference(self.references, qualifier)


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One SVC loop (2110)."""

    number: int  # 1-based position in the claim
    qualifier: str  # SVC01-1: HC, AD, N4, NU, …
    code: str  # SVC01-2: what the payer decided on
    modifiers: tuple[str, ...]
    charge_cents: int  # SVC02
    paid_cents: int  # SVC03
    revenue_code: str = ""  # SVC04
    units: str = ""  # SVC05
    submitted_qualifier: str = ""  # SVC06-1: set when the payer changed the code
    submitted_code: str = ""
    submitted_modifiers: tuple[str, ...] = ()
    service_from: date | None = None  # DTM 150, 472
    service_to: date | None = None
    control_number: str = ""  # REF*6R: the practice's own line number
    allowed_cents: int | None = None  # AMT*B6
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()  # LQ*HE: RARC

    @property
    def balances(self) -> bool:
        """X12 835 1.10.2.1.1: SVC02 less the line's CAS is SVC03."""
        adjusted = sum(adjustment.amount_cents for adjustment in self.adjustments)
        return self.charge_cents - adjusted == self.paid_cents


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """One CLP loop (2100): a payer's decision on one claim."""

    number: str  # CLP01: the practice's own number
    status: str  # CLP02
    charge_cents: int  # CLP03
    paid_cents: int  # CLP04
    stated_responsibility_cents: int | None  # CLP05: information; the PR adjustments decide
    filing_indicator: str = ""  # CLP06
    payer_control_number: str = ""  # CLP07
    patient: Person = field(default_factory=Person)  # NM1*QC
    insured: Person | None = None  # NM1*IL
    corrected: Person | None = None  # NM1*74
    rendering_provider: Person | None = None  # NM1*82
    crossover_payer: Organization | None = None  # NM1*TT
    corrected_payer: Organization | None = None  # NM1*PR
    references: tuple[tuple[str, str], ...] = ()  # REF; F8 = the payer's original control number
    service_from: date | None = None  # DTM 232, else the earliest line
    service_to: date | None = None  # DTM 233, else the latest line
    received_on: date | None = None  # DTM 050: the payer got the claim
    adjustments: tuple[Adjustment, ...] = ()  # claim-level CAS only
    remarks: tuple[str, ...] = ()  # MIA and MOA remark codes
    patient_paid_cents: int | None = None  # AMT*F5: information
    lines: tuple[ServiceLine, ...] = ()
    segment_number: int = 0  # of CLP in its file, 1-based
    findings: tuple[Finding, ...] = ()

    @property
    def adjustment_cents(self) -> int:
        """Every CAS amount of the claim and its lines."""
        return sum(a.amount_cents for a in self.all_adjustments())

    @property
    def responsibility_cents(self) -> int:
        """Sum of group PR over claim and lines (X12 835 CAS, group PR)."""
        return sum(
            a.amount_cents for a in self.all_adjustments() if a.group == PATIENT_RESPONSIBILITY
        )

    def all_adjustments(self) -> tuple[Adjustment, ...]:
        """Claim-level adjustments first, then those of each line."""
        return self.adjustments + tuple(a for line in self.lines for a in line.adjustments)

    def reference(self, qualifier: str) -> str:
        """The first REF02 with this REF01, or an empty text."""
        return _reference(self.references, qualifier)

    @property
    def balances(self) -> bool:
        """X12 835 1.10.2.1.2: lines, claim, and the lines against the claim hold exactly."""
        lines_hold = all(line.balances for line in self.lines)
        claim_holds = self.charge_cents - self.adjustment_cents == self.paid_cents
        charged_cents = sum(line.charge_cents for line in self.lines)
        lines_agree = not self.lines or charged_cents == self.charge_cents
        return lines_hold and claim_holds and lines_agree


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One PLB pair: money that moves between payer and practice outside any claim."""

    reason: str  # PLB03-1: L6, WO, FB, …
    reference: str  # PLB03-2
    amount_cents: int  # a positive amount lowers the payment
    provider_identifier: str = ""  # PLB01
    fiscal_period_ends_on: date | None = None  # PLB02


@dataclass(frozen=True, slots=True)
class RemittanceHeader:
    """ST to the first LX: who paid whom, how much, under which trace number."""

    interchange_control: str  # ISA13
    group_control: str  # GS06
    transaction_control: str  # ST02
    version: str  # GS08
    payment_cents: int  # BPR02; below zero when BPR03 says that the payer takes it back
    credit_or_debit: str  # BPR03
    payment_method: str  # BPR04: ACH, CHK, NON, …
    effective_on: date | None  # BPR16
    trace_number: str  # TRN02: check or EFT number
    payer_trace_identifier: str  # TRN03
    payer: Organization
    payee: Organization
    produced_on: date | None = None  # DTM*405
    currency: str = US_DOLLARS  # CUR02
    segment_number: int = 0
    cannot_post: str = ""  # of a notice: why nothing of it may be posted


@dataclass(frozen=True, slots=True)
class RemittanceTrailer:
    """PLB and SE: what closes a transaction."""

    provider_adjustments: tuple[ProviderAdjustment, ...]
    findings: tuple[Finding, ...] = ()


RemittancePart = RemittanceHeader | ClaimPayment | RemittanceTrailer | Finding
"""What a reader yields, in file order: for each transaction a header, its claims and a trailer.

A bare Finding is about the file: its envelope, or what stands between transactions.
"""


def _reference(references: tuple[tuple[str, str], ...], qualifier: str) -> str:
    return next((value for key, value in references if key == qualifier), "")
