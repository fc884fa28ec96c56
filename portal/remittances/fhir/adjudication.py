"""What a payer's categories (C4BB, HL7 adjudication) mean as adjustments: PR only where it says so.

=====================  ==============================================================
category               becomes
=====================  ==============================================================
submitted              the charge (SVC02, CLP03)
eligible               allowed (AMT*B6)
deductible             PR 1
coinsurance            PR 2
copay                  PR 3
priorpayerpaid         OA 23
paidtoprovider         the payment (SVC03, CLP04)
benefit                the payment where paidtoprovider is not stated, less paidtopatient
paidtopatient          PR 100: the patient has the money; such a claim is held for staff
noncovered             96, or the one reason code stated; whose it is: see below
discount               CO 45
memberliability        CLP05 of the claim
paidbypatient          AMT*F5, information
=====================  ==============================================================

Every other category is ignored, whatever its amount. An amount with a reason code and a group code
of X12 is taken as it stands, and then nothing at that place is derived from categories.

Noncovered is the patient's only where a group code says PR, or where memberliability is deductible,
coinsurance, copay and noncovered together. Where memberliability leaves it out it is the plan's
(CO). Where nobody says whose it is it gets no group: it stays with the payer, and the claim is
held. A line of which nothing is eligible is judged so too, and never written off as a price.

The contractual part (CO 45) is what is left over when the line is made to balance, taken only
where ``eligible`` bears it out: submitted less eligible, with noncovered in it or beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.domain.money import AmountError, format_usd
from portal.domain.remittance import PATIENT_RESPONSIBILITY, Adjustment
from portal.remittances.fhir.values import CurrencyError, codings, money

SHARES: Final[Mapping[str, str]] = {"deductible": "1", "coinsurance": "2", "copay": "3"}

_CATEGORIES: Final = frozenset(
    {
        *SHARES,
        *("submitted", "eligible", "benefit", "paidtoprovider", "paidtopatient", "paidbypatient"),
        *("noncovered", "discount", "priorpayerpaid", "memberliability"),
    }
)
_SAID_ONCE: Final = frozenset(
    {"submitted", "eligible", "benefit", "paidtoprovider", "paidtopatient", "memberliability"}
)
_CATEGORY_SYSTEMS: Final = (
    "http://terminology.hl7.org/CodeSystem/adjudication",
    "http://hl7.org/fhir/us/carin",
)
_REASONS: Final = "https://x12.org/codes/claim-adjustment-reason-codes"
_GROUPS: Final = "https://x12.org/codes/claim-adjustment-group-codes"
_REMARKS: Final = "https://x12.org/codes/remittance-advice-remark-codes"

_OTHER_AMOUNTS: Final = frozenset(
    {
        "https://bluebutton.cms.gov/resources/variables/rev_cntr_rate_amt",
        "https://bluebutton.cms.gov/resources/variables/rev_cntr_pmt_amt_amt",
        "https://bluebutton.cms.gov/resources/variables/line_dme_prchs_price_amt",
        "https://bluebutton.cms.gov/resources/variables/line_prmry_alowd_chrg_amt",
    }
)
"""Amounts that Medicare (Blue Button 2) sends under a category they are not: a rate, a price."""

_CONTRACTUAL: Final = "CO"
_OTHER: Final = "OA"
_NOBODY_SAID: Final = ""
_AGREED_PRICE: Final = "45"
_NOT_COVERED: Final = "96"
_PAID_TO_PATIENT: Final = "100"
_EARLIER_PAYER: Final = "23"
_NAMES_NO_REFUSAL: Final = frozenset({*SHARES.values(), _AGREED_PRICE, _EARLIER_PAYER})


class StatementError(ValueError):
    """What is stated cannot be taken for a decision; its text is the rest of a sentence."""


@dataclass(slots=True)
class Said:
    """What stands at one place: an item, the header, or the totals."""

    where: str
    amounts: dict[str, list[int]] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)  # with group and reason
    reasons: list[tuple[str, str]] = field(default_factory=list)  # group, CARC; no amount
    remarks: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  # why an amount was left out
    currencies: set[str] = field(default_factory=set)  # other than US dollars

    def add(self, entries: Iterable[Any] | None) -> None:
        """More adjudications, or totals."""
        for entry in entries or ():
            self._add(entry)

    def once(self, category: str) -> int | None:
        """An amount that may be said twice, but not in two ways. Raises StatementError."""
        said = set(self.amounts.get(category, ()))
        if len(said) > 1:
            amounts = ", ".join(format_usd(one) for one in sorted(said)[:_FEW])
            raise StatementError(f"{self.where} says {category} in several ways ({amounts})")
        return said.pop() if said else None

    def sum(self, category: str) -> int:
        return sum(self.amounts.get(category, ()))

    @property
    def share_cents(self) -> int:
        return sum(self.sum(category) for category in SHARES)

    def _add(self, entry: Any) -> None:
        reason = getattr(entry, "reason", None)
        pairs = [*codings(entry.category), *codings(reason)]
        group = next((code for system, code in pairs if system == _GROUPS), "")
        carc = next((code for system, code in pairs if system == _REASONS), "")
        self.remarks += [code for system, code in pairs if system == _REMARKS]
        category = _category(entry.category)
        amount = self._money(entry.amount, category) if entry.amount is not None else None
        if amount is None:
            if carc:
                self.reasons.append((group, carc))
        elif carc and (group or not category):
            self.adjustments.append(Adjustment(group, carc, amount))
        elif category:
            self.amounts.setdefault(category, []).append(amount)
            if carc:
                self.reasons.append((group, carc))

    def _money(self, amount: Any, category: str) -> int | None:
        try:
            return money(amount)
        except CurrencyError as error:
            self.currencies.add(str(error))
        except AmountError:
            if category:
                told = amount.value if amount.value is not None else "nothing"
                self.unreadable.append(f"{self.where}, {category}: {_short(str(told))}")
        return None


@dataclass(frozen=True, slots=True)
class Decided:
    """One place, decided: what was charged, paid and adjusted."""

    charge_cents: int
    paid_cents: int
    adjustments: tuple[Adjustment, ...]
    allowed_cents: int | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an amount is that the plan does not pay, by what it calls the member's liability.

    The claim's liability says of no single line that was refused whole that it is the patient's.
    """

    liability_cents: int | None
    in_all: tuple[int, int] | None = None  # share and noncovered of every line: it is the claim's

    def of_noncovered(self, share_cents: int, amount_cents: int) -> str:
        """A group code; empty where nobody says."""
        if self.in_all is not None:
            share_cents, amount_cents = self.in_all
        return self._group(share_cents, amount_cents)

    def of_refused(self, share_cents: int, amount_cents: int) -> str:
        """The same for a whole line of which nothing is eligible."""
        if self.in_all is None:
            return self._group(share_cents, amount_cents)
        is_explained = self.liability_cents is not None and self.liability_cents <= sum(self.in_all)
        return _CONTRACTUAL if is_explained else _NOBODY_SAID

    def _group(self, share_cents: int, amount_cents: int) -> str:
        if self.liability_cents is None:
            return _NOBODY_SAID
        if amount_cents > 0 and self.liability_cents == share_cents + amount_cents:
            return PATIENT_RESPONSIBILITY
        return _CONTRACTUAL if self.liability_cents <= share_cents else _NOBODY_SAID


