"""The amounts of one ExplanationOfBenefit: by line where every line says enough, else by totals.

What does not say enough, or contradicts itself, is a fault: nothing of it may be posted.
"""

from collections.abc import Iterator
from typing import Any, Final

from portal.domain.money import AmountError, format_usd
from portal.domain.remittance import Adjustment, ServiceLine
from portal.remittances.fhir.adjudication import (
    SHARES,
    Decided,
    Owner,
    Said,
    StatementError,
    decide_place,
    payment_in,
)
from portal.remittances.fhir.services import (
    days_of,
    modifiers_of,
    procedure_of,
    revenue_code_of,
    units_of,
)
from portal.remittances.fhir.values import CurrencyError, has_code, money
from portal.remittances.findings import FindingCode

_TO_PATIENT: Final = frozenset({"subscriber", "beneficiary", "patient"})
_HAVE_TO_AGREE: Final = (*SHARES, "noncovered")


class ToldMoney:
    """The amounts of one resource: by line where every line says enough, else by its totals."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self.faults: list[tuple[FindingCode, str]] = []
        self.is_complete = False  # every amount was read: whether they balance can be said
        self.lines: tuple[ServiceLine, ...] = ()
        self.adjustments: tuple[Adjustment, ...] = ()
        items = [*(found.item or ()), *(found.addItem or ())]
        self._items = [(item, Said(f"item {n}")) for n, item in enumerate(items, start=1)]
        for item, said in self._items:
            said.add(item.adjudication)
        self.header, self._totals = Said("the header"), Said("the total")
        self.header.add(found.adjudication)
        self._totals.add(found.total)
        self._paid_to_patient = found.payee is not None and has_code(found.payee.type, _TO_PATIENT)

    @property
    def _places(self) -> tuple[Said, ...]:
        return (*(said for _, said in self._items), self.header, self._totals)

    @property
    def currencies(self) -> set[str]:
        return set[str]().union(*(one.currencies for one in self._places))

    @property
    def unreadable(self) -> list[str]:
        return [text for one in self._places for text in one.unreadable]

    @property
    def has_earlier_payer(self) -> bool:
        return any(one.sum("priorpayerpaid") for one in self._places)

    @property
    def patient_paid_cents(self) -> int | None:
        stated = self._totals.amounts.get("paidbypatient")
        return sum(stated) if stated else None

    @property
    def liability_cents(self) -> int | None:
        """What the payer calls the member's liability, in all."""
        try:
            stated = self._totals.once("memberliability")
            by_line = [said.once("memberliability") for _, said in self._items]
        except StatementError:
            return None
        if stated is None and by_line and None not in by_line:
            return sum(one for one in by_line if one is not None)
        return stated

    def decide(self) -> Decided:
        """The whole claim. What cannot be decided is told by ``faults``, and counts as it can."""
        for text in self.unreadable:
            message = f"{text} is not an amount of whole cents, and nothing is rounded."
            self.faults.append((FindingCode.AMOUNT_UNREADABLE, message))
        try:
            whole = self._by_line() or self._by_totals()
            if whole is not None:
                self.is_complete = not self.faults
                for text in self._contradictions(whole):
                    self._contradicts(text)
                return whole
            message = "It does not say both what was billed and what was paid."
            self.faults.append((FindingCode.AMOUNT_MISSING, message))
        except StatementError as error:
            self._contradicts(str(error))
        except (AmountError, CurrencyError):
            message = "Its payment is not an amount of whole cents of US dollars."
            self.faults.append((FindingCode.AMOUNT_UNREADABLE, message))
        self.lines, self.adjustments = (), ()
        charges = self._totals.amounts.get("submitted", [0])
        return Decided(charges[0], 0, (), None)

    def _contradicts(self, text: str) -> None:
        self.faults.append((FindingCode.NOTICE_UNUSABLE, f"It contradicts itself: {text}."))

    def _by_line(self) -> Decided | None:
        decided: list[Decided] = []
        in_all = self._owner_in_all()
        for _, said in self._items:
            stated = said.once("memberliability")
            owner = in_all if stated is None else Owner(stated)
            one = decide_place(said, owner=owner, paid_to_patient=self._paid_to_patient)
            if one is None:
                return None
            decided.append(one)
        if not decided:
            return None
        self.lines = tuple(
            self._line(position, item, said, one)
            for position, ((item, said), one) in enumerate(
                zip(self._items, decided, strict=True), start=1
            )
        )
        charge = self._totals.once("submitted")
        in_lines = sum(one.charge_cents for one in decided)
        return Decided(
            in_lines if charge is None else charge, sum(one.paid_cents for one in decided), (), None
        )

    def _by_totals(self) -> Decided | None:
        told = self._totals if "submitted" in self._totals.amounts else self.header
        told.reasons = list(dict.fromkeys([*told.reasons, *self.header.reasons]))
        owner = Owner(self.liability_cents)
        payment = self._found.payment
        if payment is not None and payment.amount is not None and not _says_payment(told):
            told.amounts["paidtoprovider"] = [self._benefit_of(payment)]
        whole = decide_place(told, owner=owner, paid_to_patient=self._paid_to_patient)
        if whole is not None:
            self.adjustments = whole.adjustments
        return whole

    def _owner_in_all(self) -> Owner:
        """For lines that do not state the member's liability: by the claim's."""
        places = [said for _, said in self._items]
        share_cents = sum(said.share_cents for said in places)
        noncovered_cents = sum(said.sum("noncovered") for said in places)
        return Owner(self.liability_cents, (share_cents, noncovered_cents))

    def _line(self, position: int, item: Any, said: Said, one: Decided) -> ServiceLine:
        qualifier, code = procedure_of(item)
        first, last = days_of(item)
        return ServiceLine(
            number=position,
            qualifier=qualifier,
            code=code,
            modifiers=modifiers_of(item),
            charge_cents=one.charge_cents,
            paid_cents=one.paid_cents,
            revenue_code=revenue_code_of(item),
            units=units_of(item),
            service_from=first,
            service_to=last,
            allowed_cents=one.allowed_cents,
            adjustments=one.adjustments,
            remarks=tuple(dict.fromkeys(said.remarks)),
        )

    def _contradictions(self, whole: Decided) -> Iterator[str]:
        """Totals, and the payment, against what was decided."""
        totals = self._totals
        for category in _HAVE_TO_AGREE if self.lines else ():
            in_lines = sum(said.sum(category) for _, said in self._items)
            if category in totals.amounts and totals.sum(category) != in_lines:
                yield (
                    f"its total of {category} is {format_usd(totals.sum(category))}, its lines add "
                    f"up to {format_usd(in_lines)}"
                )
        paid, _ = payment_in(totals, paid_to_patient=self._paid_to_patient)
        if paid is not None and paid != whole.paid_cents:
            yield (
                f"its total says that {format_usd(paid)} was paid, its lines say "
                f"{format_usd(whole.paid_cents)}"
            )
        payment = self._found.payment
        if payment is None or payment.amount is None or self._paid_to_patient:
            return
        stated = self._benefit_of(payment)
        if stated != whole.paid_cents:
            yield (
                f"its payment is {format_usd(stated)}, its adjudication says "
                f"{format_usd(whole.paid_cents)}"
            )

    @staticmethod
    def _benefit_of(payment: Any) -> int:
        """Before what the payer adds or takes for other reasons (payment.adjustment)."""
        adjustment = payment.adjustment
        return money(payment.amount) + (money(adjustment) if adjustment is not None else 0)


def _says_payment(said: Said) -> bool:
    return "paidtoprovider" in said.amounts or "benefit" in said.amounts
