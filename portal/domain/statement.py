"""A statement: what one guarantor is asked to pay, frozen on the day it is issued.

Every row adds up: billed - taken off - plan paid - still with insurance - paid by you = you owe.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Share:
    """One PR adjustment of a line or claim: how much, and the payer's reason (CARC)."""

    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The arithmetic of a line, a visit or a whole statement, in cents, none negative by sign rule."""

    billed_cents: int
    taken_off_cents: int
    plan_paid_cents: int
    with_insurance_cents: int
    you_paid_cents: int
    you_owe_cents: int

    def __post_init__(self) -> None:
        taken = self.taken_off_cents + self.plan_paid_cents
        theirs = self.with_insurance_cents + self.you_paid_cents
        if self.billed_cents - taken - theirs != self.you_owe_cents:
            message = f"the rows do not add up: {self!r}"
            raise ValueError(message)

    def __add__(self, other: "Figures") -> "Figures":
        """Row by row."""
        return Figures(
            self.billed_cents + other.billed_cents,
            self.taken_off_cents + other.taken_off_cents,
            self.plan_paid_cents + other.plan_paid_cents,
            self.with_insurance_cents + other.with_insurance_cents,
            self.you_paid_cents + other.you_paid_cents,
            self.you_owe_cents + other.you_owe_cents,
        )


NOTHING = Figures(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One service of a visit; ``charge_id`` is empty for what the payer decided for the claim as a whole."""

    charge_id: UUID | None
    service_kind: str  # a key of domain/service_kind.py, never a diagnosis
    procedure_code: str
    figures: Figures
    shares: tuple[Share, ...]  # what the payer says you owe, before your payments
    taken_off_reasons: tuple[str, ...]  # adjustment classes: contractual, bundled, …


@dataclass(frozen=True, slots=True)
class Visit:
    """One claim of one patient."""

    claim_id: UUID
    claim_number: str
    patient_first_name: str
    service_on: date | None
    provider_name: str
    place_name: str
    payer_name: str
    lines: tuple[StatementLine, ...]

    @property
    def figures(self) -> Figures:
        """The sum of the lines."""
        return sum((line.figures for line in self.lines), NOTHING)


@dataclass(frozen=True, slots=True)
class PendingVisit:
    """A visit that insurance is still deciding: shown without an amount."""

    patient_first_name: str
    service_on: date | None
    provider_name: str
    payer_name: str


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """Everything a statement says. ``amount_due_cents`` is what all visits leave to pay."""

    number: str
    issued_on: date
    due_on: date
    as_of: date
    guarantor_name: str
    account_number: str
    visits: tuple[Visit, ...]
    pending: tuple[PendingVisit, ...]
    previous_amount_due_cents: int
    payments_since_cents: int
    unapplied_credit_cents: int

    @property
    def figures(self) -> Figures:
        """The sum of the visits."""
        return sum((visit.figures for visit in self.visits), NOTHING)

    @property
    def amount_due_cents(self) -> int:
        """What this statement asks for."""
        return self.figures.you_owe_cents