def decide_place(said: Said, *, owner: Owner, paid_to_patient: bool) -> Decided | None:
    """None where the place does not say both what was billed and what was paid.

    Raises StatementError for what contradicts itself. Whether it balances is for the importer.
    """
    charge = said.once("submitted")
    paid, to_patient = payment_in(said, paid_to_patient=paid_to_patient)
    if charge is None or paid is None:
        return None
    eligible = said.once("eligible")
    if said.adjustments:
        return Decided(charge, paid, tuple(said.adjustments), eligible)
    group, reason = refusal(said.reasons)
    noncovered = said.sum("noncovered")
    found = [
        *(Adjustment(PATIENT_RESPONSIBILITY, SHARES[one], said.sum(one)) for one in SHARES),
        Adjustment(_OTHER, _EARLIER_PAYER, said.sum("priorpayerpaid")),
        Adjustment(PATIENT_RESPONSIBILITY, _PAID_TO_PATIENT, to_patient),
        Adjustment(_CONTRACTUAL, _AGREED_PRICE, said.sum("discount")),
    ]
    if noncovered:
        whose = group or owner.of_noncovered(said.share_cents, noncovered)
        found.append(Adjustment(whose, reason, noncovered))
    left = charge - paid - sum(one.amount_cents for one in found)
    if left and "discount" not in said.amounts and eligible is not None:
        beyond = charge - eligible
        if left in {beyond, beyond - noncovered}:
            if eligible:
                found.append(Adjustment(_CONTRACTUAL, _AGREED_PRICE, left))
            else:
                whose = group or owner.of_refused(said.share_cents, left)
                found.append(Adjustment(whose, reason, left))
    return Decided(charge, paid, tuple(one for one in found if one.amount_cents), eligible)


def refusal(reasons: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Group and reason of what is not covered: the one that is stated, else just 96."""
    stated = {one for one in reasons if one[1] not in _NAMES_NO_REFUSAL}
    return stated.pop() if len(stated) == 1 else ("", _NOT_COVERED)


def payment_in(said: Said, *, paid_to_patient: bool) -> tuple[int | None, int]:
    """What the practice got, and what the patient got."""
    to_provider, to_patient = said.once("paidtoprovider"), said.once("paidtopatient") or 0
    benefit = said.once("benefit")
    if to_provider is None:
        if benefit is None:
            return None, to_patient
        return (0, benefit) if paid_to_patient else (benefit - to_patient, to_patient)
    if benefit is not None and benefit != to_provider + to_patient:
        raise StatementError(
            f"{said.where} says a benefit of {format_usd(benefit)}, but "
            f"{format_usd(to_provider + to_patient)} was paid"
        )
    return to_provider, to_patient


def _category(concept: Any) -> str:
    """The category we know, be it among others."""
    listed = list(codings(concept))
    if any(code in _OTHER_AMOUNTS for _, code in listed):
        return ""
    for system, code in listed:
        if code in _CATEGORIES and (not system or system.startswith(_CATEGORY_SYSTEMS)):
            return code
    return ""


_SHOWN: Final = 20
_FEW: Final = 3  # of amounts that differ


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
